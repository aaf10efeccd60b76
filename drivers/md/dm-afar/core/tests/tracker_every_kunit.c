// SPDX-License-Identifier: GPL-2.0-only
/*
 * Room in the ring (R8), exhaustively: every order in which the commands of eight sets can arrive,
 * with commits and the head as late as can be, or at any time between. All states that can be
 * reached are gone through, each once; each step goes forward, so if no state is stuck every order
 * ends.
 *
 * The smallest legal journal has a ring of four sets of the largest size, and so have the rings
 * here; sets are two to four blocks at most instead of AFAR_SET_MIN, else there were too many
 * states. Two commands of a set that take the same room are sent in order of their numbers: which
 * of them comes first makes no difference to room. A frame holds one command, which is the worst
 * that framing can be. A command that comes again is tried in every state.
 */
#include <linux/slab.h>
#include "../rule.h"
#include "suites.h"
#include "track.h"
#include "util.h"

#define SETS		AFAR_TEST_MANY(8, 4)
#define STATES		(1U << AFAR_TEST_MANY(19, 14))	/* room for so many at once */
#define STACK		1024

/* The largest size is tried once, in user space. */
#ifdef AFAR_TEST_RULES
#define LARGEST_MOST	AFAR_TEST_MANY(4, 3)
#else
#define LARGEST_MOST	3
#endif

/* What a set is made of; a sync command comes last. */
enum shape {
	TINY,		/* nothing */
	SINGLES,	/* commands of one block, up to the limit */
	WHOLE,		/* one command, up to the limit */
	SHAPES,
};

/**
 * struct world - a ring, and what has been sent to it
 * @t:      the tracker
 * @writes: of each set: how many of its commands have been sent, the sync command not counted
 * @synced: of each set: its sync command has been sent
 */
struct world {
	struct afar_tracker t;
	u8 writes[SETS];
	bool synced[SETS];
};

/** struct key - all that makes a difference to what can come */
struct key {
	u64 sent;
	u64 places;
};

/**
 * struct search - the states of one geometry
 * @largest: blocks of a set at most
 * @ring:    length of the ring
 * @shape:   of each set
 * @first:   number of each set's first command; the last entry is behind the last set
 * @seen:    open hash table of all states; @places 0 is free
 * @states:  how many
 * @stack:   states whose next steps have not been gone through
 * @depth:   how many
 * @stuck:   states that are not the end and have no next step
 * @ends:    ends reached
 */
struct search {
	u32 largest;
	u32 ring;
	enum shape shape[SETS];
	u64 first[SETS + 1];
	struct key *seen;
	u32 states;
	struct world *stack;
	u32 depth;
	u32 stuck;
	u32 ends;
};

static u32 writes_of(const struct search *s, u32 set)
{
	return s->shape[set] == TINY ? 0 : s->shape[set] == WHOLE ? 1 : s->largest - 1;
}

static struct afar_cmd write_cmd(const struct search *s, u32 set, u32 i)
{
	u64 seq = s->first[set] + i;

	/* the header block of its frame, and payload */
	if (s->shape[set] == WHOLE && s->largest > 2)
		return afar_test_write(set + 1, s->first[set], seq, (s->largest - 2) * AFAR_BLOCK);
	return afar_test_void(set + 1, s->first[set], seq);
}

static struct afar_cmd sync_cmd(const struct search *s, u32 set)
{
	return afar_test_sync(set + 1, s->first[set], s->first[set + 1] - 1,
			      s->shape[set] == TINY ? 1 : s->largest);
}

/* ---- states --------------------------------------------------------------------------------- */

static void copy_bits(struct kunit *test, struct afar_bits *to, const struct afar_bits *from)
{
	u32 i;

	*to = *from;
	if (!from->leaves)
		return;
	to->leaf = kvcalloc(from->leaves, sizeof(*to->leaf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, to->leaf);
	for (i = 0; i < from->leaves; i++) {
		if (!from->leaf[i])
			continue;
		to->leaf[i] = kzalloc(AFAR_LEAF_BITS / 8, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, to->leaf[i]);
		memcpy(to->leaf[i], from->leaf[i], AFAR_LEAF_BITS / 8);
	}
}

static void copy(struct kunit *test, struct world *to, const struct world *from)
{
	const struct afar_set *set;
	struct afar_set *new, *at;

	memcpy(to, from, sizeof(*to));
	INIT_LIST_HEAD(&to->t.sets);
	INIT_LIST_HEAD(&to->t.placed);
	to->t.reached = NULL;
	list_for_each_entry(set, &from->t.sets, list) {
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, new);
		memcpy(new, set, sizeof(*new));
		copy_bits(test, &new->bits, &set->bits);
		list_add_tail(&new->list, &to->t.sets);
		if (set == from->t.reached)
			to->t.reached = new;
		list_for_each_entry(at, &to->t.placed, placed)
			if (at->position > new->position)
				break;
		list_add_tail(&new->placed, &at->placed);
	}
}

static void drop(struct world *w)
{
	static const struct afar_cut none;

	afar_tracker_reset(&w->t, &none);
}

static struct key key_of(const struct world *w)
{
	struct key key = { .places = 1 };
	u32 set;

	for (set = 0; set < SETS; set++) {
		const struct afar_set *here = afar_tracker_find(&w->t, set + 1);

		key.sent = key.sent << 3 | w->writes[set] << 1 | w->synced[set];
		/* a set that is whole and one that is gone are told apart by the cut */
		key.places = key.places << 5 | (here ? here->position - w->t.head : 31);
	}
	key.sent = key.sent << 8 | w->t.committed.set;
	key.sent = key.sent << 8 | w->t.credit;
	key.sent = key.sent << 8 | (w->t.tail - w->t.head);
	return key;
}

/* Has the state been seen before? It has now. */
static bool seen(struct kunit *test, struct search *s, const struct world *w)
{
	struct key key = key_of(w);
	u32 at = afar_crc(&key, sizeof(key)) % STATES;

	while (s->seen[at].places) {
		if (s->seen[at].sent == key.sent && s->seen[at].places == key.places)
			return true;
		at = (at + 1) % STATES;
	}
	s->seen[at] = key;
	s->states++;
	KUNIT_ASSERT_LT(test, s->states, STATES / 4 * 3);
	return false;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static u64 used(const struct world *w)
{
	return w->t.tail - w->t.head;
}

/* Without the rule there is no credit; then it has to fit, that is all. */
static bool allowed(const struct search *s, const struct world *w, const struct afar_cmd *cmd)
{
	if (afar_rule(AFAR_RULE_ROOM))
		return cmd->set <= w->t.credit;
	return used(w) + afar_cmd_blocks(cmd) <= s->ring;
}

static void send(struct kunit *test, const struct search *s, struct world *w,
		 const struct afar_cmd *cmd)
{
	const char *why = "";

	KUNIT_ASSERT_EQ_MSG(test, afar_tracker_admit(&w->t, cmd, &why), AFAR_ADMIT_NEW,
			    "number %llu: %s", cmd->seq, why);
	afar_tracker_placed(&w->t, cmd, w->t.tail);
	w->t.tail += afar_cmd_blocks(cmd);
	KUNIT_ASSERT_LE_MSG(test, used(w), s->ring, "ring over-full");
	afar_tracker_durable(&w->t, cmd);
	afar_tracker_update(&w->t);
}

static void commit(struct kunit *test, const struct search *s, struct world *w, u64 blocks)
{
	struct afar_cut end;

	KUNIT_ASSERT_NE(test, afar_tracker_run(&w->t, blocks, &end), 0);
	w->t.tail++;
	KUNIT_ASSERT_LE_MSG(test, used(w), s->ring, "no room for the record");
	afar_tracker_commit(&w->t, &end);
}

enum { WRITES, SYNCS = SETS, COMMIT_ONE = 2 * SETS, COMMIT_ALL, HEAD, STEPS };

/* Without the rule there may be no room even for the record that would make some. */
static bool can_commit(const struct search *s, const struct world *w, u64 sets)
{
	return w->t.replicated.set >= w->t.committed.set + sets &&
	       (afar_rule(AFAR_RULE_ROOM) || used(w) < s->ring);
}

static bool can(const struct search *s, const struct world *w, u32 what)
{
	struct afar_cmd cmd;

	switch (what) {
	case COMMIT_ONE:
		return can_commit(s, w, 1);
	case COMMIT_ALL:
		return can_commit(s, w, 2);
	case HEAD:
		return afar_tracker_head(&w->t) != w->t.head;
	}
	if (what >= SYNCS) {
		cmd = sync_cmd(s, what - SYNCS);
		return !w->synced[what - SYNCS] && allowed(s, w, &cmd);
	}
	cmd = write_cmd(s, what, w->writes[what]);
	return w->writes[what] < writes_of(s, what) && allowed(s, w, &cmd);
}

static void step(struct kunit *test, const struct search *s, struct world *w, u32 what)
{
	struct afar_cmd cmd;

	switch (what) {
	case COMMIT_ONE:
		commit(test, s, w, 0);
		return;
	case COMMIT_ALL:
		commit(test, s, w, U64_MAX);
		return;
	case HEAD:
		w->t.head = afar_tracker_head(&w->t);
		afar_tracker_update(&w->t);
		return;
	}
	if (what >= SYNCS) {
		cmd = sync_cmd(s, what - SYNCS);
		w->synced[what - SYNCS] = true;
	} else {
		cmd = write_cmd(s, what, w->writes[what]++);
	}
	send(test, s, w, &cmd);
}

/* What is here comes once more, or what is committed: it takes no room and changes nothing. */
static void repeat_all(struct kunit *test, const struct search *s, struct world *w)
{
	u32 set, i, state;
	u64 duplicates = w->t.duplicates;
	const char *why;

	state = afar_test_tracker_state(&w->t);
	for (set = 0; set < SETS; set++) {
		struct afar_cmd cmd = sync_cmd(s, set);

		if (w->synced[set])
			KUNIT_ASSERT_EQ(test, afar_tracker_admit(&w->t, &cmd, &why),
					AFAR_ADMIT_DUPLICATE);
		for (i = 0; i < w->writes[set]; i++) {
			cmd = write_cmd(s, set, i);
			KUNIT_ASSERT_EQ(test, afar_tracker_admit(&w->t, &cmd, &why),
					AFAR_ADMIT_DUPLICATE);
		}
	}
	w->t.duplicates = duplicates;
	KUNIT_ASSERT_EQ(test, afar_test_tracker_state(&w->t), state);
}

/* ---- the search ----------------------------------------------------------------------------- */

static void push(struct kunit *test, struct search *s, const struct world *w)
{
	KUNIT_ASSERT_LT(test, s->depth, STACK);
	/* lists point into the world itself */
	copy(test, &s->stack[s->depth++], w);
}

/* All that can follow a state; those not seen before are kept. Returns how many steps there are. */
static u32 follow(struct kunit *test, struct search *s, const struct world *w)
{
	struct world next;
	u32 what, steps = 0;

	for (what = 0; what < STEPS; what++) {
		if (!can(s, w, what))
			continue;
		steps++;
		copy(test, &next, w);
		step(test, s, &next, what);
		if (!seen(test, s, &next)) {
			if (afar_rule(AFAR_RULE_ROOM)) {
				KUNIT_ASSERT_NULL(test, afar_test_tracker_check(&next.t));
				repeat_all(test, s, &next);
			}
			push(test, s, &next);
		}
		drop(&next);
	}
	return steps;
}

static void begin(struct search *s, struct world *w)
{
	static const struct afar_cut none;
	u32 set;

	s->first[0] = 1;
	for (set = 0; set < SETS; set++)
		s->first[set + 1] = s->first[set] + writes_of(s, set) + 1;
	memset(s->seen, 0, STATES * sizeof(*s->seen));
	s->states = 0;
	memset(w, 0, sizeof(*w));
	afar_tracker_init(&w->t, s->ring, s->largest);
	afar_tracker_reset(&w->t, &none);
	afar_tracker_update(&w->t);
}

static void search(struct kunit *test, struct search *s)
{
	struct world w;

	begin(s, &w);
	seen(test, s, &w);
	push(test, s, &w);
	drop(&w);
	while (s->depth) {
		copy(test, &w, &s->stack[--s->depth]);
		drop(&s->stack[s->depth]);
		/* without the rule, one that is stuck is enough */
		if ((afar_rule(AFAR_RULE_ROOM) || !s->stuck) && !follow(test, s, &w)) {
			s->ends += w.t.committed.set == SETS;
			s->stuck += w.t.committed.set != SETS;
		}
		drop(&w);
	}
}

static struct search *search_new(struct kunit *test)
{
	struct search *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->seen = kvcalloc(STATES, sizeof(*s->seen), GFP_KERNEL);
	s->stack = kvcalloc(STACK, sizeof(*s->stack), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s->seen);
	KUNIT_ASSERT_NOT_NULL(test, s->stack);
	return s;
}

static void search_free(struct search *s)
{
	kvfree(s->seen);
	kvfree(s->stack);
}

/* All sets of one shape, or each of two shapes in every pattern. */
static u64 search_shapes(struct kunit *test, struct search *s, enum shape a, enum shape b)
{
	u64 states = 0;
	u32 pattern, set;

	for (pattern = 0; pattern < (a == b ? 1 : 1U << SETS); pattern++) {
		for (set = 0; set < SETS; set++)
			s->shape[set] = pattern >> set & 1 ? b : a;
		search(test, s);
		states += s->states;
	}
	return states;
}

static void every_order_of_eight_sets_ends(struct kunit *test)
{
	struct search *s = search_new(test);
	u32 shape;

	for (s->largest = 2; s->largest <= LARGEST_MOST; s->largest++) {
		u64 states = 0;

		s->ring = 4 * s->largest;
		for (shape = TINY; shape < SHAPES; shape++)
			states += search_shapes(test, s, shape, shape);
		kunit_info(test, "%u sets, %u blocks at most, in a ring of %u: %llu states", SETS,
			   s->largest, s->ring, states);
		KUNIT_EXPECT_EQ(test, s->stuck, 0);
	}
	KUNIT_EXPECT_GT(test, s->ends, 0);
	search_free(s);
}

/* A small set gives the room back that was kept for a large one, so more of them are under way. */
static void every_order_of_large_and_small_sets_ends(struct kunit *test)
{
	struct search *s = search_new(test);
	u64 states;

	s->largest = 2;
	s->ring = 4 * s->largest;
	states = search_shapes(test, s, TINY, SINGLES);
	kunit_info(test, "%u patterns of sets, in a ring of %u: %llu states", 1U << SETS, s->ring,
		   states);
	KUNIT_EXPECT_EQ(test, s->stuck, 0);
	search_free(s);
}

#ifdef AFAR_TEST_RULES
/* With the rule left out the same search finds states that nothing leads out of. */
static void without_the_rule_some_orders_lock_up(struct kunit *test)
{
	struct search *s = search_new(test);

	afar_rules_off = 1UL << AFAR_RULE_ROOM;
	s->largest = 2;
	s->ring = 4 * s->largest;
	search_shapes(test, s, SINGLES, SINGLES);
	afar_rules_off = 0;
	kunit_info(test, "one state of %u is stuck", s->states);
	KUNIT_EXPECT_EQ(test, s->stuck, 1);
	search_free(s);
}
#endif

static struct kunit_case tracker_every_cases[] = {
	KUNIT_CASE(every_order_of_eight_sets_ends),
	KUNIT_CASE(every_order_of_large_and_small_sets_ends),
#ifdef AFAR_TEST_RULES
	KUNIT_CASE(without_the_rule_some_orders_lock_up),
#endif
	{}
};

struct kunit_suite afar_tracker_every_suite = {
	.name = "afar_tracker_every",
	.test_cases = tracker_every_cases,
};
