// SPDX-License-Identifier: GPL-2.0-only
#include "../backoff.h"
#include "suites.h"
#include "util.h"

static struct afar_address address(u8 n)
{
	return (struct afar_address){ .b = { [3] = 7, [15] = n } };
}

/* ms from @now on for which @from is refused */
static u64 refused_for(const struct afar_backoff *b, const struct afar_address *from, u64 now)
{
	u64 ms = 0;

	while (afar_backoff_refuses(b, from, now + ms))
		ms += 50;
	return ms;
}

static void it_grows_and_ends(struct kunit *test)
{
	static const u32 want[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };
	struct afar_address a = address(1), other = address(2);
	struct afar_backoff b = {};
	u64 now = 1000000;
	unsigned int i;

	KUNIT_EXPECT_FALSE(test, afar_backoff_refuses(&b, &a, now));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_EXPECT_EQ(test, afar_backoff_failed(&b, &a, now), i + 1);
		KUNIT_EXPECT_EQ(test, refused_for(&b, &a, now), want[i]);
		KUNIT_EXPECT_FALSE(test, afar_backoff_refuses(&b, &other, now));
		now += want[i];
	}
	for (; i < 100; i++)
		afar_backoff_failed(&b, &a, now);
	KUNIT_EXPECT_EQ(test, refused_for(&b, &a, now), AFAR_BACKOFF_MAX);
	/* after a long time it counts from the beginning */
	now += AFAR_BACKOFF_FORGET;
	KUNIT_EXPECT_EQ(test, afar_backoff_failed(&b, &a, now), 1);
	KUNIT_EXPECT_EQ(test, refused_for(&b, &a, now), AFAR_BACKOFF_MIN);
}

static void who_proves_the_key_is_forgotten(struct kunit *test)
{
	struct afar_address a = address(1), c = address(3);
	struct afar_backoff b = {};

	afar_backoff_failed(&b, &a, 5);
	afar_backoff_failed(&b, &c, 5);
	afar_backoff_forget(&b, &a);
	KUNIT_EXPECT_FALSE(test, afar_backoff_refuses(&b, &a, 6));
	KUNIT_EXPECT_TRUE(test, afar_backoff_refuses(&b, &c, 6));
	afar_backoff_forget(&b, &a);
	KUNIT_EXPECT_EQ(test, b.used, 1);
	KUNIT_EXPECT_EQ(test, afar_backoff_failed(&b, &a, 6), 1);
}

/* However many addresses there are, the table does not grow; the oldest go. */
static void the_table_is_bounded(struct kunit *test)
{
	struct afar_backoff b = {};
	unsigned int i, k;

	for (i = 0; i < 200; i++) {
		struct afar_address a = address(i);

		afar_backoff_failed(&b, &a, i);
		KUNIT_ASSERT_LE(test, b.used, AFAR_BACKOFF_ENTRIES);
		for (k = 0; k <= i; k++) {
			a = address(k);
			KUNIT_ASSERT_EQ(test, afar_backoff_refuses(&b, &a, i),
					k + AFAR_BACKOFF_ENTRIES > i);
		}
	}
	/* who fails again stays */
	for (i = 0; i < AFAR_BACKOFF_ENTRIES; i++) {
		struct afar_address a = address(184), n = address(200 + i);

		afar_backoff_failed(&b, &a, 200);
		afar_backoff_failed(&b, &n, 200);
		KUNIT_EXPECT_TRUE(test, afar_backoff_refuses(&b, &a, 200));
	}
}

static struct kunit_case backoff_cases[] = {
	KUNIT_CASE(it_grows_and_ends),
	KUNIT_CASE(who_proves_the_key_is_forgotten),
	KUNIT_CASE(the_table_is_bounded),
	{}
};

struct kunit_suite afar_backoff_suite = {
	.name = "afar_backoff",
	.test_cases = backoff_cases,
};
