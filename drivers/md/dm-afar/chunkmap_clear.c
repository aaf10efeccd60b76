// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: clearing bits (R2)
 * Some time after the peer has committed something each origin is flushed, and the bits leave of
 * which nothing newer is known, with the cut that this stands on.
 */
#include <linux/blkdev.h>
#include <linux/sched/mm.h>
#include "core/rule.h"
#include "group.h"

/**
 * afar_chunkmap_committed() - the peer has committed something: some time later bits can be cleared
 * @g: the group
 *
 * Nothing is armed while nothing is committed, so an idle group does nothing.
 */
void afar_chunkmap_committed(struct afar_group *g)
{
	queue_delayed_work(g->wq, &g->map.clear_work,
			   msecs_to_jiffies(g->options.value[AFAR_KNOB_CLEAR_INTERVAL]));
}

/** afar_chunkmap_clear_soon() - it has committed much at once, which a next resync would count */
void afar_chunkmap_clear_soon(struct afar_group *g)
{
	mod_delayed_work(g->wq, &g->map.clear_work, 0);
}

static bool any_clearable(struct afar_volume_map *map, u64 seq)
{
	u32 i, array, count = 0;

	for (i = 0; i < map->leaves; i++)
		for (array = 0; array < AFAR_MAP_ARRAYS && !count; array++) {
			struct afar_leaf *leaf = map->leaf[i];

			spin_lock_irq(&leaf->lock);
			count = afar_map_clearable(&leaf->map, array, seq);
			spin_unlock_irq(&leaf->lock);
		}
	return count;
}

/* From here on the bits count as not set. */
static void clear_leaf(struct afar_group *g, struct afar_leaf *leaf, u64 seq)
{
	u32 array, count = 0;

	for (array = 0; array < AFAR_MAP_ARRAYS; array++) {
		spin_lock_irq(&leaf->lock);
		count += afar_map_clear(&leaf->map, array, seq);
		spin_unlock_irq(&leaf->lock);
	}
	if (count)
		afar_leaf_changed(&g->map, leaf);
}

/*
 * What is cleared was committed before the flush: its last write had ended by then, so the flush
 * covers it. A write that has come since is still on its way, or has a higher number. A device that
 * has failed a flush may have dropped what it was for, and say yes to the next one: in this term no
 * bit goes any more.
 */
static int clear_volume(struct afar_group *g, struct afar_vol *vol, u64 seq)
{
	struct afar_volume_map *map = READ_ONCE(g->map.volume[vol->number]);
	u32 i;
	int r;

	/* one that is attached and not added yet has none */
	if (!map || READ_ONCE(g->stream.unflushed) || !any_clearable(map, seq))
		return 0;
	r = afar_rule(AFAR_RULE_CLEAR_FLUSH) ? blkdev_issue_flush(vol->origin->bdev) : 0;
	if (r) {
		afar_err(g, "volume %u: origin cannot be flushed (%pe): chunks stay in the chunk map until a 'resync'",
			 vol->number, ERR_PTR(r));
		WRITE_ONCE(g->stream.unflushed, true);
		return r;
	}
	for (i = 0; i < map->leaves; i++)
		clear_leaf(g, map->leaf[i], seq);
	return 0;
}

/* The peer's cut that the clear stands on goes with it; false: there is none. */
static bool take_base(struct afar_group *g, struct afar_map_base *base)
{
	struct afar_stream *s = &g->stream;
	struct afar_cut cut;
	bool ok;

	spin_lock_irq(&s->lock);
	cut = s->committed;
	if (!afar_rule(AFAR_RULE_CLEAR_COMMITTED))
		cut.seq = s->base - 1;	/* what is DURABLE */
	ok = s->mode == AFAR_MODE_STREAM && cut.set;
	spin_unlock_irq(&s->lock);
	spin_lock(&g->link.lock);
	base->journal = g->link.peer_journal;
	spin_unlock(&g->link.lock);
	base->term = g->journal.super.term;
	base->set = cut.set;
	base->seq = cut.seq;
	return ok && !afar_uuid_none(&base->journal);
}

/*
 * Before any bit leaves: no image may say less than what it clears stands on. Of two who clear the
 * slower one must not take back what the other has said. Is the peer another one, or the term?
 */
static bool note_base(struct afar_chunkmap *m, const struct afar_map_base *base)
{
	bool other;

	spin_lock_irq(&m->lock);
	other = !afar_uuid_equal(&m->base.journal, &base->journal) ||
		!afar_term_equal(&m->base.term, &base->term);
	if (other || m->base.set < base->set)
		m->base = *base;
	spin_unlock_irq(&m->lock);
	return other;
}

/* The disk is to know where the peer was, even if there is nothing to clear (R9). */
static void write_base(struct afar_group *g)
{
	struct afar_volume_map *map = NULL;
	unsigned int v;

	rcu_read_lock();
	for (v = 0; v < AFAR_VOLUMES && !map; v++)
		map = READ_ONCE(g->map.volume[v]);
	if (map)
		afar_leaf_changed(&g->map, map->leaf[0]);
	rcu_read_unlock();
}

/** afar_chunkmap_clear() - work function of afar_chunkmap_committed() */
void afar_chunkmap_clear(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, map.clear_work.work);
	unsigned int noio = memalloc_noio_save(), v;
	struct afar_map_base base;
	bool other;
	int r = 0;

	if (READ_ONCE(g->journal.failed) || !take_base(g, &base))
		goto out;
	other = note_base(&g->map, &base);
	for (v = 0; v < AFAR_VOLUMES; v++) {
		struct afar_vol *vol = afar_volume_use(g, v);

		if (!vol)
			continue;
		r = clear_volume(g, vol, base.seq) ?: r;
		afar_volume_unuse(vol);
	}
	if (other)
		write_base(g);
	if (r)
		afar_chunkmap_committed(g);	/* tried again, though nothing may move */
out:
	memalloc_noio_restore(noio);
}

/**
 * afar_chunkmap_clear_now() - clear what can be cleared, for what follows depends on it
 * @g:   the group, locked
 * @vol: one that is not attached, and is not written to; or NULL
 *
 * Bits that are being set all the time may keep the last ones from the disk.
 */
void afar_chunkmap_clear_now(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_chunkmap *m = &g->map;
	struct afar_map_base base;

	afar_chunkmap_clear_soon(g);
	flush_delayed_work(&m->clear_work);
	if (vol && !READ_ONCE(g->journal.failed) && !READ_ONCE(g->stream.unflushed) &&
	    take_base(g, &base)) {
		note_base(m, &base);
		clear_volume(g, vol, base.seq);
	}
	wait_event_timeout(m->wait, !atomic_read(&m->busy), HZ);
}
