// SPDX-License-Identifier: GPL-2.0-only
/* The chunk map: blocks and where they lie, and every event in every state of a bit. */
#include "../map.h"
#include "suites.h"
#include "util.h"

/* ---- room ------------------------------------------------------------------------------------ */

static void a_chunk_for_every_begun_one(struct kunit *test)
{
	u32 shift;

	for (shift = 16; shift <= 22; shift++) {
		u64 chunk = 1ULL << (shift - 9), block = AFAR_MAP_BITS * chunk;

		KUNIT_EXPECT_EQ(test, afar_map_chunks(1, 1 << shift), 1);
		KUNIT_EXPECT_EQ(test, afar_map_chunks(chunk, 1 << shift), 1);
		KUNIT_EXPECT_EQ(test, afar_map_chunks(chunk + 1, 1 << shift), 2);
		KUNIT_EXPECT_EQ(test, afar_map_chunks(7 * chunk - 1, 1 << shift), 7);
		KUNIT_EXPECT_EQ(test, afar_map_blocks(1, 1 << shift), 1);
		KUNIT_EXPECT_EQ(test, afar_map_blocks(block, 1 << shift), 1);
		KUNIT_EXPECT_EQ(test, afar_map_blocks(block + 1, 1 << shift), 2);
		KUNIT_EXPECT_EQ(test, afar_map_blocks(5 * block, 1 << shift), 5);
	}
	/* whatever the table of a hostile journal says */
	KUNIT_EXPECT_EQ(test, afar_map_blocks(U64_MAX >> 9, 64 << 10), U32_MAX);
	KUNIT_EXPECT_GT(test, afar_map_blocks(1ULL << 39, 64 << 10), 100000);
}

static void put_entry(struct afar_table_entry *table, u32 volume, u32 first, u32 blocks)
{
	table[volume].used = cpu_to_le32(1);
	table[volume].map_first = cpu_to_le32(first);
	table[volume].map_blocks = cpu_to_le32(blocks);
	table[volume].sectors = cpu_to_le64((u64)blocks * AFAR_MAP_BITS * 128);
}

static struct afar_table_entry *table_new(struct kunit *test)
{
	struct afar_table_entry *table = kunit_kzalloc(test, AFAR_VOLUMES * sizeof(*table),
						       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	return table;
}

static void a_map_is_placed_in_the_first_gap_that_fits(struct kunit *test)
{
	struct afar_table_entry *table = table_new(test);
	u32 first = 99;

	KUNIT_EXPECT_TRUE(test, afar_map_place(table, 24, 24, &first));
	KUNIT_EXPECT_EQ(test, first, 0);
	KUNIT_EXPECT_FALSE(test, afar_map_place(table, 24, 25, &first));
	put_entry(table, 9, 0, 2);
	put_entry(table, 0, 5, 3);
	put_entry(table, 255, 10, 1);
	table[7] = table[255];		/* not used: in nobody's way */
	table[7].used = 0;
	table[7].map_first = cpu_to_le32(2);
	KUNIT_EXPECT_TRUE(test, afar_map_place(table, 24, 3, &first));
	KUNIT_EXPECT_EQ(test, first, 2);
	KUNIT_EXPECT_TRUE(test, afar_map_place(table, 24, 4, &first));
	KUNIT_EXPECT_EQ(test, first, 11);
	KUNIT_EXPECT_TRUE(test, afar_map_place(table, 24, 13, &first));
	KUNIT_EXPECT_FALSE(test, afar_map_place(table, 24, 14, &first));
	KUNIT_EXPECT_TRUE(test, afar_map_place(table, 10, 2, &first));
	KUNIT_EXPECT_EQ(test, first, 2);
	KUNIT_EXPECT_FALSE(test, afar_map_place(table, 10, 4, &first));
	/* six blocks are in use */
	KUNIT_EXPECT_EQ(test, afar_map_journal(table, 18, false), AFAR_JOURNAL_MIN);
	KUNIT_EXPECT_EQ(test, afar_map_journal(table, 94, false), 100 * 512);
	KUNIT_EXPECT_EQ(test, afar_map_journal(table, 4090, false), 4096 * 512);
	KUNIT_EXPECT_EQ(test, afar_map_journal(table, 4091, false), 0);
	KUNIT_EXPECT_EQ(test, afar_map_journal(table, 94, true), AFAR_META_MIN);
}

static void the_journal_that_is_asked_for_has_the_room(struct kunit *test)
{
	struct afar_super_info super;
	u32 blocks;

	for (blocks = 1; blocks <= 4096; blocks++) {
		u64 device = afar_super_blocks_for_map(blocks, false);
		u64 memory = afar_super_blocks_for_map(blocks, true);

		KUNIT_ASSERT_TRUE(test, afar_super_geometry(&super, device));
		KUNIT_ASSERT_GE(test, super.map_blocks, blocks);
		KUNIT_ASSERT_TRUE(test, afar_super_geometry_memory(&super, memory,
								   4 * AFAR_SET_MIN));
		KUNIT_ASSERT_GE(test, super.map_blocks, blocks);
	}
}

static void a_map_that_is_not_where_it_can_be_is_noticed(struct kunit *test)
{
	struct afar_table_entry *table = table_new(test);

	put_entry(table, 3, 4, 2);
	KUNIT_EXPECT_TRUE(test, afar_map_placed(table, 3, 6, 64 << 10));
	KUNIT_EXPECT_FALSE(test, afar_map_placed(table, 3, 5, 64 << 10));
	KUNIT_EXPECT_FALSE(test, afar_map_placed(table, 3, 6, 128 << 10));
	put_entry(table, 200, 6, 1);
	put_entry(table, 201, 3, 1);
	KUNIT_EXPECT_TRUE(test, afar_map_placed(table, 3, 8, 64 << 10));
	put_entry(table, 200, 5, 1);
	KUNIT_EXPECT_FALSE(test, afar_map_placed(table, 3, 8, 64 << 10));
	KUNIT_EXPECT_FALSE(test, afar_map_placed(table, 200, 8, 64 << 10));
	table[3].map_first = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_FALSE(test, afar_map_placed(table, 3, 8, 64 << 10));
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void the_newer_good_copy_counts(struct kunit *test)
{
	struct afar_map_info info[2] = { { .generation = 7 }, { .generation = 8 } };
	const char *why[2] = { NULL, NULL };

	KUNIT_EXPECT_EQ(test, afar_map_pick(why, info), 1);
	info[0].generation = 9;
	KUNIT_EXPECT_EQ(test, afar_map_pick(why, info), 0);
	why[0] = "bad";
	KUNIT_EXPECT_EQ(test, afar_map_pick(why, info), 1);
	why[1] = "bad";
	KUNIT_EXPECT_EQ(test, afar_map_pick(why, info), -1);
	why[0] = NULL;
	KUNIT_EXPECT_EQ(test, afar_map_pick(why, info), 0);
}

struct block_bench {
	struct afar_map_block le;
	struct afar_map_info info;
	struct afar_map_info got;
};

static const char *block_verdict(struct block_bench *b, const struct afar_map_info *want)
{
	afar_map_block_put(&b->le, &b->info);
	return afar_map_block_get(&b->le, want, &b->got);
}

static void a_block_belongs_to_its_place_and_journal(struct kunit *test)
{
	struct block_bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct afar_map_info want;
	u32 chunks;

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->info = (struct afar_map_info){
		.index = 3, .generation = 1, .volume = 7, .chunks = 100, .journal.b = { 9 },
		.first_chunk = AFAR_MAP_BITS,
	};
	want = b->info;
	want.generation = 0;
	KUNIT_EXPECT_NULL(test, block_verdict(b, &want));
	b->info.index++;
	KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
	b->info.index--;
	b->info.volume++;
	KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
	b->info.volume--;
	b->info.first_chunk = 0;
	KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
	b->info.first_chunk = want.first_chunk;
	b->info.journal.b[15] = 1;
	KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
	b->info.journal.b[15] = 0;
	b->info.generation = 0;
	KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
	b->info.generation = 1;
	for (chunks = 1; chunks <= AFAR_MAP_BITS; chunks += 1 + chunks / 20) {
		b->info.chunks = chunks;
		KUNIT_EXPECT_EQ(test, !block_verdict(b, &want), chunks == 100);
		want.chunks = chunks;
		KUNIT_EXPECT_NULL(test, block_verdict(b, &want));
		if (chunks < AFAR_MAP_BITS) {
			b->le.bits[chunks / 8] = 1U << chunks % 8;
			KUNIT_EXPECT_NOT_NULL(test, block_verdict(b, &want));
			b->le.bits[chunks / 8] = 0;
		}
		b->le.bits[(chunks - 1) / 8] = 1U << (chunks - 1) % 8;
		KUNIT_EXPECT_NULL(test, block_verdict(b, &want));
		b->le.bits[(chunks - 1) / 8] = 0;
		want.chunks = 100;
	}
}

static void a_base_record_is_whole_or_none(struct kunit *test)
{
	struct block_bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct afar_map_info want = { .chunks = 1 };
	u32 mask;

	KUNIT_ASSERT_NOT_NULL(test, b);
	for (mask = 0; mask < 32; mask++) {
		b->info = (struct afar_map_info){ .chunks = 1, .generation = 1 };
		b->info.base.journal.b[15] = mask & 1;
		b->info.base.term.counter = mask >> 1 & 1;
		b->info.base.term.id.b[0] = mask >> 2 & 1;
		b->info.base.set = mask >> 3 & 1;
		b->info.base.seq = mask >> 4;
		KUNIT_EXPECT_EQ_MSG(test, !block_verdict(b, &want), mask == 0 || mask == 31,
				    "mask %x", mask);
	}
}

/* ---- a bit: every event in every state ------------------------------------------------------- */

#define BIT	300	/* of the second array */
#define CUT	50

struct bit_bench {
	struct afar_map_leaf leaf;
	struct afar_map_note notes[AFAR_MAP_NOTES];
	u8 image[AFAR_MAP_BYTES];
};

static struct bit_bench *bit_new(struct kunit *test)
{
	struct bit_bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	afar_map_leaf_init(&b->leaf, 1000, b->image);
	KUNIT_ASSERT_EQ(test, afar_map_enter(&b->leaf, BIT), AFAR_MAP_NEEDS_NOTES);
	KUNIT_ASSERT_FALSE(test, b->leaf.changed);
	KUNIT_ASSERT_TRUE(test, afar_map_supply(&b->leaf, BIT, b->notes));
	KUNIT_ASSERT_FALSE(test, afar_map_supply(&b->leaf, BIT, b->notes));
	return b;
}

/* As in map.h: not set, Wanted, Being set, Set, Leaving, being Cleared, and wanted Again. */
static char bit_state(const struct bit_bench *b)
{
	static const char name[8] = "NxWBLCSA";	/* durable, goal, flight */
	u8 durable = b->leaf.durable[BIT / 8] >> BIT % 8 & 1;
	u8 goal = b->leaf.goal[BIT / 8] >> BIT % 8 & 1;
	u8 flight = b->leaf.flight[BIT / 8] >> BIT % 8 & 1;

	return name[durable << 2 | goal << 1 | flight];
}

static enum afar_map_verdict go(struct bit_bench *b)
{
	enum afar_map_verdict verdict = afar_map_enter(&b->leaf, BIT);

	afar_map_leave(&b->leaf, BIT, CUT);
	return verdict;
}

static u32 clear(struct bit_bench *b)
{
	u32 count = afar_map_clearable(&b->leaf, 1, CUT);

	return afar_map_clear(&b->leaf, 1, CUT) == count ? count : ~0U;
}

static void bring_to(struct bit_bench *b, char state)
{
	if (state == 'N')
		return;
	go(b);
	if (state == 'W')
		return;
	afar_map_round(&b->leaf, b->image);
	if (state == 'B')
		return;
	afar_map_round_end(&b->leaf, b->image, true);
	if (state == 'S')
		return;
	clear(b);
	if (state == 'L')
		return;
	afar_map_round(&b->leaf, b->image);
	if (state == 'A')
		go(b);
}

/*
 * @enter, @clear, @round, @ok, @failed: state afterwards; '-': cannot happen. @pass: a write may go
 * on. A round ends in the states that begin it, and in those that come to be during one.
 */
static const struct bit_row {
	char state;
	char enter;
	bool pass;
	char clear;
	char round;
	char ok;
	char failed;
} bit_rows[] = {
	{ 'N', 'W', false, 'N', 'N', 'N', 'N' },
	{ 'W', 'W', false, 'W', 'B', 'W', 'N' },
	{ 'B', 'B', false, 'B', '-', 'S', 'N' },
	{ 'S', 'S', true,  'L', 'S', 'S', 'S' },
	{ 'L', 'S', true,  'L', 'C', 'L', 'L' },
	{ 'C', 'A', false, 'C', '-', 'N', 'N' },
	{ 'A', 'A', false, 'A', '-', 'W', 'N' },
};

static void bit_row_desc(const struct bit_row *row, char *desc)
{
	desc[0] = row->state;
	desc[1] = 0;
}

KUNIT_ARRAY_PARAM(bit_row, bit_rows, bit_row_desc);

static struct bit_bench *bit_in(struct kunit *test, char state)
{
	struct bit_bench *b = bit_new(test);

	bring_to(b, state);
	KUNIT_ASSERT_EQ(test, bit_state(b), state);
	KUNIT_ASSERT_EQ(test, afar_map_is_set(&b->leaf, BIT), state == 'S');
	return b;
}

static void a_write_comes(struct kunit *test)
{
	const struct bit_row *row = test->param_value;
	struct bit_bench *b = bit_in(test, row->state);

	b->leaf.changed = false;
	KUNIT_EXPECT_EQ(test, go(b) == AFAR_MAP_PASS, row->pass);
	KUNIT_EXPECT_EQ(test, bit_state(b), row->enter);
	KUNIT_EXPECT_EQ(test, b->leaf.changed, row->enter != row->state);
	b = bit_in(test, row->state);
	KUNIT_EXPECT_EQ(test, afar_map_enter_untracked(&b->leaf, BIT) == AFAR_MAP_PASS, row->pass);
	KUNIT_EXPECT_EQ(test, bit_state(b), row->enter);
}

static void it_may_be_cleared(struct kunit *test)
{
	const struct bit_row *row = test->param_value;
	struct bit_bench *b = bit_in(test, row->state);

	b->leaf.changed = false;
	KUNIT_EXPECT_EQ(test, clear(b), row->clear != row->state);
	KUNIT_EXPECT_EQ(test, bit_state(b), row->clear);
	KUNIT_EXPECT_EQ(test, b->leaf.changed, row->clear != row->state);
	/* not by another array's doing */
	b = bit_in(test, row->state);
	KUNIT_EXPECT_EQ(test, afar_map_clear(&b->leaf, 0, CUT), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clear(&b->leaf, 2, CUT), 0);
	KUNIT_EXPECT_EQ(test, bit_state(b), row->state);
}

static void a_round_begins(struct kunit *test)
{
	const struct bit_row *row = test->param_value;
	struct bit_bench *b = bit_in(test, row->state);

	if (row->round == '-')
		return;
	afar_map_round(&b->leaf, b->image);
	KUNIT_EXPECT_EQ(test, bit_state(b), row->round);
	KUNIT_EXPECT_FALSE(test, b->leaf.changed);
	KUNIT_EXPECT_EQ(test, b->image[BIT / 8] >> BIT % 8 & 1, row->round == 'B' ||
			row->round == 'S');
}

static void a_round_ends(struct kunit *test)
{
	const struct bit_row *row = test->param_value;
	bool ok = false;

	do {
		struct bit_bench *b = bit_new(test);

		/* what is not in flight has come to be after the round began */
		ok = !ok;
		if (row->state == 'W') {
			afar_map_round(&b->leaf, b->image);
			go(b);
		} else if (row->state == 'L') {
			bring_to(b, 'S');
			afar_map_round(&b->leaf, b->image);
			clear(b);
		} else {
			bring_to(b, row->state);
		}
		KUNIT_ASSERT_EQ(test, bit_state(b), row->state);
		afar_map_round_end(&b->leaf, b->image, ok);
		KUNIT_EXPECT_EQ(test, bit_state(b), ok ? row->ok : row->failed);
		/* a state that is not stable asks for another round, unless this one failed */
		if (ok)
			KUNIT_EXPECT_EQ(test, b->leaf.changed, !!strchr("WL", row->ok));
	} while (ok);
}

static void only_what_r2_allows_is_cleared(struct kunit *test)
{
	struct bit_bench *b = bit_in(test, 'S');

	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT), 1);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT - 1), 0);
	/* one on its way */
	KUNIT_EXPECT_EQ(test, afar_map_enter(&b->leaf, BIT), AFAR_MAP_PASS);
	KUNIT_EXPECT_EQ(test, afar_map_enter(&b->leaf, BIT), AFAR_MAP_PASS);
	KUNIT_EXPECT_EQ(test, clear(b), 0);
	afar_map_leave(&b->leaf, BIT, 0);
	KUNIT_EXPECT_EQ(test, clear(b), 0);
	afar_map_leave(&b->leaf, BIT, CUT - 1);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT - 1), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT), 1);
	/* nobody knows what it did */
	afar_map_enter(&b->leaf, BIT);
	afar_map_leave(&b->leaf, BIT, AFAR_MAP_NEVER);
	KUNIT_EXPECT_EQ(test, afar_map_clear(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
	/* one without a number, to any chunk of the leaf */
	b = bit_in(test, 'S');
	KUNIT_EXPECT_EQ(test, afar_map_enter_untracked(&b->leaf, 1), AFAR_MAP_WAIT);
	KUNIT_EXPECT_EQ(test, clear(b), 0);
	KUNIT_EXPECT_TRUE(test, afar_map_reap(&b->leaf, 1, true) == b->notes);
	afar_map_begin(&b->leaf, CUT);
	KUNIT_EXPECT_EQ(test, clear(b), 1);
}

static void bits_that_were_there_wait_for_what_they_carry(struct kunit *test)
{
	struct bit_bench *b = bit_in(test, 'S');

	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, false));
	KUNIT_EXPECT_TRUE(test, afar_map_reap(&b->leaf, 1, true) == b->notes);
	afar_map_begin(&b->leaf, AFAR_MAP_NEVER);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
	memset(b->notes, 0, sizeof(b->notes));
	afar_map_supply(&b->leaf, BIT, b->notes);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
	go(b);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
	afar_map_reap(&b->leaf, 1, true);
	afar_map_begin(&b->leaf, CUT + 9);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT + 8), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT + 9), 1);
	memset(b->notes, 0, sizeof(b->notes));
	afar_map_supply(&b->leaf, BIT, b->notes);
	go(b);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT + 8), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, CUT + 9), 1);
}

static void notes_live_as_long_as_a_bit_of_theirs(struct kunit *test)
{
	struct bit_bench *b = bit_in(test, 'L');

	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, false));
	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 0, true));
	afar_map_round(&b->leaf, b->image);
	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, false));
	afar_map_round_end(&b->leaf, b->image, true);
	KUNIT_EXPECT_EQ(test, afar_map_count(&b->leaf), 0);
	KUNIT_EXPECT_TRUE(test, afar_map_reap(&b->leaf, 1, false) == b->notes);
	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, false));
	/* who waits for a round that has failed leaves later */
	memset(b->notes, 0, sizeof(b->notes));
	afar_map_supply(&b->leaf, BIT, b->notes);
	afar_map_enter(&b->leaf, BIT);
	afar_map_round(&b->leaf, b->image);
	afar_map_round_end(&b->leaf, b->image, false);
	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, false));
	afar_map_leave(&b->leaf, BIT, 0);
	KUNIT_EXPECT_TRUE(test, afar_map_reap(&b->leaf, 1, false) == b->notes);
}

static void without_a_good_copy_all_bits_count_as_set(struct kunit *test)
{
	struct afar_map_leaf *leaf = kunit_kzalloc(test, sizeof(*leaf), GFP_KERNEL);
	u32 chunks, bit;

	KUNIT_ASSERT_NOT_NULL(test, leaf);
	for (chunks = 1; chunks <= AFAR_MAP_BITS; chunks += chunks < 40 ? 1 : 1777) {
		memset(leaf, 0, sizeof(*leaf));
		afar_map_leaf_init(leaf, chunks, NULL);
		KUNIT_EXPECT_EQ(test, afar_map_count(leaf), chunks);
		for (bit = 0; bit < chunks; bit++)
			KUNIT_ASSERT_TRUE(test, afar_map_is_set(leaf, bit));
		KUNIT_ASSERT_TRUE(test, bit == AFAR_MAP_BITS || !afar_map_is_set(leaf, bit));
		afar_map_wipe(leaf);
		KUNIT_ASSERT_FALSE(test, afar_map_is_set(leaf, 0));
		KUNIT_ASSERT_TRUE(test, leaf->changed);
	}
}

static void *zeroed(struct kunit *test, size_t bytes)
{
	void *p = kunit_kzalloc(test, bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static void what_is_on_the_scan_list_stays_set(struct kunit *test)
{
	u8 *bits = zeroed(test, AFAR_MAP_BYTES);
	struct afar_map_leaf *leaf = zeroed(test, sizeof(*leaf));
	struct afar_map_note *notes = zeroed(test, AFAR_MAP_NOTES * sizeof(*notes));

	bits[0] = 0x84;		/* 2, 7 */
	bits[125] = 0x01;	/* 1000 */
	afar_map_leaf_init(leaf, 1001, bits);
	afar_map_begin(leaf, AFAR_MAP_NEVER);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 1001);
	KUNIT_EXPECT_EQ(test, afar_map_scan_begin(leaf), 3);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 2), 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 3), 7);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 8), 1000);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 1001), 1001);

	/* a numbered write to a chunk that has not been read says nothing of the rest of it */
	afar_map_supply(leaf, 2, notes);
	KUNIT_EXPECT_EQ(test, afar_map_enter(leaf, 2), AFAR_MAP_PASS);
	afar_map_leave(leaf, 2, 5);
	KUNIT_EXPECT_EQ(test, afar_map_clear(leaf, 0, 100), 0);
	/* read as number 7: cleared from there on, and not before */
	afar_map_scan_take(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_clear(leaf, 0, 100), 0);
	afar_map_enter(leaf, 2);
	afar_map_leave(leaf, 2, 7);
	afar_map_scanned(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 7);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 6), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 7), 1);
	/* what is on its way keeps it, and a later write does */
	afar_map_enter(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 7), 0);
	afar_map_leave(leaf, 2, 9);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 8), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clear(leaf, 0, 9), 1);
	/* a write that came after the chunk was read, and before that is noted, counts as well */
	afar_map_scan_take(leaf, 7);
	afar_map_enter(leaf, 7);
	afar_map_leave(leaf, 7, 11);
	afar_map_enter(leaf, 7);
	afar_map_leave(leaf, 7, 13);
	afar_map_scanned(leaf, 7);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 12), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 13), 1);
	/* what has become void, be it what the chunk was to be read with, is covered by nothing */
	afar_map_enter(leaf, 7);
	afar_map_leave(leaf, 7, AFAR_MAP_NEVER);
	afar_map_scanned(leaf, 7);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, AFAR_MAP_NEVER - 1), 0);
	/* the scan is given up: what was not read is covered by no number */
	afar_map_scan_end(leaf);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 1001);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, AFAR_MAP_NEVER - 1), 0);
}

/* R6: a write without a number, at each step of the reading of its chunk. */
static void a_write_without_a_number_is_read_after_it(struct kunit *test)
{
	u8 *bits = zeroed(test, AFAR_MAP_BYTES);
	struct afar_map_leaf *leaf = zeroed(test, sizeof(*leaf));
	struct afar_map_note *notes = zeroed(test, AFAR_MAP_NOTES * sizeof(*notes));
	u64 all = AFAR_MAP_NEVER - 1;

	bits[0] = 0x04;
	afar_map_leaf_init(leaf, 100, bits);
	afar_map_begin(leaf, AFAR_MAP_NEVER);
	afar_map_scan_begin(leaf);
	KUNIT_EXPECT_EQ(test, afar_map_enter_unread(leaf, 2), AFAR_MAP_NEEDS_NOTES);
	afar_map_supply(leaf, 2, notes);

	/* it has ended before its chunk is taken: nothing new */
	KUNIT_EXPECT_EQ(test, afar_map_enter_unread(leaf, 2), AFAR_MAP_PASS);
	KUNIT_EXPECT_FALSE(test, afar_map_leave_unread(leaf, 2));
	KUNIT_EXPECT_TRUE(test, afar_map_may_go_unread(leaf, 2));
	/* it is on its way when the chunk is taken, and ends while it is read */
	KUNIT_EXPECT_EQ(test, afar_map_enter_unread(leaf, 2), AFAR_MAP_PASS);
	afar_map_scan_take(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 100);
	afar_map_enter(leaf, 2);
	KUNIT_EXPECT_TRUE(test, afar_map_leave_unread(leaf, 2));
	afar_map_leave(leaf, 2, 5);
	afar_map_scanned(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 2);
	KUNIT_EXPECT_FALSE(test, afar_map_may_go_unread(leaf, 2));
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, all), 0);
	/* it ends after that: until then nothing is cleared */
	afar_map_scan_take(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_enter_unread(leaf, 2), AFAR_MAP_PASS);
	afar_map_enter(leaf, 2);
	afar_map_leave(leaf, 2, 6);
	afar_map_scanned(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 100);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, all), 0);
	KUNIT_EXPECT_TRUE(test, afar_map_leave_unread(leaf, 2));
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, all), 0);
	/* the chunk could not be read */
	afar_map_scan_take(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, all), 0);
	KUNIT_EXPECT_TRUE(test, afar_map_scan_again(leaf, 2));
	KUNIT_EXPECT_FALSE(test, afar_map_scan_again(leaf, 2));
	/* nothing of that kind: read, and covered by its number */
	afar_map_scan_take(leaf, 2);
	afar_map_enter(leaf, 2);
	afar_map_leave(leaf, 2, 8);
	afar_map_scanned(leaf, 2);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 7), 0);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(leaf, 0, 8), 1);
	/* its bit is not set: it has not entered, and comes again */
	leaf->changed = false;
	KUNIT_EXPECT_EQ(test, afar_map_enter_unread(leaf, 3), AFAR_MAP_WAIT);
	KUNIT_EXPECT_TRUE(test, leaf->changed);
	KUNIT_EXPECT_EQ(test, notes[3].flight, 0);
}

/*
 * R7: what the peer has is compared with what is read only where no number has touched the chunk:
 * it may stand for something that was overwritten without a number, and look equal again.
 */
static void only_what_no_number_has_touched_can_be_left_out(struct kunit *test)
{
	u8 *bits = zeroed(test, AFAR_MAP_BYTES);
	struct afar_map_leaf *leaf = zeroed(test, sizeof(*leaf));
	struct afar_map_note *notes = zeroed(test, AFAR_MAP_NOTES * sizeof(*notes));

	bits[0] = 0xff;
	afar_map_leaf_init(leaf, 100, bits);
	afar_map_begin(leaf, AFAR_MAP_NEVER);
	KUNIT_ASSERT_EQ(test, afar_map_scan_begin(leaf), 8);
	/* nothing is known of it */
	KUNIT_EXPECT_TRUE(test, afar_map_scan_take(leaf, 0));
	KUNIT_ASSERT_TRUE(test, afar_map_supply(leaf, 1, notes));
	KUNIT_EXPECT_TRUE(test, afar_map_scan_take(leaf, 1));
	/* a write without a number, whether it was on the list already or not */
	afar_map_enter_unread(leaf, 2);
	afar_map_leave_unread(leaf, 2);
	KUNIT_EXPECT_TRUE(test, afar_map_scan_take(leaf, 2));
	/* one is on its way: it may be numbered before the chunk is read, and end after it */
	afar_map_enter(leaf, 3);
	KUNIT_EXPECT_FALSE(test, afar_map_scan_take(leaf, 3));
	/* and is not done at all: no number has been there */
	afar_map_scan_again(leaf, 3);
	afar_map_leave(leaf, 3, 0);
	KUNIT_EXPECT_TRUE(test, afar_map_scan_take(leaf, 3));
	/* A-B-A: numbered, and then not */
	afar_map_enter(leaf, 4);
	afar_map_leave(leaf, 4, 5);
	afar_map_enter_unread(leaf, 4);
	afar_map_leave_unread(leaf, 4);
	KUNIT_EXPECT_FALSE(test, afar_map_scan_take(leaf, 4));
	/* nobody knows what a number has done */
	afar_map_enter(leaf, 5);
	afar_map_leave(leaf, 5, AFAR_MAP_NEVER);
	KUNIT_EXPECT_FALSE(test, afar_map_scan_take(leaf, 5));
	/* it has been read, by commands with numbers, and is written again */
	afar_map_enter(leaf, 1);
	afar_map_leave(leaf, 1, 6);
	afar_map_scanned(leaf, 1);
	afar_map_enter_unread(leaf, 1);
	afar_map_leave_unread(leaf, 1);
	KUNIT_EXPECT_FALSE(test, afar_map_scan_take(leaf, 1));
	/* another term: its numbers are not those */
	afar_map_begin(leaf, AFAR_MAP_NEVER);
	afar_map_scan_begin(leaf);
	KUNIT_EXPECT_TRUE(test, afar_map_scan_take(leaf, 4));
}

/* Who waits for a bit when a term ends leaves in the next one, and may be tagged in it. */
static void a_write_that_waits_outlives_its_term(struct kunit *test)
{
	struct bit_bench *b = bit_in(test, 'W');

	afar_map_enter(&b->leaf, BIT);
	KUNIT_EXPECT_NULL(test, afar_map_reap(&b->leaf, 1, true));
	afar_map_begin(&b->leaf, AFAR_MAP_NEVER);
	afar_map_round(&b->leaf, b->image);
	afar_map_round_end(&b->leaf, b->image, true);
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
	afar_map_leave(&b->leaf, BIT, 0);
	/* it was not begun, and the bit was wanted before: no number covers it */
	KUNIT_EXPECT_EQ(test, afar_map_clearable(&b->leaf, 1, AFAR_MAP_NEVER - 1), 0);
}

static void all_can_be_made_to_count_as_different(struct kunit *test)
{
	struct bit_bench *b = bit_in(test, 'L');
	u32 bit;

	afar_map_fill(&b->leaf);
	KUNIT_EXPECT_TRUE(test, b->leaf.changed);
	afar_map_round(&b->leaf, b->image);
	afar_map_round_end(&b->leaf, b->image, true);
	KUNIT_EXPECT_EQ(test, afar_map_count(&b->leaf), b->leaf.chunks);
	for (bit = 0; bit < b->leaf.chunks; bit++)
		KUNIT_ASSERT_TRUE(test, afar_map_is_set(&b->leaf, bit));
}

/* All states that a bit can be in, then a longer volume: what is set, or may be on disk, stays. */
static void a_grown_volume_keeps_its_bits(struct kunit *test)
{
	struct afar_map_leaf *old = zeroed(test, sizeof(*old)), *leaf = zeroed(test, sizeof(*leaf));
	u8 *bits = zeroed(test, AFAR_MAP_BYTES), *image = zeroed(test, AFAR_MAP_BYTES);
	struct afar_map_note *notes = zeroed(test, AFAR_MAP_NOTES * sizeof(*notes));
	u32 bit;

	bits[0] = 0x06;		/* 1, 2 */
	afar_map_leaf_init(old, 11, bits);
	afar_map_begin(old, 0);
	afar_map_supply(old, 0, notes);
	/* 1 and 2 leave, 2 is wanted again; 4 is wanted, 5 is being set */
	KUNIT_EXPECT_EQ(test, afar_map_clear(old, 0, 9), 2);
	afar_map_enter(old, 5);
	afar_map_round(old, image);
	afar_map_enter(old, 2);
	afar_map_enter(old, 4);
	afar_map_leaf_grow(leaf, 21, old);
	KUNIT_EXPECT_EQ(test, leaf->chunks, 21);
	for (bit = 0; bit < 21; bit++)
		KUNIT_EXPECT_EQ_MSG(test, afar_map_is_set(leaf, bit), 0x36 >> bit & 1,
				    "bit %u", bit);
	KUNIT_EXPECT_EQ(test, afar_map_count(leaf), 4);
	KUNIT_EXPECT_EQ(test, afar_map_scan_begin(leaf), 4);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 6), 21);
	afar_map_scan_end(leaf);
	/* from within the last chunk that was there on, whatever bits say */
	KUNIT_EXPECT_EQ(test, afar_map_scan_all(leaf, 10), 11);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 0), 10);
	KUNIT_EXPECT_EQ(test, afar_map_scan_next(leaf, 20), 20);
	KUNIT_EXPECT_EQ(test, afar_map_scan_all(leaf, 40), 0);
}

static void runs_of_bits_are_told_and_merged(struct kunit *test)
{
	struct afar_map_leaf *leaf = zeroed(test, sizeof(*leaf)), *to = zeroed(test, sizeof(*to));
	u8 *bits = zeroed(test, AFAR_MAP_BYTES), *image = zeroed(test, AFAR_MAP_BYTES);

	bits[0] = 0xf0;
	bits[1] = 0x01;
	bits[3] = 0x02;
	afar_map_leaf_init(leaf, 26, bits);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 0, true), 4);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 4, false), 9);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 9, true), 25);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 25, false), 26);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 26, true), 26);
	/* what is leaving may be on disk, what is wanted may be soon */
	afar_map_wipe(leaf);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 0, true), 4);
	afar_map_enter_untracked(leaf, 1);
	KUNIT_EXPECT_EQ(test, afar_map_next(leaf, 0, true), 1);
	/* the other side has one of them, and one that leaves */
	image[0] = 0x30;
	afar_map_leaf_init(to, 26, image);
	to->goal[0] = 0x10;
	KUNIT_EXPECT_FALSE(test, afar_map_merged(to, bits));
	afar_map_merge(to, bits);
	KUNIT_EXPECT_TRUE(test, to->changed);
	KUNIT_EXPECT_FALSE(test, afar_map_merged(to, bits));
	afar_map_round(to, image);
	KUNIT_EXPECT_FALSE(test, afar_map_merged(to, bits));
	afar_map_round_end(to, image, true);
	KUNIT_EXPECT_TRUE(test, afar_map_merged(to, bits));
	KUNIT_EXPECT_EQ(test, afar_map_count(to), 6);
	KUNIT_EXPECT_EQ(test, afar_map_scan_begin(to), 6);
}

static struct kunit_case map_cases[] = {
	KUNIT_CASE(runs_of_bits_are_told_and_merged),
	KUNIT_CASE(a_grown_volume_keeps_its_bits),
	KUNIT_CASE(a_chunk_for_every_begun_one),
	KUNIT_CASE(a_map_is_placed_in_the_first_gap_that_fits),
	KUNIT_CASE(the_journal_that_is_asked_for_has_the_room),
	KUNIT_CASE(a_map_that_is_not_where_it_can_be_is_noticed),
	KUNIT_CASE(the_newer_good_copy_counts),
	KUNIT_CASE(a_block_belongs_to_its_place_and_journal),
	KUNIT_CASE(a_base_record_is_whole_or_none),
	KUNIT_CASE_PARAM(a_write_comes, bit_row_gen_params),
	KUNIT_CASE_PARAM(it_may_be_cleared, bit_row_gen_params),
	KUNIT_CASE_PARAM(a_round_begins, bit_row_gen_params),
	KUNIT_CASE_PARAM(a_round_ends, bit_row_gen_params),
	KUNIT_CASE(only_what_r2_allows_is_cleared),
	KUNIT_CASE(bits_that_were_there_wait_for_what_they_carry),
	KUNIT_CASE(notes_live_as_long_as_a_bit_of_theirs),
	KUNIT_CASE(what_is_on_the_scan_list_stays_set),
	KUNIT_CASE(a_write_without_a_number_is_read_after_it),
	KUNIT_CASE(only_what_no_number_has_touched_can_be_left_out),
	KUNIT_CASE(a_write_that_waits_outlives_its_term),
	KUNIT_CASE(all_can_be_made_to_count_as_different),
	KUNIT_CASE(without_a_good_copy_all_bits_count_as_set),
	{}
};

struct kunit_suite afar_map_suite = {
	.name = "afar_map",
	.test_cases = map_cases,
};
