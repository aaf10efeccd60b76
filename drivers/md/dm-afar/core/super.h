/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: superblock and volume table
 * Geometry of a journal, and its two kinds of block that are overwritten in place. Both have two
 * copies: a writer replaces the older one, a reader takes the newest that is whole.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_SUPER_H
#define AFAR_SUPER_H

#include <linux/string.h>
#include <afar/journal.h>
#include "codec.h"

/** struct afar_cut - a data set whose end is an image of the group */
struct afar_cut {
	u64 set;
	u64 seq;	/* last number of @set */
	u64 time;	/* wall clock of its close, ns; 0: not known */
};

/** struct afar_verify_place - how far a verify has come */
struct afar_verify_place {
	struct afar_uuid peer;	/* journal uuid of who it compares with; none: nobody yet */
	u16 volume;		/* what is below it was looked at, */
	u64 sector;		/* and what is below this on it */
	u64 done;		/* bytes that were looked at */
	u64 busy;		/* of @done, bytes not compared: they were always being written */
	u64 unknown;		/* of @done, bytes not compared: a node cannot read them */
	u64 found;		/* blocks that differ */
};

/** struct afar_super_info - struct afar_super in host order */
struct afar_super_info {
	u16 role;
	u64 features;
	u64 generation;
	struct afar_uuid journal;
	struct afar_uuid node;
	struct afar_uuid group;
	u64 blocks;
	u32 block_size;
	u32 chunk_bytes;
	u32 table_start;
	u32 map_start;
	u32 map_blocks;
	u32 ring_blocks;
	u64 ring_start;
	u32 flags;
	u64 epoch;
	u64 epoch_position;
	u64 head;
	u64 stable;
	struct afar_term term;
	u64 next_seq;
	u64 next_set;
	struct afar_cut committed;
	u64 hold;
	u64 committing;
	struct afar_uuid peer_journal;
	u64 peer_generation;
	u64 left_generation;
	u64 left_seq;
	struct afar_verify_place verify;
	struct afar_chain chain;
};

/** enum afar_super_state - what a superblock copy turned out to be */
enum afar_super_state {
	AFAR_SUPER_GOOD,	/* decoded and checked */
	AFAR_SUPER_ZERO,	/* all bytes zero: never formatted */
	AFAR_SUPER_FOREIGN,	/* not of dm-afar */
	AFAR_SUPER_BAD,		/* of dm-afar, and damaged */
	AFAR_SUPER_VERSION,	/* of dm-afar, of another version or with unknown features */
};

bool afar_super_geometry(struct afar_super_info *super, u64 blocks);
bool afar_super_geometry_memory(struct afar_super_info *super, u64 blocks, u64 ring_blocks);
u64 afar_super_blocks_for_map(u64 map_blocks, bool memory);
void afar_super_put(struct afar_super *le, const struct afar_super_info *super);
enum afar_super_state afar_super_get(const struct afar_super *le, struct afar_super_info *super,
				     const char **why);
int afar_super_pick(const enum afar_super_state state[2], const struct afar_super_info super[2],
		    const char **why);

void afar_table_block_put(struct afar_table_block *le, const struct afar_uuid *journal,
			  u32 index, u64 generation);
const char *afar_table_block_get(const struct afar_table_block *le, const struct afar_uuid *journal,
				 u32 index, u64 *generation);
bool afar_table_block_new(const struct afar_table_block *le, u32 block);

/** afar_super_in_memory() - is the ring in memory? Then what is staged does not survive. */
static inline bool afar_super_in_memory(const struct afar_super_info *super)
{
	return super->flags & AFAR_SUPER_MEMORY;
}

/** afar_super_end_verify() - none goes on after a restart */
static inline void afar_super_end_verify(struct afar_super_info *super)
{
	super->flags &= ~AFAR_SUPER_VERIFY;
	memset(&super->verify, 0, sizeof(super->verify));
}

/** afar_super_largest_set() - most blocks of one set that a journal takes: four fit in the ring */
static inline u32 afar_super_largest_set(const struct afar_super_info *super)
{
	return super->ring_blocks / 4;
}

#endif /* AFAR_SUPER_H */
