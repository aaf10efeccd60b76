// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include "super.h"

#define TABLE_START	2
#define MAP_START	16
#define MAP_MIN		24
#define MAP_MAX		4096

/**
 * afar_super_geometry() - lay out a journal
 * @super:  its area members are set
 * @blocks: length of the device
 *
 * A 512th of the device, within limits, is kept for each copy of the chunk maps.
 *
 * Return: false when the device is too small.
 */
bool afar_super_geometry(struct afar_super_info *super, u64 blocks)
{
	u64 ring;

	if (blocks < AFAR_JOURNAL_MIN)
		return false;
	super->blocks = blocks;
	super->table_start = TABLE_START;
	super->map_start = MAP_START;
	super->map_blocks = clamp_t(u64, blocks >> 9, MAP_MIN, MAP_MAX);
	super->ring_start = (MAP_START + 2 * super->map_blocks + 63) & ~63U;
	ring = blocks - super->ring_start;
	super->ring_blocks = min_t(u64, ring, U32_MAX);
	return true;
}

/**
 * afar_super_geometry_memory() - lay out a journal whose ring is in memory
 * @super:       its area members and AFAR_SUPER_MEMORY are set
 * @blocks:      length of the device; what is left of it is for the chunk maps
 * @ring_blocks: length of the ring
 *
 * Return: false when the device or the ring is too small.
 */
bool afar_super_geometry_memory(struct afar_super_info *super, u64 blocks, u64 ring_blocks)
{
	if (blocks < AFAR_META_MIN || ring_blocks / 4 < AFAR_SET_MIN || ring_blocks > U32_MAX)
		return false;
	super->flags |= AFAR_SUPER_MEMORY;
	super->blocks = blocks;
	super->table_start = TABLE_START;
	super->map_start = MAP_START;
	super->map_blocks = min_t(u64, (blocks - MAP_START) / 2, MAP_MAX);
	super->ring_start = 0;
	super->ring_blocks = ring_blocks;
	return true;
}

/**
 * afar_super_blocks_for_map() - smallest device whose chunk maps have so many blocks
 * @map_blocks: of one copy
 * @memory:     the ring is in memory
 *
 * Return: its length in blocks; 0: no device has room for them.
 */
u64 afar_super_blocks_for_map(u64 map_blocks, bool memory)
{
	if (map_blocks > MAP_MAX)
		return 0;
	if (memory)
		return max_t(u64, MAP_START + 2 * map_blocks, AFAR_META_MIN);
	return map_blocks <= MAP_MIN ? AFAR_JOURNAL_MIN : map_blocks << 9;
}

/** afar_super_put() - encode a superblock, checksum included */
void afar_super_put(struct afar_super *le, const struct afar_super_info *super)
{
	memset(le, 0, sizeof(*le));
	le->magic = cpu_to_le64(AFAR_SUPER_MAGIC);
	le->version = cpu_to_le16(AFAR_VERSION);
	le->role = cpu_to_le16(super->role);
	le->features = cpu_to_le64(super->features);
	le->generation = cpu_to_le64(super->generation);
	le->journal = super->journal;
	le->node = super->node;
	le->group = super->group;
	le->blocks = cpu_to_le64(super->blocks);
	le->block_size = cpu_to_le32(super->block_size);
	le->chunk_bytes = cpu_to_le32(super->chunk_bytes);
	le->table_start = cpu_to_le32(super->table_start);
	le->map_start = cpu_to_le32(super->map_start);
	le->map_blocks = cpu_to_le32(super->map_blocks);
	le->ring_blocks = cpu_to_le32(super->ring_blocks);
	le->ring_start = cpu_to_le64(super->ring_start);
	le->flags = cpu_to_le32(super->flags);
	le->chain = cpu_to_le32(super->chain.count);
	le->epoch = cpu_to_le64(super->epoch);
	le->epoch_position = cpu_to_le64(super->epoch_position);
	le->head = cpu_to_le64(super->head);
	le->stable = cpu_to_le64(super->stable);
	afar_term_put(&le->term, &super->term);
	le->next_seq = cpu_to_le64(super->next_seq);
	le->next_set = cpu_to_le64(super->next_set);
	le->committed = cpu_to_le64(super->committed.set);
	le->committed_seq = cpu_to_le64(super->committed.seq);
	le->committed_time = cpu_to_le64(super->committed.time);
	le->hold = cpu_to_le64(super->hold);
	le->committing = cpu_to_le64(super->committing);
	le->peer_journal = super->peer_journal;
	le->peer_generation = cpu_to_le64(super->peer_generation);
	le->left_generation = cpu_to_le64(super->left_generation);
	le->left_seq = cpu_to_le64(super->left_seq);
	le->verify_peer = super->verify.peer;
	le->verify_volume = cpu_to_le32(super->verify.volume);
	le->verify_sector = cpu_to_le64(super->verify.sector);
	le->verify_done = cpu_to_le64(super->verify.done);
	le->verify_busy = cpu_to_le64(super->verify.busy);
	le->verify_unknown = cpu_to_le64(super->verify.unknown);
	le->verify_found = cpu_to_le64(super->verify.found);
	afar_chain_put(le->chain_term, &super->chain);
	le->crc = cpu_to_le32(afar_crc_around(le, sizeof(*le), offsetof(struct afar_super, crc)));
}

static void decode(const struct afar_super *le, struct afar_super_info *super)
{
	super->role = le16_to_cpu(le->role);
	super->features = le64_to_cpu(le->features);
	super->generation = le64_to_cpu(le->generation);
	super->journal = le->journal;
	super->node = le->node;
	super->group = le->group;
	super->blocks = le64_to_cpu(le->blocks);
	super->block_size = le32_to_cpu(le->block_size);
	super->chunk_bytes = le32_to_cpu(le->chunk_bytes);
	super->table_start = le32_to_cpu(le->table_start);
	super->map_start = le32_to_cpu(le->map_start);
	super->map_blocks = le32_to_cpu(le->map_blocks);
	super->ring_blocks = le32_to_cpu(le->ring_blocks);
	super->ring_start = le64_to_cpu(le->ring_start);
	super->flags = le32_to_cpu(le->flags);
	super->epoch = le64_to_cpu(le->epoch);
	super->epoch_position = le64_to_cpu(le->epoch_position);
	super->head = le64_to_cpu(le->head);
	super->stable = le64_to_cpu(le->stable);
	afar_term_get(&le->term, &super->term);
	super->next_seq = le64_to_cpu(le->next_seq);
	super->next_set = le64_to_cpu(le->next_set);
	super->committed.set = le64_to_cpu(le->committed);
	super->committed.seq = le64_to_cpu(le->committed_seq);
	super->committed.time = le64_to_cpu(le->committed_time);
	super->hold = le64_to_cpu(le->hold);
	super->committing = le64_to_cpu(le->committing);
	super->peer_journal = le->peer_journal;
	super->peer_generation = le64_to_cpu(le->peer_generation);
	super->left_generation = le64_to_cpu(le->left_generation);
	super->left_seq = le64_to_cpu(le->left_seq);
	super->verify.peer = le->verify_peer;
	super->verify.volume = le32_to_cpu(le->verify_volume);
	super->verify.sector = le64_to_cpu(le->verify_sector);
	super->verify.done = le64_to_cpu(le->verify_done);
	super->verify.busy = le64_to_cpu(le->verify_busy);
	super->verify.unknown = le64_to_cpu(le->verify_unknown);
	super->verify.found = le64_to_cpu(le->verify_found);
}

static bool power_of_two(u32 n)
{
	return n && !(n & (n - 1));
}

static const char *check_areas(const struct afar_super_info *super)
{
	u64 map_end = super->map_start + 2ULL * super->map_blocks;
	bool fit;

	if (super->table_start < 2 ||
	    super->map_start < super->table_start + 2ULL * AFAR_TABLE_BLOCKS ||
	    super->ring_blocks / 4 < AFAR_SET_MIN)
		return "areas do not fit";
	if (afar_super_in_memory(super))
		fit = !super->ring_start && super->blocks >= AFAR_META_MIN &&
		      map_end <= super->blocks;
	else
		fit = super->ring_start >= map_end && super->blocks >= AFAR_JOURNAL_MIN &&
		      super->ring_start <= super->blocks &&
		      super->ring_blocks <= super->blocks - super->ring_start;
	return fit ? NULL : "areas do not fit";
}

static const char *check(const struct afar_super_info *super)
{
	if (super->role != AFAR_PRIMARY && super->role != AFAR_SECONDARY)
		return "unknown role";
	if (super->flags & ~AFAR_SUPER_FLAGS)
		return "unknown flag";
	if (super->block_size < 512 || super->block_size > AFAR_BLOCK ||
	    !power_of_two(super->block_size))
		return "block size out of range";
	if (!power_of_two(super->chunk_bytes) || super->chunk_bytes < (64 << 10) ||
	    super->chunk_bytes > (4 << 20))
		return "chunk size out of range";
	if (afar_uuid_none(&super->journal) || afar_uuid_none(&super->node))
		return "nameless journal or node";
	if (!!(super->flags & AFAR_SUPER_TERM) != !!super->term.counter ||
	    !!super->term.counter == afar_uuid_none(&super->term.id))
		return "half a term";
	if (super->epoch_position < super->head || super->stable < super->epoch_position ||
	    super->stable - super->head > super->ring_blocks)
		return "positions out of order";
	if ((super->flags & AFAR_SUPER_CLEAN) && (!super->next_seq || !super->next_set))
		return "clean mark without numbers";
	if (super->hold && !(super->flags & AFAR_SUPER_HOLD))
		return "held set without a hold";
	return check_areas(super);
}

/**
 * afar_super_get() - decode one copy of the superblock
 * @le:    the block
 * @super: result, valid only for AFAR_SUPER_GOOD
 * @why:   set to what is wrong in all other cases
 */
enum afar_super_state afar_super_get(const struct afar_super *le, struct afar_super_info *super,
				     const char **why)
{
	u32 crc = afar_crc_around(le, sizeof(*le), offsetof(struct afar_super, crc));

	if (le64_to_cpu(le->magic) != AFAR_SUPER_MAGIC) {
		const u8 *byte = (const u8 *)le;
		size_t i;

		for (i = 0; i < sizeof(*le) && !byte[i]; i++)
			;
		*why = i == sizeof(*le) ? "not formatted" : "not a journal of dm-afar";
		return i == sizeof(*le) ? AFAR_SUPER_ZERO : AFAR_SUPER_FOREIGN;
	}
	if (crc != le32_to_cpu(le->crc)) {
		*why = "bad checksum";
		return AFAR_SUPER_BAD;
	}
	if (le16_to_cpu(le->version) != AFAR_VERSION || le->features) {
		*why = "written by another version of dm-afar";
		return AFAR_SUPER_VERSION;
	}
	decode(le, super);
	*why = check(super);
	if (!*why && le32_to_cpu(le->verify_volume) > AFAR_VOLUMES)
		*why = "verify behind the last volume";
	if (!*why && (le->reserved2 || memchr_inv(le->reserved, 0, sizeof(le->reserved)) ||
		      memchr_inv(le->tail, 0, sizeof(le->tail))))
		*why = "reserved field is not zero";
	if (!*why)
		*why = afar_chain_get(le->chain_term, le32_to_cpu(le->chain), &super->chain);
	return *why ? AFAR_SUPER_BAD : AFAR_SUPER_GOOD;
}

/**
 * afar_super_pick() - which copy counts
 * @state: of both copies
 * @super: of both copies, valid where @state is AFAR_SUPER_GOOD
 * @why:   set where there is none
 *
 * A foreign or damaged copy beside a good one is a torn write or rot: the good one serves. A copy
 * of another version beside a good one is not: somebody has begun to convert the journal.
 *
 * Return: 0 or 1; -1: both are zero, format it; -2: refuse it, see @why.
 */
int afar_super_pick(const enum afar_super_state state[2], const struct afar_super_info super[2],
		    const char **why)
{
	if (state[0] == AFAR_SUPER_VERSION || state[1] == AFAR_SUPER_VERSION) {
		*why = "written by another version of dm-afar";
		return -2;
	}
	if (state[0] == AFAR_SUPER_GOOD && state[1] == AFAR_SUPER_GOOD) {
		if (!afar_uuid_equal(&super[0].journal, &super[1].journal)) {
			*why = "superblocks of two journals";
			return -2;
		}
		return super[1].generation > super[0].generation;
	}
	if (state[0] == AFAR_SUPER_GOOD)
		return 0;
	if (state[1] == AFAR_SUPER_GOOD)
		return 1;
	if (state[0] == AFAR_SUPER_ZERO && state[1] == AFAR_SUPER_ZERO)
		return -1;
	*why = state[0] == AFAR_SUPER_BAD || state[1] == AFAR_SUPER_BAD ?
	       "both superblocks are damaged" : "not a journal of dm-afar";
	return -2;
}

/**
 * afar_table_block_put() - finish a block of the volume table; entries, term and set are in place
 * @le:         the block
 * @journal:    uuid of the journal
 * @index:      block number within the table
 * @generation: of this write
 */
void afar_table_block_put(struct afar_table_block *le, const struct afar_uuid *journal,
			  u32 index, u64 generation)
{
	le->magic = cpu_to_le64(AFAR_TABLE_MAGIC);
	le->index = cpu_to_le32(index);
	le->generation = cpu_to_le64(generation);
	le->journal = *journal;
	le->crc = cpu_to_le32(afar_crc_around(le, sizeof(*le),
					      offsetof(struct afar_table_block, crc)));
}

/* An entry that nothing uses has no rules yet but that of its reserved fields. */
static const char *check_entry(const struct afar_table_entry *le, u32 volume)
{
	u64 sectors = le64_to_cpu(le->sectors);
	u32 used = le32_to_cpu(le->used);

	if (used > 1 || le->reserved || le->reserved2)
		return "bad entry";
	if (used && (!sectors || sectors > U64_MAX >> AFAR_SECTOR_SHIFT || volume >= AFAR_VOLUMES))
		return "bad entry";
	if (used && (le64_to_cpu(le->outside) > sectors ||
		     le64_to_cpu(le->joins) > le64_to_cpu(le->outside)))
		return "bad entry";
	if (used && !le->map_blocks)
		return "volume without a chunk map";
	return NULL;
}

/** afar_table_block_get() - check a block of the volume table; NULL or what is wrong */
const char *afar_table_block_get(const struct afar_table_block *le, const struct afar_uuid *journal,
				 u32 index, u64 *generation)
{
	const char *why = NULL;
	u32 i;

	if (le64_to_cpu(le->magic) != AFAR_TABLE_MAGIC)
		return "bad magic";
	if (afar_crc_around(le, sizeof(*le), offsetof(struct afar_table_block, crc)) !=
	    le32_to_cpu(le->crc))
		return "bad checksum";
	if (!afar_uuid_equal(&le->journal, journal))
		return "of another journal";
	if (le32_to_cpu(le->index) != index)
		return "out of place";
	for (i = 0; i < AFAR_TABLE_ENTRIES && !why; i++)
		why = check_entry(&le->entry[i], index * AFAR_TABLE_ENTRIES + i);
	*generation = le64_to_cpu(le->generation);
	return why;
}

/**
 * afar_table_block_new() - is this what formatting leaves in a block of the device?
 * @le:    the block
 * @block: which block of the device
 *
 * A formatting that was cut short has written a part of the volume table, without a volume, and
 * each copy once, generation 1 to the second one and 2 to the first, and no superblock.
 */
bool afar_table_block_new(const struct afar_table_block *le, u32 block)
{
	u64 generation;

	if (block < TABLE_START || block >= TABLE_START + 2 * AFAR_TABLE_BLOCKS)
		return false;
	return !afar_table_block_get(le, &le->journal, (block - TABLE_START) / 2, &generation) &&
	       generation == (block & 1 ? 1 : 2) && !le->set &&
	       afar_uuid_none(&le->term) && !memchr_inv(le->entry, 0, sizeof(le->entry));
}
