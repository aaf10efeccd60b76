/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: commit
 * A run of complete sets on its way to the origins: found in the ring and verified, all of it, and
 * then written; in parts, if there is too much of it for memory.
 */
#ifndef AFAR_COMMIT_H
#define AFAR_COMMIT_H

#include "core/run.h"
#include "core/tracker.h"

struct afar_group;
struct afar_staged;
struct afar_vol;
struct page;

/**
 * AFAR_RUN_BLOCKS - most blocks of sets that one run takes together
 *
 * One that is larger, of a single set, is written in parts that are not.
 */
#define AFAR_RUN_BLOCKS	8192

/**
 * struct afar_source - where a command's payload is
 * @page:  its first page, in an array of the frame's or the run's
 * @op:    enum afar_op
 * @flags: of the command
 */
struct afar_source {
	struct page **page;
	u8 op;
	u8 flags;
};

/**
 * struct afar_run - sets that are committed together
 * @cut:    the last of them
 * @reach:  stage.reach before the run
 * @bad:    what cannot be read back is of no set before this one
 * @map_generation: highest that a sync command of them names
 * @extent: what there is to be found of them
 * @frame:  entries of the stage with their commands
 * @frames: how many
 * @most:   numbers in a part
 * @limit:  the same at most: length of the arrays
 * @from:   first number of the part that is in memory
 * @to:     last one; below @from: none is
 * @begun:  something of the run may be on the origins
 * @found:  commands found of the part, or of all that is being verified
 * @page:   payload of the part that was read back, and is the run's own
 * @pages:  how many
 * @room:   length of @page
 * @cmd:    commands of the part that change sectors
 * @source: of each of these
 * @cmds:   how many
 * @heap:   for afar_run_plan()
 * @piece:  what is to be written
 * @pieces: how many
 * @vol:    volumes in use, by number
 */
struct afar_run {
	struct afar_cut cut;
	u64 reach;
	u64 bad;
	u64 map_generation;
	struct afar_extent extent;
	struct afar_staged **frame;
	unsigned int frames;
	u64 most;
	u64 limit;
	u64 from;
	u64 to;
	bool begun;
	u64 found;
	struct page **page;
	unsigned int pages;
	unsigned int room;
	struct afar_run_cmd *cmd;
	struct afar_source *source;
	unsigned int cmds;
	u32 *heap;
	struct afar_piece *piece;
	unsigned int pieces;
	struct afar_vol *vol[AFAR_VOLUMES];
};

int afar_run_load(struct afar_group *g, struct afar_run *run);
int afar_run_load_part(struct afar_group *g, struct afar_run *run);
void afar_run_drop_part(struct afar_run *run);

/** afar_run_in_parts() - is a run too large to be in memory as a whole? */
static inline bool afar_run_in_parts(const struct afar_run *run)
{
	return run->extent.blocks > AFAR_RUN_BLOCKS;
}

#endif /* AFAR_COMMIT_H */
