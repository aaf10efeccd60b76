// SPDX-License-Identifier: GPL-2.0
/*
 * afar-crash: a disk with a volatile cache that can lose its power. For tests only.
 *
 *	<dev> <domain> [<log>]
 *
 * Writes complete in memory. A flush brings to <dev>, the media, what had completed when the
 * flush was submitted; a write with FUA brings itself. Devices of one domain lose their power at
 * the same instant, by a message or right after the n-th flush or write: what is not on the
 * media then is gone, or some of its blocks are, and all I/O fails until the power is back.
 * A suspend writes all back. On <log> the domain records all that its devices do: crash-record.h.
 * See README.md for the messages.
 *
 * Not to be stacked on a device of the same domain.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/hash.h>
#include <linux/highmem.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "crash-record.h"

#define DM_MSG_PREFIX "afar-crash"

#define CRASH_BLOCK	4096u
#define BLOCK_SECTORS	(CRASH_BLOCK >> SECTOR_SHIFT)
#define NAME_ROOM	32
#define BIO_BLOCKS	64

enum crash_arm { ARM_OFF, ARM_FLUSH, ARM_WRITE };

struct crash_counts {
	u64 flushes, fuas, writes;
};

/* Lives while it has devices. */
struct crash_domain {
	struct list_head node;		/* in domains */
	unsigned int users;		/* under domains_lock */
	char name[NAME_ROOM];

	/*
	 * An instant of power: held while one bio is processed, and while power is lost. Protects
	 * all below and the caches and counts of all devices. Never taken in map().
	 */
	struct mutex lock;
	struct list_head devices;
	struct crash_counts counts;
	bool lost;
	enum crash_arm armed;
	u64 left;			/* so many until power is lost */
	u64 seed;
	struct block_device *log;	/* NULL: nothing is recorded */
	u64 records;
	sector_t log_at, log_end;
	bool log_failed;
};

struct crash_device {
	struct list_head node;		/* in domain->devices */
	struct crash_domain *domain;
	struct dm_target *ti;
	struct dm_dev *media;
	struct dm_dev *log;		/* the domain's, if it is this one that brought it */
	struct bio_set bios;
	struct page *bounce;		/* under domain->lock */
	/*
	 * Blocks of which the media lacks something: whole, in pages. page_private() is the
	 * number of the oldest write that the media lacks, 0 while that one is being taken in.
	 */
	struct xarray cache;
	unsigned long cached;
	struct crash_counts counts;
	atomic_long_t completed;	/* numbers the writes; read by map() */

	struct workqueue_struct *wq;
	struct work_struct work;
	spinlock_t queue_lock;		/* protects queue */
	struct bio_list queue;
};

struct crash_io {			/* per bio */
	unsigned long completed;	/* when it was submitted */
};

static DEFINE_MUTEX(domains_lock);	/* protects domains */
static LIST_HEAD(domains);

/* ---- media ---- */

static struct bio *media_bio(struct crash_device *c, blk_opf_t opf, unsigned long block)
{
	struct bio *bio = bio_alloc_bioset(c->media->bdev, BIO_BLOCKS, opf, GFP_NOIO, &c->bios);

	bio->bi_iter.bi_sector = (sector_t)block * BLOCK_SECTORS;
	return bio;
}

static blk_status_t media_do(struct bio *bio)
{
	blk_status_t status = submit_bio_wait(bio) ? bio->bi_status : BLK_STS_OK;

	bio_put(bio);
	return status;
}

static blk_status_t media_read(struct crash_device *c, unsigned long block, struct page *page)
{
	struct bio *bio = media_bio(c, REQ_OP_READ, block);

	__bio_add_page(bio, page, CRASH_BLOCK, 0);
	return media_do(bio);
}

/* Only the data of this bio, only its sectors. */
static blk_status_t media_write_through(struct crash_device *c, struct bio *bio)
{
	struct bio *own;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES)
		return errno_to_blk_status(blkdev_issue_zeroout(c->media->bdev,
				bio->bi_iter.bi_sector, bio_sectors(bio), GFP_NOIO,
				BLKDEV_ZERO_NOUNMAP));
	own = bio_alloc_clone(c->media->bdev, bio, GFP_NOIO, &c->bios);
	own->bi_opf = REQ_OP_WRITE | REQ_SYNC;
	return media_do(own);
}

/* ---- cache: all under domain->lock ---- */

static void block_free(struct crash_device *c, unsigned long index, struct page *page)
{
	xa_erase(&c->cache, index);
	__free_page(page);
	c->cached--;
}

/* A block that can take a part of a bio; with @keep, what is on the media is in its page. */
static blk_status_t block_ready(struct crash_device *c, unsigned long index, bool keep)
{
	struct page *page;

	if (xa_load(&c->cache, index))
		return BLK_STS_OK;
	page = alloc_page(GFP_NOIO);
	if (!page)
		return BLK_STS_RESOURCE;
	set_page_private(page, 0);
	if (xa_err(xa_store(&c->cache, index, page, GFP_NOIO))) {
		__free_page(page);
		return BLK_STS_RESOURCE;
	}
	c->cached++;
	return keep ? media_read(c, index, page) : BLK_STS_OK;
}

static unsigned long first_block(const struct bio *bio)
{
	return bio->bi_iter.bi_sector / BLOCK_SECTORS;
}

static unsigned long last_block(const struct bio *bio)
{
	return (bio_end_sector(bio) - 1) / BLOCK_SECTORS;
}

static bool covers(const struct bio *bio, unsigned long index)
{
	sector_t start = (sector_t)index * BLOCK_SECTORS;

	return bio->bi_iter.bi_sector <= start && bio_end_sector(bio) >= start + BLOCK_SECTORS;
}

/* Data between a bio and the cache. What is not there: a read gets it from the media. */
static blk_status_t copy(struct crash_device *c, struct bio *bio)
{
	u64 at = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	unsigned int done, n, offset;
	blk_status_t status;
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		for (done = 0; done < bv.bv_len; done += n, at += n) {
			struct page *page = xa_load(&c->cache, at / CRASH_BLOCK);

			offset = at % CRASH_BLOCK;
			n = min(CRASH_BLOCK - offset, bv.bv_len - done);
			if (op_is_write(bio_op(bio))) {
				/* With FUA a block may be on the media only. */
				if (page)
					memcpy_page(page, offset, bv.bv_page, bv.bv_offset + done,
						    n);
				continue;
			}
			status = page ? BLK_STS_OK : media_read(c, at / CRASH_BLOCK, c->bounce);
			if (status)
				return status;
			memcpy_page(bv.bv_page, bv.bv_offset + done, page ?: c->bounce, offset, n);
		}
	}
	return BLK_STS_OK;
}

static void zero_cache(struct crash_device *c, const struct bio *bio)
{
	unsigned long index;
	struct page *page;

	xa_for_each_range(&c->cache, index, page, first_block(bio), last_block(bio)) {
		sector_t start = (sector_t)index * BLOCK_SECTORS;
		sector_t from = max(start, bio->bi_iter.bi_sector);
		sector_t to = min(start + BLOCK_SECTORS, bio_end_sector(bio));

		memzero_page(page, (from - start) << SECTOR_SHIFT, (to - from) << SECTOR_SHIFT);
	}
}

/* With FUA, what else is in the cache stays there, also what else is in the same block. */
static blk_status_t do_write(struct crash_device *c, struct bio *bio)
{
	unsigned long index, first = first_block(bio), last = last_block(bio), number;
	blk_status_t status = BLK_STS_OK;
	struct page *page;

	if (bio->bi_opf & REQ_FUA)
		status = media_write_through(c, bio);
	else
		for (index = first; index <= last && !status; index++)
			status = block_ready(c, index, !covers(bio, index));
	if (status) {
		xa_for_each_range(&c->cache, index, page, first, last)
			if (!page_private(page))
				block_free(c, index, page);
		return status;
	}
	if (bio_op(bio) == REQ_OP_WRITE_ZEROES)
		zero_cache(c, bio);
	else
		copy(c, bio);
	number = atomic_long_inc_return(&c->completed);
	xa_for_each_range(&c->cache, index, page, first, last)
		if (!page_private(page))
			set_page_private(page, number);
	return BLK_STS_OK;
}

static bool survives(const struct crash_device *c, unsigned long index, u64 seed)
{
	return seed && hash_64(seed ^ hash_64(index ^ (u64)c->media->bdev->bd_dev << 40, 64), 1);
}

/* The run of blocks in @bio, which ends before block @next, is clean then. */
static blk_status_t write_run(struct crash_device *c, struct bio *bio, unsigned long next)
{
	unsigned long index = next - bio->bi_vcnt;
	blk_status_t status = media_do(bio);

	for (; index < next && !status; index++)
		block_free(c, index, xa_load(&c->cache, index));
	return status;
}

/* Brings to the media all blocks that lack a write up to number @upto, or by chance of @seed. */
static blk_status_t write_back(struct crash_device *c, unsigned long upto, u64 seed)
{
	blk_status_t status = BLK_STS_OK;
	unsigned long index, next = 0;
	struct bio *bio = NULL;
	struct page *page;

	xa_for_each(&c->cache, index, page) {
		if (page_private(page) > upto && !survives(c, index, seed))
			continue;
		if (bio && (index != next || bio->bi_vcnt == BIO_BLOCKS)) {
			status = write_run(c, bio, next);
			bio = NULL;
		}
		if (status)
			return status;
		if (!bio)
			bio = media_bio(c, REQ_OP_WRITE | REQ_SYNC, index);
		__bio_add_page(bio, page, CRASH_BLOCK, 0);
		next = index + 1;
	}
	return bio ? write_run(c, bio, next) : BLK_STS_OK;
}

/* ---- record: under domain->lock ---- */

static blk_status_t record_head(struct crash_device *c, const struct crash_record *record)
{
	struct crash_domain *d = c->domain;
	struct bio *bio;

	memset(page_address(c->bounce), 0, CRASH_BLOCK);
	memcpy(page_address(c->bounce), record, sizeof(*record));
	bio = bio_alloc_bioset(d->log, 1, REQ_OP_WRITE | REQ_SYNC, GFP_NOIO, &c->bios);
	bio->bi_iter.bi_sector = d->log_at;
	__bio_add_page(bio, c->bounce, CRASH_BLOCK, 0);
	return media_do(bio);
}

static blk_status_t record_data(struct crash_device *c, struct bio *bio)
{
	struct crash_domain *d = c->domain;
	struct bio *own = bio_alloc_clone(d->log, bio, GFP_NOIO, &c->bios);

	own->bi_opf = REQ_OP_WRITE | REQ_SYNC;
	own->bi_iter.bi_sector = d->log_at + BLOCK_SECTORS;
	return media_do(own);
}

/* @completed: of a flush what it is for, of a write its number */
static void record(struct crash_device *c, struct bio *bio, enum crash_record_kind kind,
		   u64 completed)
{
	struct crash_domain *d = c->domain;
	struct crash_device *other;
	sector_t room = BLOCK_SECTORS;
	struct crash_record record = {
		.magic = cpu_to_le64(CRASH_RECORD_MAGIC),
		.number = cpu_to_le64(d->records),
		.ns = cpu_to_le64(ktime_get_ns()),
		.completed = cpu_to_le64(completed),
		.kind = cpu_to_le32(kind),
	};
	bool data = kind == CRASH_RECORD_WRITE || kind == CRASH_RECORD_FUA;
	u32 device = 0;

	if (!d->log)
		return;
	list_for_each_entry(other, &d->devices, node) {
		if (other == c)
			break;
		device++;
	}
	record.device = cpu_to_le32(device);
	if (kind != CRASH_RECORD_FLUSH) {
		record.sector = cpu_to_le64(bio->bi_iter.bi_sector);
		record.bytes = cpu_to_le32(bio->bi_iter.bi_size);
	}
	if (data)
		room += round_up(bio_sectors(bio), BLOCK_SECTORS);
	if (d->log_at + room > d->log_end || record_head(c, &record) ||
	    (data && record_data(c, bio))) {
		DMERR("domain %s: the log is full, or cannot be written", d->name);
		d->log = NULL;
		d->log_failed = true;
		return;
	}
	d->log_at += room;
	d->records++;
}

static void record_write(struct crash_device *c, struct bio *bio)
{
	enum crash_record_kind kind = CRASH_RECORD_WRITE;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES) {
		/* as a point it would have to carry its zeroes; nobody sends one */
		WARN_ON_ONCE(bio->bi_opf & REQ_FUA && c->domain->log);
		kind = CRASH_RECORD_ZERO;
	} else if (bio->bi_opf & REQ_FUA) {
		kind = CRASH_RECORD_FUA;
	}
	record(c, bio, kind, atomic_long_read(&c->completed));
}

/* ---- power ---- */

static void drop_cache(struct crash_device *c)
{
	unsigned long index;
	struct page *page;

	xa_for_each(&c->cache, index, page)
		block_free(c, index, page);
}

static void lose_power(struct crash_domain *d, u64 seed, u64 *dropped, u64 *kept)
{
	struct crash_device *c;

	*dropped = 0;
	*kept = 0;
	list_for_each_entry(c, &d->devices, node) {
		unsigned long before = c->cached;

		if (write_back(c, 0, seed))
			DMWARN("domain %s: media error at power loss", d->name);
		*kept += before - c->cached;
		*dropped += c->cached;
		drop_cache(c);
	}
	d->lost = true;
	d->armed = ARM_OFF;
	list_for_each_entry(c, &d->devices, node)
		dm_table_event(c->ti->table);
}

static void count_down(struct crash_domain *d, enum crash_arm what)
{
	u64 dropped, kept;

	if (d->armed != what || --d->left)
		return;
	lose_power(d, d->seed, &dropped, &kept);
	DMINFO("domain %s: power lost, %llu blocks dropped, %llu written", d->name, dropped, kept);
}

static void count(struct crash_device *c, const struct bio *bio)
{
	struct crash_domain *d = c->domain;
	bool flush = bio->bi_opf & REQ_PREFLUSH, write = bio_sectors(bio);
	bool fua = write && (bio->bi_opf & REQ_FUA);

	c->counts.flushes += flush;
	c->counts.fuas += fua;
	c->counts.writes += write;
	d->counts.flushes += flush;
	d->counts.fuas += fua;
	d->counts.writes += write;
	if (flush || fua)
		count_down(d, ARM_FLUSH);
	if (write)
		count_down(d, ARM_WRITE);
}

/* ---- bios ---- */

static blk_status_t process_write(struct crash_device *c, struct bio *bio)
{
	struct crash_io *io = dm_per_bio_data(bio, sizeof(*io));
	blk_status_t status = BLK_STS_OK;

	/* Writes that completed only after the flush was submitted may not profit from it. */
	if (bio->bi_opf & REQ_PREFLUSH)
		status = write_back(c, io->completed, 0);
	if (!status && (bio->bi_opf & REQ_PREFLUSH))
		record(c, bio, CRASH_RECORD_FLUSH, io->completed);
	if (!status && bio_sectors(bio)) {
		status = do_write(c, bio);
		if (!status)
			record_write(c, bio);
	}
	if (!status)
		count(c, bio);
	return status;
}

static void process(struct crash_device *c, struct bio *bio)
{
	unsigned long index = first_block(bio);
	struct crash_domain *d = c->domain;
	bool remap = false;

	mutex_lock(&d->lock);
	if (d->lost)
		bio->bi_status = BLK_STS_IOERR;
	else if (op_is_write(bio_op(bio)))
		bio->bi_status = process_write(c, bio);
	else if (!xa_find(&c->cache, &index, last_block(bio), XA_PRESENT))
		remap = true;
	else
		bio->bi_status = copy(c, bio);
	mutex_unlock(&d->lock);
	if (!remap) {
		bio_endio(bio);
		return;
	}
	bio_set_dev(bio, c->media->bdev);
	submit_bio_noacct(bio);
}

static void crash_work(struct work_struct *work)
{
	struct crash_device *c = container_of(work, struct crash_device, work);
	struct bio_list bios;
	struct bio *bio;

	spin_lock_irq(&c->queue_lock);
	bios = c->queue;
	bio_list_init(&c->queue);
	spin_unlock_irq(&c->queue_lock);
	while ((bio = bio_list_pop(&bios)))
		process(c, bio);
}

static int crash_map(struct dm_target *ti, struct bio *bio)
{
	struct crash_io *io = dm_per_bio_data(bio, sizeof(*io));
	struct crash_device *c = ti->private;
	unsigned long flags;

	bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);
	io->completed = atomic_long_read(&c->completed);
	spin_lock_irqsave(&c->queue_lock, flags);
	bio_list_add(&c->queue, bio);
	spin_unlock_irqrestore(&c->queue_lock, flags);
	queue_work(c->wq, &c->work);
	return DM_MAPIO_SUBMITTED;
}

/* ---- target ---- */

static struct crash_domain *domain_get(const char *name)
{
	struct crash_domain *d;

	mutex_lock(&domains_lock);
	list_for_each_entry(d, &domains, node)
		if (!strcmp(d->name, name))
			goto found;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		goto out;
	strscpy(d->name, name, sizeof(d->name));
	mutex_init(&d->lock);
	INIT_LIST_HEAD(&d->devices);
	list_add(&d->node, &domains);
found:
	d->users++;
out:
	mutex_unlock(&domains_lock);
	return d;
}

static void domain_put(struct crash_domain *d)
{
	mutex_lock(&domains_lock);
	if (!--d->users) {
		list_del(&d->node);
		kfree(d);
	}
	mutex_unlock(&domains_lock);
}

/* Also of a device that did not get through crash_ctr(). */
static void crash_dtr(struct dm_target *ti)
{
	struct crash_device *c = ti->private;

	if (c->wq)
		destroy_workqueue(c->wq);
	if (c->domain) {
		mutex_lock(&c->domain->lock);
		list_del(&c->node);
		if (c->log)
			c->domain->log = NULL;
		drop_cache(c);
		mutex_unlock(&c->domain->lock);
		domain_put(c->domain);
	}
	if (c->log)
		dm_put_device(ti, c->log);
	if (c->media)
		dm_put_device(ti, c->media);
	if (c->bounce)
		__free_page(c->bounce);
	bioset_exit(&c->bios);
	kfree(c);
}

static int record_begin(struct dm_target *ti, struct crash_device *c, const char *path)
{
	struct crash_domain *d = c->domain;

	if (d->log || dm_get_device(ti, path, dm_table_get_mode(ti->table), &c->log)) {
		ti->error = "cannot open the log, or the domain has one";
		return -ENODEV;
	}
	mutex_lock(&d->lock);
	d->log = c->log->bdev;
	d->log_at = 0;
	d->log_end = bdev_nr_sectors(d->log);
	d->records = 0;
	d->log_failed = false;
	mutex_unlock(&d->lock);
	return 0;
}

static int crash_init(struct dm_target *ti, struct crash_device *c, const char *log, char **argv)
{
	if (dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &c->media)) {
		ti->error = "cannot open the media";
		return -ENODEV;
	}
	/* No list of devices for dm to check: see crash_iterate_devices(). */
	if (ti->len > bdev_nr_sectors(c->media->bdev) || ti->len % BLOCK_SECTORS) {
		ti->error = "length is not a multiple of 8 sectors within the media";
		return -EINVAL;
	}
	ti->error = "no memory";
	c->bounce = alloc_page(GFP_KERNEL);
	c->wq = alloc_ordered_workqueue("afar-crash", WQ_MEM_RECLAIM);
	if (!c->bounce || !c->wq || bioset_init(&c->bios, BIO_BLOCKS, 0, BIOSET_NEED_BVECS))
		return -ENOMEM;
	c->domain = domain_get(argv[1]);
	if (!c->domain)
		return -ENOMEM;
	mutex_lock(&c->domain->lock);
	list_add_tail(&c->node, &c->domain->devices);
	mutex_unlock(&c->domain->lock);
	return log ? record_begin(ti, c, log) : 0;
}

static int crash_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct crash_device *c;
	int ret;

	if (argc < 2 || argc > 3 || !*argv[1] || strlen(argv[1]) >= NAME_ROOM) {
		ti->error = "wants <dev> <domain> [<log>], a name of at most 31 bytes";
		return -EINVAL;
	}
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->ti = ti;
	xa_init(&c->cache);
	spin_lock_init(&c->queue_lock);
	INIT_WORK(&c->work, crash_work);
	ti->private = c;
	ti->num_flush_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->flush_supported = true;
	ti->per_io_data_size = sizeof(struct crash_io);
	ret = crash_init(ti, c, argc == 3 ? argv[2] : NULL, argv);
	if (ret)
		crash_dtr(ti);
	return ret;
}

/* A table that is replaced or removed is no loss of power. */
static void crash_postsuspend(struct dm_target *ti)
{
	struct crash_device *c = ti->private;

	flush_workqueue(c->wq);
	mutex_lock(&c->domain->lock);
	if (write_back(c, ULONG_MAX, 0))
		DMERR("cannot write back to %s", c->media->name);
	mutex_unlock(&c->domain->lock);
}

/*
 * Names no device: write-zeroes, which we do ourselves, would be withheld where the media has
 * none. What else dm would learn from it is in crash_init() and crash_io_hints().
 */
static int crash_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	return 0;
}

static void crash_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct crash_device *c = ti->private;

	limits->logical_block_size = bdev_logical_block_size(c->media->bdev);
}

static void crash_status(struct dm_target *ti, status_type_t type, unsigned int flags,
			 char *result, unsigned int maxlen)
{
	static const char * const armed[] = { "off", "flush", "write" };
	struct crash_device *c = ti->private, *other;
	struct crash_domain *d = c->domain;
	unsigned long cached = 0;
	unsigned int sz = 0;

	if (type != STATUSTYPE_INFO) {
		if (type == STATUSTYPE_TABLE)
			DMEMIT("%s %s%s%s", c->media->name, d->name, c->log ? " " : "",
			       c->log ? c->log->name : "");
		else
			result[0] = '\0';
		return;
	}
	mutex_lock(&d->lock);
	list_for_each_entry(other, &d->devices, node)
		cached += other->cached;
	DMEMIT("%s %lu %llu %llu %llu %lu %llu %llu %llu %s %llu", d->lost ? "lost" : "powered",
	       c->cached, c->counts.flushes, c->counts.fuas, c->counts.writes, cached,
	       d->counts.flushes, d->counts.fuas, d->counts.writes, armed[d->armed],
	       d->armed ? d->left : 0);
	mutex_unlock(&d->lock);
}

static int message_arm(struct crash_domain *d, enum crash_arm what, u64 left, u64 seed)
{
	if (d->lost)
		return -EIO;
	d->armed = what;
	d->left = left;
	d->seed = seed;
	return 0;
}

static int message_locked(struct crash_domain *d, unsigned int argc, char **argv, char *result,
			  unsigned int maxlen)
{
	bool arm = argc >= 2 && argc <= 4 && !strcmp(argv[0], "arm");
	u64 n = 0, seed = 0, dropped, kept;
	unsigned int sz = 0;

	if (argc == 1 && !strcmp(argv[0], "restore")) {
		d->lost = false;
		return 0;
	}
	if (argc <= 2 && !strcmp(argv[0], "powerloss") &&
	    (argc == 1 || !kstrtou64(argv[1], 0, &seed))) {
		lose_power(d, seed, &dropped, &kept);
		DMEMIT("dropped %llu written %llu", dropped, kept);
		return 1;
	}
	if (argc == 1 && !strcmp(argv[0], "record-end")) {
		d->log = NULL;
		DMEMIT("records %llu", d->records);
		return d->log_failed ? -ENOSPC : 1;
	}
	if (arm && argc == 2 && !strcmp(argv[1], "off"))
		return message_arm(d, ARM_OFF, 0, 0);
	if (!arm || argc == 2 || kstrtou64(argv[2], 0, &n) || !n ||
	    (argc == 4 && kstrtou64(argv[3], 0, &seed)))
		return -EINVAL;
	if (!strcmp(argv[1], "flush"))
		return message_arm(d, ARM_FLUSH, n, seed);
	return strcmp(argv[1], "write") ? -EINVAL : message_arm(d, ARM_WRITE, n, seed);
}

static int crash_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
			 unsigned int maxlen)
{
	struct crash_domain *d = ((struct crash_device *)ti->private)->domain;
	int ret;

	if (argc == 1 && !strcmp(argv[0], "status")) {
		crash_status(ti, STATUSTYPE_INFO, 0, result, maxlen);
		return 1;
	}
	mutex_lock(&d->lock);
	ret = message_locked(d, argc, argv, result, maxlen);
	mutex_unlock(&d->lock);
	return ret;
}

static struct target_type crash_target = {
	.name = "afar-crash",
	.version = { 1, 0, 0 },
	.module = THIS_MODULE,
	.ctr = crash_ctr,
	.dtr = crash_dtr,
	.map = crash_map,
	.postsuspend = crash_postsuspend,
	.status = crash_status,
	.message = crash_message,
	.iterate_devices = crash_iterate_devices,
	.io_hints = crash_io_hints,
};

static int __init crash_module_init(void)
{
	return dm_register_target(&crash_target);
}

static void __exit crash_module_exit(void)
{
	dm_unregister_target(&crash_target);
}

module_init(crash_module_init);
module_exit(crash_module_exit);

MODULE_DESCRIPTION(DM_NAME " disk that loses its volatile cache, for tests");
MODULE_LICENSE("GPL");
