/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <linux/types.h>
#include <stdio.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

/* As in the kernel, a comparison of two types does not compile. */
#define SHIM_CHOOSE(x, y, op) ({ \
	typeof(x) shim_x = (x); \
	typeof(y) shim_y = (y); \
	(void)(&shim_x == &shim_y); \
	shim_x op shim_y ? shim_x : shim_y; })

#define min(x, y)		SHIM_CHOOSE(x, y, <)
#define max(x, y)		SHIM_CHOOSE(x, y, >)
#define min_t(type, x, y)	SHIM_CHOOSE((type)(x), (type)(y), <)
#define max_t(type, x, y)	SHIM_CHOOSE((type)(x), (type)(y), >)
#define clamp_t(type, value, low, high)	min_t(type, max_t(type, value, low), high)

#define swap(a, b) do { \
	typeof(a) shim_swap = (a); \
	(a) = (b); \
	(b) = shim_swap; \
} while (0)

#endif /* SHIM_LINUX_KERNEL_H */
