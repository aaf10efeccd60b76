// SPDX-License-Identifier: GPL-2.0-only
/* Every order in which a few commands of a few sets can arrive. */
#include "suites.h"
#include "track.h"
#include "util.h"

#define COMMANDS	7
#define SETS		3

/**
 * struct world - commands, in order of their numbers, and what the test knows of their arrival
 * @t:        the tracker
 * @cmd:      command of number i + 1
 * @n:        how many
 * @sets:     how many sets they make up
 * @end:      last number of each set
 * @claimed:  bit i: command i has been admitted
 * @durable:  bit i: and is durable
 * @eager:    what is complete is committed at once
 * @lag:      so many commands are admitted between a command's admission and its flush
 * @backwards: the last one admitted is the first one flushed
 */
struct world {
	struct afar_tracker t;
	struct afar_cmd cmd[COMMANDS];
	u32 n;
	u32 sets;
	u32 end[SETS];
	u32 claimed;
	u32 durable;
	bool eager;
	u32 lag;
	bool backwards;
};

/* @split: bit i: a set ends with command i. */
static void divide(struct world *w, u32 n, u32 split)
{
	u32 i, first = 1, blocks = 0;

	w->n = n;
	w->sets = 0;
	for (i = 0; i < n; i++) {
		u32 set = w->sets + 1;

		if (split & 1U << i) {
			w->cmd[i] = afar_test_sync(set, first, i + 1, blocks + 1);
			w->end[w->sets++] = i + 1;
			first = i + 2;
			blocks = 0;
			continue;
		}
		w->cmd[i] = i % 2 ? afar_test_write(set, first, i + 1, 4096) :
			    afar_test_void(set, first, i + 1);
		blocks += afar_cmd_blocks(&w->cmd[i]);
	}
}

/* Set @set (from 0) of the durable commands: all there? */
static bool all_durable(const struct world *w, u32 set)
{
	u32 first = set ? w->end[set - 1] : 0;
	u32 mask = (1U << w->end[set]) - (1U << first);

	return (w->durable & mask) == mask;
}

static u32 replicated(const struct world *w)
{
	u32 set = 0;

	while (set < w->sets && all_durable(w, set))
		set++;
	return set;
}

static void check_sets(struct kunit *test, const struct world *w)
{
	u32 i, set;

	for (set = 0; set < w->sets; set++) {
		const struct afar_set *s = afar_tracker_find(&w->t, set + 1);
		u32 first = set ? w->end[set - 1] : 0;
		u32 mask = (1U << w->end[set]) - (1U << first);

		if (set < w->t.committed.set)
			mask = 0;
		KUNIT_ASSERT_EQ(test, !!s, !!(w->claimed & mask));
		if (!s)
			continue;
		KUNIT_ASSERT_EQ(test, afar_set_complete(s), all_durable(w, set));
		for (i = first; i < w->end[set]; i++)
			KUNIT_ASSERT_EQ(test, afar_tracker_has(s, i + 1), w->claimed >> i & 1);
	}
}

/* Cut, run and order are those of the longest beginning without a gap, and of nothing else. */
static void check_cuts(struct kunit *test, struct world *w)
{
	struct afar_cut end = {};
	u32 whole = replicated(w);
	u64 sets;

	KUNIT_ASSERT_EQ(test, w->t.replicated.set, whole);
	KUNIT_ASSERT_EQ(test, w->t.replicated.seq, whole ? w->end[whole - 1] : 0);
	KUNIT_ASSERT_EQ(test, w->t.replicated.time, whole ? 1000 + whole : 0);
	sets = afar_tracker_run(&w->t, U64_MAX, &end);
	KUNIT_ASSERT_EQ(test, sets, whole - w->t.committed.set);
	if (sets) {
		KUNIT_ASSERT_EQ(test, end.set, whole);
		KUNIT_ASSERT_EQ(test, end.seq, w->end[whole - 1]);
		KUNIT_ASSERT_EQ(test, end.time, 1000 + whole);
		KUNIT_ASSERT_EQ(test, afar_tracker_run(&w->t, 0, &end), 1);
		KUNIT_ASSERT_EQ(test, end.set, w->t.committed.set + 1);
	}
	KUNIT_ASSERT_NULL(test, afar_test_tracker_check(&w->t));
}

/* HELLO lists exactly what is here beyond the replicated cut. */
static void check_ranges(struct kunit *test, const struct world *w)
{
	u64 from = 1, first, last, seq;
	u32 listed = 0, beyond = w->claimed & ~((1U << w->t.replicated.seq) - 1);

	while (afar_tracker_next_range(&w->t, from, &first, &last)) {
		KUNIT_ASSERT_GE(test, first, from);
		KUNIT_ASSERT_GE(test, last, first);
		for (seq = first; seq <= last; seq++)
			listed |= 1U << (seq - 1);
		from = last + 1;
	}
	KUNIT_ASSERT_EQ(test, listed, beyond);
}

static void arrive(struct kunit *test, struct world *w, u32 i)
{
	const char *why = NULL;

	KUNIT_ASSERT_EQ_MSG(test, afar_tracker_admit(&w->t, &w->cmd[i], &why), AFAR_ADMIT_NEW,
			    "%s", why);
	w->t.pending += afar_cmd_blocks(&w->cmd[i]);
	w->claimed |= 1U << i;
	KUNIT_ASSERT_EQ(test, afar_tracker_admit(&w->t, &w->cmd[i], &why), AFAR_ADMIT_DUPLICATE);
}

static void flush(struct kunit *test, struct world *w, u32 i)
{
	struct afar_cut end;
	const char *why;

	afar_tracker_placed(&w->t, &w->cmd[i], w->t.tail);
	w->t.tail += afar_cmd_blocks(&w->cmd[i]);
	w->t.pending -= afar_cmd_blocks(&w->cmd[i]);
	KUNIT_ASSERT_EQ(test, afar_tracker_admit(&w->t, &w->cmd[i], &why), AFAR_ADMIT_DUPLICATE);
	check_cuts(test, w);
	afar_tracker_durable(&w->t, &w->cmd[i]);
	w->durable |= 1U << i;
	afar_tracker_update(&w->t);
	if (w->eager && afar_tracker_run(&w->t, U64_MAX, &end))
		afar_tracker_commit(&w->t, &end);
	KUNIT_ASSERT_EQ(test, afar_tracker_admit(&w->t, &w->cmd[i], &why), AFAR_ADMIT_DUPLICATE);
}

static void live(struct kunit *test, struct world *w, const u32 *order)
{
	static const struct afar_cut none;
	u32 step, flushed = 0;

	afar_tracker_reset(&w->t, &none);
	w->t.head = 0;
	w->t.tail = 0;
	w->claimed = 0;
	w->durable = 0;
	afar_tracker_update(&w->t);
	for (step = 0; step < w->n; step++) {
		arrive(test, w, order[step]);
		while (step + 1 - flushed > w->lag || (step + 1 == w->n && flushed < w->n)) {
			u32 next = w->backwards ? step : flushed;

			/* the last one that is not flushed yet */
			while (w->backwards && w->durable & 1U << order[next])
				next--;
			flush(test, w, order[next]);
			flushed++;
			check_sets(test, w);
			check_cuts(test, w);
		}
		if (flushed == step + 1)
			check_ranges(test, w);
	}
	KUNIT_ASSERT_EQ(test, w->t.replicated.set, w->sets);
	KUNIT_ASSERT_EQ(test, w->t.committed.set, w->eager ? w->sets : 0);
}

static void all_orders(struct kunit *test, struct world *w)
{
	u32 order[COMMANDS], i;

	for (i = 0; i < w->n; i++)
		order[i] = i;
	do {
		live(test, w, order);
	} while (afar_test_permute(order, w->n));
}

/* How the commands are flushed and committed. */
struct way {
	const char *name;
	u32 most;
	bool eager;
	u32 lag;
	bool backwards;
};

static const struct way ways[] = {
	{ "one at a time, never committed", COMMANDS, false, 0, false },
	{ "one at a time, committed at once", COMMANDS, true, 0, false },
	{ "two in flight, committed at once", COMMANDS - 1, true, 2, false },
	{ "all in flight, flushed backwards", COMMANDS - 1, true, COMMANDS, true },
};

static void way_desc(const struct way *way, char *desc)
{
	strcpy(desc, way->name);
}

KUNIT_ARRAY_PARAM(way, ways, way_desc);

static void sets_complete_in_any_order_of_arrival(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	static const struct afar_cut none;
	u32 n, a, b;

	KUNIT_ASSERT_NOT_NULL(test, w);
	afar_tracker_init(&w->t, 1000, 20);
	w->eager = way->eager;
	w->lag = way->lag;
	w->backwards = way->backwards;
	/* one set, two, three: the last command always ends one */
	for (n = 1; n <= way->most; n++)
		for (a = 0; a < n; a++)
			for (b = a; b < n; b++) {
				if (a == n - 1 ? b != a : b == n - 1)
					continue;
				divide(w, n, 1U << a | 1U << b | 1U << (n - 1));
				all_orders(test, w);
			}
	afar_tracker_reset(&w->t, &none);
}

static struct kunit_case tracker_order_cases[] = {
	KUNIT_CASE_PARAM(sets_complete_in_any_order_of_arrival, way_gen_params),
	{}
};

struct kunit_suite afar_tracker_order_suite = {
	.name = "afar_tracker_order",
	.test_cases = tracker_order_cases,
};
