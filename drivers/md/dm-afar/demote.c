// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the planned switch
 * The primary steps down when the peer has committed all that was ever written: it becomes a
 * secondary, durably, and only then tells the peer, which may be promoted without force from then
 * on, until it hears of a primary again.
 */
#include "group.h"

/* A message may wait so long. */
#define DRAIN_MAX	(10 * HZ)

/* Lock held. Says in the log why not. */
static int check_demote(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	if (!g->active || READ_ONCE(g->suspending)) {
		afar_err(g, "demote: the group is suspended");
		return -EAGAIN;
	}
	if (READ_ONCE(g->journal.failed)) {
		afar_err(g, "demote: the journal has failed");
		return -EIO;
	}
	if (!g->running) {
		afar_err(g, "demote: this node was primary before it went down; 'promote' first, so that the peer gets what it lacks");
		return -EAGAIN;
	}
	/* one that is not connected may wait for just that */
	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM || READ_ONCE(s->resync.stands)) {
		afar_err(g, "demote: a resync is needed, or under way: wait until the state is ok");
		return -EAGAIN;
	}
	if (!READ_ONCE(g->link.live)) {
		afar_err(g, "demote: the peer is not connected");
		return -ENOTCONN;
	}
	if (READ_ONCE(g->outside)) {
		afar_err(g, "demote: %llu KiB are outside the cut (joining): wait until outside_bytes is 0",
			 READ_ONCE(g->outside) >> (10 - SECTOR_SHIFT));
		return -EAGAIN;
	}
	if (READ_ONCE(s->inexact)) {
		afar_err(g, "demote: %llu commands are void: 'resync' first, so that the peer gets what they wrote",
			 s->inexact);
		return -ENODATA;
	}
	return afar_volumes_attached(g, "demote") ?: afar_volumes_closed(g, "demote");
}

/* All that was ever written is on the peer's origins. Lock held. */
static bool is_drained(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	return s->mode == AFAR_MODE_STREAM && afar_sets_empty(&s->sets) &&
	       s->base == s->sets.next && afar_spool_empty(g) &&
	       s->committed.set == s->sets.closed.set;
}

static bool drained(struct afar_group *g)
{
	bool drained;

	spin_lock_irq(&g->stream.lock);
	drained = is_drained(g);
	spin_unlock_irq(&g->stream.lock);
	return drained;
}

static int drain(struct afar_group *g)
{
	unsigned long end = jiffies + DRAIN_MAX;
	struct afar_stream *s = &g->stream;
	u64 sets;

	/* nobody has a volume open: that is a boundary, for who wants to be asked */
	afar_stream_close(g);
	afar_stream_flush(g);
	while (!drained(g)) {
		if (READ_ONCE(s->mode) != AFAR_MODE_STREAM || READ_ONCE(g->suspending) ||
		    READ_ONCE(g->journal.failed))
			return -EAGAIN;
		if (!READ_ONCE(g->link.live)) {
			afar_err(g, "demote: the peer was lost before it had committed all of it");
			return -ENOTCONN;
		}
		if (time_after(jiffies, end)) {
			spin_lock_irq(&s->lock);
			sets = s->sets.closed.set - s->committed.set;
			spin_unlock_irq(&s->lock);
			afar_err(g, "demote: the peer has not committed %llu sets yet; say it again when it has, or 'release' there if it is held",
				 sets);
			return -EINPROGRESS;
		}
		if (wait_event_interruptible_timeout(s->wait, drained(g), HZ / 4) < 0)
			return -EINTR;
	}
	return 0;
}

static int check_bits(struct afar_group *g)
{
	u64 dirty, total;

	afar_chunkmap_count(g, &dirty, &total);
	if (!dirty)
		return READ_ONCE(g->journal.failed) ? -EIO : 0;
	afar_err(g, "demote: %llu chunks may differ still; say it again, or 'resync' first", dirty);
	return -EAGAIN;
}

/* What is COMMITTED is flushed, and its bits go: the next primary would ask for them (R3). */
static int clear_bits(struct afar_group *g)
{
	afar_chunkmap_clear_now(g, NULL);
	return check_bits(g);
}

static void set_mode(struct afar_stream *s, enum afar_mode mode)
{
	spin_lock_irq(&s->lock);
	s->mode = mode;
	spin_unlock_irq(&s->lock);
	afar_resync_kick(&s->resync);
}

/*
 * From here on a write fails, whoever it is that has a volume open nevertheless; and none that has
 * come before is left behind. Result: the last cut.
 */
static int freeze(struct afar_group *g, struct afar_cut *cut)
{
	struct afar_stream *s = &g->stream;
	int r = -EAGAIN;

	spin_lock_irq(&s->lock);
	if (is_drained(g)) {
		s->mode = AFAR_MODE_OFF;
		*cut = s->sets.closed;
		r = 0;
	}
	spin_unlock_irq(&s->lock);
	if (r) {
		afar_err(g, "demote: something was written meanwhile; say it again");
		return r;
	}
	r = afar_volumes_missing(g) ? -ENODEV : afar_volumes_closed(g, "demote");
	if (!r)
		r = check_bits(g);
	if (r)
		set_mode(s, AFAR_MODE_STREAM);
	return r;
}

/* One write makes this node a secondary, at its last cut. */
static int step_down(struct afar_group *g, const struct afar_cut *cut)
{
	struct afar_super_info *super = &g->journal.super;
	int r;

	mutex_lock(&g->journal.super_lock);
	super->role = AFAR_SECONDARY;
	afar_super_end_verify(super);
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC);
	super->committed = *cut;
	super->committing = 0;
	super->left_generation = 0;
	afar_journal_empty(&g->journal);
	r = afar_journal_write_supers(g);
	/* which of the two it is after a failure the disk knows; nobody writes any more */
	if (r)
		super->role = AFAR_PRIMARY;
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/* A secondary from here on, as if it had been loaded as one. Does the peer know? */
static bool begin_secondary(struct afar_group *g)
{
	bool told;

	WRITE_ONCE(g->running, false);
	afar_verify_stop(g, "this node is not primary any more");
	told = afar_link_say_end(g);
	afar_stream_halt(g);
	afar_stream_end(g);
	afar_chunkmap_begin(g, AFAR_MAP_NEVER);
	afar_stage_become(g);
	return told;
}

static int demote(struct afar_group *g)
{
	struct afar_cut cut;
	int r = drain(g);

	if (!r)
		r = clear_bits(g);
	if (!r)
		r = freeze(g, &cut);
	if (r)
		return r;
	r = step_down(g, &cut);
	if (r) {
		set_mode(&g->stream, AFAR_MODE_STREAM);
		return r;
	}
	if (begin_secondary(g))
		afar_info(g, "demoted at set %llu of term %llu: the peer has all of it, and can be promoted",
			  cut.set, g->journal.super.term.counter);
	else
		afar_warn(g, "demoted at set %llu of term %llu: the peer has all of it, and did not confirm that it heard: if it refuses, 'promote force' there loses nothing",
			  cut.set, g->journal.super.term.counter);
	return 0;
}

/**
 * afar_demote() - step down as primary, with all of it at the peer
 * @g: the group
 *
 * Return: 0, also on a secondary; -EBUSY: a volume is open; -ENOTCONN, -ENODEV, -EAGAIN, -ENODATA,
 * -EINPROGRESS: not now, and this node goes on as primary; -EINTR; -EIO. The kernel log says why.
 */
int afar_demote(struct afar_group *g)
{
	int r = 0;

	mutex_lock(&g->lock);
	if (g->journal.super.role == AFAR_SECONDARY)
		goto out;
	afar_volumes_wait_closed(g);
	r = check_demote(g);
	if (!r)
		r = afar_volumes_shut(g, "demote");
	if (r)
		goto out;
	r = demote(g);
	if (r)
		afar_volumes_set_ro(g, false);
	else
		afar_link_restart(g);
out:
	mutex_unlock(&g->lock);
	afar_group_event(g);
	return r;
}

/**
 * afar_grant() - the primary says that it has stepped down
 * @g:       the group
 * @session: of the lane over which it says so, which takes no commands any more
 * @term:    in which it was
 * @cut:     at which it did
 *
 * Return: it is noted, durably.
 */
bool afar_grant(struct afar_group *g, u64 session, const struct afar_term *term,
		const struct afar_cut *cut)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_tracker *t = &g->stage.tracker;
	bool here, known;

	mutex_lock(&g->journal.super_lock);
	mutex_lock(&g->stage.lock);
	known = super->flags & AFAR_SUPER_GRANTED;
	here = super->role == AFAR_SECONDARY && afar_term_equal(&super->term, term) &&
	       (g->stage.session == session || known) && t->committed.set == cut->set &&
	       t->committed.seq == cut->seq && t->replicated.set == cut->set;
	if (here)
		g->stage.session = 0;
	mutex_unlock(&g->stage.lock);
	if (here && !known) {
		super->flags |= AFAR_SUPER_GRANTED;
		here = !afar_journal_write_supers(g);
		if (here)
			afar_info(g, "the primary has stepped down at set %llu, which is here: 'promote' needs no force",
				  cut->set);
	}
	mutex_unlock(&g->journal.super_lock);
	return here;
}

/** afar_grant_end() - there is a primary again */
int afar_grant_end(struct afar_group *g)
{
	return afar_journal_clear_flag(g, AFAR_SUPER_GRANTED);
}
