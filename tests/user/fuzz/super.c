// SPDX-License-Identifier: GPL-2.0-only
/* Two superblocks, a block of the volume table and one of the chunk maps, as a device may hold them. */
#include <linux/kernel.h>
#include <string.h>
#include "../../../drivers/md/dm-afar/core/map.h"
#include "../../../drivers/md/dm-afar/core/super.h"
#include "fuzz.h"

static struct afar_super copy[2], again;
static struct afar_super_info info[2];
static struct afar_table_block table;
static struct afar_map_block map;
static struct afar_map_leaf leaf;

static void seal(void *block)
{
	struct afar_super *super = block;

	super->crc = cpu_to_le32(afar_crc_around(block, AFAR_BLOCK,
						 offsetof(struct afar_super, crc)));
}

/* What is accepted is laid out so that nothing of it can lie outside the device, or say more. */
static void check_good(const struct afar_super *le, const struct afar_super_info *super)
{
	u64 map_end = super->map_start + 2ULL * super->map_blocks;

	if (afar_super_in_memory(super)) {
		MUST(!super->ring_start && map_end <= super->blocks, "maps");
	} else {
		MUST(super->ring_start + super->ring_blocks <= super->blocks, "ring");
		MUST(map_end <= super->ring_start, "maps");
	}
	MUST(super->table_start + 2 * AFAR_TABLE_BLOCKS <= super->map_start, "table");
	MUST(super->chain.count <= AFAR_CHAIN, "chain");
	MUST(super->head <= super->stable && super->stable - super->head <= super->ring_blocks,
	     "positions");
	MUST(afar_super_largest_set(super) >= AFAR_SET_MIN, "largest set");
	afar_super_put(&again, super);
	MUST(!memcmp(&again, le, sizeof(again)), "not what it says");
}

/* A block that is where it should be has no bit for a chunk that the volume does not have. */
static void check_map(void)
{
	struct afar_map_info want = {
		.index = le32_to_cpu(map.index), .journal = map.journal,
		.first_chunk = le64_to_cpu(map.first_chunk), .volume = le32_to_cpu(map.volume),
		.chunks = min_t(u32, le32_to_cpu(map.chunks), AFAR_MAP_BITS),
	}, got;

	if (afar_map_block_get(&map, &want, &got))
		return;
	memset(&leaf, 0, sizeof(leaf));
	afar_map_leaf_init(&leaf, want.chunks, map.bits);
	MUST(afar_map_count(&leaf) <= want.chunks, "%u bits of %u", afar_map_count(&leaf),
	     want.chunks);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	enum afar_super_state state[2];
	const char *why = NULL;
	u64 generation;
	int i, pick;

	if (!size)
		return 0;
	for (i = 0; i < 2; i++) {
		size_t at = 1 + i * sizeof(copy[0]);

		memset(&copy[i], 0, sizeof(copy[i]));
		if (size > at)
			memcpy(&copy[i], data + at, min(size - at, sizeof(copy[i])));
		if (data[0] & 1U << i)
			seal(&copy[i]);
		state[i] = afar_super_get(&copy[i], &info[i], &why);
		MUST((state[i] == AFAR_SUPER_GOOD) == !why, "%d %s", state[i], why ?: "");
		if (state[i] == AFAR_SUPER_GOOD)
			check_good(&copy[i], &info[i]);
		why = NULL;
	}
	pick = afar_super_pick(state, info, &why);
	MUST(pick < 0 || state[pick] == AFAR_SUPER_GOOD, "picked a bad copy");
	MUST((pick == -2) == !!why, "%d", pick);

	memcpy(&table, data + 1, min(size - 1, sizeof(table)));
	if (data[0] & 4)
		seal(&table);
	if (!afar_table_block_get(&table, &table.journal, le32_to_cpu(table.index), &generation))
		for (i = 0; i < AFAR_TABLE_ENTRIES; i++)
			MUST(!table.entry[i].used || le64_to_cpu(table.entry[i].sectors),
			     "entry %d", i);
	memcpy(&map, data + 1, min(size - 1, sizeof(map)));
	if (data[0] & 8)
		seal(&map);
	check_map();
	return 0;
}
