// SPDX-License-Identifier: GPL-2.0-only
#include "../options.h"
#include "suites.h"
#include "util.h"

static void knob_desc(const struct afar_knob_info *info, char *desc)
{
	strcpy(desc, info->name);
}

KUNIT_ARRAY_PARAM(knob, afar_knob_info, knob_desc);

static enum afar_knob knob_of(const struct afar_knob_info *info)
{
	return info - afar_knob_info;
}

static bool power_of_two_only(const struct afar_knob_info *info)
{
	return knob_of(info) == AFAR_KNOB_BLOCK_SIZE || knob_of(info) == AFAR_KNOB_CHUNK_SIZE;
}

/* What is said where the value is none. */
static const char *said(const struct afar_knob_info *info)
{
	return knob_of(info) == AFAR_KNOB_OVERFLOW ? "overflow must be chunkmap, throttle or fail" :
						     info->range;
}

/* Set the knob to a number written out; NULL or what was said. */
static const char *set_number(struct afar_options *o, const struct afar_knob_info *info, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	return afar_option_set(o, knob_of(info), text);
}

static void a_knob_takes_its_range_and_no_more(struct kunit *test)
{
	const struct afar_knob_info *info = test->param_value;
	struct afar_options o;
	u64 *value = &o.value[knob_of(info)];

	afar_options_init(&o);
	KUNIT_EXPECT_EQ(test, *value, info->value);
	KUNIT_EXPECT_GE(test, info->value, info->min);
	KUNIT_EXPECT_LE(test, info->value, info->max);
	KUNIT_EXPECT_NULL(test, set_number(&o, info, info->min));
	KUNIT_EXPECT_EQ(test, *value, info->min);
	KUNIT_EXPECT_NULL(test, set_number(&o, info, info->max));
	KUNIT_EXPECT_EQ(test, *value, info->max);
	KUNIT_EXPECT_NULL(test, set_number(&o, info, info->value));
	KUNIT_EXPECT_STREQ(test, set_number(&o, info, info->max + 1) ?: "", said(info));
	KUNIT_EXPECT_STREQ(test, set_number(&o, info, U64_MAX) ?: "", said(info));
	KUNIT_EXPECT_STREQ(test, set_number(&o, info, U64_MAX / 10) ?: "", said(info));
	if (info->min)
		KUNIT_EXPECT_STREQ(test, set_number(&o, info, info->min - 1) ?: "", said(info));
	KUNIT_EXPECT_EQ(test, *value, info->value);
	KUNIT_EXPECT_EQ(test, o.given, 0);
}

static void a_range_is_said_as_it_is(struct kunit *test)
{
	const struct afar_knob_info *info = test->param_value;
	char text[80];

	snprintf(text, sizeof(text), "%s must be %llu..%llu", info->name, info->min, info->max);
	KUNIT_EXPECT_STREQ(test, info->range, text);
}

static void a_size_is_a_power_of_two(struct kunit *test)
{
	const struct afar_knob_info *info = test->param_value;
	struct afar_options o;
	u64 n;

	if (!power_of_two_only(info))
		return;
	afar_options_init(&o);
	for (n = info->min; n <= info->max; n *= 2) {
		KUNIT_EXPECT_NULL(test, set_number(&o, info, n));
		KUNIT_EXPECT_EQ(test, o.value[knob_of(info)], n);
		if (n == info->max)
			break;
		KUNIT_EXPECT_NOT_NULL(test, set_number(&o, info, n + 1));
		KUNIT_EXPECT_NOT_NULL(test, set_number(&o, info, n + n / 2));
		KUNIT_EXPECT_NOT_NULL(test, set_number(&o, info, 2 * n - 1));
		KUNIT_EXPECT_EQ(test, o.value[knob_of(info)], n);
	}
	KUNIT_EXPECT_NOT_NULL(test, strstr(set_number(&o, info, info->min + 1) ?: "", info->name));
}

static void a_ring_in_memory_is_none_or_large_enough(struct kunit *test)
{
	static const char *const refused[] = {
		"1", "4096", "16777215", "16773120", "16777217", "16781311", "1099511627775",
	};
	static const char *const accepted[] = { "0", "16777216", "16781312", "1099511627776" };
	struct afar_options o;
	unsigned int i;

	afar_options_init(&o);
	for (i = 0; i < ARRAY_SIZE(accepted); i++)
		KUNIT_EXPECT_NULL_MSG(test, afar_option_set(&o, AFAR_KNOB_RING_MEMORY,
							    accepted[i]), "%s", accepted[i]);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		const char *why = afar_option_set(&o, AFAR_KNOB_RING_MEMORY, refused[i]);

		KUNIT_EXPECT_NOT_NULL_MSG(test, why, "%s", refused[i]);
		KUNIT_EXPECT_NOT_NULL(test, strstr(why ?: "", "ring_memory must be"));
		KUNIT_EXPECT_EQ(test, o.value[AFAR_KNOB_RING_MEMORY], 1099511627776ULL);
	}
}

/* set_bytes takes 0 and large numbers: what is refused there is refused for its form. */
static void only_a_decimal_number_is_a_number(struct kunit *test)
{
	static const char *const refused[] = {
		"", "\n", "\n5", "5\n6", "5\n\n", "5 ", " 5", "+5", "-1", "0x10", "1.5", "1e3",
		"5k", "five", "5\t", "5\r\n", "18446744073709551615", "18446744073709551616",
		"99999999999999999999999999", "1099511627777",
	};
	static const struct {
		const char *text;
		u64 value;
	} accepted[] = {
		{ "0", 0 }, { "0\n", 0 }, { "5", 5 }, { "5\n", 5 }, { "007", 7 },
		{ "1099511627776", 1099511627776ULL }, { "1099511627776\n", 1099511627776ULL },
	};
	struct afar_options o;
	unsigned int i;

	afar_options_init(&o);
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		KUNIT_EXPECT_NULL(test,
				  afar_option_set(&o, AFAR_KNOB_SET_BYTES, accepted[i].text));
		KUNIT_EXPECT_EQ(test, o.value[AFAR_KNOB_SET_BYTES], accepted[i].value);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		KUNIT_EXPECT_NOT_NULL_MSG(test, afar_option_set(&o, AFAR_KNOB_SET_BYTES,
								refused[i]), "'%s'", refused[i]);
		KUNIT_EXPECT_EQ(test, o.value[AFAR_KNOB_SET_BYTES], 1099511627776ULL);
	}
}

/* Where the last one that was wrong was. */
static const char *bad_word;

static const char *parse(struct afar_options *o, unsigned int argc, const char *const *word)
{
	char copy[2 * AFAR_KNOBS + 2][40], *argv[2 * AFAR_KNOBS + 2];
	unsigned int i;

	for (i = 0; i < argc; i++) {
		strcpy(copy[i], word[i]);
		argv[i] = copy[i];
	}
	afar_options_init(o);
	return afar_options_parse(o, argc, argv, &bad_word);
}

static void a_table_line_sets_what_it_names(struct kunit *test)
{
	static const char *const word[] = {
		"timeout_ms", "500", "block_size", "512", "set_writes", "77",
	};
	struct afar_options o, plain;
	u32 given = 0;
	unsigned int i, n;

	afar_options_init(&plain);
	for (n = 0; n <= ARRAY_SIZE(word); n += 2) {
		static const enum afar_knob knob[] = {
			AFAR_KNOB_TIMEOUT, AFAR_KNOB_BLOCK_SIZE, AFAR_KNOB_SET_WRITES,
		};
		static const u64 value[] = { 500, 512, 77 };

		KUNIT_EXPECT_NULL(test, parse(&o, n, word));
		if (n) {
			plain.value[knob[n / 2 - 1]] = value[n / 2 - 1];
			given |= 1U << knob[n / 2 - 1];
		}
		for (i = 0; i < AFAR_KNOBS; i++)
			KUNIT_EXPECT_EQ(test, o.value[i], plain.value[i]);
		KUNIT_EXPECT_EQ(test, o.given, given);
	}
}

static void overflow_has_names(struct kunit *test)
{
	static const char *const word[] = { "chunkmap", "throttle", "fail" };
	static const char *const none[] = { "", "chunk", "chunkmaps", "failx\n", "fail ", "3",
					     "\n" };
	struct afar_options o;
	unsigned int i;
	char text[16];

	afar_options_init(&o);
	KUNIT_EXPECT_STREQ(test, afar_option_word(&o, AFAR_KNOB_OVERFLOW), "chunkmap");
	KUNIT_EXPECT_NULL(test, afar_option_word(&o, AFAR_KNOB_LANES));
	for (i = 0; i < 2 * ARRAY_SIZE(word); i++) {
		snprintf(text, sizeof(text), "%s%s", word[i / 2], i % 2 ? "\n" : "");
		KUNIT_EXPECT_NULL(test, afar_option_set(&o, AFAR_KNOB_OVERFLOW, text));
		KUNIT_EXPECT_EQ(test, o.value[AFAR_KNOB_OVERFLOW], i / 2);
		KUNIT_EXPECT_STREQ(test, afar_option_word(&o, AFAR_KNOB_OVERFLOW), word[i / 2]);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, afar_option_set(&o, AFAR_KNOB_OVERFLOW, none[i]),
					  "'%s'", none[i]);
	KUNIT_EXPECT_EQ(test, o.value[AFAR_KNOB_OVERFLOW], AFAR_OVERFLOW_FAIL);
}

static void a_table_line_may_name_all_knobs(struct kunit *test)
{
	const char *word[2 * AFAR_KNOBS + 2];
	char number[AFAR_KNOBS][24], text[64];
	struct afar_options o;
	unsigned int i;

	for (i = 0; i < AFAR_KNOBS; i++) {
		word[2 * i] = afar_knob_info[i].name;
		snprintf(number[i], sizeof(number[i]), "%llu", afar_knob_info[i].max);
		word[2 * i + 1] = number[i];
	}
	KUNIT_EXPECT_NULL(test, parse(&o, 2 * AFAR_KNOBS, word));
	for (i = 0; i < AFAR_KNOBS; i++)
		KUNIT_EXPECT_EQ(test, o.value[i], afar_knob_info[i].max);
	KUNIT_EXPECT_EQ(test, o.given, (1U << AFAR_KNOBS) - 1);
	/* each of them once more is once too often, whatever its value */
	for (i = 0; i < AFAR_KNOBS; i++) {
		word[2 * AFAR_KNOBS] = afar_knob_info[i].name;
		word[2 * AFAR_KNOBS + 1] = number[i];
		snprintf(text, sizeof(text), "%s is given twice", afar_knob_info[i].name);
		KUNIT_EXPECT_STREQ(test, parse(&o, 2 * AFAR_KNOBS + 2, word) ?: "", text);
	}
}

static void a_wrong_table_line_is_explained(struct kunit *test)
{
	static const char *const value[] = { "lanes" };
	static const char *const second[] = { "lanes", "2", "timeout_ms" };
	static const char *const range[] = { "lanes", "17" };
	static const char *const later[] = { "lanes", "2", "set_interval_ms", "0" };
	static const char *const upper[] = { "LANES", "2" };
	static const char *const prefix[] = { "lane", "2" };
	static const char *const none[] = { "", "2" };
	static const char *const *const unknown[] = { upper, prefix, none };
	struct afar_options o;
	unsigned int i, knob;

	KUNIT_EXPECT_STREQ(test, parse(&o, 1, value) ?: "",
			   "lanes has no value; it must be 1..16");
	KUNIT_EXPECT_STREQ(test, parse(&o, 3, second) ?: "",
			   "timeout_ms has no value; it must be 500..600000");
	KUNIT_EXPECT_STREQ(test, parse(&o, 2, range) ?: "", "lanes must be 1..16");
	KUNIT_EXPECT_STREQ(test, parse(&o, 4, later) ?: "", "set_interval_ms must be 1..3600000");
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		const char *why = parse(&o, 2, unknown[i]);

		KUNIT_ASSERT_NOT_NULL(test, why);
		KUNIT_EXPECT_STREQ(test, bad_word, unknown[i][0]);
		for (knob = 0; knob < AFAR_KNOBS; knob++)
			KUNIT_EXPECT_NOT_NULL(test, strstr(why, afar_knob_info[knob].name));
	}
}

static void a_key_is_a_description_or_none(struct kunit *test)
{
	static const char *const good[] = { "none", "afar:g0", "a:b", "a:b:c", "afar::" };
	static const char *const bad[] = { "", "afar", ":g0", "afar:", ":", "None", "nonesuch",
					   "a:b c", "a:\tb", "a:b\\c" };
	static const char *const twice[] = { "key", "a:b", "lanes", "2", "key", "none" };
	static const char *const alone[] = { "lanes", "2", "key" };
	const char *word[2] = { "key" };
	struct afar_options o;
	unsigned int i;

	afar_options_init(&o);
	KUNIT_EXPECT_STREQ(test, o.key, "");
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		word[1] = good[i];
		KUNIT_EXPECT_NULL(test, parse(&o, 2, word));
		KUNIT_EXPECT_STREQ(test, o.key, good[i]);
		KUNIT_EXPECT_EQ(test, o.given, 0);
		KUNIT_EXPECT_EQ(test, afar_options_keyless(&o), !i);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		word[1] = bad[i];
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(parse(&o, 2, word) ?: "", "key must be"),
					  "'%s'", bad[i]);
	}
	KUNIT_EXPECT_STREQ(test, parse(&o, 6, twice) ?: "", "key is given twice");
	KUNIT_EXPECT_STREQ(test, parse(&o, 3, alone) ?: "", "key has no value");
}

static void a_group_is_a_uuid(struct kunit *test)
{
	static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";
	static const char *const good[] = { "group", uuid };
	static const char *const twice[] = { "group", uuid, "group", uuid };
	static const char *const bad[] = {
		"", "none", "-", "01234567-89ab-cdef-0123-456789abcde",
		"01234567-89ab-cdef-0123-456789abcdef0", "01234567-89ab-cdef-0123-456789abcdeF",
		"0123456789abcdef0123456789abcdef0123", "01234567-89ab-cdef-0123_456789abcdef",
		"00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-0123-456789abcdeg",
	};
	static const struct afar_uuid want = {
		.b = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		       0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef },
	};
	const char *word[2] = { "group" };
	struct afar_options o;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		word[1] = bad[i];
		KUNIT_EXPECT_STREQ_MSG(test, parse(&o, 2, word) ?: "",
				       "group must be a uuid, as group_uuid shows it",
				       "'%s'", bad[i]);
	}
	KUNIT_EXPECT_NULL(test, parse(&o, 2, good));
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&o.group, &want));
	KUNIT_EXPECT_EQ(test, o.given, 0);
	KUNIT_EXPECT_STREQ(test, parse(&o, 1, good) ?: "", "group has no value");
	KUNIT_EXPECT_STREQ(test, parse(&o, 4, twice) ?: "", "group is given twice");
}

static void a_key_has_127_characters_at_most(struct kunit *test)
{
	char text[AFAR_KEY_NAME + 1], option[] = "key", *word[] = { option, text };
	struct afar_options o;
	const char *why;

	memset(text, 'k', sizeof(text));
	text[1] = ':';
	text[AFAR_KEY_NAME - 1] = 0;
	afar_options_init(&o);
	KUNIT_EXPECT_NULL(test, afar_options_parse(&o, 2, word, &bad_word));
	KUNIT_EXPECT_STREQ(test, o.key, text);
	text[AFAR_KEY_NAME - 1] = 'k';
	text[AFAR_KEY_NAME] = 0;
	afar_options_init(&o);
	why = afar_options_parse(&o, 2, word, &bad_word);
	KUNIT_EXPECT_NOT_NULL(test, strstr(why ?: "", "127"));
}

static struct kunit_case options_cases[] = {
	KUNIT_CASE_PARAM(a_knob_takes_its_range_and_no_more, knob_gen_params),
	KUNIT_CASE_PARAM(a_range_is_said_as_it_is, knob_gen_params),
	KUNIT_CASE_PARAM(a_size_is_a_power_of_two, knob_gen_params),
	KUNIT_CASE(a_ring_in_memory_is_none_or_large_enough),
	KUNIT_CASE(only_a_decimal_number_is_a_number),
	KUNIT_CASE(a_table_line_sets_what_it_names),
	KUNIT_CASE(overflow_has_names),
	KUNIT_CASE(a_table_line_may_name_all_knobs),
	KUNIT_CASE(a_wrong_table_line_is_explained),
	KUNIT_CASE(a_key_is_a_description_or_none),
	KUNIT_CASE(a_group_is_a_uuid),
	KUNIT_CASE(a_key_has_127_characters_at_most),
	{}
};

struct kunit_suite afar_options_suite = {
	.name = "afar_options",
	.test_cases = options_cases,
};
