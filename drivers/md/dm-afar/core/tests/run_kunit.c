// SPDX-License-Identifier: GPL-2.0-only
/* The plan of a run against a model that asks, sector by sector, which command was the last. */
#include "../run.h"
#include "suites.h"
#include "util.h"

#define VOLUMES		3
#define SECTORS		48
#define COMMANDS	40

/* Room for one case; the arrays are as long as the plan may use them. */
struct bench {
	struct afar_run_cmd cmd[COMMANDS];
	const struct afar_run_cmd *last[VOLUMES][SECTORS];
	bool seen[VOLUMES][SECTORS];
	struct afar_run_cmd sorted[COMMANDS];
	u32 heap[COMMANDS];
	struct afar_piece piece[AFAR_RUN_PIECES(COMMANDS) + 1];
};

static struct bench *bench_new(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

static void model(struct bench *b, u32 count)
{
	u32 i, s;

	memset(b->last, 0, sizeof(b->last));
	memset(b->seen, 0, sizeof(b->seen));
	for (i = 0; i < count; i++) {
		const struct afar_run_cmd *cmd = &b->cmd[i];

		for (s = cmd->sector; s < cmd->sector + cmd->sectors; s++)
			if (!b->last[cmd->volume][s] ||
			    b->last[cmd->volume][s]->seq < cmd->seq)
				b->last[cmd->volume][s] = cmd;
	}
}

static void check_piece(struct kunit *test, struct bench *b, const struct afar_piece *piece)
{
	const struct afar_run_cmd *cmd = &b->sorted[piece->cmd];
	u32 s;

	KUNIT_ASSERT_GT(test, piece->sectors, 0);
	KUNIT_ASSERT_LE(test, piece->skip + piece->sectors, cmd->sectors);
	for (s = cmd->sector + piece->skip; s < cmd->sector + piece->skip + piece->sectors; s++) {
		KUNIT_ASSERT_FALSE_MSG(test, b->seen[cmd->volume][s], "sector %u twice", s);
		b->seen[cmd->volume][s] = true;
		KUNIT_ASSERT_TRUE_MSG(test, b->last[cmd->volume][s] &&
				      b->last[cmd->volume][s]->seq == cmd->seq &&
				      b->last[cmd->volume][s]->source == cmd->source,
				      "sector %u comes from number %llu", s, cmd->seq);
	}
}

static void check_order(struct kunit *test, const struct bench *b, const struct afar_piece *piece)
{
	const struct afar_run_cmd *x = &b->sorted[piece[0].cmd], *y = &b->sorted[piece[1].cmd];
	u64 end = x->sector + piece[0].skip + piece[0].sectors, next = y->sector + piece[1].skip;

	if (x->volume != y->volume) {
		KUNIT_ASSERT_LT(test, x->volume, y->volume);
		return;
	}
	KUNIT_ASSERT_LE(test, end, next);
	/* two pieces where one would do cost an I/O */
	KUNIT_ASSERT_FALSE(test, x == y && end == next);
}

static void check_plan(struct kunit *test, struct bench *b, u32 count)
{
	u32 i, v, s, pieces;

	model(b, count);
	memcpy(b->sorted, b->cmd, count * sizeof(b->cmd[0]));
	memset(&b->piece[AFAR_RUN_PIECES(count)], 0x5a, sizeof(b->piece[0]));
	pieces = afar_run_plan(b->sorted, count, b->heap, b->piece);
	KUNIT_ASSERT_LE(test, pieces, AFAR_RUN_PIECES(count));
	KUNIT_ASSERT_EQ(test, b->piece[AFAR_RUN_PIECES(count)].skip, 0x5a5a5a5a);
	for (i = 0; i < pieces; i++) {
		KUNIT_ASSERT_LT(test, b->piece[i].cmd, count);
		check_piece(test, b, &b->piece[i]);
		if (i + 1 < pieces)
			check_order(test, b, &b->piece[i]);
	}
	for (v = 0; v < VOLUMES; v++)
		for (s = 0; s < SECTORS; s++)
			KUNIT_ASSERT_EQ_MSG(test, b->seen[v][s], !!b->last[v][s],
					    "volume %u sector %u", v, s);
}

static void random_case(struct afar_random *r, struct bench *b, u32 count, u32 volumes, u32 space,
			u32 longest)
{
	u32 order[COMMANDS], i;

	for (i = 0; i < count; i++)
		order[i] = i;
	afar_test_shuffle(r, order, count);
	for (i = 0; i < count; i++) {
		struct afar_run_cmd *cmd = &b->cmd[i];

		cmd->seq = 1000 + 3 * order[i];
		cmd->volume = afar_random_below(r, volumes);
		cmd->sectors = 1 + afar_random_below(r, longest);
		cmd->sector = afar_random_below(r, space - cmd->sectors + 1);
		cmd->source = &b->cmd[i];
	}
}

/* Random commands: many volumes or one, dense or sparse, short or long. */
static void of_overlapping_commands_the_last_one_wins(struct kunit *test)
{
	struct afar_random r = afar_random_seed(1);
	struct bench *b = bench_new(test);
	u32 i;

	for (i = 0; i < AFAR_TEST_MANY(100000, 3000); i++) {
		u32 count = afar_random_below(&r, i % 8 ? 12 : COMMANDS + 1);
		u32 space = 4 + afar_random_below(&r, SECTORS - 3);
		u32 longest = 1 + afar_random_below(&r, space);

		random_case(&r, b, count, 1 + afar_random_below(&r, VOLUMES), space, longest);
		check_plan(test, b, count);
	}
}

/* Every way in which up to three commands can lie to each other, in every order of numbers. */
static void every_way_to_overlap_is_planned_right(struct kunit *test)
{
	enum { SPACE = 5, WAYS = SPACE * (SPACE + 1) / 2 };
	struct bench *b = bench_new(test);
	u32 from[WAYS], length[WAYS], ways = 0, i, n, code, s;

	for (i = 0; i < SPACE; i++)
		for (s = 1; i + s <= SPACE; s++) {
			from[ways] = i;
			length[ways++] = s;
		}
	for (code = 0; code < WAYS * WAYS * WAYS; code++) {
		u32 order[3] = { 0, 1, 2 };

		do {
			for (n = 0, i = code; n < 3; n++, i /= WAYS) {
				b->cmd[n].seq = 1 + order[n];
				b->cmd[n].sector = from[i % WAYS];
				b->cmd[n].sectors = length[i % WAYS];
				b->cmd[n].source = &b->cmd[n];
			}
			check_plan(test, b, 2);
			check_plan(test, b, 3);
		} while (afar_test_permute(order, 3));
	}
}

static void a_run_may_be_empty(struct kunit *test)
{
	struct bench *b = bench_new(test);

	KUNIT_EXPECT_EQ(test, afar_run_plan(b->cmd, 0, b->heap, b->piece), 0);
}

static void the_end_of_the_largest_volume_can_be_written(struct kunit *test)
{
	struct bench *b = bench_new(test);
	u64 end = U64_MAX >> AFAR_SECTOR_SHIFT;

	b->cmd[0] = (struct afar_run_cmd){ .sector = end - 2048, .seq = 1, .sectors = 2048 };
	b->cmd[1] = (struct afar_run_cmd){ .sector = end - 8, .seq = 2, .sectors = 8 };
	KUNIT_EXPECT_EQ(test, afar_run_plan(b->cmd, 2, b->heap, b->piece), 2);
	KUNIT_EXPECT_EQ(test, b->piece[0].sectors, 2040);
	KUNIT_EXPECT_EQ(test, b->piece[1].sectors, 8);
	KUNIT_EXPECT_EQ(test, b->cmd[b->piece[1].cmd].seq, 2);
}

/* The worst case for the number of pieces: each short command splits the long one below it. */
static void the_bound_on_pieces_is_needed(struct kunit *test)
{
	struct bench *b = bench_new(test);
	u32 i;

	b->cmd[0] = (struct afar_run_cmd){ .seq = 1, .sectors = SECTORS };
	for (i = 1; i < 20; i++)
		b->cmd[i] = (struct afar_run_cmd){
			.seq = 1 + i, .sector = 2 * i - 1, .sectors = 1, .source = &b->cmd[i],
		};
	check_plan(test, b, 20);
	memcpy(b->sorted, b->cmd, sizeof(b->cmd));
	KUNIT_EXPECT_EQ(test, afar_run_plan(b->sorted, 20, b->heap, b->piece), 2 * 20 - 1);
}

static struct kunit_case run_cases[] = {
	KUNIT_CASE(of_overlapping_commands_the_last_one_wins),
	KUNIT_CASE(every_way_to_overlap_is_planned_right),
	KUNIT_CASE(a_run_may_be_empty),
	KUNIT_CASE(the_end_of_the_largest_volume_can_be_written),
	KUNIT_CASE(the_bound_on_pieces_is_needed),
	{}
};

struct kunit_suite afar_run_suite = {
	.name = "afar_run",
	.test_cases = run_cases,
};
