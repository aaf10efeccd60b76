// SPDX-License-Identifier: GPL-2.0-only
/* The hash of an extent against another implementation: two lines of Python's hashlib. */
#include "../hash.h"
#include "suites.h"
#include "util.h"

static const struct row {
	const char *name;
	u32 bytes;
	int seed;	/* of the pattern; -1: zeroes */
	const char *hash;
} rows[] = {
	{ "a sector of zeroes", 512, -1,
	  "0c35a1d4c8835b3a53f503a6bbe33dc219794ddceda6e6846bc3ff760ff43b9f" },
	{ "the longest of zeroes", AFAR_COMMAND_BYTES, -1,
	  "19548055bd34692455ff38e9cdd702bdbab1065db368a14e916d28b3e65de398" },
	{ "a block and a sector", 4608, 2,
	  "30002e862a48f6e89b173d2ff2549d21422d624ef7709712f4c2bc6a96c3a4f7" },
	{ "a block", AFAR_BLOCK, 1,
	  "f8eb0edb4eba8eada2423ae63971504d3515254f16d4cb29faffd53253fb5d08" },
};

static void row_desc(const struct row *row, char *desc)
{
	strcpy(desc, row->name);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

static void the_hash_is_what_the_format_says(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct afar_hasher *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	char text[2 * AFAR_HASH + 1];
	u8 hash[AFAR_HASH];
	u32 at, n, i;

	KUNIT_ASSERT_NOT_NULL(test, h);
	KUNIT_ASSERT_NOT_NULL(test, block);
	/* what an extent before it has left does not count */
	afar_hash_begin(h);
	afar_hash_add(h, "x", 1);
	afar_hash_begin(h);
	for (at = 0; at < row->bytes; at += n) {
		n = min_t(u32, row->bytes - at, AFAR_BLOCK);
		for (i = 0; i < n; i++)
			block[i] = row->seed < 0 ? 0 : row->seed + 7 * (at + i) + ((at + i) >> 8);
		afar_hash_add(h, block, n);
	}
	afar_hash_end(h, hash);
	for (i = 0; i < AFAR_HASH; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	KUNIT_EXPECT_STREQ(test, text, row->hash);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_hash_is_what_the_format_says, row_gen_params),
	{}
};

struct kunit_suite afar_hash_suite = {
	.name = "afar_hash",
	.test_cases = cases,
};
