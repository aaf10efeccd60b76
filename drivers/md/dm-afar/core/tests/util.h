/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: tests of the core
 * The suites beside this file run in the kernel (KUnit) and, the same files, in user space under
 * sanitizers (tests/user). What takes long runs fewer cases in the kernel.
 */
#ifndef AFAR_TEST_UTIL_H
#define AFAR_TEST_UTIL_H

#include <kunit/test.h>
#include "../codec.h"

#ifdef __KERNEL__
#define AFAR_TEST_MANY(user, kernel)	(kernel)
#else
#define AFAR_TEST_MANY(user, kernel)	(user)
#endif

/** struct afar_random - xorshift64*: a failure comes again with the same seed */
struct afar_random {
	u64 state;
};

static inline struct afar_random afar_random_seed(u32 seed)
{
	return (struct afar_random){ .state = (seed + 1) * 0x9e3779b97f4a7c15ULL };
}

static inline u32 afar_random(struct afar_random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (r->state * 0x2545f4914f6cdd1dULL) >> 32;
}

/* 0 .. n - 1 */
static inline u32 afar_random_below(struct afar_random *r, u32 n)
{
	return ((u64)afar_random(r) * n) >> 32;
}

static inline bool afar_random_one_in(struct afar_random *r, u32 n)
{
	return !afar_random_below(r, n);
}

static inline void afar_test_shuffle(struct afar_random *r, u32 *array, u32 n)
{
	while (n > 1) {
		u32 i = afar_random_below(r, n--);

		swap(array[i], array[n]);
	}
}

/* The next order of @array in the order of a dictionary; false after the last. */
static inline bool afar_test_permute(u32 *array, u32 n)
{
	u32 i = n - 1, j = n - 1;

	while (i && array[i - 1] >= array[i])
		i--;
	if (!i)
		return false;
	while (array[j] <= array[i - 1])
		j--;
	swap(array[i - 1], array[j]);
	for (j = n - 1; i < j; i++, j--)
		swap(array[i], array[j]);
	return true;
}

static inline struct afar_cmd afar_test_write(u64 set, u64 first, u64 seq, u32 bytes)
{
	return (struct afar_cmd){
		.op = AFAR_OP_WRITE, .set = set, .first = first, .seq = seq,
		.sector = seq * 8, .bytes = bytes,
	};
}

static inline struct afar_cmd afar_test_void(u64 set, u64 first, u64 seq)
{
	return (struct afar_cmd){ .op = AFAR_OP_VOID, .set = set, .first = first, .seq = seq };
}

static inline struct afar_cmd afar_test_sync(u64 set, u64 first, u64 seq, u32 blocks)
{
	return (struct afar_cmd){
		.op = AFAR_OP_SYNC, .set = set, .first = first, .seq = seq, .blocks = blocks,
		.time = 1000 + set,
	};
}

#endif /* AFAR_TEST_UTIL_H */
