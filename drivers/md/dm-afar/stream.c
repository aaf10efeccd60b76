// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "group.h"
#include "trace.h"

/** afar_stream_init() - prepare an idle stream */
int afar_stream_init(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	unsigned int i;

	spin_lock_init(&s->lock);
	s->mode = AFAR_MODE_OFF;
	INIT_LIST_HEAD(&s->ready);
	INIT_LIST_HEAD(&s->beyond);
	INIT_LIST_HEAD(&s->kept);
	INIT_LIST_HEAD(&s->failed);
	INIT_LIST_HEAD(&s->redrive);
	afar_changes_init(&s->changes);
	bio_list_init(&s->parked);
	init_waitqueue_head(&s->wait);
	init_waitqueue_head(&s->quiet);
	for (i = 0; i < AFAR_BUCKETS; i++) {
		spin_lock_init(&s->bucket[i].lock);
		INIT_HLIST_HEAD(&s->bucket[i].writes);
	}
	INIT_WORK(&s->work, afar_write_work);
	INIT_DELAYED_WORK(&s->close_work, afar_close_timer);
	afar_spool_init(g);
	init_waitqueue_head(&s->resync.wait);
	afar_verify_init(&g->verify);
	s->window = vzalloc(AFAR_WINDOW * sizeof(*s->window));
	if (!s->window || afar_compare_init(&s->resync.compare))
		return -ENOMEM;
	return bioset_init(&s->bs, 64, offsetof(struct afar_write, bio), BIOSET_NEED_BVECS);
}

/** afar_stream_exit() - the opposite of afar_stream_init(), after afar_stream_end() */
void afar_stream_exit(struct afar_group *g)
{
	if (g->stream.changes.count)
		afar_changes_drop(&g->stream.changes, U64_MAX);
	bioset_exit(&g->stream.bs);
	afar_compare_exit(&g->stream.resync.compare);
	afar_verify_exit(&g->verify);
	vfree(g->stream.window);
}

/**
 * afar_stream_begin() - a term begins here, or goes on after a clean stop
 * @g:        the group; the stream is ended
 * @mode:     AFAR_MODE_STREAM or AFAR_MODE_DIRTY
 * @next_seq: first number to be given out
 * @next_set: first set
 */
void afar_stream_begin(struct afar_group *g, enum afar_mode mode, u64 next_seq, u64 next_set)
{
	struct afar_stream *s = &g->stream;

	afar_stream_policy(g);
	spin_lock_irq(&s->lock);
	afar_sets_continue(&s->sets, AFAR_SET_MIN, next_seq, next_set);
	s->base = next_seq;
	afar_spool_begin(g);
	s->replicated = s->sets.closed;
	memset(&s->committed, 0, sizeof(s->committed));
	s->credit = 0;
	s->first_time = 0;
	s->bytes = 0;
	memset(s->set_time, 0, sizeof(s->set_time));
	memset(s->set_close, 0, sizeof(s->set_close));
	memset(s->set_bytes, 0, sizeof(s->set_bytes));
	s->inexact = 0;
	afar_changes_drop(&s->changes, U64_MAX);
	s->changed = 0;
	s->forced_closes = 0;
	s->unflushed = false;
	s->differs = false;
	s->overflown = false;
	s->restored = false;
	s->ended = false;
	s->told = false;
	s->policy.whole = false;
	s->resync.active = false;
	s->resync.stands = false;
	s->resync.ready = false;
	s->resync.in_place = false;
	s->resync.scanned = false;
	s->resync.joining = false;
	s->resync.joined = false;
	s->resync.join_set = 0;
	s->resync.set = 0;
	s->resync.needed = 0;
	s->resync.waits = false;
	s->mode = mode;
	spin_unlock_irq(&s->lock);
}

static bool quiet(struct afar_stream *s)
{
	bool quiet;

	spin_lock_irq(&s->lock);
	quiet = !s->inflight;
	spin_unlock_irq(&s->lock);
	return quiet;
}

/**
 * afar_stream_end() - give up what is not DURABLE and refuse writes from now on
 * @g: the group; its lanes are down, its volumes are suspended or refuse writes
 *
 * Return: true when there was nothing to give up.
 */
bool afar_stream_end(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool clean;

	spin_lock_irq(&s->lock);
	s->mode = AFAR_MODE_OFF;
	spin_unlock_irq(&s->lock);
	cancel_delayed_work_sync(&s->close_work);
	wait_event(s->quiet, quiet(s));
	flush_work(&s->work);
	clean = afar_stream_clean(g);
	afar_stream_reset(g);
	return clean;
}

/**
 * afar_stream_halt() - the link ends, and nothing that old numbers ask for is under way any more
 * @g: the group; locked
 *
 * That is what they may clear, and what is on its way to the ring.
 */
void afar_stream_halt(struct afar_group *g)
{
	afar_link_stop(g);
	cancel_delayed_work_sync(&g->map.clear_work);
	cancel_work_sync(&g->stream.spool.work);
	afar_journal_drain(g);
}

/**
 * afar_stream_reset() - give up all that is numbered
 * @g: the group; its lanes are down, and its mode is one in which nothing gets a number
 */
void afar_stream_reset(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	u64 seq;

	wait_event(s->quiet, quiet(s));
	afar_resync_wait_idle(g);
	afar_spool_end(g);
	for (seq = s->base; seq < s->sets.next; seq++) {
		struct afar_write *w = *afar_stream_slot(s, seq);

		*afar_stream_slot(s, seq) = NULL;
		/* writes that are parked hold memory, too, and are not numbered */
		if (w)
			afar_stream_drop(g, w);
	}
	s->base = s->sets.next;
	s->resync.stands = false;
	s->resync.active = false;
	s->spool.full = false;
	s->spool.busy = false;
	INIT_LIST_HEAD(&s->ready);
	INIT_LIST_HEAD(&s->beyond);
	INIT_LIST_HEAD(&s->kept);
	s->readies = 0;
	if (s->spare)
		afar_write_free(g, s->spare);
	s->spare = NULL;
}

/** afar_stream_clean() - is everything that was numbered in closed sets and DURABLE? */
bool afar_stream_clean(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool clean;

	spin_lock_irq(&s->lock);
	/* what counts as numbered after a clean stop has to be so */
	clean = s->mode != AFAR_MODE_DIRTY && !READ_ONCE(g->outside) &&
		s->base == s->sets.next && afar_spool_empty(g) && afar_sets_empty(&s->sets) &&
		!s->inexact && !READ_ONCE(s->unflushed) && !s->differs &&
		s->replicated.set == s->sets.closed.set;
	spin_unlock_irq(&s->lock);
	return clean;
}

/** afar_stream_admits() - is there memory and a number for one more write? Lock held. */
bool afar_stream_admits(struct afar_stream *s, u64 limit)
{
	return s->memory < limit && afar_stream_numbers(s) < AFAR_WINDOW - 64;
}

/**
 * afar_stream_limit() - how much memory the application may have
 * @g: the group
 *
 * While chunks are read for a resync a quarter is theirs: an application that writes as fast as it
 * can must not keep it from its end.
 */
u64 afar_stream_limit(struct afar_group *g)
{
	u64 limit = READ_ONCE(g->options.value[AFAR_KNOB_MEMORY_LIMIT]);

	return afar_resync_reads(&g->stream.resync) ? limit - limit / AFAR_SCAN_SHARE : limit;
}

/** afar_stream_wake_lanes() - there may be something to ship, or to hear of */
void afar_stream_wake_lanes(struct afar_stream *s)
{
	if (wq_has_sleeper(&s->wait))
		wake_up_all(&s->wait);
}

/** afar_stream_requeue() - put a command that may be shipped where lanes find it. Lock held. */
void afar_stream_requeue(struct afar_stream *s, struct afar_write *w)
{
	w->state = AFAR_WRITE_READY;
	if (w->cmd.set > s->credit) {
		list_add_tail(&w->list, &s->beyond);
	} else {
		list_add_tail(&w->list, &s->ready);
		afar_stream_count_ready(s);
	}
}

/* Lock held; it is dropped to allocate, so look again at what depends on it. */
static bool get_spare(struct afar_group *g, gfp_t gfp)
{
	struct afar_stream *s = &g->stream;
	struct afar_write *w;

	if (s->spare)
		return true;
	spin_unlock_irq(&s->lock);
	w = afar_write_alloc(g, NULL, 0, 0, gfp);
	spin_lock_irq(&s->lock);
	if (w && !s->spare)
		s->spare = w;
	else if (w)
		afar_write_free(g, w);
	return s->spare;
}

/* A write counts from when it holds a copy, once. Lock held. */
static void charge(struct afar_stream *s, struct afar_write *w)
{
	if (w->charged)
		return;
	w->charged = true;
	w->shares = w->scan;
	s->memory += w->charge;
	if (w->shares)
		s->scan_memory += w->charge;
}

/** afar_stream_uncharge() - bytes of a write that is charged go. Lock held. */
void afar_stream_uncharge(struct afar_stream *s, struct afar_write *w, u32 bytes)
{
	s->memory -= bytes;
	if (w->shares)
		s->scan_memory -= bytes;
}

/** afar_stream_charge() - a write that has its copy, and is parked before it could be tagged */
void afar_stream_charge(struct afar_stream *s, struct afar_write *w)
{
	spin_lock_irq(&s->lock);
	charge(s, w);
	spin_unlock_irq(&s->lock);
}

/** afar_stream_drop() - free a write that was not tagged */
void afar_stream_drop(struct afar_group *g, struct afar_write *w)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	if (w->charged)
		afar_stream_uncharge(s, w, w->charge);
	spin_unlock_irq(&s->lock);
	afar_write_free(g, w);
}

/*
 * See to it that there is a spare sync command and room in the open set. Lock held; it may be
 * dropped in between, so everything is asked again until all of it holds at once.
 */
static bool prepare_tag(struct afar_group *g, struct afar_write *w, gfp_t gfp, bool *closed)
{
	struct afar_stream *s = &g->stream;

	for (;;) {
		if (!get_spare(g, gfp) || s->mode != AFAR_MODE_STREAM)
			return false;
		/* a set that is closed takes a number, too */
		if (afar_stream_numbers(s) >= AFAR_WINDOW - 2)
			return false;
		if (!afar_sets_must_close(&s->sets, afar_cmd_blocks(&w->cmd)))
			return true;
		if (s->policy.whole) {
			s->resync.outgrown = true;
			return false;
		}
		s->forced_closes += s->policy.on_flush && !s->sets.boundary;
		afar_close_set(g);
		*closed = true;
	}
}

/**
 * afar_stream_leave() - the stream goes on no more: writes go to the origin only
 * @g: the group
 *
 * Return: did it go on until now?
 */
bool afar_stream_leave(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool was;

	spin_lock_irq(&s->lock);
	was = s->mode == AFAR_MODE_STREAM;
	if (was)
		s->mode = AFAR_MODE_DIRTY;
	s->policy.whole = false;
	s->resync.active = false;
	s->resync.stands = false;
	s->resync.joining = false;
	afar_resync_given_up(s);
	spin_unlock_irq(&s->lock);
	if (!was)
		return false;
	/* whoever waits for memory, or for a set, need not any more */
	queue_work(g->wq, &s->work);
	wake_up_all(&s->wait);
	afar_resync_kick(&s->resync);
	return true;
}

/**
 * afar_stream_give_up() - the stream cannot go on, and nobody may wait: what follows needs a resync
 * @g:   the group
 * @why: for the log
 *
 * This is the floor that always moves.
 */
void afar_stream_give_up(struct afar_group *g, const char *why)
{
	if (!afar_stream_leave(g))
		return;
	afar_err(g, "%s: the peer cannot follow any more, a resync is needed", why);
	afar_group_event(g);
}

/** afar_stream_refuse() - writes fail from now on; volumes and lanes are suspended */
void afar_stream_refuse(struct afar_group *g)
{
	spin_lock_irq(&g->stream.lock);
	g->stream.mode = AFAR_MODE_OFF;
	spin_unlock_irq(&g->stream.lock);
}

/**
 * afar_stream_tag() - give a write its set and its number
 * @g:   the group
 * @w:   its copy is complete; not submitted yet
 * @gfp: how to allocate a sync command, should one be needed
 *
 * This is the one place where the order of all writes of the group is made (invariant 1).
 *
 * Return: false when no sync command could be allocated, the window is full, or the mode is not
 * AFAR_MODE_STREAM.
 */
bool afar_stream_tag(struct afar_group *g, struct afar_write *w, gfp_t gfp)
{
	struct afar_stream *s = &g->stream;
	bool tagged, full = false, opened = false, closed = false;

	spin_lock_irq(&s->lock);
	tagged = prepare_tag(g, w, gfp, &closed);
	if (!tagged)
		goto out;
	opened = afar_sets_empty(&s->sets);
	/* what is read for the peer leaves a boundary one */
	full = afar_sets_tag(&s->sets, &w->cmd, w->scan ? s->sets.boundary : w->fua, &s->policy);
	if (opened)
		s->first_time = ktime_get_ns();
	s->bytes += w->cmd.bytes;
	charge(s, w);
	s->inflight++;
	w->state = AFAR_WRITE_LOCAL;
	trace_afar_tag(g, &w->cmd);
	*afar_stream_slot(s, w->cmd.seq) = w;
	if (full)
		afar_close_set(g);
out:
	spin_unlock_irq(&s->lock);
	if (full || closed)
		afar_stream_wake_lanes(s);
	if (unlikely(!tagged && READ_ONCE(s->resync.outgrown)))
		afar_stream_give_up(g, "the resync set has outgrown the peer's journal");
	if (opened && !full)
		mod_delayed_work(g->wq, &s->close_work,
				 msecs_to_jiffies(g->options.value[AFAR_KNOB_SET_INTERVAL]));
	return tagged;
}

/* Is the last change of a volume in the open set? */
static bool changed_now(struct afar_stream *s, u16 volume)
{
	const struct afar_cmd *last;
	bool now;

	spin_lock_irq(&s->lock);
	last = afar_changes_last(&s->changes, volume, U64_MAX);
	now = last && last->set >= s->sets.open;
	spin_unlock_irq(&s->lock);
	return now;
}

/*
 * Give a number to a command that does nothing on this side, so it can be shipped at once; what is
 * a boundary for the application stays one. Lock held. True: the set should be closed.
 */
static bool tag_at_once(struct afar_group *g, struct afar_write *w)
{
	struct afar_stream *s = &g->stream;
	bool full;

	if (afar_sets_empty(&s->sets))
		s->first_time = ktime_get_ns();
	full = afar_sets_tag(&s->sets, &w->cmd, s->sets.boundary, &s->policy);
	trace_afar_tag(g, &w->cmd);
	*afar_stream_slot(s, w->cmd.seq) = w;
	afar_stream_requeue(s, w);
	return full;
}

static void scan_ends(struct afar_stream *s)
{
	struct afar_resync *rs = &s->resync;

	if (rs->active) {
		rs->active = false;
		rs->scanned = rs->in_place;
		rs->set = s->sets.open;
		s->policy.whole = false;
	} else {
		rs->joining = false;
		rs->joined = true;
		rs->join_set = s->sets.open;
	}
}

/**
 * afar_stream_scanned() - all has been read: the resync, or what was outside the cut, ends here
 * @g: the group
 *
 * The open set is its last. The peer has to hear of it, be there nothing else in the set: it gets
 * a number that does nothing, unless it is a resync set with something in it, which may be as large
 * as can be.
 *
 * Return: false when there is none now.
 */
bool afar_stream_scanned(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_write *w = afar_write_alloc(g, NULL, 0, 0, GFP_NOIO);
	bool ok, tag, closed = false;

	w->cmd.op = AFAR_OP_VOID;
	spin_lock_irq(&s->lock);
	tag = !s->policy.whole || afar_sets_empty(&s->sets);
	ok = s->mode == AFAR_MODE_STREAM && afar_resync_reads(&s->resync);
	if (ok && tag)
		ok = prepare_tag(g, w, GFP_NOIO, &closed);
	/* whoever asks closes it */
	if (ok && tag)
		tag_at_once(g, w);
	if (ok)
		scan_ends(s);
	spin_unlock_irq(&s->lock);
	afar_stream_wake_lanes(s);
	if (!ok || !tag)
		afar_write_free(g, w);
	return ok;
}

/**
 * afar_stream_separate() - see to it that the last change of a volume is in a closed set
 * @g:      the group
 * @volume: number
 *
 * Return: false when it is in the open set, which cannot be closed here.
 */
bool afar_stream_separate(struct afar_group *g, u16 volume)
{
	/* a volume is changed by messages only, one at a time */
	if (!changed_now(&g->stream, volume))
		return true;
	afar_stream_close(g);
	return !changed_now(&g->stream, volume);
}

/**
 * afar_stream_change() - give a change of the volume table its number
 * @g:   the group
 * @cmd: operation, volume, length and id
 *
 * Return: 0; -ENOMEM; -EAGAIN: there is no number for it now; -EBUSY: too many are on their way.
 */
int afar_stream_change(struct afar_group *g, const struct afar_cmd *cmd)
{
	struct afar_stream *s = &g->stream;
	struct afar_change *change = kmalloc(sizeof(*change), GFP_NOIO);
	struct afar_write *w = afar_write_alloc(g, NULL, 0, 0, GFP_NOIO);
	bool full = false, closed = false;
	int r = -ENOMEM;

	if (!change)
		goto free;
	w->cmd = *cmd;
	spin_lock_irq(&s->lock);
	r = s->changes.count >= AFAR_CHANGES ? -EBUSY :
	    !prepare_tag(g, w, GFP_NOIO, &closed) ? -EAGAIN : 0;
	if (!r) {
		full = tag_at_once(g, w);
		change->cmd = w->cmd;
		afar_changes_insert(&s->changes, change);
		s->changed = w->cmd.seq;
		if (full)
			afar_close_set(g);
	}
	spin_unlock_irq(&s->lock);
	if (!r || closed)
		afar_stream_wake_lanes(s);
	if (!r) {
		mod_delayed_work(g->wq, &s->close_work,
				 msecs_to_jiffies(g->options.value[AFAR_KNOB_SET_INTERVAL]));
		return 0;
	}
free:
	kfree(change);
	afar_write_free(g, w);
	return r;
}

/**
 * afar_stream_changes() - changes of the volume table that a lane has not been told
 * @g:     the group
 * @told:  number of the last one that it has; moved on
 * @block: frame being made, room for AFAR_FRAME_COMMANDS
 *
 * What a lane ships was numbered before this is asked. So if it tells first what it gets here, the
 * peer hears of no command before it knows which volume that is for. A change beyond the credit has
 * nothing but commands beyond it behind it.
 *
 * Return: how many there are in @block; 0: all is told.
 */
unsigned int afar_stream_changes(struct afar_group *g, u64 *told, void *block)
{
	struct afar_stream *s = &g->stream;
	const struct afar_change *change;
	unsigned int count = 0;

	if (READ_ONCE(s->changed) <= *told)
		return 0;
	spin_lock_irq(&s->lock);
	list_for_each_entry(change, &s->changes.list, list) {
		if (change->cmd.seq <= *told)
			continue;
		if (change->cmd.set > s->credit || count == AFAR_FRAME_COMMANDS)
			break;
		afar_cmd_put(block, count++, &change->cmd);
		*told = change->cmd.seq;
	}
	spin_unlock_irq(&s->lock);
	return count;
}

/**
 * afar_stream_ready() - the local side of a write is done, and its bio completed: ship it (D1)
 * @g: the group; may go away as soon as this has returned
 * @w: the write; may be freed as soon as the lock is dropped
 *
 * Context: any, also interrupt.
 */
void afar_stream_ready(struct afar_group *g, struct afar_write *w)
{
	struct afar_stream *s = &g->stream;
	unsigned long flags;

	spin_lock_irqsave(&s->lock, flags);
	afar_stream_requeue(s, w);
	s->inflight--;
	if (s->readies == 1)
		afar_stream_wake_lanes(s);
	/* under the lock: whoever waits for it takes it before the group goes away */
	if (!s->inflight && waitqueue_active(&s->quiet))
		wake_up_all(&s->quiet);
	if (afar_spool_wanted(g))
		queue_work(g->spool_wq, &s->spool.work);
	spin_unlock_irqrestore(&s->lock, flags);
}

/** afar_stream_has_ready() - is there something to ship? A hint, without the lock. */
bool afar_stream_has_ready(struct afar_stream *s)
{
	return READ_ONCE(s->readies) || READ_ONCE(s->spool.shippable);
}

/**
 * afar_stream_take() - take commands to ship
 * @g:           the group
 * @list:        result, in state SHIPPING
 * @max:         most commands
 * @max_payload: most bytes of payload
 */
unsigned int afar_stream_take(struct afar_group *g, struct list_head *list, unsigned int max,
			      u32 max_payload)
{
	struct afar_stream *s = &g->stream;
	unsigned int count = 0;
	u32 payload = 0;

	spin_lock_irq(&s->lock);
	while (!list_empty(&s->ready) && count < max) {
		struct afar_write *w = list_first_entry(&s->ready, struct afar_write, list);
		u32 bytes = afar_cmd_payload(&w->cmd);

		if (count && payload + bytes > max_payload)
			break;
		list_move_tail(&w->list, list);
		w->state = AFAR_WRITE_SHIPPING;
		s->readies--;
		payload += bytes;
		count++;
	}
	s->shipped += count;
	spin_unlock_irq(&s->lock);
	return count;
}
