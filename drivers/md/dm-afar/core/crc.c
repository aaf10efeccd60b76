// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/xxhash.h>
#include <afar/journal.h>
#include "crc.h"

/**
 * afar_crc() - checksum of all formats: crc32c, seed ~0
 * @data:  bytes
 * @bytes: how many
 */
u32 afar_crc(const void *data, size_t bytes)
{
	return crc32c(~0U, data, bytes);
}

/**
 * afar_crc_more() - go on with a checksum over a further piece
 * @crc:   of what came before; ~0 at the start
 * @data:  bytes
 * @bytes: how many
 */
u32 afar_crc_more(u32 crc, const void *data, size_t bytes)
{
	return crc32c(crc, data, bytes);
}

/**
 * afar_crc_around() - checksum of a block with its own 4-byte checksum field taken as zero
 * @block: start
 * @bytes: length
 * @hole:  offset of the field
 */
u32 afar_crc_around(const void *block, size_t bytes, size_t hole)
{
	static const u8 zero[4];
	u32 crc = crc32c(~0U, block, hole);

	crc = crc32c(crc, zero, sizeof(zero));
	return crc32c(crc, block + hole + sizeof(zero), bytes - hole - sizeof(zero));
}

/**
 * afar_sum_more() - go on with the checksum of a payload
 * @sum:   of what came before, whole blocks; 0 at the start
 * @data:  the next piece
 * @bytes: its length; not a multiple of AFAR_BLOCK only where the payload ends
 *
 * Where no instruction helps, xxh64 costs a third of crc32c; block by block, since that is how
 * payloads lie in pages.
 */
u32 afar_sum_more(u32 sum, const void *data, size_t bytes)
{
	size_t at, n;

	for (at = 0; at < bytes; at += n) {
		n = min_t(size_t, bytes - at, AFAR_BLOCK);
		sum = xxh64(data + at, n, sum);
	}
	return sum;
}

/** afar_sum() - the checksum of a payload that lies in one piece */
u32 afar_sum(const void *data, size_t bytes)
{
	return afar_sum_more(0, data, bytes);
}
