// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

/* A cache writes back what it likes when it likes, and a write of a block is eight of sectors. */
static void destage(struct world *w, struct disk *d, u32 block)
{
	u32 from = 0, sectors = 8;

	if (one_in(w, 3)) {
		from = below(w, 8);
		sectors = 1 + below(w, 8 - from);
		tally.torn++;
	}
	memcpy(d->media[block] + 512 * from, d->now[block] + 512 * from, 512 * sectors);
}

/* What is overwritten while it is still in the cache may have reached the media before. */
void disk_write(struct world *w, struct disk *d, u32 block, const void *data)
{
	if (d->dirty[block] && one_in(w, 2))
		destage(w, d, block);
	memcpy(d->now[block], data, AFAR_BLOCK);
	d->dirty[block] = true;
}

void disk_destage(struct world *w, struct disk *d)
{
	u32 block;

	for (block = 0; block < DISK_BLOCKS; block++)
		if (d->dirty[block] && one_in(w, 2))
			destage(w, d, block);
}

void disk_flush(struct disk *d)
{
	u32 block;

	for (block = 0; block < DISK_BLOCKS; block++) {
		if (d->dirty[block])
			memcpy(d->media[block], d->now[block], AFAR_BLOCK);
		d->dirty[block] = false;
	}
}

void disk_crash(struct world *w, struct disk *d)
{
	u32 block;

	disk_destage(w, d);
	for (block = 0; block < DISK_BLOCKS; block++) {
		if (d->dirty[block])
			memcpy(d->now[block], d->media[block], AFAR_BLOCK);
		d->dirty[block] = false;
	}
}

void origin_write(struct world *w, struct origin *o, u32 volume, u32 sector, u32 id)
{
	if (one_in(w, 2))
		o->media[volume][sector] = o->now[volume][sector];
	o->now[volume][sector] = id;
}

void origin_destage(struct world *w, struct origin *o)
{
	u32 v, s;

	for (v = 0; v < VOLUMES; v++)
		for (s = 0; s < SECTORS; s++)
			if (one_in(w, 4))
				o->media[v][s] = o->now[v][s];
}

void origin_flush(struct origin *o)
{
	memcpy(o->media, o->now, sizeof(o->now));
}

void origin_crash(struct origin *o)
{
	memcpy(o->now, o->media, sizeof(o->now));
}
