/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include <linux/types.h>

/* Not inline: a 64-bit division in an object of the core is then one that forgot to ask for it. */
u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder);
u64 div_u64(u64 dividend, u32 divisor);
u64 div64_u64(u64 dividend, u64 divisor);

#endif /* SHIM_LINUX_MATH64_H */
