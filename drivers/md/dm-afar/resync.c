// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/math64.h>
#include "facts.h"
#include "group.h"

/* What cannot be read is tried again after so long. */
#define UNREADABLE	(2 * HZ)

/* Blocks that a chunk's commands take in the peer's journal, and what writes meanwhile may take. */
#define SET_PARTS	4

/* Context: any, also interrupt. The scan may be gone as soon as the last one has said so. */
void afar_scan_ended(struct afar_group *g, struct afar_scan *scan, bool ok)
{
	struct afar_stream *s = &g->stream;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	if (!ok)
		scan->failed = true;
	/* under the lock: the thread takes it before it looks at what is left */
	if (atomic_dec_and_test(&scan->left))
		afar_resync_kick(&s->resync);
	spin_unlock_irqrestore(&s->lock, flags);
}

/* ---- from DIRTY to a scan -------------------------------------------------------------------- */

/* Given up: does a resync need another term? A peer follows only into one that says so. */
static bool is_spent(struct afar_group *g)
{
	return afar_stream_used(&g->stream) || READ_ONCE(g->link.live) ||
	       !(READ_ONCE(g->journal.super.flags) & AFAR_SUPER_RESYNC);
}

/**
 * afar_resync_refused() - the peer says that it cannot follow
 * @g:      the group
 * @reason: AFAR_BYE_RESYNC or AFAR_BYE_VOLUMES: it can follow into the next term only, unless this
 *          one says that it begins with a resync set; or with nothing, for a new peer whose
 *          volumes are still to be created. AFAR_BYE_GARBAGE: it does not take what is left of a
 *          stream that was given up.
 */
void afar_resync_refused(struct afar_group *g, u32 reason)
{
	struct afar_stream *s = &g->stream;
	u32 flags = READ_ONCE(g->journal.super.flags);
	bool begins = flags & AFAR_SUPER_RESYNC ||
		      (reason == AFAR_BYE_VOLUMES && flags & AFAR_SUPER_EQUAL &&
		       !READ_ONCE(s->replicated.set));

	if (reason != AFAR_BYE_GARBAGE && !begins)
		afar_stream_give_up(g, "the peer is not in this term");
	spin_lock_irq(&s->lock);
	if (s->mode == AFAR_MODE_DIRTY && is_spent(g))
		s->resync.there = true;
	spin_unlock_irq(&s->lock);
	afar_resync_kick(&s->resync);
}

/* The group's lock, unless the thread is to end: who stops it holds the lock. */
static bool lock_group(struct afar_group *g)
{
	while (!mutex_trylock(&g->lock)) {
		if (kthread_should_stop())
			return false;
		schedule_timeout_idle(1);
	}
	if (g->running && !READ_ONCE(g->suspending) && !READ_ONCE(g->journal.failed))
		return true;
	mutex_unlock(&g->lock);
	return false;
}

/*
 * All that can make a cut is delivered; the set that was open will never be complete. What is not
 * COMMITTED when another term begins, because the peer holds, would be given up. Lock held.
 */
static bool delivered(const struct afar_stream *s)
{
	return s->committed.set >= s->sets.closed.set;
}

/**
 * afar_resync_term() - a new term begins, and waits for the peer to follow
 * @g:      the group; locked, running; its stream was given up, and what is left of it goes
 * @change: of the volume table, in the new term; or NULL
 * @data:   for @change
 *
 * A change in a term of which nothing has a number yet needs no other one: the chain has an end.
 * The application writes on meanwhile, without numbers.
 *
 * Return: 0; a negative errno.
 */
int afar_resync_term(struct afar_group *g, int (*change)(struct afar_group *g, void *data),
		     void *data)
{
	bool used = afar_stream_used(&g->stream) ||
		    !(READ_ONCE(g->journal.super.flags) & AFAR_SUPER_RESYNC);
	int r = 0;

	afar_stream_halt(g);
	afar_stream_reset(g);
	/* the peer takes the table over until it has something of the term */
	if (used || !change)
		r = afar_term_renew(g);
	if (!r) {
		if (change)
			r = change(g, data);
		afar_chunkmap_begin(g, AFAR_MAP_NEVER);
		afar_stream_begin(g, AFAR_MODE_DIRTY, 1, 1);
	}
	if (afar_link_start(g))
		afar_err(g, "link: cannot start");
	return r;
}

static void begin_term(struct afar_group *g)
{
	if (!lock_group(g))
		return;
	if (READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY && is_spent(g))
		afar_resync_term(g, NULL, NULL);
	mutex_unlock(&g->lock);
	afar_group_event(g);
}

/*
 * Blocks of a resync set, at most. What is kept until it is COMMITTED is kept in memory, of which
 * the scan takes a quarter: it must not wait there for itself.
 */
static u32 whole_limit(struct afar_group *g, u32 largest, bool keep)
{
	u64 memory = READ_ONCE(g->options.value[AFAR_KNOB_MEMORY_LIMIT]) / 8 >> AFAR_BLOCK_SHIFT;
	u32 first = afar_largest_first(largest);

	return keep ? min_t(u64, first, memory) : first;
}

/**
 * afar_resync_limit() - how large the sets of the stream may be at this peer
 * @g:       the group; stream lock held
 * @largest: its largest_set
 * @keep:    its ring is in memory
 */
void afar_resync_limit(struct afar_group *g, u32 largest, bool keep)
{
	struct afar_stream *s = &g->stream;

	afar_sets_limit(&s->sets, largest);
	if (s->policy.whole)
		s->sets.largest_first = whole_limit(g, largest, keep);
}

static u64 blocks_needed(struct afar_group *g, u64 chunks)
{
	u64 bytes = g->options.value[AFAR_KNOB_CHUNK_SIZE];

	/* a header for each command */
	return chunks * ((bytes >> AFAR_BLOCK_SHIFT) + DIV_ROUND_UP(bytes, AFAR_COMMAND_BYTES));
}

/* Is there room for the set in the peer's journal, with what is written while it is made? */
static bool fits(struct afar_group *g, const struct afar_peer_cut *peer)
{
	struct afar_stream *s = &g->stream;
	u64 needed = blocks_needed(g, afar_chunkmap_scan_size(g));
	u32 limit = whole_limit(g, peer->largest, peer->keep);
	bool fits;

	needed += needed / SET_PARTS + 1;
	spin_lock_irq(&s->lock);
	/* each time that it was too little, twice as much is wanted, for a while */
	fits = needed <= limit && (needed << min(s->resync.too_large, 16U) <= limit ||
				   time_after_eq(jiffies, s->resync.retry));
	s->resync.needed = needed <= limit ? 0 : needed;
	spin_unlock_irq(&s->lock);
	return fits;
}

/* So many chunks are on the list. Stream lock held. */
static void begin_reading(struct afar_resync *rs, u64 total)
{
	rs->total = total;
	rs->done = 0;
	rs->bytes = 0;
	rs->equal_before = rs->compare.equal;
	rs->began = jiffies;
	rs->next = jiffies;
}

/*
 * Writes get numbers again, when those without one have ended: the scan reads what they wrote.
 * They wait for local disks meanwhile.
 */
static void begin_scan(struct afar_group *g, const struct afar_peer_cut *peer, bool in_place)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	u64 total;

	spin_lock_irq(&s->lock);
	s->mode = AFAR_MODE_SWITCH;
	spin_unlock_irq(&s->lock);
	/* afar_write_map() */
	smp_mb();
	wait_event(s->wait, !atomic_read(&s->unnumbered));
	afar_chunkmap_begin(g, AFAR_MAP_NEVER);
	total = afar_chunkmap_scan_begin(g);
	afar_compare_start(&rs->compare);
	spin_lock_irq(&s->lock);
	rs->peer = *peer;
	rs->stands = true;
	rs->ready = false;
	rs->active = true;
	rs->ending = false;
	rs->in_place = in_place;
	rs->needed = 0;
	rs->waits = false;
	rs->told = false;
	rs->scanned = false;
	rs->set = 0;
	begin_reading(rs, total);
	s->policy.whole = !in_place;
	afar_resync_limit(g, peer->largest, peer->keep);
	s->mode = AFAR_MODE_STREAM;
	spin_unlock_irq(&s->lock);
	wake_up_all(&s->wait);
	queue_work(g->wq, &s->work);
	/* whoever was refused is welcome now */
	WRITE_ONCE(g->link.again, g->link.again + 1);
	wake_up_all(&g->link.wait);
	afar_info(g, "resync begins%s: %llu chunks", in_place ? " in place" : "", total);
	afar_group_event(g);
}

static void try_scan(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_peer_cut peer;
	bool ready, said, fit, place;
	long wait;

	if (!lock_group(g))
		return;
	spin_lock_irq(&s->lock);
	ready = s->mode == AFAR_MODE_DIRTY && !afar_stream_used(s) && s->resync.ready;
	peer = s->resync.peer;
	/* it comes here with each dial */
	said = s->resync.needed || s->resync.waits;
	spin_unlock_irq(&s->lock);
	if (ready && !peer.known) {
		if (!said)
			afar_warn(g, "the peer is not where bits of the chunk map were cleared for: all chunks count as different");
		ready = !afar_chunkmap_fill(g);
	}
	fit = ready && fits(g, &peer);
	place = peer.no_cut || (READ_ONCE(s->resync.permitted) &&
				(!fit || READ_ONCE(s->resync.holes)));
	if (fit || (ready && place)) {
		/* where there is no cut to keep, that there is one again is said at the end */
		begin_scan(g, &peer, place);
	} else if (ready && !said && !s->resync.needed) {
		spin_lock_irq(&s->lock);
		s->resync.waits = true;
		wait = s->resync.retry - jiffies;
		spin_unlock_irq(&s->lock);
		afar_info(g, "resync: more was written than fits into its set: it is tried again in %u s",
			  jiffies_to_msecs(max(wait, 0L)) / 1000);
	} else if (ready && !said) {
		afar_warn(g, "resync: the set would take %llu MiB, there is room for one of %u MiB: 'resync in-place' does without a cut meanwhile",
			  s->resync.needed >> (20 - AFAR_BLOCK_SHIFT),
			  whole_limit(g, peer.largest, peer.keep) >> (20 - AFAR_BLOCK_SHIFT));
		afar_group_event(g);
	}
	mutex_unlock(&g->lock);
}

/* ---- the scan -------------------------------------------------------------------------------- */

/** afar_resync_scans() - can the scan go on? Asked by its thread */
bool afar_resync_scans(struct afar_group *g)
{
	return READ_ONCE(g->stream.mode) == AFAR_MODE_STREAM && !kthread_should_stop() &&
	       !READ_ONCE(g->suspending);
}

/** afar_resync_halts() - can it not go on in this volume? Asked by its thread */
bool afar_resync_halts(struct afar_group *g, const struct afar_vol *vol)
{
	return !afar_resync_scans(g) || READ_ONCE(vol->suspending);
}

/* What is outside the cut can wait, and must not fill the spool: an outage needs it. Lock held */
static bool may_spool(struct afar_group *g)
{
	const struct afar_spool *p = &g->stream.spool;

	return !g->stream.resync.joining ||
	       p->tail + p->flying - p->head < g->journal.super.ring_blocks / 4;
}

/* The scan has its share of memory, and leaves the rest to the application. */
static bool room(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	u64 limit = READ_ONCE(g->options.value[AFAR_KNOB_MEMORY_LIMIT]);
	bool room;

	spin_lock_irq(&s->lock);
	room = s->scan_memory < limit / AFAR_SCAN_SHARE && afar_stream_admits(s, limit) &&
	       may_spool(g);
	spin_unlock_irq(&s->lock);
	return room;
}

/**
 * afar_resync_pace() - wait until more may be read; resync_rate may change meanwhile
 * @g:     the group
 * @vol:   of which volume
 * @bytes: how much will be
 * @halts: what ends the wait
 */
void afar_resync_pace(struct afar_group *g, const struct afar_vol *vol, u32 bytes,
		      bool (*halts)(struct afar_group *g, const struct afar_vol *vol))
{
	const u64 *knob = &g->options.value[AFAR_KNOB_RESYNC_RATE];
	struct afar_resync *rs = &g->stream.resync;
	u64 rate = READ_ONCE(*knob);

	while (rate && !halts(g, vol) && time_after(rs->next, jiffies) && rate == READ_ONCE(*knob))
		wait_event_idle_timeout(rs->wait, halts(g, vol),
					min_t(unsigned long, rs->next - jiffies, HZ / 4));
	/* what is owed at another rate is not paid at this one */
	if (rate != READ_ONCE(*knob) || time_before(rs->next, jiffies))
		rs->next = jiffies;
	rate = READ_ONCE(*knob);
	if (rate)
		rs->next += div64_u64((u64)bytes * HZ, rate);
}

/* Submit reads of all of a chunk. */
static void read_chunk(struct afar_group *g, struct afar_scan *scan)
{
	struct afar_stream *s = &g->stream;
	u32 most = AFAR_COMMAND_BYTES >> SECTOR_SHIFT;
	u64 chunk = g->options.value[AFAR_KNOB_CHUNK_SIZE] >> SECTOR_SHIFT;
	u64 sector = scan->chunk * chunk;
	u64 end = min_t(u64, sector + chunk, scan->vol->ti->len);
	bool ok = true;

	while (ok && sector < end) {
		u32 sectors = min_t(u64, end - sector, most);

		afar_resync_pace(g, scan->vol, sectors << SECTOR_SHIFT,
				 afar_resync_halts);
		wait_event_idle(s->resync.wait, room(g) || afar_resync_halts(g, scan->vol));
		ok = !afar_resync_halts(g, scan->vol);
		if (!ok)
			break;
		atomic_inc(&scan->left);
		ok = afar_write_scan(scan, sector, sectors);
		if (!ok) {
			/* it is not read, and says so to nobody; this thread has its own count */
			atomic_dec(&scan->left);
			schedule_timeout_idle(max(HZ / 100, 1));
		}
		sector += sectors;
	}
	afar_scan_ended(g, scan, ok);
}

static bool ended(struct afar_group *g, struct afar_scan *scan)
{
	bool ended;

	spin_lock_irq(&g->stream.lock);
	ended = !atomic_read(&scan->left);
	spin_unlock_irq(&g->stream.lock);
	return ended;
}

static void reap_scan(struct afar_group *g, struct afar_scan *scan)
{
	struct afar_stream *s = &g->stream;
	u64 chunk = g->options.value[AFAR_KNOB_CHUNK_SIZE];

	if (!scan->vol)
		return;
	wait_event_idle(s->resync.wait, ended(g, scan));
	if (scan->failed) {
		afar_chunkmap_scan_again(g, scan->vol->number, scan->chunk);
	} else {
		afar_chunkmap_scanned(g, scan->vol->number, scan->chunk);
		spin_lock_irq(&s->lock);
		s->resync.done++;
		s->resync.bytes += chunk;
		spin_unlock_irq(&s->lock);
	}
	afar_compare_done(&s->resync.compare, (scan->chunk + 1) * (chunk >> SECTOR_SHIFT));
	afar_volume_unuse(scan->vol);
	scan->vol = NULL;
}

/* The chunks of a volume on the list, some at once. Returns false if one was left out. */
static bool scan_chunks(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_scan scan[AFAR_SCANS] = {};
	u64 chunk = 0, ahead = 0;
	unsigned int next = 0, i;
	bool all = true;

	afar_compare_begin(&g->stream.resync.compare);
	while (!afar_resync_halts(g, vol) &&
	       afar_chunkmap_scan_next(g, vol->number, &chunk)) {
		struct afar_scan *this = &scan[next++ % AFAR_SCANS];

		reap_scan(g, this);
		all &= !this->failed;
		afar_compare_ask(g, vol, chunk, &ahead);
		if (afar_resync_halts(g, vol))
			break;
		*this = (struct afar_scan){ .chunk = chunk };
		atomic_set(&this->left, 1);
		this->vol = afar_volume_use(g, vol->number);
		if (!this->vol) {
			all = false;
			break;
		}
		this->untouched = afar_chunkmap_scan_take(g, vol->number, chunk++);
		read_chunk(g, this);
	}
	for (i = 0; i < AFAR_SCANS; i++) {
		struct afar_scan *this = &scan[next++ % AFAR_SCANS];

		reap_scan(g, this);
		all &= !this->failed;
	}
	return all && !READ_ONCE(vol->suspending);
}

/* One volume, from its first chunk on the list to the last. Returns false if one was left out. */
static bool scan_volume(struct afar_group *g, u16 number)
{
	struct afar_vol *vol = afar_volume_use(g, number);
	u64 chunk = 0;
	bool all;

	if (!vol)
		return !afar_chunkmap_scan_next(g, number, &chunk);
	all = scan_chunks(g, vol);
	afar_volume_unuse(vol);
	return all;
}

static void set_ending(struct afar_group *g, bool ending)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	s->resync.ending = ending;
	spin_unlock_irq(&s->lock);
	/* what had to wait for a moment */
	if (!ending)
		queue_work(g->wq, &s->work);
}

/*
 * A write without a number puts its chunk on the list when it has ended: while none comes and none
 * is on its way, an empty list is empty. They wait for local disks meanwhile.
 */
static bool all_read(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	set_ending(g, true);
	wait_event_idle(s->resync.wait, !atomic_read(&s->unnumbered) || !afar_resync_scans(g));
	return afar_resync_scans(g) && !afar_chunkmap_scan_left(g);
}

static void end_scan(struct afar_group *g)
{
	struct afar_resync *rs = &g->stream.resync;
	bool read = all_read(g), joining = rs->joining, ended;
	u64 equal;

	ended = read && afar_stream_scanned(g);
	set_ending(g, false);
	if (!ended) {
		/* what is on the list again is written all the time: let it be for a while */
		schedule_timeout_idle(max(read ? HZ / 100 : HZ / 4, 1));
		return;
	}
	equal = rs->compare.equal - rs->equal_before;
	afar_info(g, "%s: %llu chunks read, the last are in set %llu; %llu of %llu MiB were equal",
		  joining ? "joining" : "resync", rs->done, joining ? rs->join_set : rs->set,
		  equal >> 20, rs->bytes >> 20);
	afar_stream_close(g);
	afar_group_event(g);
}

static void scan(struct afar_group *g)
{
	bool all = true;
	unsigned int v;

	for (v = 0; v < AFAR_VOLUMES && afar_resync_scans(g); v++)
		all &= scan_volume(g, v);
	if (!afar_resync_scans(g))
		return;
	if (all)
		end_scan(g);
	else	/* a volume is suspended, or there was no memory; or a disk fails */
		schedule_timeout_idle(READ_ONCE(g->stream.resync.unreadable) ?
				      UNREADABLE : HZ / 10);
}

/* What the term began with is committed: it is one like any other from here on. */
static void resync_committed(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_super_info *super = &g->journal.super;

	mutex_lock(&g->journal.super_lock);
	if (super->flags & AFAR_SUPER_RESYNC && READ_ONCE(s->mode) == AFAR_MODE_STREAM) {
		super->flags &= ~AFAR_SUPER_RESYNC;
		afar_journal_write_supers(g);
		afar_info(g, "resync is done: the peer follows");
		afar_chunkmap_clear_soon(g);
	}
	mutex_unlock(&g->journal.super_lock);
	spin_lock_irq(&s->lock);
	s->resync.set = 0;
	s->resync.stands = false;
	s->resync.permitted = false;
	s->resync.in_place = false;
	s->resync.too_large = 0;
	s->resync.unreadable = false;
	s->resync.holes = false;
	spin_unlock_irq(&s->lock);
	/* who waits for a cut */
	wake_up_all(&s->wait);
	afar_group_event(g);
}

/* ---- what is outside the cut ----------------------------------------------------------------- */

/* Nothing else is to be read, and all that has been is committed: a note says what came since. */
static void begin_join(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	u64 total;

	if (!lock_group(g))
		return;
	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM || rs->stands || !READ_ONCE(g->outside))
		goto out;
	total = afar_chunkmap_scan_outside(g);
	afar_compare_start(&rs->compare);
	spin_lock_irq(&s->lock);
	rs->joining = s->mode == AFAR_MODE_STREAM;
	begin_reading(rs, total);
	spin_unlock_irq(&s->lock);
	afar_info(g, "joining begins: %llu chunks are outside the cut", total);
out:
	mutex_unlock(&g->lock);
	afar_group_event(g);
}

/* The peer has committed the set with which it has joined. */
static void end_join(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	if (!lock_group(g))
		return;
	if (READ_ONCE(s->mode) == AFAR_MODE_STREAM && s->resync.join_set &&
	    !afar_table_joined(g)) {
		spin_lock_irq(&s->lock);
		s->resync.join_set = 0;
		s->resync.unreadable = false;
		spin_unlock_irq(&s->lock);
		afar_info(g, "joining is done: all is in the cut");
		afar_chunkmap_clear_soon(g);
	}
	mutex_unlock(&g->lock);
	afar_group_event(g);
}

/** afar_resync_in_place() - are sets no cuts at the peer now? */
bool afar_resync_in_place(struct afar_group *g)
{
	const struct afar_resync *rs = &g->stream.resync;

	/* a peer that has been told has noted it, and hears of the end in the stream */
	return READ_ONCE(rs->stands) && READ_ONCE(rs->in_place) &&
	       (READ_ONCE(rs->active) || !READ_ONCE(rs->told));
}

/**
 * afar_resync() - the operator wants a resync, or permits one in place
 * @g:        the group
 * @in_place: if there is no room for it in a set the peer may be without a cut meanwhile
 *
 * Return: 0, also when one is under way; -EINVAL: not a running primary.
 */
int afar_resync(struct afar_group *g, bool in_place)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	bool stream;

	if (!READ_ONCE(g->running)) {
		afar_err(g, "resync: this node is not a running primary");
		return -EINVAL;
	}
	spin_lock_irq(&s->lock);
	/* one that cannot read all of it begins anew, without that */
	stream = s->mode == AFAR_MODE_STREAM &&
		 (!rs->stands || (in_place && rs->holes && !rs->in_place));
	rs->permitted |= in_place;
	rs->there = true;
	spin_unlock_irq(&s->lock);
	if (stream)
		afar_stream_give_up(g, "the operator asks for a resync");
	afar_resync_kick(&s->resync);
	return 0;
}

/** afar_resync_facts() - how far it is */
void afar_resync_facts(struct afar_group *g, struct afar_facts *f)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	u64 chunk = g->options.value[AFAR_KNOB_CHUNK_SIZE], ms;

	spin_lock_irq(&s->lock);
	ms = jiffies_to_msecs(jiffies - rs->began);
	f->resync_needed = rs->needed << AFAR_BLOCK_SHIFT;
	if (rs->stands || rs->joining) {
		f->scanned = rs->done;
		f->to_scan = rs->total;
	}
	if (afar_resync_reads(rs) && rs->done && rs->total > rs->done) {
		f->resync_left = div64_u64(ms * (rs->total - rs->done), rs->done);
		f->resync_speed = div64_u64(rs->done * chunk * MSEC_PER_SEC, ms ?: 1);
	}
	spin_unlock_irq(&s->lock);
}

/* ---- the thread ------------------------------------------------------------------------------ */

/** enum task - what there is to do; 0 is not valid */
enum task {
	TASK_NONE = 1,
	TASK_WEIGH,	/* the stream was given up: does what is left of it go first? */
	TASK_TERM,	/* it was, and nothing is left of it that would: a new term */
	TASK_PEER,	/* the peer follows it: see whether a scan can begin */
	TASK_SCAN,
	TASK_DONE,	/* the resync set is committed */
	TASK_JOIN,	/* something is outside the cut, and can be read now */
	TASK_JOINED,	/* it is in the cut */
	TASK_VERIFY,	/* there is nothing else to do */
};

static enum task task(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	enum task task = TASK_NONE;

	if (!READ_ONCE(g->running) || READ_ONCE(g->suspending) || READ_ONCE(g->journal.failed))
		return TASK_NONE;
	spin_lock_irq(&s->lock);
	if (s->mode == AFAR_MODE_DIRTY && is_spent(g)) {
		/* whoever is there gets first what can be delivered */
		if (rs->there || (READ_ONCE(g->link.live) && delivered(s)))
			task = TASK_TERM;
		else if (READ_ONCE(g->link.live) && !rs->settled &&
			 time_after_eq(jiffies, rs->weighed + AFAR_WEIGH))
			task = TASK_WEIGH;
	} else if (s->mode == AFAR_MODE_DIRTY) {
		if (rs->there && rs->ready)
			task = TASK_PEER;
	} else if (s->mode == AFAR_MODE_STREAM) {
		if (afar_resync_reads(rs))
			task = TASK_SCAN;
		else if (rs->stands && s->committed.set >= rs->set &&
			 (rs->set || READ_ONCE(g->link.live)))
			task = TASK_DONE;
		else if (rs->join_set && s->committed.set >= rs->join_set)
			task = TASK_JOINED;
		else if (!rs->stands && !rs->join_set && READ_ONCE(g->outside) &&
			 READ_ONCE(g->link.live))
			task = TASK_JOIN;
		else if (!rs->stands && READ_ONCE(g->verify.wanted) && READ_ONCE(g->link.live))
			task = TASK_VERIFY;
	}
	/* what is there to be seen when the stream is given up is left to be seen */
	if (task != TASK_NONE && task != TASK_VERIFY && task != TASK_WEIGH)
		rs->there = false;
	WRITE_ONCE(rs->busy, task == TASK_SCAN || task == TASK_VERIFY);
	spin_unlock_irq(&s->lock);
	return task;
}

/* While there is no stream some things are a matter of time. */
static long nap(struct afar_group *g)
{
	return READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY ? AFAR_WEIGH : MAX_SCHEDULE_TIMEOUT;
}

static int resync(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_group *g = data;

	while (!kthread_should_stop()) {
		enum task what = TASK_NONE;
		long left = nap(g);

		wait_event_idle_timeout(g->stream.resync.wait, kthread_should_stop() ||
					(what = task(g)) != TASK_NONE || nap(g) != left, left);
		switch (what) {
		case TASK_WEIGH:
			afar_resync_weigh(g);
			break;
		case TASK_TERM:
			begin_term(g);
			break;
		case TASK_PEER:
			try_scan(g);
			break;
		case TASK_SCAN:
			scan(g);
			break;
		case TASK_DONE:
			resync_committed(g);
			break;
		case TASK_JOIN:
			begin_join(g);
			break;
		case TASK_JOINED:
			end_join(g);
			break;
		case TASK_VERIFY:
			afar_verify_window(g);
			break;
		case TASK_NONE:
			break;
		}
		if (!READ_ONCE(g->stream.resync.busy))
			continue;
		WRITE_ONCE(g->stream.resync.busy, false);
		wake_up_all(&g->stream.resync.wait);
	}
	memalloc_noio_restore(noio);
	return 0;
}

/** afar_resync_start() - start the thread */
int afar_resync_start(struct afar_group *g)
{
	struct task_struct *task = kthread_run(resync, g, "afar_sync/%s", g->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	g->stream.resync.task = task;
	return 0;
}

/**
 * afar_resync_wait_idle() - the thread reads and compares no more; a volume may lose its map then
 * @g: the group; locked, and in a mode in which nothing gets a number
 */
void afar_resync_wait_idle(struct afar_group *g)
{
	struct afar_resync *rs = &g->stream.resync;

	if (!rs->task || rs->task == current)
		return;
	afar_resync_kick(rs);
	wait_event(rs->wait, !READ_ONCE(rs->busy));
}

/** afar_resync_stop() - stop it; a scan goes on when it is started again */
void afar_resync_stop(struct afar_group *g)
{
	if (g->stream.resync.task)
		kthread_stop(g->stream.resync.task);
	g->stream.resync.task = NULL;
	g->stream.resync.busy = false;
}
