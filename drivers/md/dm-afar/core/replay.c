// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "replay.h"
#include "rule.h"

/** afar_replay_begin() - start at the head that @super names; @super stays with the walk */
void afar_replay_begin(struct afar_replay *r, const struct afar_super_info *super)
{
	r->super = super;
	r->position = super->head;
	r->epoch = 0;
	r->stable = super->stable;
}

/**
 * afar_record_get() - is a block the header block of a whole record, and of which?
 * @block:    AFAR_BLOCK bytes
 * @super:    superblock of the journal that it should be of
 * @position: ring position that it should have been written for
 * @info:     result
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_record_get(const void *block, const struct afar_super_info *super, u64 position,
			    struct afar_head_info *info)
{
	const char *why = afar_head_get(block, info);

	if (why)
		return why;
	if (info->type != AFAR_COMMANDS && info->type != AFAR_COMMIT)
		return "no record of a journal";
	if (!afar_uuid_equal(&info->owner, &super->journal))
		return "of another journal";
	if (info->position != position)
		return "of another position";
	if (info->epoch > super->epoch)
		return "of a later epoch than the superblock";
	if (info->stable > position)
		return "stable beyond its own position";
	why = afar_head_crc(block);
	return why ? why : afar_frame_check(block, info);
}

/* The epoch is the superblock's from where that began on, a lower one before, and never falls. */
static bool epoch_fits(const struct afar_replay *r, const struct afar_head_info *info)
{
	if (!afar_rule(AFAR_RULE_EPOCH))
		return true;
	if (info->position >= r->super->epoch_position)
		return info->epoch == r->super->epoch;
	return info->epoch >= r->epoch && info->epoch < r->super->epoch;
}

/**
 * afar_replay_step() - look at the block at @r->position
 * @r:     the walk
 * @block: AFAR_BLOCK bytes from there
 * @info:  result
 * @why:   set where the log does not go on
 *
 * The caller checks payloads from @r->stable on, and then says afar_replay_advance().
 *
 * Return: true for a record, false where the log ends.
 */
bool afar_replay_step(struct afar_replay *r, const void *block, struct afar_head_info *info,
		      const char **why)
{
	if (r->position - r->super->head >= r->super->ring_blocks) {
		*why = "all around the ring";
		return false;
	}
	*why = afar_record_get(block, r->super, r->position, info);
	if (!*why && !epoch_fits(r, info))
		*why = "of an earlier epoch";
	if (!*why && r->position + afar_record_blocks(info) - r->super->head >
		     r->super->ring_blocks)
		*why = "longer than the ring";
	return !*why;
}

/** afar_replay_advance() - take the record that afar_replay_step() found */
void afar_replay_advance(struct afar_replay *r, const struct afar_head_info *info)
{
	r->stable = max(r->stable, info->stable);
	r->epoch = info->epoch;
	r->position += afar_record_blocks(info);
}

/**
 * afar_replay_probe() - does a block behind the end prove that the log was longer?
 * @r:        the walk, ended
 * @block:    AFAR_BLOCK bytes
 * @position: from here; the caller tries all of the AFAR_GROUP_BLOCKS behind @r->position
 *
 * Return: true when it is a record that was written after the block at @r->position was flushed:
 * the journal is damaged, not torn.
 */
bool afar_replay_probe(struct afar_replay *r, const void *block, u64 position)
{
	struct afar_head_info info;

	if (afar_record_get(block, r->super, position, &info) || !epoch_fits(r, &info))
		return false;
	return info.stable > r->position;
}
