// SPDX-License-Identifier: GPL-2.0-only
/* What replay believes of a ring after crashes, and when it calls a ring damaged (R11). */
#include "../rule.h"
#include "ring.h"
#include "suites.h"
#include "util.h"

#define BLOCKS	64
#define RECORDS	64

/**
 * struct written - a record as it was written
 * @position: its place
 * @blocks:   its length
 * @bytes:    of its header block
 * @per:      blocks of each of its payloads
 * @seq:      number of its first command; each record has its own
 * @copy:     header and payload
 */
struct written {
	u64 position;
	u32 blocks;
	u32 bytes;
	u32 per;
	u64 seq;
	u8 *copy;
};

/**
 * struct bench - a ring, and all that ought to be in it
 * @ring:    the ring
 * @walk:    the last replay
 * @seq:     next number
 * @written: records from the ring's head on
 * @count:   how many
 * @flushed: how many of these were flushed
 * @found:   numbers of the records that the last replay has found
 * @place:   and their places
 * @founds:  how many
 */
struct bench {
	struct afar_test_ring ring;
	struct afar_test_walk walk;
	u64 seq;
	struct written written[RECORDS];
	u32 count;
	u32 flushed;
	u64 found[RECORDS];
	u64 place[RECORDS];
	u32 founds;
};

static struct bench *bench_new(struct kunit *test, u32 blocks, u64 position)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_ASSERT_TRUE(test, afar_test_ring_new(&b->ring, blocks, position));
	b->seq = 1;
	return b;
}

static void bench_free(struct bench *b)
{
	while (b->count)
		kvfree(b->written[--b->count].copy);
	afar_test_ring_free(&b->ring);
}

static void note_found(void *arg, const void *block, const struct afar_head_info *info)
{
	struct bench *b = arg;
	struct afar_cmd cmd;

	afar_cmd_get(block, 0, &cmd);
	if (b->founds < RECORDS) {
		b->found[b->founds] = cmd.seq;
		b->place[b->founds] = info->position;
	}
	b->founds++;
}

static void replay(struct bench *b)
{
	b->founds = 0;
	afar_test_ring_walk(&b->ring, &b->walk, note_found, b);
}

/*
 * One record: @writes commands with a payload of @blocks blocks each, then one without. Every other
 * record without payload is a commit record.
 */
static void append(struct kunit *test, struct bench *b, u32 writes, u32 blocks)
{
	struct written *w = &b->written[b->count++];
	u16 type = writes || b->count % 2 ? AFAR_COMMANDS : AFAR_COMMIT;
	struct afar_cmd cmd[8];
	u32 i;

	KUNIT_ASSERT_LE(test, b->count, RECORDS);
	for (i = 0; i < writes; i++)
		cmd[i] = afar_test_write(1, 1, b->seq + i, blocks * AFAR_BLOCK - 512);
	cmd[i] = afar_test_void(1, 1, b->seq + i);
	if (type == AFAR_COMMIT)
		cmd[i].op = AFAR_OP_COMMIT;
	w->seq = b->seq;
	w->bytes = 128 + 64 * (writes + 1);
	w->per = blocks;
	w->position = afar_test_ring_append(&b->ring, type, cmd, writes + 1, NULL);
	w->blocks = b->ring.tail - w->position;
	w->copy = kvcalloc(w->blocks, AFAR_BLOCK, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->copy);
	for (i = 0; i < w->blocks; i++)
		memcpy(w->copy + i * AFAR_BLOCK, afar_test_ring_at(&b->ring, w->position + i),
		       AFAR_BLOCK);
	b->seq += 8;
}

static void flush(struct bench *b)
{
	afar_test_ring_flush(&b->ring);
	b->flushed = b->count;
}

/* Is a record still what was written, as far as anybody looks at it? */
static bool intact(const struct bench *b, const struct written *w)
{
	u32 i, n;

	for (i = 0; i < w->blocks; i++) {
		/* the last 512 bytes of each payload are padding */
		n = !i ? w->bytes : i % w->per ? AFAR_BLOCK : AFAR_BLOCK - 512;
		if (memcmp(w->copy + i * AFAR_BLOCK,
			   afar_test_ring_at(&b->ring, w->position + i), n))
			return false;
	}
	return true;
}

/* Replay finds exactly the records from the head on up to the first one that is not whole. */
static void check_replay(struct kunit *test, struct bench *b, const char *what)
{
	u64 end = b->ring.super.head;
	u32 i;

	replay(b);
	KUNIT_ASSERT_LE(test, b->founds, b->count);
	for (i = 0; i < b->count && intact(b, &b->written[i]); i++) {
		KUNIT_ASSERT_LT_MSG(test, i, b->founds, "%s: record lost at %llu: %s", what,
				    b->written[i].position, b->walk.why);
		KUNIT_ASSERT_EQ_MSG(test, b->found[i], b->written[i].seq, "%s", what);
		KUNIT_ASSERT_EQ_MSG(test, b->place[i], b->written[i].position, "%s", what);
		end = b->written[i].position + b->written[i].blocks;
	}
	KUNIT_ASSERT_EQ_MSG(test, b->founds, i, "%s: believed what was not written", what);
	KUNIT_ASSERT_EQ(test, b->walk.r.position, end);
	KUNIT_ASSERT_EQ_MSG(test, b->walk.damaged, i < b->flushed, "%s: record %u of %u: %s", what,
			    i, b->count, b->walk.why);
}

/* Three groups that are on stable media, and one that is not: 10 blocks in 4 records. */
static struct bench *three_groups_and_a_tail(struct kunit *test, u64 position)
{
	struct bench *b = bench_new(test, BLOCKS, position);
	u32 group;

	for (group = 0; group < 3; group++) {
		append(test, b, group % 2, 2);
		append(test, b, 2, 1);
		flush(b);
	}
	append(test, b, 0, 0);
	append(test, b, 1, 2);
	append(test, b, 2, 2);
	append(test, b, 0, 0);
	return b;
}

/* ---- whole logs ---------------------------------------------------------------------------- */

static void a_log_is_read_back_at_any_place_of_the_ring(struct kunit *test)
{
	u64 start, base;

	for (base = 0; base < 4; base++)
		for (start = 0; start <= 2 * BLOCKS; start += AFAR_TEST_MANY(1, 7)) {
			u64 position = base * (U64_MAX / 16) + start;
			struct bench *b = three_groups_and_a_tail(test, position);

			check_replay(test, b, "nothing lost");
			KUNIT_EXPECT_EQ(test, b->founds, 10);
			bench_free(b);
			kunit_kfree(test, b);
		}
}

static void an_empty_log_is_no_damage(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 77);

	check_replay(test, b, "empty");
	KUNIT_EXPECT_STREQ(test, b->walk.why, "bad magic");
	bench_free(b);
}

static void a_full_ring_is_walked_once(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 1000);
	u32 i;

	for (i = 0; i < BLOCKS / 4; i++) {
		append(test, b, 1, 3);
		flush(b);
	}
	check_replay(test, b, "full");
	KUNIT_EXPECT_STREQ(test, b->walk.why, "all around the ring");
	/* the next record is the first one of the ring again, and lies before the head */
	afar_test_ring_head(&b->ring, 1004);
	b->ring.super.stable = 1000 + BLOCKS;
	replay(b);
	KUNIT_EXPECT_EQ(test, b->founds, BLOCKS / 4 - 1);
	KUNIT_EXPECT_FALSE(test, b->walk.damaged);
	bench_free(b);
}

static void a_record_is_not_longer_than_the_ring(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 0);

	append(test, b, 1, 50);
	flush(b);
	append(test, b, 1, 20);
	replay(b);
	KUNIT_EXPECT_EQ(test, b->founds, 0);
	bench_free(b);
	kunit_kfree(test, b);

	b = bench_new(test, BLOCKS, 0);
	append(test, b, 1, 50);
	append(test, b, 1, 12);
	flush(b);
	b->ring.super.head = 0;
	check_replay(test, b, "exactly full");
	b->ring.super.ring_blocks--;
	replay(b);
	KUNIT_EXPECT_STREQ(test, b->walk.why, "longer than the ring");
	bench_free(b);
}

/* ---- torn tails ---------------------------------------------------------------------------- */

/* Of the 10 blocks in flight any may be lost: what was there before is there again. */
static void a_torn_tail_ends_the_log_and_is_no_damage(struct kunit *test)
{
	struct bench *b = three_groups_and_a_tail(test, 3 * BLOCKS - 9);
	u8 *image = kunit_kcalloc(test, BLOCKS, AFAR_BLOCK, GFP_KERNEL);
	u32 lost, i, dirty = b->ring.dirty;

	KUNIT_ASSERT_NOT_NULL(test, image);
	KUNIT_ASSERT_EQ(test, dirty, 10);
	memcpy(image, b->ring.block, BLOCKS * AFAR_BLOCK);
	for (lost = 0; lost < 1U << dirty; lost++) {
		for (i = 0; i < dirty; i++)
			if (lost >> i & 1)
				afar_test_ring_lose(&b->ring, i, 0, AFAR_BLOCK);
		check_replay(test, b, "blocks lost");
		memcpy(b->ring.block, image, BLOCKS * AFAR_BLOCK);
	}
	bench_free(b);
}

/* A block is torn at any of its sectors, from either end; the ring is not blank but one lap old. */
static void a_block_torn_at_any_sector_ends_the_log(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 0);
	u8 *image = kunit_kcalloc(test, BLOCKS, AFAR_BLOCK, GFP_KERNEL);
	u32 i, cut;

	KUNIT_ASSERT_NOT_NULL(test, image);
	for (i = 0; i < BLOCKS / 4; i++) {
		append(test, b, 1, 3);
		flush(b);
	}
	bench_free(b);
	b->flushed = 0;
	KUNIT_ASSERT_TRUE(test, afar_test_ring_new(&b->ring, BLOCKS, 0));
	for (i = 0; i < BLOCKS / 4; i++) {
		append(test, b, 1, 3);
		flush(b);
	}
	while (b->count)
		kvfree(b->written[--b->count].copy);
	b->flushed = 0;
	afar_test_ring_head(&b->ring, BLOCKS);
	append(test, b, 2, 1);
	flush(b);
	append(test, b, 7, 1);
	append(test, b, 1, 2);
	memcpy(image, b->ring.block, BLOCKS * AFAR_BLOCK);
	for (i = 0; i < b->ring.dirty; i++)
		for (cut = 0; cut <= AFAR_BLOCK; cut += 512) {
			afar_test_ring_lose(&b->ring, i, 0, cut);
			check_replay(test, b, "beginning lost");
			memcpy(b->ring.block, image, BLOCKS * AFAR_BLOCK);
			afar_test_ring_lose(&b->ring, i, cut, AFAR_BLOCK - cut);
			check_replay(test, b, "end lost");
			memcpy(b->ring.block, image, BLOCKS * AFAR_BLOCK);
		}
	bench_free(b);
}

/* ---- damage -------------------------------------------------------------------------------- */

/* Any bit of a header that was promised to be stable, by a later record or by the superblock. */
static void a_flipped_bit_below_stable_is_damage(struct kunit *test)
{
	struct bench *b = three_groups_and_a_tail(test, BLOCKS - 5);
	u32 i, bit;

	for (i = 0; i < b->flushed; i++)
		for (bit = 0; bit < 8 * b->written[i].bytes; bit++) {
			u8 *block = afar_test_ring_at(&b->ring, b->written[i].position);

			block[bit / 8] ^= 1 << bit % 8;
			check_replay(test, b, "bit flipped");
			KUNIT_ASSERT_TRUE(test, b->walk.damaged);
			KUNIT_ASSERT_EQ(test, b->founds, i);
			block[bit / 8] ^= 1 << bit % 8;
		}
	check_replay(test, b, "mended");
	bench_free(b);
}

/* The last record that was flushed has no witness but the superblock, if that was written. */
static void the_superblock_vouches_for_what_nothing_follows(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 7);

	append(test, b, 1, 2);
	flush(b);
	append(test, b, 1, 2);
	flush(b);
	memset(afar_test_ring_at(&b->ring, b->written[1].position), 0, AFAR_BLOCK);
	replay(b);
	KUNIT_EXPECT_EQ(test, b->founds, 1);
	KUNIT_EXPECT_FALSE(test, b->walk.damaged);
	b->ring.super.stable = b->written[1].position;
	replay(b);
	KUNIT_EXPECT_FALSE(test, b->walk.damaged);
	b->ring.super.stable++;
	replay(b);
	KUNIT_EXPECT_TRUE(test, b->walk.damaged);
	bench_free(b);
}

/* A payload below stable is durable, so it is not read in replay; from there on it is. */
static void payloads_are_checked_from_stable_on(struct kunit *test)
{
	struct bench *b = three_groups_and_a_tail(test, 0);
	const struct written *tail = &b->written[b->count - 2];
	u32 i;

	b->ring.super.stable = b->written[4].position;
	for (i = 0; i < b->count; i++) {
		const struct written *w = &b->written[i];

		if (w->blocks == 1)
			continue;
		afar_test_ring_at(&b->ring, w->position + 1)[100] ^= 1;
		replay(b);
		KUNIT_EXPECT_EQ_MSG(test, b->founds, i < 4 ? b->count : i, "record %u", i);
		KUNIT_EXPECT_EQ(test, b->walk.damaged, i >= 4 && i < b->flushed);
		afar_test_ring_at(&b->ring, w->position + 1)[100] ^= 1;
	}
	/* padding is no payload */
	afar_test_ring_at(&b->ring, tail->position + 2)[AFAR_BLOCK - 1] ^= 1;
	replay(b);
	KUNIT_EXPECT_EQ(test, b->founds, b->count);
	bench_free(b);
}

#ifndef __KERNEL__
/* The group of a lost record may be as long as a group can be: its witness is right behind it. */
static void a_probe_reaches_behind_the_longest_group(struct kunit *test)
{
	u32 blocks, n;

	for (blocks = AFAR_GROUP_BLOCKS - 1; blocks <= AFAR_GROUP_BLOCKS + 1; blocks++) {
		struct bench *b = bench_new(test, 3 * AFAR_GROUP_BLOCKS, 5);

		for (n = blocks; n > 241; n -= 240) {
			append(test, b, 1, 239);
			afar_test_ring_forget(&b->ring);
		}
		append(test, b, 1, n - 1);
		flush(b);
		append(test, b, 0, 0);
		afar_test_ring_at(&b->ring, 5)[0] ^= 1;
		replay(b);
		KUNIT_EXPECT_EQ(test, b->walk.damaged, blocks <= AFAR_GROUP_BLOCKS);
		bench_free(b);
	}
}
#endif

/* ---- what is not of this ring, place or time ----------------------------------------------- */

enum forgery { OWNER, PLACE, EPOCH, EARLIER, STABLE, TYPE, OP, RESERVED, FORGERIES };

static const char *const forgery_why[FORGERIES] = {
	[OWNER] = "of another journal",
	[PLACE] = "of another position",
	[EPOCH] = "of a later epoch than the superblock",
	[EARLIER] = "of an earlier epoch",
	[STABLE] = "stable beyond its own position",
	[TYPE] = "no record of a journal",
	[OP] = "unknown operation",
	[RESERVED] = "reserved field is not zero",
};

static void forge(struct bench *b, u64 position, enum forgery what)
{
	struct afar_head *head = (struct afar_head *)afar_test_ring_at(&b->ring, position);

	switch (what) {
	case OWNER:
		head->owner.b[3] ^= 1;
		break;
	case PLACE:
		/* one lap ago, in the same block */
		head->position = cpu_to_le64(position - BLOCKS);
		break;
	case EPOCH:
		head->epoch = cpu_to_le64(b->ring.super.epoch + 1);
		break;
	case EARLIER:
		head->epoch = cpu_to_le64(b->ring.super.epoch - 1);
		break;
	case STABLE:
		head->stable = cpu_to_le64(position + 1);
		break;
	case TYPE:
		head->type = cpu_to_le16(AFAR_PING);
		head->count = 0;
		head->payload = 0;
		head->bytes = cpu_to_le32(128);
		break;
	case OP:
		((struct afar_command *)(head + 1))->op = 77;
		break;
	default:
		head->reserved[4] = cpu_to_le64(1);
	}
	afar_test_ring_seal(&b->ring, position);
}

static void a_forged_record_ends_the_log_whatever_the_checksum(struct kunit *test)
{
	enum forgery what;
	u32 i;

	for (what = 0; what < FORGERIES; what++)
		for (i = 0; i < 10; i++) {
			struct bench *b = three_groups_and_a_tail(test, 4 * BLOCKS + 3);

			forge(b, b->written[i].position, what);
			replay(b);
			KUNIT_EXPECT_EQ_MSG(test, b->founds, i, "forgery %u", what);
			KUNIT_EXPECT_STREQ(test, b->walk.why, forgery_why[what]);
			KUNIT_EXPECT_EQ(test, b->walk.damaged, i < b->flushed);
			bench_free(b);
			kunit_kfree(test, b);
		}
}

/* ---- epochs -------------------------------------------------------------------------------- */

/* Before the place where the current epoch began epochs rise; none comes again. */
static void epochs_never_fall_along_the_ring(struct kunit *test)
{
	static const u8 epochs[4] = { 2, 2, 3, 4 };
	u32 i, changed, epoch;

	for (changed = 0; changed < 4; changed++)
		for (epoch = 0; epoch <= 6; epoch++) {
			struct bench *b = bench_new(test, BLOCKS, 9);
			bool fits = true;
			u32 good;

			b->ring.super.epoch = 2;
			for (i = 0; i < 4; i++) {
				while (b->ring.super.epoch < epochs[i])
					afar_test_ring_epoch(&b->ring, b->ring.tail);
				append(test, b, 0, 0);
				flush(b);
			}
			afar_test_ring_epoch(&b->ring, b->ring.tail);
			append(test, b, 0, 0);
			((struct afar_head *)afar_test_ring_at(&b->ring, 9 + changed))->epoch =
				cpu_to_le64(epoch);
			afar_test_ring_seal(&b->ring, 9 + changed);
			replay(b);
			for (i = 0, good = 0; i < 4 && fits; i++) {
				u32 here = i == changed ? epoch : epochs[i];
				u32 before = !i ? 0 : i - 1 == changed ? epoch : epochs[i - 1];

				fits = here >= before && here < 5;
				good += fits;
			}
			KUNIT_EXPECT_EQ_MSG(test, b->founds, fits ? 5 : good, "record %u epoch %u",
					    changed, epoch);
			KUNIT_EXPECT_EQ(test, b->walk.damaged, !fits);
			bench_free(b);
			kunit_kfree(test, b);
		}
}

/*
 * Two records were in flight; the first was lost, the second survived. Another first one is
 * written, and then the power goes again: the old second one has the right place and checksum.
 */
static void lose_twice(struct kunit *test, struct bench *b)
{
	append(test, b, 1, 1);
	flush(b);
	append(test, b, 0, 0);
	append(test, b, 0, 0);
	afar_test_ring_lose(&b->ring, 0, 0, AFAR_BLOCK);
	afar_test_ring_forget(&b->ring);
	replay(b);
	KUNIT_ASSERT_EQ(test, b->founds, 1);
	KUNIT_ASSERT_FALSE(test, b->walk.damaged);
	afar_test_ring_epoch(&b->ring, b->walk.r.position);
	kvfree(b->written[--b->count].copy);
	kvfree(b->written[--b->count].copy);
	append(test, b, 0, 0);
	flush(b);
	replay(b);
}

static void a_record_of_a_past_life_is_not_believed(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 2 * BLOCKS - 4);

	lose_twice(test, b);
	KUNIT_EXPECT_EQ(test, b->founds, 2);
	KUNIT_EXPECT_STREQ(test, b->walk.why, "of an earlier epoch");
	check_replay(test, b, "two crashes");
	bench_free(b);
}

/* ---- random lives -------------------------------------------------------------------------- */

static void lose_some(struct afar_random *r, struct bench *b)
{
	u32 i, whole = afar_random_below(r, 3);

	for (i = 0; i < b->ring.dirty; i++) {
		u32 from = 0, bytes = AFAR_BLOCK;

		if (afar_random_one_in(r, 2))
			continue;
		if (!whole) {
			from = 512 * afar_random_below(r, 8);
			bytes = 512 * (1 + afar_random_below(r, 8 - from / 512));
		}
		afar_test_ring_lose(&b->ring, i, from, bytes);
	}
	afar_test_ring_forget(&b->ring);
}

/* Records at the front that are not needed any more; the superblock with it may be late. */
static void drop_some(struct afar_random *r, struct bench *b)
{
	u32 n = afar_random_below(r, b->flushed + 1), i;
	u64 head = n < b->count ? b->written[n].position : b->ring.tail;

	for (i = 0; i < n; i++)
		kvfree(b->written[i].copy);
	memmove(b->written, b->written + n, (b->count - n) * sizeof(b->written[0]));
	b->count -= n;
	b->flushed -= n;
	afar_test_ring_head(&b->ring, head);
}

/* A crash, and what comes after it. */
static void crash(struct kunit *test, struct afar_random *r, struct bench *b)
{
	lose_some(r, b);
	check_replay(test, b, "crash");
	while (b->count > b->founds)
		kvfree(b->written[--b->count].copy);
	b->flushed = b->count;
	afar_test_ring_epoch(&b->ring, b->walk.r.position);
}

static void live(struct kunit *test, struct afar_random *r, struct bench *b, u32 steps)
{
	while (steps--) {
		u32 room = BLOCKS - (b->ring.tail - b->ring.super.head);
		u32 writes = afar_random_below(r, 4), blocks = 1 + afar_random_below(r, 3);

		switch (afar_random_below(r, 10)) {
		case 0:
			crash(test, r, b);
			break;
		case 1:
		case 2:
			flush(b);
			break;
		case 3:
			drop_some(r, b);
			break;
		default:
			if (1 + writes * blocks <= room && b->count < RECORDS)
				append(test, b, writes, blocks);
			else
				drop_some(r, b);
		}
	}
}

static void after_any_crashes_replay_finds_what_was_flushed_and_no_more(struct kunit *test)
{
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(150, 5); seed++) {
		struct afar_random r = afar_random_seed(seed);
		struct bench *b = bench_new(test, BLOCKS, afar_random_below(&r, 1000));

		live(test, &r, b, 300);
		bench_free(b);
		kunit_kfree(test, b);
	}
}

#ifdef AFAR_TEST_RULES
/* With the rule left out the same scene brings the dead back. */
static void without_epochs_a_past_life_would_be_believed(struct kunit *test)
{
	struct bench *b = bench_new(test, BLOCKS, 2 * BLOCKS - 4);

	afar_rules_off = 1UL << AFAR_RULE_EPOCH;
	lose_twice(test, b);
	afar_rules_off = 0;
	KUNIT_EXPECT_EQ(test, b->founds, 3);
	bench_free(b);
}
#endif

static struct kunit_case replay_cases[] = {
	KUNIT_CASE(a_log_is_read_back_at_any_place_of_the_ring),
	KUNIT_CASE(an_empty_log_is_no_damage),
	KUNIT_CASE(a_full_ring_is_walked_once),
	KUNIT_CASE(a_record_is_not_longer_than_the_ring),
	KUNIT_CASE(a_torn_tail_ends_the_log_and_is_no_damage),
	KUNIT_CASE(a_block_torn_at_any_sector_ends_the_log),
	KUNIT_CASE(a_flipped_bit_below_stable_is_damage),
	KUNIT_CASE(the_superblock_vouches_for_what_nothing_follows),
	KUNIT_CASE(payloads_are_checked_from_stable_on),
#ifndef __KERNEL__
	KUNIT_CASE(a_probe_reaches_behind_the_longest_group),
#endif
	KUNIT_CASE(a_forged_record_ends_the_log_whatever_the_checksum),
	KUNIT_CASE(epochs_never_fall_along_the_ring),
	KUNIT_CASE(a_record_of_a_past_life_is_not_believed),
	KUNIT_CASE(after_any_crashes_replay_finds_what_was_flushed_and_no_more),
#ifdef AFAR_TEST_RULES
	KUNIT_CASE(without_epochs_a_past_life_would_be_believed),
#endif
	{}
};

struct kunit_suite afar_replay_suite = {
	.name = "afar_replay",
	.test_cases = replay_cases,
};
