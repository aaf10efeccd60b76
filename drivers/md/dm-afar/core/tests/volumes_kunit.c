// SPDX-License-Identifier: GPL-2.0-only
/* The volume table: a function of the cut, whoever reckons it, forwards or backwards. */
#include <linux/bits.h>
#include "../volumes.h"
#include "suites.h"
#include "util.h"

#define STEPS	120
#define NUMBERS	5

static struct afar_uuid id_of(u32 n)
{
	return (struct afar_uuid){ .b = { 1, n >> 16, n >> 8, n } };
}

static struct afar_cmd change_of(u8 op, u16 volume, u64 sectors, u32 id, u64 set, u64 seq)
{
	return (struct afar_cmd){
		.op = op, .volume = volume, .sector = sectors, .id = id_of(id),
		.set = set, .first = 1, .seq = seq,
	};
}

static void insert(struct kunit *test, struct afar_changes *c, const struct afar_cmd *cmd)
{
	struct afar_change *change = kzalloc(sizeof(*change), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, change);
	change->cmd = *cmd;
	afar_changes_insert(c, change);
}

static struct afar_table_entry *table_new(struct kunit *test, u32 tables)
{
	struct afar_table_entry *table = kunit_kzalloc(test, tables * AFAR_VOLUMES * sizeof(*table),
						       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	return table;
}

/* A history of changes as a primary makes them, each in a set of its own or with others. */
struct history {
	struct afar_cmd cmd[STEPS];
	u32 count;
};

static void make_history(struct kunit *test, struct history *h, struct afar_random *r,
			 struct afar_table_entry *table)
{
	u64 last[NUMBERS] = {}, set = 1, seq = 1;
	u32 id = 1;

	h->count = 0;
	while (h->count < STEPS) {
		u16 volume = afar_random_below(r, NUMBERS);
		struct afar_cmd *cmd = &h->cmd[h->count];
		u64 sectors = afar_table_sectors(table, volume);

		seq += 1 + afar_random_below(r, 5);
		set += afar_random_below(r, 3);
		if (last[volume] == set)
			set++;
		last[volume] = set;
		if (sectors)
			*cmd = change_of(AFAR_OP_REMOVE, volume, sectors, 0, set, seq);
		else
			*cmd = change_of(AFAR_OP_ADD, volume, 8 * (1 + afar_random_below(r, 9)),
					 id++, set, seq);
		if (sectors)
			cmd->id = table[volume].id;
		KUNIT_ASSERT_NULL(test, afar_cmd_check(cmd));
		KUNIT_ASSERT_NULL(test, afar_table_apply(table, cmd));
		h->count++;
	}
}

/* The tables after each number, reckoned in every way that there is. */
static void reckon(struct kunit *test, u32 seed)
{
	struct afar_random r = afar_random_seed(seed);
	struct afar_table_entry *now = table_new(test, 3), *then = now + AFAR_VOLUMES,
				*other = then + AFAR_VOLUMES;
	struct history *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	struct afar_changes all;
	u32 i, k, cut;

	KUNIT_ASSERT_NOT_NULL(test, h);
	make_history(test, h, &r, now);
	afar_changes_init(&all);
	for (i = 0; i < h->count; i++)
		insert(test, &all, &h->cmd[i]);
	KUNIT_ASSERT_EQ(test, all.count, STEPS);
	for (i = 0; i < 20; i++) {
		u64 seq;

		cut = afar_random_below(&r, STEPS + 1);
		seq = cut ? h->cmd[cut - 1].seq : 0;
		/* forwards from nothing, backwards from the end, and both ways again */
		memset(then, 0, AFAR_VOLUMES * sizeof(*then));
		KUNIT_ASSERT_NULL(test, afar_table_forward(then, &all, seq));
		memcpy(other, now, AFAR_VOLUMES * sizeof(*now));
		afar_table_back(other, &all, seq);
		KUNIT_ASSERT_TRUE(test, afar_tables_equal(then, other, false));
		for (k = 0; k < NUMBERS; k++) {
			struct afar_uuid id;
			u64 sectors = afar_volume_at(now, &all, seq + 1, k, &id);
			const struct afar_cmd *last = afar_changes_last(&all, k, seq + 1);

			if (!last)	/* the table is not of before it */
				continue;
			KUNIT_ASSERT_EQ(test, sectors, afar_table_sectors(then, k));
			if (sectors)
				KUNIT_ASSERT_TRUE(test, afar_uuid_equal(&id, &then[k].id));
		}
	}
	afar_changes_drop(&all, U64_MAX);
	KUNIT_EXPECT_EQ(test, all.count, 0);
}

static void a_table_is_a_function_of_the_cut(struct kunit *test)
{
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(200, 10); seed++)
		reckon(test, seed);
}

/*
 * A secondary: the changes arrive in order, some of them twice, and are committed set by set. Each
 * is taken, each repeat is known, and the table is that of the cut.
 */
static void arrive(struct kunit *test, u32 seed)
{
	struct afar_random r = afar_random_seed(seed);
	struct afar_table_entry *now = table_new(test, 3), *mine = now + AFAR_VOLUMES,
				*then = mine + AFAR_VOLUMES;
	struct history *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	struct afar_changes c;
	u64 committed = 0;
	u32 i = 0, done = 0, k;
	const char *why;

	KUNIT_ASSERT_NOT_NULL(test, h);
	make_history(test, h, &r, now);
	afar_changes_init(&c);
	while (done < STEPS) {
		if (i < STEPS && afar_random_one_in(&r, 2)) {
			struct afar_cmd *cmd = &h->cmd[i];

			why = NULL;
			KUNIT_ASSERT_EQ_MSG(test, afar_change_check(mine, &c, cmd, &why),
					    AFAR_CHANGE_NEW, "%s", why ? why : "?");
			insert(test, &c, cmd);
			i++;
			cmd = &h->cmd[done + afar_random_below(&r, i - done)];
			KUNIT_ASSERT_EQ(test, afar_change_check(mine, &c, cmd, &why),
					AFAR_CHANGE_KNOWN);
		} else if (done < i && (i == STEPS || h->cmd[i].set > h->cmd[done].set)) {
			u64 limit = afar_changes_limit(&c, committed), seq = h->cmd[done].seq;

			/* first what comes before the set of the change, then that set alone */
			if (h->cmd[done].set > committed + 1) {
				KUNIT_ASSERT_EQ(test, limit, h->cmd[done].set - 1);
				committed = limit;
				continue;
			}
			KUNIT_ASSERT_EQ(test, limit, committed + 1);
			committed = limit;
			while (done < i && h->cmd[done].set == committed)
				seq = h->cmd[done++].seq;
			KUNIT_ASSERT_NULL(test, afar_table_forward(mine, &c, seq));
			afar_changes_drop(&c, seq);
			/* backwards from the end there is the same */
			memcpy(then, now, AFAR_VOLUMES * sizeof(*now));
			for (k = STEPS; k > done; k--)
				afar_table_undo(then, &h->cmd[k - 1]);
			KUNIT_ASSERT_TRUE(test, afar_tables_equal(mine, then, false));
		}
	}
	KUNIT_EXPECT_TRUE(test, afar_tables_equal(mine, now, false));
	KUNIT_EXPECT_EQ(test, afar_changes_limit(&c, committed), U64_MAX);
}

static void a_secondary_follows_set_by_set(struct kunit *test)
{
	u32 seed;

	for (seed = 0; seed < AFAR_TEST_MANY(300, 10); seed++)
		arrive(test, seed);
}

static void what_does_not_fit_is_refused(struct kunit *test)
{
	struct afar_table_entry *table = table_new(test, 1);
	static const char repeat[] = "repeat contradicts the first arrival";
	struct afar_cmd add = change_of(AFAR_OP_ADD, 3, 64, 1, 5, 50);
	const struct {
		struct afar_cmd cmd;
		const char *why;
	} row[] = {
		{ change_of(AFAR_OP_ADD, 3, 64, 2, 6, 60), "volume added that is there" },
		{ change_of(AFAR_OP_REMOVE, 3, 64, 2, 6, 60), "volume removed that is not there" },
		{ change_of(AFAR_OP_REMOVE, 3, 65, 1, 6, 60), "volume removed that is not there" },
		{ change_of(AFAR_OP_REMOVE, 4, 64, 1, 6, 60), "volume removed that is not there" },
		{ change_of(AFAR_OP_REMOVE, 3, 64, 1, 5, 51), "two changes of a volume in a set" },
		{ change_of(AFAR_OP_ADD, 4, 64, 2, 5, 49),
		  "changes of the volume table out of order" },
		{ change_of(AFAR_OP_REMOVE, 3, 64, 1, 5, 50), repeat },
		{ change_of(AFAR_OP_ADD, 3, 64, 2, 5, 50), repeat },
		{ change_of(AFAR_OP_ADD, 4, 64, 1, 5, 50), repeat },
		{ change_of(AFAR_OP_ADD, 3, 65, 1, 5, 50), repeat },
		{ change_of(AFAR_OP_ADD, 3, 64, 1, 6, 50), repeat },
		{ change_of(AFAR_OP_ADD, 3, 64, 1, 5, 50), NULL },
		{ change_of(AFAR_OP_REMOVE, 3, 64, 1, 6, 60), NULL },
		{ change_of(AFAR_OP_ADD, 4, 64, 2, 5, 51), NULL },
	};
	struct afar_changes c;
	unsigned int i;

	afar_changes_init(&c);
	insert(test, &c, &add);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const char *why = NULL;

		afar_change_check(table, &c, &row[i].cmd, &why);
		KUNIT_EXPECT_STREQ_MSG(test, why ?: "fine", row[i].why ?: "fine", "row %u", i);
	}
	afar_changes_drop(&c, 49);
	KUNIT_EXPECT_EQ(test, c.count, 1);
	afar_changes_drop(&c, 50);
	KUNIT_EXPECT_EQ(test, c.count, 0);
}

/* A number stands for one volume before a command, for another one behind it, and for none. */
static void a_number_stands_for_what_was_there(struct kunit *test)
{
	struct afar_table_entry *table = table_new(test, 1);
	struct afar_cmd remove = change_of(AFAR_OP_REMOVE, 0, 8, 1, 2, 20);
	struct afar_cmd again = change_of(AFAR_OP_ADD, 0, 16, 2, 3, 30);
	struct afar_uuid id, one = id_of(1), two = id_of(2);
	struct afar_changes c;

	table[0] = (struct afar_table_entry){
		.id = one, .sectors = cpu_to_le64(8), .used = cpu_to_le32(1),
	};
	afar_changes_init(&c);
	insert(test, &c, &again);
	insert(test, &c, &remove);
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 19, 0, &id), 8);
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&id, &one));
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 20, 0, NULL), 8);
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 21, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 30, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 31, 0, &id), 16);
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&id, &two));
	KUNIT_EXPECT_EQ(test, afar_volume_at(table, &c, 31, 1, NULL), 0);
	afar_changes_drop(&c, U64_MAX);
}

static void a_fresh_node_may_have_what_is_to_come(struct kunit *test)
{
	struct afar_table_entry *base = table_new(test, 3), *theirs = base + AFAR_VOLUMES,
				*want = theirs + AFAR_VOLUMES;
	struct afar_cmd add = change_of(AFAR_OP_ADD, 1, 16, 2, 3, 30);
	struct afar_cmd more = change_of(AFAR_OP_ADD, 2, 16, 3, 4, 40);
	struct afar_changes c;
	unsigned int i;

	afar_changes_init(&c);
	insert(test, &c, &add);
	insert(test, &c, &more);
	base[0] = (struct afar_table_entry){
		.id = id_of(1), .sectors = cpu_to_le64(8), .used = cpu_to_le32(1),
	};
	for (i = 0; i < 8; i++) {
		bool fits = true;
		unsigned int k;

		memset(theirs, 0, AFAR_VOLUMES * sizeof(*theirs));
		memcpy(theirs, base, sizeof(*base));
		for (k = 1; k < 4; k++) {
			if (!(i & BIT(k - 1)))
				continue;
			/* number 3 nobody has ever heard of */
			theirs[k].sectors = cpu_to_le64(16);
			theirs[k].used = cpu_to_le32(1);
			fits = fits && k < 3;
		}
		afar_table_leave_out(theirs, base, &c, 0);
		KUNIT_EXPECT_EQ(test, afar_tables_equal(base, theirs, true), fits);
	}
	/* of another length, or for a change that is in the base already */
	memcpy(theirs, base, sizeof(*base));
	theirs[1].sectors = cpu_to_le64(24);
	theirs[1].used = cpu_to_le32(1);
	memcpy(want, theirs, AFAR_VOLUMES * sizeof(*want));
	afar_table_leave_out(theirs, base, &c, 0);
	KUNIT_EXPECT_EQ(test, memcmp(want, theirs, AFAR_VOLUMES * sizeof(*want)), 0);
	theirs[1].sectors = cpu_to_le64(16);
	memcpy(want, theirs, AFAR_VOLUMES * sizeof(*want));
	afar_table_leave_out(theirs, base, &c, 30);
	KUNIT_EXPECT_EQ(test, memcmp(want, theirs, AFAR_VOLUMES * sizeof(*want)), 0);
	afar_changes_drop(&c, U64_MAX);
}

static void tables_differ_by_number_length_and_id(struct kunit *test)
{
	struct afar_table_entry *a = table_new(test, 2), *b = a + AFAR_VOLUMES;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i += 51) {
		KUNIT_EXPECT_TRUE(test, afar_tables_equal(a, b, false));
		a[i] = (struct afar_table_entry){
			.id = id_of(i), .sectors = cpu_to_le64(8), .used = cpu_to_le32(1),
		};
		KUNIT_EXPECT_FALSE(test, afar_tables_equal(a, b, true));
		KUNIT_EXPECT_FALSE(test, afar_tables_equal(b, a, true));
		b[i] = a[i];
		b[i].sectors = cpu_to_le64(9);
		KUNIT_EXPECT_FALSE(test, afar_tables_equal(a, b, true));
		b[i] = a[i];
		b[i].id = id_of(i + 1000);
		KUNIT_EXPECT_FALSE(test, afar_tables_equal(a, b, false));
		KUNIT_EXPECT_TRUE(test, afar_tables_equal(a, b, true));
		b[i] = a[i];
	}
	/* what an entry that is not used holds is of no interest */
	a[1].sectors = cpu_to_le64(4);
	KUNIT_EXPECT_TRUE(test, afar_tables_equal(a, b, false));
}

static struct afar_table_entry entry_of(u32 id, u64 sectors, u64 outside)
{
	return (struct afar_table_entry){
		.id = id_of(id), .sectors = cpu_to_le64(sectors), .used = cpu_to_le32(1),
		.outside = cpu_to_le64(outside),
	};
}

/* A term begins: what the primary has, what this node had, and what of that is in the cut when. */
static void what_the_peer_never_had_is_outside_the_cut(struct kunit *test)
{
	static const struct {
		u64 mine, mine_outside, theirs, theirs_outside;
		bool other;
		u64 before, after;
	} row[] = {
		{ 8, 0, 8, 0, false, 8, 8 },	/* nothing new */
		{ 0, 0, 8, 8, false, 0, 0 },	/* added */
		{ 0, 0, 8, 0, false, 0, 8 },	/* added as equal, and that got lost */
		{ 0, 0, 8, 3, false, 0, 5 },	/* and grown since */
		{ 8, 0, 12, 4, false, 8, 8 },	/* grown */
		{ 8, 0, 12, 0, false, 8, 12 },
		{ 8, 8, 8, 8, false, 0, 0 },	/* being added still */
		{ 8, 8, 8, 0, false, 0, 8 },	/* it had joined, and that got lost */
		{ 8, 0, 8, 8, false, 8, 8 },	/* the primary does not know that it has joined */
		{ 8, 2, 12, 6, false, 6, 6 },
		{ 8, 0, 0, 0, false, 0, 0 },	/* forgotten */
		{ 8, 0, 8, 8, true, 0, 0 },	/* another one of the same number */
		{ 8, 0, 8, 0, true, 0, 8 },
	};
	struct afar_table_entry *a = table_new(test, 2), *b = a + AFAR_VOLUMES;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		if (row[i].mine)
			a[i] = entry_of(i, row[i].mine, row[i].mine_outside);
		if (row[i].theirs)
			b[i] = entry_of(row[i].other ? i + 100 : i, row[i].theirs,
					row[i].theirs_outside);
	}
	afar_table_follow(a, b);
	KUNIT_EXPECT_TRUE(test, afar_tables_equal(a, b, false));
	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_EQ_MSG(test, afar_table_inside(&a[i]), row[i].before, "row %u", i);
	/* once more, as after a handshake that came to nothing */
	afar_table_follow(a, b);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ_MSG(test, afar_table_inside(&a[i]), row[i].before, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, afar_table_join(&a[i], false),
				    row[i].before != row[i].after, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, afar_table_inside(&a[i]), row[i].after, "row %u", i);
		KUNIT_EXPECT_FALSE(test, afar_table_join(&a[i], false));
		KUNIT_EXPECT_EQ_MSG(test, afar_table_join(&a[i], true),
				    row[i].after != row[i].theirs, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, afar_table_inside(&a[i]), row[i].theirs, "row %u", i);
	}
	KUNIT_EXPECT_EQ(test, afar_table_outside(a), 0);
	KUNIT_EXPECT_EQ(test, afar_table_outside(b), 8 + 3 + 4 + 8 + 8 + 6 + 8);
}

static struct kunit_case volumes_cases[] = {
	KUNIT_CASE(what_the_peer_never_had_is_outside_the_cut),
	KUNIT_CASE(a_table_is_a_function_of_the_cut),
	KUNIT_CASE(a_secondary_follows_set_by_set),
	KUNIT_CASE(what_does_not_fit_is_refused),
	KUNIT_CASE(a_number_stands_for_what_was_there),
	KUNIT_CASE(a_fresh_node_may_have_what_is_to_come),
	KUNIT_CASE(tables_differ_by_number_length_and_id),
	{}
};

struct kunit_suite afar_volumes_suite = {
	.name = "afar_volumes",
	.test_cases = volumes_cases,
};
