/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A journal, in a file or on a device, opened for reading and nothing else.
 */
#ifndef AFAR_TOOLS_IMAGE_H
#define AFAR_TOOLS_IMAGE_H

#include <linux/types.h>
#include "super.h"

/**
 * struct image - a journal and what its metadata says
 * @fd:       read-only
 * @blocks:   length of file or device
 * @state:    of both superblock copies
 * @super:    of both superblock copies, decoded where good
 * @why:      what is wrong with a copy that is not good
 * @which:    the copy that counts; -1: both are zero; -2: none, see @refused
 * @refused:  why the journal is refused; NULL: it is not
 * @entry:    the volume table
 * @table_state: per block of the table and copy: NULL, or what is wrong
 * @generation: of the copy of each block that counts
 */
struct image {
	int fd;
	u64 blocks;
	enum afar_super_state state[2];
	struct afar_super_info super[2];
	const char *why[2];
	int which;
	const char *refused;
	struct afar_table_entry entry[AFAR_TABLE_BLOCKS * AFAR_TABLE_ENTRIES];
	const char *table_state[AFAR_TABLE_BLOCKS][2];
	u64 generation[AFAR_TABLE_BLOCKS];
};

int image_open(struct image *im, const char *path);
int image_read(const struct image *im, u64 block, void *buf);
int image_read_ring(const struct image *im, u64 position, void *buf);

/** image_super() - the superblock that counts; only where @im->which is not negative */
static inline const struct afar_super_info *image_super(const struct image *im)
{
	return &im->super[im->which];
}

#endif /* AFAR_TOOLS_IMAGE_H */
