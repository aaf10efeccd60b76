// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: roles
 * What a node is, durably, and how that changes. Each change is one write of the superblock.
 */
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "core/rule.h"
#include "core/term.h"
#include "group.h"

/* Everything that a term of this node needs a name for, and has none yet. Lock, super_lock held. */
static int name_things(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	unsigned int i;
	int r = 0;

	if (afar_uuid_none(&j->super.group))
		get_random_bytes(&j->super.group, sizeof(j->super.group));
	for (i = 0; i < AFAR_VOLUMES && !r; i++) {
		if (!le32_to_cpu(j->table[i].used) || !afar_uuid_none(&j->table[i].id))
			continue;
		get_random_bytes(&j->table[i].id, sizeof(j->table[i].id));
		r = afar_journal_write_table(g, i);
	}
	return r;
}

/* Nothing in the ring is needed: it goes on from its tail. Super lock held; the caller writes. */
static void empty_ring(struct afar_journal *j)
{
	j->super.head = j->tail;
	j->super.epoch_position = j->tail;
	j->super.stable = j->tail;
}

/**
 * afar_role_generation() - of the chunk map, as the peer is to judge it (R9)
 * @g: the group
 *
 * Where the term went on after a crash it is that of the crash: what was written since without
 * numbers must not make up for what the journal lacks.
 */
u64 afar_role_generation(struct afar_group *g)
{
	return g->journal.super.left_generation ?: afar_chunkmap_generation(&g->map);
}

/* The old term goes on, to deliver what the ring holds of it. */
static int go_on_left(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (!super->left_generation) {
		super->left_generation = afar_chunkmap_generation(&g->map);
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/*
 * Begin a term of our own (R1): durable before its first number is given out. What is left of the
 * old one in the ring is dead by the same write.
 */
static int raise_term(struct afar_group *g, bool equal)
{
	struct afar_journal *j = &g->journal;
	struct afar_super_info *super = &j->super;
	bool first = !(super->flags & AFAR_SUPER_TERM);
	struct afar_cut left = g->stage.tracker.committed;
	struct afar_uuid id;
	bool forked;
	int r;

	mutex_lock(&j->super_lock);
	r = name_things(g);
	if (r)
		goto out;
	forked = super->role == AFAR_SECONDARY && !first;
	if (super->role == AFAR_PRIMARY)
		left = (struct afar_cut){ AFAR_LEFT_OPEN, afar_role_generation(g), 0 };
	get_random_bytes(&id, sizeof(id));
	afar_term_raise(super, &id, &left, afar_now());
	super->flags |= equal ? AFAR_SUPER_EQUAL : AFAR_SUPER_RESYNC;
	super->role = AFAR_PRIMARY;
	empty_ring(j);
	r = afar_journal_write_supers(g);
out:
	mutex_unlock(&j->super_lock);
	if (r)
		return r;
	afar_stage_clear(g, &super->committed);
	mutex_lock(&g->stage.lock);
	g->stage.tracker.head = super->head;
	afar_tracker_update(&g->stage.tracker);
	mutex_unlock(&g->stage.lock);
	afar_info(g, "term %llu begins%s%s", super->term.counter,
		  first ? ": first of the group" : "", equal ? ", devices declared equal" : "");
	if (forked)
		afar_info(g, "the image is that of term %llu at set %llu, number %llu; closed %llu s after 1970",
			  super->chain.entry[0].term.counter, left.set, left.seq,
			  div_u64(left.time, NSEC_PER_SEC));
	return 0;
}

static int go_on(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	int r;

	mutex_lock(&g->journal.super_lock);
	super->flags &= ~AFAR_SUPER_CLEAN;
	/* the spool counts its room from the tail on (R11) */
	empty_ring(&g->journal);
	r = afar_journal_write_supers(g);
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/* Is there a cut to begin with, or is an image without one wanted? */
static bool check_cut(struct afar_group *g, bool torn)
{
	struct afar_stage *s = &g->stage;

	if (g->journal.super.role != AFAR_SECONDARY || torn || !afar_stage_lost(s))
		return true;
	afar_err(g, "promote: this node has no cut: it went down in the middle of a commit and is at set %llu, or anywhere up to %llu; connect it to the primary, or say 'promote force no-cut' to serve that image",
		 s->tracker.committed.set, s->marked);
	return false;
}

/* May a promotion go ahead, and how? Lock held. Says in the log why not. */
static int check_promote(struct afar_group *g, bool force, bool equal, bool torn)
{
	const struct afar_super_info *super = &g->journal.super;

	if (!g->active || READ_ONCE(g->suspending)) {
		afar_err(g, "promote: the group is suspended");
		return -EAGAIN;
	}
	if (READ_ONCE(g->journal.failed)) {
		afar_err(g, "promote: the journal has failed");
		return -EIO;
	}
	if (afar_volumes_missing(g) || !afar_volumes_count(g)) {
		afar_err(g, "promote: %u volumes of the volume table are not attached",
			 afar_volumes_missing(g) ?: 1);
		return -ENODEV;
	}
	if (!check_cut(g, torn))
		return -ENODATA;
	/* in a new group nobody ever was; else that the origins are equal does not say who is */
	if (super->role == AFAR_PRIMARY || force || !(super->flags & AFAR_SUPER_TERM))
		return 0;
	if (super->flags & AFAR_SUPER_GRANTED)
		return 0;
	afar_err(g, "promote: the peer may be primary; if it is not, say 'promote force%s': sets that are not complete here are dropped",
		 equal ? " assume-equal" : "");
	return -EPERM;
}

/**
 * afar_promote() - become primary
 * @g:     the group
 * @force: though the peer may hold more
 * @equal: the operator declares that the origins of both nodes are equal
 * @torn:  though the origins may be at no cut
 *
 * On a node that was primary before a crash or restart, resumes the role. On a secondary, complete
 * sets are committed first, up to the first that is not complete; the rest is dropped.
 *
 * Return: 0, also when it is primary already; a negative errno, with the reason in the kernel log.
 */
int afar_promote(struct afar_group *g, bool force, bool equal, bool torn)
{
	struct afar_super_info *super = &g->journal.super;
	int r, started;
	bool clean, left;

	mutex_lock(&g->lock);
	if (g->running) {
		mutex_unlock(&g->lock);
		return 0;
	}
	r = check_promote(g, force, equal, torn);
	if (r)
		goto out;
	if (super->role == AFAR_SECONDARY)
		r = afar_hold_end(g, "promote");
	if (r)
		goto out;
	afar_link_stop(g);
	/* a session may have begun until now, with a primary that is one again */
	r = check_promote(g, force, equal, torn);
	if (!r && super->role == AFAR_SECONDARY) {
		afar_journal_drain(g);
		r = afar_committer_finish(g);
		/* only now it is known what is damaged */
		if (!r && !check_cut(g, torn))
			r = -ENODATA;
	}
	clean = super->role == AFAR_PRIMARY && super->flags & AFAR_SUPER_CLEAN && !equal;
	if (!afar_rule(AFAR_RULE_NEW_TERM) && super->role == AFAR_PRIMARY)
		clean = true;
	left = super->role == AFAR_PRIMARY && !clean && !equal &&
	       !(super->flags & AFAR_SUPER_RESYNC) && afar_spool_left(g);
	if (!left)
		afar_spool_end(g);
	if (!r)
		r = left ? go_on_left(g) : clean ? go_on(g) : raise_term(g, equal);
	/* the term says so, durably: now the bits may go */
	if (!r && equal)
		r = afar_chunkmap_wipe(g);
	if (!r) {
		/* a clean stop is one of a term with numbers for all that was written */
		afar_chunkmap_begin(g, clean ? max(super->next_seq, 1ULL) - 1 : AFAR_MAP_NEVER);
		if (left)
			afar_spool_restore(g);
		else
			afar_stream_begin(g, super->flags & AFAR_SUPER_RESYNC ? AFAR_MODE_DIRTY :
					     AFAR_MODE_STREAM,
					  clean ? max(super->next_seq, 1ULL) : 1,
					  clean ? max(super->next_set, 1ULL) : 1);
		WRITE_ONCE(g->running, true);
		afar_volumes_set_ro(g, false);
	} else if (r == -EINPROGRESS) {
		afar_err(g, "promote: complete sets are still being committed; say it again");
	} else {
		afar_err(g, "promote: failed (%pe)", ERR_PTR(r));
	}
	started = afar_link_start(g);
	if (started)
		afar_err(g, "link: cannot start (%pe); suspend and resume the group",
			 ERR_PTR(started));
out:
	mutex_unlock(&g->lock);
	afar_group_event(g);
	return r;
}

/* ---- the planned switch ---------------------------------------------------------------------- */

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
	if (!READ_ONCE(g->link.live)) {
		afar_err(g, "demote: the peer is not connected");
		return -ENOTCONN;
	}
	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM || READ_ONCE(s->resync.stands)) {
		afar_err(g, "demote: a resync is needed, or under way: wait until the state is ok");
		return -EAGAIN;
	}
	if (READ_ONCE(s->inexact)) {
		afar_err(g, "demote: %llu commands are void: 'resync' first, so that the peer gets what they wrote",
			 s->inexact);
		return -ENODATA;
	}
	if (afar_volumes_missing(g)) {
		afar_err(g, "demote: %u volumes of the volume table are not attached, so it is not known if they are open; resume or create them",
			 afar_volumes_missing(g));
		return -ENODEV;
	}
	return afar_volumes_closed(g, "demote");
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
	mod_delayed_work(g->wq, &g->map.clear_work, 0);
	flush_delayed_work(&g->map.clear_work);
	wait_event(g->map.wait, !atomic_read(&g->map.busy));
	return check_bits(g);
}

static void set_mode(struct afar_stream *s, enum afar_mode mode)
{
	spin_lock_irq(&s->lock);
	s->mode = mode;
	spin_unlock_irq(&s->lock);
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
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC);
	super->committed = *cut;
	super->committing = 0;
	super->left_generation = 0;
	empty_ring(&g->journal);
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
	struct afar_tracker *t = &g->stage.tracker;
	bool told;

	WRITE_ONCE(g->running, false);
	told = afar_link_say_end(g);
	afar_link_stop(g);
	cancel_delayed_work_sync(&g->map.clear_work);
	cancel_work_sync(&g->stream.spool.work);
	afar_journal_drain(g);
	afar_stream_end(g);
	afar_chunkmap_begin(g, AFAR_MAP_NEVER);
	afar_stage_setup(g);
	mutex_lock(&g->stage.lock);
	t->tail = g->journal.tail;
	afar_tracker_update(t);
	g->stage.reach = t->committed.set;
	mutex_unlock(&g->stage.lock);
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
	int r = 0, started;

	mutex_lock(&g->lock);
	if (g->journal.super.role == AFAR_SECONDARY)
		goto out;
	afar_volumes_wait_closed(g);
	r = check_demote(g);
	if (r)
		goto out;
	afar_volumes_set_ro(g, true);
	/* pairs with an open for writing: one of us sees the other */
	smp_mb();
	r = afar_volumes_closed(g, "demote");
	if (!r)
		r = demote(g);
	if (r) {
		afar_volumes_set_ro(g, false);
		goto out;
	}
	started = afar_link_start(g);
	if (started)
		afar_err(g, "link: cannot start (%pe); suspend and resume the group",
			 ERR_PTR(started));
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
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (super->flags & AFAR_SUPER_GRANTED) {
		super->flags &= ~AFAR_SUPER_GRANTED;
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/**
 * afar_term_renew() - a running primary ends its term, and begins another one
 * @g: the group; locked, its link is stopped, nothing has a number
 */
int afar_term_renew(struct afar_group *g)
{
	return raise_term(g, false);
}

/**
 * afar_follow_term() - a secondary follows its primary into another term, with a resync set (R1')
 * @g:    the group; judged to fit; no lane is at work
 * @term: the primary's
 *
 * Sets that are complete are committed first. What else is staged will never be, and is given up.
 *
 * Context: a lane's thread, in the handshake; the link cannot be stopped meanwhile.
 *
 * Return: 0, a negative errno, or enum afar_reason.
 */
int afar_follow_term(struct afar_group *g, const struct afar_term *term)
{
	struct afar_journal *j = &g->journal;
	struct afar_super_info *super = &j->super;
	struct afar_cut left;
	int r;

	r = afar_committer_finish(g);
	if (r)
		return r == -EIO ? AFAR_BYE_FAILED : AFAR_BYE_BUSY;
	/* what it was about to commit may have been found damaged meanwhile */
	if (afar_stage_damaged(&g->stage))
		return AFAR_BYE_FAILED;
	mutex_lock(&j->super_lock);
	/* a hold changes under this lock: who leaves one may have more to commit by now */
	if (!afar_committer_idle(g)) {
		mutex_unlock(&j->super_lock);
		return AFAR_BYE_BUSY;
	}
	mutex_lock(&g->stage.lock);
	left = g->stage.tracker.committed;
	mutex_unlock(&g->stage.lock);
	super->committing = afar_stage_torn(&g->stage) ? g->stage.marked : 0;
	afar_term_follow(super, term, &left, afar_now());
	empty_ring(j);
	afar_stage_clear(g, &super->committed);
	mutex_lock(&g->stage.lock);
	g->stage.tracker.head = super->head;
	afar_tracker_update(&g->stage.tracker);
	mutex_unlock(&g->stage.lock);
	afar_stage_new_term(g);
	r = afar_journal_write_supers(g);
	mutex_unlock(&j->super_lock);
	if (!r)
		afar_info(g, "term %llu of the peer is followed, from set %llu of term %llu on",
			  term->counter, left.set, super->chain.entry[0].term.counter);
	afar_group_event(g);
	return r;
}

/**
 * afar_adopt_term() - a fresh secondary takes over the primary's term, group and volume ids
 * @g:         the group; fresh, judged to fit
 * @term:      the primary's
 * @hello:     the primary's
 * @table:     its volume table at the beginning of the term
 *
 * Context: a lane's thread, in the handshake; the link cannot be stopped meanwhile.
 */
int afar_adopt_term(struct afar_group *g, const struct afar_term *term,
		    const struct afar_hello_info *hello, const struct afar_table_entry *table)
{
	struct afar_journal *j = &g->journal;
	struct afar_super_info *super = &j->super;
	int r;

	mutex_lock(&j->super_lock);
	r = afar_table_adopt(g, table);
	if (!r) {
		super->term = *term;
		super->group = hello->group;
		super->chain = hello->chain;
		super->flags |= AFAR_SUPER_TERM;
		if (hello->flags & AFAR_HELLO_RESYNC) {
			/* initial sync: no cut before the first set, and no history */
			super->chain.count = 0;
			super->committing = 1;
		} else {
			super->flags |= AFAR_SUPER_EQUAL;
		}
		empty_ring(j);
		memset(&super->committed, 0, sizeof(super->committed));
		afar_stage_new_term(g);
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&j->super_lock);
	if (!r)
		r = afar_chunkmap_wipe(g);
	if (r)
		return r;
	afar_volumes_recount(g);
	afar_info(g, "term %llu of the peer is followed from its beginning", term->counter);
	return 0;
}
