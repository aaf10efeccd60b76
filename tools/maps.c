// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "maps.h"

/** map_placed() - does the volume table say where the map of a used volume can be? */
bool map_placed(const struct image *im, u32 volume)
{
	const struct afar_super_info *super = image_super(im);

	return afar_map_placed(im->entry, volume, super->map_blocks, super->chunk_bytes);
}

/** map_blocks() - length of the map of a volume */
u32 map_blocks(const struct image *im, u32 volume)
{
	return le32_to_cpu(im->entry[volume].map_blocks);
}

/* What its head must say, but for generation and base record. */
static void expect(const struct image *im, u32 volume, u32 number, struct afar_map_info *want)
{
	const struct afar_super_info *super = image_super(im);
	const struct afar_table_entry *e = &im->entry[volume];
	u64 chunks = afar_map_chunks(le64_to_cpu(e->sectors), super->chunk_bytes);

	memset(want, 0, sizeof(*want));
	want->index = le32_to_cpu(e->map_first) + number;
	want->journal = super->journal;
	want->first_chunk = (u64)number * AFAR_MAP_BITS;
	want->volume = volume;
	want->chunks = min_t(u64, chunks - want->first_chunk, AFAR_MAP_BITS);
}

/**
 * map_read() - read a block of the chunk map of a volume
 * @im:     the journal
 * @volume: map_placed()
 * @number: below map_blocks()
 * @block:  result
 */
void map_read(const struct image *im, u32 volume, u32 number, struct map_block *block)
{
	const struct afar_super_info *super = image_super(im);
	struct afar_map_block le[2];
	struct afar_map_info info[2];
	struct afar_map_leaf leaf;
	u32 copy;

	memset(block, 0, sizeof(*block));
	block->volume = volume;
	expect(im, volume, number, &block->want);
	for (copy = 0; copy < 2; copy++) {
		u64 at = super->map_start + 2ULL * block->want.index + copy;

		block->why[copy] = image_read(im, at, &le[copy]) ? "unreadable" :
				   afar_map_block_get(&le[copy], &block->want, &info[copy]);
	}
	block->pick = afar_map_pick(block->why, info);
	/* as the module: what cannot be read may have been the newer copy */
	for (copy = 0; copy < 2; copy++)
		if (block->why[copy] && !strcmp(block->why[copy], "unreadable"))
			block->pick = -1;
	if (block->pick >= 0)
		block->info = info[block->pick];
	memset(&leaf, 0, sizeof(leaf));
	afar_map_leaf_init(&leaf, block->want.chunks,
			   block->pick < 0 ? NULL : le[block->pick].bits);
	memcpy(block->bits, leaf.durable, sizeof(block->bits));
}
