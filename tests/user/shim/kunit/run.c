// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the KUnit suites in user space.
 *
 * usage: core-test [WORD]	only cases whose "suite.case" contains WORD
 */
#include <kunit/test.h>
#include <stdarg.h>
#include <time.h>

/* Longer than this (ms), and the time of a case is printed. */
#define SLOW	100

struct kunit_memory {
	struct kunit_memory *next;
	char data[] __aligned(16);
};

static unsigned int passed, failed;

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	struct kunit_memory *memory = calloc(1, sizeof(*memory) + n * size);

	(void)gfp;
	if (!memory)
		abort();
	memory->next = test->memory;
	test->memory = memory;
	return memory->data;
}

void kunit_kfree(struct kunit *test, const void *pointer)
{
	struct kunit_memory **memory = &test->memory;

	while ((*memory)->data != pointer)
		memory = &(*memory)->next;
	pointer = *memory;
	*memory = (*memory)->next;
	free((void *)pointer);
}

void shim_failed(struct kunit *test, bool leave, const char *file, int line, const char *format,
		 ...)
{
	va_list args;

	test->failed = true;
	printf("    # %s:%d: expected: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (leave)
		longjmp(test->leave, 1);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void run_one(const struct kunit_suite *suite, const struct kunit_case *c, const void *param,
		    const char *desc)
{
	struct kunit test = { .param_value = param };
	long long start = now_ms(), took;

	if (!setjmp(test.leave)) {
		if (suite->init && suite->init(&test))
			shim_failed(&test, true, __FILE__, __LINE__, "init");
		c->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	while (test.memory)
		kunit_kfree(&test, test.memory->data);
	if (test.failed)
		failed++;
	else
		passed++;
	took = now_ms() - start;
	printf("%s %s.%s%s%s", test.failed ? "not ok" : "ok", suite->name, c->name,
	       *desc ? ": " : "", desc);
	if (took > SLOW)
		printf(" (%lld ms)", took);
	printf("\n");
}

static void run_case(const struct kunit_suite *suite, const struct kunit_case *c)
{
	char desc[KUNIT_PARAM_DESC_SIZE];
	const void *param = NULL;

	if (!c->generate_params) {
		run_one(suite, c, NULL, "");
		return;
	}
	for (;;) {
		desc[0] = '\0';
		param = c->generate_params(param, desc);
		if (!param)
			return;
		run_one(suite, c, param, desc);
	}
}

int main(int argc, char **argv)
{
	struct kunit_suite **suite;
	char name[512];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (suite = shim_suites; *suite; suite++) {
		const struct kunit_case *c;

		for (c = (*suite)->test_cases; c->run_case; c++) {
			snprintf(name, sizeof(name), "%s.%s", (*suite)->name, c->name);
			if (argc < 2 || strstr(name, argv[1]))
				run_case(*suite, c);
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
