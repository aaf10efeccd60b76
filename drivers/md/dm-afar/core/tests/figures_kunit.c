// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of the data set patents, as they are told there, played into the core. A set of the
 * figures that is called n is set n + 2 here: sets count from 1, and the numbers before 134 are a
 * set of their own. What the figures call a data structure is a set that is admitted; the target
 * VLUN and its log file are the ring and positions in it; the source VLUN is the image.
 */
#include "../run.h"
#include "../sets.h"
#include "suites.h"
#include "track.h"
#include "util.h"

#define FIRST	134
#define BLOCKS	6	/* A .. F, side by side on volume 0 */
#define ROWS	16
#define SECTORS	(AFAR_BLOCK >> 9)

/**
 * struct receipt - a row of the table of receipts
 * @block:     A .. F; 0: a sync command
 * @version:   of the block
 * @set:       as the figure counts
 * @seq:       number
 * @bitmap:    identifier bitmap of its set afterwards
 * @completes: it completes its set
 */
struct receipt {
	char block;
	u8 version;
	u8 set;
	u16 seq;
	const char *bitmap;
	bool completes;
};

static const struct receipt receipts[] = {
	{ 'A', 0, 0, 134, "1000000", false },
	{ 'C', 0, 0, 136, "1010000", false },
	{ 'F', 0, 0, 139, "1010010", false },
	{ 'B', 0, 0, 135, "1110010", false },
	{ 'D', 0, 0, 137, "1111010", false },
	{ 'E', 0, 0, 138, "1111110", false },
	{  0,  0, 0, 140, "1111111", true },
	{  0,  0, 1, 142, "01", false },
	{ 'D', 1, 1, 141, "11", true },
	{ 'A', 1, 2, 144, "010", false },
	{ 'B', 2, 3, 146, "100", false },
	{  0,  0, 2, 145, "011", false },
	{ 'E', 1, 2, 143, "111", true },
	{ 'F', 1, 3, 147, "110", false },
	{  0,  0, 3, 148, "111", true },
};

/* Where the sets of figure 3 begin, and what the volume holds when each has been written. */
static const struct {
	u16 first;
	u16 last;
	const char *image;
} sets[] = {
	{ 134, 140, "A0 B0 C0 D0 E0 F0" },
	{ 141, 142, "A0 B0 C0 D1 E0 F0" },
	{ 143, 145, "A1 B0 C0 D1 E1 F0" },
	{ 146, 148, "A1 B2 C0 D1 E1 F1" },
};

#define EMPTY	"-- -- -- -- -- --"

/**
 * struct node - a secondary: what it has staged, and its volume
 * @t:       the tracker
 * @row:     rows that have arrived, in order of their places in the ring
 * @rows:    how many
 * @image:   a version of each block
 * @written: sets in the order in which they were written to @image, as the figure counts
 * @writes:  how many
 */
struct node {
	struct afar_tracker t;
	struct receipt row[ROWS];
	u32 rows;
	char image[3 * BLOCKS];
	u32 written[ARRAY_SIZE(sets)];
	u32 writes;
};

static const struct afar_cut before = { .set = 1, .seq = FIRST - 1 };

static struct node *node_new(struct kunit *test, u32 ring, u32 largest)
{
	struct node *n = kunit_kzalloc(test, sizeof(*n), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, n);
	afar_tracker_init(&n->t, ring, largest);
	afar_tracker_reset(&n->t, &before);
	afar_tracker_update(&n->t);
	strcpy(n->image, EMPTY);
	return n;
}

static void node_free(struct node *n)
{
	afar_tracker_reset(&n->t, &before);
}

static struct afar_cmd cmd_of(const struct receipt *row)
{
	u64 first = sets[row->set].first, last = sets[row->set].last;
	struct afar_cmd cmd;

	/* each write takes a block and, at worst, a header of its own */
	if (!row->block)
		return afar_test_sync(row->set + 2, first, last, 2 * (last - first) + 1);
	cmd = afar_test_write(row->set + 2, first, row->seq, AFAR_BLOCK);
	cmd.sector = (row->block - 'A') * SECTORS;
	return cmd;
}

static const struct afar_set *find(const struct node *n, u32 set)
{
	return afar_tracker_find(&n->t, set + 2);
}

/* The identifier bitmap of a set, as a string of so many bits. */
static void bitmap(const struct node *n, u32 set, char *bits)
{
	const struct afar_set *s = find(n, set);
	u32 i, count = sets[set].last - sets[set].first + 1;

	for (i = 0; i < count; i++)
		bits[i] = s && afar_tracker_has(s, sets[set].first + i) ? '1' : '0';
	bits[count] = 0;
}

static enum afar_admit admit(struct node *n, const struct receipt *row)
{
	struct afar_cmd cmd = cmd_of(row);
	const char *why;

	return afar_tracker_admit(&n->t, &cmd, &why);
}

/* Written to the ring: it has a place. */
static u64 place(struct node *n, const struct receipt *row)
{
	struct afar_cmd cmd = cmd_of(row);
	u64 position = n->t.tail;

	n->row[n->rows++] = *row;
	afar_tracker_placed(&n->t, &cmd, position);
	n->t.tail += afar_cmd_blocks(&cmd);
	return position;
}

/* Flushed: it may be acknowledged. */
static void durable(struct node *n, const struct receipt *row)
{
	struct afar_cmd cmd = cmd_of(row);

	afar_tracker_durable(&n->t, &cmd);
	afar_tracker_update(&n->t);
}

static void place_and_flush(struct node *n, const struct receipt *row)
{
	place(n, row);
	durable(n, row);
}

static void receive(struct kunit *test, struct node *n, const struct receipt *row)
{
	KUNIT_ASSERT_EQ(test, admit(n, row), AFAR_ADMIT_NEW);
	place_and_flush(n, row);
	KUNIT_ASSERT_NULL(test, afar_test_tracker_check(&n->t));
}

/* Write the sets up to @end to the image, as a run. */
static void write_run(struct node *n, const struct afar_cut *end)
{
	struct afar_run_cmd cmd[ROWS];
	struct afar_piece piece[AFAR_RUN_PIECES(ROWS)];
	u32 heap[ROWS], count = 0, i, pieces;

	for (i = 0; i < n->rows; i++) {
		const struct receipt *row = &n->row[i];

		if (!row->block || row->set + 2 <= n->t.committed.set || row->set + 2 > end->set)
			continue;
		cmd[count++] = (struct afar_run_cmd){
			.sector = (row->block - 'A') * SECTORS, .seq = row->seq,
			.sectors = SECTORS, .source = &n->row[i],
		};
	}
	pieces = afar_run_plan(cmd, count, heap, piece);
	for (i = 0; i < pieces; i++) {
		const struct receipt *row = cmd[piece[i].cmd].source;

		n->image[3 * (row->block - 'A')] = row->block;
		n->image[3 * (row->block - 'A') + 1] = '0' + row->version;
	}
}

/* Figure 9, steps 300 to 310: set by set, as far as they are complete. */
static void write_complete(struct kunit *test, struct node *n)
{
	struct afar_cut end;

	while (afar_tracker_run(&n->t, 0, &end)) {
		u32 set = n->t.committed.set + 1 - 2;

		KUNIT_ASSERT_EQ(test, end.set, set + 2);
		KUNIT_ASSERT_EQ(test, end.seq, sets[set].last);
		KUNIT_ASSERT_TRUE(test, afar_set_complete(find(n, set)));
		write_run(n, &end);
		afar_tracker_commit(&n->t, &end);
		n->written[n->writes++] = set;
		KUNIT_EXPECT_STREQ(test, n->image, sets[set].image);
		KUNIT_EXPECT_NULL(test, find(n, set));
	}
	n->t.head = afar_tracker_head(&n->t);
	afar_tracker_update(&n->t);
}

/* The whole table of receipts; what is complete is written at once, or all of it at the end. */
static void play_figure_3(struct kunit *test, bool at_once)
{
	struct node *n = node_new(test, 1000, 100);
	char bits[ARRAY_SIZE(sets)][8] = { "0000000", "00", "000", "000" }, now[8];
	u32 i, set, complete = 0;

	for (i = 0; i < ARRAY_SIZE(receipts); i++) {
		const struct receipt *row = &receipts[i];

		receive(test, n, row);
		strcpy(bits[row->set], row->bitmap);
		for (set = complete; set < ARRAY_SIZE(sets); set++) {
			bitmap(n, set, now);
			KUNIT_EXPECT_STREQ(test, now, bits[set]);
			KUNIT_EXPECT_EQ(test, find(n, set) && afar_set_complete(find(n, set)),
					row->completes && set == row->set);
		}
		/* each set completes after the one before it, so the cut moves with it */
		complete += row->completes;
		KUNIT_EXPECT_EQ(test, n->t.replicated.set, complete + 1);
		KUNIT_EXPECT_EQ(test, n->t.replicated.seq,
				complete ? sets[complete - 1].last : FIRST - 1);
		if (at_once)
			write_complete(test, n);
		KUNIT_EXPECT_EQ(test, n->writes, at_once ? complete : 0);
		KUNIT_EXPECT_STREQ(test, n->image,
				   n->writes ? sets[n->writes - 1].image : EMPTY);
	}
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->writes, ARRAY_SIZE(sets));
	for (set = 0; set < n->writes; set++)
		KUNIT_EXPECT_EQ(test, n->written[set], set);
	KUNIT_EXPECT_STREQ(test, n->image, "A1 B2 C0 D1 E1 F1");
	KUNIT_EXPECT_EQ(test, n->t.head, n->t.tail);
	node_free(n);
}

static void figure_3_receipts_out_of_order(struct kunit *test)
{
	play_figure_3(test, true);
	play_figure_3(test, false);
}

/* Data set ID, sequence number, VLUN, LBA and length of a write; of a sync the first two. */
static void figure_4_content_of_the_commands(struct kunit *test)
{
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	const struct afar_command *le = (void *)block + sizeof(struct afar_head);
	struct afar_cmd write = cmd_of(&receipts[2]), sync = cmd_of(&receipts[6]), got;

	KUNIT_ASSERT_NOT_NULL(test, block);
	write.volume = 7;
	write.sum = 0x12345678;
	afar_cmd_put(block, 0, &write);
	afar_cmd_put(block, 1, &sync);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(le[0].set), 2);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(le[0].seq), 139);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(le[0].volume), 7);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(le[0].sector), 5 * SECTORS);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(le[0].bytes), AFAR_BLOCK);
	KUNIT_EXPECT_EQ(test, afar_cmd_payload(&write), AFAR_BLOCK);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(le[1].set), 2);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(le[1].seq), 140);
	KUNIT_EXPECT_EQ(test, afar_cmd_payload(&sync), 0);
	afar_cmd_get(block, 0, &got);
	KUNIT_EXPECT_NULL(test, afar_cmd_check(&got));
	KUNIT_EXPECT_EQ(test, memcmp(&got, &write, sizeof(got)), 0);
	afar_cmd_get(block, 1, &got);
	KUNIT_EXPECT_NULL(test, afar_cmd_check(&got));
	KUNIT_EXPECT_EQ(test, memcmp(&got, &sync, sizeof(got)), 0);
}

/* "This number and the previous sync command sequence number bound the sequence numbers." */
static void figure_4_sync_commands_bound_a_set(struct kunit *test)
{
	struct node *n = node_new(test, 1000, 100);
	struct afar_cmd below, above, first;
	const char *why = "";

	receive(test, n, &receipts[6]);
	receive(test, n, &receipts[7]);
	first = cmd_of(&receipts[8]);
	below = first;
	below.first--;
	below.seq--;
	above = first;
	above.seq += 2;
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&n->t, &below, &why), AFAR_ADMIT_BAD);
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&n->t, &above, &why), AFAR_ADMIT_BAD);
	KUNIT_EXPECT_EQ(test, afar_tracker_admit(&n->t, &first, &why), AFAR_ADMIT_NEW);
	node_free(n);
}

/* Receipts before row @end, with what they complete written. */
static struct node *node_until(struct kunit *test, u32 end)
{
	struct node *n = node_new(test, 1000, 100);
	u32 i;

	for (i = 0; i < end; i++) {
		receive(test, n, &receipts[i]);
		write_complete(test, n);
	}
	return n;
}

static void figure_5_a_sync_and_a_write_arrive(struct kunit *test)
{
	const struct receipt *sync = &receipts[11], *write = &receipts[12];
	struct node *n = node_until(test, 11);
	char bits[8];
	u64 place_of_e1;

	/* 1: a sync command with data set ID 2 and number 145; 2: its bit */
	KUNIT_ASSERT_EQ(test, sync->seq, 145);
	bitmap(n, 2, bits);
	KUNIT_EXPECT_STREQ(test, bits, "010");
	KUNIT_ASSERT_EQ(test, admit(n, sync), AFAR_ADMIT_NEW);
	bitmap(n, 2, bits);
	KUNIT_EXPECT_STREQ(test, bits, "011");
	place(n, sync);
	durable(n, sync);
	KUNIT_EXPECT_EQ(test, find(n, 2)->last, 145);

	/* 3, 4: a write of E1, number 143; 5: its bit. It is here, and not durable */
	KUNIT_ASSERT_EQ(test, write->seq, 143);
	KUNIT_ASSERT_EQ(test, admit(n, write), AFAR_ADMIT_NEW);
	bitmap(n, 2, bits);
	KUNIT_EXPECT_STREQ(test, bits, "111");
	KUNIT_EXPECT_EQ(test, find(n, 2)->claimed, 3);
	KUNIT_EXPECT_EQ(test, find(n, 2)->durable, 2);
	KUNIT_EXPECT_FALSE(test, afar_set_complete(find(n, 2)));
	/* the same once more meanwhile: it is on its way already */
	KUNIT_EXPECT_EQ(test, admit(n, write), AFAR_ADMIT_DUPLICATE);

	/* 6, 7, 8: E1 goes to the ring, at a place that is known */
	place_of_e1 = place(n, write);
	KUNIT_EXPECT_EQ(test, find(n, 2)->end, place_of_e1);
	KUNIT_EXPECT_FALSE(test, afar_set_complete(find(n, 2)));
	KUNIT_EXPECT_EQ(test, n->t.replicated.set, 1 + 2);

	/* 9: flushed, so it is acknowledged; the set is complete, and nothing is written yet */
	durable(n, write);
	KUNIT_EXPECT_EQ(test, find(n, 2)->durable, 3);
	KUNIT_EXPECT_TRUE(test, afar_set_complete(find(n, 2)));
	KUNIT_EXPECT_STREQ(test, n->image, sets[1].image);
	node_free(n);
}

static void figure_6_a_complete_set_is_written(struct kunit *test)
{
	struct node *n = node_until(test, 12);
	struct afar_extent extent;
	struct afar_cut end;
	u64 a1 = find(n, 2)->position, b2 = find(n, 3)->position;

	receive(test, n, &receipts[12]);
	/* 1: identifier bitmap 2 says that set 2 is here */
	KUNIT_ASSERT_EQ(test, afar_tracker_run(&n->t, U64_MAX, &end), 1);
	KUNIT_EXPECT_EQ(test, end.set, 2 + 2);
	afar_tracker_extent(&n->t, &end, &extent);
	KUNIT_EXPECT_EQ(test, extent.commands, 3);
	KUNIT_EXPECT_EQ(test, extent.blocks, 5);
	/* 2, 5: A1 and E1 are written, and not B2, which is here, too */
	KUNIT_EXPECT_STREQ(test, n->image, "A0 B0 C0 D1 E0 F0");
	write_run(n, &end);
	KUNIT_EXPECT_STREQ(test, n->image, "A1 B0 C0 D1 E1 F0");
	/* their places are kept until that is durable */
	KUNIT_EXPECT_EQ(test, afar_tracker_head(&n->t), a1);
	/* 3, 4, 6, 7: bits and places are forgotten; 8, 9: the room is free up to what is needed */
	afar_tracker_commit(&n->t, &end);
	KUNIT_EXPECT_NULL(test, find(n, 2));
	KUNIT_EXPECT_EQ(test, afar_tracker_head(&n->t), b2);
	/* set 3 goes on, and takes the rest with it */
	receive(test, n, &receipts[13]);
	receive(test, n, &receipts[14]);
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->t.head, n->t.tail);
	node_free(n);
}

/* A ring in which two sets have room, and not three: two data structures. */
#define LARGEST		13	/* set 0 of figure 3 */
#define TWO_SETS	(2 * (LARGEST + 1) + 1)

/*
 * Sets 0 and 1 take the data structures, the latter with @other; @late, of set 2, is rejected,
 * changes nothing, and comes again. Steps are those of figure 8; figure 10.
 */
static void rejected_and_tried_again(struct kunit *test, const struct receipt *other,
				     const struct receipt *late)
{
	struct node *n = node_new(test, TWO_SETS, LARGEST);
	u32 i, state, tries;

	/* 56, 76, 82: set 0 is new, a data structure is free; 56, 58 ...: it is not new any more */
	for (i = 0; i < 6; i++)
		receive(test, n, &receipts[i]);
	/* 56, 76, 82; 86, 98, 102: the same for set 1, though set 0 is not complete */
	receive(test, n, other);
	/* 76, 78, 80; 98, 104, 106: set 2 is new, there is none, the command is discarded */
	KUNIT_EXPECT_EQ(test, n->t.credit, 1 + 2);
	state = afar_test_tracker_state(&n->t);
	KUNIT_EXPECT_EQ(test, admit(n, late), AFAR_ADMIT_NO_ROOM);
	KUNIT_EXPECT_EQ(test, admit(n, late), AFAR_ADMIT_NO_ROOM);
	KUNIT_EXPECT_EQ(test, afar_test_tracker_state(&n->t), state);
	KUNIT_EXPECT_NULL(test, find(n, 2));
	/* 72: set 0 is completed and written, its data structure is free: late gets through */
	receive(test, n, &receipts[6]);
	KUNIT_EXPECT_EQ(test, admit(n, late), AFAR_ADMIT_NO_ROOM);
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->t.committed.set, 0 + 2);
	receive(test, n, late);
	/* and so with all the rest, over and over */
	for (tries = 0; tries < 3; tries++)
		for (i = 0; i < ARRAY_SIZE(receipts); i++) {
			struct afar_cmd cmd = cmd_of(&receipts[i]);

			if (cmd.set > n->t.credit)
				KUNIT_EXPECT_EQ(test, admit(n, &receipts[i]), AFAR_ADMIT_NO_ROOM);
			else if (admit(n, &receipts[i]) == AFAR_ADMIT_NEW)
				place_and_flush(n, &receipts[i]);
			write_complete(test, n);
		}
	KUNIT_EXPECT_STREQ(test, n->image, sets[3].image);
	node_free(n);
}

static void figure_8_a_write_of_a_new_set(struct kunit *test)
{
	rejected_and_tried_again(test, &receipts[8], &receipts[9]);
	rejected_and_tried_again(test, &receipts[7], &receipts[12]);
}

static void figure_10_a_sync_of_a_new_set(struct kunit *test)
{
	rejected_and_tried_again(test, &receipts[7], &receipts[11]);
	rejected_and_tried_again(test, &receipts[8], &receipts[11]);
}

static void figure_9_sets_are_written_in_order(struct kunit *test)
{
	struct node *n = node_new(test, 1000, 100);
	u32 i;

	/* 300: set 3 is not complete */
	receive(test, n, &receipts[10]);
	receive(test, n, &receipts[13]);
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->writes, 0);
	/* 302: it is, and sets before it are not */
	receive(test, n, &receipts[14]);
	KUNIT_EXPECT_TRUE(test, afar_set_complete(find(n, 3)));
	write_complete(test, n);
	/* neither do sets 1 and 2 help, without set 0 */
	for (i = 7; i < 13; i++)
		if (i != 10)
			receive(test, n, &receipts[i]);
	for (i = 0; i < 6; i++)
		receive(test, n, &receipts[i]);
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->writes, 0);
	KUNIT_EXPECT_STREQ(test, n->image, EMPTY);
	/* 303 to 310: set 0 completes, and one after the other they are written */
	receive(test, n, &receipts[6]);
	write_complete(test, n);
	KUNIT_EXPECT_EQ(test, n->writes, 4);
	for (i = 0; i < n->writes; i++)
		KUNIT_EXPECT_EQ(test, n->written[i], i);
	node_free(n);
}

/* The node starts again and finds in the ring what the other one had placed there. */
static struct node *recover(struct kunit *test, const struct node *lost)
{
	struct node *n = kunit_kzalloc(test, sizeof(*n), GFP_KERNEL);
	u64 position = lost->t.head;
	const char *why = "";
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, n);
	memcpy(n, lost, sizeof(*n));
	afar_tracker_init(&n->t, lost->t.ring_blocks, lost->t.largest);
	n->t.head = position;
	n->t.tail = position;
	afar_tracker_reset(&n->t, &lost->t.committed);
	for (i = 0; i < n->rows; i++) {
		struct afar_cmd cmd = cmd_of(&n->row[i]);

		if (cmd.set <= n->t.committed.set)
			continue;
		KUNIT_ASSERT_EQ(test, afar_tracker_replay(&n->t, &cmd, position, &why),
				AFAR_ADMIT_NEW);
		position += afar_cmd_blocks(&cmd);
	}
	n->t.tail = position;
	afar_tracker_update(&n->t);
	return n;
}

/* It fails after each of the receipts, with all that is complete still to be written, or none. */
static void figure_11_recovery(struct kunit *test)
{
	u32 fails, i, set;

	for (fails = 0; fails <= 2 * ARRAY_SIZE(receipts); fails++) {
		struct node *lost = node_new(test, 1000, 100), *n;
		u32 complete = 0;
		u64 first, last, from;

		for (i = 0; i < fails / 2; i++) {
			receive(test, lost, &receipts[i]);
			complete += receipts[i].completes;
			if (fails % 2)
				write_complete(test, lost);
		}
		n = recover(test, lost);
		/* 410 to 450: complete sets, lowest first; parts of others are kept, not written */
		KUNIT_EXPECT_EQ(test, n->t.replicated.set, 1 + complete);
		write_complete(test, n);
		KUNIT_EXPECT_EQ(test, n->writes, complete);
		for (set = 0; set < complete; set++)
			KUNIT_EXPECT_EQ(test, n->written[set], set);
		KUNIT_EXPECT_STREQ(test, n->image, complete ? sets[complete - 1].image : EMPTY);
		/* the sender is told what is here, and sends the rest */
		for (from = 0; afar_tracker_next_range(&n->t, from, &first, &last); from = last + 1)
			for (; first <= last; first++) {
				for (i = 0; i < fails / 2; i++)
					if (receipts[i].seq == first)
						break;
				KUNIT_EXPECT_LT(test, i, fails / 2);
			}
		for (i = 0; i < fails / 2; i++)
			KUNIT_EXPECT_EQ(test, admit(n, &receipts[i]), AFAR_ADMIT_DUPLICATE);
		for (; i < ARRAY_SIZE(receipts); i++)
			receive(test, n, &receipts[i]);
		write_complete(test, n);
		KUNIT_EXPECT_STREQ(test, n->image, sets[3].image);
		node_free(lost);
		node_free(n);
	}
}

/* ---- figure 12: transactions ---------------------------------------------------------------- */

/* Of which transaction is each number? 0: a sync command. Sets end with 270, 274, 277 and 282. */
static const u8 transaction[] = {
	1, 1, 1, 2, 2, 2, 0,	3, 3, 3, 0,	4, 4, 0,	5, 5, 5, 5, 0,
};

#define NUMBERS	ARRAY_SIZE(transaction)

/* The primary's side: a sync command between transactions. */
static void number(struct kunit *test, struct afar_cmd *cmd)
{
	static const u64 last[] = { 270, 274, 277, 282 };
	static const struct afar_policy policy;
	struct afar_sets s;
	u32 i, closed = 0;

	afar_sets_continue(&s, 1000, 264, 10);
	for (i = 0; i < NUMBERS; i++) {
		memset(&cmd[i], 0, sizeof(cmd[i]));
		if (!transaction[i]) {
			afar_sets_close(&s, &cmd[i], 1);
			KUNIT_EXPECT_EQ(test, cmd[i].seq, last[closed++]);
			continue;
		}
		cmd[i].op = AFAR_OP_WRITE;
		cmd[i].bytes = AFAR_BLOCK;
		KUNIT_ASSERT_FALSE(test, afar_sets_must_close(&s, afar_cmd_blocks(&cmd[i])));
		KUNIT_ASSERT_FALSE(test, afar_sets_tag(&s, &cmd[i], false, &policy));
		KUNIT_EXPECT_EQ(test, cmd[i].seq, 264 + i);
	}
}

/* Does a cut at @seq lie between two transactions? */
static bool whole(u64 seq)
{
	u32 last = seq - 264, next = seq - 264 + 1;

	while (last && !transaction[last])
		last--;
	while (next < NUMBERS && !transaction[next])
		next++;
	return next == NUMBERS || transaction[last] != transaction[next];
}

static void figure_12_no_cut_splits_a_transaction(struct kunit *test)
{
	static const struct afar_cut start = { .set = 9, .seq = 263 };
	struct afar_random r = afar_random_seed(12);
	struct afar_cmd cmd[NUMBERS];
	u32 order[NUMBERS], i, round, cuts;
	struct afar_tracker t;
	const char *why;

	number(test, cmd);
	afar_tracker_init(&t, 1000, 100);
	for (i = 0; i < NUMBERS; i++)
		order[i] = i;
	for (round = 0; round < AFAR_TEST_MANY(2000, 100); round++) {
		afar_test_shuffle(&r, order, NUMBERS);
		afar_tracker_reset(&t, &start);
		afar_tracker_update(&t);
		cuts = 0;
		for (i = 0; i < NUMBERS; i++) {
			struct afar_cut end;

			KUNIT_ASSERT_EQ(test, afar_tracker_admit(&t, &cmd[order[i]], &why),
					AFAR_ADMIT_NEW);
			afar_tracker_durable(&t, &cmd[order[i]]);
			afar_tracker_update(&t);
			while (afar_tracker_run(&t, 0, &end)) {
				KUNIT_ASSERT_TRUE(test, whole(end.seq));
				afar_tracker_commit(&t, &end);
				cuts++;
			}
		}
		KUNIT_ASSERT_EQ(test, cuts, 4);
	}
	afar_tracker_reset(&t, &start);
}

static struct kunit_case figures_cases[] = {
	KUNIT_CASE(figure_3_receipts_out_of_order),
	KUNIT_CASE(figure_4_content_of_the_commands),
	KUNIT_CASE(figure_4_sync_commands_bound_a_set),
	KUNIT_CASE(figure_5_a_sync_and_a_write_arrive),
	KUNIT_CASE(figure_6_a_complete_set_is_written),
	KUNIT_CASE(figure_8_a_write_of_a_new_set),
	KUNIT_CASE(figure_9_sets_are_written_in_order),
	KUNIT_CASE(figure_10_a_sync_of_a_new_set),
	KUNIT_CASE(figure_11_recovery),
	KUNIT_CASE(figure_12_no_cut_splits_a_transaction),
	{}
};

struct kunit_suite afar_figures_suite = {
	.name = "afar_figures",
	.test_cases = figures_cases,
};
