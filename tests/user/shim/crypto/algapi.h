/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_CRYPTO_ALGAPI_H
#define SHIM_CRYPTO_ALGAPI_H

#include <linux/types.h>

/* Whether it takes the same time for all is the kernel's to see to. */
static inline unsigned long crypto_memneq(const void *a, const void *b, size_t bytes)
{
	const u8 *p = a, *q = b;
	u8 differs = 0;

	while (bytes--)
		differs |= *p++ ^ *q++;
	return differs;
}

#endif /* SHIM_CRYPTO_ALGAPI_H */
