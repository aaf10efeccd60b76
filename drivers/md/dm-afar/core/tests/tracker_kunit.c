// SPDX-License-Identifier: GPL-2.0-only
/* What the tracker refuses, and what it keeps when memory or order is against it. */
#include "suites.h"
#include "track.h"
#include "util.h"

#define RING	4096
#define LARGEST	100

static const struct afar_cut none;

static struct afar_tracker *tracker_new(struct kunit *test, u32 ring, u32 largest, u64 committed)
{
	struct afar_tracker *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct afar_cut cut = { .set = committed, .seq = 10 * committed };

	KUNIT_ASSERT_NOT_NULL(test, t);
	afar_tracker_init(t, ring, largest);
	afar_tracker_reset(t, &cut);
	afar_tracker_update(t);
	return t;
}

static enum afar_admit admit(struct afar_tracker *t, struct afar_cmd cmd)
{
	const char *why;

	return afar_tracker_admit(t, &cmd, &why);
}

/* Admit, place and flush at once. */
static void take(struct kunit *test, struct afar_tracker *t, struct afar_cmd cmd)
{
	const char *why = "";

	KUNIT_ASSERT_EQ_MSG(test, afar_tracker_admit(t, &cmd, &why), AFAR_ADMIT_NEW, "%s", why);
	afar_tracker_placed(t, &cmd, t->tail);
	t->tail += afar_cmd_blocks(&cmd);
	afar_tracker_durable(t, &cmd);
	afar_tracker_update(t);
	KUNIT_ASSERT_NULL(test, afar_test_tracker_check(t));
}

/* ---- contradictions ------------------------------------------------------------------------ */

/**
 * struct contradiction - something arrived, and then comes what cannot be
 * @name:      for messages
 * @committed: set; its last number is ten times that
 * @arrived:   commands that have arrived, of @cmd
 * @cmd:       these, and then the one that is refused
 * @why:       what is said; NULL: there is no room for it
 */
struct contradiction {
	const char *name;
	u32 committed;
	u32 arrived;
	struct afar_cmd cmd[4];
	const char *why;
};

#define WRITE_CMD(s, f, n, b) \
	{ .op = AFAR_OP_WRITE, .set = s, .first = f, .seq = n, .bytes = b }
#define SYNC_CMD(s, f, n, b, t) \
	{ .op = AFAR_OP_SYNC, .set = s, .first = f, .seq = n, .blocks = b, .time = t }
#define W(s, f, n)	WRITE_CMD(s, f, n, 4096)
#define S(s, f, n)	SYNC_CMD(s, f, n, 50, 5)

#define SIZE	"set larger than allowed"
#define SMALL	"set smaller than its commands"
#define REPEAT	"repeat contradicts the first arrival"
#define BEYOND	"sequence number beyond its set"
#define LATER	"sequence number within a later set"
#define ENDS	"set does not end where the next one begins"
#define BEGINS	"set does not begin where the one before it ends"
#define WITHIN	"set begins within an earlier one"
#define AFTER	"set does not begin after the last committed number"

static const struct contradiction contradictions[] = {
	{ "another first number", 0, 1, { W(1, 1, 3), W(1, 2, 4) }, "set begins at two numbers" },
	{ "another first number, lower", 3, 1, { W(5, 40, 41), W(5, 39, 42) },
	  "set begins at two numbers" },
	{ "another first number, sync", 0, 1, { W(1, 1, 3), S(1, 2, 4) },
	  "set begins at two numbers" },
	{ "two syncs, the second lower", 0, 1, { S(1, 1, 4), S(1, 1, 3) },
	  "two sync commands for a set" },
	{ "two syncs, the second higher", 0, 1, { S(1, 1, 4), S(1, 1, 5) }, BEYOND },
	{ "sync below a number", 0, 1, { W(1, 1, 5), S(1, 1, 4) },
	  "sync command below a number of its set" },
	{ "number beyond the sync", 0, 1, { S(1, 1, 4), W(1, 1, 5) }, BEYOND },
	{ "number far beyond the sync", 0, 1, { S(1, 1, 4), W(1, 1, 99) }, BEYOND },
	{ "sync where a write was", 0, 1, { W(1, 1, 4), S(1, 1, 4) }, REPEAT },
	{ "write where the sync was", 0, 1, { S(1, 1, 4), W(1, 1, 4) }, REPEAT },
	{ "the sync again, larger", 0, 1, { S(1, 1, 4), SYNC_CMD(1, 1, 4, 51, 5) }, REPEAT },
	{ "the sync again, smaller", 0, 1, { S(1, 1, 4), SYNC_CMD(1, 1, 4, 49, 5) }, REPEAT },
	{ "the sync again, later", 0, 1, { S(1, 1, 4), SYNC_CMD(1, 1, 4, 50, 6) }, REPEAT },
	{ "end above the next set's first", 0, 1, { W(2, 5, 6), S(1, 1, 5) }, LATER },
	{ "end not quite at the next set", 0, 1, { W(2, 5, 6), S(1, 1, 3) }, ENDS },
	{ "end above a later set's first", 0, 1, { W(3, 9, 9), S(1, 1, 9) }, LATER },
	{ "number in the next set, new set", 0, 1, { W(2, 5, 6), W(1, 1, 5) }, LATER },
	{ "number in the next set", 0, 2, { W(2, 5, 6), W(1, 1, 1), W(1, 1, 6) }, LATER },
	{ "number in a later set", 0, 2, { W(3, 5, 6), W(2, 3, 3), W(2, 3, 5) }, LATER },
	{ "next set begins too late", 0, 1, { S(1, 1, 4), W(2, 6, 6) }, BEGINS },
	{ "next set begins too early", 0, 1, { S(1, 1, 4), W(2, 4, 6) }, BEGINS },
	{ "later set begins within a closed one", 0, 1, { S(1, 1, 4), W(3, 4, 6) }, WITHIN },
	{ "later set begins within an open one", 0, 1, { W(1, 1, 4), W(2, 3, 6) }, WITHIN },
	{ "later set begins at a number of another", 0, 1, { W(1, 1, 4), W(3, 4, 6) }, WITHIN },
	{ "number beyond the largest set", 0, 0, { W(1, 1, 101) }, SIZE },
	{ "number beyond the largest set, sync", 0, 1,
	  { W(1, 1, 1), SYNC_CMD(1, 1, 101, 101, 5) }, SIZE },
	{ "number far beyond the largest set", 0, 0, { W(1, 1, U64_MAX / 2) }, SIZE },
	{ "sync says a set that is too large", 0, 0, { SYNC_CMD(1, 1, 4, 101, 5) }, SIZE },
	{ "sync says less than has come", 0, 1, { W(1, 1, 1), SYNC_CMD(1, 1, 2, 2, 5) }, SMALL },
	{ "more bytes than the sync said", 0, 1,
	  { SYNC_CMD(1, 1, 3, 8, 5), WRITE_CMD(1, 1, 1, 7 * 4096) }, SIZE },
	{ "more bytes than the largest set", 0, 1,
	  { WRITE_CMD(1, 1, 1, 50 * 4096), WRITE_CMD(1, 1, 2, 48 * 4096) }, SIZE },
	{ "no room left for the sync", 0, 0, { WRITE_CMD(1, 1, 1, 99 * 4096) }, SIZE },
	{ "first set begins too late", 4, 0, { W(5, 42, 42) }, AFTER },
	{ "first set begins at a committed number", 4, 0, { W(5, 40, 41) }, AFTER },
	{ "later set begins at a committed number", 4, 0, { W(6, 40, 41) },
	  "set begins at a committed number" },
	{ "committed number in a new set", 4, 0, { W(6, 30, 31) },
	  "number of a complete set in a later one" },
	{ "new number in the committed set", 4, 0, { W(4, 31, 41) },
	  "new number in a complete set" },
	{ "new number in an old set", 4, 0, { W(1, 1, 41) }, "new number in a complete set" },
	{ "new number in a complete set", 0, 3, { W(2, 2, 2), S(1, 1, 1), S(2, 2, 3), W(1, 1, 4) },
	  "new number in a complete set" },
	{ "number of a complete set in the next one", 0, 3,
	  { W(2, 2, 2), S(1, 1, 1), S(2, 2, 3), W(3, 2, 3) },
	  "number of a complete set in a later one" },
	{ "a set beyond the credit", 0, 0, { W(41, 900, 901) }, NULL },
	{ "a set far beyond the credit", 0, 1, { W(1, 1, 1), W(U64_MAX / 2, 900, 901) }, NULL },
};

static void contradiction_desc(const struct contradiction *c, char *desc)
{
	strcpy(desc, c->name);
}

KUNIT_ARRAY_PARAM(contradiction, contradictions, contradiction_desc);

static void a_contradiction_is_refused_and_changes_nothing(struct kunit *test)
{
	const struct contradiction *c = test->param_value;
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, c->committed);
	const char *why = NULL;
	u32 i, state;

	KUNIT_ASSERT_EQ(test, t->credit, c->committed + 40);
	for (i = 0; i < c->arrived; i++)
		take(test, t, c->cmd[i]);
	state = afar_test_tracker_state(t);
	KUNIT_ASSERT_NULL(test, afar_cmd_check(&c->cmd[i]));
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, afar_tracker_admit(t, &c->cmd[c->arrived], &why),
				c->why ? AFAR_ADMIT_BAD : AFAR_ADMIT_NO_ROOM);
		KUNIT_EXPECT_STREQ(test, why ?: "no room", c->why ?: "no room");
		KUNIT_EXPECT_EQ(test, afar_test_tracker_state(t), state);
	}
	/* a journal that says so is refused as well; what is committed it may say again */
	if (c->why && c->cmd[c->arrived].set > c->committed) {
		KUNIT_EXPECT_EQ(test, afar_tracker_replay(t, &c->cmd[c->arrived], t->tail, &why),
				AFAR_ADMIT_BAD);
		KUNIT_EXPECT_EQ(test, afar_test_tracker_state(t), state);
	}
	/* what was right before is right afterwards */
	for (i = 0; i < c->arrived; i++)
		KUNIT_EXPECT_EQ(test, admit(t, c->cmd[i]), AFAR_ADMIT_DUPLICATE);
	afar_tracker_reset(t, &none);
}

static void what_only_looks_like_a_contradiction_is_taken(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 4);

	/* gaps between sets that are not here yet */
	take(test, t, (struct afar_cmd)S(7, 60, 63));
	take(test, t, (struct afar_cmd)W(9, 70, 72));
	take(test, t, (struct afar_cmd)W(5, 41, 42));
	take(test, t, (struct afar_cmd)S(8, 64, 69));
	take(test, t, (struct afar_cmd)S(5, 41, 45));
	/* a set whose last number is the one before the next set's first */
	take(test, t, (struct afar_cmd)S(6, 46, 59));
	/* the most that a set may hold: 49 + 50 blocks, and its sync command */
	take(test, t, (struct afar_cmd)WRITE_CMD(9, 70, 70, 48 * 4096));
	take(test, t, (struct afar_cmd)WRITE_CMD(9, 70, 71, 47 * 4096));
	KUNIT_EXPECT_EQ(test, admit(t, (struct afar_cmd)W(9, 70, 73)), AFAR_ADMIT_BAD);
	take(test, t, (struct afar_cmd)SYNC_CMD(9, 70, 74, 100, 5));
	/* a number that was kept for a void costs one block of the hundred */
	KUNIT_EXPECT_EQ(test, admit(t, afar_test_void(9, 70, 73)), AFAR_ADMIT_BAD);
	afar_tracker_reset(t, &none);
}

/* ---- duplicates ---------------------------------------------------------------------------- */

static void duplicates_are_counted_at_every_stage(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 0);
	struct afar_cmd cmd = W(1, 1, 1), sync = S(1, 1, 2);
	struct afar_cut end;

	KUNIT_EXPECT_EQ(test, admit(t, cmd), AFAR_ADMIT_NEW);
	KUNIT_EXPECT_EQ(test, admit(t, cmd), AFAR_ADMIT_DUPLICATE);
	afar_tracker_placed(t, &cmd, 7);
	KUNIT_EXPECT_EQ(test, admit(t, cmd), AFAR_ADMIT_DUPLICATE);
	afar_tracker_durable(t, &cmd);
	KUNIT_EXPECT_EQ(test, admit(t, cmd), AFAR_ADMIT_DUPLICATE);
	take(test, t, sync);
	KUNIT_EXPECT_EQ(test, admit(t, sync), AFAR_ADMIT_DUPLICATE);
	KUNIT_ASSERT_EQ(test, afar_tracker_run(t, U64_MAX, &end), 1);
	afar_tracker_commit(t, &end);
	KUNIT_EXPECT_EQ(test, admit(t, cmd), AFAR_ADMIT_DUPLICATE);
	KUNIT_EXPECT_EQ(test, admit(t, sync), AFAR_ADMIT_DUPLICATE);
	KUNIT_EXPECT_EQ(test, t->duplicates, 6);
	KUNIT_EXPECT_EQ(test, t->committed.set, 1);
	KUNIT_EXPECT_EQ(test, t->committed.seq, 2);
	KUNIT_EXPECT_EQ(test, t->committed.time, 5);
	KUNIT_EXPECT_NULL(test, afar_tracker_find(t, 1));
}

/* ---- bitmap -------------------------------------------------------------------------------- */

/* Sets as long as a ring allows, from both ends and at random: the bitmap grows by leaves. */
static void a_long_set_keeps_each_number(struct kunit *test)
{
	enum { LENGTH = 9000 };
	struct afar_tracker *t = tracker_new(test, 1 << 20, LENGTH, 0);
	u32 *order = kunit_kcalloc(test, LENGTH, sizeof(*order), GFP_KERNEL);
	struct afar_random r = afar_random_seed(11);
	u32 way, i, k;

	KUNIT_ASSERT_NOT_NULL(test, order);
	for (way = 0; way < 3; way++) {
		u64 set = way + 1, first = 1 + way * LENGTH;

		for (i = 0; i < LENGTH; i++)
			order[i] = way == 1 ? LENGTH - 1 - i : i;
		if (way == 2)
			afar_test_shuffle(&r, order, LENGTH);
		for (i = 0; i < LENGTH; i++) {
			struct afar_cmd cmd = order[i] == LENGTH - 1 ?
				afar_test_sync(set, first, first + order[i], LENGTH) :
				afar_test_void(set, first, first + order[i]);

			KUNIT_ASSERT_EQ(test, admit(t, cmd), AFAR_ADMIT_NEW);
			KUNIT_ASSERT_EQ(test, admit(t, cmd), AFAR_ADMIT_DUPLICATE);
			afar_tracker_durable(t, &cmd);
			if (i % 1000 && i != LENGTH - 1)
				continue;
			afar_tracker_update(t);
			KUNIT_ASSERT_EQ(test, t->replicated.set, i == LENGTH - 1 ? set : set - 1);
			for (k = 0; k < LENGTH; k++)
				KUNIT_ASSERT_EQ(test, afar_tracker_has(afar_tracker_find(t, set),
								       first + order[k]), k <= i);
		}
	}
	afar_tracker_reset(t, &none);
}

static void arrivals_are_listed_from_any_number_on(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 0);
	u32 from, bit, here = 0;
	u64 first, last;

	/* set 1 is complete; of 2 (4..), 4 (20..) and 5 (25..29) there are parts */
	take(test, t, (struct afar_cmd)W(1, 1, 1));
	take(test, t, (struct afar_cmd)W(1, 1, 2));
	take(test, t, (struct afar_cmd)S(1, 1, 3));
	take(test, t, (struct afar_cmd)W(2, 4, 5));
	take(test, t, (struct afar_cmd)W(2, 4, 6));
	take(test, t, (struct afar_cmd)W(2, 4, 9));
	take(test, t, (struct afar_cmd)S(4, 20, 24));
	take(test, t, (struct afar_cmd)W(5, 25, 25));
	take(test, t, (struct afar_cmd)S(5, 25, 29));
	here = 1U << 5 | 1U << 6 | 1U << 9 | 1U << 24 | 1U << 25 | 1U << 29;
	for (from = 0; from < 32; from++) {
		for (bit = from; bit < 32 && !(here >> bit & 1); bit++)
			;
		KUNIT_ASSERT_EQ(test, afar_tracker_next_range(t, from, &first, &last), bit < 32);
		if (bit == 32)
			continue;
		KUNIT_EXPECT_EQ(test, first, bit);
		/* a range may end where a set does, though the next one goes on */
		KUNIT_EXPECT_GE(test, last, first);
		for (; bit <= last; bit++)
			KUNIT_EXPECT_TRUE(test, here >> bit & 1);
		KUNIT_EXPECT_TRUE(test, last == 24 || !(here >> bit & 1));
	}
	afar_tracker_reset(t, &none);
	KUNIT_EXPECT_FALSE(test, afar_tracker_next_range(t, 0, &first, &last));
}

/* ---- runs, commit, head -------------------------------------------------------------------- */

/* Three sets of 10, 20 and 50 blocks, complete, and one number of a fourth. */
static struct afar_tracker *three_sets(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 0);

	take(test, t, (struct afar_cmd)SYNC_CMD(1, 1, 1, 10, 11));
	take(test, t, (struct afar_cmd)SYNC_CMD(2, 2, 2, 20, 12));
	take(test, t, (struct afar_cmd)SYNC_CMD(3, 3, 3, 50, 13));
	take(test, t, (struct afar_cmd)W(4, 4, 4));
	return t;
}

static void a_run_is_as_long_as_it_may_be(struct kunit *test)
{
	static const struct {
		u64 most;
		u32 sets;
	} row[] = {
		{ 0, 1 }, { 9, 1 }, { 10, 1 }, { 29, 1 }, { 30, 2 }, { 79, 2 }, { 80, 3 },
		{ U64_MAX, 3 },
	};
	struct afar_tracker *t = three_sets(test);
	struct afar_cut end;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ(test, afar_tracker_run(t, row[i].most, &end), row[i].sets);
		KUNIT_EXPECT_EQ(test, end.set, row[i].sets);
		KUNIT_EXPECT_EQ(test, end.seq, row[i].sets);
		KUNIT_EXPECT_EQ(test, end.time, 10 + row[i].sets);
	}
	end = (struct afar_cut){ .set = 3, .seq = 3 };
	afar_tracker_commit(t, &end);
	KUNIT_EXPECT_EQ(test, afar_tracker_run(t, U64_MAX, &end), 0);
	afar_tracker_reset(t, &none);
}

static void a_commit_frees_its_sets_and_no_other(struct kunit *test)
{
	struct afar_tracker *t = three_sets(test);
	struct afar_cut two = { .set = 2, .seq = 2, .time = 12 };

	afar_tracker_commit(t, &two);
	KUNIT_EXPECT_EQ(test, t->committed.set, 2);
	KUNIT_EXPECT_EQ(test, t->replicated.set, 3);
	KUNIT_EXPECT_NULL(test, afar_tracker_find(t, 2));
	KUNIT_EXPECT_NOT_NULL(test, afar_tracker_find(t, 3));
	KUNIT_EXPECT_NOT_NULL(test, afar_tracker_find(t, 4));
	KUNIT_EXPECT_NULL(test, afar_test_tracker_check(t));
	afar_tracker_reset(t, &none);
}

/* Behind the superblock's cut the ring still holds commit records of sets before it. */
static void a_commit_record_from_before_the_cut_changes_nothing(struct kunit *test)
{
	struct afar_tracker *t = three_sets(test);
	struct afar_cut cut = { .set = 3, .seq = 3, .time = 13 };
	u64 old;
	u32 state;

	afar_tracker_commit(t, &cut);
	state = afar_test_tracker_state(t);
	for (old = 0; old <= 3; old++) {
		cut = (struct afar_cut){ .set = old, .seq = old, .time = 10 + old };
		afar_tracker_commit(t, &cut);
		KUNIT_EXPECT_EQ(test, afar_test_tracker_state(t), state);
	}
	afar_tracker_reset(t, &none);
}

/* What a commit record says is on the origins, though nothing of it is in the ring any more. */
static void a_commit_record_may_be_ahead_of_all_arrivals(struct kunit *test)
{
	struct afar_tracker *t = three_sets(test);
	struct afar_cut cut = { .set = 9, .seq = 90, .time = 99 };

	afar_tracker_commit(t, &cut);
	KUNIT_EXPECT_EQ(test, t->committed.set, 9);
	KUNIT_EXPECT_EQ(test, t->replicated.set, 9);
	KUNIT_EXPECT_EQ(test, t->replicated.seq, 90);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->sets));
	KUNIT_EXPECT_NULL(test, afar_test_tracker_check(t));
	take(test, t, (struct afar_cmd)W(10, 91, 91));
	afar_tracker_reset(t, &none);
}

static void the_head_is_the_lowest_position_still_needed(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 0);
	struct afar_cmd a = W(2, 4, 4), b = W(1, 1, 1), c = W(1, 1, 2), d = S(1, 1, 3);
	struct afar_cut one = { .set = 1, .seq = 3 };

	t->tail = 70;
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 70);
	KUNIT_EXPECT_EQ(test, admit(t, a), AFAR_ADMIT_NEW);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 70);
	/* the later frame is placed first */
	admit(t, b);
	admit(t, c);
	admit(t, d);
	afar_tracker_placed(t, &c, 60);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 60);
	afar_tracker_placed(t, &b, 50);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 50);
	afar_tracker_placed(t, &d, 65);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 50);
	afar_tracker_placed(t, &a, 55);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 50);
	afar_tracker_durable(t, &b);
	afar_tracker_durable(t, &c);
	afar_tracker_durable(t, &d);
	afar_tracker_update(t);
	afar_tracker_commit(t, &one);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 55);
	afar_tracker_reset(t, &none);
	KUNIT_EXPECT_EQ(test, afar_tracker_head(t), 70);
}

/* ---- replay -------------------------------------------------------------------------------- */

static void replay_rebuilds_what_arrivals_made(struct kunit *test)
{
	static const struct afar_cmd cmd[] = {
		W(3, 7, 8), W(1, 1, 1), S(1, 1, 3), W(1, 1, 2), S(3, 7, 9), W(2, 4, 4),
		W(5, 20, 20),
	};
	struct afar_tracker *live = tracker_new(test, RING, LARGEST, 0);
	struct afar_tracker *again = tracker_new(test, RING, LARGEST, 0);
	const char *why = "";
	unsigned int i;
	u64 position = 0;

	for (i = 0; i < ARRAY_SIZE(cmd); i++)
		take(test, live, cmd[i]);
	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		KUNIT_ASSERT_EQ_MSG(test, afar_tracker_replay(again, &cmd[i], position, &why),
				    AFAR_ADMIT_NEW, "%s", why);
		position += afar_cmd_blocks(&cmd[i]);
	}
	again->tail = position;
	afar_tracker_update(again);
	KUNIT_EXPECT_EQ(test, afar_test_tracker_state(again), afar_test_tracker_state(live));
	KUNIT_EXPECT_EQ(test, again->replicated.set, 1);
	/* recorded twice, or committed meanwhile: no harm, and the first place counts */
	KUNIT_EXPECT_EQ(test, afar_tracker_replay(again, &cmd[5], 500, &why),
			AFAR_ADMIT_DUPLICATE);
	KUNIT_EXPECT_EQ(test, afar_tracker_find(again, 2)->position,
			afar_tracker_find(live, 2)->position);
	afar_tracker_reset(live, &none);
	afar_tracker_reset(again, &none);
}

static void replay_asks_for_no_credit_and_gives_none(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, 4 * LARGEST, LARGEST, 0);
	struct afar_cmd far = W(4, 50, 50);
	const char *why;

	KUNIT_EXPECT_EQ(test, t->credit, 3);
	KUNIT_EXPECT_EQ(test, admit(t, far), AFAR_ADMIT_NO_ROOM);
	KUNIT_EXPECT_EQ(test, afar_tracker_replay(t, &far, 0, &why), AFAR_ADMIT_NEW);
	t->tail = 2;
	afar_tracker_update(t);
	KUNIT_EXPECT_EQ(test, t->credit, 3);
	afar_tracker_reset(t, &none);
}

/*
 * Before the end of the ring is found nobody knows how much room there is, and credit cannot be
 * taken back: here records of a set that is committed since fill the ring between two of set 5.
 */
static void no_credit_is_given_before_replay_is_over(struct kunit *test)
{
	struct afar_tracker *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct afar_cmd early = W(5, 41, 42), late = W(5, 41, 43);
	struct afar_cut three = { .set = 3, .seq = 30 }, four = { .set = 4, .seq = 40 };
	const char *why;

	KUNIT_ASSERT_NOT_NULL(test, t);
	afar_tracker_init(t, 4 * LARGEST, LARGEST);
	t->head = 1000;
	t->tail = 1000;
	afar_tracker_reset(t, &three);
	KUNIT_EXPECT_EQ(test, t->credit, 0);
	KUNIT_EXPECT_EQ(test, afar_tracker_replay(t, &early, 1000, &why), AFAR_ADMIT_NEW);
	afar_tracker_commit(t, &four);
	KUNIT_EXPECT_EQ(test, t->credit, 0);
	KUNIT_EXPECT_EQ(test, afar_tracker_replay(t, &late, 1250, &why), AFAR_ADMIT_NEW);
	KUNIT_EXPECT_EQ(test, t->credit, 0);
	t->tail = 1252;
	afar_tracker_update(t);
	KUNIT_EXPECT_EQ(test, t->credit, 5);
	KUNIT_EXPECT_NULL(test, afar_test_tracker_check(t));
	/* a term that begins later on may give it at once */
	afar_tracker_reset(t, &none);
	KUNIT_EXPECT_EQ(test, t->credit, 1);
}

static void what_is_committed_is_skipped_by_replay(struct kunit *test)
{
	struct afar_tracker *t = tracker_new(test, RING, LARGEST, 4);
	struct afar_cmd old = W(4, 31, 39);
	const char *why;
	u32 state = afar_test_tracker_state(t);

	KUNIT_EXPECT_EQ(test, afar_tracker_replay(t, &old, 77, &why), AFAR_ADMIT_DUPLICATE);
	KUNIT_EXPECT_EQ(test, afar_test_tracker_state(t), state);
}

static void a_new_term_forgets_all_arrivals(struct kunit *test)
{
	struct afar_tracker *t = three_sets(test);

	t->pending = 9;
	afar_tracker_reset(t, &none);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->sets));
	KUNIT_EXPECT_EQ(test, t->pending, 0);
	KUNIT_EXPECT_EQ(test, t->replicated.set, 0);
	KUNIT_EXPECT_EQ(test, t->tail, 5);
	KUNIT_EXPECT_EQ(test, t->credit, (RING - 5) / (LARGEST + 1));
	take(test, t, (struct afar_cmd)W(1, 1, 1));
	afar_tracker_reset(t, &none);
}

/* ---- memory -------------------------------------------------------------------------------- */

#ifndef __KERNEL__
/* Each allocation fails once; the command comes again. */
static u32 live_without_memory(struct kunit *test, u32 seed, long fail_at)
{
	enum { COMMANDS = 300, SETS = 3 };
	struct afar_tracker *t = tracker_new(test, 1 << 20, 4096, 0);
	struct afar_random r = afar_random_seed(seed);
	u32 order[COMMANDS], i, failed = 0, state = 0;

	for (i = 0; i < COMMANDS; i++)
		order[i] = i;
	afar_test_shuffle(&r, order, COMMANDS);
	shim_alloc_left = fail_at;
	for (i = 0; i < COMMANDS; i++) {
		u32 in = order[i] % (COMMANDS / SETS), set = order[i] / (COMMANDS / SETS);
		u64 first = 1 + 4000 * set;
		struct afar_cmd cmd = in == COMMANDS / SETS - 1 ?
			afar_test_sync(set + 1, first, first + 3999, 4000) :
			afar_test_void(set + 1, first, first + 39 * in);
		enum afar_admit verdict;

		/* a command needs three at most: set, array of leaves, leaf */
		if (shim_alloc_left >= 0 && shim_alloc_left < 3)
			state = afar_test_tracker_state(t);
		verdict = admit(t, cmd);
		if (verdict == AFAR_ADMIT_NOMEM) {
			KUNIT_ASSERT_EQ(test, afar_test_tracker_state(t), state);
			KUNIT_ASSERT_NULL(test, afar_test_tracker_check(t));
			failed++;
			verdict = admit(t, cmd);
		}
		KUNIT_ASSERT_EQ(test, verdict, AFAR_ADMIT_NEW);
		afar_tracker_durable(t, &cmd);
		afar_tracker_update(t);
	}
	shim_alloc_left = -1;
	KUNIT_ASSERT_NULL(test, afar_test_tracker_check(t));
	state = afar_test_tracker_state(t);
	afar_tracker_reset(t, &none);
	KUNIT_ASSERT_LE(test, failed, 1);
	return failed ? state : 0;
}

static void without_memory_a_command_may_come_again(struct kunit *test)
{
	u32 seed, state, first;
	long fail_at;

	for (seed = 0; seed < 5; seed++) {
		first = live_without_memory(test, seed, 0);
		KUNIT_ASSERT_NE(test, first, 0);
		for (fail_at = 1;; fail_at++) {
			state = live_without_memory(test, seed, fail_at);
			if (!state)
				break;
			KUNIT_ASSERT_EQ(test, state, first);
		}
		/* sets, arrays of leaves, leaves */
		KUNIT_EXPECT_GE(test, fail_at, 3 + 3 + 3 * 2);
	}
}
#endif

static struct kunit_case tracker_cases[] = {
	KUNIT_CASE_PARAM(a_contradiction_is_refused_and_changes_nothing, contradiction_gen_params),
	KUNIT_CASE(what_only_looks_like_a_contradiction_is_taken),
	KUNIT_CASE(duplicates_are_counted_at_every_stage),
	KUNIT_CASE(a_long_set_keeps_each_number),
	KUNIT_CASE(arrivals_are_listed_from_any_number_on),
	KUNIT_CASE(a_run_is_as_long_as_it_may_be),
	KUNIT_CASE(a_commit_frees_its_sets_and_no_other),
	KUNIT_CASE(a_commit_record_from_before_the_cut_changes_nothing),
	KUNIT_CASE(a_commit_record_may_be_ahead_of_all_arrivals),
	KUNIT_CASE(the_head_is_the_lowest_position_still_needed),
	KUNIT_CASE(replay_rebuilds_what_arrivals_made),
	KUNIT_CASE(replay_asks_for_no_credit_and_gives_none),
	KUNIT_CASE(no_credit_is_given_before_replay_is_over),
	KUNIT_CASE(what_is_committed_is_skipped_by_replay),
	KUNIT_CASE(a_new_term_forgets_all_arrivals),
#ifndef __KERNEL__
	KUNIT_CASE(without_memory_a_command_may_come_again),
#endif
	{}
};

struct kunit_suite afar_tracker_suite = {
	.name = "afar_tracker",
	.test_cases = tracker_cases,
};
