/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SORT_H
#define SHIM_LINUX_SORT_H

#include <linux/types.h>

/* A heapsort, as the kernel's: not stable, and it compares an element with itself never. */
void sort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *),
	  void (*swap_elements)(void *, void *, int));

#endif /* SHIM_LINUX_SORT_H */
