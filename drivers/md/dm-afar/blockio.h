/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: block I/O
 * The only place, beside the way of a write, that makes bios: synchronous reads and writes of pages
 * for journal and committer, in bios as large as they get.
 *
 * They come from sets of our own, one for each kind of device. When memory is written back to a
 * volume the bios of the set that all file systems share are waiting here, all of them: for a bit
 * in the chunk map, say. Whatever lets them go on must not wait for one of them to come back.
 */
#ifndef AFAR_BLOCKIO_H
#define AFAR_BLOCKIO_H

#include <linux/bio.h>
#include <linux/completion.h>

/**
 * struct afar_io - bios that are waited for together
 * @pending: bios under way, and one for the builder
 * @error:   errno of the first that failed
 * @done:    all have ended
 * @bio:     the one being filled
 * @bios:    where they come from
 * @opf:     operation and flags of all of them
 */
struct afar_io {
	atomic_t pending;
	int error;
	struct completion done;
	struct bio *bio;
	struct bio_set *bios;
	blk_opf_t opf;
};

int afar_io_init(struct bio_set *bios);
void afar_io_begin(struct afar_io *io, struct bio_set *bios, blk_opf_t opf);
void afar_io_add(struct afar_io *io, struct block_device *bdev, sector_t sector, struct page *page,
		 unsigned int offset, unsigned int bytes);
int afar_io_wait(struct afar_io *io);
int afar_io_page(struct bio_set *bios, struct block_device *bdev, sector_t sector,
		 struct page *page, blk_opf_t opf);

int afar_pages_alloc(struct page **page, unsigned int count, gfp_t gfp);
void afar_pages_free(struct page **page, unsigned int count);
u32 afar_pages_sum(struct page **page, u32 bytes);

#endif /* AFAR_BLOCKIO_H */
