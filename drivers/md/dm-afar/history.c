// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: coming back
 * A node that was primary, and finds that its peer is primary now, in another term. If the peer's
 * history has all that this node ever wrote (it was stopped cleanly, before the peer was promoted)
 * it becomes secondary by itself. Else there are two histories, and the operator ends that, by
 * 'discard-history' on the node that gives up its own: it is marked, durably, as one whose image
 * nobody knows, and gets all that differs, found by comparing hashes.
 *
 * That happens when the peer dials, and says that it is primary: a node that has just dialled does
 * not answer another one's dialling meanwhile (link.beginning), so that not both give up.
 */
#include <linux/device-mapper.h>
#include <linux/slab.h>
#include "core/term.h"
#include "group.h"

/* A message may wait so long. */
#define DISCARD_MAX	(10 * HZ)

/* From here on this node is secondary, durably. Super lock held. */
static int record(struct afar_group *g, int common, const struct afar_cut *cut)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_super_info *was = kmemdup(super, sizeof(*super), GFP_NOIO);
	struct afar_cut none = {};
	int r;

	if (!was)
		return -ENOMEM;
	afar_history_give_up(super, common);
	super->role = AFAR_SECONDARY;
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC |
			  AFAR_SUPER_HOLD | AFAR_SUPER_GRANTED);
	if (!cut)
		super->flags |= AFAR_SUPER_DISCARDED;
	super->committed = cut ? *cut : none;
	super->committing = cut ? 0 : AFAR_NO_CUT;
	super->left_generation = 0;
	afar_journal_empty(&g->journal);
	r = afar_journal_write_supers(g);
	/* which of the two it is then the disk knows */
	if (r)
		*super = *was;
	kfree(was);
	return r;
}

/* What it was has no name any more, unless @cut says that the peer has all of it. */
static int give_up(struct afar_group *g, int common, const struct afar_cut *cut)
{
	int r;

	mutex_lock(&g->journal.super_lock);
	r = record(g, common, cut);
	if (!r) {
		afar_stage_become(g);
		/* what the bits stood for is known: nothing, or everything */
		r = afar_chunkmap_wipe(g);
		afar_chunkmap_begin(g, AFAR_MAP_NEVER);
	}
	mutex_unlock(&g->journal.super_lock);
	if (r)
		return r;
	afar_spool_end(g);
	afar_volumes_set_ro(g, true);
	return 0;
}

/* Does the peer's history have all of this node's? Then this is the cut at which it stands. */
static bool contained(const struct afar_super_info *mine, const struct afar_hello_info *theirs,
		      struct afar_cut *cut)
{
	u32 i;

	if (!(mine->flags & AFAR_SUPER_CLEAN) || mine->flags & AFAR_SUPER_RESYNC)
		return false;
	*cut = (struct afar_cut){ max(mine->next_set, 1ULL) - 1, max(mine->next_seq, 1ULL) - 1, 0 };
	for (i = 0; i < theirs->chain.count; i++)
		if (afar_term_equal(&theirs->chain.entry[i].term, &mine->term))
			/* had the peer more of it, this node would have been put back (R9) */
			return theirs->chain.entry[i].left_set == cut->set &&
			       theirs->chain.entry[i].left_seq == cut->seq;
	return false;
}

/* Where the histories part, for who has to decide. */
static void note_fork(struct afar_group *g, const struct afar_super_info *mine,
		      const struct afar_hello_info *theirs)
{
	struct afar_chain_entry fork = {};
	u32 i;

	for (i = 0; i < theirs->chain.count && !fork.term.counter; i++)
		if (afar_term_equal(&theirs->chain.entry[i].term, &mine->term))
			fork = theirs->chain.entry[i];
	for (i = 0; i < mine->chain.count && !fork.term.counter; i++)
		if (mine->chain.entry[i].left_set != AFAR_LEFT_OPEN)
			fork = mine->chain.entry[i];
	spin_lock(&g->link.lock);
	g->link.fork = fork;
	spin_unlock(&g->link.lock);
}

/* Whether one is open that is not attached nobody knows. */
static bool nobody_looks(struct afar_group *g)
{
	/* one that stops right now is counted only when it has */
	afar_volumes_recount(g);
	return !afar_volumes_missing(g) && !afar_volumes_open(g);
}

/*
 * Its image is about to become another one: nobody may have anything of it cached. From the flag on
 * nothing is read, so what can be is gone when nobody has a volume open. Lock held.
 */
static bool close_image(struct afar_group *g)
{
	if (READ_ONCE(g->closing))
		return true;
	if (!nobody_looks(g))
		return false;
	WRITE_ONCE(g->closing, true);
	/* pairs with the open before a read: one of us sees the other */
	smp_mb();
	if (nobody_looks(g))
		return true;
	WRITE_ONCE(g->closing, false);
	return false;
}

/* The peer has all that this node has: if nobody looks at it, it follows; or -EBUSY. Lock held. */
static int follow(struct afar_group *g, const struct afar_cut *cut)
{
	int r;

	if (!close_image(g)) {
		/* the peer dials again and again */
		if (!g->told_open && !afar_volumes_missing(g))
			g->told_open = afar_volumes_closed(g, "this node would follow the peer");
		return -EBUSY;
	}
	g->told_open = false;
	r = give_up(g, 0, cut);
	if (!r)
		afar_info(g, "the peer is primary, and has all that this node ever wrote: secondary from here on, at set %llu",
			  cut->set);
	return r ? r : 1;
}

/* Lock held. */
static int discard(struct afar_group *g, int common)
{
	int r;

	if (common < 0) {
		afar_err(g, "discard-history: the nodes have no term in common that they remember: make this one anew");
		return -ESTALE;
	}
	r = give_up(g, common, NULL);
	if (!r)
		afar_warn(g, "discard-history: this node's own history is given up; it gets what differs");
	return r ? r : 1;
}

/**
 * afar_history_return() - a primary dials a node that was one: is that to become its secondary?
 * @g:      the group; link.beginning is the caller's
 * @mine:   its superblock, as it was judged
 * @theirs: the peer's HELLO
 * @term:   its term
 *
 * Context: a lane's thread, in the handshake.
 *
 * Return: 1: it is, judge again; 0: no; -EBUSY: not now; a negative errno.
 */
int afar_history_return(struct afar_group *g, const struct afar_super_info *mine,
			const struct afar_hello_info *theirs, const struct afar_term *term)
{
	struct afar_cut cut;
	int r = 0;

	if (mine->role != AFAR_PRIMARY || theirs->role != AFAR_PRIMARY)
		return 0;
	note_fork(g, mine, theirs);
	if (READ_ONCE(g->running) || afar_hello_gone_back(mine, theirs))
		return 0;
	/* who holds it may wait for this very thread; the peer dials again */
	if (!mutex_trylock(&g->lock))
		return -EBUSY;
	/* @mine was judged before */
	if (g->running || READ_ONCE(g->suspending) || g->journal.super.role != mine->role ||
	    g->journal.super.flags != mine->flags)
		r = -EBUSY;
	else if (contained(mine, theirs, &cut))
		r = follow(g, &cut);
	else if (READ_ONCE(g->discard))
		r = discard(g, afar_history_common(mine, term, &theirs->chain));
	if (!r || r == -EBUSY)
		goto out;
	WRITE_ONCE(g->discard, false);
	if (r < 0)
		WRITE_ONCE(g->closing, false);
	wake_up_all(&g->link.wait);
	afar_group_event(g);
out:
	mutex_unlock(&g->lock);
	return r;
}

static int check_closed(struct afar_group *g)
{
	afar_volumes_recount(g);
	return afar_volumes_attached(g, "discard-history") ?:
	       afar_volumes_closed(g, "discard-history");
}

/* The application stops here. Lock held. */
static int stop_running(struct afar_group *g)
{
	int r;

	afar_volumes_wait_closed(g);
	if (!g->running && close_image(g))
		return 0;
	r = check_closed(g);
	if (!r && !g->running) {
		afar_err(g, "discard-history: a volume was open until now; say it again");
		r = -EBUSY;
	}
	if (!r)
		r = afar_volumes_shut(g, "discard-history");
	if (r)
		return r;
	WRITE_ONCE(g->closing, true);
	WRITE_ONCE(g->running, false);
	/* pairs with the open before a read, see close_image() */
	smp_mb();
	r = check_closed(g);
	if (r) {
		WRITE_ONCE(g->running, true);
		WRITE_ONCE(g->closing, false);
		afar_volumes_set_ro(g, false);
		return r;
	}
	spin_lock_irq(&g->stream.lock);
	g->stream.mode = AFAR_MODE_OFF;
	spin_unlock_irq(&g->stream.lock);
	afar_verify_stop(g, "this node is not primary any more");
	afar_stream_halt(g);
	afar_stream_end(g);
	r = afar_link_restart(g);
	if (r)
		WRITE_ONCE(g->closing, false);
	return r;
}

/**
 * afar_discard_history() - in a split brain, give up what this node has and its peer has not
 * @g: the group
 *
 * It happens when the peer dials next, which is waited for; if that takes longer than a message may
 * it happens later, unless this node is promoted before.
 *
 * Return: 0, also on a secondary; -EINPROGRESS: when the peer dials; -EBUSY: a volume is open;
 * -ENODEV: one is missing; -ENODATA: there is no split brain; -EAGAIN, -EIO, -EINTR. The kernel
 * log says why.
 */
int afar_discard_history(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	long left;
	int r = 0;

	mutex_lock(&g->lock);
	if (super->role == AFAR_SECONDARY)
		goto out;
	if (!g->active || READ_ONCE(g->suspending)) {
		afar_err(g, "discard-history: the group is suspended");
		r = -EAGAIN;
	} else if (READ_ONCE(g->journal.failed)) {
		afar_err(g, "discard-history: the journal has failed");
		r = -EIO;
	} else if (READ_ONCE(g->link.reason) != AFAR_BYE_SPLIT && !READ_ONCE(g->discard)) {
		afar_err(g, "discard-history: the link is not in split-brain");
		r = -ENODATA;
	} else {
		r = stop_running(g);
	}
	if (!r)
		WRITE_ONCE(g->discard, true);
out:
	mutex_unlock(&g->lock);
	if (r || super->role == AFAR_SECONDARY)
		return r;
	left = wait_event_interruptible_timeout(g->link.wait, !READ_ONCE(g->discard) ||
						READ_ONCE(g->suspending), DISCARD_MAX);
	if (left < 0)
		return -EINTR;
	if (READ_ONCE(g->discard)) {
		afar_err(g, "discard-history: the peer has not dialled yet; it happens when it does");
		return -EINPROGRESS;
	}
	return super->role == AFAR_SECONDARY ? 0 : -EIO;
}

/** afar_history_ends() - the image is one of the primary's history again. Context: the committer */
void afar_history_ends(struct afar_group *g)
{
	afar_journal_clear_flag(g, AFAR_SUPER_DISCARDED);
}
