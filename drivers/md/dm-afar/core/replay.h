/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: replay
 * Walks the ring from the superblock's head and says, block by block, if the log goes on (R11).
 *
 * Where it ends there is either a torn tail, which is what a crash leaves, or damage. They are told
 * apart by @stable: every record says up to which position all was on stable media when it was
 * written, and a group of records is written only after the group before it was flushed. So if
 * anything that is still readable promises more than the walk has found, something durable is lost.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_REPLAY_H
#define AFAR_REPLAY_H

#include "super.h"

/** AFAR_GROUP_BLOCKS - most journal blocks between two flushes: how far a probe has to look */
#define AFAR_GROUP_BLOCKS	4096

/**
 * struct afar_replay - state of a walk
 * @super:    superblock that the walk began with
 * @position: of the next record, blocks
 * @epoch:    of the last record; 0: none yet
 * @stable:   highest promise seen
 */
struct afar_replay {
	const struct afar_super_info *super;
	u64 position;
	u64 epoch;
	u64 stable;
};

const char *afar_record_get(const void *block, const struct afar_super_info *super, u64 position,
			    struct afar_head_info *info);

void afar_replay_begin(struct afar_replay *r, const struct afar_super_info *super);
bool afar_replay_step(struct afar_replay *r, const void *block, struct afar_head_info *info,
		      const char **why);
void afar_replay_advance(struct afar_replay *r, const struct afar_head_info *info);
bool afar_replay_probe(struct afar_replay *r, const void *block, u64 position);

/** afar_record_blocks() - journal blocks of a record, header block included */
static inline u32 afar_record_blocks(const struct afar_head_info *info)
{
	return 1 + (info->payload >> AFAR_BLOCK_SHIFT);
}

#endif /* AFAR_REPLAY_H */
