// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "walk.h"

static bool payload_good(const struct ring_walk *w, const struct afar_cmd *cmd, u64 at)
{
	char buf[AFAR_BLOCK];
	u32 left, sum = 0;

	for (left = cmd->bytes; left; at++) {
		u32 n = min_t(u32, left, AFAR_BLOCK);

		if (image_read_ring(w->im, at, buf))
			return false;
		sum = afar_sum_more(sum, buf, n);
		left -= n;
	}
	return sum == cmd->sum;
}

/* Look at the payloads of a record; how many are bad. @report: they were durable, so say which. */
static u64 check_payloads(struct ring_walk *w, const void *block, const struct afar_head_info *info,
			  bool report)
{
	u64 at = info->position + 1, bad = 0;
	unsigned int i;

	for (i = 0; i < info->count; i++) {
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		if (cmd.op == AFAR_OP_WRITE && !payload_good(w, &cmd, at)) {
			bad++;
			if (report && w->payload)
				w->payload(w, info, &cmd);
		}
		at += afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
	}
	return bad;
}

/* What replay makes of a record of the current term; NULL, or why it refuses the journal. */
static const char *replay(struct ring_walk *w, const void *block, const struct afar_head_info *info)
{
	const char *why = NULL;
	struct afar_cmd cmd;
	unsigned int i;

	if (info->type == AFAR_COMMIT) {
		struct afar_cut cut;

		afar_cmd_get(block, 0, &cmd);
		cut = (struct afar_cut){ cmd.set, cmd.seq, cmd.time };
		if (cut.set > w->tracker.committed.set)
			afar_tracker_commit(&w->tracker, &cut);
		return NULL;
	}
	for (i = 0; i < info->count; i++) {
		afar_cmd_get(block, i, &cmd);
		switch (afar_tracker_replay(&w->tracker, &cmd, info->position, &why)) {
		case AFAR_ADMIT_BAD:
			return why;
		case AFAR_ADMIT_NOMEM:
			return "no memory to go on";
		default:
			break;
		}
	}
	return NULL;
}

/* Take the record at the walk's position; false where the log ends, with @end and @why set. */
static bool step(struct ring_walk *w, void *block)
{
	const struct afar_super_info *super = w->r.super;
	struct afar_head_info info;
	bool vouched;

	w->end = RING_CLEAN;
	if (image_read_ring(w->im, w->r.position, block)) {
		w->why = "unreadable block";
		w->end = RING_DAMAGED;
		return false;
	}
	if (!afar_replay_step(&w->r, block, &info, &w->why))
		return false;
	vouched = w->r.position + afar_record_blocks(&info) <= w->r.stable;
	if (!vouched && check_payloads(w, block, &info, false)) {
		w->why = "bad payload";
		w->end = RING_TORN;
		return false;
	}
	if (vouched && w->all)
		w->bad_payloads += check_payloads(w, block, &info, true);
	w->records++;
	w->commands += info.type == AFAR_COMMANDS ? info.count : 0;
	if (w->record)
		w->record(w, block, &info);
	if (!afar_term_equal(&info.term, &super->term)) {
		w->dead++;
	} else {
		w->why = replay(w, block, &info);
		if (w->why) {
			w->end = RING_DAMAGED;
			return false;
		}
	}
	afar_replay_advance(&w->r, &info);
	return true;
}

/* Is what lies behind the end the rest of this log, and was it once on stable media? */
static enum ring_end look_behind(struct ring_walk *w, void *block)
{
	u64 end = w->r.position + AFAR_GROUP_BLOCKS, position;
	enum ring_end verdict = w->end;

	if (w->r.stable > w->r.position)
		return RING_DAMAGED;
	end = min(end, w->r.super->head + w->r.super->ring_blocks);
	for (position = w->r.position; position < end; position++) {
		struct afar_head_info info;

		if (image_read_ring(w->im, position, block))
			continue;
		if (position > w->r.position && afar_replay_probe(&w->r, block, position))
			return RING_DAMAGED;
		/* written in this epoch, for this place, and not in the log */
		if (!afar_head_get(block, &info) && info.position == position &&
		    afar_uuid_equal(&info.owner, &w->r.super->journal) &&
		    info.epoch == w->r.super->epoch)
			verdict = RING_TORN;
	}
	return verdict;
}

/** ring_walk() - walk the ring to its end; @w->im and the members above @r are set */
void ring_walk(struct ring_walk *w)
{
	const struct afar_super_info *super = image_super(w->im);
	u64 block[AFAR_BLOCK / sizeof(u64)];

	afar_tracker_fit(&w->tracker, super);
	w->tracker.head = super->head;
	w->tracker.tail = super->head;
	afar_tracker_reset(&w->tracker, &super->committed);
	afar_replay_begin(&w->r, super);
	while (step(w, block))
		;
	if (w->end != RING_DAMAGED)
		w->end = look_behind(w, block);
	w->tracker.tail = w->r.position;
	afar_tracker_update(&w->tracker);
}

/** ring_walk_free() - free what a walk has gathered */
void ring_walk_free(struct ring_walk *w)
{
	static const struct afar_cut none;

	afar_tracker_reset(&w->tracker, &none);
}
