// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: hold
 * The secondary stops at a cut, durably, goes on receiving, and its volumes can be read there.
 *
 * stage.hold is the last set that may be committed; the superblock says so, too. It is lowered in
 * memory before it is on disk, and raised on disk before in memory: so no crash and no restart
 * finds the origins beyond the set that the superblock names.
 *
 *	NONE ---> ON_THE_WAY ---> REACHED: readable ---> LEAVING ---> NONE or ON_THE_WAY
 *	 hold      committer         release, promote,    is durable
 *	                             hold further on
 *
 * Only the committer reaches a hold, so it is idle then. Who leaves one wants the volumes closed:
 * nobody may see the image move, or keep a stale page of it.
 */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include "group.h"

/* Whatever looks at a device that has just changed is given so long to close it again. */
#define CLOSE_WAIT	(2 * HZ)

/* Stage lock held. */
static bool reached(const struct afar_stage *s)
{
	return s->held == AFAR_HOLD_ON_THE_WAY && s->tracker.committed.set >= s->hold &&
	       !afar_stage_torn(s);
}

/** afar_hold_due() - is the hold reached, and not said yet? A hint, without the lock. */
bool afar_hold_due(struct afar_group *g)
{
	const struct afar_stage *s = &g->stage;

	return READ_ONCE(s->held) == AFAR_HOLD_ON_THE_WAY &&
	       READ_ONCE(s->tracker.committed.set) >= READ_ONCE(s->hold) && !afar_stage_torn(s);
}

/**
 * afar_hold_reach() - make the volumes readable, if the hold is reached
 * @g: the group
 *
 * Context: the committer, between two runs: the origins stand still.
 */
void afar_hold_reach(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;
	bool done;
	u64 set;

	if (!afar_hold_due(g))
		return;
	/* what was cached of another image; nothing can be cached anew before they are readable */
	afar_volumes_invalidate(g);
	mutex_lock(&s->lock);
	done = reached(s);
	set = s->tracker.committed.set;
	if (done)
		WRITE_ONCE(s->held, AFAR_HOLD_REACHED);
	mutex_unlock(&s->lock);
	if (!done)
		return;
	afar_info(g, "hold: stopped at set %llu, the volumes can be read", set);
	wake_up_all(&s->wait);
	afar_group_event(g);
}

/** afar_hold_load() - take over what the superblock says; stage lock held */
void afar_hold_load(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_stage *s = &g->stage;
	bool hold = super->role == AFAR_SECONDARY && super->flags & AFAR_SUPER_HOLD;

	s->hold = hold ? super->hold : U64_MAX;
	s->held = hold ? AFAR_HOLD_ON_THE_WAY : AFAR_HOLD_NONE;
}

/*
 * A volume that somebody has open; NULL: there is none. Who opens one from now on finds that it
 * cannot be read, if the state was changed before.
 */
static struct afar_vol *find_open(struct afar_group *g)
{
	struct afar_vol *found = NULL;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES && !found; i++) {
		struct afar_vol *vol = afar_volume_use(g, i);

		if (!vol)
			continue;
		if (disk_openers(dm_disk(dm_table_get_md(vol->ti->table))))
			found = vol;
		else
			afar_volume_unuse(vol);
	}
	return found;
}

/**
 * afar_volumes_attached() - are all volumes there? Else nobody knows who has one open
 * @g:    the group
 * @what: for the log
 *
 * Return: 0, or -ENODEV with their number in the log.
 */
int afar_volumes_attached(struct afar_group *g, const char *what)
{
	unsigned int missing = afar_volumes_missing(g);

	if (!missing)
		return 0;
	afar_err(g, "%s: %u volumes of the volume table are not attached, so it is not known if they are open; resume or create them",
		 what, missing);
	return -ENODEV;
}

/** afar_volumes_open() - has somebody a volume open? */
bool afar_volumes_open(struct afar_group *g)
{
	struct afar_vol *vol = find_open(g);

	if (vol)
		afar_volume_unuse(vol);
	return vol;
}

/**
 * afar_volumes_closed() - has nobody a volume open?
 * @g:    the group
 * @what: for the log
 *
 * Return: 0, or -EBUSY with the volume in the log.
 */
int afar_volumes_closed(struct afar_group *g, const char *what)
{
	struct afar_vol *vol = find_open(g);

	if (!vol)
		return 0;
	afar_err(g, "%s: volume %u (%s) is open; close or unmount it first", what, vol->number,
		 dm_disk(dm_table_get_md(vol->ti->table))->disk_name);
	afar_volume_unuse(vol);
	return -EBUSY;
}

/**
 * afar_volumes_shut() - from here on nobody opens a volume for writing, if nobody has one open
 * @g:    the group
 * @what: for the log
 *
 * Return: 0, until afar_volumes_set_ro() says otherwise; -EBUSY: nothing has changed.
 */
int afar_volumes_shut(struct afar_group *g, const char *what)
{
	int r;

	afar_volumes_set_ro(g, true);
	/* pairs with an open for writing: one of us sees the other */
	smp_mb();
	r = afar_volumes_closed(g, what);
	if (r)
		afar_volumes_set_ro(g, false);
	return r;
}

/** afar_volumes_wait_closed() - give who has a volume open a moment to close it */
void afar_volumes_wait_closed(struct afar_group *g)
{
	unsigned long end = jiffies + CLOSE_WAIT;
	struct afar_vol *vol;

	while ((vol = find_open(g))) {
		afar_volume_unuse(vol);
		if (time_after(jiffies, end) || READ_ONCE(g->suspending) ||
		    msleep_interruptible(50))
			break;
	}
}

static void set_held(struct afar_group *g, enum afar_hold_state held)
{
	mutex_lock(&g->stage.lock);
	WRITE_ONCE(g->stage.held, held);
	mutex_unlock(&g->stage.lock);
}

/* One that is on the way is not reached any more. False: it is reached already. */
static bool leave_early(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;
	bool early;

	mutex_lock(&s->lock);
	early = s->held != AFAR_HOLD_REACHED;
	if (early)
		WRITE_ONCE(s->held, AFAR_HOLD_LEAVING);
	mutex_unlock(&s->lock);
	return early;
}

/*
 * Leave a hold: from now on the volumes cannot be read. What was in their caches went when they
 * were closed. Ends with take_effect(). Group lock held.
 */
static int leave(struct afar_group *g, const char *what)
{
	int r;

	if (leave_early(g))
		return 0;
	r = afar_volumes_attached(g, what);
	if (r)
		return r;
	afar_volumes_wait_closed(g);
	r = afar_volumes_closed(g, what);
	if (r)
		return r;
	set_held(g, AFAR_HOLD_LEAVING);
	/* pairs with the open before a read: one of us sees the other */
	smp_mb();
	r = afar_volumes_closed(g, what);
	if (r)
		set_held(g, AFAR_HOLD_REACHED);
	return r;
}

/* The superblock says where to stop, or that there is no hold (U64_MAX). super_lock held. */
static int record(struct afar_group *g, u64 set)
{
	struct afar_super_info *super = &g->journal.super;

	if (set == U64_MAX)
		super->flags &= ~AFAR_SUPER_HOLD;
	else
		super->flags |= AFAR_SUPER_HOLD;
	super->hold = set == U64_MAX ? 0 : set;
	/* in both copies: an older one must not let commits go on, or stop them */
	return afar_journal_write_supers(g);
}

/* After it is durable. One that was about to be left and stays is reached anew. */
static void take_effect(struct afar_group *g, u64 set)
{
	struct afar_stage *s = &g->stage;

	mutex_lock(&s->lock);
	if (set == U64_MAX)
		WRITE_ONCE(s->held, AFAR_HOLD_NONE);
	else if (s->held != AFAR_HOLD_REACHED)
		WRITE_ONCE(s->held, AFAR_HOLD_ON_THE_WAY);
	WRITE_ONCE(s->hold, set);
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
}

/* Group lock held. */
static int check_hold(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;

	if (!g->active || READ_ONCE(g->suspending)) {
		afar_err(g, "hold: the group is suspended");
		return -EAGAIN;
	}
	if (READ_ONCE(g->journal.failed)) {
		afar_err(g, "hold: the journal has failed");
		return -EIO;
	}
	if (super->role != AFAR_SECONDARY) {
		afar_err(g, "hold: this node is primary; say it on the secondary");
		return -EINVAL;
	}
	if (!(super->flags & AFAR_SUPER_TERM)) {
		afar_err(g, "hold: this node is fresh and has no cut; wait until it is connected");
		return -EINVAL;
	}
	return 0;
}

/*
 * Where to stop: here, or at the set that is asked for. Where a run is under way, or was when the
 * node went down, the origins are at no cut before its end. If commits have to stop earlier than
 * they would have, they do so from now on. super_lock held.
 */
static int choose(struct afar_group *g, bool here, u64 *set)
{
	struct afar_stage *s = &g->stage;
	u64 first;
	int r = 0;

	mutex_lock(&s->lock);
	first = max(s->tracker.committed.set, s->reach);
	if (here)
		*set = first;
	if (first >= AFAR_NO_CUT)
		r = -ENODATA;
	else if (*set < first)
		r = -ESTALE;
	else if (*set < s->hold)
		WRITE_ONCE(s->hold, *set);
	mutex_unlock(&s->lock);
	if (r == -ENODATA)
		afar_err(g, "hold: there is no cut before the initial sync, or the resync in place, has ended");
	else if (r)
		afar_err(g, "hold: set %llu is past, the origins are at set %llu or on their way there; say 'hold' to stop as soon as possible",
			 *set, first);
	return r;
}

/**
 * afar_hold() - stop commits at a cut, durably
 * @g:       the group
 * @here:    at the first cut possible; else
 * @counter: counter of the term that @set is of
 * @set:     the last set to be committed; result: where commits stop
 *
 * Return: 0, also when it is so already; -ESTALE: the set is past, or of another term; -EBUSY: the
 * hold has to move on and a volume is open; others; the reason is in the kernel log.
 */
int afar_hold(struct afar_group *g, bool here, u64 counter, u64 *set)
{
	struct afar_super_info *super = &g->journal.super;
	int r;

	mutex_lock(&g->lock);
	r = check_hold(g);
	if (r)
		goto out;
	if (!here && *set > g->stage.hold) {
		r = leave(g, "hold");
		if (r)
			goto out;
	}
	mutex_lock(&g->journal.super_lock);
	if (!here && counter != super->term.counter) {
		afar_err(g, "hold: term %llu is not the current one, which is %llu", counter,
			 super->term.counter);
		r = -ESTALE;
	}
	if (!r)
		r = choose(g, here, set);
	if (!r && !(super->flags & AFAR_SUPER_HOLD && super->hold == *set))
		r = record(g, *set);
	if (!r)
		take_effect(g, *set);
	else
		take_effect(g, g->stage.hold);
	mutex_unlock(&g->journal.super_lock);
out:
	mutex_unlock(&g->lock);
	if (!r)
		afar_group_event(g);
	return r;
}

/**
 * afar_hold_end() - commits go on, durably
 * @g:    the group; its lock is held
 * @what: for the log
 *
 * Return: 0, also when there is no hold; -EBUSY: a volume is open; -ENODEV: one is missing; -EIO.
 */
int afar_hold_end(struct afar_group *g, const char *what)
{
	int r;

	if (g->stage.held == AFAR_HOLD_NONE)
		return 0;
	r = leave(g, what);
	if (r)
		return r;
	mutex_lock(&g->journal.super_lock);
	r = record(g, U64_MAX);
	if (!r)
		take_effect(g, U64_MAX);
	mutex_unlock(&g->journal.super_lock);
	if (r) {
		afar_err(g, "%s: failed (%pe)", what, ERR_PTR(r));
		return r;
	}
	afar_info(g, "%s: the hold ends, complete sets are committed", what);
	afar_group_event(g);
	return 0;
}

/**
 * afar_release() - end a hold and catch up
 * @g: the group
 *
 * Return: as afar_hold_end().
 */
int afar_release(struct afar_group *g)
{
	int r = -EAGAIN;

	mutex_lock(&g->lock);
	if (!g->active || READ_ONCE(g->suspending))
		afar_err(g, "release: the group is suspended");
	else
		r = afar_hold_end(g, "release");
	mutex_unlock(&g->lock);
	return r;
}
