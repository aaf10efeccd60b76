// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hundred thousand sets that are complete and not committed: a hold, or an origin that fails.
 * What they cost is counted, in steps along lists and in bytes, not in time.
 */
#include "suites.h"
#include "track.h"
#include "util.h"

#define SETS	AFAR_TEST_MANY(100000, 2000)
#define AT_ONCE	(AFAR_AHEAD / 2)	/* sets whose commands come in any order */
#define LARGEST	3
#define RING	(4 * SETS + 8 * AFAR_AHEAD)

static const struct afar_cut none;

/* A set: one write of a block, and its sync command. */
static struct afar_cmd cmd_of(u64 set, bool sync)
{
	u64 first = 2 * set - 1;

	return sync ? afar_test_sync(set, first, first + 1, 3) :
		      afar_test_write(set, first, first, AFAR_BLOCK);
}

static unsigned long steps(void)
{
#ifdef __KERNEL__
	return 0;
#else
	return shim_list_steps;
#endif
}

/* All of a command's way but the commit, in a frame and a batch of its own. */
static void stage(struct kunit *test, struct afar_tracker *t, struct afar_cmd cmd)
{
	const char *why = "";

	KUNIT_ASSERT_EQ_MSG(test, afar_tracker_admit(t, &cmd, &why), AFAR_ADMIT_NEW,
			    "number %llu: %s", cmd.seq, why);
	t->pending += afar_cmd_blocks(&cmd);
	afar_tracker_placed(t, &cmd, t->tail);
	t->tail += afar_cmd_blocks(&cmd);
	t->pending -= afar_cmd_blocks(&cmd);
	afar_tracker_durable(t, &cmd);
	afar_tracker_update(t);
}

/* Sets @from .. @from + AT_ONCE - 1, their commands in any order. */
static void stage_some(struct kunit *test, struct afar_tracker *t, struct afar_random *r, u64 from)
{
	u32 order[2 * AT_ONCE], i;

	for (i = 0; i < 2 * AT_ONCE; i++)
		order[i] = i;
	afar_test_shuffle(r, order, 2 * AT_ONCE);
	for (i = 0; i < 2 * AT_ONCE; i++)
		stage(test, t, cmd_of(from + order[i] / 2, order[i] % 2));
}

static void stage_all(struct kunit *test, struct afar_tracker *t)
{
	struct afar_random r = afar_random_seed(3);
	u64 from;

	afar_tracker_init(t, RING, LARGEST);
	afar_tracker_reset(t, &none);
	afar_tracker_update(t);
	for (from = 1; from + AT_ONCE <= SETS; from += AT_ONCE)
		stage_some(test, t, &r, from);
	for (; from <= SETS; from++) {
		stage(test, t, cmd_of(from, true));
		stage(test, t, cmd_of(from, false));
	}
	KUNIT_ASSERT_EQ(test, t->replicated.set, SETS);
	KUNIT_ASSERT_EQ(test, t->committed.set, 0);
}

/* Find the set for its claim, its place and its flush; look for its neighbours; reckon credit. */
#define STEPS_PER_COMMAND	(5 * AFAR_AHEAD)

static void a_command_costs_the_same_however_many_sets_wait(struct kunit *test)
{
	unsigned long before = steps();
	struct afar_tracker t;
	u64 first, last;
	u32 i;

	stage_all(test, &t);
	kunit_info(test, "%lu steps for %u commands", steps() - before, 2 * SETS);
	KUNIT_EXPECT_LE(test, steps() - before, 2UL * SETS * STEPS_PER_COMMAND);

	/* what the peer says again, and what a HELLO lists */
	before = steps();
	for (i = 1; i <= SETS; i++) {
		struct afar_cmd cmd = cmd_of(i, i % 2);
		const char *why;

		KUNIT_ASSERT_EQ(test, afar_tracker_admit(&t, &cmd, &why), AFAR_ADMIT_DUPLICATE);
	}
	stage(test, &t, cmd_of(SETS + 2, true));
	KUNIT_EXPECT_TRUE(test, afar_tracker_next_range(&t, 2 * SETS + 1, &first, &last));
	KUNIT_EXPECT_EQ(test, first, 2 * SETS + 4);
	KUNIT_EXPECT_EQ(test, last, 2 * SETS + 4);
	KUNIT_EXPECT_LE(test, steps() - before, 2UL * STEPS_PER_COMMAND);
	afar_tracker_reset(&t, &none);
}

/* And so does a run: it looks at its own sets. */
static void a_run_costs_what_is_in_it_however_many_sets_wait(struct kunit *test)
{
	struct afar_tracker t;
	struct afar_extent extent;
	struct afar_cut end;
	unsigned long before;
	u64 sets, head = 0;

	stage_all(test, &t);
	before = steps();
	while ((sets = afar_tracker_run(&t, 30, &end)) != 0) {
		KUNIT_ASSERT_LE(test, sets, 10);
		afar_tracker_extent(&t, &end, &extent);
		KUNIT_ASSERT_EQ(test, extent.commands, 2 * sets);
		KUNIT_ASSERT_EQ(test, extent.blocks, 3 * sets);
		afar_tracker_commit(&t, &end);
		KUNIT_ASSERT_GE(test, afar_tracker_head(&t), head);
		head = afar_tracker_head(&t);
		/* no frame of the run lies beyond what it was said to reach to */
		KUNIT_ASSERT_LE(test, head, extent.position + 2 * AFAR_AHEAD * LARGEST);
	}
	KUNIT_EXPECT_EQ(test, t.committed.set, SETS);
	KUNIT_EXPECT_EQ(test, head, t.tail);
	KUNIT_EXPECT_LE(test, steps() - before, 10UL * SETS);
	afar_tracker_reset(&t, &none);
}

static void a_set_that_waits_is_small(struct kunit *test)
{
	struct afar_tracker t;
	const struct afar_set *set;

	KUNIT_EXPECT_LE(test, sizeof(*set), 128);
	stage_all(test, &t);
	list_for_each_entry(set, &t.sets, list) {
		KUNIT_ASSERT_NULL(test, set->bits.leaf);
		KUNIT_ASSERT_TRUE(test, afar_tracker_has(set, set->first));
		KUNIT_ASSERT_TRUE(test, afar_tracker_has(set, set->last));
		KUNIT_ASSERT_FALSE(test, afar_tracker_has(set, set->first - 1));
		KUNIT_ASSERT_FALSE(test, afar_tracker_has(set, set->last + 1));
	}
	afar_tracker_reset(&t, &none);
}

/* However large the ring is: what waits is bounded by a number, and goes on once committed. */
static void no_more_sets_wait_than_may(struct kunit *test)
{
	enum { MOST = 100 };
	struct afar_tracker t;
	struct afar_cut end;
	const char *why;
	u64 set = 0;

	afar_tracker_init(&t, RING, LARGEST);
	t.most = MOST;
	afar_tracker_reset(&t, &none);
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, AFAR_AHEAD);
	while (set < t.credit) {
		set++;
		stage(test, &t, cmd_of(set, false));
		stage(test, &t, cmd_of(set, true));
	}
	KUNIT_EXPECT_EQ(test, set, MOST);
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&t, &(struct afar_cmd){
				.op = AFAR_OP_VOID, .set = set + 1, .seq = 2 * set + 1,
				.first = 2 * set + 1 }, &why), AFAR_ADMIT_NO_ROOM);
	KUNIT_ASSERT_EQ(test, afar_tracker_run(&t, 9, &end), 3);
	afar_tracker_commit(&t, &end);
	KUNIT_EXPECT_EQ(test, t.credit, MOST + 3);
	/* less than what is here already: nothing is taken back */
	t.most = 1;
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, MOST + 3);
	KUNIT_EXPECT_NULL(test, afar_test_tracker_check(&t));
	afar_tracker_reset(&t, &none);
}

static struct kunit_case tracker_many_cases[] = {
	KUNIT_CASE(a_command_costs_the_same_however_many_sets_wait),
	KUNIT_CASE(a_run_costs_what_is_in_it_however_many_sets_wait),
	KUNIT_CASE(a_set_that_waits_is_small),
	KUNIT_CASE(no_more_sets_wait_than_may),
	{}
};

struct kunit_suite afar_tracker_many_suite = {
	.name = "afar_tracker_many",
	.test_cases = tracker_many_cases,
};
