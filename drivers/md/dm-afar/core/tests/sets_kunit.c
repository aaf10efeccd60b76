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
	bool full = afar_sets_tag(s, cmd, policy);

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
	KUNIT_EXPECT_FALSE(test, afar_sets_tag(&s, &cmd, &policy));
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
		KUNIT_ASSERT_FALSE(test, afar_sets_tag(&s, &cmd, &policy));
	KUNIT_EXPECT_EQ(test, n, AFAR_SET_MIN - 1);
}

static void a_policy_closes_at_its_number(struct kunit *test)
{
	struct afar_policy policy = { .writes = 5 };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE, .bytes = 4096 };
	struct afar_sets s;
	u32 n;

	afar_sets_begin(&s, AFAR_SET_MIN);
	for (n = 1; !afar_sets_tag(&s, &cmd, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 5);
	afar_sets_close(&s, &cmd, 0);
	policy = (struct afar_policy){ .bytes = 3 * 4096 + 1 };
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = 4096 };
	for (n = 1; !afar_sets_tag(&s, &cmd, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 4);
	afar_sets_close(&s, &cmd, 0);
	policy.bytes = 3 * 4096;
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = 4096 };
	for (n = 1; !afar_sets_tag(&s, &cmd, &policy); n++)
		;
	KUNIT_EXPECT_EQ(test, n, 3);
	/* one write that is larger than the policy closes at once */
	afar_sets_close(&s, &cmd, 0);
	cmd = (struct afar_cmd){ .op = AFAR_OP_WRITE, .bytes = AFAR_COMMAND_BYTES };
	KUNIT_EXPECT_TRUE(test, afar_sets_tag(&s, &cmd, &policy));
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

static struct kunit_case sets_cases[] = {
	KUNIT_CASE(numbers_and_sets_are_dense_and_no_set_is_too_large),
	KUNIT_CASE(a_new_term_begins_at_one),
	KUNIT_CASE(an_empty_set_can_be_closed),
	KUNIT_CASE(without_a_policy_only_size_closes),
	KUNIT_CASE(a_policy_closes_at_its_number),
	KUNIT_CASE(a_set_never_outgrows_the_largest_size_there_is),
	{}
};

struct kunit_suite afar_sets_suite = {
	.name = "afar_sets",
	.test_cases = sets_cases,
};
