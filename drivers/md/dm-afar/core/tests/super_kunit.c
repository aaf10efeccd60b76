// SPDX-License-Identifier: GPL-2.0-only
/* Geometry of journals of all sizes, limits of the metadata blocks, and which copy counts. */
#include "../super.h"
#include "suites.h"
#include "util.h"

struct bench {
	struct afar_super_info info;
	struct afar_super_info got[2];
	struct afar_super copy[2];
	struct afar_super torn;
};

/* A secondary in the middle of its life, on a device of 64 Ki blocks. */
static void fill(struct afar_super_info *super)
{
	memset(super, 0, sizeof(*super));
	afar_super_geometry(super, 65536);
	super->role = AFAR_SECONDARY;
	super->generation = 5;
	super->journal.b[0] = 1;
	super->node.b[0] = 2;
	super->group.b[0] = 3;
	super->block_size = 4096;
	super->chunk_bytes = 1 << 20;
	super->flags = AFAR_SUPER_TERM;
	super->term.counter = 9;
	super->term.id.b[0] = 4;
	super->epoch = 3;
	super->head = 1000;
	super->epoch_position = 1100;
	super->stable = 1200;
	super->committed.set = 70;
	super->committed.seq = 7000;
}

static struct bench *bench_new(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	fill(&b->info);
	return b;
}

static enum afar_super_state state_of(struct bench *b, const char **why)
{
	afar_super_put(&b->copy[0], &b->info);
	*why = "";
	return afar_super_get(&b->copy[0], &b->got[0], why);
}

/* ---- geometry ------------------------------------------------------------------------------ */

static void check_geometry(struct kunit *test, struct bench *b, u64 blocks)
{
	struct afar_super_info *s = &b->info;
	const char *why;

	if (blocks < AFAR_JOURNAL_MIN) {
		KUNIT_ASSERT_FALSE(test, afar_super_geometry(s, blocks));
		return;
	}
	KUNIT_ASSERT_TRUE(test, afar_super_geometry(s, blocks));
	KUNIT_ASSERT_EQ(test, s->blocks, blocks);
	KUNIT_ASSERT_GE(test, s->table_start, 2);
	KUNIT_ASSERT_GE(test, s->map_start, s->table_start + 2 * AFAR_TABLE_BLOCKS);
	KUNIT_ASSERT_GT(test, s->map_blocks, 0);
	KUNIT_ASSERT_GE(test, s->ring_start, s->map_start + 2ULL * s->map_blocks);
	KUNIT_ASSERT_EQ(test, s->ring_start % 64, 0);
	KUNIT_ASSERT_LE(test, s->ring_start + s->ring_blocks, blocks);
	KUNIT_ASSERT_GE(test, afar_super_largest_set(s), AFAR_SET_MIN);
	/* little of the device is not ring, unless it has more blocks than a ring may have */
	KUNIT_ASSERT_TRUE(test, s->ring_blocks == U32_MAX ||
			  s->ring_blocks >= blocks - blocks / 64);
	KUNIT_ASSERT_EQ_MSG(test, state_of(b, &why), AFAR_SUPER_GOOD, "%llu blocks: %s", blocks,
			    why);
}

static void a_journal_of_any_size_is_laid_out(struct kunit *test)
{
	struct bench *b = bench_new(test);
	u64 blocks;
	u32 shift;

	for (blocks = 0; blocks < AFAR_TEST_MANY(20000, 9000); blocks++)
		check_geometry(test, b, blocks);
	for (shift = 14; shift <= 52; shift++)
		for (blocks = (1ULL << shift) - 70; blocks <= (1ULL << shift) + 70; blocks++)
			check_geometry(test, b, blocks);
}

/* The ring is in memory, of any size: all the rest of the device is for the chunk maps. */
static void check_memory(struct kunit *test, struct bench *b, u64 blocks, u64 ring)
{
	struct afar_super_info *s = &b->info;
	bool fits = blocks >= AFAR_META_MIN && ring >= 4 * AFAR_SET_MIN && ring <= U32_MAX;
	const char *why;

	fill(s);
	KUNIT_ASSERT_EQ_MSG(test, afar_super_geometry_memory(s, blocks, ring), fits,
			    "%llu blocks, ring of %llu", blocks, ring);
	if (!fits)
		return;
	KUNIT_ASSERT_TRUE(test, afar_super_in_memory(s));
	KUNIT_ASSERT_EQ(test, s->blocks, blocks);
	KUNIT_ASSERT_EQ(test, s->ring_blocks, ring);
	KUNIT_ASSERT_EQ(test, s->ring_start, 0);
	KUNIT_ASSERT_GE(test, s->map_start, s->table_start + 2 * AFAR_TABLE_BLOCKS);
	KUNIT_ASSERT_GT(test, s->map_blocks, 0);
	KUNIT_ASSERT_LE(test, s->map_start + 2ULL * s->map_blocks, blocks);
	KUNIT_ASSERT_GE(test, afar_super_largest_set(s), AFAR_SET_MIN);
	s->head = 0;
	s->epoch_position = 0;
	s->stable = 0;
	KUNIT_ASSERT_EQ_MSG(test, state_of(b, &why), AFAR_SUPER_GOOD, "%llu blocks: %s", blocks,
			    why);
	/* a ring is in memory or on the device, not both */
	s->ring_start = s->map_start + 2 * s->map_blocks;
	KUNIT_ASSERT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	s->ring_start = 0;
	s->flags &= ~AFAR_SUPER_MEMORY;
	KUNIT_ASSERT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	s->flags |= AFAR_SUPER_MEMORY;
	if (blocks > 10000)
		return;
	/* nor do the maps reach beyond the device */
	s->map_blocks = (blocks - s->map_start) / 2 + 1;
	KUNIT_ASSERT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
}

static void a_ring_in_memory_needs_a_small_device_only(struct kunit *test)
{
	static const u64 ring[] = {
		0, 1, 4 * AFAR_SET_MIN - 1, 4 * AFAR_SET_MIN, AFAR_JOURNAL_MIN, 1 << 20, U32_MAX,
		1ULL << 32, U64_MAX,
	};
	struct bench *b = bench_new(test);
	u64 blocks;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ring); i++) {
		for (blocks = 0; blocks < 1000; blocks++)
			check_memory(test, b, blocks, ring[i]);
		for (blocks = 8000; blocks < 8400; blocks++)
			check_memory(test, b, blocks, ring[i]);
		check_memory(test, b, 1ULL << 40, ring[i]);
	}
}

/* ---- limits -------------------------------------------------------------------------------- */

struct super_limit {
	const char *name;
	u16 at;
	u8 size;
	u64 value;
	const char *why;
};

#define SUPER(member, value, why) \
	{ #member " " #value, offsetof(struct afar_super_info, member), \
	  sizeof_field(struct afar_super_info, member), value, why }

#define NO_FIT		"areas do not fit"
#define BAD_BLOCK	"block size out of range"
#define BAD_CHUNK	"chunk size out of range"
#define DISORDER	"positions out of order"

/* The ring of the superblock that is varied is 65216 blocks from 320 on, the map 128 from 16 on. */
static const struct super_limit super_limits[] = {
	SUPER(role, 0, "unknown role"),
	SUPER(role, AFAR_PRIMARY, NULL),
	SUPER(role, 3, "unknown role"),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_EQUAL | AFAR_SUPER_RESYNC, NULL),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_HOLD, NULL),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_MEMORY, NO_FIT),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_GRANTED, NULL),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_DISCARDED, NULL),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_VERIFY, NULL),
	SUPER(flags, AFAR_SUPER_TERM | 512, "unknown flag"),
	SUPER(flags, AFAR_SUPER_TERM | 0x80000000, "unknown flag"),
	SUPER(flags, 0, "half a term"),
	SUPER(flags, AFAR_SUPER_TERM | AFAR_SUPER_CLEAN, "clean mark without numbers"),
	SUPER(term.counter, 0, "half a term"),
	SUPER(term.counter, U64_MAX, NULL),
	SUPER(verify.volume, AFAR_VOLUMES, NULL),
	SUPER(verify.volume, AFAR_VOLUMES + 1, "verify behind the last volume"),
	SUPER(block_size, 0, BAD_BLOCK),
	SUPER(block_size, 256, BAD_BLOCK),
	SUPER(block_size, 512, NULL),
	SUPER(block_size, 1024, NULL),
	SUPER(block_size, 1536, BAD_BLOCK),
	SUPER(block_size, 4095, BAD_BLOCK),
	SUPER(block_size, 8192, BAD_BLOCK),
	SUPER(chunk_bytes, 0, BAD_CHUNK),
	SUPER(chunk_bytes, 32 << 10, BAD_CHUNK),
	SUPER(chunk_bytes, 64 << 10, NULL),
	SUPER(chunk_bytes, (64 << 10) + 4096, BAD_CHUNK),
	SUPER(chunk_bytes, 4 << 20, NULL),
	SUPER(chunk_bytes, 8 << 20, BAD_CHUNK),
	SUPER(chunk_bytes, 0x80000000, BAD_CHUNK),
	SUPER(head, 1100, NULL),
	SUPER(head, 1101, DISORDER),
	SUPER(head, U64_MAX, DISORDER),
	SUPER(head, 0, NULL),
	SUPER(epoch_position, 1000, NULL),
	SUPER(epoch_position, 999, DISORDER),
	SUPER(epoch_position, 1200, NULL),
	SUPER(epoch_position, 1201, DISORDER),
	SUPER(stable, 1100, NULL),
	SUPER(stable, 1099, DISORDER),
	SUPER(stable, 1000 + 65216, NULL),
	SUPER(stable, 1000 + 65217, DISORDER),
	SUPER(stable, U64_MAX, DISORDER),
	SUPER(table_start, 0, NO_FIT),
	SUPER(table_start, 1, NO_FIT),
	SUPER(table_start, 6, NULL),
	SUPER(table_start, 7, NO_FIT),
	SUPER(table_start, U32_MAX, NO_FIT),
	SUPER(map_start, 12, NULL),
	SUPER(map_start, 11, NO_FIT),
	SUPER(map_start, 64, NULL),
	SUPER(map_start, 65, NO_FIT),
	SUPER(map_start, U32_MAX, NO_FIT),
	SUPER(map_blocks, 152, NULL),
	SUPER(map_blocks, 153, NO_FIT),
	SUPER(map_blocks, U32_MAX, NO_FIT),
	SUPER(ring_start, 272, NULL),
	SUPER(ring_start, 271, NO_FIT),
	SUPER(ring_start, 321, NO_FIT),
	SUPER(ring_start, U64_MAX, NO_FIT),
	SUPER(ring_blocks, 65217, NO_FIT),
	SUPER(ring_blocks, 65215, NULL),
	SUPER(ring_blocks, 4 * AFAR_SET_MIN, NULL),
	SUPER(ring_blocks, 4 * AFAR_SET_MIN - 1, NO_FIT),
	SUPER(ring_blocks, U32_MAX, NO_FIT),
	SUPER(hold, 1, "held set without a hold"),
	SUPER(hold, U64_MAX, "held set without a hold"),
	SUPER(committing, U64_MAX, NULL),
	SUPER(blocks, 65536, NULL),
	SUPER(blocks, 65535, NO_FIT),
	SUPER(blocks, AFAR_JOURNAL_MIN - 1, NO_FIT),
	SUPER(blocks, 0, NO_FIT),
	SUPER(blocks, U64_MAX, NULL),
};

static void super_limit_desc(const struct super_limit *l, char *desc)
{
	strcpy(desc, l->name);
}

KUNIT_ARRAY_PARAM(super_limit, super_limits, super_limit_desc);

static void a_superblock_keeps_its_limits(struct kunit *test)
{
	const struct super_limit *l = test->param_value;
	struct bench *b = bench_new(test);
	void *member = (void *)&b->info + l->at;
	enum afar_super_state state;
	const char *why;

	KUNIT_ASSERT_EQ(test, state_of(b, &why), AFAR_SUPER_GOOD);
	switch (l->size) {
	case 2:
		*(u16 *)member = l->value;
		break;
	case 4:
		*(u32 *)member = l->value;
		break;
	default:
		*(u64 *)member = l->value;
	}
	state = state_of(b, &why);
	KUNIT_EXPECT_STREQ(test, state == AFAR_SUPER_GOOD ? "fine" : why, l->why ?: "fine");
	KUNIT_EXPECT_EQ(test, state, l->why ? AFAR_SUPER_BAD : AFAR_SUPER_GOOD);
}

static void a_superblock_has_names_and_a_whole_term(struct kunit *test)
{
	struct bench *b = bench_new(test);
	const char *why;

	memset(&b->info.journal, 0, sizeof(b->info.journal));
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	fill(&b->info);
	memset(&b->info.node, 0, sizeof(b->info.node));
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	fill(&b->info);
	memset(&b->info.term.id, 0, sizeof(b->info.term.id));
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	b->info.term.counter = 0;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	b->info.flags = 0;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_GOOD);
	b->info.term.id.b[15] = 1;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	/* a clean stop says where the numbers go on */
	fill(&b->info);
	b->info.flags |= AFAR_SUPER_CLEAN;
	b->info.next_seq = 1;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
	b->info.next_set = 1;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_GOOD);
	b->info.next_seq = 0;
	KUNIT_EXPECT_EQ(test, state_of(b, &why), AFAR_SUPER_BAD);
}

static void seal(struct afar_super *super)
{
	super->crc = cpu_to_le32(afar_crc_around(super, sizeof(*super),
						 offsetof(struct afar_super, crc)));
}

static void blank_foreign_and_newer_devices_are_told_apart(struct kunit *test)
{
	struct bench *b = bench_new(test);
	struct afar_super *le = &b->copy[0];
	const char *why = NULL;
	u32 i;

	KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_ZERO);
	KUNIT_EXPECT_STREQ(test, why, "not formatted");
	for (i = 0; i < sizeof(*le); i++) {
		((u8 *)le)[i] = 1;
		KUNIT_ASSERT_EQ_MSG(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_FOREIGN,
				    "byte %u", i);
		((u8 *)le)[i] = 0;
	}
	KUNIT_EXPECT_STREQ(test, why, "not a journal of dm-afar");
	afar_super_put(le, &b->info);
	le->version = cpu_to_le16(2);
	KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_BAD);
	KUNIT_EXPECT_STREQ(test, why, "bad checksum");
	seal(le);
	KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_VERSION);
	KUNIT_EXPECT_STREQ(test, why, "written by another version of dm-afar");
	le->version = 0;
	seal(le);
	KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_VERSION);
	le->version = cpu_to_le16(AFAR_VERSION);
	for (i = 0; i < 64; i++) {
		b->info.features = 1ULL << i;
		afar_super_put(le, &b->info);
		KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_VERSION);
	}
	b->info.features = 0;
	afar_super_put(le, &b->info);
	le->chain = cpu_to_le32(AFAR_CHAIN + 1);
	seal(le);
	KUNIT_EXPECT_EQ(test, afar_super_get(le, &b->got[0], &why), AFAR_SUPER_BAD);
}

/* ---- copies -------------------------------------------------------------------------------- */

/*
 * Which copy serves, by the states of both (good, zero, foreign, bad, version): 0, 1, the Newer,
 * Format the device, Refuse it.
 */
static const char pick_matrix[5][6] = {
	"N000R",
	"1FRRR",
	"1RRRR",
	"1RRRR",
	"RRRRR",
};

static int pick_expected(const enum afar_super_state state[2], const struct afar_super_info *super)
{
	char c = pick_matrix[state[0]][state[1]];

	switch (c) {
	case 'N':
		return super[1].generation > super[0].generation;
	case 'F':
		return -1;
	case 'R':
		return -2;
	}
	return c - '0';
}

/* Whatever the generations of the two copies are. */
static void check_pick(struct kunit *test, struct bench *b, const enum afar_super_state state[2])
{
	static const u64 generation[] = { 0, 1, 2, U64_MAX };
	u32 x, y;

	for (x = 0; x < ARRAY_SIZE(generation); x++)
		for (y = 0; y < ARRAY_SIZE(generation); y++) {
			const char *why = NULL;
			int pick;

			b->got[0].generation = generation[x];
			b->got[1].generation = generation[y];
			pick = afar_super_pick(state, b->got, &why);
			KUNIT_ASSERT_EQ_MSG(test, pick, pick_expected(state, b->got),
					    "states %u %u", state[0], state[1]);
			KUNIT_ASSERT_EQ(test, !!why, pick == -2);
		}
}

static void a_copy_is_picked_in_every_pair_of_states(struct kunit *test)
{
	struct bench *b = bench_new(test);
	enum afar_super_state state[2];

	for (state[0] = AFAR_SUPER_GOOD; state[0] <= AFAR_SUPER_VERSION; state[0]++)
		for (state[1] = AFAR_SUPER_GOOD; state[1] <= AFAR_SUPER_VERSION; state[1]++)
			check_pick(test, b, state);
}

static void a_refusal_says_whose_fault_it_is(struct kunit *test)
{
	static const struct {
		enum afar_super_state state[2];
		const char *why;
	} row[] = {
		{ { AFAR_SUPER_BAD, AFAR_SUPER_BAD }, "both superblocks are damaged" },
		{ { AFAR_SUPER_BAD, AFAR_SUPER_ZERO }, "both superblocks are damaged" },
		{ { AFAR_SUPER_FOREIGN, AFAR_SUPER_BAD }, "both superblocks are damaged" },
		{ { AFAR_SUPER_FOREIGN, AFAR_SUPER_FOREIGN }, "not a journal of dm-afar" },
		{ { AFAR_SUPER_ZERO, AFAR_SUPER_FOREIGN }, "not a journal of dm-afar" },
		{ { AFAR_SUPER_GOOD, AFAR_SUPER_VERSION },
		  "written by another version of dm-afar" },
	};
	struct bench *b = bench_new(test);
	const char *why;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ(test, afar_super_pick(row[i].state, b->got, &why), -2);
		KUNIT_EXPECT_STREQ(test, why, row[i].why);
	}
}

static void superblocks_of_two_journals_are_refused(struct kunit *test)
{
	static const enum afar_super_state good[2] = { AFAR_SUPER_GOOD, AFAR_SUPER_GOOD };
	struct bench *b = bench_new(test);
	const char *why = NULL;

	b->got[0].journal.b[3] = 1;
	KUNIT_EXPECT_EQ(test, afar_super_pick(good, b->got, &why), -2);
	KUNIT_EXPECT_NOT_NULL(test, why);
}

/* The writer replaces the older copy; it is cut off after each byte, and at each sector. */
static void a_half_written_superblock_leaves_the_other_copy(struct kunit *test)
{
	struct bench *b = bench_new(test);
	enum afar_super_state state[2];
	const char *why;
	u32 cut;

	afar_super_put(&b->copy[0], &b->info);
	b->info.generation = 6;
	b->info.committed.set++;
	b->info.committed.seq += 10;
	afar_super_put(&b->copy[1], &b->info);
	state[1] = afar_super_get(&b->copy[1], &b->got[1], &why);
	b->info.generation = 7;
	b->info.head += 50;
	b->info.committed.set++;
	afar_super_put(&b->torn, &b->info);
	for (cut = 0; cut <= sizeof(b->torn); cut++) {
		u64 serves;

		memcpy(&b->copy[0], &b->torn, cut);
		state[0] = afar_super_get(&b->copy[0], &b->got[0], &why);
		serves = b->got[afar_super_pick(state, b->got, &why)].generation;
		/* the last byte that differs decides: behind it the new block is whole */
		KUNIT_ASSERT_EQ_MSG(test, serves,
				    memcmp(&b->copy[0], &b->torn, sizeof(b->torn)) ? 6 : 7,
				    "cut at %u", cut);
	}
	KUNIT_EXPECT_EQ(test, state[0], AFAR_SUPER_GOOD);
}

/* ---- volume table -------------------------------------------------------------------------- */

static const struct afar_uuid table_journal = { .b = { 7 } };

static const char *table_verdict(struct afar_table_block *le, u32 written, u32 read)
{
	u64 generation = 0;
	const char *why;

	afar_table_block_put(le, &table_journal, written, 12);
	why = afar_table_block_get(le, &table_journal, read, &generation);
	return !why && generation != 12 ? "generation lost" : why;
}

static struct afar_table_block *table_new(struct kunit *test)
{
	struct afar_table_block *le = kunit_kzalloc(test, sizeof(*le), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, le);
	return le;
}

static void a_table_block_belongs_to_its_place_and_journal(struct kunit *test)
{
	struct afar_table_block *le = table_new(test);
	struct afar_uuid other = { .b = { 8 } };
	u64 generation;
	u32 i, k;

	for (i = 0; i < AFAR_TABLE_BLOCKS; i++)
		for (k = 0; k < AFAR_TABLE_BLOCKS; k++)
			KUNIT_EXPECT_EQ(test, !table_verdict(le, i, k), i == k);
	/* of which cut it is, is not the codec's business */
	memset(&le->term, 0xff, sizeof(le->term));
	le->set = cpu_to_le64(U64_MAX);
	KUNIT_EXPECT_NULL(test, table_verdict(le, 0, 0));
	KUNIT_EXPECT_NOT_NULL(test, afar_table_block_get(le, &other, 0, &generation));
}

/* The writer of a new journal alternates between the copies: generation g goes to copy g & 1. */
static void a_formatting_that_was_cut_short_is_known(struct kunit *test)
{
	struct afar_table_block *le = table_new(test);
	u32 i;

	for (i = 0; i < 2 * AFAR_TABLE_BLOCKS; i++) {
		afar_table_block_put(le, &table_journal, i / 2, 2 - (i & 1));
		KUNIT_EXPECT_TRUE(test, afar_table_block_new(le, 2 + i));
		KUNIT_EXPECT_FALSE(test, afar_table_block_new(le, 2 + (i ^ 1)));
		KUNIT_EXPECT_FALSE(test, afar_table_block_new(le, 2 + (i ^ 2)));
		KUNIT_EXPECT_FALSE(test, afar_table_block_new(le, 2 + 2 * AFAR_TABLE_BLOCKS + i));
		KUNIT_EXPECT_FALSE(test, afar_table_block_new(le, i & 1));
		le->magic++;
		KUNIT_EXPECT_FALSE(test, afar_table_block_new(le, 2 + i));
	}
	afar_table_block_put(le, &table_journal, 0, 4);
	KUNIT_EXPECT_FALSE_MSG(test, afar_table_block_new(le, 2), "written again");
	afar_table_block_put(le, &table_journal, 0, 0);
	KUNIT_EXPECT_FALSE_MSG(test, afar_table_block_new(le, 2), "no generation");
	le->set = cpu_to_le64(1);
	afar_table_block_put(le, &table_journal, 0, 2);
	KUNIT_EXPECT_FALSE_MSG(test, afar_table_block_new(le, 2), "a set");
	le->set = 0;
	le->term.b[15] = 1;
	afar_table_block_put(le, &table_journal, 0, 2);
	KUNIT_EXPECT_FALSE_MSG(test, afar_table_block_new(le, 2), "a term");
	memset(&le->term, 0, sizeof(le->term));
	le->entry[AFAR_TABLE_ENTRIES - 1].id.b[0] = 1;
	afar_table_block_put(le, &table_journal, 0, 2);
	KUNIT_EXPECT_FALSE_MSG(test, afar_table_block_new(le, 2), "an entry that was used");
}

static void a_table_entry_keeps_its_limits(struct kunit *test)
{
	static const struct {
		u32 used;
		u64 sectors;
		bool fine;
		u64 outside, joins;
	} row[] = {
		{ 0, 0, true, 0, 0 }, { 1, 0, false, 0, 0 }, { 1, 1, true, 0, 0 },
		{ 2, 1, false, 0, 0 }, { U32_MAX, 1, false, 0, 0 },
		{ 1, U64_MAX >> 9, true, 0, 0 }, { 1, (U64_MAX >> 9) + 1, false, 0, 0 },
		{ 1, U64_MAX, false, 0, 0 }, { 1, 8, true, 8, 0 }, { 1, 8, false, 9, 0 },
		{ 1, 8, true, 5, 5 }, { 1, 8, false, 5, 6 }, { 1, 8, false, 0, 1 },
		{ 1, 8, false, U64_MAX, 0 },
	};
	struct afar_table_block *le = table_new(test);
	u32 i, e;

	for (e = 0; e < AFAR_TABLE_ENTRIES; e++)
		for (i = 0; i < ARRAY_SIZE(row); i++) {
			le->entry[e].used = cpu_to_le32(row[i].used);
			le->entry[e].map_blocks = cpu_to_le32(1);
			le->entry[e].sectors = cpu_to_le64(row[i].sectors);
			le->entry[e].outside = cpu_to_le64(row[i].outside);
			le->entry[e].joins = cpu_to_le64(row[i].joins);
			KUNIT_EXPECT_EQ_MSG(test, !table_verdict(le, 2, 2), row[i].fine,
					    "entry %u row %u", e, i);
			memset(&le->entry[e], 0, sizeof(le->entry[e]));
		}
}

/* 256 volumes do not fill the last block of the table. */
static void a_table_ends_with_the_last_volume(struct kunit *test)
{
	struct afar_table_block *le = table_new(test);
	u32 i, e;

	for (i = 0; i < AFAR_TABLE_BLOCKS; i++)
		for (e = 0; e < AFAR_TABLE_ENTRIES; e++) {
			le->entry[e].used = cpu_to_le32(1);
			le->entry[e].sectors = cpu_to_le64(1);
			KUNIT_EXPECT_NOT_NULL_MSG(test, table_verdict(le, i, i), "without a map");
			le->entry[e].map_blocks = cpu_to_le32(1);
			KUNIT_EXPECT_EQ_MSG(test, !table_verdict(le, i, i),
					    i * AFAR_TABLE_ENTRIES + e < AFAR_VOLUMES,
					    "block %u entry %u", i, e);
			memset(&le->entry[e], 0, sizeof(le->entry[e]));
		}
}

static struct kunit_case super_cases[] = {
	KUNIT_CASE(a_journal_of_any_size_is_laid_out),
	KUNIT_CASE(a_ring_in_memory_needs_a_small_device_only),
	KUNIT_CASE_PARAM(a_superblock_keeps_its_limits, super_limit_gen_params),
	KUNIT_CASE(a_superblock_has_names_and_a_whole_term),
	KUNIT_CASE(blank_foreign_and_newer_devices_are_told_apart),
	KUNIT_CASE(a_copy_is_picked_in_every_pair_of_states),
	KUNIT_CASE(a_refusal_says_whose_fault_it_is),
	KUNIT_CASE(superblocks_of_two_journals_are_refused),
	KUNIT_CASE(a_half_written_superblock_leaves_the_other_copy),
	KUNIT_CASE(a_table_block_belongs_to_its_place_and_journal),
	KUNIT_CASE(a_formatting_that_was_cut_short_is_known),
	KUNIT_CASE(a_table_entry_keeps_its_limits),
	KUNIT_CASE(a_table_ends_with_the_last_volume),
	{}
};

struct kunit_suite afar_super_suite = {
	.name = "afar_super",
	.test_cases = super_cases,
};
