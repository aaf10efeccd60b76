/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: crc
 * The checksums of the wire and of the journal: of heads and blocks, and of payloads.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_CRC_H
#define AFAR_CRC_H

#include <linux/types.h>

u32 afar_crc(const void *data, size_t bytes);
u32 afar_crc_more(u32 crc, const void *data, size_t bytes);
u32 afar_sum(const void *data, size_t bytes);
u32 afar_sum_more(u32 sum, const void *data, size_t bytes);
u32 afar_crc_around(const void *block, size_t bytes, size_t hole);

#endif /* AFAR_CRC_H */
