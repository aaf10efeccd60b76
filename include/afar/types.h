/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Scalars and small structs that every on-disk and on-wire format of dm-afar shares.
 *
 * Everything is little-endian and of fixed size; every struct asserts its size and offsets where it
 * is declared, so that neither compiler nor architecture can change a format unseen.
 */
#ifndef AFAR_TYPES_H
#define AFAR_TYPES_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif

#define AFAR_ASSERT_SIZE(type, size) \
	static_assert(sizeof(type) == (size), "size of " #type)
#define AFAR_ASSERT_OFFSET(type, member, offset) \
	static_assert(offsetof(type, member) == (offset), "offset of " #type "." #member)

/** AFAR_BLOCK - unit of the journal and of payload padding, in bytes */
#define AFAR_BLOCK		4096
#define AFAR_BLOCK_SHIFT	12
#define AFAR_SECTOR_SHIFT	9

/** AFAR_VOLUMES - volume numbers of a group are 0 .. AFAR_VOLUMES - 1 */
#define AFAR_VOLUMES		256

/**
 * struct afar_uuid - 16 random bytes that name one thing for ever
 * @b: the bytes; all zero means "none"
 */
struct afar_uuid {
	__u8 b[16];
};
AFAR_ASSERT_SIZE(struct afar_uuid, 16);

/**
 * struct afar_term_le - one primary's uninterrupted history, as it is stored and sent
 * @counter: grows by one with each promotion along a history; two histories may share a value
 * @id:      drawn at random when the term is raised; what makes a term unique
 */
struct afar_term_le {
	__le64 counter;
	struct afar_uuid id;
};
AFAR_ASSERT_SIZE(struct afar_term_le, 24);
AFAR_ASSERT_OFFSET(struct afar_term_le, id, 8);

#endif /* AFAR_TYPES_H */
