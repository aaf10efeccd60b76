/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL	0U
#define GFP_NOIO	1U

/* How many more allocations succeed before one fails; negative: all do. */
extern long shim_alloc_left;

static inline bool shim_alloc_fails(void)
{
	return shim_alloc_left >= 0 && shim_alloc_left-- == 0;
}

static inline void *kzalloc(size_t bytes, gfp_t gfp)
{
	(void)gfp;
	return shim_alloc_fails() ? NULL : calloc(1, bytes);
}

static inline void *kcalloc(size_t n, size_t bytes, gfp_t gfp)
{
	(void)gfp;
	return shim_alloc_fails() ? NULL : calloc(n, bytes);
}

static inline void *kvcalloc(size_t n, size_t bytes, gfp_t gfp)
{
	return kcalloc(n, bytes, gfp);
}

static inline void *kvzalloc(size_t bytes, gfp_t gfp)
{
	return kzalloc(bytes, gfp);
}

static inline void kfree(const void *pointer)
{
	free((void *)pointer);
}

static inline void kvfree(const void *pointer)
{
	free((void *)pointer);
}

#endif /* SHIM_LINUX_SLAB_H */
