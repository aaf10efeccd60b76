// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/slab.h>
#include "group.h"

/** afar_chunkmap_init() - prepare an empty map */
int afar_chunkmap_init(struct afar_group *g)
{
	struct afar_chunkmap *m = &g->map;
	unsigned int i;

	spin_lock_init(&m->lock);
	init_llist_head(&m->changed);
	init_waitqueue_head(&m->wait);
	INIT_DELAYED_WORK(&m->clear_work, afar_chunkmap_clear);
	for (i = 0; i < AFAR_MAP_BATCH; i++) {
		m->page[i] = alloc_page(GFP_KERNEL);
		if (!m->page[i])
			return -ENOMEM;
	}
	return 0;
}

/** afar_chunkmap_exit() - the opposite of afar_chunkmap_init(); the writer is stopped */
void afar_chunkmap_exit(struct afar_group *g)
{
	unsigned int i;

	afar_chunkmap_free(g);
	for (i = 0; i < AFAR_MAP_BATCH; i++)
		if (g->map.page[i])
			__free_page(g->map.page[i]);
}

/** afar_chunkmap_base() - what the peer had committed when bits were cleared last */
struct afar_map_base afar_chunkmap_base(struct afar_chunkmap *m)
{
	struct afar_map_base base;

	spin_lock_irq(&m->lock);
	base = m->base;
	spin_unlock_irq(&m->lock);
	return base;
}

static struct afar_leaf *leaf_of(struct afar_group *g, u16 volume, u64 chunk, u32 *bit)
{
	return g->map.volume[volume]->leaf[div_u64_rem(chunk, AFAR_MAP_BITS, bit)];
}

/* Of a volume that may be gone: NULL. RCU. */
static struct afar_leaf *leaf_if_there(struct afar_group *g, u16 volume, u64 chunk, u32 *bit)
{
	struct afar_volume_map *map = READ_ONCE(g->map.volume[volume]);

	if (!map || chunk >= map->chunks)
		return NULL;
	return map->leaf[div_u64_rem(chunk, AFAR_MAP_BITS, bit)];
}

/** afar_leaf_changed() - a round is due for a leaf */
void afar_leaf_changed(struct afar_chunkmap *m, struct afar_leaf *leaf)
{
	if (test_bit(AFAR_LEAF_QUEUED, &leaf->queued) ||
	    test_and_set_bit(AFAR_LEAF_QUEUED, &leaf->queued))
		return;
	atomic_inc(&m->busy);
	if (llist_add(&leaf->changed, &m->changed))
		wake_up(&m->wait);
}

/* Is there somebody to wait for? Leaf lock held, which afar_chunkmap_stop() takes, too. */
static bool may_wait(struct afar_group *g)
{
	return READ_ONCE(g->map.running) && !READ_ONCE(g->journal.failed);
}

/* Park a write that holds its copy, unless its bit has been set meanwhile. */
static enum afar_enter park(struct afar_group *g, struct afar_leaf *leaf, u32 bit,
			    struct afar_write *w)
{
	enum afar_enter r = AFAR_ENTER_PARKED;

	/* it holds memory from now on; the locks do not nest */
	afar_stream_charge(&g->stream, w);
	spin_lock_irq(&leaf->lock);
	if (afar_map_is_set(&leaf->map, bit))
		r = AFAR_ENTER_PASS;
	else if (!may_wait(g))
		r = AFAR_ENTER_FAILED;
	else
		list_add_tail(&w->list, &leaf->writes);
	spin_unlock_irq(&leaf->lock);
	return r;
}

/**
 * afar_chunkmap_enter() - a write comes to its chunk
 * @g:   the group
 * @w:   in the overlap table, not tagged; once parked it may be under way again, and gone, before
 *       this returns
 * @gfp: how to allocate, should the first write come to a chunk and its neighbours
 *
 * Unless the answer is AFAR_ENTER_NOMEM it has to leave, also where it must not be done.
 */
enum afar_enter afar_chunkmap_enter(struct afar_group *g, struct afar_write *w, gfp_t gfp)
{
	struct afar_map_note *notes = NULL;
	enum afar_map_verdict verdict;
	bool changed;
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, w->cmd.volume, w->chunk, &bit);

	for (;;) {
		spin_lock_irq(&leaf->lock);
		if (notes && afar_map_supply(&leaf->map, bit, notes))
			notes = NULL;
		verdict = afar_map_enter(&leaf->map, bit);
		changed = leaf->map.changed;
		spin_unlock_irq(&leaf->lock);
		if (likely(verdict != AFAR_MAP_NEEDS_NOTES))
			break;
		notes = kcalloc(AFAR_MAP_NOTES, sizeof(*notes), gfp);
		if (!notes)
			return AFAR_ENTER_NOMEM;
	}
	kfree(notes);
	w->mapped = true;
	if (unlikely(changed))
		afar_leaf_changed(&g->map, leaf);
	return likely(verdict == AFAR_MAP_PASS) ? AFAR_ENTER_PASS : park(g, leaf, bit, w);
}

/**
 * afar_chunkmap_leave() - a write has ended, or will not be done
 * @g:   the group
 * @w:   it has entered
 * @seq: its number; 0: it was not tagged; AFAR_MAP_NEVER: nobody knows what it did
 *
 * Context: any, also interrupt.
 */
void afar_chunkmap_leave(struct afar_group *g, struct afar_write *w, u64 seq)
{
	unsigned long flags;
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, w->cmd.volume, w->chunk, &bit);

	spin_lock_irqsave(&leaf->lock, flags);
	afar_map_leave(&leaf->map, bit, seq);
	spin_unlock_irqrestore(&leaf->lock, flags);
}

/**
 * afar_chunkmap_differs() - a chunk has been found to differ from the peer's
 * @g:      the group
 * @volume: its volume, which may be gone by now
 * @chunk:  which
 *
 * Its bit will be set soon, and stays, whatever is committed.
 *
 * Return: 0; -ENOMEM.
 */
int afar_chunkmap_differs(struct afar_group *g, u16 volume, u64 chunk)
{
	struct afar_map_note *notes = kcalloc(AFAR_MAP_NOTES, sizeof(*notes), GFP_NOIO);
	struct afar_leaf *leaf;
	u32 bit;

	if (!notes)
		return -ENOMEM;
	rcu_read_lock();
	leaf = leaf_if_there(g, volume, chunk, &bit);
	if (!leaf)
		goto out;
	spin_lock_irq(&leaf->lock);
	if (afar_map_enter(&leaf->map, bit) == AFAR_MAP_NEEDS_NOTES) {
		if (afar_map_supply(&leaf->map, bit, notes))
			notes = NULL;
		afar_map_enter(&leaf->map, bit);
	}
	afar_map_leave(&leaf->map, bit, AFAR_MAP_NEVER);
	spin_unlock_irq(&leaf->lock);
	afar_leaf_changed(&g->map, leaf);
out:
	rcu_read_unlock();
	kfree(notes);
	return 0;
}

/* Park a bio whose bit is wanted. Leaf lock held. */
static enum afar_enter park_bio(struct afar_group *g, struct afar_leaf *leaf, struct bio *bio)
{
	if (!may_wait(g))
		return AFAR_ENTER_FAILED;
	bio_list_add(&leaf->bios, bio);
	return AFAR_ENTER_PARKED;
}

/**
 * afar_chunkmap_enter_dirty() - a bio that gets no number comes to its chunk
 * @g:      the group
 * @volume: its volume
 * @chunk:  its chunk
 * @bio:    as it came to map()
 *
 * It does not leave: nothing is cleared here before another term begins. Allocates nothing.
 */
enum afar_enter afar_chunkmap_enter_dirty(struct afar_group *g, u16 volume, u64 chunk,
					  struct bio *bio)
{
	enum afar_enter r = AFAR_ENTER_PASS;
	bool changed;
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);

	spin_lock_irq(&leaf->lock);
	if (afar_map_enter_untracked(&leaf->map, bit) == AFAR_MAP_WAIT)
		r = park_bio(g, leaf, bio);
	changed = leaf->map.changed;
	spin_unlock_irq(&leaf->lock);
	if (changed)
		afar_leaf_changed(&g->map, leaf);
	return r;
}

/**
 * afar_chunkmap_enter_unread() - a bio that gets no number comes to its chunk, during a scan
 * @g:      the group
 * @volume: its volume
 * @chunk:  its chunk, which is read after the bio has ended
 * @bio:    as it came to map()
 *
 * After AFAR_ENTER_PASS, and only then, it has to leave.
 */
enum afar_enter afar_chunkmap_enter_unread(struct afar_group *g, u16 volume, u64 chunk,
					   struct bio *bio)
{
	struct afar_map_note *notes = NULL;
	enum afar_map_verdict verdict;
	enum afar_enter r = AFAR_ENTER_PASS;
	bool changed;
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);

	for (;;) {
		spin_lock_irq(&leaf->lock);
		if (notes && afar_map_supply(&leaf->map, bit, notes))
			notes = NULL;
		verdict = afar_map_enter_unread(&leaf->map, bit);
		if (verdict == AFAR_MAP_WAIT)
			r = park_bio(g, leaf, bio);
		changed = leaf->map.changed;
		spin_unlock_irq(&leaf->lock);
		if (verdict != AFAR_MAP_NEEDS_NOTES)
			break;
		notes = kcalloc(AFAR_MAP_NOTES, sizeof(*notes), GFP_NOWAIT | __GFP_NOWARN);
		if (!notes)
			return AFAR_ENTER_NOMEM;
	}
	kfree(notes);
	if (changed)
		afar_leaf_changed(&g->map, leaf);
	return r;
}

/**
 * afar_chunkmap_leave_unread() - it has ended: its chunk is on the scan list
 * @g:      the group
 * @volume: its volume
 * @chunk:  its chunk
 *
 * Context: any, also interrupt.
 *
 * Return: was the chunk not on the list?
 */
bool afar_chunkmap_leave_unread(struct afar_group *g, u16 volume, u64 chunk)
{
	unsigned long flags;
	bool new;
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);

	spin_lock_irqsave(&leaf->lock, flags);
	new = afar_map_leave_unread(&leaf->map, bit);
	spin_unlock_irqrestore(&leaf->lock, flags);
	return new;
}

static u32 bit_of_bio(struct afar_group *g, struct bio *bio)
{
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));
	u32 bit;

	div_u64_rem(afar_chunk_of(g, dm_target_offset(data->vol->ti, bio->bi_iter.bi_sector)),
		    AFAR_MAP_BITS, &bit);
	return bit;
}

/* Those that need not wait any more. Lock held. */
static void take_bios(struct afar_group *g, struct afar_leaf *leaf, bool failed,
		      struct bio_list *go, struct bio_list *fail)
{
	struct bio_list all = leaf->bios;
	struct bio *bio;

	bio_list_init(&leaf->bios);
	while ((bio = bio_list_pop(&all))) {
		if (afar_map_is_set(&leaf->map, bit_of_bio(g, bio)))
			bio_list_add(go, bio);
		else
			bio_list_add(failed ? fail : &leaf->bios, bio);
	}
}

static void take_writes(struct afar_leaf *leaf, bool failed, struct list_head *go)
{
	struct afar_write *w, *next;
	u32 bit;

	list_for_each_entry_safe(w, next, &leaf->writes, list) {
		div_u64_rem(w->chunk, AFAR_MAP_BITS, &bit);
		w->map_failed = !afar_map_is_set(&leaf->map, bit);
		if (failed || !w->map_failed)
			list_move_tail(&w->list, go);
	}
}

/**
 * afar_leaf_wake() - let those go on whose bit has been set
 * @g:      the group
 * @leaf:   its last round has ended
 * @failed: no other one will come: the rest fails
 */
void afar_leaf_wake(struct afar_group *g, struct afar_leaf *leaf, bool failed)
{
	struct afar_stream *s = &g->stream;
	struct bio_list bios, bad;
	struct bio *bio;
	LIST_HEAD(writes);

	bio_list_init(&bios);
	bio_list_init(&bad);
	spin_lock_irq(&leaf->lock);
	take_writes(leaf, failed, &writes);
	take_bios(g, leaf, failed, &bios, &bad);
	spin_unlock_irq(&leaf->lock);
	while ((bio = bio_list_pop(&bad)))
		bio_io_error(bio);
	if (list_empty(&writes) && bio_list_empty(&bios))
		return;
	spin_lock_irq(&s->lock);
	list_splice_tail(&writes, &s->redrive);
	/* they may be of a volume whose bios have been looked through already */
	if (!bio_list_empty(&bios))
		WRITE_ONCE(s->leaving, true);
	s->parked_now += bio_list_size(&bios);
	bio_list_merge(&s->parked, &bios);
	spin_unlock_irq(&s->lock);
	queue_work(g->wq, &s->work);
}

/* Calls @act for every leaf. */
static void for_leaves(struct afar_group *g,
		       void (*act)(struct afar_group *g, struct afar_leaf *leaf, u64 arg), u64 arg)
{
	unsigned int v;
	u32 i;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		const struct afar_volume_map *map;

		/* the volume may be forgotten meanwhile */
		rcu_read_lock();
		map = READ_ONCE(g->map.volume[v]);
		for (i = 0; map && i < map->leaves; i++)
			act(g, map->leaf[i], arg);
		rcu_read_unlock();
	}
}

static void begin(struct afar_group *g, struct afar_leaf *leaf, u64 carried)
{
	u32 i;

	spin_lock_irq(&leaf->lock);
	for (i = 0; i < AFAR_MAP_ARRAYS; i++)
		kfree(afar_map_reap(&leaf->map, i, true));
	afar_map_scan_end(&leaf->map);
	afar_map_begin(&leaf->map, carried);
	spin_unlock_irq(&leaf->lock);
}

/**
 * afar_chunkmap_begin() - a term is taken up
 * @g:       the group; its stream is ended, nothing is being written
 * @carried: the last number given out in this term, if all bits are of it; else AFAR_MAP_NEVER
 */
void afar_chunkmap_begin(struct afar_group *g, u64 carried)
{
	for_leaves(g, begin, carried);
}

static void wipe(struct afar_group *g, struct afar_leaf *leaf, u64 unused)
{
	spin_lock_irq(&leaf->lock);
	afar_map_wipe(&leaf->map);
	spin_unlock_irq(&leaf->lock);
	afar_leaf_changed(&g->map, leaf);
}

/**
 * afar_chunkmap_wipe() - the peer has all that this node has: clear everything, durably
 * @g:     the group; nothing is being written, the writer runs
 * @equal: because the devices were declared equal, and the current term says so: the base record
 *         names this node's own journal then
 */
int afar_chunkmap_wipe(struct afar_group *g, bool equal)
{
	struct afar_chunkmap *m = &g->map;
	struct afar_map_base base = {};

	if (equal)
		base = (struct afar_map_base){
			.journal = g->journal.super.journal, .term = g->journal.super.term,
			.set = 1, .seq = 1,
		};
	spin_lock_irq(&m->lock);
	m->base = base;
	spin_unlock_irq(&m->lock);
	for_leaves(g, wipe, 0);
	wait_event(m->wait, !atomic_read(&m->busy));
	return READ_ONCE(g->journal.failed) ? -EIO : 0;
}

/** afar_leaf_fill() - nobody knows what the peer has of these chunks */
void afar_leaf_fill(struct afar_group *g, struct afar_leaf *leaf)
{
	bool changed;

	spin_lock_irq(&leaf->lock);
	afar_map_fill(&leaf->map);
	changed = leaf->map.changed;
	spin_unlock_irq(&leaf->lock);
	if (changed)
		afar_leaf_changed(&g->map, leaf);
}

static void fill(struct afar_group *g, struct afar_leaf *leaf, u64 unused)
{
	afar_leaf_fill(g, leaf);
}

/**
 * afar_chunkmap_fill() - nobody knows what the peer has: set everything, durably
 * @g: the group; nothing is being cleared, the writer runs
 */
int afar_chunkmap_fill(struct afar_group *g)
{
	for_leaves(g, fill, 0);
	/* when all is set nothing changes any more */
	wait_event(g->map.wait, !atomic_read(&g->map.busy));
	return READ_ONCE(g->journal.failed) ? -EIO : 0;
}

/* ---- the scan list --------------------------------------------------------------------------- */

/*
 * Is it the volume as a whole that the peer never had? Else what was written to its new part has
 * to be there with what was written elsewhere.
 */
static bool is_outside(struct afar_group *g, unsigned int volume)
{
	return !afar_table_inside(&g->journal.table[volume]);
}

/* Of every leaf, in chunks. */
static u64 sum_leaves(struct afar_group *g,
		      u64 (*chunks)(struct afar_group *g, struct afar_leaf *leaf))
{
	u64 count = 0;
	unsigned int v;
	u32 i;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		const struct afar_volume_map *map;

		rcu_read_lock();
		map = READ_ONCE(g->map.volume[v]);
		for (i = 0; map && i < map->leaves; i++) {
			struct afar_leaf *leaf = map->leaf[i];

			spin_lock_irq(&leaf->lock);
			count += chunks(g, leaf);
			spin_unlock_irq(&leaf->lock);
		}
		rcu_read_unlock();
	}
	return count;
}

static u64 list_set(struct afar_group *g, struct afar_leaf *leaf)
{
	return is_outside(g, leaf->volume) ? 0 : afar_map_scan_begin(&leaf->map);
}

static u64 list_outside(struct afar_group *g, struct afar_leaf *leaf)
{
	const struct afar_table_entry *entry = &g->journal.table[leaf->volume];
	/* it may begin within a chunk */
	u64 first = afar_chunk_of(g, afar_table_inside(entry));

	if (!entry->outside)
		return 0;
	first = max(first, leaf->first) - leaf->first;
	return afar_map_scan_all(&leaf->map, min_t(u64, first, U32_MAX));
}

static u64 count_set(struct afar_group *g, struct afar_leaf *leaf)
{
	return is_outside(g, leaf->volume) ? 0 : leaf->set;
}

/** afar_chunkmap_scan_begin() - all chunks with set bits, of volumes in the cut, are to be read */
u64 afar_chunkmap_scan_begin(struct afar_group *g)
{
	return sum_leaves(g, list_set);
}

/** afar_chunkmap_scan_outside() - all that is outside the cut is to be read; how many chunks? */
u64 afar_chunkmap_scan_outside(struct afar_group *g)
{
	return sum_leaves(g, list_outside);
}

/** afar_chunkmap_scan_size() - how many chunks afar_chunkmap_scan_begin() would find. Locked */
u64 afar_chunkmap_scan_size(struct afar_group *g)
{
	return sum_leaves(g, count_set);
}

/**
 * afar_chunkmap_scan_next() - find the next chunk of a volume on the scan list
 * @g:      the group
 * @volume: number
 * @chunk:  where to look from on; result
 */
bool afar_chunkmap_scan_next(struct afar_group *g, u16 volume, u64 *chunk)
{
	struct afar_volume_map *map;
	bool found = false;
	u32 bit, i;

	/* the stream may be given up meanwhile, and the volume forgotten */
	rcu_read_lock();
	map = READ_ONCE(g->map.volume[volume]);
	if (!map || *chunk >= map->chunks)
		goto out;
	for (i = div_u64_rem(*chunk, AFAR_MAP_BITS, &bit); i < map->leaves && !found; i++) {
		struct afar_leaf *leaf = map->leaf[i];

		spin_lock_irq(&leaf->lock);
		bit = afar_map_scan_next(&leaf->map, bit);
		found = bit < leaf->map.chunks;
		spin_unlock_irq(&leaf->lock);
		*chunk = leaf->first + bit;
		bit = 0;
	}
out:
	rcu_read_unlock();
	return found;
}

/**
 * afar_chunkmap_scan_take() - take a chunk from the scan list, to be read
 * @g:      the group
 * @volume: its volume, in use
 * @chunk:  on the list
 *
 * Return: has no number of this term touched it?
 */
bool afar_chunkmap_scan_take(struct afar_group *g, u16 volume, u64 chunk)
{
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);
	bool untouched;

	spin_lock_irq(&leaf->lock);
	untouched = afar_map_scan_take(&leaf->map, bit);
	spin_unlock_irq(&leaf->lock);
	return untouched;
}

/** afar_chunkmap_untouched() - what afar_chunkmap_scan_take() would answer now */
bool afar_chunkmap_untouched(struct afar_group *g, u16 volume, u64 chunk)
{
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);
	bool untouched;

	spin_lock_irq(&leaf->lock);
	untouched = afar_map_untouched(&leaf->map, bit);
	spin_unlock_irq(&leaf->lock);
	return untouched;
}

/** afar_chunkmap_scan_again() - a chunk could not be read; its volume may be gone */
void afar_chunkmap_scan_again(struct afar_group *g, u16 volume, u64 chunk)
{
	struct afar_leaf *leaf;
	u32 bit;

	rcu_read_lock();
	leaf = leaf_if_there(g, volume, chunk, &bit);
	if (leaf) {
		spin_lock_irq(&leaf->lock);
		afar_map_scan_again(&leaf->map, bit);
		spin_unlock_irq(&leaf->lock);
	}
	rcu_read_unlock();
}

/** afar_chunkmap_scan_left() - is any chunk on the scan list? Ask when nothing can join it */
bool afar_chunkmap_scan_left(struct afar_group *g)
{
	bool left = false;
	unsigned int v;
	u32 i;

	rcu_read_lock();
	for (v = 0; v < AFAR_VOLUMES; v++) {
		struct afar_volume_map *map = READ_ONCE(g->map.volume[v]);

		for (i = 0; map && i < map->leaves && !left; i++) {
			struct afar_leaf *leaf = map->leaf[i];

			spin_lock_irq(&leaf->lock);
			left = afar_map_scan_next(&leaf->map, 0) < leaf->map.chunks;
			spin_unlock_irq(&leaf->lock);
		}
	}
	rcu_read_unlock();
	return left;
}

/** afar_chunkmap_unread() - will a chunk be read, and was not before? */
bool afar_chunkmap_unread(struct afar_group *g, u16 volume, u64 chunk)
{
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);
	bool unread;

	spin_lock_irq(&leaf->lock);
	unread = afar_map_may_go_unread(&leaf->map, bit);
	spin_unlock_irq(&leaf->lock);
	return unread;
}

/** afar_chunkmap_scanned() - all of a chunk has been read */
void afar_chunkmap_scanned(struct afar_group *g, u16 volume, u64 chunk)
{
	u32 bit;
	struct afar_leaf *leaf = leaf_of(g, volume, chunk, &bit);

	spin_lock_irq(&leaf->lock);
	afar_map_scanned(&leaf->map, bit);
	spin_unlock_irq(&leaf->lock);
}

/** afar_chunkmap_count() - how many chunks may differ, and of how many */
void afar_chunkmap_count(struct afar_group *g, u64 *dirty, u64 *total)
{
	unsigned int v;
	u32 i;

	*dirty = 0;
	*total = 0;
	rcu_read_lock();
	for (v = 0; v < AFAR_VOLUMES; v++) {
		struct afar_volume_map *map = READ_ONCE(g->map.volume[v]);

		if (!map)
			continue;
		*total += map->chunks;
		for (i = 0; i < map->leaves; i++)
			*dirty += READ_ONCE(map->leaf[i]->set);
	}
	rcu_read_unlock();
}
