// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random walks of the chunk map beside a primary's origin with a volatile cache, a peer that
 * commits late, and a journal that may lose its power in any round. Whenever the walk ends, each
 * chunk in which the two origins may differ has its bit on disk.
 */
#include "../map.h"
#include "../rule.h"
#include "suites.h"
#include "util.h"

#define CHUNKS	6
#define WRITES	12

static const u32 bit_of[CHUNKS] = { 0, 1, 255, 256, 700, 999 };

/* enum phase - of a write: has it entered, and is it being written? */
enum phase { FREE, WAITS, RUNS };

struct walk_write {
	enum phase phase;
	u32 chunk;
	u64 seq;
};

/**
 * struct walk_chunk - what is where of a chunk
 * @last:   highest number that has ended there
 * @stable: highest number that is on stable media of the origin
 * @odd:    something differs there that no number stands for
 */
struct walk_chunk {
	u64 last;
	u64 stable;
	bool odd;
};

/**
 * struct walk - one primary
 * @leaf:      under test
 * @notes:     pool for it, by array
 * @disk:      both copies
 * @image:     of the round that is under way
 * @rounding:  there is one
 * @copy:      the newest copy
 * @generation: of the last round
 * @next:      next number
 * @committed: the peer's origin has all up to this number, and has said so
 * @cut:       a flush has been done for this cut; 0: none, or it was used
 * @no_flush:  leave the flush out
 * @early:     clear what is DURABLE
 */
struct walk {
	struct afar_map_leaf leaf;
	struct afar_map_note notes[AFAR_MAP_ARRAYS][AFAR_MAP_NOTES];
	struct afar_map_block disk[2];
	struct afar_map_block image;
	struct afar_map_info info;
	struct walk_chunk chunk[CHUNKS];
	struct walk_write write[WRITES];
	struct afar_random r;
	bool rounding;
	u32 copy;
	u64 next;
	u64 committed;
	u64 cut;
	bool no_flush;
	bool early;
};

static void supply(struct walk *w, u32 bit)
{
	struct afar_map_note *notes = w->notes[bit / AFAR_MAP_NOTES];

	if (w->leaf.note[bit / AFAR_MAP_NOTES])
		return;
	memset(notes, 0, sizeof(w->notes[0]));
	afar_map_supply(&w->leaf, bit, notes);
}

static void begin_write(struct walk *w)
{
	u32 chunk = afar_random_below(&w->r, CHUNKS), i;
	struct walk_write *write;
	enum afar_map_verdict verdict;

	for (i = 0; i < WRITES && w->write[i].phase != FREE; i++)
		;
	if (i == WRITES)
		return;
	write = &w->write[i];
	if (afar_random_one_in(&w->r, 200)) {
		if (afar_map_enter_untracked(&w->leaf, bit_of[chunk]) == AFAR_MAP_PASS)
			w->chunk[chunk].odd = true;
		return;
	}
	supply(w, bit_of[chunk]);
	verdict = afar_map_enter(&w->leaf, bit_of[chunk]);
	write->chunk = chunk;
	write->phase = verdict == AFAR_MAP_PASS ? RUNS : WAITS;
	if (write->phase == RUNS)
		write->seq = w->next++;
}

static void go_on(struct walk *w)
{
	struct walk_write *write = &w->write[afar_random_below(&w->r, WRITES)];
	struct walk_chunk *chunk = &w->chunk[write->chunk];
	u32 bit = bit_of[write->chunk];

	if (write->phase == WAITS) {
		if (afar_random_one_in(&w->r, 20)) {
			afar_map_leave(&w->leaf, bit, 0);
			write->phase = FREE;
		} else if (afar_map_is_set(&w->leaf, bit)) {
			write->phase = RUNS;
			write->seq = w->next++;
		}
	} else if (write->phase == RUNS) {
		bool bad = afar_random_one_in(&w->r, 300);

		chunk->odd |= bad;
		chunk->last = max(chunk->last, write->seq);
		afar_map_leave(&w->leaf, bit, bad ? AFAR_MAP_NEVER : write->seq);
		write->phase = FREE;
	}
}

/* The highest number that the peer can have committed: all up to it have ended here. */
static u64 committable(const struct walk *w)
{
	u64 most = w->next - 1;
	u32 i;

	for (i = 0; i < WRITES; i++)
		if (w->write[i].phase == RUNS)
			most = min(most, w->write[i].seq - 1);
	return most;
}

static void commit(struct walk *w)
{
	u64 most = committable(w);

	if (most > w->committed)
		w->committed += 1 + afar_random_below(&w->r, most - w->committed);
}

static void flush(struct walk *w)
{
	u32 i;

	w->cut = w->early ? committable(w) : w->committed;
	for (i = 0; i < CHUNKS && !w->no_flush; i++)
		w->chunk[i].stable = w->chunk[i].last;
}

static void clear(struct walk *w)
{
	u32 array;

	if (!w->cut)
		return;
	for (array = 0; array < AFAR_MAP_ARRAYS; array++)
		afar_map_clear(&w->leaf, array, w->cut);
	w->cut = 0;
}

static void round_begin(struct walk *w)
{
	if (w->rounding || !w->leaf.changed)
		return;
	w->rounding = true;
	w->info.generation++;
	afar_map_round(&w->leaf, w->image.bits);
	afar_map_block_put(&w->image, &w->info);
}

static void round_end(struct walk *w)
{
	u32 array;

	if (!w->rounding)
		return;
	w->rounding = false;
	w->copy = !w->copy;
	w->disk[w->copy] = w->image;
	afar_map_round_end(&w->leaf, w->image.bits, true);
	for (array = 0; array < AFAR_MAP_ARRAYS; array++)
		afar_map_reap(&w->leaf, array, false);
}

/* The bits as a start reads them: -1 where there is no good copy. */
static int read_back(struct walk *w)
{
	struct afar_map_info info[2];
	const char *why[2];
	u32 i;

	for (i = 0; i < 2; i++)
		why[i] = afar_map_block_get(&w->disk[i], &w->info, &info[i]);
	return afar_map_pick(why, info);
}

static void load(struct walk *w, u64 carried)
{
	int copy = read_back(w);

	memset(&w->leaf, 0, sizeof(w->leaf));
	afar_map_leaf_init(&w->leaf, w->info.chunks, copy < 0 ? NULL : w->disk[copy].bits);
	afar_map_begin(&w->leaf, carried);
	w->copy = copy == 1;
}

/* A clean stop, and a start that goes on with the term. */
static void restart_clean(struct walk *w)
{
	u32 i;

	for (i = 0; i < WRITES; i++)
		if (w->write[i].phase != FREE)
			return;
	for (i = 0; i < CHUNKS; i++)
		if (w->chunk[i].odd)
			return;
	round_end(w);
	round_begin(w);
	round_end(w);
	for (i = 0; i < CHUNKS; i++)
		w->chunk[i].stable = w->chunk[i].last;
	w->cut = 0;
	load(w, w->next - 1);
}

static void step(struct walk *w)
{
	switch (afar_random_below(&w->r, 12)) {
	case 0 ... 2:
		begin_write(w);
		break;
	case 3 ... 6:
		go_on(w);
		break;
	case 7:
		commit(w);
		break;
	case 8:
		if (w->cut)
			clear(w);
		else
			flush(w);
		break;
	case 9:
		round_begin(w);
		break;
	case 10:
		round_end(w);
		break;
	default:
		if (afar_random_one_in(&w->r, 30))
			restart_clean(w);
	}
}

/* Power is lost: of the round under way nothing, all, or a part is on disk. */
static void lose_power(struct walk *w)
{
	u8 *to = (u8 *)&w->disk[!w->copy];
	u32 sector;

	for (sector = 0; sector < 8 && w->rounding; sector++)
		if (afar_random_below(&w->r, 2))
			memcpy(to + 512 * sector, (u8 *)&w->image + 512 * sector, 512);
	w->rounding = false;
}

/* May the two origins differ there, whatever of its cache the one has lost? */
static bool may_differ(const struct walk *w, u32 chunk)
{
	const struct walk_chunk *c = &w->chunk[chunk];
	u32 i;

	for (i = 0; i < WRITES; i++)
		if (w->write[i].phase == RUNS && w->write[i].chunk == chunk)
			return true;
	return c->odd || c->last > w->committed || c->stable < c->last;
}

static bool holds(struct walk *w)
{
	int copy;
	u32 i;

	lose_power(w);
	copy = read_back(w);
	for (i = 0; i < CHUNKS; i++) {
		u32 bit = bit_of[i];

		if (may_differ(w, i) && copy >= 0 &&
		    !(w->disk[copy].bits[bit / 8] >> bit % 8 & 1))
			return false;
	}
	return true;
}

/* Left alone, the map becomes clear, but for what differs for good. */
static bool settles(struct walk *w)
{
	u32 i, left = 0, odd = 0;

	for (i = 0; i < 400; i++)
		go_on(w);
	for (i = 0; i < 4; i++) {
		u32 n;

		round_end(w);
		round_begin(w);
		round_end(w);
		for (n = 0; n < 200; n++)
			go_on(w);
		w->committed = committable(w);
		flush(w);
		clear(w);
	}
	round_begin(w);
	round_end(w);
	for (i = 0; i < CHUNKS; i++) {
		odd += w->chunk[i].odd;
		left += afar_map_is_set(&w->leaf, bit_of[i]);
	}
	/* while nothing is committed nothing is cleared, even where nothing was written */
	if (odd || w->leaf.untracked || !w->committed)
		return left >= odd;
	return !left && !afar_map_count(&w->leaf);
}

static void walk_begin(struct walk *w, u32 seed)
{
	bool no_flush = w->no_flush, early = w->early;
	u32 i;

	memset(w, 0, sizeof(*w));
	w->no_flush = no_flush;
	w->early = early;
	w->r = afar_random_seed(seed);
	w->info = (struct afar_map_info){ .chunks = 1000, .volume = 3, .journal.b = { 1 } };
	w->next = 1;
	for (i = 0; i < 2; i++) {
		w->info.generation++;
		afar_map_block_put(&w->disk[i], &w->info);
	}
	load(w, AFAR_MAP_NEVER);
}

static void walk(struct walk *w, u32 seed)
{
	u32 steps;

	walk_begin(w, seed);
	steps = 1 + afar_random_below(&w->r, 600);
	while (steps--)
		step(w);
}

static struct walk *walk_new(struct kunit *test)
{
	struct walk *w = kvzalloc(sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	return w;
}

static void what_may_differ_has_its_bit_on_disk(struct kunit *test)
{
	struct walk *w = walk_new(test);
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(20000, 500); seed++) {
		walk(w, seed);
		if (!(seed % 4 ? holds(w) : settles(w)))
			break;
	}
	KUNIT_EXPECT_EQ_MSG(test, seed, AFAR_TEST_MANY(20000, 500), "seed %u", seed);
	kvfree(w);
}

/* A walk must be able to notice: each rule of R2 left out. */
static bool noticed(struct walk *w)
{
	u32 seed;

	for (seed = 0; seed < 4000; seed++) {
		walk(w, seed);
		if (!holds(w))
			return true;
	}
	return false;
}

static void a_clear_without_a_flush_is_noticed(struct kunit *test)
{
	struct walk *w = walk_new(test);

	w->no_flush = true;
	KUNIT_EXPECT_TRUE(test, noticed(w));
	kvfree(w);
}

static void a_clear_before_the_peer_has_committed_is_noticed(struct kunit *test)
{
	struct walk *w = walk_new(test);

	w->early = true;
	KUNIT_EXPECT_TRUE(test, noticed(w));
	kvfree(w);
}

#ifdef AFAR_TEST_RULES
static void a_rule_of_the_map_left_out_is_noticed(struct kunit *test)
{
	static const enum afar_rule rule[] = { AFAR_RULE_MAP_FIRST, AFAR_RULE_CLEAR_WAIT };
	struct walk *w = walk_new(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rule); i++) {
		afar_rules_off = 1UL << rule[i];
		KUNIT_EXPECT_TRUE_MSG(test, noticed(w), "rule %u", rule[i]);
		afar_rules_off = 0;
	}
	kvfree(w);
}
#endif

static struct kunit_case map_walk_cases[] = {
	KUNIT_CASE(what_may_differ_has_its_bit_on_disk),
	KUNIT_CASE(a_clear_without_a_flush_is_noticed),
	KUNIT_CASE(a_clear_before_the_peer_has_committed_is_noticed),
#ifdef AFAR_TEST_RULES
	KUNIT_CASE(a_rule_of_the_map_left_out_is_noticed),
#endif
	{}
};

struct kunit_suite afar_map_walk_suite = {
	.name = "afar_map_walk",
	.test_cases = map_walk_cases,
};
