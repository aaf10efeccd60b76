// SPDX-License-Identifier: GPL-2.0
/*
 * afar-limits: what a page that is replicated costs at least: to clear, copy, sum it. Says so in
 * the kernel log when it is loaded, in nanoseconds for 4096 bytes. Only for the benchmark.
 */
#include <linux/crc32c.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <linux/xxhash.h>

/* More than a processor's caches of the first two levels. */
#define PAGES	2048u
#define ROUNDS	8u

static u64 sink;

static void clear(void *to, void *from)
{
	clear_page(to);
}

static void copy(void *to, void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

static void crc(void *to, void *from)
{
	sink += crc32c(~0U, from, PAGE_SIZE);
}

static void xxh(void *to, void *from)
{
	sink += xxh64(from, PAGE_SIZE, 0);
}

static u64 measure(void (*what)(void *to, void *from), void *to, void *from)
{
	u64 start = ktime_get_ns();
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < PAGES; i++)
			what(to + i * PAGE_SIZE, from + i * PAGE_SIZE);
		cond_resched();
	}
	return div_u64(ktime_get_ns() - start, ROUNDS * PAGES);
}

static int __init limits_init(void)
{
	void *to = vzalloc(PAGES * PAGE_SIZE), *from = vzalloc(PAGES * PAGE_SIZE);

	if (to && from)
		pr_info("afar-limits: clear %llu ns,copy %llu ns,crc32c %llu ns,xxh64 %llu ns\n",
			measure(clear, to, from), measure(copy, to, from),
			measure(crc, to, from), measure(xxh, to, from));
	vfree(to);
	vfree(from);
	return to && from ? 0 : -ENOMEM;
}

static void __exit limits_exit(void)
{
}

module_init(limits_init);
module_exit(limits_exit);

MODULE_DESCRIPTION("what a page costs at least, for the benchmark of dm-afar");
MODULE_LICENSE("GPL");
