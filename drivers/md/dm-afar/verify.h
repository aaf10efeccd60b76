/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: verify
 * The scan at a cut that ships nothing: are the origins of both nodes the same? The volumes are
 * gone through in windows. Of each the primary reads its blocks, while nobody writes to what is
 * being read; waits until the peer has committed all that was numbered by then; and asks it for
 * hashes of what it has. A block to which a number was given since it was read says nothing: it is
 * read again. So what is found to differ differs, however much is written meanwhile.
 *
 * Chunks in which something differs get their bits, and keep them: a resync mends them.
 */
#ifndef AFAR_VERIFY_H
#define AFAR_VERIFY_H

#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include "core/hash.h"
#include "core/rule.h"
#include "core/super.h"

struct afar_cmd;
struct afar_group;

/** AFAR_VERIFY_BYTES - the peer is asked about so much at once, where nothing is written */
#define AFAR_VERIFY_BYTES	(64 << 10)
/** AFAR_VERIFY_BLOCKS - most blocks of a window */
#define AFAR_VERIFY_BLOCKS	(AFAR_ASKS * (AFAR_VERIFY_BYTES >> AFAR_BLOCK_SHIFT))

/**
 * struct afar_verify_window - what is being looked at; the thread's, but for what has a lock
 * @touched: blocks that a number was given to since they were read, or that could not be read for
 *           all that is written there; under afar_verify.lock
 * @todo:    blocks that nothing is known of yet
 * @differ:  blocks that differ
 * @unknown: blocks that one of the nodes cannot read
 * @hash:    of each block, as it was read
 * @hasher:  makes them
 */
struct afar_verify_window {
	DECLARE_BITMAP(touched, AFAR_VERIFY_BLOCKS);
	DECLARE_BITMAP(todo, AFAR_VERIFY_BLOCKS);
	DECLARE_BITMAP(differ, AFAR_VERIFY_BLOCKS);
	DECLARE_BITMAP(unknown, AFAR_VERIFY_BLOCKS);
	u8 hash[AFAR_VERIFY_BLOCKS][AFAR_HASH];
	struct afar_hasher hasher;
};

/**
 * struct afar_verify - of a primary
 * @lock:     Protects: all but @window, @reads, @seen and @saved. Where the window is, only the
 *            thread says
 * @wanted:   the operator wants it, and it has not come to its end
 * @run:      each time that it is wanted it is another one
 * @seen:     the run that the thread is at work for
 * @watching: numbers given to blocks of the window are noted
 * @volume:   which volume it has come to
 * @sector:   and where in it: the first of the window
 * @end:      and of what comes behind the window
 * @at:       what it has come to by now; but volume and sector, where the run that is wanted begins
 * @total:    bytes to go through
 * @saved:    when the superblock was told where it is, jiffies
 * @different: blocks found to differ since the group was loaded
 * @reads:    reads on their way; under stream.lock
 * @window:   allocated when it is wanted first
 */
struct afar_verify {
	spinlock_t lock;
	bool wanted;
	unsigned int run;
	unsigned int seen;
	bool watching;
	u16 volume;
	u64 sector;
	u64 end;
	struct afar_verify_place at;
	u64 total;
	unsigned long saved;
	u64 different;
	unsigned int reads;
	struct afar_verify_window *window;
};

void afar_verify_init(struct afar_verify *v);
void afar_verify_exit(struct afar_verify *v);
int afar_verify(struct afar_group *g);
void afar_verify_go_on(struct afar_group *g);
void afar_verify_save(struct afar_group *g);
void afar_verify_stop(struct afar_group *g, const char *why);
void afar_verify_end(struct afar_group *g, const char *why);
void afar_verify_window(struct afar_group *g);
void afar_verify_note(struct afar_verify *v, const struct afar_cmd *cmd);

/** afar_verify_touches() - a command is about to get its number. Context: its overlaps wait */
static inline void afar_verify_touches(struct afar_verify *v, const struct afar_cmd *cmd)
{
	if (unlikely(READ_ONCE(v->watching)) && afar_rule(AFAR_RULE_TOUCHED))
		afar_verify_note(v, cmd);
}

#endif /* AFAR_VERIFY_H */
