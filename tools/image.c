// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "image.h"

/* As the module: a device whose superblocks are zero is blank only if this many blocks are. */
#define BLANK_BLOCKS	256

/** image_read() - read a block of the device; 0, or -1 with errno */
int image_read(const struct image *im, u64 block, void *buf)
{
	size_t done = 0;

	while (done < AFAR_BLOCK) {
		ssize_t n = pread(im->fd, (char *)buf + done, AFAR_BLOCK - done,
				  (off_t)(block * AFAR_BLOCK + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EIO;
			return -1;
		}
		done += n;
	}
	return 0;
}

/** image_read_ring() - read the block at a ring position; 0, or -1 with errno */
int image_read_ring(const struct image *im, u64 position, void *buf)
{
	const struct afar_super_info *super = image_super(im);

	return image_read(im, super->ring_start + position % super->ring_blocks, buf);
}

static void read_supers(struct image *im)
{
	u64 buf[AFAR_BLOCK / sizeof(u64)];
	int i;

	for (i = 0; i < 2; i++) {
		if (image_read(im, i, buf)) {
			im->state[i] = AFAR_SUPER_BAD;
			im->why[i] = "cannot be read";
			continue;
		}
		im->state[i] = afar_super_get((const struct afar_super *)buf, &im->super[i],
					      &im->why[i]);
		if (im->state[i] == AFAR_SUPER_GOOD)
			im->why[i] = NULL;
	}
	im->which = afar_super_pick(im->state, im->super, &im->refused);
	if (im->which != -2)
		im->refused = NULL;
}

/*
 * One unreadable superblock must not look like a new journal. As the module: what a formatting that
 * was cut short has left is no journal yet.
 */
static void check_blank(struct image *im)
{
	u64 buf[AFAR_BLOCK / sizeof(u64)];
	u32 block;

	for (block = 2; block < BLANK_BLOCKS; block++) {
		if (!image_read(im, block, buf) &&
		    (!memchr_inv(buf, 0, sizeof(buf)) ||
		     afar_table_block_new((const struct afar_table_block *)buf, block)))
			continue;
		im->refused = "only its superblocks are zero";
		im->which = -2;
		return;
	}
}

static void read_table_block(struct image *im, u32 index)
{
	const struct afar_super_info *super = image_super(im);
	struct afar_table_entry *entry = &im->entry[index * AFAR_TABLE_ENTRIES];
	struct afar_table_block le;
	u64 generation;
	int copy;

	for (copy = 0; copy < 2; copy++) {
		const char *why;

		if (image_read(im, super->table_start + 2 * index + copy, &le))
			why = "cannot be read";
		else
			why = afar_table_block_get(&le, &super->journal, index, &generation);
		im->table_state[index][copy] = why;
		if (why || generation <= im->generation[index])
			continue;
		im->generation[index] = generation;
		memcpy(entry, le.entry, sizeof(le.entry));
	}
	if (!im->generation[index])
		im->refused = "both copies of a block of the volume table are damaged";
}

/**
 * image_open() - open a journal and read its metadata
 * @im:   result
 * @path: file or device
 *
 * Return: 0, also for a journal that is damaged or none, see @im->refused; -1 with errno.
 */
int image_open(struct image *im, const char *path)
{
	off_t end;
	u32 index;

	memset(im, 0, sizeof(*im));
	im->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (im->fd < 0)
		return -1;
	end = lseek(im->fd, 0, SEEK_END);
	if (end < 0)
		return -1;
	im->blocks = (u64)end / AFAR_BLOCK;
	read_supers(im);
	if (im->which == -1)
		check_blank(im);
	if (im->which < 0)
		return 0;
	if (image_super(im)->blocks > im->blocks) {
		im->refused = "truncated: it was formatted with more blocks than there are";
		return 0;
	}
	for (index = 0; index < AFAR_TABLE_BLOCKS; index++)
		read_table_block(im, index);
	return 0;
}
