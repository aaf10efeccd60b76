// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "group.h"

static void answer_work(struct work_struct *work);

/** afar_answer_init() - prepare it */
int afar_answer_init(struct afar_answer *a)
{
	spin_lock_init(&a->lock);
	INIT_WORK(&a->work, answer_work);
	a->item = kvcalloc(AFAR_ANSWERS, sizeof(*a->item), GFP_KERNEL);
	return a->item ? 0 : -ENOMEM;
}

/** afar_answer_exit() - the opposite; the work is cancelled */
void afar_answer_exit(struct afar_answer *a)
{
	kvfree(a->item);
}

static struct afar_hash_info *item_of(struct afar_answer *a, u32 number)
{
	return &a->item[number % AFAR_ANSWERS];
}

static bool same_place(const struct afar_hash_info *a, const struct afar_hash_info *b)
{
	return a->volume == b->volume && a->sector == b->sector && a->bytes == b->bytes &&
	       a->tag == b->tag;
}

/* What is asked once more and has not been said yet will be said. Lock held. */
static void remember(struct afar_answer *a, const struct afar_hash_info *extent)
{
	u32 i;

	for (i = a->said; i != a->asked; i++)
		if (same_place(item_of(a, i), extent))
			return;
	if (a->asked - a->said < AFAR_ANSWERS)
		*item_of(a, a->asked++) = *extent;
}

/**
 * afar_answer_ask() - the peer asks for hashes
 * @g:       the group
 * @session: of the lane that it came over
 * @block:   header block, checked
 * @count:   items
 *
 * Return: NULL, or what is wrong with an item.
 */
const char *afar_answer_ask(struct afar_group *g, u64 session, const void *block,
			    unsigned int count)
{
	u32 block_size = g->journal.super.block_size;
	struct afar_answer *a = &g->answer;
	struct afar_hash_info extent;
	const char *why = NULL;
	unsigned int i;

	/* the last words of a lane whose session has ended */
	if (READ_ONCE(g->stage.session) != session)
		return NULL;
	spin_lock(&a->lock);
	if (a->session != session) {
		a->session = session;
		a->done = a->asked;
		a->said = a->asked;
	}
	for (i = 0; i < count && !why; i++) {
		why = afar_ask_get(block, i, &extent);
		if (!why && (extent.sector << SECTOR_SHIFT | extent.bytes) & (block_size - 1))
			why = "not a multiple of block_size";
		if (!why)
			remember(a, &extent);
	}
	spin_unlock(&a->lock);
	queue_work(system_unbound_wq, &a->work);
	return why;
}

static int read_extent(struct afar_vol *vol, const struct afar_hash_info *extent,
		       struct page **page)
{
	u32 left = extent->bytes, n;
	sector_t sector = extent->sector;
	struct afar_io io;

	afar_io_begin(&io, &vol->group->bios, REQ_OP_READ | REQ_IDLE);
	for (; left; left -= n) {
		n = min_t(u32, left, AFAR_BLOCK);
		afar_io_add(&io, vol->origin->bdev, sector, *page++, 0, n);
		sector += n >> SECTOR_SHIFT;
	}
	return afar_io_wait(&io);
}

static void hash_pages(struct afar_hasher *h, struct page **page, u32 bytes, u8 *hash)
{
	u32 n;

	afar_hash_begin(h);
	for (; bytes; bytes -= n) {
		n = min_t(u32, bytes, AFAR_BLOCK);
		afar_hash_add(h, page_address(*page++), n);
	}
	afar_hash_end(h, hash);
}

/*
 * What is read must stay: what a run that was given up has left in a volatile cache is flushed
 * first, once for all that is asked of a volume in a row.
 */
static void make_hash(struct afar_group *g, struct afar_hash_info *item, int *flushed)
{
	unsigned int pages = DIV_ROUND_UP(item->bytes, AFAR_BLOCK);
	struct afar_vol *vol = afar_volume_use(g, item->volume);
	struct page **page = NULL;

	if (!vol)
		return;
	if (READ_ONCE(vol->suspending) || !READ_ONCE(vol->member) ||
	    item->sector + (item->bytes >> SECTOR_SHIFT) > vol->ti->len)
		goto out;
	if (*flushed != item->volume && blkdev_issue_flush(vol->origin->bdev))
		goto out;
	*flushed = item->volume;
	page = kvmalloc_array(pages, sizeof(*page), GFP_NOIO);
	if (!page || afar_pages_alloc(page, pages, GFP_NOIO))
		goto out;
	if (!read_extent(vol, item, page))
		hash_pages(&g->answer.hasher, page, item->bytes, item->hash);
	afar_pages_free(page, pages);
out:
	kvfree(page);
	afar_volume_unuse(vol);
}

/* The next question; false: there is none. */
static bool next(struct afar_answer *a, u32 *number, struct afar_hash_info *item)
{
	bool any;

	spin_lock(&a->lock);
	any = a->done != a->asked;
	if (any) {
		*number = a->done;
		*item = *item_of(a, a->done);
	}
	spin_unlock(&a->lock);
	return any;
}

/* Numbers are never used twice, so a question of another session is not found. */
static void done(struct afar_answer *a, u32 number, const struct afar_hash_info *item)
{
	spin_lock(&a->lock);
	if (a->done == number) {
		*item_of(a, number) = *item;
		a->done++;
	}
	spin_unlock(&a->lock);
}

static void answer_work(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, answer.work);
	unsigned int noio = memalloc_noio_save();
	struct afar_hash_info item;
	int flushed = -1;
	u32 number;

	while (!READ_ONCE(g->suspending) && next(&g->answer, &number, &item)) {
		/* where there is none it stays zero */
		make_hash(g, &item, &flushed);
		done(&g->answer, number, &item);
		wake_up_all(&g->stage.wait);
		cond_resched();
	}
	memalloc_noio_restore(noio);
}

/**
 * afar_answer_take() - fill a message with answers
 * @g:       the group
 * @session: of the lane that sends it; if it is lost the peer asks again
 * @block:   message being made
 *
 * Return: number of items.
 */
unsigned int afar_answer_take(struct afar_group *g, u64 session, void *block)
{
	struct afar_answer *a = &g->answer;
	unsigned int count = 0;

	spin_lock(&a->lock);
	while (a->session == session && a->said != a->done && count < AFAR_HASHES_MAX)
		afar_hash_put(block, count++, item_of(a, a->said++));
	spin_unlock(&a->lock);
	return count;
}
