// SPDX-License-Identifier: GPL-2.0-only
/*
 * Room in the ring (R8): sets at the size limit arrive in any order, one command a frame or more,
 * some of them twice; commits and head are as late as can be. The sender keeps to the credit and to
 * nothing else. There must always be a next step, and never too much in the ring.
 */
#include "../rule.h"
#include "suites.h"
#include "track.h"
#include "util.h"

#define COMMANDS	11264
#define SETS		16
#define IN_FLIGHT	64

/* Of which set is the next command that is sent? */
enum order {
	ANY_SET,
	LAST_SET_FIRST,
	FIRST_SET_FIRST,
	EACH_SET_IN_TURN,
	ORDERS,
	AS_LISTED = ORDERS,	/* and of the set: in the order of struct sim.list over all sets */
};

/**
 * struct sim - a ring and what is sent to it
 * @t:        the tracker
 * @r:        chance
 * @order:    of which set a command is sent next
 * @window:   the sender has this many sets under way at most
 * @single:   one command a frame
 * @lazy:     head and commits are put off until nothing else can be done
 * @sets:     how many sets there are
 * @n:        how many commands they have
 * @first:    of each set: index of its first command; the last entry is @n
 * @next:     of each set: how many of its commands have been sent
 * @cmd:      in order of their numbers
 * @list:     set by set, the order in which its commands are sent
 * @turn:     set that is next in turn
 * @flight:   indices of commands claimed and not yet durable
 * @flying:   how many
 */
struct sim {
	struct afar_tracker t;
	struct afar_random r;
	enum order order;
	u32 window;
	bool single;
	bool lazy;
	u32 sets;
	u32 n;
	u32 first[SETS + 1];
	u32 next[SETS];
	struct afar_cmd cmd[COMMANDS];
	u32 list[COMMANDS];
	u32 turn;
	u32 flight[IN_FLIGHT];
	u32 flying;
};

/* A set of exactly @blocks blocks. */
static void make_set(struct sim *s, u32 blocks, u32 longest)
{
	u64 first = s->n + 1, set = s->sets + 1;
	u32 used = 0;

	s->first[s->sets++] = s->n;
	while (used + 1 < blocks) {
		u32 room = blocks - used - 1;
		u32 take = 1 + afar_random_below(&s->r, min(room, longest));
		struct afar_cmd *cmd = &s->cmd[s->n];

		*cmd = take > 1 ? afar_test_write(set, first, s->n + 1, (take - 1) * AFAR_BLOCK) :
				  afar_test_void(set, first, s->n + 1);
		used += take;
		s->n++;
	}
	s->cmd[s->n] = afar_test_sync(set, first, s->n + 1, blocks);
	s->n++;
	s->first[s->sets] = s->n;
}

/* The commands of a set in any order; all that is sent twice is sent twice at once. */
static void make_order(struct sim *s)
{
	u32 i, set;

	for (i = 0; i < s->n; i++)
		s->list[i] = i;
	for (set = 0; set < s->sets; set++) {
		s->next[set] = 0;
		if (s->order != AS_LISTED)
			afar_test_shuffle(&s->r, s->list + s->first[set],
					  s->first[set + 1] - s->first[set]);
	}
}

static void begin(struct sim *s, u32 ring, u32 largest, u32 largest_first)
{
	static const struct afar_cut none;

	make_order(s);
	s->turn = 0;
	s->flying = 0;
	afar_tracker_init(&s->t, ring, largest);
	s->t.largest_first = largest_first;
	afar_tracker_reset(&s->t, &none);
	/* somewhere in the ring's life */
	s->t.head = afar_random(&s->r);
	s->t.tail = s->t.head;
	afar_tracker_update(&s->t);
}

static u64 used(const struct sim *s)
{
	return s->t.tail - s->t.head + s->t.pending;
}

/* May it be sent? Without the rule there is no credit; then it has to fit, that is all. */
static bool allowed(const struct sim *s, const struct afar_cmd *cmd)
{
	if (cmd->set > s->t.replicated.set + s->window)
		return false;
	if (afar_rule(AFAR_RULE_ROOM))
		return cmd->set <= s->t.credit;
	return used(s) + afar_cmd_blocks(cmd) <= s->t.ring_blocks;
}

static u32 frame_blocks(const struct sim *s, const u32 *index, u32 count)
{
	u32 blocks = 1, i;

	for (i = 0; i < count; i++)
		blocks += afar_cmd_blocks(&s->cmd[index[i]]) - 1;
	return blocks;
}

/* Is there a command of set @set to send, and may it be sent? */
static bool can_send(const struct sim *s, u32 set)
{
	u32 at = s->first[set] + s->next[set];

	return at < s->first[set + 1] && allowed(s, &s->cmd[s->list[at]]);
}

/* The set, from 0, that the sender likes best; @s->sets: none may be sent. */
static u32 choose_set(struct sim *s)
{
	u32 i, from = 0;

	if (s->order == ANY_SET)
		from = afar_random_below(&s->r, s->sets);
	if (s->order == EACH_SET_IN_TURN)
		from = s->turn++ % s->sets;
	for (i = 0; i < s->sets; i++) {
		u32 set = (from + i) % s->sets;

		if (s->order == LAST_SET_FIRST)
			set = s->sets - 1 - i;
		if (can_send(s, set))
			return set;
	}
	return s->sets;
}

/* The first of the list that may be sent; what has been sent is taken off it. */
static bool choose_listed(struct sim *s, u32 *index)
{
	u32 i;

	for (i = s->next[0]; i < s->n; i++) {
		if (!allowed(s, &s->cmd[s->list[i]]))
			continue;
		*index = s->list[i];
		memmove(&s->list[s->next[0] + 1], &s->list[s->next[0]],
			(i - s->next[0]) * sizeof(s->list[0]));
		s->next[0]++;
		return true;
	}
	return false;
}

static bool choose(struct sim *s, u32 *index)
{
	u32 set;

	if (s->order == AS_LISTED)
		return choose_listed(s, index);
	set = choose_set(s);
	if (set == s->sets)
		return false;
	*index = s->list[s->first[set] + s->next[set]++];
	return true;
}

static void admit(struct kunit *test, struct sim *s, u32 index)
{
	const char *why = "";

	KUNIT_ASSERT_EQ_MSG(test, afar_tracker_admit(&s->t, &s->cmd[index], &why), AFAR_ADMIT_NEW,
			    "number %llu: %s", s->cmd[index].seq, why);
	if (afar_random_one_in(&s->r, 4))
		KUNIT_ASSERT_EQ(test, afar_tracker_admit(&s->t, &s->cmd[index], &why),
				AFAR_ADMIT_DUPLICATE);
	s->flight[s->flying++] = index;
}

static bool send(struct kunit *test, struct sim *s)
{
	u32 most = s->single ? 1 : 1 + afar_random_below(&s->r, 6);
	u32 index[8], count = 0, blocks, i;

	if (s->flying + most > IN_FLIGHT)
		return false;
	while (count < most && choose(s, &index[count]))
		admit(test, s, index[count++]);
	if (!count)
		return false;
	blocks = frame_blocks(s, index, count);
	s->t.pending += blocks;
	afar_tracker_update(&s->t);
	KUNIT_ASSERT_LE_MSG(test, used(s), s->t.ring_blocks, "ring over-full");
	for (i = 0; i < count; i++)
		afar_tracker_placed(&s->t, &s->cmd[index[i]], s->t.tail);
	s->t.tail += blocks;
	s->t.pending -= blocks;
	return true;
}

static bool flush(struct sim *s)
{
	u32 i;

	for (i = 0; i < s->flying; i++)
		afar_tracker_durable(&s->t, &s->cmd[s->flight[i]]);
	s->flying = 0;
	afar_tracker_update(&s->t);
	return i;
}

static bool commit(struct kunit *test, struct sim *s)
{
	struct afar_cut end;

	if (!afar_tracker_run(&s->t, afar_random_one_in(&s->r, 2) ? 0 : U64_MAX, &end))
		return false;
	/* without the rule there may be no room even for the record that would make some */
	if (!afar_rule(AFAR_RULE_ROOM) && used(s) == s->t.ring_blocks)
		return false;
	s->t.tail++;
	KUNIT_ASSERT_LE_MSG(test, used(s), s->t.ring_blocks, "no room for the record");
	afar_tracker_commit(&s->t, &end);
	return true;
}

static bool move_head(struct sim *s)
{
	u64 head = afar_tracker_head(&s->t);

	if (head == s->t.head)
		return false;
	s->t.head = head;
	afar_tracker_update(&s->t);
	return true;
}

/* Something is done, if anything can be. */
static bool step(struct kunit *test, struct sim *s)
{
	if (!s->lazy && afar_random_one_in(&s->r, 4) && commit(test, s))
		return true;
	if (!s->lazy && afar_random_one_in(&s->r, 4) && move_head(s))
		return true;
	if (afar_random_one_in(&s->r, 8) && flush(s))
		return true;
	return send(test, s) || flush(s) || commit(test, s) || move_head(s);
}

/* Run to the end; false: it has locked up. */
static bool run(struct kunit *test, struct sim *s)
{
	static const struct afar_cut none;
	u64 credit = 0;
	bool done;

	while (step(test, s)) {
		KUNIT_ASSERT_GE(test, s->t.credit, credit);
		credit = s->t.credit;
		if (afar_random_one_in(&s->r, 64) && afar_rule(AFAR_RULE_ROOM))
			KUNIT_ASSERT_NULL(test, afar_test_tracker_check(&s->t));
	}
	done = s->t.committed.set == s->sets;
	afar_tracker_reset(&s->t, &none);
	return done;
}

static struct sim *sim_new(struct kunit *test)
{
	struct sim *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	return s;
}

/* One random world: a ring, and a handful of sets at the limit; the first has its own. */
static bool walk(struct kunit *test, struct sim *s, u32 seed, u32 ring, u32 largest, u32 sets)
{
	u32 first = largest, i;

	s->r = afar_random_seed(seed);
	s->sets = 0;
	s->n = 0;
	s->order = seed % ORDERS;
	/* without the rule frames are not reckoned beforehand */
	s->single = seed / ORDERS % 2 || !afar_rule(AFAR_RULE_ROOM);
	s->lazy = seed / ORDERS / 2 % 2;
	s->window = 8;
	if (seed / ORDERS / 4 % 2)
		first += afar_random_below(&s->r, ring - largest);
	for (i = 0; i < sets; i++)
		make_set(s, i ? largest : first,
			 1 + afar_random_below(&s->r, min(257U, largest)));
	begin(s, ring, largest, first);
	return run(test, s);
}

static void eight_sets_never_lock_up_the_smallest_ring(struct kunit *test)
{
	struct sim *s = sim_new(test);
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(96, 16); seed++)
		KUNIT_ASSERT_TRUE_MSG(test, walk(test, s, seed, 4 * AFAR_SET_MIN, AFAR_SET_MIN, 8),
				      "seed %u locks up", seed);
}

static void sets_never_lock_up_a_ring_of_any_size(struct kunit *test)
{
	struct sim *s = sim_new(test);
	u32 seed, largest, ring;

	for (seed = 0; seed < AFAR_TEST_MANY(200, 1); seed++)
		for (largest = 1; largest < 12; largest++)
			for (ring = largest + 1; ring <= 5 * largest + 8; ring++)
				KUNIT_ASSERT_TRUE_MSG(test, walk(test, s, seed, ring, largest, 12),
						      "seed %u, ring %u, sets of %u", seed, ring,
						      largest);
}

/* The first set may take what afar_largest_first() says, and there is room for the second. */
static void a_resync_set_leaves_room_for_the_set_behind_it(struct kunit *test)
{
	struct afar_tracker *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	static const struct afar_cut none;
	u32 ring;

	KUNIT_ASSERT_NOT_NULL(test, t);
	for (ring = AFAR_JOURNAL_MIN; ring < AFAR_JOURNAL_MIN + 8; ring++) {
		afar_tracker_init(t, ring, ring / 4);
		t->largest_first = afar_largest_first(ring / 4);
		afar_tracker_reset(t, &none);
		afar_tracker_update(t);
		KUNIT_EXPECT_EQ(test, t->credit, 2);
		t->largest_first += 4;
		t->credit = 0;
		afar_tracker_update(t);
		KUNIT_EXPECT_EQ(test, t->credit, 1);
	}
	KUNIT_EXPECT_EQ(test, afar_largest_first(U32_MAX), U32_MAX);
}

/* Each order in which three small sets can come, in rings that hold one of them, two or four. */
static void every_order_of_arrival_ends(struct kunit *test)
{
	enum { LARGEST = AFAR_TEST_MANY(3, 2), N = AFAR_TEST_MANY(8, 5) };
	static const u32 rings[] = { LARGEST + 1, 2 * LARGEST + 2, 4 * LARGEST };
	struct sim *s = sim_new(test);
	u32 order[N], i, k;

	s->single = true;
	s->order = AS_LISTED;
	s->window = 8;
	s->r = afar_random_seed(1);
	make_set(s, LARGEST, 1);
	make_set(s, LARGEST, 1);
	make_set(s, N - 2 * LARGEST, 1);
	for (i = 0; i < N; i++)
		order[i] = i;
	do {
		for (k = 0; k < 2 * ARRAY_SIZE(rings); k++) {
			s->lazy = k % 2;
			begin(s, rings[k / 2], LARGEST, LARGEST);
			memcpy(s->list, order, sizeof(order));
			s->next[0] = 0;
			KUNIT_ASSERT_TRUE(test, run(test, s));
		}
	} while (afar_test_permute(order, N));
}

static void credit_is_what_fits_of_the_largest_sets(struct kunit *test)
{
	struct afar_cut none = {}, ten = { .set = 10, .seq = 100 };
	struct afar_tracker t;

	/* each set takes its largest size and a commit record */
	afar_tracker_init(&t, 100, 24);
	afar_tracker_reset(&t, &none);
	KUNIT_EXPECT_EQ(test, t.credit, 0);
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 4);
	afar_tracker_reset(&t, &ten);
	KUNIT_EXPECT_EQ(test, t.credit, 14);
	t.tail = 1;
	afar_tracker_reset(&t, &ten);
	KUNIT_EXPECT_EQ(test, t.credit, 13);
	t.pending = 0;
	t.tail = 75;
	afar_tracker_reset(&t, &ten);
	KUNIT_EXPECT_EQ(test, t.credit, 11);
	t.tail = 76;
	afar_tracker_reset(&t, &ten);
	KUNIT_EXPECT_EQ(test, t.credit, 10);
	t.tail = 200;
	afar_tracker_reset(&t, &ten);
	KUNIT_EXPECT_EQ(test, t.credit, 10);
	/* room comes back, and what was once given stays given */
	t.head = 200;
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 14);
	t.pending = 100;
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 14);
	/* however large the ring is */
	afar_tracker_init(&t, U32_MAX, 24);
	afar_tracker_reset(&t, &ten);
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 10 + AFAR_AHEAD);
}

/* A closed set needs what it has, a complete one no more than its commit record. */
static void a_closed_set_gives_its_room_back(struct kunit *test)
{
	struct afar_cut none = {};
	struct afar_cmd cmd = afar_test_write(1, 1, 1, 4096), sync = afar_test_sync(1, 1, 2, 3);
	struct afar_tracker t;
	const char *why;

	afar_tracker_init(&t, 3 * 21 - 1, 20);
	afar_tracker_reset(&t, &none);
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 2);
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&t, &sync, &why), AFAR_ADMIT_NEW);
	t.tail = 1;
	afar_tracker_placed(&t, &sync, 0);
	/* taken: 1; owed: 2 and a record, and twice 21 */
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 3);
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&t, &cmd, &why), AFAR_ADMIT_NEW);
	t.tail = 3;
	afar_tracker_placed(&t, &cmd, 1);
	afar_tracker_update(&t);
	KUNIT_EXPECT_EQ(test, t.credit, 3);
	afar_tracker_durable(&t, &cmd);
	afar_tracker_durable(&t, &sync);
	afar_tracker_update(&t);
	KUNIT_EXPECT_NULL(test, afar_test_tracker_check(&t));
	afar_tracker_reset(&t, &none);
}

#ifdef AFAR_TEST_RULES
/* With the rule left out the same walks end in a ring that nothing can leave. */
static void without_the_rule_the_ring_locks_up(struct kunit *test)
{
	struct sim *s = sim_new(test);
	u32 seed, stuck = 0, walks = 64;

	afar_rules_off = 1UL << AFAR_RULE_ROOM;
	for (seed = 0; seed < walks; seed++)
		stuck += !walk(test, s, seed, 4 * AFAR_SET_MIN, AFAR_SET_MIN, 8);
	afar_rules_off = 0;
	kunit_info(test, "%u of %u walks locked up", stuck, walks);
	KUNIT_EXPECT_GT(test, stuck, walks / 4);
}
#endif

static struct kunit_case tracker_room_cases[] = {
	KUNIT_CASE(credit_is_what_fits_of_the_largest_sets),
	KUNIT_CASE(a_closed_set_gives_its_room_back),
	KUNIT_CASE(eight_sets_never_lock_up_the_smallest_ring),
	KUNIT_CASE(sets_never_lock_up_a_ring_of_any_size),
	KUNIT_CASE(a_resync_set_leaves_room_for_the_set_behind_it),
	KUNIT_CASE(every_order_of_arrival_ends),
#ifdef AFAR_TEST_RULES
	KUNIT_CASE(without_the_rule_the_ring_locks_up),
#endif
	{}
};

struct kunit_suite afar_tracker_room_suite = {
	.name = "afar_tracker_room",
	.test_cases = tracker_room_cases,
};
