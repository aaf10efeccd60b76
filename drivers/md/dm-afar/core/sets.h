/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: sets
 * The primary's numbering: which set is open, which number is next, and when a set must close.
 *
 * Bytes, writes, clock and messages make the open set due. What is due closes at once, or, with
 * close_on_flush, at a boundary: where nothing was tagged since the last flush or FUA write, so
 * that a cut is an image that the application itself has asked for. A set that is due at a boundary
 * closes at once: nobody waits for a flush that has been already. Only the largest size closes
 * anywhere (afar_sets_must_close()).
 *
 * The caller serializes (the stream's lock); no allocation, any context.
 */
#ifndef AFAR_SETS_H
#define AFAR_SETS_H

#include "codec.h"
#include "super.h"

/**
 * struct afar_policy - when a set closes
 * @bytes:    it is due after this many bytes of writes; 0: never
 * @writes:   it is due after this many writes; 0: never
 * @on_flush: what is due closes only at a boundary (close_on_flush)
 * @whole:    the open set is a resync set whose scan goes on: nothing closes it
 */
struct afar_policy {
	u64 bytes;
	u32 writes;
	bool on_flush;
	bool whole;
};

/**
 * struct afar_sets - numbering within a term
 * @next:    number that the next command takes
 * @open:    the open set
 * @first:   number of its first command
 * @writes:  commands in it
 * @bytes:   bytes of writes in it
 * @blocks:  worst-case journal blocks of these commands
 * @largest: most blocks that the peer takes for one set, sync command included
 * @largest_first: the same for set 1
 * @due:     clock or message want the open set closed
 * @boundary: nothing was tagged since the last flush or FUA write
 * @closed:  the set that was closed last; set 0 when there is none
 */
struct afar_sets {
	u64 next;
	u64 open;
	u64 first;
	u64 writes;
	u64 bytes;
	u32 blocks;
	u32 largest;
	u32 largest_first;
	bool due;
	bool boundary;
	struct afar_cut closed;
};

void afar_sets_begin(struct afar_sets *s, u32 largest);
void afar_sets_continue(struct afar_sets *s, u32 largest, u64 next_seq, u64 next_set);
void afar_sets_limit(struct afar_sets *s, u32 largest);
bool afar_sets_must_close(const struct afar_sets *s, u32 blocks);
bool afar_sets_tag(struct afar_sets *s, struct afar_cmd *cmd, bool fua,
		   const struct afar_policy *policy);
bool afar_sets_flush(struct afar_sets *s, const struct afar_policy *policy);
bool afar_sets_want(struct afar_sets *s, const struct afar_policy *policy);
bool afar_sets_judge(const struct afar_sets *s, const struct afar_policy *policy);
void afar_sets_close(struct afar_sets *s, struct afar_cmd *sync, u64 now);

/** afar_sets_empty() - is nothing in the open set? */
static inline bool afar_sets_empty(const struct afar_sets *s)
{
	return s->next == s->first;
}

#endif /* AFAR_SETS_H */
