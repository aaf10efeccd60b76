// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "rule.h"
#include "term.h"

/* The current term, if any, is over for this history. */
static void leave_term(struct afar_super_info *super, const struct afar_cut *left, u64 now)
{
	struct afar_chain *chain = &super->chain;

	if (!super->term.counter)
		return;
	chain->count = min_t(u32, chain->count + 1, AFAR_CHAIN);
	memmove(&chain->entry[1], &chain->entry[0],
		(chain->count - 1) * sizeof(chain->entry[0]));
	chain->entry[0].term = super->term;
	chain->entry[0].left_set = left->set;
	chain->entry[0].left_seq = left->seq;
	chain->entry[0].time = left->time ?: now;
}

/*
 * Of terms of which this node never had a set the last one stands for all: the resync sets of a
 * primary may be outgrown for hours, and must not push out the term that the image is of.
 */
static void forget_empty(struct afar_chain *chain, const struct afar_cut *left)
{
	if (left->set || !chain->count || chain->entry[0].left_set)
		return;
	chain->count--;
	memmove(&chain->entry[0], &chain->entry[1], chain->count * sizeof(chain->entry[0]));
	memset(&chain->entry[chain->count], 0, sizeof(chain->entry[0]));
}

/**
 * afar_term_raise() - end the current term, if any, and begin one of our own
 * @super: superblock to change; the caller makes it durable before the first number is given out
 * @id:    random
 * @left:  last set of the ended term that belongs to this history; time 0: not known when it closed
 * @now:   wall clock, ns
 */
void afar_term_raise(struct afar_super_info *super, const struct afar_uuid *id,
		     const struct afar_cut *left, u64 now)
{
	leave_term(super, left, now);
	super->left_generation = 0;
	super->left_seq = 0;
	super->term.counter++;
	super->term.id = *id;
	super->flags |= AFAR_SUPER_TERM;
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC |
			  AFAR_SUPER_HOLD | AFAR_SUPER_GRANTED | AFAR_SUPER_DISCARDED);
	super->hold = 0;
	super->committing = 0;
	memset(&super->committed, 0, sizeof(super->committed));
}

/**
 * afar_term_follow() - a secondary ends its term and follows the primary into another one (R1')
 * @super: superblock to change; the caller makes it durable
 * @term:  the primary's, which begins with a resync set
 * @left:  the cut at which this node stands, and on which the resync set will stand
 * @now:   wall clock, ns
 *
 * The chain is this node's own history: a term of the primary that it has never been in is not in
 * it, and the one that it leaves is, up to its cut.
 */
void afar_term_follow(struct afar_super_info *super, const struct afar_term *term,
		      const struct afar_cut *left, u64 now)
{
	forget_empty(&super->chain, left);
	leave_term(super, left, now);
	super->term = *term;
	super->flags &= ~(AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC |
			  AFAR_SUPER_GRANTED);
	/* where it is at no cut it will be with the first set; else it is at one until then */
	if (super->committing <= left->set)
		super->committing = 0;
	memset(&super->committed, 0, sizeof(super->committed));
}

/**
 * afar_history_reaches() - does a history contain a cut, with all that came before it?
 * @newest: the history's current term
 * @at:     set of that term at which its image stands
 * @chain:  its ended terms
 * @term:   the cut's term
 * @set:    the cut's set
 */
bool afar_history_reaches(const struct afar_term *newest, u64 at, const struct afar_chain *chain,
			  const struct afar_term *term, u64 set)
{
	u32 i;

	if (afar_term_equal(newest, term))
		return set <= at;
	for (i = 0; i < chain->count; i++)
		if (afar_term_equal(&chain->entry[i].term, term))
			return set <= chain->entry[i].left_set;
	return false;
}

/**
 * afar_history_image() - what does a history go on from that another node wrote?
 * @chain: its ended terms
 *
 * A term of which it never had a set leaves its image where the one before has left it.
 *
 * Return: the newest term that it left at a cut and not as its primary; NULL: there is none.
 */
const struct afar_chain_entry *afar_history_image(const struct afar_chain *chain)
{
	u32 i;

	for (i = 0; i < chain->count; i++)
		if (chain->entry[i].left_set != AFAR_LEFT_OPEN &&
		    (chain->entry[i].left_set || i + 1 == chain->count))
			return &chain->entry[i];
	return NULL;
}

/** afar_hello_fill() - what the superblock has to say in HELLO; the rest is the caller's */
void afar_hello_fill(struct afar_hello_info *hello, const struct afar_super_info *super)
{
	memset(hello, 0, sizeof(*hello));
	hello->version_min = AFAR_PROTOCOL;
	hello->version_max = AFAR_PROTOCOL;
	hello->role = super->role;
	if (!(super->flags & AFAR_SUPER_TERM))
		hello->flags |= AFAR_HELLO_FRESH;
	if (super->flags & AFAR_SUPER_EQUAL)
		hello->flags |= AFAR_HELLO_EQUAL;
	if (super->flags & AFAR_SUPER_RESYNC)
		hello->flags |= AFAR_HELLO_RESYNC;
	if (afar_super_in_memory(super))
		hello->flags |= AFAR_HELLO_VOLATILE;
	if (super->flags & AFAR_SUPER_DISCARDED)
		hello->flags |= AFAR_HELLO_DISCARDED;
	hello->group = super->group;
	hello->node = super->node;
	hello->journal = super->journal;
	hello->block_size = super->block_size;
	hello->largest_set = afar_super_largest_set(super);
	hello->lanes = 1;
	hello->timeout = AFAR_TIMEOUT_MIN;
	hello->peer_journal = super->peer_journal;
	hello->peer_generation = super->peer_generation;
	hello->chain = super->chain;
}

/**
 * afar_history_knows() - is a cut part of a history?
 * @newest:  the history's current term
 * @chain:   its ended terms
 * @term:    the cut's term
 * @set:     the cut's set
 */
bool afar_history_knows(const struct afar_term *newest, const struct afar_chain *chain,
			const struct afar_term *term, u64 set)
{
	u32 i;

	if (afar_term_equal(newest, term))
		return true;
	for (i = 0; i < chain->count; i++)
		if (afar_term_equal(&chain->entry[i].term, term))
			return set <= chain->entry[i].left_set;
	return false;
}

/**
 * afar_history_common() - the newest term of a history that another one knows, too
 * @super:      superblock: the one history
 * @their_term: the other one's current term
 * @theirs:     and its chain
 *
 * Return: 0: the current term; n: entry n - 1 of the chain; -1: there is none.
 */
int afar_history_common(const struct afar_super_info *super, const struct afar_term *their_term,
			const struct afar_chain *theirs)
{
	u32 i;

	if (afar_history_knows(their_term, theirs, &super->term, 0))
		return 0;
	for (i = 0; i < super->chain.count; i++)
		if (afar_history_knows(their_term, theirs, &super->chain.entry[i].term, 0))
			return i + 1;
	return -1;
}

/* Where a history has left a term, if it has, and knows where, nothing later is common. */
static void bound(struct afar_cut *cut, const struct afar_chain *chain,
		  const struct afar_term *term)
{
	u32 i;

	for (i = 0; i < chain->count; i++) {
		const struct afar_chain_entry *entry = &chain->entry[i];

		if (afar_term_equal(&entry->term, term) && entry->left_set != AFAR_LEFT_OPEN &&
		    entry->left_set < cut->set)
			*cut = (struct afar_cut){ entry->left_set, entry->left_seq, 0 };
	}
}

/**
 * afar_history_fork() - the newest cut that two histories have in common
 * @super:      superblock: the one history
 * @their_term: the other one's current term
 * @theirs:     and its chain
 * @cut:        result: the cut in the newest common term; zeroes: it is not known
 *
 * Return: as afar_history_common().
 */
int afar_history_fork(const struct afar_super_info *super, const struct afar_term *their_term,
		      const struct afar_chain *theirs, struct afar_cut *cut)
{
	int common = afar_history_common(super, their_term, theirs);
	const struct afar_term *term = common > 0 ? &super->chain.entry[common - 1].term :
						    &super->term;

	*cut = (struct afar_cut){ .set = U64_MAX };
	if (common >= 0) {
		bound(cut, &super->chain, term);
		bound(cut, theirs, term);
	}
	if (cut->set == U64_MAX)
		cut->set = 0;
	return common;
}

/* Does the peer know more of a node's chunk map than the node had, when it left what both know? */
static bool is_put_back(const struct afar_super_info *mine, u64 generation,
			const struct afar_hello_info *theirs)
{
	return afar_uuid_equal(&theirs->peer_journal, &mine->journal) &&
	       generation < theirs->peer_generation && afar_rule(AFAR_RULE_GONE_BACK);
}

/*
 * Does a history contain the cut that a node has taken over last? Without a base record its bits
 * say what it wrote since.
 */
static bool has_image(const struct afar_chain *mine, const struct afar_term *term, u64 at,
		      const struct afar_chain *theirs)
{
	const struct afar_chain_entry *image = afar_history_image(mine);

	return !image || !image->left_set ||
	       afar_history_reaches(term, at, theirs, &image->term, image->left_set);
}

/**
 * afar_history_covered() - do a node's set bits cover all that the peer's history does not have?
 * @mine:   superblock, of a node that has given up a history of its own
 * @base:   what its bits were cleared for; its own journal: declared equal when that term began
 * @theirs: the peer's HELLO
 * @term:   the peer's term
 *
 * Without a base record none was cleared since the node took the peer's history over, or its own
 * began.
 */
bool afar_history_covered(const struct afar_super_info *mine, const struct afar_map_base *base,
			  const struct afar_hello_info *theirs, const struct afar_term *term)
{
	if (is_put_back(mine, mine->left_generation, theirs))
		return false;
	if (afar_uuid_none(&base->journal))
		return has_image(&mine->chain, term, U64_MAX, &theirs->chain);
	/* the peer has to have been there */
	if (afar_uuid_equal(&base->journal, &mine->journal))
		return afar_history_knows(term, &theirs->chain, &base->term, 0);
	return afar_uuid_equal(&base->journal, &theirs->journal) &&
	       afar_history_reaches(term, U64_MAX, &theirs->chain, &base->term, base->set);
}

/**
 * afar_history_marked() - do a primary's set bits, and the peer's, say all that may differ?
 * @mine:   the primary's superblock
 * @base:   what its bits were cleared for
 * @theirs: a secondary's HELLO, in the primary's term
 *
 * Bits were cleared because a peer had committed something: not if this is another one, or has gone
 * back behind that (R9). No bit says what differs if it never had a cut, in this term or in one
 * before; or if it has given up a history, and cannot say what it wrote then (R3).
 */
bool afar_history_marked(const struct afar_super_info *mine, const struct afar_map_base *base,
			 const struct afar_hello_info *theirs)
{
	bool none = afar_uuid_none(&base->journal);
	bool nobody = none || afar_uuid_equal(&base->journal, &mine->journal);
	const struct afar_chain *chain = &theirs->chain;

	if (theirs->flags & AFAR_HELLO_DISCARDED) {
		if (!(theirs->flags & AFAR_HELLO_SPANS))
			return false;
	} else if (theirs->flags & AFAR_HELLO_NO_CUT && (!chain->count || nobody)) {
		return false;
	}
	if (nobody)	/* declared equal: what comes is not asked where it was */
		return !none || has_image(&mine->chain, &mine->term, theirs->committed, chain);
	return afar_uuid_equal(&base->journal, &theirs->journal) &&
	       afar_history_reaches(&mine->term, theirs->committed, chain, &base->term, base->set);
}

/* Of a node that was primary in it, and in which the peer has left it; NULL: it was not in it. */
static const struct afar_chain_entry *where_left(const struct afar_super_info *mine,
						 const struct afar_hello_info *theirs)
{
	u32 i;

	for (i = 0; i < theirs->chain.count; i++)
		if (afar_term_equal(&theirs->chain.entry[i].term, &mine->term))
			return &theirs->chain.entry[i];
	return NULL;
}

/**
 * afar_history_contained() - does the peer's history have all of a node's that was primary?
 * @mine:   its superblock
 * @base:   what its bits were cleared for
 * @dirty:  how many are set
 * @generation: of its chunk map
 * @theirs: the peer's HELLO
 * @cut:    result: where the node stands in that history
 *
 * It does if the node was stopped cleanly, where the peer has left its term; or if no bit is set,
 * and the last was cleared for what the peer has: what went down with it had been committed there.
 */
bool afar_history_contained(const struct afar_super_info *mine, const struct afar_map_base *base,
			    u64 dirty, u64 generation, const struct afar_hello_info *theirs,
			    struct afar_cut *cut)
{
	const struct afar_chain_entry *left = where_left(mine, theirs);

	if (!left || left->left_set == AFAR_LEFT_OPEN || mine->flags & AFAR_SUPER_RESYNC)
		return false;
	*cut = (struct afar_cut){ left->left_set, left->left_seq, 0 };
	/* had the peer more of it, or what nobody was told, this node was put back (R9) */
	if (mine->flags & AFAR_SUPER_CLEAN)
		return cut->set == max(mine->next_set, 1ULL) - 1 &&
		       cut->seq == max(mine->next_seq, 1ULL) - 1 &&
		       (!mine->left_seq || cut->seq < mine->left_seq);
	return !dirty && afar_uuid_equal(&base->journal, &theirs->journal) &&
	       afar_term_equal(&base->term, &mine->term) && base->set <= cut->set &&
	       !is_put_back(mine, generation, theirs);
}

/**
 * afar_history_give_up() - what came after the newest common term is no part of a history any more
 * @super:      superblock to change; the caller makes it durable
 * @common:     as afar_history_common() has said
 * @generation: of the chunk map
 */
void afar_history_give_up(struct afar_super_info *super, int common, u64 generation)
{
	struct afar_chain *chain = &super->chain;

	super->left_generation = generation;
	super->left_seq = 0;
	if (common <= 0)
		return;
	if (chain->entry[common - 1].left_set == AFAR_LEFT_OPEN)
		super->left_generation = chain->entry[common - 1].left_seq;
	super->term = chain->entry[common - 1].term;
	chain->count -= common;
	memmove(&chain->entry[0], &chain->entry[common], chain->count * sizeof(chain->entry[0]));
}

static u32 judge_identity(const struct afar_super_info *mine, const struct afar_hello_info *theirs)
{
	if (theirs->version_min > AFAR_PROTOCOL || theirs->version_max < AFAR_PROTOCOL ||
	    theirs->features)
		return AFAR_BYE_VERSION;
	if (afar_uuid_equal(&mine->journal, &theirs->journal) ||
	    afar_uuid_equal(&mine->node, &theirs->node))
		return AFAR_BYE_JOURNAL;
	if (!afar_uuid_none(&mine->group) && !afar_uuid_none(&theirs->group) &&
	    !afar_uuid_equal(&mine->group, &theirs->group))
		return AFAR_BYE_GROUP;
	if (mine->block_size != theirs->block_size)
		return AFAR_BYE_BLOCKSIZE;
	return 0;
}

/**
 * afar_hello_generation() - how far was the peer's chunk map, as the receiver is to know it?
 * @mine:   own superblock
 * @theirs: the peer's HELLO
 *
 * It may have gone on since, in terms that this node was not in: as it was when it left this one.
 */
u64 afar_hello_generation(const struct afar_super_info *mine, const struct afar_hello_info *theirs)
{
	const struct afar_chain *chain = &theirs->chain;
	u32 i;

	for (i = 0; i < chain->count; i++)
		if (afar_term_equal(&chain->entry[i].term, &mine->term) &&
		    chain->entry[i].left_set == AFAR_LEFT_OPEN)
			return chain->entry[i].left_seq;
	return theirs->map_generation;
}

/**
 * afar_hello_gone_back() - was the peer's journal put back to an earlier time (R9)?
 * @mine:   own superblock
 * @theirs: the peer's HELLO
 *
 * It knows less of its own chunk map than it has said: bits that it has set since are not there,
 * and numbers may be given out twice.
 */
bool afar_hello_gone_back(const struct afar_super_info *mine,
			  const struct afar_hello_info *theirs)
{
	return afar_uuid_equal(&mine->peer_journal, &theirs->journal) &&
	       afar_hello_generation(mine, theirs) < mine->peer_generation &&
	       afar_rule(AFAR_RULE_GONE_BACK);
}

/* A fresh node has neither term nor group, any other has both, and a term is named in full. */
static bool contradicts_itself(const struct afar_hello_info *theirs, const struct afar_term *term)
{
	bool fresh = theirs->flags & AFAR_HELLO_FRESH;

	return fresh != !term->counter || fresh != afar_uuid_none(&term->id) ||
	       (!fresh && afar_uuid_none(&theirs->group));
}

/*
 * The set at which a node's image stands. Where a primary's stands only the primary knows, and the
 * application writes on meanwhile: it is beyond all that any other history has of its term.
 */
static u64 image_of(u16 role, u64 set)
{
	return role == AFAR_PRIMARY ? U64_MAX : set;
}

/* Two terms that differ: does either side's image lie in the other's history? */
static u32 judge_histories(const struct afar_super_info *mine, const struct afar_term *their_term,
			   const struct afar_hello_info *theirs)
{
	u64 my_image = image_of(mine->role, mine->committed.set);
	u64 their_image = image_of(theirs->role, theirs->replicated);

	if (afar_history_knows(&mine->term, &mine->chain, their_term, their_image) ||
	    afar_history_knows(their_term, &theirs->chain, &mine->term, my_image))
		return AFAR_BYE_RESYNC;
	return AFAR_BYE_SPLIT;
}

/**
 * afar_hello_judge() - can this node be in a session with that one?
 * @mine:       own superblock; a secondary's with @committed at its replicated cut
 * @theirs:     the peer's HELLO
 * @their_term: from its head; counter 0 from a fresh node
 * @adopt:      result: this node takes over the peer's term; a fresh one its group and volume
 *              ids, too; any other gives up what it has staged (R1')
 *
 * Both sides judge, each the other's HELLO. That the primary can deliver what the secondary lacks
 * (R5) is looked at afterwards, with the arrivals.
 *
 * Return: 0, or enum afar_reason.
 */
u32 afar_hello_judge(const struct afar_super_info *mine, const struct afar_hello_info *theirs,
		     const struct afar_term *their_term, bool *adopt)
{
	bool fresh = !(mine->flags & AFAR_SUPER_TERM);
	u32 reason = judge_identity(mine, theirs);

	*adopt = false;
	if (reason)
		return reason;
	/* of one that has given up its history nothing is believed that it cannot tell */
	if (!(theirs->flags & AFAR_HELLO_DISCARDED) && afar_hello_gone_back(mine, theirs))
		return AFAR_BYE_SPLIT;
	if (contradicts_itself(theirs, their_term))
		return AFAR_BYE_GARBAGE;
	if ((mine->role == AFAR_PRIMARY && fresh) ||
	    (theirs->role == AFAR_PRIMARY && !their_term->counter))
		return AFAR_BYE_ROLE;
	if (mine->role == AFAR_PRIMARY && theirs->role == AFAR_PRIMARY)
		return afar_term_equal(&mine->term, their_term) ? AFAR_BYE_SPLIT :
		       judge_histories(mine, their_term, theirs);
	if (mine->role == theirs->role)
		return AFAR_BYE_ROLE;
	if (mine->role == AFAR_PRIMARY) {
		if (theirs->flags & AFAR_HELLO_FRESH)
			return mine->flags & (AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC) ?
			       0 : AFAR_BYE_RESYNC;
		return afar_term_equal(&mine->term, their_term) ? 0 :
		       judge_histories(mine, their_term, theirs);
	}
	if (!fresh && afar_term_equal(&mine->term, their_term))
		return 0;
	if (theirs->flags & AFAR_HELLO_RESYNC)
		*adopt = fresh || afar_history_knows(their_term, &theirs->chain, &mine->term,
						     mine->committed.set);
	else
		*adopt = fresh && theirs->flags & AFAR_HELLO_EQUAL;
	if (*adopt)
		return 0;
	if (fresh)
		return AFAR_BYE_RESYNC;
	return judge_histories(mine, their_term, theirs);
}
