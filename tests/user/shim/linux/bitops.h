/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	(8 * sizeof(long))

static inline bool test_bit(unsigned long n, const unsigned long *bits)
{
	return bits[n / BITS_PER_LONG] >> (n % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned long n, unsigned long *bits)
{
	bits[n / BITS_PER_LONG] |= 1UL << (n % BITS_PER_LONG);
}

#endif /* SHIM_LINUX_BITOPS_H */
