/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <linux/types.h>
#include <string.h>

/* The first of @bytes bytes that is not @value. */
static inline const void *memchr_inv(const void *start, int value, size_t bytes)
{
	const u8 *p = start;

	for (; bytes; bytes--, p++)
		if (*p != (u8)value)
			return p;
	return NULL;
}

static inline void memzero_explicit(void *start, size_t bytes)
{
	memset(start, 0, bytes);
	__asm__ volatile("" : : "r"(start) : "memory");
}

#endif /* SHIM_LINUX_STRING_H */
