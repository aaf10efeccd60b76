/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of KUnit that the suites use, in user space, so that each test is written once. The
 * subset is that of Linux 6.1.
 */
#ifndef SHIM_KUNIT_TEST_H
#define SHIM_KUNIT_TEST_H

#include <linux/kernel.h>
#include <linux/slab.h>
#include <setjmp.h>
#include <string.h>

#define KUNIT_PARAM_DESC_SIZE	128

/* A running case: what it allocated, where an assertion that fails leaves it. */
struct kunit {
	void *priv;
	const void *param_value;
	bool failed;
	jmp_buf leave;
	struct kunit_memory *memory;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

extern struct kunit_suite *shim_suites[];

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *pointer);
__printf(5, 6)
void shim_failed(struct kunit *test, bool leave, const char *file, int line, const char *format,
		 ...);

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, n, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp);
}

#define kunit_info(test, format, ...) \
	do { (void)(test); printf("    # " format "\n", ##__VA_ARGS__); } while (0)

#define KUNIT_CASE(test_name)	{ .run_case = test_name, .name = #test_name }
#define KUNIT_CASE_PARAM(test_name, gen_params) \
	{ .run_case = test_name, .name = #test_name, .generate_params = gen_params }

#define KUNIT_ARRAY_PARAM(name, array, get_desc) \
	static const void *name##_gen_params(const void *prev, char *desc) \
	{ \
		typeof(&(array)[0]) next = prev ? (typeof(next))prev + 1 : (array); \
		void (*describe)(typeof(next), char *) = get_desc; \
		if ((size_t)(next - (array)) >= ARRAY_SIZE(array)) \
			return NULL; \
		if (describe) \
			describe(next, desc); \
		return next; \
	}

#define kunit_test_suites(suites...)	struct kunit_suite *shim_suites[] = { suites, NULL }

#define SHIM_CHECK(test, leave, good, fmt, ...) do { \
	if (!(good)) \
		shim_failed(test, leave, __FILE__, __LINE__, fmt, ##__VA_ARGS__); \
} while (0)

#define SHIM_COMPARE(test, leave, left, op, right, fmt, ...) do { \
	typeof(left) shim_left = (left); \
	typeof(right) shim_right = (right); \
	SHIM_CHECK(test, leave, shim_left op shim_right, \
		   "%s " #op " %s: %lld, %lld; " fmt, #left, #right, \
		   (long long)shim_left, (long long)shim_right, ##__VA_ARGS__); \
} while (0)

#define SHIM_POINTERS(test, leave, left, op, right, fmt, ...) do { \
	const void *shim_left = (left); \
	const void *shim_right = (right); \
	SHIM_CHECK(test, leave, shim_left op shim_right, "%s " #op " %s: %p, %p; " fmt, \
		   #left, #right, shim_left, shim_right, ##__VA_ARGS__); \
} while (0)

#define SHIM_STRINGS(test, leave, left, op, right, fmt, ...) do { \
	const char *shim_left = (left); \
	const char *shim_right = (right); \
	SHIM_CHECK(test, leave, \
		   strcmp(shim_left ?: "(null)", shim_right ?: "(null)") op 0, \
		   "%s " #op " %s: '%s', '%s'; " fmt, #left, #right, \
		   shim_left ?: "(null)", shim_right ?: "(null)", ##__VA_ARGS__); \
} while (0)

#define KUNIT_FAIL(test, fmt, ...) \
	SHIM_CHECK(test, false, false, fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE_MSG(test, good, fmt, ...) \
	SHIM_CHECK(test, false, good, "%s; " fmt, #good, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(test, bad, fmt, ...) \
	SHIM_CHECK(test, false, !(bad), "not %s; " fmt, #bad, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, !=, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, <, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, <=, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, >, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, false, left, >=, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	SHIM_POINTERS(test, false, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, fmt, ...) \
	SHIM_POINTERS(test, false, left, !=, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(test, ptr, fmt, ...) \
	SHIM_POINTERS(test, false, ptr, ==, NULL, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	SHIM_POINTERS(test, false, ptr, !=, NULL, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, fmt, ...) \
	SHIM_STRINGS(test, false, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, fmt, ...) \
	SHIM_STRINGS(test, false, left, !=, right, fmt, ##__VA_ARGS__)

#define KUNIT_ASSERT_TRUE_MSG(test, good, fmt, ...) \
	SHIM_CHECK(test, true, good, "%s; " fmt, #good, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(test, bad, fmt, ...) \
	SHIM_CHECK(test, true, !(bad), "not %s; " fmt, #bad, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, !=, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LT_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, <, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, <=, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GT_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, >, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GE_MSG(test, left, right, fmt, ...) \
	SHIM_COMPARE(test, true, left, >=, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	SHIM_POINTERS(test, true, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL_MSG(test, ptr, fmt, ...) \
	SHIM_POINTERS(test, true, ptr, ==, NULL, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	SHIM_POINTERS(test, true, ptr, !=, NULL, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, fmt, ...) \
	SHIM_STRINGS(test, true, left, ==, right, fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, good)		KUNIT_EXPECT_TRUE_MSG(test, good, " ")
#define KUNIT_EXPECT_FALSE(test, bad)		KUNIT_EXPECT_FALSE_MSG(test, bad, " ")
#define KUNIT_EXPECT_EQ(test, left, right)	KUNIT_EXPECT_EQ_MSG(test, left, right, " ")
#define KUNIT_EXPECT_NE(test, left, right)	KUNIT_EXPECT_NE_MSG(test, left, right, " ")
#define KUNIT_EXPECT_LT(test, left, right)	KUNIT_EXPECT_LT_MSG(test, left, right, " ")
#define KUNIT_EXPECT_LE(test, left, right)	KUNIT_EXPECT_LE_MSG(test, left, right, " ")
#define KUNIT_EXPECT_GT(test, left, right)	KUNIT_EXPECT_GT_MSG(test, left, right, " ")
#define KUNIT_EXPECT_GE(test, left, right)	KUNIT_EXPECT_GE_MSG(test, left, right, " ")
#define KUNIT_EXPECT_PTR_EQ(test, left, right)	KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, " ")
#define KUNIT_EXPECT_PTR_NE(test, left, right)	KUNIT_EXPECT_PTR_NE_MSG(test, left, right, " ")
#define KUNIT_EXPECT_NULL(test, ptr)		KUNIT_EXPECT_NULL_MSG(test, ptr, " ")
#define KUNIT_EXPECT_NOT_NULL(test, ptr)	KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, " ")
#define KUNIT_EXPECT_STREQ(test, left, right)	KUNIT_EXPECT_STREQ_MSG(test, left, right, " ")
#define KUNIT_EXPECT_STRNEQ(test, left, right)	KUNIT_EXPECT_STRNEQ_MSG(test, left, right, " ")

#define KUNIT_ASSERT_TRUE(test, good)		KUNIT_ASSERT_TRUE_MSG(test, good, " ")
#define KUNIT_ASSERT_FALSE(test, bad)		KUNIT_ASSERT_FALSE_MSG(test, bad, " ")
#define KUNIT_ASSERT_EQ(test, left, right)	KUNIT_ASSERT_EQ_MSG(test, left, right, " ")
#define KUNIT_ASSERT_NE(test, left, right)	KUNIT_ASSERT_NE_MSG(test, left, right, " ")
#define KUNIT_ASSERT_LT(test, left, right)	KUNIT_ASSERT_LT_MSG(test, left, right, " ")
#define KUNIT_ASSERT_LE(test, left, right)	KUNIT_ASSERT_LE_MSG(test, left, right, " ")
#define KUNIT_ASSERT_GT(test, left, right)	KUNIT_ASSERT_GT_MSG(test, left, right, " ")
#define KUNIT_ASSERT_GE(test, left, right)	KUNIT_ASSERT_GE_MSG(test, left, right, " ")
#define KUNIT_ASSERT_PTR_EQ(test, left, right)	KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, " ")
#define KUNIT_ASSERT_NULL(test, ptr)		KUNIT_ASSERT_NULL_MSG(test, ptr, " ")
#define KUNIT_ASSERT_NOT_NULL(test, ptr)	KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, " ")
#define KUNIT_ASSERT_STREQ(test, left, right)	KUNIT_ASSERT_STREQ_MSG(test, left, right, " ")

#endif /* SHIM_KUNIT_TEST_H */
