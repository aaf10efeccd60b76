/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of the ring, as the module does it when a group is resumed, and a little stricter: all
 * payloads can be checked, not only those that nothing vouches for.
 */
#ifndef AFAR_TOOLS_WALK_H
#define AFAR_TOOLS_WALK_H

#include "image.h"
#include "replay.h"
#include "tracker.h"

/** enum ring_end - how the log ended */
enum ring_end {
	RING_CLEAN,	/* the block behind it was never part of this log */
	RING_TORN,	/* something was begun behind it, and nothing vouches for it: a crash */
	RING_DAMAGED,	/* something that was on stable media is not there any more */
};

/**
 * struct ring_walk - a walk and what it found
 * @im:       the journal
 * @all:      check all payloads
 * @record:   called for each record, with its header block; may be NULL
 * @payload:  called for each damaged payload below what is stable; may be NULL
 * @r:        the walk proper; @r.position is where it ended
 * @tracker:  what replay makes of it
 * @records:  records found
 * @commands: commands found
 * @dead:     records of other terms
 * @bad_payloads: damaged payloads that were durable
 * @end:      how it ended
 * @why:      why it ended there
 */
struct ring_walk {
	const struct image *im;
	bool all;
	void (*record)(struct ring_walk *w, const void *block, const struct afar_head_info *info);
	void (*payload)(struct ring_walk *w, const struct afar_head_info *info,
			const struct afar_cmd *cmd);
	struct afar_replay r;
	struct afar_tracker tracker;
	u64 records;
	u64 commands;
	u64 dead;
	u64 bad_payloads;
	enum ring_end end;
	const char *why;
};

void ring_walk(struct ring_walk *w);
void ring_walk_free(struct ring_walk *w);

#endif /* AFAR_TOOLS_WALK_H */
