// SPDX-License-Identifier: GPL-2.0-only
#include <linux/blkdev.h>
#include <linux/mm.h>
#include <afar/types.h>
#include "blockio.h"
#include "core/codec.h"

/* In reserve: each thread waits with one at most, as what it has filled is submitted. */
#define RESERVE	8

/** afar_io_init() - make a set of bios for devices of one kind; bioset_exit() is the opposite */
int afar_io_init(struct bio_set *bios)
{
	return bioset_init(bios, RESERVE, 0, BIOSET_NEED_BVECS);
}

/** afar_io_begin() - start a group of bios out of @bios, of operation and flags @opf */
void afar_io_begin(struct afar_io *io, struct bio_set *bios, blk_opf_t opf)
{
	io->bios = bios;
	atomic_set(&io->pending, 1);
	io->error = 0;
	init_completion(&io->done);
	io->bio = NULL;
	io->opf = opf;
}

static void io_put(struct afar_io *io)
{
	if (atomic_dec_and_test(&io->pending))
		complete(&io->done);
}

static void io_end(struct bio *bio)
{
	struct afar_io *io = bio->bi_private;

	if (bio->bi_status)
		cmpxchg(&io->error, 0, blk_status_to_errno(bio->bi_status));
	bio_put(bio);
	io_put(io);
}

static void io_submit(struct afar_io *io)
{
	if (!io->bio)
		return;
	atomic_inc(&io->pending);
	submit_bio(io->bio);
	io->bio = NULL;
}

/**
 * afar_io_add() - add a piece of a page
 * @io:     begun
 * @bdev:   device
 * @sector: where on it
 * @page:   stays until afar_io_wait() has returned
 * @offset: within @page
 * @bytes:  length
 *
 * Context: process; may submit what was added before, and sleep. A thread fills one group at a
 * time, so the bio set's reserve is enough.
 */
void afar_io_add(struct afar_io *io, struct block_device *bdev, sector_t sector, struct page *page,
		 unsigned int offset, unsigned int bytes)
{
	if (io->bio && (io->bio->bi_bdev != bdev || bio_end_sector(io->bio) != sector ||
			!bio_add_page(io->bio, page, bytes, offset)))
		io_submit(io);
	else if (io->bio)
		return;
	io->bio = bio_alloc_bioset(bdev, BIO_MAX_VECS, io->opf, GFP_NOIO, io->bios);
	io->bio->bi_iter.bi_sector = sector;
	io->bio->bi_private = io;
	io->bio->bi_end_io = io_end;
	__bio_add_page(io->bio, page, bytes, offset);
}

/**
 * afar_io_wait() - submit what is left and wait for all of it
 * @io: the group
 *
 * Return: 0 or the errno of a bio that failed.
 */
int afar_io_wait(struct afar_io *io)
{
	io_submit(io);
	io_put(io);
	wait_for_completion_io(&io->done);
	return io->error;
}

/** afar_io_page() - read or write one journal block, and wait */
int afar_io_page(struct bio_set *bios, struct block_device *bdev, sector_t sector,
		 struct page *page, blk_opf_t opf)
{
	struct afar_io io;

	afar_io_begin(&io, bios, opf);
	afar_io_add(&io, bdev, sector, page, 0, AFAR_BLOCK);
	return afar_io_wait(&io);
}

/**
 * afar_pages_alloc() - allocate @count pages, neighbours in memory as far as that comes cheap
 * @page:  result
 * @count: how many
 * @gfp:   for the single pages; runs of eight are only tried
 *
 * Return: 0 or -ENOMEM, with nothing allocated.
 */
int afar_pages_alloc(struct page **page, unsigned int count, gfp_t gfp)
{
	unsigned int n = 0, i;

	while (n < count) {
		struct page *run = NULL;

		if (count - n >= 8)
			run = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NORETRY |
					  __GFP_NOWARN, 3);
		if (run) {
			split_page(run, 3);
			for (i = 0; i < 8; i++)
				page[n++] = run + i;
			continue;
		}
		page[n] = alloc_page(gfp);
		if (!page[n]) {
			afar_pages_free(page, n);
			return -ENOMEM;
		}
		n++;
	}
	return 0;
}

/** afar_pages_free() - free @count pages */
void afar_pages_free(struct page **page, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		__free_page(page[i]);
}

/** afar_pages_sum() - checksum of a payload of @bytes that lies in pages */
u32 afar_pages_sum(struct page **page, u32 bytes)
{
	u32 sum = 0, n;

	for (; bytes; bytes -= n) {
		n = min_t(u32, bytes, AFAR_BLOCK);
		sum = afar_sum_more(sum, page_address(*page++), n);
	}
	return sum;
}
