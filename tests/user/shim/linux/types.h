/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core takes from the kernel, for a build in user space: no more than it uses. Widths and
 * signs are the kernel's on every architecture, so that a format or an overflow that differs
 * between 32 and 64 bits shows here.
 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

typedef __u16 __le16;
typedef __u32 __le32;
typedef __u64 __le64;

typedef unsigned int gfp_t;

#define __aligned(bytes)		__attribute__((aligned(bytes)))
#define __noreturn			__attribute__((noreturn))
#define __printf(text, args)		__attribute__((format(printf, text, args)))
#define sizeof_field(type, member)	sizeof(((type *)0)->member)

#define U8_MAX	((u8)~0U)
#define U16_MAX	((u16)~0U)
#define U32_MAX	((u32)~0U)
#define U64_MAX	((u64)~0ULL)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cpu_to_le16(x)	((__le16)(x))
#define cpu_to_le32(x)	((__le32)(x))
#define cpu_to_le64(x)	((__le64)(x))
#define le16_to_cpu(x)	((u16)(x))
#define le32_to_cpu(x)	((u32)(x))
#define le64_to_cpu(x)	((u64)(x))
#else
#define cpu_to_le16(x)	((__le16)__builtin_bswap16(x))
#define cpu_to_le32(x)	((__le32)__builtin_bswap32(x))
#define cpu_to_le64(x)	((__le64)__builtin_bswap64(x))
#define le16_to_cpu(x)	((u16)__builtin_bswap16(x))
#define le32_to_cpu(x)	((u32)__builtin_bswap32(x))
#define le64_to_cpu(x)	((u64)__builtin_bswap64(x))
#endif

#endif /* SHIM_LINUX_TYPES_H */
