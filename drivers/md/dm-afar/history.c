// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: coming back
 * A node that was primary, and finds that its peer is primary now, in another term. If the peer's
 * history has all that this node ever wrote (it was stopped cleanly, before the peer was promoted;
 * or nothing is set in its chunk map) it becomes secondary by itself. Else there are two histories,
 * and the operator ends that, by 'discard-history' on the node that gives up its own: it is marked,
 * durably, as one whose image is none of the other history. It differs where its chunk map or the
 * peer's says so, which is what it gets (differs.c).
 *
 * That happens when the peer dials, and says that it is primary: a node that has just dialled does
 * not answer another one's dialling meanwhile (link.beginning), so that not both give up.
 */
#include <linux/device-mapper.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "core/term.h"
#include "group.h"

/* A message may wait so long. */
#define DISCARD_MAX	(10 * HZ)

/*
 * From here on this node is secondary, durably, at @cut; or, where it gives something up, at that
 * but for its set bits. Super lock held.
 */
static int record(struct afar_group *g, int common, const struct afar_cut *cut, bool gives_up,
		  u64 generation)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_super_info *was = kmemdup(super, sizeof(*super), GFP_NOIO);
	int r;

	if (!was)
		return -ENOMEM;
	afar_history_give_up(super, common, generation);
	super->role = AFAR_SECONDARY;
	afar_super_end_verify(super);
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC |
			  AFAR_SUPER_HOLD | AFAR_SUPER_GRANTED);
	if (gives_up)
		super->flags |= AFAR_SUPER_DISCARDED;
	super->committed = *cut;
	super->committing = gives_up ? AFAR_NO_CUT : 0;
	if (!gives_up)
		super->left_generation = 0;
	afar_journal_empty(&g->journal);
	r = afar_journal_write_supers(g);
	/* which of the two it is then the disk knows */
	if (r)
		*super = *was;
	kfree(was);
	return r;
}

/*
 * A resync set that was made for what this node gave up before does not do (is_elsewhere()), should
 * it have been put back since, neither; and whatever the peer knew of its map is over.
 */
static u64 another_generation(struct afar_group *g, const struct afar_hello_info *theirs)
{
	u64 known = 0;

	if (afar_uuid_equal(&theirs->peer_journal, &g->journal.super.journal) &&
	    theirs->peer_generation < AFAR_GONE_BACK / 2)
		known = theirs->peer_generation;
	return max(known, afar_chunkmap_generation(&g->map)) + get_random_u32();
}

/*
 * Before anything is given up: how far the map was, which tells whether it was put back; and
 * whether it says what this node has and the peer has not, while it is known which image it went
 * on from.
 */
static int settle_map(struct afar_group *g, const struct afar_hello_info *theirs,
		      const struct afar_term *term)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_map_base base = afar_chunkmap_base(&g->map);
	u64 generation = afar_role_generation(g);
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (super->left_generation != generation) {
		super->left_generation = generation;
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&g->journal.super_lock);
	if (!r && !afar_history_covered(super, &base, theirs, term))
		r = afar_chunkmap_fill(g);
	return r ?: afar_chunkmap_raise(g, another_generation(g, theirs));
}

/* It goes back to @cut; is there something behind that it gives up? */
static int become_secondary(struct afar_group *g, int common, const struct afar_cut *cut,
			    bool gives_up)
{
	u64 generation = afar_role_generation(g);
	int r;

	mutex_lock(&g->journal.super_lock);
	r = record(g, common, cut, gives_up, generation);
	if (!r) {
		afar_stage_become(g);
		/* the peer has what the bits stand for; else they are told */
		if (!gives_up)
			r = afar_chunkmap_wipe(g, false);
		afar_chunkmap_begin(g, AFAR_MAP_NEVER);
	}
	mutex_unlock(&g->journal.super_lock);
	if (r)
		return r;
	afar_spool_end(g);
	afar_volumes_set_ro(g, true);
	return 0;
}

/* @table: the peer's volume table */
static bool is_contained(struct afar_group *g, const struct afar_super_info *mine,
			 const struct afar_hello_info *theirs,
			 const struct afar_table_entry *table, struct afar_cut *cut)
{
	struct afar_map_base base = afar_chunkmap_base(&g->map);
	u64 dirty, total;

	afar_chunkmap_count(g, &dirty, &total);
	/* what the peer never had needs no bits, and with a volume go its bits */
	if (READ_ONCE(g->outside) || !afar_tables_equal(g->journal.table, table, false))
		dirty++;
	return afar_history_contained(mine, &base, dirty, afar_role_generation(g), theirs, cut);
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
	r = become_secondary(g, 0, cut, false);
	if (!r)
		afar_info(g, "the peer is primary, and has all that this node ever wrote: secondary from here on, at set %llu",
			  cut->set);
	return r ? r : 1;
}

/* Lock held. */
static int discard(struct afar_group *g, const struct afar_hello_info *theirs,
		   const struct afar_term *term)
{
	struct afar_cut cut;
	int common, r;

	common = afar_history_fork(&g->journal.super, term, &theirs->chain, &cut);
	if (common < 0) {
		afar_err(g, "discard-history: the nodes have no term in common that they remember: make this one anew");
		return -ESTALE;
	}
	r = settle_map(g, theirs, term) ?: become_secondary(g, common, &cut, true);
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
 * @table:  its volume table
 *
 * Context: a lane's thread, in the handshake.
 *
 * Return: 1: it is, judge again; 0: no; -EBUSY: not now; a negative errno.
 */
int afar_history_return(struct afar_group *g, const struct afar_super_info *mine,
			const struct afar_hello_info *theirs, const struct afar_term *term,
			const struct afar_table_entry *table)
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
	else if (is_contained(g, mine, theirs, table, &cut))
		r = follow(g, &cut);
	else if (READ_ONCE(g->discard))
		r = discard(g, theirs, term);
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
	bool discarded = READ_ONCE(g->journal.super.flags) & AFAR_SUPER_DISCARDED;

	/* with the flag they say where it differs; without it any that are left do no harm */
	afar_journal_clear_flag(g, AFAR_SUPER_DISCARDED);
	if (discarded)
		afar_chunkmap_wipe(g, false);
}
