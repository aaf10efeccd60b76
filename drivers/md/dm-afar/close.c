// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: when sets close
 * By policy, clock, message, and flush (core/sets.h says when); and what is told of closed sets:
 * waiting for one, and how far the peer is behind.
 *
 * While the open set holds anything there is a spare sync command and a number for it
 * (afar_stream_tag() sees to that), so closing needs no memory and can be done in map().
 */
#include <linux/math64.h>
#include <linux/ktime.h>
#include "group.h"
#include "trace.h"

/** afar_close_set() - close the open set with the spare command. Stream lock held. */
void afar_close_set(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_write *sync = s->spare;
	u64 set = s->sets.open;

	s->spare = NULL;
	s->set_time[set % AFAR_TIMES] = s->first_time;
	s->set_bytes[set % AFAR_TIMES] = s->bytes;
	s->set_close[set % AFAR_TIMES] = ktime_get_real_ns();
	afar_sets_close(&s->sets, &sync->cmd, s->set_close[set % AFAR_TIMES]);
	sync->cmd.map_generation = afar_chunkmap_generation(&g->map);
	if (unlikely(s->resync.scanned))
		sync->cmd.flags = AFAR_CMD_SCANNED;
	if (unlikely(s->resync.joined))
		sync->cmd.flags |= AFAR_CMD_JOINED;
	s->resync.scanned = false;
	s->resync.joined = false;
	s->first_time = 0;
	trace_afar_tag(g, &sync->cmd);
	*afar_stream_slot(s, sync->cmd.seq) = sync;
	afar_stream_requeue(s, sync);
}

/** afar_stream_policy() - take over the knobs that say when sets close */
void afar_stream_policy(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool close;

	spin_lock_irq(&s->lock);
	s->policy.bytes = g->options.value[AFAR_KNOB_SET_BYTES];
	s->policy.writes = g->options.value[AFAR_KNOB_SET_WRITES];
	s->policy.on_flush = g->options.value[AFAR_KNOB_CLOSE_ON_FLUSH];
	if (s->policy.whole)
		afar_resync_limit(g, s->resync.peer.largest, s->resync.peer.keep);
	/* what the old policy left open may be due by the new one */
	close = s->mode == AFAR_MODE_STREAM && afar_sets_judge(&s->sets, &s->policy);
	if (close)
		afar_close_set(g);
	spin_unlock_irq(&s->lock);
	if (close)
		afar_stream_wake_lanes(s);
	mod_delayed_work(g->wq, &s->close_work,
			 msecs_to_jiffies(g->options.value[AFAR_KNOB_SET_INTERVAL]));
	queue_work(g->wq, &s->work);
}

/**
 * afar_stream_flush() - a flush has come to a volume: a boundary
 * @g: the group
 *
 * What the flush covers has completed, so it was tagged. Context: map().
 */
void afar_stream_flush(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool close;

	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM)
		return;
	spin_lock_irq(&s->lock);
	close = afar_sets_flush(&s->sets, &s->policy) && s->mode == AFAR_MODE_STREAM;
	if (close)
		afar_close_set(g);
	spin_unlock_irq(&s->lock);
	if (close)
		afar_stream_wake_lanes(s);
}

/*
 * Is anything in the open set? In a resync set there is what was written without a number, too, be
 * its chunk not read yet. Lock held.
 */
static bool is_begun(const struct afar_stream *s)
{
	return !afar_sets_empty(&s->sets) || (s->policy.whole && s->resync.total);
}

/**
 * afar_stream_close() - close the open set, if anything is in it
 * @g: the group
 *
 * With close_on_flush it is made due, and closes at the next boundary.
 *
 * Return: the set that contains every write completed before the call, perhaps still open; 0 when
 * there is none in this term; AFAR_SET_NONE when writes have no numbers.
 */
u64 afar_stream_close(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool close;
	u64 set = AFAR_SET_NONE;

	spin_lock_irq(&s->lock);
	close = s->mode == AFAR_MODE_STREAM && afar_sets_want(&s->sets, &s->policy);
	if (close)
		afar_close_set(g);
	if (s->mode == AFAR_MODE_STREAM)
		set = is_begun(s) ? s->sets.open : s->sets.closed.set;
	spin_unlock_irq(&s->lock);
	if (close)
		afar_stream_wake_lanes(s);
	return set;
}

/** afar_stream_committed() - has the peer committed a set of this term? */
bool afar_stream_committed(struct afar_stream *s, u64 set)
{
	bool committed;

	spin_lock_irq(&s->lock);
	committed = s->committed.set >= set;
	spin_unlock_irq(&s->lock);
	return committed;
}

/** afar_close_timer() - the open set has been open for its interval */
void afar_close_timer(struct work_struct *work)
{
	afar_stream_close(container_of(work, struct afar_group, stream.close_work.work));
}

/** afar_stream_begun() - has anything been given the number of this set? */
bool afar_stream_begun(struct afar_group *g, u64 set)
{
	struct afar_stream *s = &g->stream;
	bool begun;

	spin_lock_irq(&s->lock);
	begun = set < s->sets.open || (set == s->sets.open && is_begun(s));
	spin_unlock_irq(&s->lock);
	return begun;
}

/* In a resync in place no set is a cut before it has ended, and some writes are in none of them. */
static bool is_safe(struct afar_stream *s, u64 set)
{
	bool safe;

	spin_lock_irq(&s->lock);
	safe = s->replicated.set >= set && !(s->resync.stands && s->resync.in_place);
	spin_unlock_irq(&s->lock);
	return safe;
}

/**
 * afar_stream_wait() - wait until a set is replicated, and a cut
 * @g:   the group
 * @set: of the current term; may still be open
 * @ms:  at most so long
 *
 * Return: 0; -ETIMEDOUT; -EINTR; -ESHUTDOWN: the group is being suspended; -ESTALE: the stream has
 * been given up.
 */
int afar_stream_wait(struct afar_group *g, u64 set, unsigned int ms)
{
	struct afar_stream *s = &g->stream;
	long r;

	r = wait_event_interruptible_timeout(s->wait, is_safe(s, set) ||
					     READ_ONCE(g->suspending) || !READ_ONCE(g->running) ||
					     READ_ONCE(s->mode) != AFAR_MODE_STREAM,
					     msecs_to_jiffies(ms));
	if (is_safe(s, set))
		return 0;
	if (r < 0)
		return -EINTR;
	if (READ_ONCE(s->mode) == AFAR_MODE_DIRTY)
		return -ESTALE;
	return r ? -ESHUTDOWN : -ETIMEDOUT;
}

/* Time and bytes of the oldest set behind the replicated cut. Lock held. */
static u64 oldest(struct afar_stream *s, struct afar_lag *lag)
{
	u64 set = s->replicated.set;

	if (s->sets.closed.set - set >= AFAR_TIMES) {
		/* older than what is remembered: at least this much */
		lag->bytes = s->bytes - s->set_bytes[s->sets.open % AFAR_TIMES];
		return s->set_time[s->sets.open % AFAR_TIMES];
	}
	lag->bytes = s->bytes - (set ? s->set_bytes[set % AFAR_TIMES] : 0);
	if (set == s->sets.closed.set)
		return s->first_time;
	return s->set_time[(set + 1) % AFAR_TIMES];
}

/** afar_stream_lag() - how far the peer's replicated cut is behind the last write */
void afar_stream_lag(struct afar_group *g, struct afar_lag *lag)
{
	struct afar_stream *s = &g->stream;
	u64 since = 0;

	memset(lag, 0, sizeof(*lag));
	spin_lock_irq(&s->lock);
	if (s->mode != AFAR_MODE_OFF && s->replicated.set < s->sets.open) {
		lag->sets = s->sets.closed.set - s->replicated.set + !afar_sets_empty(&s->sets);
		since = oldest(s, lag);
	}
	spin_unlock_irq(&s->lock);
	if (since)
		lag->ms = div_u64(ktime_get_ns() - since, NSEC_PER_MSEC);
}
