/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: stream
 * The primary's half: every write gets its numbers here, under one lock over all volumes, and stays
 * here, with the one copy of its payload, until the peer says that it is DURABLE.
 *
 *	LOCAL ----> READY ----> SHIPPING ----> SENT ----> freed
 *	 own disk     ^  a lane takes it  sent    | DURABLE
 *	              +---------------------------+ the lane or the session ended
 *
 * A DURABLE that comes while a lane is at work on the pages (SHIPPING), or while they go to the
 * ring (SPOOLING, see spool.h), only marks the write; it is freed after that.
 *
 * Where the peer's ring is in memory DURABLE does not free: SENT ----> KEPT ----> freed, by
 * COMMITTED. What is KEPT is READY again when a session begins in which the peer does not list it.
 */
#ifndef AFAR_STREAM_H
#define AFAR_STREAM_H

#include <linux/bio.h>
#include <linux/mempool.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "core/sets.h"
#include "core/volumes.h"
#include "resync.h"
#include "spool.h"

struct afar_group;
struct afar_lane;
struct afar_vol;

/** AFAR_WINDOW - most numbers between the oldest that is not DURABLE and the next; power of two */
#define AFAR_WINDOW	(1U << 17)

/** AFAR_TIMES - closed sets of which the times are remembered, for lag; power of two */
#define AFAR_TIMES	1024

/** enum afar_mode - what becomes of a write; 0 is not valid */
enum afar_mode {
	AFAR_MODE_OFF = 1,	/* not primary, not promoted since the start, or a clean mark that
				 * cannot be taken away: refused
				 */
	AFAR_MODE_STREAM,	/* tagged, copied, shipped */
	AFAR_MODE_DIRTY,	/* resync needed: goes to the origin only */
	AFAR_MODE_SWITCH,	/* a resync set is about to begin: parked, as long as I/O takes */
};

/** enum afar_write_state - see the picture above; 0 is not valid */
enum afar_write_state {
	AFAR_WRITE_LOCAL = 1,
	AFAR_WRITE_READY,
	AFAR_WRITE_SHIPPING,
	AFAR_WRITE_SENT,
	AFAR_WRITE_SPOOLING,
	AFAR_WRITE_KEPT,
};

/**
 * struct afar_write - a command of the primary; in front of the bio that writes its copy
 * @cmd:     descriptor
 * @list:    in stream.ready or in a lane's list; of a write parked on another one: in its @waiters;
 *           of one parked on the chunk map: in its leaf's list; of one that a scan has read: in
 *           resync.compare.read
 * @overlap: in a bucket of stream.bucket while it runs
 * @waiters: writes that overlap it and wait for its end
 * @group:   not counted: stream.inflight keeps it
 * @bdev:    the origin; @bio may have been sent on to another device
 * @clone:   the application's bio; NULL once it has been completed
 * @charge:  bytes of memory that it counts for
 * @chunk:   chunk that it lies in
 * @state:   enum afar_write_state
 * @lane:    number of the lane that sent it last
 * @acked:   DURABLE came while SHIPPING or SPOOLING
 * @charged: @charge is in stream.memory
 * @shares: it is in stream.scan_memory, too
 * @summed:  cmd.sum is valid
 * @unreadable: its write failed and could not be read back: becomes void
 * @fua:     the last part of a write that asks for stable media
 * @scan:    the chunk that it reads for a resync set; it has no clone
 * @peek:    it reads what is there, and leaves no trace: how many such are on their way
 * @tries:   of @peek: how often somebody was in its way
 * @hash:    of @scan: what the peer has there; NULL: it is shipped whatever that is
 * @equal:   it is what the peer has: becomes void
 * @mapped:  it has entered the chunk map
 * @map_failed: its chunk's bit cannot be set: it must not be done
 * @bio:     its bvecs hold the copy; must be last: the bio set puts it there
 */
struct afar_write {
	struct afar_cmd cmd;
	struct list_head list;
	struct hlist_node overlap;
	struct list_head waiters;
	struct afar_group *group;
	struct block_device *bdev;
	struct bio *clone;
	struct afar_scan *scan;
	unsigned int *peek;
	u8 tries;
	const struct afar_hash_info *hash;
	u32 charge;
	u64 chunk;
	u8 state;
	u8 lane;
	bool acked;
	bool charged;
	bool shares;
	bool summed;
	bool unreadable;
	bool equal;
	bool fua;
	bool mapped;
	bool map_failed;
	struct bio bio;
};

/**
 * struct afar_bio - per-bio data of a volume
 * @vol:  the volume
 * @part: more of the application's bio follows in another one
 * @unnumbered: counted in stream.unnumbered
 * @unread: its chunk is to be read when it has ended
 * @chunk:  see @unread
 */
struct afar_bio {
	struct afar_vol *vol;
	u64 chunk;
	bool part;
	bool unnumbered;
	bool unread;
};

/** struct afar_bucket - writes that run, by chunk. @lock Protects: @writes and their waiters */
struct afar_bucket {
	spinlock_t lock;
	struct hlist_head writes;
};

#define AFAR_BUCKETS	256

/**
 * struct afar_stream - state of the primary's stream
 * @lock:       Protects: all but @bucket and @set; taken in interrupts
 * @mode:       enum afar_mode
 * @sets:       numbering
 * @policy:     when sets close
 * @changes:    of the volume table, that the peer is not known to have committed
 * @changed:    number of the last one
 * @spare:      made ahead, to become the next sync command under the lock
 * @window:     commands by number % AFAR_WINDOW; NULL: DURABLE
 * @base:       numbers below are DURABLE or in the spool
 * @ready:      commands that may be shipped, about in order
 * @beyond:     commands that were ready and lie beyond the credit
 * @kept:       commands that are at the peer, which may lose them
 * @keep:       the peer's ring is in memory: copies are kept until they are COMMITTED
 * @readies:    how many are on @ready
 * @ready_since: jiffies from when on something has been there
 * @memory:     bytes that count against memory_limit
 * @scan_memory: of these, what was read for a resync
 * @credit:     highest set that the peer has room for
 * @replicated: highest set complete and durable at the peer with all before it
 * @committed:  highest set on the peer's origins
 * @first_time: when the open set got its first write, ns of the monotonic clock; 0: it has none
 * @set_time:   the same of closed sets, by set % AFAR_TIMES
 * @set_close:  wall clock of their close, ns, by set % AFAR_TIMES
 * @set_bytes:  bytes written up to the end of a closed set, by set % AFAR_TIMES
 * @bytes:      bytes written in this term
 * @forced_closes: sets that close_on_flush would have kept open, had there been room
 * @parked:     bios that wait for memory, in order
 * @parked_now: how many
 * @starved:    since when there has been no memory, jiffies; 0: there is; the worker's
 * @starved_last: when there was none last
 * @leaving:    some of them may not wait any more: their volume is being suspended
 * @parks:      how many bios ever had to
 * @overlaps:   how many writes had to wait for another one
 * @failed:     commands whose write failed, to be read back
 * @redrive:    commands whose blocker has ended, or whose chunk's bit is set
 * @inflight:   commands that are not done with the local side
 * @inexact:    commands that became void
 * @unflushed:  an origin could not be flushed: no clean mark in this term, and no bit is cleared
 * @differs:    verify has found something: a resync must come, no clean mark in this term
 * @shipped:    commands shipped, repeats counted
 * @socket_bytes, @payload_bytes: sent by lanes
 * @wait:       lane writers wait for @ready; messages for @replicated
 * @quiet:      stop waits for @inflight; apart, as on a disk that is quick each write ends alone
 * @spool:      what has left memory for the ring
 * @resync:     how a term begins
 * @overflown:  the stream was given up for want of room
 * @ended:      this node has stepped down, durably: lanes say so
 * @told:       the peer has answered that
 * @restored:   it consists of what a restart has found in the ring, see spool_replay.c
 * @unnumbered: bios on their way to an origin that have no number
 * @unnumbered_bytes: of all that ever were
 * @bs:         bios with struct afar_write in front
 * @bucket:     overlap table
 * @work:       parked, failed and redriven commands
 * @close_work: closes the open set after its interval
 */
struct afar_stream {
	spinlock_t lock;
	enum afar_mode mode;
	struct afar_sets sets;
	struct afar_policy policy;
	struct afar_changes changes;
	u64 changed;
	struct afar_write *spare;
	struct afar_write **window;
	u64 base;
	struct list_head ready;
	struct list_head beyond;
	struct list_head kept;
	bool keep;
	unsigned int readies;
	unsigned long ready_since;
	u64 memory;
	u64 scan_memory;
	u64 credit;
	struct afar_cut replicated;
	struct afar_cut committed;
	u64 first_time;
	u64 set_time[AFAR_TIMES];
	u64 set_close[AFAR_TIMES];
	u64 set_bytes[AFAR_TIMES];
	u64 bytes;
	u64 forced_closes;
	struct bio_list parked;
	unsigned int parked_now;
	unsigned long starved;
	unsigned long starved_last;
	bool leaving;
	u64 parks;
	u64 overlaps;
	struct list_head failed;
	struct list_head redrive;
	unsigned int inflight;
	u64 inexact;
	bool unflushed;
	bool differs;
	u64 shipped;
	u64 socket_bytes;
	u64 payload_bytes;
	wait_queue_head_t wait;
	wait_queue_head_t quiet;
	struct afar_spool spool;
	struct afar_resync resync;
	bool overflown;
	bool restored;
	bool ended;
	bool told;
	atomic_t unnumbered;
	atomic64_t unnumbered_bytes;
	struct bio_set bs;
	struct afar_bucket bucket[AFAR_BUCKETS];
	struct work_struct work;
	struct delayed_work close_work;
};

int afar_stream_init(struct afar_group *g);
void afar_stream_exit(struct afar_group *g);
void afar_stream_begin(struct afar_group *g, enum afar_mode mode, u64 next_seq, u64 next_set);
bool afar_stream_end(struct afar_group *g);
void afar_stream_halt(struct afar_group *g);
void afar_stream_reset(struct afar_group *g);

u32 afar_stream_attach(struct afar_group *g, const struct afar_hello_info *hello,
		       const struct afar_range *range, u64 ranges);
unsigned int afar_stream_take(struct afar_group *g, struct list_head *list, unsigned int max,
			      u32 max_payload);
void afar_stream_sent(struct afar_lane *lane, struct list_head *batch);
void afar_stream_give_back(struct afar_lane *lane, struct list_head *batch);
bool afar_stream_leave(struct afar_group *g);
void afar_stream_give_up(struct afar_group *g, const char *why);
void afar_stream_refuse(struct afar_group *g);
const char *afar_stream_ack(struct afar_group *g, const struct afar_ack_info *ack,
			    const void *block, unsigned int ranges);
bool afar_stream_has_ready(struct afar_stream *s);
bool afar_stream_final(const struct afar_stream *s, u64 seq);
bool afar_stream_scanned(struct afar_group *g);
bool afar_stream_separate(struct afar_group *g, u16 volume);
int afar_stream_change(struct afar_group *g, const struct afar_cmd *cmd);
unsigned int afar_stream_changes(struct afar_group *g, u64 *told, void *block);
void afar_stream_requeue(struct afar_stream *s, struct afar_write *w);
void afar_stream_move_base(struct afar_stream *s);
void afar_stream_free_list(struct afar_group *g, struct list_head *freed);
void afar_stream_wake_lanes(struct afar_stream *s);

bool afar_stream_clean(struct afar_group *g);

/** afar_stream_count_ready() - one more on @ready. Lock held. */
static inline void afar_stream_count_ready(struct afar_stream *s)
{
	if (!s->readies)
		s->ready_since = jiffies;
	s->readies++;
}

/** afar_stream_numbers() - how many are neither DURABLE nor in the spool. A hint, or lock held. */
static inline u64 afar_stream_numbers(const struct afar_stream *s)
{
	return READ_ONCE(s->sets.next) - READ_ONCE(s->base);
}

/** afar_stream_used() - has the term any number that the peer could know? A hint, or lock held. */
static inline bool afar_stream_used(const struct afar_stream *s)
{
	return READ_ONCE(s->sets.next) != 1;
}

/** afar_stream_slot() - where the window keeps a number. Lock held. */
static inline struct afar_write **afar_stream_slot(struct afar_stream *s, u64 seq)
{
	return &s->window[seq & (AFAR_WINDOW - 1)];
}

/* close.c */
void afar_stream_policy(struct afar_group *g);
void afar_stream_flush(struct afar_group *g);
u64 afar_stream_close(struct afar_group *g);
bool afar_stream_begun(struct afar_group *g, u64 set);
int afar_stream_wait(struct afar_group *g, u64 set, unsigned int ms);
bool afar_stream_committed(struct afar_stream *s, u64 set);
void afar_close_set(struct afar_group *g);
void afar_close_timer(struct work_struct *work);

/** AFAR_SET_NONE - what afar_stream_close() answers where writes have no numbers */
#define AFAR_SET_NONE	U64_MAX

/** struct afar_lag - how far the peer is behind */
struct afar_lag {
	u64 bytes;
	u64 sets;
	u64 ms;
};
void afar_stream_lag(struct afar_group *g, struct afar_lag *lag);

/* write_failed.c */
void afar_write_failed(struct afar_group *g, struct afar_write *w);

/* unnumbered.c */
int afar_write_dirty(struct afar_vol *vol, struct bio *bio);
int afar_write_unread(struct afar_vol *vol, struct bio *bio);
void afar_write_unread_end(struct afar_vol *vol, u64 chunk);
void afar_write_unnumbered(struct afar_group *g);
bool afar_write_may_go_unread(struct afar_vol *vol, struct bio *bio);
bool afar_write_overflows(struct afar_group *g);
int afar_write_overflow(struct afar_vol *vol, struct bio *bio);

/* overlap.c */
bool afar_overlap_enter(struct afar_group *g, struct afar_write *w);
void afar_overlap_leave(struct afar_group *g, struct afar_write *w);

/* write.c */
void afar_write_leave(struct afar_group *g);
int afar_write_map(struct afar_vol *vol, struct bio *bio);
bool afar_write_scan(struct afar_scan *scan, u64 sector, u32 sectors);
struct afar_write *afar_write_peek(struct afar_vol *vol, u64 sector, u32 bytes,
				   unsigned int *peek);
bool afar_write_pages(struct afar_write *w, bool (*act)(void *data, const void *page,
							unsigned int bytes), void *data);
u64 afar_chunk_of(struct afar_group *g, sector_t sector);
void afar_write_work(struct work_struct *work);
void afar_write_drop_copy(struct afar_write *w);
void afar_write_finish(struct afar_write *w, blk_status_t status);
void afar_write_free(struct afar_group *g, struct afar_write *w);
void afar_write_sum(struct afar_write *w);
struct afar_write *afar_write_alloc(struct afar_group *g, struct block_device *bdev,
				    unsigned int vecs, blk_opf_t opf, gfp_t gfp);
bool afar_stream_tag(struct afar_group *g, struct afar_write *w, gfp_t gfp);
void afar_stream_charge(struct afar_stream *s, struct afar_write *w);
void afar_stream_drop(struct afar_group *g, struct afar_write *w);
void afar_stream_ready(struct afar_group *g, struct afar_write *w);
bool afar_stream_admits(struct afar_stream *s, u64 limit);
u64 afar_stream_limit(struct afar_group *g);
void afar_stream_uncharge(struct afar_stream *s, struct afar_write *w, u32 bytes);

#endif /* AFAR_STREAM_H */
