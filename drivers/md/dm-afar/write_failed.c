// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: writes that fail
 * The number was given out, so something has to be shipped under it: what is on the disk now, and
 * where even that cannot be read a command that does nothing.
 */
#include "blockio.h"
#include "group.h"

/* What a failed write has left on the disk becomes the payload of its number. */
static int read_back(struct afar_write *w)
{
	struct afar_io io;
	sector_t sector = w->cmd.sector;
	unsigned int i;

	if (w->cmd.op != AFAR_OP_WRITE)
		return -EIO;
	afar_io_begin(&io, &w->group->bios, REQ_OP_READ);
	for (i = 0; i < w->bio.bi_vcnt; i++) {
		struct bio_vec *bv = &w->bio.bi_io_vec[i];
		unsigned int at;

		for (at = 0; at < bv->bv_len; at += PAGE_SIZE) {
			unsigned int n = min_t(unsigned int, bv->bv_len - at, PAGE_SIZE);

			afar_io_add(&io, w->bdev, sector, bv->bv_page + at / PAGE_SIZE,
				    0, n);
			sector += n >> SECTOR_SHIFT;
		}
	}
	return afar_io_wait(&io);
}

/* Devices offer write-zeroes and then decline: what a file system can do about that we can, too. */
static bool zeroed_otherwise(struct afar_write *w)
{
	sector_t sector = w->cmd.sector;
	u32 left = w->cmd.bytes, n;
	struct afar_io io;

	if (w->cmd.op != AFAR_OP_ZERO || w->bio.bi_status != BLK_STS_NOTSUPP)
		return false;
	afar_io_begin(&io, &w->group->bios, REQ_OP_WRITE);
	for (; left; left -= n) {
		n = min_t(u32, left, PAGE_SIZE);
		afar_io_add(&io, w->bdev, sector, ZERO_PAGE(0), 0, n);
		sector += n >> SECTOR_SHIFT;
	}
	return !afar_io_wait(&io);
}

/* Becomes void. What a scan cannot read must not become part of a cut as it is at the peer. */
static void unreadable(struct afar_group *g, struct afar_write *w)
{
	bool waits = w->scan && !afar_resync_leaves_out(&g->stream.resync);

	w->unreadable = true;
	if (waits) {
		bool whole = READ_ONCE(g->stream.resync.active);

		WRITE_ONCE(g->stream.resync.unreadable, true);
		if (whole)
			WRITE_ONCE(g->stream.resync.holes, true);
		afar_err(g, "volume %u: the origin cannot be read, %u bytes from sector %llu on: it is tried again, and %s; to write over them helps%s",
			 w->cmd.volume, w->cmd.bytes, w->cmd.sector,
			 whole ? "the peer keeps its cut" : "the volume stays outside the cut",
			 whole ? ", or 'resync in-place', which leaves them out" : "");
		return;
	}
	afar_err(g, "volume %u: %s; %u bytes from sector %llu on differ at the peer",
		 w->cmd.volume, w->scan ? "the origin cannot be read" :
		 "a write failed and cannot be read back", w->cmd.bytes, w->cmd.sector);
	spin_lock_irq(&g->stream.lock);
	g->stream.inexact++;
	spin_unlock_irq(&g->stream.lock);
}

/**
 * afar_write_failed() - the origin has not taken a write, or could not be read for a scan
 * @g: the group
 * @w: numbered
 *
 * Context: the stream's worker.
 */
void afar_write_failed(struct afar_group *g, struct afar_write *w)
{
	blk_status_t status = w->bio.bi_status;

	if (zeroed_otherwise(w))
		status = BLK_STS_OK;
	else if (read_back(w))
		unreadable(g, w);
	afar_write_finish(w, status);
}
