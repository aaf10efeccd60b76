// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/sha2.h>
#include "hash.h"

static_assert(AFAR_HASH == SHA256_DIGEST_SIZE, "not the hash that the format says");

/** afar_hash_begin() - start with an extent */
void afar_hash_begin(struct afar_hasher *h)
{
	h->blocks = 0;
}

/**
 * afar_hash_add() - its next block
 * @h:     the hasher; AFAR_COMMAND_BYTES are the most that it takes
 * @block: contents
 * @bytes: AFAR_BLOCK; of the last one less, if the extent ends there
 */
void afar_hash_add(struct afar_hasher *h, const void *block, unsigned int bytes)
{
	sha256(block, bytes, h->hash[h->blocks++]);
}

/** afar_hash_end() - all blocks have been added: @hash becomes what the wire carries */
void afar_hash_end(const struct afar_hasher *h, u8 *hash)
{
	sha256(h->hash[0], h->blocks * AFAR_HASH, hash);
}
