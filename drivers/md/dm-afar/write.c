// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the way of a write on the primary
 *
 *	map() -> split at chunk ends -> copy -> overlap: parked on the write in the way
 *	      -> chunk map: parked until its bit is set -> tag (stream)
 *	      -> own disk, from the copy -> bio completed -> ready to ship
 *
 * Nothing waits in map(): what cannot go on is parked, as a bio (memory) or as a write (overlap,
 * chunk map), and goes on from the worker. What needs no number: see unnumbered.c.
 */
#include <linux/sched/mm.h>
#include "blockio.h"
#include "group.h"

/* What a bio of ours takes over from the application's. */
#define CARRIED	(REQ_SYNC | REQ_META | REQ_PRIO | REQ_IDLE | REQ_FUA | REQ_BACKGROUND | REQ_SWAP)

/* The worker must get on: where there is no memory for so long, there is AFAR_MODE_DIRTY. */
#define WORKER_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)
#define STARVED		(2 * HZ)

/* A read that is to leave no trace is given up after so many writes in its way. */
#define PEEK_TRIES	16

/* Copies from this size on are tried in runs of pages. */
#define RUN_PAGES	8

static void write_end(struct bio *bio);

/** afar_write_alloc() - make a command with room for @vecs pages; NULL only if @gfp may not wait */
struct afar_write *afar_write_alloc(struct afar_group *g, struct block_device *bdev,
				    unsigned int vecs, blk_opf_t opf, gfp_t gfp)
{
	/* the bio set would wait for writes to be DURABLE, that is, for the network */
	struct bio *bio = bio_alloc_bioset(bdev, vecs, opf, gfp & __GFP_NORETRY ?
					   gfp & ~__GFP_DIRECT_RECLAIM : gfp, &g->stream.bs);
	struct afar_write *w;

	if (!bio)
		return NULL;
	w = container_of(bio, struct afar_write, bio);
	memset(w, 0, offsetof(struct afar_write, bio));
	INIT_LIST_HEAD(&w->list);
	INIT_LIST_HEAD(&w->waiters);
	w->group = g;
	return w;
}

static void free_copy(struct afar_write *w)
{
	unsigned int i;

	for (i = 0; i < w->bio.bi_vcnt; i++) {
		struct bio_vec *bv = &w->bio.bi_io_vec[i];
		unsigned int pages = DIV_ROUND_UP(bv->bv_len, PAGE_SIZE), n;

		for (n = 0; n < pages; n++)
			__free_page(bv->bv_page + n);
	}
}

/** afar_write_free() - free a command and its copy */
void afar_write_free(struct afar_group *g, struct afar_write *w)
{
	free_copy(w);
	bio_put(&w->bio);
}

/** afar_write_pages() - call @act for each page of a copy, until one answers false */
bool afar_write_pages(struct afar_write *w, bool (*act)(void *data, const void *page,
							unsigned int bytes), void *data)
{
	unsigned int i, at, n;

	for (i = 0; i < w->bio.bi_vcnt; i++) {
		const struct bio_vec *bv = &w->bio.bi_io_vec[i];

		for (at = 0; at < bv->bv_len; at += n) {
			n = min_t(unsigned int, bv->bv_len - at, PAGE_SIZE);
			if (!act(data, page_address(bv->bv_page + at / PAGE_SIZE), n))
				return false;
		}
	}
	return true;
}

/**
 * afar_write_drop_copy() - a command that has been read needs no payload
 * @w: numbered, and charged for
 */
void afar_write_drop_copy(struct afar_write *w)
{
	struct afar_stream *s = &w->group->stream;
	u32 bytes = w->charge - sizeof(*w);

	free_copy(w);
	w->bio.bi_vcnt = 0;
	w->charge -= bytes;
	spin_lock_irq(&s->lock);
	afar_stream_uncharge(s, w, bytes);
	spin_unlock_irq(&s->lock);
}

/* Pages for the copy, into the write's own bio. */
static int alloc_copy(struct afar_write *w, unsigned int bytes, gfp_t gfp)
{
	while (bytes) {
		unsigned int n = min_t(unsigned int, bytes, PAGE_SIZE), i;
		struct page *page = NULL;

		if (bytes >= RUN_PAGES * PAGE_SIZE)
			page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NORETRY |
					   __GFP_NOWARN, ilog2(RUN_PAGES));
		if (page) {
			split_page(page, ilog2(RUN_PAGES));
			for (i = 0; i < RUN_PAGES; i++)
				bio_add_page(&w->bio, page + i, PAGE_SIZE, 0);
			bytes -= RUN_PAGES * PAGE_SIZE;
			continue;
		}
		page = alloc_page(gfp);
		if (!page)
			return -ENOMEM;
		bio_add_page(&w->bio, page, n, 0);
		if (n < PAGE_SIZE)	/* padding goes over the wire */
			memset(page_address(page) + n, 0, PAGE_SIZE - n);
		bytes -= n;
	}
	return 0;
}

/** afar_chunk_of() - the chunk of a volume that a sector of it lies in */
u64 afar_chunk_of(struct afar_group *g, sector_t sector)
{
	return sector >> (ilog2(g->options.value[AFAR_KNOB_CHUNK_SIZE]) - SECTOR_SHIFT);
}

/* The command that @bio asks for, with a copy of its payload; NULL: no memory. */
static struct afar_write *make_write(struct afar_vol *vol, struct bio *bio, gfp_t gfp)
{
	struct afar_group *g = vol->group;
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));
	unsigned int bytes = bio->bi_iter.bi_size;
	sector_t sector = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);
	bool zero = bio_op(bio) != REQ_OP_WRITE;
	blk_opf_t opf = (bio->bi_opf & CARRIED) | (zero ? REQ_OP_WRITE_ZEROES : REQ_OP_WRITE);
	struct afar_write *w;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES)
		opf |= REQ_NOUNMAP;
	w = afar_write_alloc(g, vol->origin->bdev, zero ? 0 : DIV_ROUND_UP(bytes, PAGE_SIZE), opf,
			     gfp);
	if (!w)
		return NULL;
	if (zero) {
		w->bio.bi_iter.bi_size = bytes;
	} else {
		if (alloc_copy(w, bytes, gfp)) {
			afar_write_free(g, w);
			return NULL;
		}
		bio_copy_data(&w->bio, bio);
	}
	w->bio.bi_iter.bi_sector = sector;
	w->bio.bi_ioprio = bio->bi_ioprio;
	w->bio.bi_end_io = write_end;
	w->bdev = vol->origin->bdev;
	w->clone = bio;
	w->chunk = afar_chunk_of(g, sector);
	w->charge = (zero ? 0 : round_up(bytes, PAGE_SIZE)) + sizeof(*w);
	w->cmd.op = zero ? AFAR_OP_ZERO : AFAR_OP_WRITE;
	w->cmd.flags = bio_op(bio) == REQ_OP_DISCARD ? AFAR_CMD_UNMAP : 0;
	w->cmd.volume = vol->number;
	w->cmd.sector = sector;
	w->cmd.bytes = bytes;
	w->fua = bio->bi_opf & REQ_FUA && !data->part;
	return w;
}

/* A write that was not tagged goes back to where it was before it was started. */
static void unstart(struct afar_group *g, struct afar_write *w)
{
	if (w->mapped)
		afar_chunkmap_leave(g, w, 0);
	w->mapped = false;
	afar_overlap_leave(g, w);
}

/* Its chunk's bit cannot be set, so the origin must not be written. */
static void refuse_write(struct afar_group *g, struct afar_write *w)
{
	struct afar_scan *scan = w->scan;
	struct bio *clone = w->clone;

	unstart(g, w);
	afar_stream_drop(g, w);
	if (scan)
		afar_scan_ended(g, scan, false);
	else
		bio_io_error(clone);
}

/*
 * Number it and send it to the own disk. Only from here on is a write visible to the peer's side
 * of things; until here it can be dropped without a trace.
 */
static bool tag_write(struct afar_group *g, struct afar_write *w, gfp_t gfp)
{
	afar_verify_touches(&g->verify, &w->cmd);
	if (!afar_stream_tag(g, w, gfp)) {
		unstart(g, w);
		return false;
	}
	if (w->scan)
		submit_bio_noacct(&w->bio);
	else
		dm_submit_bio_remap(w->clone, &w->bio);
	return true;
}

/* The read of an extent has ended. Context: any */
static void peek_ended(struct afar_write *w)
{
	struct afar_stream *s = &w->group->stream;
	unsigned long flags;

	/* its owner frees it, and may end, once the lock is free */
	spin_lock_irqsave(&s->lock, flags);
	if (!--*w->peek)
		afar_resync_kick(&s->resync);
	spin_unlock_irqrestore(&s->lock, flags);
}

static void peek_end(struct bio *bio)
{
	struct afar_write *w = container_of(bio, struct afar_write, bio);

	afar_overlap_leave(w->group, w);
	peek_ended(w);
}

/* Where somebody is always in the way it could wait without end. */
static void start_peek(struct afar_group *g, struct afar_write *w)
{
	if (w->tries++ == PEEK_TRIES) {
		w->bio.bi_status = BLK_STS_AGAIN;
		peek_ended(w);
	} else if (afar_overlap_enter(g, w)) {
		submit_bio_noacct(&w->bio);
	}
}

/* From its beginning, or from where it was parked. Returns false when it was not started. */
static bool start_write(struct afar_group *g, struct afar_write *w, gfp_t gfp)
{
	if (unlikely(w->peek)) {
		start_peek(g, w);
		return true;
	}
	if (!w->mapped) {
		if (!afar_overlap_enter(g, w))
			return true;
		switch (afar_chunkmap_enter(g, w, gfp)) {
		case AFAR_ENTER_PASS:
			break;
		case AFAR_ENTER_PARKED:
			return true;
		case AFAR_ENTER_NOMEM:
			unstart(g, w);
			return false;
		case AFAR_ENTER_FAILED:
			w->map_failed = true;
			break;
		}
	}
	if (unlikely(w->map_failed)) {
		refuse_write(g, w);
		return true;
	}
	return tag_write(g, w, gfp);
}

/* The number stays, so that the set can complete. */
static void make_void(struct afar_cmd *cmd)
{
	*cmd = (struct afar_cmd){
		.op = AFAR_OP_VOID, .seq = cmd->seq, .set = cmd->set, .first = cmd->first,
	};
}

/**
 * afar_write_finish() - the local side is over: others may write here, and it is shipped
 * @w:      the command
 * @status: what the application hears
 *
 * Context: any, also interrupt.
 */
void afar_write_finish(struct afar_write *w, blk_status_t status)
{
	struct afar_group *g = w->group;
	struct bio *clone = w->clone;

	w->clone = NULL;
	afar_chunkmap_leave(g, w, w->unreadable ? AFAR_MAP_NEVER : w->cmd.seq);
	afar_overlap_leave(g, w);
	if (unlikely(w->unreadable || w->equal))
		make_void(&w->cmd);
	if (w->scan) {
		/* what could not be read is void; it is read again where a set is to be whole */
		afar_scan_ended(g, w->scan, !w->unreadable ||
				afar_resync_leaves_out(&g->stream.resync));
		w->scan = NULL;
	} else {
		clone->bi_status = status;
		bio_endio(clone);
	}
	afar_stream_ready(g, w);
}

static void write_end(struct bio *bio)
{
	struct afar_write *w = container_of(bio, struct afar_write, bio);
	struct afar_stream *s = &w->group->stream;
	unsigned long flags;

	if (likely(!bio->bi_status)) {
		if (unlikely(w->scan))
			afar_compare_read(w->group, w);
		else
			afar_write_finish(w, BLK_STS_OK);
		return;
	}
	spin_lock_irqsave(&s->lock, flags);
	list_add_tail(&w->list, &s->failed);
	spin_unlock_irqrestore(&s->lock, flags);
	queue_work(w->group->wq, &s->work);
}

/*
 * The volume's limits say so, but whoever had the device open when its table was another, with
 * smaller blocks, knows nothing of it. The peer takes no such write, and may not be able to.
 */
static bool fits_blocks(struct afar_vol *vol, struct bio *bio)
{
	u32 block = vol->group->journal.super.block_size >> SECTOR_SHIFT;
	sector_t sector = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);

	return !((sector | bio_sectors(bio)) & (block - 1));
}

/* For an end of a scan, for the peer, or for memory. */
static bool has_to_wait(int r)
{
	return r == DM_MAPIO_REQUEUE || r == DM_MAPIO_DELAY_REQUEUE;
}

/**
 * afar_write_map() - a write, write-zeroes or discard has come to a volume
 * @vol: the volume
 * @bio: dm's clone, within one chunk
 *
 * Return: DM_MAPIO_*.
 */
int afar_write_map(struct afar_vol *vol, struct bio *bio)
{
	struct afar_group *g = vol->group;
	struct afar_stream *s = &g->stream;
	struct afar_write *w = NULL;
	int r = DM_MAPIO_REQUEUE;

	switch (READ_ONCE(s->mode)) {
	case AFAR_MODE_DIRTY:
		r = afar_write_dirty(vol, bio);
		break;
	case AFAR_MODE_STREAM:
		if (likely(fits_blocks(vol, bio))) {
			if (unlikely(afar_write_may_go_unread(vol, bio)))
				r = afar_write_unread(vol, bio);
			break;
		}
		afar_stream_give_up(g, "a write is not a multiple of block_size");
		r = afar_write_dirty(vol, bio);
		break;
	case AFAR_MODE_SWITCH:
		goto park;
	default:
		return DM_MAPIO_KILL;
	}
	if (unlikely(!has_to_wait(r)))
		return r;
	if (unlikely(READ_ONCE(s->mode) != AFAR_MODE_STREAM))
		goto park;
	if (bio_list_empty(&s->parked) &&
	    afar_stream_admits(s, afar_stream_limit(g)))
		w = make_write(vol, bio, GFP_NOWAIT | __GFP_NOWARN);
	if (w && start_write(g, w, GFP_NOWAIT | __GFP_NOWARN))
		return DM_MAPIO_SUBMITTED;
	if (w)
		afar_stream_drop(g, w);
	else if (unlikely(afar_write_overflows(g)))
		r = afar_write_overflow(vol, bio);
	if (!has_to_wait(r))
		return r;
park:
	spin_lock_irq(&s->lock);
	bio_list_add(&s->parked, bio);
	s->parked_now++;
	s->parks++;
	spin_unlock_irq(&s->lock);
	/* whoever set it looks at the list afterwards, under the lock */
	if (READ_ONCE(vol->suspending))
		WRITE_ONCE(s->leaving, true);
	queue_work(g->wq, &s->work);
	return DM_MAPIO_SUBMITTED;
}

/* A command that begins with what is there; NULL: no memory. */
static struct afar_write *make_read(struct afar_vol *vol, u64 sector, u32 bytes)
{
	struct afar_group *g = vol->group;
	struct afar_write *w;

	w = afar_write_alloc(g, vol->origin->bdev, DIV_ROUND_UP(bytes, PAGE_SIZE),
			     REQ_OP_READ | REQ_IDLE, WORKER_GFP);
	if (!w || alloc_copy(w, bytes, WORKER_GFP)) {
		if (w)
			afar_write_free(g, w);
		return NULL;
	}
	w->bio.bi_iter.bi_sector = sector;
	w->bdev = vol->origin->bdev;
	w->chunk = afar_chunk_of(g, sector);
	w->charge = round_up(bytes, PAGE_SIZE) + sizeof(*w);
	w->cmd.op = AFAR_OP_WRITE;
	w->cmd.volume = vol->number;
	w->cmd.sector = sector;
	w->cmd.bytes = bytes;
	return w;
}

/**
 * afar_write_scan() - read a part of a chunk, and send what is read as a command (R7)
 * @scan:    its chunk; hears of it by afar_scan_ended(), unless false is returned
 * @sector:  of the volume
 * @sectors: AFAR_COMMAND_BYTES at most
 *
 * It is a write like any other to whoever comes to the same blocks, and to the peer: it gets its
 * number while nobody else can write there.
 *
 * Return: false when there was no memory, or no number for it.
 */
bool afar_write_scan(struct afar_scan *scan, u64 sector, u32 sectors)
{
	struct afar_vol *vol = scan->vol;
	struct afar_group *g = vol->group;
	u32 bytes = sectors << SECTOR_SHIFT;
	struct afar_write *w = make_read(vol, sector, bytes);

	if (!w)
		return false;
	w->bio.bi_end_io = write_end;
	w->scan = scan;
	if (scan->untouched)
		w->hash = afar_compare_find(g, vol->number, sector, bytes);
	if (start_write(g, w, WORKER_GFP))
		return true;
	afar_stream_drop(g, w);
	return false;
}

/**
 * afar_write_peek() - read an extent while nobody writes there, and no more
 * @vol:    its volume, in use
 * @sector: the first, within one chunk
 * @bytes:  AFAR_COMMAND_BYTES at most
 * @peek:   how many are on their way, under stream.lock; when there are none resync.wait is woken
 *
 * Return: to be given to afar_stream_drop() then; its bio has a status, its copy is what was read.
 * BLK_STS_AGAIN: others were always in the way. NULL: there is no memory.
 */
struct afar_write *afar_write_peek(struct afar_vol *vol, u64 sector, u32 bytes,
				   unsigned int *peek)
{
	struct afar_stream *s = &vol->group->stream;
	struct afar_write *w = make_read(vol, sector, bytes);

	if (!w)
		return NULL;
	w->bio.bi_end_io = peek_end;
	w->peek = peek;
	spin_lock_irq(&s->lock);
	(*peek)++;
	spin_unlock_irq(&s->lock);
	start_write(vol->group, w, WORKER_GFP);
	return w;
}

static struct afar_vol *vol_of(struct bio *bio)
{
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(struct afar_bio));

	return data->vol;
}

/** afar_write_leave() - a volume is being suspended: none of its bios waits any more */
void afar_write_leave(struct afar_group *g)
{
	WRITE_ONCE(g->stream.leaving, true);
	queue_work(g->wq, &g->stream.work);
	afar_resync_kick(&g->stream.resync);
}

/* A parked bio whose turn has come. */
static struct bio *next_parked(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct bio *bio = NULL;
	bool over = READ_ONCE(g->options.value[AFAR_KNOB_OVERFLOW]) != AFAR_OVERFLOW_THROTTLE &&
		    afar_write_overflows(g);

	spin_lock_irq(&s->lock);
	if (over || s->mode == AFAR_MODE_DIRTY || s->mode == AFAR_MODE_OFF ||
	    afar_stream_admits(s, afar_stream_limit(g))) {
		bio = bio_list_pop(&s->parked);
		s->parked_now -= !!bio;
	}
	spin_unlock_irq(&s->lock);
	return bio;
}

/* There may be many: they are looked through without the lock. */
static void take_leavers(struct afar_group *g, struct bio_list *leavers)
{
	struct afar_stream *s = &g->stream;
	struct bio_list all, others;
	unsigned int count = 0;
	struct bio *bio;

	bio_list_init(leavers);
	bio_list_init(&others);
	spin_lock_irq(&s->lock);
	all = s->parked;
	bio_list_init(&s->parked);
	spin_unlock_irq(&s->lock);
	while ((bio = bio_list_pop(&all))) {
		bool leaves = READ_ONCE(vol_of(bio)->suspending);

		bio_list_add(leaves ? leavers : &others, bio);
		count += leaves;
	}
	spin_lock_irq(&s->lock);
	bio_list_merge_head(&s->parked, &others);
	s->parked_now -= count;
	spin_unlock_irq(&s->lock);
}

static void park_again(struct afar_group *g, struct bio *bio)
{
	struct afar_stream *s = &g->stream;
	bool room;

	spin_lock_irq(&s->lock);
	bio_list_add_head(&s->parked, bio);
	s->parked_now++;
	/* nobody wakes us for room that came while the bio was on no list */
	room = afar_stream_admits(s, U64_MAX);
	spin_unlock_irq(&s->lock);
	if (room)
		queue_work(g->wq, &s->work);
}

/* There is no memory: wait a moment. Has there been none, whenever asked, for too long? */
static bool starved(struct afar_stream *s)
{
	unsigned long now = jiffies;

	if (!s->starved || time_after(now, s->starved_last + STARVED))
		s->starved = now | 1;
	s->starved_last = now;
	if (time_after(now, s->starved + STARVED))
		return true;
	schedule_timeout_idle(max(HZ / 100, 1));
	return false;
}

/* There is room by all accounts. */
static bool admitted(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool admitted;

	spin_lock_irq(&s->lock);
	admitted = afar_stream_admits(s, afar_stream_limit(g));
	spin_unlock_irq(&s->lock);
	return admitted;
}

/* What is to become of a bio that gets no number now; false: it had to be parked again. */
static bool settle(struct afar_group *g, struct bio *bio, int r)
{
	switch (r) {
	case DM_MAPIO_REMAPPED:
		dm_submit_bio_remap(bio, NULL);
		break;
	case DM_MAPIO_KILL:
		bio_io_error(bio);
		break;
	case DM_MAPIO_REQUEUE:
	case DM_MAPIO_DELAY_REQUEUE:
		park_again(g, bio);
		return false;
	}
	return true;
}

/* There is no room, and none in sight. Returns false when it had to be parked again. */
static bool unpark_overflow(struct afar_group *g, struct afar_vol *vol, struct bio *bio)
{
	struct afar_stream *s = &g->stream;
	int r = afar_write_overflow(vol, bio);

	if (r == DM_MAPIO_DELAY_REQUEUE && starved(s)) {
		afar_stream_give_up(g, "there is no memory for notes of the chunk map");
		r = afar_write_dirty(vol, bio);
	}
	switch (r) {
	case DM_MAPIO_REQUEUE:
		/* it waits for an end of the scan, if not for the peer: look again in a moment */
		schedule_timeout_idle(max(HZ / 100, 1));
		fallthrough;
	case DM_MAPIO_DELAY_REQUEUE:
		queue_work(g->wq, &s->work);
		break;
	default:
		s->starved = 0;
	}
	return settle(g, bio, r);
}

/*
 * A number for it, if the mode allows that. False: it has none; it was parked again, or the stream
 * has been given up, by somebody else or for its sake.
 */
static bool unpark_numbered(struct afar_group *g, struct afar_vol *vol, struct bio *bio,
			    bool *parked)
{
	struct afar_stream *s = &g->stream;
	struct afar_write *w = make_write(vol, bio, WORKER_GFP);
	bool starves;

	if (w && start_write(g, w, WORKER_GFP)) {
		s->starved = 0;
		return true;
	}
	/* a copy is not all that takes memory */
	starves = !w || admitted(g);
	if (w)
		afar_stream_drop(g, w);
	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM)
		return false;
	starves = starves && starved(s);
	/* what is suspended without a flush comes back later */
	*parked = !starves && (!READ_ONCE(vol->suspending) || dm_noflush_suspending(vol->ti));
	if (*parked)
		park_again(g, bio);
	else
		afar_stream_give_up(g, starves ? "there is no memory for copies" :
				    "suspended with more writes than there is room for");
	return false;
}

/* Returns false when it had to be parked again: there is no point in trying the next one. */
static bool unpark(struct afar_group *g, struct bio *bio)
{
	struct afar_vol *vol = vol_of(bio);
	bool parked = false;

	if (READ_ONCE(vol->suspending) && dm_noflush_suspending(vol->ti)) {
		bio->bi_status = BLK_STS_DM_REQUEUE;
		bio_endio(bio);
		return true;
	}
	/* the mode may change at any moment, also while a resync begins */
	while (!parked) {
		/* it takes as long as I/O does */
		wait_event(g->stream.wait, READ_ONCE(g->stream.mode) != AFAR_MODE_SWITCH);
		if (!fits_blocks(vol, bio))
			afar_stream_give_up(g, "a write is not a multiple of block_size");
		if (afar_write_overflows(g) && !READ_ONCE(vol->suspending))
			return unpark_overflow(g, vol, bio);
		switch (READ_ONCE(g->stream.mode)) {
		case AFAR_MODE_STREAM:
			if (unpark_numbered(g, vol, bio, &parked))
				return true;
			break;
		case AFAR_MODE_DIRTY:
			return settle(g, bio, afar_write_dirty(vol, bio));
		case AFAR_MODE_OFF:
			return settle(g, bio, DM_MAPIO_KILL);
		case AFAR_MODE_SWITCH:
			break;
		}
	}
	return false;
}

static struct afar_write *pop(struct afar_stream *s, struct list_head *list)
{
	struct afar_write *w;

	spin_lock_irq(&s->lock);
	w = list_first_entry_or_null(list, struct afar_write, list);
	if (w)
		list_del_init(&w->list);
	spin_unlock_irq(&s->lock);
	return w;
}

/*
 * Writes that wait for memory wait for the peer. If it has turned up and cannot be served from what
 * is here (R5), no acknowledgment will ever come: they must not wait.
 */
static void look_for_hope(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool stuck;

	spin_lock_irq(&s->lock);
	stuck = s->mode == AFAR_MODE_STREAM && !bio_list_empty(&s->parked) &&
		!afar_stream_admits(s, afar_stream_limit(g));
	spin_unlock_irq(&s->lock);
	if (stuck && READ_ONCE(g->link.hopeless))
		afar_stream_give_up(g, "the peer cannot be served from what is in memory");
}

/*
 * What is in memory makes room by going to the spool, if that has any. It does so as it comes; but
 * the limit may have been lowered since, or the spool have been at rest with the group. Then
 * nothing is on its way, to a disk or to the spool, that would see to it as it ends.
 */
static void look_for_room(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	if (!bio_list_empty(&s->parked) && !s->inflight && !s->spool.flying &&
	    !s->spool.full && afar_spool_wanted(g))
		queue_work(g->spool_wq, &s->spool.work);
	spin_unlock_irq(&s->lock);
}

/** afar_write_work() - go on with all that could not go on in map() or in an interrupt */
void afar_write_work(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, stream.work);
	struct afar_stream *s = &g->stream;
	unsigned int noio = memalloc_noio_save();
	struct bio_list leavers;
	struct afar_write *w;
	struct bio *bio;

	while ((w = pop(s, &s->failed)))
		afar_write_failed(g, w);
	while ((w = pop(s, &s->redrive))) {
		struct afar_scan *scan = w->scan;

		bio = w->clone;
		if (start_write(g, w, WORKER_GFP))
			continue;
		afar_stream_drop(g, w);
		if (scan)
			afar_scan_ended(g, scan, false);
		else
			unpark(g, bio);
	}
	look_for_hope(g);
	look_for_room(g);
	if (xchg(&s->leaving, false)) {
		take_leavers(g, &leavers);
		while ((bio = bio_list_pop(&leavers)))
			unpark(g, bio);
	}
	while ((bio = next_parked(g)))
		if (!unpark(g, bio))
			break;
	memalloc_noio_restore(noio);
}
