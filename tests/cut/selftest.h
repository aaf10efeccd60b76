/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CUT_SELFTEST_H
#define CUT_SELFTEST_H

#include <stdbool.h>

extern unsigned int passed, failed;

/* One case: prints its name, and why it failed. @fmt NULL: it passed. */
__attribute__((format(printf, 2, 3)))
void outcome(const char *name, const char *fmt, ...);

/* All images of small histories against all orders of their writes. */
void brute_force(unsigned int rounds);

#endif
