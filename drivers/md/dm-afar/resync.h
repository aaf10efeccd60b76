/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: resync
 * What a term begins with when the peer may differ (R1'): one set, which carries the content of all
 * chunks that may, and all writes meanwhile. It is committed as a whole, so the peer goes from its
 * old cut to the new one at once.
 *
 * What the peer has never had, a volume that was added or the end of one that has grown, is outside
 * the cut (core/volumes.h). It is not in that set: when it is committed the same scan reads it into
 * ordinary sets, and the other volumes go from cut to cut meanwhile.
 *
 *	DIRTY, term used  --(peer there that has all, or shall not wait for it)-->  a new term
 *	DIRTY, term new   --(peer follows it, and has room)-->  chunks are read
 *	chunks are read   --(all are, and tagged)-->  the set closes, like any other
 *	                  --(cannot go on)-->  DIRTY
 *	the set is committed  --(something is outside the cut)-->  that is read, and joins
 *
 * One thread of the group does all of it.
 */
#ifndef AFAR_RESYNC_H
#define AFAR_RESYNC_H

#include <linux/atomic.h>
#include <linux/wait.h>
#include "compare.h"

struct afar_differs;
struct afar_group;
struct afar_stream;
struct afar_vol;
struct afar_write;
struct task_struct;

/**
 * struct afar_peer_cut - where the peer stands that a resync set is made for
 * @journal: its journal uuid
 * @term:    the term that it was in before, if it has committed nothing of the current one
 * @set:     its cut in that term
 * @largest: its largest_set
 * @known:   bits were cleared for no other peer than this, and for nothing behind its cut; and it
 *           has nothing of its own, or has said where
 * @no_cut:  its image is at no cut
 * @keep:    its ring is in memory: copies are kept until they are COMMITTED
 * @discarded: it has given up a history of its own
 * @generation: of its chunk map; each time that it gives a history up it is another
 */
struct afar_peer_cut {
	struct afar_uuid journal;
	struct afar_term term;
	u64 set;
	u32 largest;
	bool known;
	bool no_cut;
	bool keep;
	bool discarded;
	u64 generation;
};

/* What is left of a stream that was given up is looked at so often. */
#define AFAR_WEIGH	(HZ / 4)

/* The part of memory_limit that is for what is read, while something is. */
#define AFAR_SCAN_SHARE	4

/**
 * struct afar_resync - of a primary
 * @task:    the thread
 * @wait:    where it sleeps
 * @there:   a peer has turned up since the thread looked
 * @busy:    it reads, or compares: it uses maps and volumes
 * @settled: what is left of the stream that was given up goes first
 * @weighed: jiffies when it was last looked at whether it does
 * @written: what stream.unnumbered_bytes was then
 * @committed: what the peer had committed then
 * @ready:   it follows the current term, and has committed nothing of it: see @peer
 * @peer:    see @ready; while a resync set is open, or not committed: what it stands on
 * @stands:  @peer is what the term's resync set stands on
 * @active:  the scan goes on
 * @ending:  it may be over: nobody writes without a number for a moment
 * @set:     the resync set, once it is closed; 0: there is none that is not committed
 * @permitted: the operator lets the peer be without a cut meanwhile, in this term
 * @in_place: it rides in ordinary sets, and the peer is at no cut until it ends
 * @scanned:  the next set that closes is the one in which it has ended
 * @joining:  what is outside the cut is being read
 * @joined:   the next set that closes is the one with which it joins
 * @join_set: that set; 0: there is none that is not committed
 * @told:     a peer has been told that it is in place, and has noted it
 * @too_large: how often it has outgrown what the peer takes for one set
 * @retry:     jiffies; until then twice as much room is wanted for each time
 * @waits:     it has been said that it waits until then
 * @unreadable: something could not be read; it is tried again
 * @holes:      that was for a set that is to be whole
 * @outgrown: it has just now: the stream is to be given up
 * @needed:  blocks that it would take, more than the peer takes; 0: not so
 * @total:   chunks on the scan list when it began
 * @done:    of these, read and tagged
 * @bytes:   read
 * @equal_before: of all that was found equal ever, what was so before it began
 * @began:   jiffies
 * @next:    when the next command may be read, jiffies
 * @compare: what the peer has, and what has been read; has a lock of its own
 *
 * Protected by stream.lock, but for @task and what only the thread uses.
 */
struct afar_resync {
	struct task_struct *task;
	wait_queue_head_t wait;
	bool there;
	bool busy;
	bool settled;
	bool ready;
	bool stands;
	bool active;
	bool ending;
	bool permitted;
	bool in_place;
	bool scanned;
	bool joining;
	bool joined;
	bool told;
	bool unreadable;
	bool holes;
	bool outgrown;
	unsigned int too_large;
	unsigned long retry;
	bool waits;
	unsigned long weighed;
	u64 written;
	u64 committed;
	struct afar_peer_cut peer;
	u64 set;
	u64 join_set;
	u64 needed;
	u64 total;
	u64 done;
	u64 bytes;
	u64 equal_before;
	unsigned long began;
	unsigned long next;
	struct afar_compare compare;
};

/**
 * struct afar_scan - a chunk that is being read
 * @vol:    in use meanwhile
 * @chunk:  which
 * @untouched: no number of this term has touched it: what is equal at the peer can be left out
 * @left:   commands not read yet, and one for who submits them
 * @failed: some have not been submitted: the chunk stays on the scan list
 */
struct afar_scan {
	struct afar_vol *vol;
	u64 chunk;
	bool untouched;
	atomic_t left;
	bool failed;
};

struct afar_facts;
void afar_resync_facts(struct afar_group *g, struct afar_facts *f);
int afar_resync_start(struct afar_group *g);
void afar_resync_stop(struct afar_group *g);
void afar_resync_needed(struct afar_group *g, const char *why);
bool afar_resync_scans(struct afar_group *g);
bool afar_resync_halts(struct afar_group *g, const struct afar_vol *vol);
bool afar_resync_in_place(struct afar_group *g);
void afar_resync_pace(struct afar_group *g, const struct afar_vol *vol, u32 bytes,
		      bool (*halts)(struct afar_group *g, const struct afar_vol *vol));
void afar_resync_limit(struct afar_group *g, u32 largest, bool keep);
int afar_resync(struct afar_group *g, bool in_place);
u64 afar_resync_differs(struct afar_group *g);
void afar_resync_weigh(struct afar_group *g);
void afar_resync_wait_idle(struct afar_group *g);
void afar_resync_given_up(struct afar_stream *s);
bool afar_resync_owes(const struct afar_stream *s, const struct afar_hello_info *hello,
		      u64 differs);
void afar_resync_refused(struct afar_group *g, u32 reason);
int afar_resync_term(struct afar_group *g, int (*change)(struct afar_group *g, void *data),
		     void *data);
u32 afar_resync_judge(struct afar_group *g, const struct afar_hello_info *hello,
		      const struct afar_term *term, const struct afar_differs *differs,
		      bool told);

/** afar_resync_reads() - are chunks being read? A hint, or stream.lock held */
static inline bool afar_resync_reads(const struct afar_resync *rs)
{
	return READ_ONCE(rs->active) || READ_ONCE(rs->joining);
}

/** afar_resync_leaves_out() - is there no cut to keep from what cannot be read? Context: any */
static inline bool afar_resync_leaves_out(const struct afar_resync *rs)
{
	return READ_ONCE(rs->in_place) && READ_ONCE(rs->active);
}

/** afar_resync_kick() - something has changed that the thread may wait for. Context: any. */
static inline void afar_resync_kick(struct afar_resync *rs)
{
	if (wq_has_sleeper(&rs->wait))
		wake_up_all(&rs->wait);
}

void afar_scan_ended(struct afar_group *g, struct afar_scan *scan, bool ok);

#endif /* AFAR_RESYNC_H */
