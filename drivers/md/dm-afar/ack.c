// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what the peer has
 * From SHIPPING on: what a lane has sent, or gives back; what the peer says is DURABLE, and how
 * much more it takes; and, when a session begins, whether the stream goes on from where it stands.
 */
#include <linux/slab.h>
#include "group.h"
#include "trace.h"

/* Numbers looked at under one hold of the lock. */
#define ACK_PIECE	1024

static void unready(struct afar_stream *s, struct afar_write *w)
{
	if (w->state == AFAR_WRITE_READY && w->cmd.set <= s->credit)
		s->readies--;
}

/* A command is safe: out of the window. Lock held; the caller frees those on @freed later. */
static void retire(struct afar_stream *s, struct afar_write *w, struct list_head *freed)
{
	*afar_stream_slot(s, w->cmd.seq) = NULL;
	unready(s, w);
	afar_stream_uncharge(s, w, w->charge);
	list_move_tail(&w->list, freed);
}

/** afar_stream_final() - does what the peer says of a number free its copy? Lock held. */
bool afar_stream_final(const struct afar_stream *s, u64 seq)
{
	return !s->keep || seq <= s->committed.seq;
}

/* A command is DURABLE, which says little of a peer whose ring is in memory. Lock held. */
static void arrived(struct afar_stream *s, struct afar_write *w, struct list_head *freed)
{
	if (afar_stream_final(s, w->cmd.seq)) {
		retire(s, w, freed);
		return;
	}
	if (w->state == AFAR_WRITE_KEPT)
		return;
	unready(s, w);
	w->state = AFAR_WRITE_KEPT;
	list_move_tail(&w->list, &s->kept);
}

/** afar_stream_move_base() - pass over what is not in memory any more. Lock held. */
void afar_stream_move_base(struct afar_stream *s)
{
	while (s->base < s->sets.next && !*afar_stream_slot(s, s->base))
		s->base++;
}

/** afar_stream_free_list() - free what has left the window, without the lock */
void afar_stream_free_list(struct afar_group *g, struct list_head *freed)
{
	struct afar_write *w, *next;

	list_for_each_entry_safe(w, next, freed, list) {
		list_del(&w->list);
		afar_write_free(g, w);
	}
	/* what a lane had may go to the spool now; with all writes parked nobody else asks */
	if (afar_spool_wanted(g))
		queue_work(g->spool_wq, &g->stream.spool.work);
	if (!bio_list_empty(&g->stream.parked))
		queue_work(g->wq, &g->stream.work);
	if (afar_resync_reads(&g->stream.resync) ||
	    READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY)
		afar_resync_kick(&g->stream.resync);
}

/**
 * afar_stream_sent() - a batch has gone out
 * @lane:  over this lane, which keeps it until it is DURABLE
 * @batch: what afar_stream_take() gave
 */
void afar_stream_sent(struct afar_lane *lane, struct list_head *batch)
{
	struct afar_group *g = lane->group;
	struct afar_stream *s = &g->stream;
	struct afar_write *w, *next;
	LIST_HEAD(freed);

	spin_lock_irq(&s->lock);
	list_for_each_entry_safe(w, next, batch, list) {
		if (w->acked) {
			arrived(s, w, &freed);
			continue;
		}
		w->state = AFAR_WRITE_SENT;
		w->lane = lane->number;
		list_move_tail(&w->list, &lane->sent);
	}
	afar_stream_move_base(s);
	spin_unlock_irq(&s->lock);
	afar_stream_free_list(g, &freed);
}

/**
 * afar_stream_give_back() - a lane has died: what it took or sent is to be shipped again
 * @lane:  the lane
 * @batch: what it was at work on
 */
void afar_stream_give_back(struct afar_lane *lane, struct list_head *batch)
{
	struct afar_group *g = lane->group;
	struct afar_stream *s = &g->stream;
	struct afar_write *w, *next;
	LIST_HEAD(freed);

	spin_lock_irq(&s->lock);
	list_splice_tail_init(batch, &lane->sent);
	list_for_each_entry_safe_reverse(w, next, &lane->sent, list) {
		if (w->acked) {
			arrived(s, w, &freed);
			continue;
		}
		w->state = AFAR_WRITE_READY;
		/* within a session the credit never goes back, so it fits still */
		list_move(&w->list, &s->ready);
		afar_stream_count_ready(s);
	}
	afar_stream_move_base(s);
	afar_spool_unsent(g, lane->number);
	spin_unlock_irq(&s->lock);
	afar_stream_free_list(g, &freed);
	afar_stream_wake_lanes(s);
}

/* More credit: what waited for it may go. Lock held. */
static void set_credit(struct afar_stream *s, u64 credit)
{
	struct afar_write *w, *next;

	if (credit <= s->credit)
		return;
	s->credit = credit;
	list_for_each_entry_safe(w, next, &s->beyond, list) {
		if (w->cmd.set > credit)
			continue;
		list_move_tail(&w->list, &s->ready);
		afar_stream_count_ready(s);
	}
}

/* A session begins: the credit is what the peer says now, be it less. Lock held. */
static void reset_credit(struct afar_stream *s, u64 credit)
{
	struct afar_write *w, *next;

	list_for_each_entry_safe(w, next, &s->ready, list) {
		if (w->cmd.set <= credit)
			continue;
		list_move_tail(&w->list, &s->beyond);
		s->readies--;
	}
	s->credit = min(s->credit, credit);
	set_credit(s, credit);
}

/* The peer's ring is in memory, and may be a new one: what it does not list is sent again. */
static void take_back(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_write *w, *next;

	/* in front, the oldest first: sets are completed in this order */
	list_for_each_entry_safe_reverse(w, next, &s->kept, list) {
		w->state = AFAR_WRITE_READY;
		w->acked = false;
		if (w->cmd.set > s->credit) {
			list_move(&w->list, &s->beyond);
		} else {
			list_move(&w->list, &s->ready);
			afar_stream_count_ready(s);
		}
	}
	afar_spool_take_back(g);
}

/* Lock held. */
static void durable(struct afar_group *g, u64 first, u64 last, struct list_head *freed)
{
	struct afar_stream *s = &g->stream;
	u64 seq;

	last = min(last, s->sets.next - 1);
	if (first < s->base)
		afar_spool_ack(g, first, min(last, s->base - 1));
	for (seq = max(first, s->base); seq <= last; seq++) {
		struct afar_write *w = *afar_stream_slot(s, seq);

		if (!w || w->state == AFAR_WRITE_LOCAL)
			continue;
		if (w->state == AFAR_WRITE_SHIPPING || w->state == AFAR_WRITE_SPOOLING)
			w->acked = true;
		else
			arrived(s, w, freed);
	}
}

/* The same in pieces: interrupts wait for none of them long, however much the peer says at once. */
static void durable_range(struct afar_group *g, u64 first, u64 last, struct list_head *freed)
{
	struct afar_stream *s = &g->stream;

	while (first <= last) {
		u64 end;

		spin_lock_irq(&s->lock);
		end = min(last, max(first, s->base) + ACK_PIECE - 1);
		durable(g, first, end, freed);
		afar_stream_move_base(s);
		spin_unlock_irq(&s->lock);
		first = end + 1;
		cond_resched();
	}
}

static const char *check_cuts(struct afar_stream *s, const struct afar_ack_info *ack, bool keep)
{
	if (ack->replicated > s->sets.closed.set || ack->replicated_seq >= s->sets.next)
		return "replicated beyond what was sent";
	if (ack->committed > ack->replicated)
		return "committed beyond replicated";
	if (keep && ack->replicated != ack->committed)
		return "replicated in a ring in memory";
	return NULL;
}

/* What comes over one lane may have overtaken what comes over another: cuts never go back here. */
static bool move_cuts(struct afar_stream *s, const struct afar_ack_info *ack)
{
	bool moved = false;

	if (ack->replicated > s->replicated.set) {
		s->replicated.set = ack->replicated;
		s->replicated.seq = ack->replicated_seq;
		s->replicated.time = s->sets.closed.set - ack->replicated < AFAR_TIMES ?
				     s->set_close[ack->replicated % AFAR_TIMES] : 0;
		moved = true;
	}
	if (ack->committed > s->committed.set) {
		s->committed.set = ack->committed;
		s->committed.seq = ack->committed_seq;
		afar_changes_drop(&s->changes, ack->committed_seq);
		moved = true;
	}
	return moved;
}

/* All of it, before any of it is believed: numbers only grow, so it holds from here on. */
static const char *check_ack(struct afar_stream *s, const struct afar_ack_info *ack,
			     const void *block, unsigned int ranges)
{
	u64 first, last, next, sum = 0;
	const char *why;
	unsigned int i;

	spin_lock_irq(&s->lock);
	next = s->sets.next;
	why = check_cuts(s, ack, s->keep);
	spin_unlock_irq(&s->lock);
	for (i = 0; i < ranges && !why; i++) {
		why = afar_range_get(block, sizeof(struct afar_ack), i, &first, &last);
		if (!why && last >= next && !READ_ONCE(s->restored))
			why = "number acknowledged that was never given out";
		/* each is said once, or, after a loss, once more: no more than two windows */
		sum += last - first + 1;
		if (!why && sum > 2 * AFAR_WINDOW)
			why = "more acknowledged than can be under way";
	}
	return why;
}

/* What a peer has beyond what was restored is of no interest, see spool_replay.c. */
static struct afar_ack_info known(const struct afar_stream *s, const struct afar_ack_info *ack)
{
	const struct afar_cut *closed = &s->sets.closed;
	struct afar_ack_info info = *ack;

	if (!READ_ONCE(s->restored))
		return info;
	if (info.replicated > closed->set) {
		info.replicated = closed->set;
		info.replicated_seq = closed->seq;
	}
	if (info.committed > closed->set) {
		info.committed = closed->set;
		info.committed_seq = closed->seq;
	}
	return info;
}

/**
 * afar_stream_ack() - the peer has said what it has
 * @g:      the group
 * @said:   fixed part
 * @block:  the message, with its ranges
 * @ranges: how many
 *
 * Return: NULL, or what is wrong with it; nothing has changed then.
 */
const char *afar_stream_ack(struct afar_group *g, const struct afar_ack_info *said,
			    const void *block, unsigned int ranges)
{
	struct afar_stream *s = &g->stream;
	struct afar_ack_info info = known(s, said), *ack = &info;
	const char *why;
	unsigned int i;
	u64 first, last;
	bool moved;
	LIST_HEAD(freed);

	why = check_ack(s, ack, block, ranges);
	if (why)
		return why;
	/* first: what a peer says whose ring is in memory counts as far as it is COMMITTED */
	spin_lock_irq(&s->lock);
	moved = move_cuts(s, ack);
	spin_unlock_irq(&s->lock);
	for (i = 0; i < ranges; i++) {
		afar_range_get(block, sizeof(struct afar_ack), i, &first, &last);
		durable_range(g, first, last, &freed);
	}
	/* the ranges of an ack that went down with another lane are made good here */
	durable_range(g, 1, ack->replicated_seq, &freed);
	spin_lock_irq(&s->lock);
	set_credit(s, ack->credit);
	afar_spool_credit(g);
	spin_unlock_irq(&s->lock);
	if (moved && (READ_ONCE(s->resync.stands) || READ_ONCE(s->resync.join_set) ||
		      READ_ONCE(g->verify.wanted)))
		afar_resync_kick(&s->resync);
	if (moved || ranges)
		afar_compare_busy(g);
	trace_afar_ack(g, ack, ranges);
	afar_stream_free_list(g, &freed);
	afar_stream_wake_lanes(s);
	if (moved) {
		afar_sysfs_cut_moved(g);
		afar_chunkmap_committed(g);
	}
	return NULL;
}

/*
 * R5: can every number that the peer lacks be delivered? Of a stream that was given up, all of its
 * closed sets. Lock held.
 */
static bool deliverable(struct afar_group *g, u64 from, const struct afar_range *range, u64 ranges)
{
	struct afar_stream *s = &g->stream;
	u64 end = s->mode == AFAR_MODE_DIRTY ? s->sets.closed.seq + 1 : s->sets.next;
	struct afar_spooled *spooled = NULL;
	u64 i = 0, seq;

	for (seq = from; seq < end; seq++) {
		while (i < ranges && le64_to_cpu(range[i].last) < seq)
			i++;
		if (i < ranges && le64_to_cpu(range[i].first) <= seq) {
			seq = le64_to_cpu(range[i].last);
			continue;
		}
		if (seq < s->base ? !afar_spool_has(g, &spooled, seq) : !*afar_stream_slot(s, seq))
			return false;
	}
	return true;
}

/*
 * Does the peer have a number that this node has given out since it was started, though it has met
 * nobody? Then it was put back to before it gave it out for the first time (R9).
 */
static bool was_put_back(struct afar_group *g, u64 replicated_seq, const struct afar_range *range,
			 u64 ranges)
{
	u64 left = READ_ONCE(g->journal.super.left_seq);

	return left && (replicated_seq >= left ||
			(ranges && le64_to_cpu(range[ranges - 1].last) >= left));
}

/**
 * afar_stream_attach() - a session begins: fit the stream to where the peer stands
 * @g:      the group; no lane is at work
 * @hello:  the peer's
 * @range:  numbers beyond its replicated cut that it has, ascending
 * @ranges: how many
 *
 * Return: 0; AFAR_BYE_RESYNC when the peer cannot be served from what is here (R5); AFAR_BYE_SPLIT
 * when it has more of this term than there ever was: this node, or its journal, has gone back.
 */
u32 afar_stream_attach(struct afar_group *g, const struct afar_hello_info *hello,
		       const struct afar_range *range, u64 ranges)
{
	struct afar_stream *s = &g->stream;
	struct afar_ack_info ack = {
		.replicated = hello->replicated, .replicated_seq = hello->replicated_seq,
		.committed = hello->committed, .committed_seq = hello->committed_seq,
	};
	bool keep = hello->flags & AFAR_HELLO_VOLATILE, lacks, more;
	u64 differs = afar_resync_differs(g), i;
	LIST_HEAD(freed);

	if (was_put_back(g, hello->replicated_seq, range, ranges))
		return AFAR_BYE_SPLIT;
	spin_lock_irq(&s->lock);
	/* another term would make the peer forget it (R9) */
	more = check_cuts(s, &ack, keep) ||
	       (ranges && le64_to_cpu(range[ranges - 1].last) >= s->sets.next && !s->restored);
	if (more || (s->mode != AFAR_MODE_STREAM && !afar_resync_owes(s, hello, differs))) {
		more &= s->mode == AFAR_MODE_STREAM;
		spin_unlock_irq(&s->lock);
		return more ? AFAR_BYE_SPLIT : AFAR_BYE_RESYNC;
	}
	lacks = ack.replicated < s->replicated.set || ack.committed < s->committed.set ||
		(s->sets.open == 1 ? afar_largest_first(hello->largest_set) :
				     hello->largest_set) < (u64)s->sets.blocks + 1 ||
		!deliverable(g, hello->replicated_seq + 1, range, ranges);
	if (lacks) {
		spin_unlock_irq(&s->lock);
		afar_resync_needed(g, "the peer lacks what is not here any more");
		return AFAR_BYE_RESYNC;
	}
	s->keep = keep;
	/* of a stream that was given up: all of it goes */
	s->resync.settled = true;
	move_cuts(s, &ack);
	take_back(g);
	durable(g, 1, hello->replicated_seq, &freed);
	for (i = 0; i < ranges; i++)
		durable(g, le64_to_cpu(range[i].first), le64_to_cpu(range[i].last), &freed);
	afar_stream_move_base(s);
	afar_resync_limit(g, hello->largest_set, keep);
	reset_credit(s, hello->credit);
	afar_spool_credit(g);
	spin_unlock_irq(&s->lock);
	afar_stream_free_list(g, &freed);
	afar_stream_wake_lanes(s);
	if (hello->committed)
		afar_chunkmap_committed(g);
	return 0;
}
