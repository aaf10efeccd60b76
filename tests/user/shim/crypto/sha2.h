/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_CRYPTO_SHA2_H
#define SHIM_CRYPTO_SHA2_H

#include <linux/types.h>

#define SHA256_DIGEST_SIZE	32
#define SHA256_BLOCK_SIZE	64

/* In one piece, as the kernel's. */
void sha256(const u8 *data, unsigned int bytes, u8 *digest);

#endif /* SHIM_CRYPTO_SHA2_H */
