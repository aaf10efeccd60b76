// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/algapi.h>
#include <crypto/sha2.h>
#include <linux/string.h>
#include "proof.h"

/* What of a challenge is proven: all up to the proof itself. */
#define CHALLENGED	offsetof(struct afar_challenge, proof)

#define LABEL		16

static_assert(LABEL + 2 * CHALLENGED <= AFAR_HMAC_MAX, "longer than HMAC's buffer");

/**
 * afar_key_set() - take a secret
 * @key:    result
 * @secret: what both sides know
 * @bytes:  its length, AFAR_KEY_MIN to AFAR_KEY_MAX for one that is worth anything
 */
void afar_key_set(struct afar_key *key, const void *secret, unsigned int bytes)
{
	memset(key, 0, sizeof(*key));
	if (bytes > sizeof(key->block))
		sha256(secret, bytes, key->block);
	else
		memcpy(key->block, secret, bytes);
	key->given = true;
}

static void mask(u8 *to, const u8 *block, u8 with)
{
	unsigned int i;

	for (i = 0; i < SHA256_BLOCK_SIZE; i++)
		to[i] = block[i] ^ with;
}

/**
 * afar_hmac() - HMAC-SHA256 (RFC 2104)
 * @key:     the key
 * @message: what to authenticate
 * @bytes:   its length, AFAR_HMAC_MAX at most
 * @digest:  result, AFAR_DIGEST bytes
 */
void afar_hmac(const struct afar_key *key, const void *message, unsigned int bytes, u8 *digest)
{
	u8 buffer[SHA256_BLOCK_SIZE + AFAR_HMAC_MAX];

	mask(buffer, key->block, 0x36);
	memcpy(buffer + SHA256_BLOCK_SIZE, message, bytes);
	sha256(buffer, SHA256_BLOCK_SIZE + bytes, digest);
	mask(buffer, key->block, 0x5c);
	memcpy(buffer + SHA256_BLOCK_SIZE, digest, AFAR_DIGEST);
	sha256(buffer, SHA256_BLOCK_SIZE + AFAR_DIGEST, digest);
	memzero_explicit(buffer, sizeof(buffer));
}

static u8 *put_challenge(u8 *to, const struct afar_challenge_info *challenge)
{
	u8 block[sizeof(struct afar_head) + sizeof(struct afar_challenge)] __aligned(8);

	afar_challenge_put(block, challenge);
	memcpy(to, block + sizeof(struct afar_head), CHALLENGED);
	return to + CHALLENGED;
}

/**
 * afar_prove() - make the proof of one side
 * @key:    the key; without one the proof is zero
 * @side:   whose proof it is
 * @dial:   challenge of the dialling side
 * @listen: challenge of the listening side
 * @proof:  result, AFAR_DIGEST bytes
 */
void afar_prove(const struct afar_key *key, enum afar_side side,
		const struct afar_challenge_info *dial,
		const struct afar_challenge_info *listen, u8 *proof)
{
	u8 message[LABEL + 2 * CHALLENGED] = "afar dials";
	u8 *at = message + LABEL;

	memset(proof, 0, AFAR_DIGEST);
	if (!key->given)
		return;
	if (side == AFAR_SIDE_LISTEN)
		memcpy(message, "afar listens", 12);
	at = put_challenge(at, dial);
	put_challenge(at, listen);
	afar_hmac(key, message, sizeof(message), proof);
}

/**
 * afar_proven() - has the other side the same key, or none as this one?
 * @key:    own key
 * @side:   whose proof it is
 * @dial:   challenge of the dialling side
 * @listen: challenge of the listening side
 * @proof:  what the other side sent
 *
 * Takes as long for a proof that is right in part as for one that is all wrong.
 */
bool afar_proven(const struct afar_key *key, enum afar_side side,
		 const struct afar_challenge_info *dial,
		 const struct afar_challenge_info *listen, const u8 *proof)
{
	u8 right[AFAR_DIGEST];
	bool equal;

	if (dial->flags != listen->flags || !(dial->flags & AFAR_CHALLENGE_KEY) != !key->given)
		return false;
	afar_prove(key, side, dial, listen, right);
	equal = !crypto_memneq(right, proof, sizeof(right));
	memzero_explicit(right, sizeof(right));
	return equal;
}
