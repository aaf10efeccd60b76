// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: where the peer stands
 * Whether the stream can serve a peer in this node's term, or a resync has to come, and what the
 * peer is known to have by then.
 */
#include "core/term.h"
#include "group.h"

/* What is left of a stream goes first if it is no more than this part of what may differ. */
#define KEPT_PART	4
/* An application is calm that writes less than this part of memory_limit in AFAR_WEIGH. */
#define CALM_PART	16

/* A set that was outgrown is tried again after so long, twice as long each time, so often. */
#define RETRY		(5 * HZ)
#define RETRY_MOST	6U

static void peer_cut(struct afar_group *g, const struct afar_hello_info *hello,
		     const struct afar_term *term, struct afar_peer_cut *cut)
{
	struct afar_map_base base = afar_chunkmap_base(&g->map);

	*cut = (struct afar_peer_cut){
		.journal = hello->journal, .term = *term, .largest = hello->largest_set,
		.known = afar_history_marked(&g->journal.super, &base, hello),
		.no_cut = hello->flags & AFAR_HELLO_NO_CUT,
		.keep = hello->flags & AFAR_HELLO_VOLATILE,
		.discarded = hello->flags & AFAR_HELLO_DISCARDED,
		.generation = hello->map_generation,
	};
	if (hello->replicated || !hello->chain.count)
		return;
	/* of this term it has nothing: its image is that of the one before */
	cut->term = hello->chain.entry[0].term;
	cut->set = hello->chain.entry[0].left_set;
}

static bool same_cut(const struct afar_peer_cut *a, const struct afar_peer_cut *b)
{
	return afar_uuid_equal(&a->journal, &b->journal) && afar_term_equal(&a->term, &b->term) &&
	       a->set == b->set;
}

/*
 * Is what is kept of the old term little, next to what may differ? What is written over and over
 * is there many times, and once in the resync. Lock held.
 */
static bool is_little(const struct afar_stream *s, u64 differs)
{
	const struct afar_spool *p = &s->spool;

	return s->memory + ((p->tail + p->flying - p->head) << AFAR_BLOCK_SHIFT) <=
	       differs / KEPT_PART;
}

/* Lock held. */
static void note_pace(struct afar_stream *s, u64 written)
{
	s->resync.written = written;
	s->resync.committed = s->committed.set;
	s->resync.weighed = jiffies;
}

/**
 * afar_resync_weigh() - the stream was given up, and the peer is there: does what is left go first?
 * @g: the group; asked again and again until it has gone
 *
 * It does while the application overwhelms the link, as a resync set would be outgrown then; later
 * only if it is little.
 */
void afar_resync_weigh(struct afar_group *g)
{
	u64 calm = READ_ONCE(g->options.value[AFAR_KNOB_MEMORY_LIMIT]) / CALM_PART;
	struct afar_stream *s = &g->stream;
	u64 written = atomic64_read(&s->unnumbered_bytes), differs = afar_resync_differs(g);
	bool held;

	spin_lock_irq(&s->lock);
	/* a peer that holds would give up what it has staged, and has acknowledged */
	held = s->committed.set < s->replicated.set && s->committed.set <= s->resync.committed;
	if (!s->restored && !held && !is_little(s, differs) &&
	    written - s->resync.written < calm)
		s->resync.there = true;
	note_pace(s, written);
	spin_unlock_irq(&s->lock);
}

/**
 * afar_resync_given_up() - the stream is: what becomes of what is left is looked at from now on
 * @s: the stream; locked
 *
 * Was it for a set that has become too large? Whoever writes so much will not do so for ever.
 */
void afar_resync_given_up(struct afar_stream *s)
{
	struct afar_resync *rs = &s->resync;

	rs->settled = false;
	note_pace(s, atomic64_read(&s->unnumbered_bytes));
	if (!rs->outgrown)
		return;
	rs->outgrown = false;
	rs->retry = jiffies + (RETRY << min(rs->too_large++, RETRY_MOST));
}

/** afar_resync_differs() - how many bytes may differ */
u64 afar_resync_differs(struct afar_group *g)
{
	u64 dirty, total;

	afar_chunkmap_count(g, &dirty, &total);
	return dirty * g->options.value[AFAR_KNOB_CHUNK_SIZE];
}

/**
 * afar_resync_owes() - the stream was given up: does the peer get the sets that were closed first?
 * @s:       the stream; locked
 * @hello:   the peer's, of this term
 * @differs: afar_resync_differs(), a moment ago
 *
 * After a crash of this node it does; after an overflow if there are few. A peer that has no set of
 * this term may stand anywhere.
 */
bool afar_resync_owes(const struct afar_stream *s, const struct afar_hello_info *hello,
		      u64 differs)
{
	return s->mode == AFAR_MODE_DIRTY && afar_stream_used(s) && hello->replicated &&
	       !(hello->flags & AFAR_HELLO_DISCARDED) &&
	       hello->committed < s->sets.closed.set && (s->restored || is_little(s, differs));
}

/* Of this term. */
static bool has_nothing(const struct afar_hello_info *hello)
{
	return !hello->replicated && !hello->arrivals;
}

/* Is the resync set, or what comes behind it, not made for where the peer is? Lock held. */
static bool is_elsewhere(const struct afar_resync *rs, const struct afar_hello_info *hello,
			 const struct afar_peer_cut *cut)
{
	const struct afar_peer_cut *peer = &rs->peer;

	/* what it has no bit of this node's says, but for those that were set on account of that */
	if (cut->discarded && !(rs->stands && peer->discarded &&
				peer->generation == cut->generation &&
				afar_uuid_equal(&peer->journal, &cut->journal)))
		return true;
	return rs->stands && !hello->replicated && !same_cut(cut, peer);
}

/**
 * afar_resync_judge() - the peer is in this node's term: is it where it is thought to be?
 * @g:     the group, which is primary; nobody else begins a session
 * @hello: the peer's
 * @term:  its term
 * @differs: where it has said that it may differ
 * @told:  this node's HELLO has said that a resync in place goes on
 *
 * Return: 0: the stream can serve it; AFAR_BYE_RESYNC: not yet; AFAR_BYE_FAILED.
 */
u32 afar_resync_judge(struct afar_group *g, const struct afar_hello_info *hello,
		      const struct afar_term *term, const struct afar_differs *differs, bool told)
{
	struct afar_stream *s = &g->stream;
	struct afar_resync *rs = &s->resync;
	u64 bytes = afar_resync_differs(g);
	struct afar_peer_cut cut;
	bool elsewhere, dirty, ignorant;

	peer_cut(g, hello, term, &cut);
	/*
	 * Once in each term, before it is known that the peer is there. Should a scan begin for
	 * what it said before, that is the same, or the peer is elsewhere.
	 */
	if (READ_ONCE(s->mode) == AFAR_MODE_DIRTY && cut.discarded && cut.known &&
	    has_nothing(hello) && afar_differs_merge(g, differs))
		return AFAR_BYE_FAILED;
	spin_lock_irq(&s->lock);
	if (afar_resync_owes(s, hello, bytes)) {
		spin_unlock_irq(&s->lock);
		return 0;
	}
	dirty = s->mode != AFAR_MODE_STREAM;
	elsewhere = !dirty && is_elsewhere(rs, hello, &cut);
	if (dirty || elsewhere)
		rs->there = true;
	/* it must know before the first set: that one is no cut */
	ignorant = !dirty && !elsewhere && rs->stands && rs->in_place && !rs->told && !told;
	if (!dirty && !elsewhere && told)
		rs->told = true;
	if (dirty) {
		rs->ready = has_nothing(hello);
		rs->peer = cut;
	}
	spin_unlock_irq(&s->lock);
	if (elsewhere)
		afar_stream_give_up(g, "the peer is not at the cut that the resync set stands on");
	if (dirty || elsewhere)
		afar_resync_kick(rs);
	return dirty || elsewhere || ignorant ? AFAR_BYE_RESYNC : 0;
}

/** afar_resync_needed() - the peer is there, and cannot be served from what is here */
void afar_resync_needed(struct afar_group *g, const char *why)
{
	struct afar_resync *rs = &g->stream.resync;

	afar_stream_give_up(g, why);
	spin_lock_irq(&g->stream.lock);
	rs->there = true;
	spin_unlock_irq(&g->stream.lock);
	afar_resync_kick(rs);
}
