/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: spool
 * Where the primary keeps what the peer has not acknowledged and memory has no room for: the log
 * ring of its own journal.
 *
 * When the stream's memory passes its high mark the oldest commands that are not DURABLE go to the
 * ring, in number order, in the frames in which they will be shipped; their copies are freed. So
 * the stream has two parts: numbers below stream.base are in the spool or DURABLE, those from it on
 * in memory or DURABLE. A lane that has something to ship takes it from the spool first, reads the
 * frame back, checks it, and sends it as it is. A frame is freed when all of it is DURABLE.
 *
 *	memory --write--> ring --read back--> lane
 *
 * The spool makes no promise of its own: what may differ at the peer is covered by the chunk map,
 * always. Losing the spool costs a resync, nothing else.
 */
#ifndef AFAR_SPOOL_H
#define AFAR_SPOOL_H

#include <linux/list.h>
#include <linux/workqueue.h>
#include "core/tracker.h"
#include "journal.h"

struct afar_group;

/**
 * struct afar_spooled - a frame of commands in the ring, or on its way there
 * @list:     in afar_spool.frames, in number order
 * @record:   how it goes to the ring
 * @writes:   its commands while they are in memory, until it is in the ring
 * @first:    number that bit 0 of the masks stands for
 * @highest:  highest set of a command in it: what credit it needs
 * @members:  numbers that are in it
 * @acked:    those that are DURABLE at the peer
 * @kept:     those that are at a peer whose ring is in memory, and not COMMITTED
 * @sent:     those that a lane has sent that lives still
 * @lanes:    numbers of the lanes that sent any of it, as bits
 * @blocks:   its length in the ring
 * @ready:    it is in the ring
 * @busy:     a lane is at work on it
 */
struct afar_spooled {
	struct list_head list;
	struct afar_record record;
	struct list_head writes;
	u64 first;
	u64 highest;
	u64 members;
	u64 acked;
	u64 kept;
	u64 sent;
	u16 lanes;
	u32 blocks;
	bool ready;
	bool busy;
};

/** AFAR_SPOOL_SPAN - numbers that the masks of a frame hold */
#define AFAR_SPOOL_SPAN	64

/**
 * struct afar_spool_left - what replay has found in a primary's ring, see spool_replay.c
 * @closed:  the last set of which the end is known
 * @lowest:  the first set of which there is anything
 * @set:     the last one
 * @first:   its first number
 * @next:    the number behind the last one
 * @useless: there is something that cannot be delivered as it is
 */
struct afar_spool_left {
	struct afar_cut closed;
	u64 lowest;
	u64 set;
	u64 first;
	u64 next;
	bool useless;
};

/**
 * struct afar_spool - state of the spool. Protected by stream.lock
 * @frames:  struct afar_spooled, in number order
 * @cursor:  no frame before this one has anything to be shipped; NULL: start at the first
 * @head:    ring position of the oldest block that may not be reused, durably
 * @tail:    ring position behind the last frame
 * @flying:  blocks on their way to the ring
 * @next:    no number below this one is to be spooled any more
 * @total:   blocks spooled
 * @shippable: the next frame to be shipped is in the ring, and within the credit; a hint for lanes
 * @failed:  a frame could not be written
 * @full:    the ring has no room for the next frame, or there is no memory for it
 * @busy:    something has been spooled, and the backlog has not become small since
 * @left:    found by replay, before a stream begins
 * @work:    spools while there is too much in memory
 */
struct afar_spool {
	struct list_head frames;
	struct afar_spooled *cursor;
	u64 head;
	u64 tail;
	u64 flying;
	u64 next;
	u64 total;
	bool shippable;
	bool failed;
	bool full;
	bool busy;
	struct afar_spool_left left;
	struct work_struct work;
};

extern struct kmem_cache *afar_spooled_cache;

int afar_spool_load(void);
void afar_spool_unload(void);
void afar_spool_init(struct afar_group *g);
void afar_spool_begin(struct afar_group *g);
void afar_spool_end(struct afar_group *g);
bool afar_spool_wanted(struct afar_group *g);
bool afar_spool_busy(struct afar_group *g);
u64 afar_spool_used(struct afar_group *g);

/* spool_replay.c */
void afar_spool_replay_begin(struct afar_group *g);
void afar_spool_replay(struct afar_group *g, const void *block, const struct afar_head_info *info);
bool afar_spool_left(struct afar_group *g);
void afar_spool_restore(struct afar_group *g);

/* stream.lock held */
void afar_spool_ack(struct afar_group *g, u64 first, u64 last);
void afar_spool_credit(struct afar_group *g);
void afar_spool_unsent(struct afar_group *g, unsigned int lane);
void afar_spool_take_back(struct afar_group *g);
bool afar_spool_has(struct afar_group *g, struct afar_spooled **from, u64 seq);
bool afar_spool_empty(struct afar_group *g);

struct afar_spooled *afar_spool_take(struct afar_group *g);
int afar_spool_read(struct afar_group *g, struct afar_spooled *f, struct page **page,
		    struct afar_head_info *info);
void afar_spool_sent(struct afar_group *g, struct afar_spooled *f, unsigned int lane, bool sent);

#endif /* AFAR_SPOOL_H */
