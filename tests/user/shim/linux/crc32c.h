/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_CRC32C_H
#define SHIM_LINUX_CRC32C_H

#include <linux/types.h>

/* As the kernel's: no inversion before or after. */
u32 crc32c(u32 crc, const void *data, unsigned int bytes);

#endif /* SHIM_LINUX_CRC32C_H */
