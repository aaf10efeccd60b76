/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_XXHASH_H
#define SHIM_LINUX_XXHASH_H

#include <linux/types.h>

/* Debian's library has the same hash under another name; in its header alone, for any word size. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static inline u64 xxh64(const void *data, size_t bytes, u64 seed)
{
	return XXH64(data, bytes, seed);
}

#endif /* SHIM_LINUX_XXHASH_H */
