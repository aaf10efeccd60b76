/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: proof
 * How each side shows that it has the key that both share, without saying it: HMAC-SHA256 over both
 * challenges, each of which carries fresh random bytes, and a label that differs by side, so that
 * no proof can be had from the other side and given back to it.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_PROOF_H
#define AFAR_PROOF_H

#include "codec.h"

/** AFAR_KEY_MIN, AFAR_KEY_MAX - bytes that a secret may have */
#define AFAR_KEY_MIN	16
#define AFAR_KEY_MAX	1024

/**
 * struct afar_key - a secret, in the form that HMAC takes it in
 * @given: there is one; else nothing is proven
 * @block: one block of SHA-256
 */
struct afar_key {
	bool given;
	u8 block[64];
};

/** enum afar_side - of a lane; 0 is not valid */
enum afar_side {
	AFAR_SIDE_DIAL = 1,
	AFAR_SIDE_LISTEN,
};

/** AFAR_HMAC_MAX - longest message of afar_hmac() */
#define AFAR_HMAC_MAX	160

void afar_key_set(struct afar_key *key, const void *secret, unsigned int bytes);
void afar_hmac(const struct afar_key *key, const void *message, unsigned int bytes, u8 *digest);
void afar_prove(const struct afar_key *key, enum afar_side side,
		const struct afar_challenge_info *dial,
		const struct afar_challenge_info *listen, u8 *proof);
bool afar_proven(const struct afar_key *key, enum afar_side side,
		 const struct afar_challenge_info *dial,
		 const struct afar_challenge_info *listen, const u8 *proof);

#endif /* AFAR_PROOF_H */
