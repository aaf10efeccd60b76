/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: hash
 * The hash by which two nodes find out whether an extent is equal on both (R7): SHA-256, as whoever
 * writes to a volume must not be able to choose contents that differ and look equal.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_CORE_HASH_H
#define AFAR_CORE_HASH_H

#include "codec.h"

/**
 * struct afar_hasher - makes struct afar_hash.hash; too large for a stack
 * @blocks: how many have been added
 * @hash:   of each
 */
struct afar_hasher {
	unsigned int blocks;
	u8 hash[AFAR_COMMAND_BYTES / AFAR_BLOCK][AFAR_HASH];
};

void afar_hash_begin(struct afar_hasher *h);
void afar_hash_add(struct afar_hasher *h, const void *block, unsigned int bytes);
void afar_hash_end(const struct afar_hasher *h, u8 *hash);

#endif /* AFAR_CORE_HASH_H */
