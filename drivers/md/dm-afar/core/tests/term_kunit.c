// SPDX-License-Identifier: GPL-2.0-only
/* Terms, chains of them, and what two nodes think of each other. */
#include "../term.h"
#include "suites.h"
#include "util.h"

/* ---- raising ------------------------------------------------------------------------------- */

static struct afar_uuid uuid_of(u32 n)
{
	struct afar_uuid uuid = { .b = { 0x77, n, n >> 8, n >> 16, n >> 24 } };

	return uuid;
}

static void raise(struct afar_super_info *super, u32 id, u64 left_set)
{
	struct afar_cut left = { .set = left_set, .seq = 10 * left_set, .time = left_set };
	struct afar_uuid uuid = uuid_of(id);

	afar_term_raise(super, &uuid, &left, 5000 + id);
}

static struct afar_super_info *supers_new(struct kunit *test, u32 n)
{
	struct afar_super_info *super = kunit_kcalloc(test, n, sizeof(*super), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, super);
	return super;
}

static void the_first_term_ends_none(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);

	raise(super, 1, 33);
	KUNIT_EXPECT_EQ(test, super->chain.count, 0);
	KUNIT_EXPECT_EQ(test, super->term.counter, 1);
	KUNIT_EXPECT_TRUE(test, super->flags & AFAR_SUPER_TERM);
}

static void a_new_term_says_where_the_old_one_was_left(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);
	struct afar_term old;

	raise(super, 1, 0);
	super->flags |= AFAR_SUPER_CLEAN | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC |
			AFAR_SUPER_HOLD;
	super->hold = 4;
	super->committing = 5;
	super->committed = (struct afar_cut){ .set = 1, .seq = 2, .time = 3 };
	old = super->term;
	raise(super, 2, 33);
	KUNIT_EXPECT_EQ(test, super->chain.count, 1);
	KUNIT_EXPECT_TRUE(test, afar_term_equal(&super->chain.entry[0].term, &old));
	KUNIT_EXPECT_EQ(test, super->chain.entry[0].left_set, 33);
	KUNIT_EXPECT_EQ(test, super->chain.entry[0].left_seq, 330);
	KUNIT_EXPECT_EQ(test, super->chain.entry[0].time, 33);
	KUNIT_EXPECT_EQ(test, super->term.counter, 2);
	KUNIT_EXPECT_FALSE(test, afar_term_equal(&super->term, &old));
	/* marks and cut were those of the old term */
	KUNIT_EXPECT_EQ(test, super->flags, AFAR_SUPER_TERM);
	KUNIT_EXPECT_EQ(test, super->committed.set, 0);
	KUNIT_EXPECT_EQ(test, super->committed.seq, 0);
	KUNIT_EXPECT_EQ(test, super->committed.time, 0);
	KUNIT_EXPECT_EQ(test, super->hold, 0);
	KUNIT_EXPECT_EQ(test, super->committing, 0);
	/* a term of its own is no other node's */
	raise(super, 3, AFAR_LEFT_OPEN);
	raise(super, 4, 0);
	KUNIT_EXPECT_PTR_EQ(test, afar_history_image(&super->chain), &super->chain.entry[2]);
}

static void a_chain_keeps_the_newest_32_terms(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);
	u32 n, i;

	for (n = 1; n <= 80; n++) {
		raise(super, n, 100 + n);
		KUNIT_ASSERT_EQ(test, super->term.counter, n);
		KUNIT_ASSERT_EQ(test, super->chain.count, min_t(u32, n - 1, AFAR_CHAIN));
		for (i = 0; i < super->chain.count; i++) {
			KUNIT_ASSERT_EQ(test, super->chain.entry[i].term.counter, n - 1 - i);
			KUNIT_ASSERT_EQ(test, super->chain.entry[i].left_set, 100 + n - i);
		}
		for (i = 1; i <= n; i++) {
			struct afar_term term = { .counter = i, .id = uuid_of(i) };

			KUNIT_ASSERT_EQ_MSG(test, afar_history_knows(&super->term, &super->chain,
								     &term, 1),
					    i + AFAR_CHAIN >= n, "term %u of %u", i, n);
		}
	}
}

static void terms_without_a_set_do_not_push_the_image_out(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);
	struct afar_cut left = { .set = 50, .seq = 500, .time = 5 };
	struct afar_term term, first;
	u32 n;

	raise(super, 1, 0);
	first = super->term;
	super->role = AFAR_SECONDARY;
	for (n = 2; n <= 100; n++) {
		term = (struct afar_term){ .counter = n, .id = uuid_of(n) };
		afar_term_follow(super, &term, &left, 1000 + n);
		memset(&left, 0, sizeof(left));
		KUNIT_ASSERT_EQ(test, super->chain.count, min(n - 1, 2U));
		KUNIT_ASSERT_TRUE(test, afar_history_reaches(&super->term, 0, &super->chain,
							     &first, 50));
		KUNIT_ASSERT_FALSE(test, afar_history_reaches(&super->term, 0, &super->chain,
							      &first, 51));
		KUNIT_ASSERT_EQ(test, afar_history_image(&super->chain)->left_set, 50);
		KUNIT_ASSERT_EQ(test, super->chain.entry[0].term.counter, n - 1);
	}
	/* one with a set is an image */
	left.set = 3;
	left.seq = 30;
	term = (struct afar_term){ .counter = n, .id = uuid_of(n) };
	afar_term_follow(super, &term, &left, 2000);
	KUNIT_EXPECT_EQ(test, super->chain.count, 3);
	KUNIT_EXPECT_EQ(test, afar_history_image(&super->chain)->left_set, 3);
}

static void a_history_knows_a_term_up_to_where_it_left_it(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);
	struct afar_term old, other;

	raise(super, 1, 0);
	old = super->term;
	raise(super, 2, 50);
	KUNIT_EXPECT_TRUE(test, afar_history_knows(&super->term, &super->chain, &old, 0));
	KUNIT_EXPECT_TRUE(test, afar_history_knows(&super->term, &super->chain, &old, 50));
	KUNIT_EXPECT_FALSE(test, afar_history_knows(&super->term, &super->chain, &old, 51));
	KUNIT_EXPECT_FALSE(test, afar_history_knows(&super->term, &super->chain, &old, U64_MAX));
	KUNIT_EXPECT_TRUE(test, afar_history_knows(&super->term, &super->chain, &super->term,
						   U64_MAX));
	other = old;
	other.counter++;
	KUNIT_EXPECT_FALSE(test, afar_history_knows(&super->term, &super->chain, &other, 0));
	other = old;
	other.id.b[15] ^= 1;
	KUNIT_EXPECT_FALSE(test, afar_history_knows(&super->term, &super->chain, &other, 0));
	/* an entry that is not used is none */
	super->chain.count = 0;
	KUNIT_EXPECT_FALSE(test, afar_history_knows(&super->term, &super->chain, &old, 0));
}

static void terms_with_equal_counters_are_not_equal(struct kunit *test)
{
	struct afar_term a, b;
	u32 counter[2], id[2];

	for (counter[0] = 0; counter[0] < 4; counter[0]++)
		for (counter[1] = 0; counter[1] < 4; counter[1]++)
			for (id[0] = 0; id[0] < 4; id[0]++)
				for (id[1] = 0; id[1] < 4; id[1]++) {
					a = (struct afar_term){ counter[0], uuid_of(id[0] << 24) };
					b = (struct afar_term){ counter[1], uuid_of(id[1] << 24) };
					KUNIT_EXPECT_EQ(test, afar_term_equal(&a, &b),
							counter[0] == counter[1] && id[0] == id[1]);
				}
}

/* ---- two nodes ----------------------------------------------------------------------------- */

/**
 * struct node - a node and what the test knows of it
 * @super:   its superblock
 * @term:    its current term in struct world.term; 0: fresh
 * @set:     secondary: its replicated set; primary: the last set it closed
 */
struct node {
	struct afar_super_info super;
	u32 term;
	u64 set;
};

#define TERMS	64

/**
 * struct world - two nodes, and the tree of all terms there ever were
 * @node:   the nodes
 * @terms:  used entries of @parent and @fork; a term's index is also what its id is made of
 * @parent: the term that was left for it; 0: none
 * @fork:   set at which it was left
 * @hello:  scratch
 */
struct world {
	struct node node[2];
	u32 terms;
	u32 parent[TERMS];
	u64 fork[TERMS];
	struct afar_hello_info hello;
};

static struct world *world_new(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	for (i = 0; i < 2; i++) {
		struct afar_super_info *super = &w->node[i].super;

		afar_super_geometry(super, 65536);
		super->role = AFAR_SECONDARY;
		super->journal.b[0] = 1 + i;
		super->node.b[0] = 3 + i;
		super->block_size = 4096;
		super->chunk_bytes = 1 << 20;
	}
	return w;
}

static void promote(struct world *w, u32 n)
{
	struct node *node = &w->node[n];

	w->terms++;
	w->parent[w->terms] = node->term;
	w->fork[w->terms] = node->set;
	raise(&node->super, w->terms, node->set);
	node->super.role = AFAR_PRIMARY;
	if (!node->term)
		node->super.group.b[0] = 9;
	node->term = w->terms;
	node->set = 0;
}

static void demote(struct world *w, u32 n)
{
	w->node[n].super.role = AFAR_SECONDARY;
}

static void follow(struct world *w, u32 n, u64 set)
{
	w->node[n].set = set;
}

/* The other node's image becomes that of @n's history: what a resync does. */
static void take_over(struct world *w, u32 n)
{
	struct node *from = &w->node[!n], *to = &w->node[n];

	to->super.term = from->super.term;
	to->super.chain = from->super.chain;
	to->super.group = from->super.group;
	to->super.flags = AFAR_SUPER_TERM;
	to->term = from->term;
	to->set = from->set;
}

/* What node @n says of the other one. */
static u32 judge(struct world *w, u32 n, bool *adopt)
{
	struct node *me = &w->node[n], *they = &w->node[!n];

	afar_hello_fill(&w->hello, &they->super);
	/* a primary's cut is not for the secondary to think about */
	w->hello.replicated = they->super.role == AFAR_PRIMARY ? they->term % 3 * 40 : they->set;
	me->super.committed.set = me->super.role == AFAR_PRIMARY ? me->term % 5 * 30 : me->set;
	return afar_hello_judge(&me->super, &w->hello, &they->super.term, adopt);
}

/* Both verdicts, which must be one. */
static u32 verdict(struct kunit *test, struct world *w)
{
	bool adopt[2];
	u32 first = judge(w, 0, &adopt[0]), second = judge(w, 1, &adopt[1]), n;

	KUNIT_ASSERT_EQ_MSG(test, first, second, "%s, %s", afar_reason_name(first),
			    afar_reason_name(second));
	for (n = 0; n < 2; n++)
		KUNIT_ASSERT_EQ(test, adopt[n], !first && !w->node[n].term);
	return first;
}

static void a_secondary_in_the_same_term_is_followed(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	follow(w, 1, 100);
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	w->node[0].super.flags |= AFAR_SUPER_EQUAL;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	/* also when the term began with a resync set: where the peer stands the stream will see */
	w->node[0].super.flags |= AFAR_SUPER_RESYNC;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
}

/* R1': a flag tells what the primary begins a term with, and any cut of its history will do. */
static void a_secondary_follows_into_a_term_that_begins_with_a_resync_set(struct kunit *test)
{
	struct world *w = world_new(test);
	struct afar_super_info *b = &w->node[1].super;
	struct afar_cut left = { .set = 40, .seq = 400 };
	bool adopt;

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 40);
	w->node[0].set = 60;
	promote(w, 0);
	KUNIT_EXPECT_EQ(test, judge(w, 1, &adopt), AFAR_BYE_RESYNC);
	KUNIT_EXPECT_FALSE(test, adopt);
	w->node[0].super.flags |= AFAR_SUPER_RESYNC;
	KUNIT_EXPECT_EQ(test, judge(w, 1, &adopt), 0);
	KUNIT_EXPECT_TRUE(test, adopt);
	/* the primary sees it when it has followed */
	KUNIT_EXPECT_EQ(test, judge(w, 0, &adopt), AFAR_BYE_RESYNC);
	KUNIT_EXPECT_FALSE(test, adopt);
	/* beyond where the primary left that term there is another history */
	follow(w, 1, 61);
	KUNIT_EXPECT_EQ(test, judge(w, 1, &adopt), AFAR_BYE_SPLIT);
	KUNIT_EXPECT_FALSE(test, adopt);

	b->committing = 40;
	afar_term_follow(b, &w->node[0].super.term, &left, 7);
	KUNIT_EXPECT_TRUE(test, afar_term_equal(&b->term, &w->node[0].super.term));
	KUNIT_EXPECT_EQ(test, b->chain.count, 1);
	KUNIT_EXPECT_EQ(test, b->chain.entry[0].left_set, 40);
	KUNIT_EXPECT_EQ(test, b->committed.set, 0);
	KUNIT_EXPECT_EQ(test, b->committing, 0);
	KUNIT_EXPECT_EQ(test, b->flags, AFAR_SUPER_TERM);
	w->node[1].term = w->node[0].term;
	follow(w, 1, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	/* a run that was not at its end stays on record */
	b->committing = 41;
	b->committed = left;
	promote(w, 0);
	afar_term_follow(b, &w->node[0].super.term, &left, 8);
	KUNIT_EXPECT_EQ(test, b->committing, 41);
}

/* R9: what a history contains, with all before it; unlike a promise, the newest term has an end. */
static void a_history_reaches_as_far_as_its_image(struct kunit *test)
{
	struct afar_super_info *super = supers_new(test, 1);
	struct afar_term old;

	raise(super, 1, 0);
	old = super->term;
	raise(super, 2, 50);
	KUNIT_EXPECT_TRUE(test, afar_history_reaches(&super->term, 3, &super->chain, &old, 50));
	KUNIT_EXPECT_FALSE(test, afar_history_reaches(&super->term, 3, &super->chain, &old, 51));
	KUNIT_EXPECT_TRUE(test, afar_history_reaches(&super->term, 3, &super->chain,
						     &super->term, 3));
	KUNIT_EXPECT_FALSE(test, afar_history_reaches(&super->term, 3, &super->chain,
						      &super->term, 4));
	super->chain.count = 0;
	KUNIT_EXPECT_FALSE(test, afar_history_reaches(&super->term, 3, &super->chain, &old, 0));
}

static void a_fresh_node_needs_a_resync_or_the_operators_word(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_RESYNC);
	w->node[0].super.flags |= AFAR_SUPER_EQUAL;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	/* a resync set carries everything, whatever was declared */
	w->node[0].super.flags |= AFAR_SUPER_RESYNC;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
	w->node[0].super.flags &= ~AFAR_SUPER_EQUAL;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
}

static void one_of_two_nodes_is_primary(struct kunit *test)
{
	struct world *w = world_new(test);

	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_ROLE);
	promote(w, 0);
	take_over(w, 1);
	demote(w, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_ROLE);
	/* a primary without a term has no history to offer */
	w = world_new(test);
	w->node[0].super.role = AFAR_PRIMARY;
	w->node[0].super.flags = AFAR_SUPER_EQUAL;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_ROLE);
	w->node[1].super.role = AFAR_PRIMARY;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_ROLE);
}

/* Both were promoted by force while apart: their terms have the same counter. */
static void two_promotions_by_force_are_a_split_brain(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	promote(w, 0);
	promote(w, 1);
	KUNIT_EXPECT_EQ(test, w->node[0].super.term.counter, w->node[1].super.term.counter);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	demote(w, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	promote(w, 0);
	demote(w, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
}

/* One journal was copied, or brought back: both nodes give out numbers of one term. */
static void two_primaries_of_one_term_are_a_split_brain(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	w->node[1].super.role = AFAR_PRIMARY;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
}

/* R9: what a primary has said of its chunk map it must still know. */
static void a_journal_that_was_put_back_is_a_split_brain(struct kunit *test)
{
	struct world *w = world_new(test);
	struct afar_super_info *me = &w->node[1].super, *they = &w->node[0].super;
	bool adopt;
	u64 said;
	u32 r;

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 50);
	for (said = 6; said <= 8; said++) {
		u32 same = said < 7 ? AFAR_BYE_SPLIT : 0;

		me->peer_generation = 7;
		me->peer_journal = they->journal;
		judge(w, 1, &adopt);
		w->hello.map_generation = said;
		KUNIT_EXPECT_EQ(test, afar_hello_judge(me, &w->hello, &they->term, &adopt), same);
		/* another journal knows nothing of it */
		me->peer_journal.b[15]++;
		KUNIT_EXPECT_EQ(test, afar_hello_judge(me, &w->hello, &they->term, &adopt), 0);
		/* and a new term is no excuse */
		me->peer_journal = they->journal;
		promote(w, 0);
		judge(w, 1, &adopt);
		w->hello.map_generation = said;
		r = afar_hello_judge(me, &w->hello, &they->term, &adopt);
		KUNIT_EXPECT_EQ(test, r, same ? AFAR_BYE_SPLIT : AFAR_BYE_RESYNC);
		take_over(w, 1);
	}
}

/* It has written a lot before anybody asks: what it knew when it left the term counts. */
static void a_journal_that_was_put_back_does_not_catch_up(struct kunit *test)
{
	struct world *w = world_new(test);
	struct afar_super_info *me = &w->node[1].super, *they = &w->node[0].super;
	bool adopt;
	u64 knew;

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 50);
	me->peer_generation = 7;
	me->peer_journal = they->journal;
	w->node[0].set = AFAR_LEFT_OPEN;
	promote(w, 0);
	they->flags |= AFAR_SUPER_RESYNC;
	for (knew = 6; knew <= 8; knew++) {
		they->chain.entry[0].left_seq = knew;
		judge(w, 1, &adopt);
		w->hello.map_generation = 100;
		KUNIT_EXPECT_EQ(test, afar_hello_judge(me, &w->hello, &they->term, &adopt),
				knew < 7 ? AFAR_BYE_SPLIT : 0);
		KUNIT_EXPECT_EQ(test, adopt, knew >= 7);
	}
}

/* The primary lives on while the other side is promoted for a drill: its term is the higher one. */
static void a_drill_does_not_win_over_the_living_primary(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 50);
	w->node[0].set = 60;
	promote(w, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	/* after the drill it is a secondary again, of a history that the primary does not know */
	w->node[1].set = 3;
	demote(w, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
}

/* A failover under load: the old primary has given out numbers that the new one never saw. */
static void an_old_primary_with_a_tail_is_a_split_brain(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 50);
	w->node[0].set = 100;
	promote(w, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	demote(w, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	/* the operator has given the tail up: up to the fork, the new primary knows it */
	follow(w, 0, 51);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
	follow(w, 0, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_RESYNC);
	follow(w, 0, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_RESYNC);
}

/* There and back and there: the higher term is behind the lower one's fork. */
static void a_higher_term_is_not_a_later_image(struct kunit *test)
{
	struct world *w = world_new(test);

	promote(w, 0);
	take_over(w, 1);
	follow(w, 1, 50);
	w->node[0].set = 100;
	promote(w, 1);
	w->node[1].set = 7;
	demote(w, 1);
	promote(w, 0);
	promote(w, 0);
	KUNIT_EXPECT_GT(test, w->node[0].super.term.counter, w->node[1].super.term.counter);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
}

static void a_history_older_than_the_chain_is_foreign(struct kunit *test)
{
	struct world *w = world_new(test);
	u32 i;

	promote(w, 0);
	take_over(w, 1);
	for (i = 1; i <= AFAR_CHAIN; i++) {
		promote(w, 0);
		KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_RESYNC);
	}
	promote(w, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_SPLIT);
}

/* ---- who it is ----------------------------------------------------------------------------- */

static void the_wrong_peer_is_named(struct kunit *test)
{
	struct world *w = world_new(test);
	struct afar_super_info *a = &w->node[0].super, *b = &w->node[1].super;

	promote(w, 0);
	take_over(w, 1);
	b->journal = a->journal;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_JOURNAL);
	b->journal.b[0]++;
	b->node = a->node;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_JOURNAL);
	b->node.b[0]++;
	b->group.b[0]++;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_GROUP);
	b->group.b[0]--;
	b->block_size = 512;
	KUNIT_EXPECT_EQ(test, verdict(test, w), AFAR_BYE_BLOCKSIZE);
	b->block_size = 4096;
	KUNIT_EXPECT_EQ(test, verdict(test, w), 0);
}

static void versions_must_overlap_and_features_be_known(struct kunit *test)
{
	struct world *w = world_new(test);
	bool adopt;

	promote(w, 0);
	take_over(w, 1);
	judge(w, 0, &adopt);
	w->hello.version_max = 7;
	KUNIT_EXPECT_EQ(test, afar_hello_judge(&w->node[0].super, &w->hello,
					       &w->node[1].super.term, &adopt), 0);
	w->hello.version_min = 2;
	KUNIT_EXPECT_EQ(test, afar_hello_judge(&w->node[0].super, &w->hello,
					       &w->node[1].super.term, &adopt), AFAR_BYE_VERSION);
	w->hello.version_min = 0;
	w->hello.version_max = 0;
	KUNIT_EXPECT_EQ(test, afar_hello_judge(&w->node[0].super, &w->hello,
					       &w->node[1].super.term, &adopt), AFAR_BYE_VERSION);
	w->hello.version_max = 1;
	w->hello.features = 1ULL << 63;
	KUNIT_EXPECT_EQ(test, afar_hello_judge(&w->node[0].super, &w->hello,
					       &w->node[1].super.term, &adopt), AFAR_BYE_VERSION);
}

/* A HELLO that says "fresh" and has a term, or has half of one, comes from no node of ours. */
static void a_hello_that_contradicts_itself_is_garbage(struct kunit *test)
{
	static const struct {
		u16 flags;
		u64 counter;
		bool id;
		bool group;
		bool fine;
	} row[] = {
		{ AFAR_HELLO_FRESH, 0, false, false, true },
		{ AFAR_HELLO_FRESH, 0, false, true, true },
		{ AFAR_HELLO_FRESH, 1, true, true, false },
		{ AFAR_HELLO_FRESH, 1, false, true, false },
		{ AFAR_HELLO_FRESH, 0, true, true, false },
		{ 0, 1, true, true, true },
		{ 0, 1, true, false, false },
		{ 0, 1, false, true, false },
		{ 0, 0, true, true, false },
		{ 0, 0, false, true, false },
	};
	struct world *w = world_new(test);
	unsigned int i, role;
	bool adopt;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		for (role = AFAR_SECONDARY; role <= AFAR_PRIMARY; role++) {
			struct afar_term term = { .counter = row[i].counter };
			u32 reason;

			afar_hello_fill(&w->hello, &w->node[1].super);
			w->hello.role = role;
			w->hello.flags = row[i].flags;
			w->hello.group.b[0] = row[i].group;
			term.id.b[5] = row[i].id;
			reason = afar_hello_judge(&w->node[0].super, &w->hello, &term, &adopt);
			KUNIT_EXPECT_EQ_MSG(test, reason == AFAR_BYE_GARBAGE, !row[i].fine,
					    "row %u: %s", i, afar_reason_name(reason));
		}
}

static void a_hello_says_what_the_superblock_says(struct kunit *test)
{
	struct world *w = world_new(test);
	struct afar_hello_info *got = kunit_kzalloc(test, sizeof(*got), GFP_KERNEL);
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	const struct afar_super_info *super = &w->node[0].super;

	KUNIT_ASSERT_NOT_NULL(test, got);
	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(&w->hello, 0xff, sizeof(w->hello));
	afar_hello_fill(&w->hello, super);
	KUNIT_EXPECT_EQ(test, w->hello.flags, AFAR_HELLO_FRESH);
	KUNIT_EXPECT_EQ(test, w->hello.version_min, AFAR_PROTOCOL);
	KUNIT_EXPECT_EQ(test, w->hello.version_max, AFAR_PROTOCOL);
	afar_hello_put(block, &w->hello);
	KUNIT_EXPECT_NULL(test, afar_hello_get(block, got));
	promote(w, 0);
	promote(w, 0);
	w->node[0].super.flags |= AFAR_SUPER_MEMORY;
	afar_hello_fill(&w->hello, super);
	KUNIT_EXPECT_EQ(test, w->hello.flags, AFAR_HELLO_VOLATILE);
	/* nothing is replicated there that is not committed */
	w->hello.replicated = 1;
	w->hello.replicated_seq = 1;
	afar_hello_put(block, &w->hello);
	KUNIT_EXPECT_STREQ(test, afar_hello_get(block, got) ?: "",
			   "replicated in a ring in memory");
	w->hello.committed = 1;
	w->hello.committed_seq = 1;
	afar_hello_put(block, &w->hello);
	KUNIT_EXPECT_NULL(test, afar_hello_get(block, got));
	w->node[0].super.flags &= ~AFAR_SUPER_MEMORY;
	w->node[0].super.flags |= AFAR_SUPER_EQUAL | AFAR_SUPER_CLEAN;
	afar_hello_fill(&w->hello, super);
	KUNIT_EXPECT_EQ(test, w->hello.flags, AFAR_HELLO_EQUAL);
	w->node[0].super.flags |= AFAR_SUPER_RESYNC;
	afar_hello_fill(&w->hello, super);
	KUNIT_EXPECT_EQ(test, w->hello.flags, AFAR_HELLO_EQUAL | AFAR_HELLO_RESYNC);
	afar_hello_put(block, &w->hello);
	KUNIT_EXPECT_NULL(test, afar_hello_get(block, got));
	KUNIT_EXPECT_EQ(test, got->role, AFAR_PRIMARY);
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&got->journal, &super->journal));
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&got->node, &super->node));
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&got->group, &super->group));
	KUNIT_EXPECT_EQ(test, got->block_size, super->block_size);
	KUNIT_EXPECT_EQ(test, got->largest_set, afar_super_largest_set(super));
	KUNIT_EXPECT_EQ(test, got->chain.count, 1);
}

/* ---- random lives of two nodes ------------------------------------------------------------- */

/* Does node @x's image lie in node @y's history? By the tree of terms, not by chains. */
static bool known(const struct world *w, u32 x, u32 y)
{
	u64 image = w->node[x].super.role == AFAR_PRIMARY ? U64_MAX : w->node[x].set;
	u32 term = w->node[y].term, depth = 0;

	if (term == w->node[x].term)
		return true;
	while (w->parent[term]) {
		if (++depth > AFAR_CHAIN)
			return false;
		if (w->parent[term] == w->node[x].term)
			return image <= w->fork[term];
		term = w->parent[term];
	}
	return false;
}

static u32 oracle(const struct world *w)
{
	const struct node *a = &w->node[0], *b = &w->node[1];
	const struct node *primary = a->super.role == AFAR_PRIMARY ? a : b;

	if (a->super.role == AFAR_PRIMARY && b->super.role == AFAR_PRIMARY)
		return AFAR_BYE_SPLIT;
	if (a->super.role == b->super.role)
		return AFAR_BYE_ROLE;
	if (!a->term || !b->term)
		return (primary->super.flags & (AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC)) ==
		       AFAR_SUPER_EQUAL ? 0 : AFAR_BYE_RESYNC;
	if (a->term == b->term)
		return primary->super.flags & AFAR_SUPER_RESYNC ? AFAR_BYE_RESYNC : 0;
	return known(w, 0, 1) || known(w, 1, 0) ? AFAR_BYE_RESYNC : AFAR_BYE_SPLIT;
}

static void live(struct afar_random *r, struct world *w, u32 reason)
{
	u32 n = afar_random_below(r, 2);
	struct node *node = &w->node[n], *other = &w->node[!n];

	switch (afar_random_below(r, 7)) {
	case 0:
		promote(w, n);
		if (afar_random_one_in(r, 3))
			node->super.flags |= AFAR_SUPER_EQUAL;
		break;
	case 1:
		if (node->term)
			demote(w, n);
		break;
	case 2:
		if (node->super.role == AFAR_PRIMARY)
			node->set += 1 + afar_random_below(r, 3);
		break;
	case 3:
	case 4:
		/* a session: the secondary catches up, wholly or in part */
		if (reason || node->super.role == AFAR_PRIMARY)
			break;
		if (!node->term) {
			take_over(w, n);
			node->set = 0;
		}
		node->set += afar_random_below(r, max(other->set, node->set) - node->set + 1);
		break;
	case 5:
		if (reason == AFAR_BYE_RESYNC && other->super.role == AFAR_PRIMARY &&
		    node->super.role == AFAR_SECONDARY)
			take_over(w, n);
		break;
	default:
		/* one side's history is given up */
		if (reason == AFAR_BYE_SPLIT && other->term && afar_random_one_in(r, 2)) {
			demote(w, n);
			take_over(w, n);
		}
	}
}

/* Whatever happened before: both think the same, and only one history is ever followed. */
static void two_nodes_never_disagree_on_their_histories(struct kunit *test)
{
	struct afar_random r = afar_random_seed(3);
	u32 walk, step, seen = 0;

	for (walk = 0; walk < AFAR_TEST_MANY(4000, 200); walk++) {
		struct world *w = world_new(test);
		u32 reason = AFAR_BYE_ROLE;

		for (step = 0; step < 60 && w->terms < TERMS - 1; step++) {
			live(&r, w, reason);
			reason = verdict(test, w);
			KUNIT_ASSERT_EQ_MSG(test, reason, oracle(w), "walk %u step %u", walk, step);
			seen |= 1U << reason;
		}
		kunit_kfree(test, w);
	}
	KUNIT_EXPECT_EQ(test, seen, 1U | 1U << AFAR_BYE_ROLE | 1U << AFAR_BYE_RESYNC |
			1U << AFAR_BYE_SPLIT);
}

static struct kunit_case term_cases[] = {
	KUNIT_CASE(the_first_term_ends_none),
	KUNIT_CASE(a_new_term_says_where_the_old_one_was_left),
	KUNIT_CASE(a_chain_keeps_the_newest_32_terms),
	KUNIT_CASE(terms_without_a_set_do_not_push_the_image_out),
	KUNIT_CASE(a_history_knows_a_term_up_to_where_it_left_it),
	KUNIT_CASE(terms_with_equal_counters_are_not_equal),
	KUNIT_CASE(a_secondary_in_the_same_term_is_followed),
	KUNIT_CASE(a_secondary_follows_into_a_term_that_begins_with_a_resync_set),
	KUNIT_CASE(a_history_reaches_as_far_as_its_image),
	KUNIT_CASE(a_fresh_node_needs_a_resync_or_the_operators_word),
	KUNIT_CASE(one_of_two_nodes_is_primary),
	KUNIT_CASE(two_promotions_by_force_are_a_split_brain),
	KUNIT_CASE(two_primaries_of_one_term_are_a_split_brain),
	KUNIT_CASE(a_journal_that_was_put_back_is_a_split_brain),
	KUNIT_CASE(a_journal_that_was_put_back_does_not_catch_up),
	KUNIT_CASE(a_drill_does_not_win_over_the_living_primary),
	KUNIT_CASE(an_old_primary_with_a_tail_is_a_split_brain),
	KUNIT_CASE(a_higher_term_is_not_a_later_image),
	KUNIT_CASE(a_history_older_than_the_chain_is_foreign),
	KUNIT_CASE(the_wrong_peer_is_named),
	KUNIT_CASE(versions_must_overlap_and_features_be_known),
	KUNIT_CASE(a_hello_that_contradicts_itself_is_garbage),
	KUNIT_CASE(a_hello_says_what_the_superblock_says),
	KUNIT_CASE(two_nodes_never_disagree_on_their_histories),
	{}
};

struct kunit_suite afar_term_suite = {
	.name = "afar_term",
	.test_cases = term_cases,
};
