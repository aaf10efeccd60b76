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

/* A message may wait so long. */
#define ALONE_MAX	(10 * HZ)

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

/**
 * afar_role_generation() - of the chunk map, as the peer is to judge it (R9)
 * @g: the group
 *
 * Where the term went on it is that of the crash, or of the start, until a peer has judged it: what
 * was written since must not make up for what the journal lacks.
 */
u64 afar_role_generation(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;

	return super->role == AFAR_PRIMARY && super->left_generation ?
	       super->left_generation : afar_chunkmap_generation(&g->map);
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

/**
 * afar_role_met() - a peer has judged where a term that went on has started (R9)
 * @g: the group
 *
 * From here on it hears of what came since: durably, before it does.
 *
 * Return: 0; a negative errno.
 */
int afar_role_met(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (super->left_generation || super->left_seq) {
		super->left_generation = 0;
		super->left_seq = 0;
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
	struct afar_super_info *super = &j->super, *was;
	bool first = !(super->flags & AFAR_SUPER_TERM);
	struct afar_cut left = g->stage.tracker.committed;
	struct afar_uuid id;
	bool forked;
	int r;

	mutex_lock(&j->super_lock);
	was = kmemdup(super, sizeof(*super), GFP_NOIO);
	r = was ? name_things(g) : -ENOMEM;
	if (!r)
		r = afar_table_promote(g, equal);
	if (r)
		goto out;
	forked = super->role == AFAR_SECONDARY && !first;
	if (super->role == AFAR_PRIMARY)
		left = (struct afar_cut){ AFAR_LEFT_OPEN, afar_role_generation(g), 0 };
	get_random_bytes(&id, sizeof(id));
	afar_term_raise(super, &id, &left, afar_now());
	super->flags |= equal ? AFAR_SUPER_EQUAL : AFAR_SUPER_RESYNC;
	super->role = AFAR_PRIMARY;
	/* who was put back is to follow this history now */
	if (super->peer_generation == AFAR_GONE_BACK) {
		super->peer_generation = 0;
		memset(&super->peer_journal, 0, sizeof(super->peer_journal));
		WRITE_ONCE(g->stage.map_generation, 0);
	}
	afar_journal_empty(j);
	r = afar_journal_write_supers(g);
	/* a term that the disk may not know is told to nobody */
	if (r)
		*super = *was;
out:
	if (r && was)
		super->group = was->group;
	mutex_unlock(&j->super_lock);
	kfree(was);
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
	super->left_generation = afar_role_generation(g);
	super->left_seq = super->left_seq ?: max(super->next_seq, 1ULL);
	/* the spool counts its room from the tail on (R11) */
	afar_journal_empty(&g->journal);
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
	if (s->marked == AFAR_NO_CUT)
		afar_err(g, "promote: this node has no cut: a sync from the primary has not ended; let it end, or say 'promote force no-cut' to serve what is here");
	else
		afar_err(g, "promote: this node has no cut: it went down in the middle of a commit and is at set %llu, or anywhere up to %llu; connect it to the primary, or say 'promote force no-cut' to serve that image",
			 s->tracker.committed.set, s->marked);
	return false;
}

/* May a promotion go ahead, and how? Lock held. Says in the log why not. */
static int check_promote(struct afar_group *g, bool force, bool equal, bool torn)
{
	const struct afar_super_info *super = &g->journal.super;
	char missing[64];

	if (!g->active || READ_ONCE(g->suspending)) {
		afar_err(g, "promote: the group is suspended");
		return -EAGAIN;
	}
	if (READ_ONCE(g->journal.failed)) {
		afar_err(g, "promote: the journal has failed");
		return -EIO;
	}
	if (afar_volumes_missing(g) || !afar_volumes_count(g)) {
		afar_volumes_list_missing(g, missing, sizeof(missing));
		afar_err(g, "promote: %u volumes of the volume table are not attached with their length (%s): create them, or load lines as long as the primary's",
			 afar_volumes_missing(g) ?: 1, missing);
		return -ENODEV;
	}
	if (afar_volumes_longer(g, "promote"))
		return -EINVAL;
	if (afar_uuid_none(&super->group) && !afar_uuid_none(&g->options.group)) {
		afar_err(g, "promote: the journal is of no group yet, so this would begin another one than %pUb, which the table line names: to do that, take the word away",
			 &g->options.group);
		return -EPERM;
	}
	if (!check_cut(g, torn))
		return -ENODATA;
	/* said again after a crash, it would forget what was written since it was true */
	if (equal && super->role == AFAR_PRIMARY && !force) {
		afar_err(g, "promote: this node was primary before, and the peer may not have all of it: say 'promote', or 'promote force assume-equal' if you know that it has");
		return -EPERM;
	}
	/* it has dialled, so it serves */
	if (super->role == AFAR_PRIMARY && !force && READ_ONCE(g->link.rival)) {
		afar_err(g, "promote: the peer was primary when it dialled last: this node follows it by itself, or after 'discard-history'; 'promote force' serves this one's history beside it");
		return -EPERM;
	}
	/* in a new group nobody ever was; else that the origins are equal does not say who is */
	if (super->role == AFAR_PRIMARY || force || !(super->flags & AFAR_SUPER_TERM))
		return 0;
	if (super->flags & AFAR_SUPER_GRANTED)
		return 0;
	afar_err(g, "promote: the peer may be primary; if it is not, say 'promote force%s': sets that are not complete here are dropped",
		 equal ? " assume-equal" : "");
	return -EPERM;
}

/* Does it depend on the operator's word that nobody else serves? */
static bool takes_word(const struct afar_super_info *super)
{
	return super->role == AFAR_SECONDARY && super->flags & AFAR_SUPER_TERM &&
	       !(super->flags & AFAR_SUPER_GRANTED);
}

static int check_alone(struct afar_group *g)
{
	if (!READ_ONCE(g->link.live))
		return 0;
	afar_err(g, "promote: the primary is connected: say 'demote' there, then 'promote' here; if nobody can, cut the link; if it has just died, say it again when the link is not live any more");
	return -EBUSY;
}

/*
 * Who is heard is not dead, whatever the operator has been told; who has died is not heard for
 * timeout_ms, and a little. The group is not locked: the link has to be able to go.
 */
static int wait_alone(struct afar_group *g)
{
	/* what had come before it died is still taken in meanwhile, on each lane */
	unsigned long silence = msecs_to_jiffies(g->options.value[AFAR_KNOB_TIMEOUT]) / 2 * 3 +
				HZ / 2;
	long left = wait_event_interruptible_timeout(g->link.wait, !READ_ONCE(g->link.live) ||
						     READ_ONCE(g->suspending),
						     min_t(unsigned long, silence, ALONE_MAX));

	if (left < 0)
		return -EINTR;
	return READ_ONCE(g->suspending) ? 0 : check_alone(g);
}

/**
 * afar_promote() - become primary
 * @g:     the group
 * @force: though the peer may hold more
 * @equal: the operator declares that the origins of both nodes are equal
 * @torn:  though the origins may be at no cut
 *
 * On a node that was primary before a crash or restart, resumes the role. On a secondary, complete
 * sets are committed first, up to the first that is not complete; the rest is dropped. By force
 * only if no primary is connected, which takes a moment to find out where one has just died.
 *
 * Return: 0, also when it is primary already; -EBUSY: one is connected, or a volume is open;
 * another negative errno. The kernel log says why.
 */
int afar_promote(struct afar_group *g, bool force, bool equal, bool torn)
{
	struct afar_super_info *super = &g->journal.super;
	bool clean, left;
	int r;

	mutex_lock(&g->lock);
	if (g->running) {
		mutex_unlock(&g->lock);
		return 0;
	}
	r = check_promote(g, force, equal, torn);
	if (!r && takes_word(super)) {
		mutex_unlock(&g->lock);
		r = wait_alone(g);
		mutex_lock(&g->lock);
		if (!r && !g->running)
			r = check_promote(g, force, equal, torn) ?: check_alone(g);
	}
	if (r || g->running)
		goto out;
	WRITE_ONCE(g->discard, false);
	if (super->role == AFAR_SECONDARY)
		r = afar_hold_end(g, "promote");
	if (r)
		goto out;
	afar_link_stop(g);
	/* no lane is about to make a secondary of it any more */
	WRITE_ONCE(g->closing, false);
	/* a session may have begun until now, with a primary that is one again */
	r = check_promote(g, force, equal, torn);
	if (!r && super->role == AFAR_SECONDARY) {
		afar_journal_drain(g);
		WRITE_ONCE(g->stage.forced, force);
		r = afar_committer_finish(g, NULL);
		if (r != -EINPROGRESS)
			WRITE_ONCE(g->stage.forced, false);
		/* only now it is known what is damaged, and which volumes there are */
		if (!r && !check_cut(g, torn))
			r = -ENODATA;
		if (!r && afar_volumes_longer(g, "promote"))
			r = -EINVAL;
	}
	clean = super->role == AFAR_PRIMARY && super->flags & AFAR_SUPER_CLEAN && !equal;
	if (!afar_rule(AFAR_RULE_NEW_TERM) && super->role == AFAR_PRIMARY)
		clean = true;
	left = super->role == AFAR_PRIMARY && !clean && !equal &&
	       !(super->flags & AFAR_SUPER_RESYNC) && afar_spool_left(g);
	if (!left)
		afar_spool_end(g);
	/* what this node was until now is behind what the peer will hear of it (R9) */
	if (!r && super->role == AFAR_SECONDARY)
		r = afar_chunkmap_raise(g, 0);
	/* before the term says that it serves: nobody knows what the peer has */
	if (!r && !equal && super->role == AFAR_SECONDARY &&
	    (afar_stage_lost(&g->stage) || super->peer_generation == AFAR_GONE_BACK))
		r = afar_chunkmap_fill(g);
	if (!r)
		r = left ? go_on_left(g) : clean ? go_on(g) : raise_term(g, equal);
	/* the term says so, durably: now the bits may go */
	if (!r && equal)
		r = afar_chunkmap_wipe(g, true);
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
		afar_verify_go_on(g);
		afar_volumes_set_ro(g, false);
	} else if (r == -EINPROGRESS) {
		afar_err(g, "promote: complete sets are still being committed; say it again");
	} else {
		afar_err(g, "promote: failed (%pe)", ERR_PTR(r));
	}
	afar_link_restart(g);
out:
	mutex_unlock(&g->lock);
	afar_group_event(g);
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
 * Sets that are complete are committed first: the primary may have said that they are safe. What
 * else is staged will never be, and is given up.
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
	bool promised;
	int r;

	r = afar_committer_finish(g, &g->link.stopping);
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
	/* behind a hold; of a ring in memory only what is committed was */
	promised = g->stage.tracker.replicated.set > left.set && !afar_super_in_memory(super);
	mutex_unlock(&g->stage.lock);
	if (promised) {
		mutex_unlock(&j->super_lock);
		return AFAR_BYE_HELD;
	}
	super->committing = afar_stage_torn(&g->stage) ? g->stage.marked : 0;
	afar_term_follow(super, term, &left, afar_now());
	afar_journal_empty(j);
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
		afar_journal_empty(j);
		memset(&super->committed, 0, sizeof(super->committed));
		afar_stage_new_term(g);
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&j->super_lock);
	if (!r)
		r = afar_chunkmap_wipe(g, false);
	if (r)
		return r;
	afar_volumes_recount(g);
	afar_info(g, "term %llu of the peer is followed from its beginning", term->counter);
	return 0;
}
