/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The chunk maps of a journal, as the module reads them when a group is resumed.
 */
#ifndef AFAR_TOOLS_MAPS_H
#define AFAR_TOOLS_MAPS_H

#include "image.h"
#include "map.h"

/**
 * struct map_block - a block of the chunk map of a volume
 * @volume: volume number
 * @want:   what its head must say
 * @why:    of both copies: NULL, or what is wrong
 * @pick:   the copy that counts; -1: none, all chunks count as different
 * @info:   of the copy that counts
 * @bits:   as they count
 */
struct map_block {
	u32 volume;
	struct afar_map_info want;
	const char *why[2];
	int pick;
	struct afar_map_info info;
	u8 bits[AFAR_MAP_BYTES];
};

bool map_placed(const struct image *im, u32 volume);
u32 map_blocks(const struct image *im, u32 volume);
void map_read(const struct image *im, u32 volume, u32 number, struct map_block *block);

#endif /* AFAR_TOOLS_MAPS_H */
