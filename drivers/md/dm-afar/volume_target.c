// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: afar
 * The target that stands for a volume: its table names group, volume number and origin.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "compat/dm.h"
#include "group.h"
#include "registry.h"

/** struct volume_table - one table of an afar target */
struct volume_table {
	struct afar_vol vol;
	struct dm_dev *group_dev;
	dev_t claimed;
};

static struct volume_table *table_of(struct dm_target *ti)
{
	return container_of((struct afar_vol *)ti->private, struct volume_table, vol);
}

static int find_group(struct dm_target *ti, struct volume_table *t, const char *path)
{
	struct mapped_device *md;
	int r = dm_get_device(ti, path, FMODE_READ, &t->group_dev);

	if (r) {
		ti->error = afar_open_error("group device", r);
		return r;
	}
	md = dm_get_md(t->group_dev->bdev->bd_dev);
	if (md) {
		t->vol.group = afar_registry_find(md);
		dm_put(md);
	}
	if (t->vol.group)
		return 0;
	ti->error = "group device: is not an afar-group";
	return -EINVAL;
}

static int open_origin(struct dm_target *ti, struct volume_table *t, const char *path)
{
	struct block_device *bdev;
	int r = dm_get_device(ti, path, FMODE_READ | FMODE_WRITE, &t->vol.origin);

	if (r) {
		ti->error = afar_open_error("origin", r);
		return r;
	}
	bdev = t->vol.origin->bdev;
	if (bdev_read_only(bdev)) {
		ti->error = "origin: is read-only";
		return -EROFS;
	}
	if (bdev_nr_sectors(bdev) < ti->len) {
		ti->error = "origin: is smaller than the volume";
		return -ENOSPC;
	}
	r = afar_registry_claim(bdev->bd_dev, dm_table_get_md(ti->table));
	if (r) {
		ti->error = "origin: in use by another group or volume";
		return r;
	}
	t->claimed = bdev->bd_dev;
	return 0;
}

static void table_free(struct dm_target *ti, struct volume_table *t)
{
	if (t->claimed)
		afar_registry_release(t->claimed, dm_table_get_md(ti->table));
	if (t->vol.origin)
		dm_put_device(ti, t->vol.origin);
	if (t->vol.group)
		afar_group_put(t->vol.group);
	if (t->group_dev)
		dm_put_device(ti, t->group_dev);
	kfree(t);
}

static void set_limits(struct dm_target *ti, struct volume_table *t)
{
	bool zeroes = bdev_write_zeroes_sectors(t->vol.origin->bdev);

	ti->num_flush_bios = 1;
	ti->flush_supported = true;
	ti->num_write_zeroes_bios = zeroes;
	/* a discard is a write-zeroes that may unmap: both nodes read the same afterwards */
	ti->num_discard_bios = zeroes;
	ti->discards_supported = zeroes;
	ti->accounts_remapped_io = true;
	ti->limit_swap_bios = true;
	ti->per_io_data_size = sizeof(struct afar_bio);
}

/* Is it the volume that the group knows, and can the origin take every write that it can get? */
static int check_fit(struct dm_target *ti, struct volume_table *t)
{
	u32 block = t->vol.group->journal.super.block_size;

	/* at resume it is too late: the table before it is gone by then */
	if (!afar_volume_fits(&t->vol)) {
		ti->error = "length does not fit the volume table, or its chunk map the journal";
		return -EINVAL;
	}
	if (ti->len & ((block >> SECTOR_SHIFT) - 1)) {
		ti->error = "length is not a multiple of the group's block_size";
		return -EINVAL;
	}
	if (bdev_logical_block_size(t->vol.origin->bdev) > block) {
		ti->error = "origin: its blocks are larger than the group's block_size";
		return -EINVAL;
	}
	return 0;
}

/* <group dev> <volume number> <origin dev> */
static int volume_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct volume_table *t;
	u16 number;
	int r;

	if (argc != 3) {
		ti->error = "needs <group dev> <volume number> <origin dev>";
		return -EINVAL;
	}
	if (kstrtou16(argv[1], 10, &number) || number >= AFAR_VOLUMES) {
		ti->error = "volume number must be 0..255";
		return -EINVAL;
	}
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t) {
		ti->error = "no memory";
		return -ENOMEM;
	}
	t->vol.ti = ti;
	t->vol.number = number;
	init_waitqueue_head(&t->vol.idle);
	r = find_group(ti, t, argv[0]);
	if (!r)
		r = open_origin(ti, t, argv[2]);
	if (!r && !t->vol.group->loaded) {
		ti->error = "group device: has not been resumed yet";
		r = -EAGAIN;
	}
	if (!r)
		r = check_fit(ti, t);
	if (r) {
		table_free(ti, t);
		return r;
	}
	set_limits(ti, t);
	ti->private = &t->vol;
	return 0;
}

static void volume_dtr(struct dm_target *ti)
{
	struct volume_table *t = table_of(ti);

	afar_volume_gone(&t->vol);
	table_free(ti, t);
}

/* Returns true when only a part of it was taken. */
static bool accept_within_chunk(struct afar_group *g, sector_t sector, struct bio *bio)
{
	u32 chunk = g->options.value[AFAR_KNOB_CHUNK_SIZE] >> SECTOR_SHIFT;
	u32 most = min_t(u32, chunk - (sector & (chunk - 1)),
			 AFAR_COMMAND_BYTES >> SECTOR_SHIFT);

	/* one command lies in one chunk */
	if (bio_sectors(bio) <= most)
		return false;
	dm_accept_partial_bio(bio, most);
	return true;
}

/* Sectors of a volume that can be read though this node does not serve; 0: none can. */
static sector_t readable(const struct afar_vol *vol)
{
	struct afar_group *g = vol->group;

	/* what it was when it went down, for who has to decide what becomes of it */
	if (READ_ONCE(g->journal.super.role) == AFAR_PRIMARY)
		return READ_ONCE(vol->member) && !READ_ONCE(g->closing) ? vol->ti->len : 0;
	/* what is not in the volume table is in no cut, and has nothing inside one */
	return afar_stage_readable(&g->stage) ? READ_ONCE(vol->inside) : 0;
}

/*
 * Not a running primary's volume: can be read while a secondary is held at a cut, and on a primary
 * before it is promoted anew. It is never written to.
 */
static int map_still(struct afar_vol *vol, struct bio *bio, sector_t sector)
{
	sector_t most = readable(vol);

	if (!most)
		return DM_MAPIO_KILL;
	if (op_is_flush(bio->bi_opf) && !bio_sectors(bio)) {
		if (READ_ONCE(vol->group->journal.super.role) == AFAR_PRIMARY)
			goto remap;
		/* what can be read here was flushed before its commit record */
		bio_endio(bio);
		return DM_MAPIO_SUBMITTED;
	}
	if (bio_op(bio) != REQ_OP_READ || sector + bio_sectors(bio) > most)
		return DM_MAPIO_KILL;
remap:
	bio_set_dev(bio, vol->origin->bdev);
	bio->bi_iter.bi_sector = sector;
	return DM_MAPIO_REMAPPED;
}

static int volume_map(struct dm_target *ti, struct bio *bio)
{
	struct afar_vol *vol = ti->private;
	struct afar_group *g = vol->group;
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));
	sector_t sector = dm_target_offset(ti, bio->bi_iter.bi_sector);

	data->unnumbered = false;
	data->unread = false;
	if (unlikely(READ_ONCE(g->detached) || READ_ONCE(vol->forgotten)))
		return DM_MAPIO_KILL;
	if (unlikely(!READ_ONCE(g->running)))
		return map_still(vol, bio, sector);
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		break;
	case REQ_OP_WRITE:
		if (bio_sectors(bio))
			goto write;
		/* an empty flush: all writes that it covers are on the origin already */
		afar_stream_flush(g);
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		goto write;
	case REQ_OP_FLUSH:
		afar_stream_flush(g);
		break;
	default:
		return DM_MAPIO_KILL;
	}
	bio_set_dev(bio, vol->origin->bdev);
	bio->bi_iter.bi_sector = sector;
	return DM_MAPIO_REMAPPED;

write:
	if (unlikely(!READ_ONCE(vol->member)))
		return DM_MAPIO_KILL;
	data->vol = vol;
	data->part = accept_within_chunk(g, sector, bio);
	return afar_write_map(vol, bio);
}

static int volume_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));
	struct afar_vol *vol = ti->private;

	if (unlikely(data->unread))
		afar_write_unread_end(vol, data->chunk);
	if (unlikely(data->unnumbered))
		afar_write_unnumbered(vol->group);
	return DM_ENDIO_DONE;
}

static int volume_preresume(struct dm_target *ti)
{
	struct afar_vol *vol = ti->private;

	WRITE_ONCE(vol->suspending, false);
	return afar_volume_attach(vol);
}

static void volume_presuspend(struct dm_target *ti)
{
	struct afar_vol *vol = ti->private;

	WRITE_ONCE(vol->suspending, true);
	afar_write_leave(vol->group);
}

static void volume_presuspend_undo(struct dm_target *ti)
{
	struct afar_vol *vol = ti->private;

	WRITE_ONCE(vol->suspending, false);
}

static void volume_postsuspend(struct dm_target *ti)
{
	struct afar_vol *vol = ti->private;

	afar_volume_detach(vol);
	afar_volume_flush(vol);
}

static void volume_status(struct dm_target *ti, status_type_t type, unsigned int flags,
			  char *result, unsigned int maxlen)
{
	struct volume_table *t = table_of(ti);
	unsigned int sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		DMEMIT("%s %s %s", afar_group_role(t->vol.group), afar_group_state(t->vol.group),
		       t->vol.forgotten ? "forgotten" : t->vol.member ? "member" : "new");
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s %u %s", t->group_dev->name, t->vol.number, t->vol.origin->name);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",volume=%u,origin=%s;", t->vol.number, t->vol.origin->name);
		break;
	}
}

static int volume_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct afar_vol *vol = ti->private;

	return fn(ti, vol->origin, 0, ti->len, data);
}

static void volume_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct afar_vol *vol = ti->private;
	u32 block = vol->group->journal.super.block_size;

	limits->logical_block_size = max(limits->logical_block_size, block);
	limits->physical_block_size = max(limits->physical_block_size, block);
	limits->io_min = max(limits->io_min, block);
	/* bios are cut there, whatever the length of a block */
	compat_limit_write_zeroes(limits, round_down(limits->max_write_zeroes_sectors,
						     block >> SECTOR_SHIFT));
	if (ti->discards_supported) {
		limits->discard_alignment = 0;
		limits->discard_granularity = block;
		limits->max_discard_sectors = AFAR_COMMAND_BYTES >> SECTOR_SHIFT;
		limits->max_hw_discard_sectors = AFAR_COMMAND_BYTES >> SECTOR_SHIFT;
	}
}

struct target_type afar_volume_target = {
	.name = "afar",
	.features = DM_TARGET_SINGLETON | DM_TARGET_ALWAYS_WRITEABLE | DM_TARGET_NOWAIT,
	.version = { 1, 0, 0 },
	.module = THIS_MODULE,
	.ctr = volume_ctr,
	.dtr = volume_dtr,
	.map = volume_map,
	.end_io = volume_end_io,
	.preresume = volume_preresume,
	.presuspend = volume_presuspend,
	.presuspend_undo = volume_presuspend_undo,
	.postsuspend = volume_postsuspend,
	.status = volume_status,
	.iterate_devices = volume_iterate_devices,
	.io_hints = volume_io_hints,
};
