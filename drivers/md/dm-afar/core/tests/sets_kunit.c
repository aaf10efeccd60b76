// SPDX-License-Identifier: GPL-2.0-only
#include "../sets.h"
#include "suites.h"
#include "util.h"

static struct afar_cmd random_cmd(struct afar_random *r)
{
	switch (afar_random_below(r, 4)) {
	case 0:
		return (struct afar_cmd){
			.op = AFAR_OP_ZERO, .bytes = 512 * (1 + afar_random_below(r, 2048)),
		};
	case 1:
		return (struct afar_cmd){
			.op = AFAR_OP_WRITE, .bytes = 512 * (1 + afar_random_below(r, 2048)),
		};
	}
	return (struct afar_cmd){
		.op = AFAR_OP_WRITE, .bytes = 4096 * (1 + afar_random_below(r, 4)),
	};
}

/* What a numbering must be like, kept beside it. */
struct ledger {
	u64 next;
	u64 set;
	u64 first;
	u64 bytes;
	u64 writes;
	u32 blocks;
};

static void ledger_close(struct kunit *test, struct ledger *l, struct afar_sets *s, u64 now)
{
	struct afar_cmd sync;

	afar_sets_close(s, &sync, now);
	KUNIT_ASSERT_NULL(test, afar_cmd_check(&sync));
	KUNIT_ASSERT_EQ(test, sync.op, AFAR_OP_SYNC);
	KUNIT_ASSERT_EQ(test, sync.seq, l->next);
	KUNIT_ASSERT_EQ(test, sync.set, l->set);
	KUNIT_ASSERT_EQ(test, sync.first, l->first);
	KUNIT_ASSERT_EQ(test, sync.blocks, l->blocks + 1);
	KUNIT_ASSERT_EQ(test, sync.time, now);
	KUNIT_ASSERT_LE(test, sync.blocks, s->largest);
	KUNIT_ASSERT_EQ(test, s->closed.set, l->set);
	KUNIT_ASSERT_EQ(test, s->closed.seq, l->next);
	KUNIT_ASSERT_EQ(test, s->closed.time, now);
	KUNIT_ASSERT_TRUE(test, afar_sets_empty(s));
	*l = (struct ledger){ .next = l->next + 1, .set = l->set + 1, .first = l->next + 1 };
}

static bool ledger_tag(struct kunit *test, struct ledger *l, struct afar_sets *s,
		       struct afar_cmd *cmd, const struct afar_policy *policy)
{
	bool full = afar_sets_tag(s, cmd, false, policy);

	KUNIT_ASSERT_NULL(test, afar_cmd_check(cmd));
	KUNIT_ASSERT_EQ(test, cmd->seq, l->next);
	KUNIT_ASSERT_EQ(test, cmd->set, l->set);
	KUNIT_ASSERT_EQ(test, cmd->first, l->first);
	KUNIT_ASSERT_FALSE(test, afar_sets_empty(s));
	l->next++;
	l->writes++;
	l->bytes += cmd->bytes;
	l->blocks += afar_cmd_blocks(cmd);
	KUNIT_ASSERT_EQ(test, full, (policy->bytes && l->bytes >= policy->bytes) ||
			(policy->writes && l->writes >= policy->writes));
	return full;
}

/* Random commands and policies, closed when policy, size or chance say so. */
static void number_at_random(struct kunit *test, u32 seed, u32 largest, u64 seq, u64 set)
{
	struct afar_random r = afar_random_seed(seed);
	struct afar_policy policy = {
		.bytes = afar_random_one_in(&r, 2) ? 0 : 1 + afar_random_below(&r, 8 << 20),
		.writes = afar_random_one_in(&r, 2) ? 0 : 1 + afar_random_below(&r, 100),
	};
	struct ledger l = { .next = seq, .set = set, .first = seq };
	struct afar_sets s;
	u32 i;

	afar_sets_continue(&s, largest, seq, set);
	KUNIT_ASSERT_EQ(test, s.closed.set, set - 1);
	KUNIT_ASSERT_EQ(test, s.closed.seq, seq - 1);
	for (i = 0; i < 1000; i++) {
		struct afar_cmd cmd = random_cmd(&r);
		u32 blocks = afar_cmd_blocks(&cmd);

		KUNIT_ASSERT_EQ(test, afar_sets_must_close(&s, blocks),
				l.next > l.first && l.blocks + blocks + 1 > largest);
		if (afar_sets_must_close(&s, blocks))
			ledger_close(test, &l, &s, 5000 + i);
		KUNIT_ASSERT_FALSE(test, afar_sets_must_close(&s, blocks));
		if (ledger_tag(test, &l, &s, &cmd, &policy) || afar_random_one_in(&r, 50))
			ledger_close(test, &l, &s, 5000 + i);
	}
}

static void numbers_and_sets_are_dense_and_no_set_is_too_large(struct kunit *test)
{
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(300, 30); seed++) {
		number_at_random(test, seed, AFAR_SET_MIN, 1, 1);
		number_at_random(test, seed, AFAR_SET_MIN + seed, 1 + 1000 * seed, 1 + seed);
		number_at_random(test, seed, 1 << 30, U64_MAX / 4, U64_MAX / 8);
	}
}

static void a_new_term_begins_at_one(struct kunit *test)
{
	const struct afar_policy policy = {};
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 512 };
	struct afar_sets s;

	memset(&s, 0xff, sizeof(s));
	afar_sets_begin(&s, AFAR_SET_MIN);
	KUNIT_EXPECT_TRUE(test, afar_sets_empty(&s));
	KUNIT_EXPECT_EQ(test, s.closed.set, 0);
	KUNIT_EXPECT_EQ(test, s.closed.seq, 0);
	KUNIT_EXPECT_EQ(test, s.closed.time, 0);
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_EQ(test, cmd.seq, 1);
	KUNIT_EXPECT_EQ(test, cmd.set, 1);
	KUNIT_EXPECT_EQ(test, cmd.first, 1);
}

static void an_empty_set_can_be_closed(struct kunit *test)
{
	struct afar_sets s;
	struct afar_cmd sync;
	u64 i;

	afar_sets_begin(&s, AFAR_SET_MIN);
	for (i = 1; i < 5; i++) {
		afar_sets_close(&s, &sync, 9);
		KUNIT_EXPECT_NULL(test, afar_cmd_check(&sync));
		KUNIT_EXPECT_EQ(test, sync.seq, i);
		KUNIT_EXPECT_EQ(test, sync.first, i);
		KUNIT_EXPECT_EQ(test, sync.set, i);
		KUNIT_EXPECT_EQ(test, sync.blocks, 1);
		KUNIT_EXPECT_EQ(test, s.closed.set, i);
	}
}

/* Without a limit of its own a set has that of the peer. */
static void without_a_policy_only_size_closes(struct kunit *test)
{
	const struct afar_policy policy = {};
	struct afar_sets s;
	struct afar_cmd cmd = { .op = AFAR_OP_ZERO, .bytes = 512 };
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	for (n = 0; !afar_sets_must_close(&s, 1); n++)
		KUNIT_ASSERT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_EQ(test, n, AFAR_SET_MIN - 1);
}

/* The first set of a term may be a resync set, which is as large as it is. */
static void the_first_set_may_be_larger(struct kunit *test)
{
	const struct afar_policy policy = {};
	struct afar_sets s;
	struct afar_cmd cmd = { .op = AFAR_OP_ZERO, .bytes = 512 };
	u64 set;
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	afar_sets_limit(&s, AFAR_SET_MIN + 1);
	for (set = 1; set < 4; set++) {
		for (n = 0; !afar_sets_must_close(&s, 1); n++)
			KUNIT_ASSERT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
		KUNIT_EXPECT_EQ(test, n, set == 1 ? 3 * AFAR_SET_MIN : AFAR_SET_MIN);
		afar_sets_close(&s, &cmd, 0);
		cmd = (struct afar_cmd){ .op = AFAR_OP_ZERO, .bytes = 512 };
	}
}

static void a_policy_closes_at_its_number(struct kunit *test)
{
	struct afar_policy policy = { .writes = 5 };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 4096 };
	struct afar_sets s;
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	for (n = 1; !afar_sets_tag(&s, &cmd, false, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 5);
	afar_sets_close(&s, &cmd, 0);
	policy = (struct afar_policy){ .bytes = 3 * 4096 + 1 };
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = 4096 };
	for (n = 1; !afar_sets_tag(&s, &cmd, false, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 4);
	afar_sets_close(&s, &cmd, 0);
	policy.bytes = 3 * 4096;
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = 4096 };
	for (n = 1; !afar_sets_tag(&s, &cmd, false, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 3);
	/* one write that is larger than the policy closes at once */
	afar_sets_close(&s, &cmd, 0);
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = AFAR_COMMAND_BYTES };
	KUNIT_EXPECT_TRUE(test, afar_sets_tag(&s, &cmd, false, &policy));
}

/* A peer may say anything of its size: the sum must not go round. */
static void a_set_never_outgrows_the_largest_size_there_is(struct kunit *test)
{
	struct afar_sets s;

	afar_sets_begin(&s, U32_MAX);
	s.next++;
	s.blocks = U32_MAX - 258;
	KUNIT_EXPECT_FALSE(test, afar_sets_must_close(&s, 257));
	s.blocks = U32_MAX - 257;
	KUNIT_EXPECT_TRUE(test, afar_sets_must_close(&s, 257));
	s.blocks = U32_MAX - 1;
	KUNIT_EXPECT_TRUE(test, afar_sets_must_close(&s, 1));
	KUNIT_EXPECT_TRUE(test, afar_sets_must_close(&s, 257));
}

/* With close_on_flush, what a set may not be: closed where the application has flushed nothing. */
static void what_is_due_closes_at_a_boundary_and_only_there(struct kunit *test)
{
	struct afar_policy policy = { .writes = 2, .on_flush = true };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 4096 }, sync;
	struct afar_sets s;
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	KUNIT_EXPECT_FALSE(test, afar_sets_flush(&s, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	/* due long since; a flush */
	for (n = 0; n < 5; n++)
		KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	KUNIT_EXPECT_TRUE(test, afar_sets_flush(&s, &policy));
	afar_sets_close(&s, &sync, 0);
	/* not due yet; the second one is, and asks for stable media */
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, true, &policy));
	KUNIT_EXPECT_TRUE(test, afar_sets_tag(&s, &cmd, true, &policy));
	afar_sets_close(&s, &sync, 0);
	/* flushed, and due only then: nobody waits for another flush */
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_flush(&s, &policy));
	KUNIT_EXPECT_TRUE(test, afar_sets_want(&s, &policy));
	afar_sets_close(&s, &sync, 0);
	/* a write behind the flush undoes it */
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, true, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	KUNIT_EXPECT_TRUE(test, afar_sets_flush(&s, &policy));
}

static void nothing_closes_a_resync_set_while_its_scan_goes_on(struct kunit *test)
{
	struct afar_policy policy = { .writes = 1, .bytes = 4096, .whole = true };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 4096 };
	struct afar_sets s;
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	for (n = 0; n < 5; n++)
		KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, true, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_flush(&s, &policy));
	policy.on_flush = true;
	KUNIT_EXPECT_FALSE(test, afar_sets_flush(&s, &policy));
	/* what was wanted meanwhile is not forgotten */
	policy.whole = false;
	KUNIT_EXPECT_TRUE(test, afar_sets_judge(&s, &policy));
}

static void a_due_set_closes_when_the_policy_lets_it(struct kunit *test)
{
	struct afar_policy policy = { .on_flush = true };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 4096 }, sync;
	struct afar_sets s;

	afar_sets_begin(&s, AFAR_SET_MIN);
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	policy.on_flush = false;
	KUNIT_EXPECT_FALSE(test, afar_sets_judge(&s, &policy));
	policy.writes = 1;
	KUNIT_EXPECT_TRUE(test, afar_sets_judge(&s, &policy));
	policy = (struct afar_policy){ .on_flush = true };
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	policy.on_flush = false;
	KUNIT_EXPECT_TRUE(test, afar_sets_judge(&s, &policy));
	/* what one set was due for, the next one is not */
	afar_sets_close(&s, &sync, 0);
	KUNIT_EXPECT_FALSE(test, afar_sets_judge(&s, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, false, &policy));
	KUNIT_EXPECT_FALSE(test, afar_sets_judge(&s, &policy));
}

/* A set that was closed for its size in the middle of a transaction leaves its rest in the next. */
static void a_forced_close_is_no_boundary(struct kunit *test)
{
	struct afar_policy policy = { .on_flush = true };
	struct afar_cmd cmd = { .op = AFAR_OP_ZERO, .bytes = 512 }, sync;
	struct afar_sets s;

	afar_sets_begin(&s, AFAR_SET_MIN);
	KUNIT_EXPECT_TRUE(test, s.boundary);
	while (!afar_sets_must_close(&s, 1))
		afar_sets_tag(&s, &cmd, false, &policy);
	KUNIT_EXPECT_FALSE(test, s.boundary);
	afar_sets_close(&s, &sync, 0);
	KUNIT_EXPECT_FALSE(test, s.boundary);
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	afar_sets_tag(&s, &cmd, false, &policy);
	KUNIT_EXPECT_FALSE(test, afar_sets_want(&s, &policy));
	KUNIT_EXPECT_TRUE(test, afar_sets_flush(&s, &policy));
}

/* Any order of events: a set is closed exactly when it is due and may be. */
static void close_at_random(struct kunit *test, u32 seed)
{
	struct afar_random r = afar_random_seed(seed);
	struct afar_policy policy = {};
	bool due = false, boundary = true, closes = false;
	u64 bytes = 0, writes = 0;
	struct afar_cmd sync;
	struct afar_sets s;
	u32 i;

	afar_sets_begin(&s, U32_MAX);
	for (i = 0; i < 300; i++) {
		struct afar_cmd cmd = random_cmd(&r);
		bool fua = afar_random_one_in(&r, 3);

		switch (afar_random_below(&r, 6)) {
		case 0:
			boundary = true;
			closes = afar_sets_flush(&s, &policy);
			break;
		case 1:
			due = writes;
			closes = afar_sets_want(&s, &policy);
			break;
		case 2:
			policy.on_flush = afar_random_one_in(&r, 2);
			policy.writes = afar_random_below(&r, 8);
			policy.bytes = afar_random_below(&r, 3) << 20;
			closes = afar_sets_judge(&s, &policy);
			break;
		default:
			closes = afar_sets_tag(&s, &cmd, fua, &policy);
			boundary = fua;
			bytes += cmd.bytes;
			writes++;
		}
		KUNIT_ASSERT_EQ(test, closes,
				writes && (boundary || !policy.on_flush) &&
				(due || (policy.writes && writes >= policy.writes) ||
				 (policy.bytes && bytes >= policy.bytes)));
		if (!closes)
			continue;
		afar_sets_close(&s, &sync, 0);
		bytes = 0;
		writes = 0;
		due = false;
	}
}

static void sets_close_when_due_and_never_else(struct kunit *test)
{
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(3000, 100); seed++)
		close_at_random(test, seed);
}

static struct kunit_case sets_cases[] = {
	KUNIT_CASE(numbers_and_sets_are_dense_and_no_set_is_too_large),
	KUNIT_CASE(a_new_term_begins_at_one),
	KUNIT_CASE(an_empty_set_can_be_closed),
	KUNIT_CASE(without_a_policy_only_size_closes),
	KUNIT_CASE(the_first_set_may_be_larger),
	KUNIT_CASE(a_policy_closes_at_its_number),
	KUNIT_CASE(a_set_never_outgrows_the_largest_size_there_is),
	KUNIT_CASE(what_is_due_closes_at_a_boundary_and_only_there),
	KUNIT_CASE(nothing_closes_a_resync_set_while_its_scan_goes_on),
	KUNIT_CASE(a_due_set_closes_when_the_policy_lets_it),
	KUNIT_CASE(a_forced_close_is_no_boundary),
	KUNIT_CASE(sets_close_when_due_and_never_else),
	{}
};

struct kunit_suite afar_sets_suite = {
	.name = "afar_sets",
	.test_cases = sets_cases,
};
