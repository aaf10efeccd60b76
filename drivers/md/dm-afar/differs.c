// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: where a returning node differs (R3)
 * A node that has given up a history of its own keeps the set bits of its chunk map until it is at
 * a cut of its peer's again, and tells them in each handshake. The primary adds them to its own
 * before its term's resync set begins: that carries what either node wrote, and nothing else.
 */
#include <linux/slab.h>
#include "core/rule.h"
#include "core/term.h"
#include "group.h"

/**
 * afar_history_tells() - can this node say where it may differ from the peer's history?
 * @g:      the group; a secondary
 * @theirs: the peer's HELLO
 * @term:   the peer's term
 *
 * Else all that it has may.
 */
bool afar_history_tells(struct afar_group *g, const struct afar_hello_info *theirs,
			const struct afar_term *term)
{
	struct afar_map_base base = afar_chunkmap_base(&g->map);

	return g->journal.super.flags & AFAR_SUPER_DISCARDED &&
	       afar_history_covered(&g->journal.super, &base, theirs, term);
}

/* The first chunk from @chunk on that may differ, or that does not. RCU. */
static u64 next_chunk(struct afar_volume_map *map, u64 chunk, bool differs)
{
	u32 bit, i;

	if (chunk >= map->chunks)
		return map->chunks;
	for (i = div_u64_rem(chunk, AFAR_MAP_BITS, &bit); i < map->leaves; i++, bit = 0) {
		struct afar_leaf *leaf = map->leaf[i];

		spin_lock_irq(&leaf->lock);
		bit = afar_map_next(&leaf->map, bit, differs);
		spin_unlock_irq(&leaf->lock);
		if (bit < leaf->map.chunks)
			return leaf->first + bit;
	}
	return map->chunks;
}

/**
 * afar_differs_next() - the next span in which this node may differ
 * @g:      the group
 * @span: the one before, zeroes at first; result
 *
 * Return: false: there is none.
 */
bool afar_differs_next(struct afar_group *g, struct afar_span_info *span)
{
	u64 chunk = g->journal.super.chunk_bytes >> SECTOR_SHIFT;	/* a power of two */
	u64 from = (span->sector + span->sectors) >> ilog2(chunk), to;
	bool found = false;

	rcu_read_lock();
	for (; span->volume < AFAR_VOLUMES; span->volume++, from = 0) {
		struct afar_volume_map *map = READ_ONCE(g->map.volume[span->volume]);

		if (!map)
			continue;
		from = next_chunk(map, from, true);
		to = next_chunk(map, from, false);
		found = from < to;
		if (!found)
			continue;
		span->sector = from * chunk;
		span->sectors = (to - from) * chunk;
		break;
	}
	rcu_read_unlock();
	return found;
}

/* Room for the bits of a volume, in blocks as the chunk map has them. */
static int get_room(struct afar_group *g, struct afar_differs *d, u16 volume)
{
	struct afar_volume_map *map;
	u64 chunks = 0;
	u32 leaves = 0;

	if (d->bits[volume])
		return 0;
	rcu_read_lock();
	map = READ_ONCE(g->map.volume[volume]);
	if (map) {
		chunks = map->chunks;
		leaves = map->leaves;
	}
	rcu_read_unlock();
	if (!leaves)
		return -ENODEV;
	d->bits[volume] = kvcalloc(leaves, AFAR_MAP_BYTES, GFP_KERNEL);
	d->chunks[volume] = chunks;
	return d->bits[volume] ? 0 : -ENOMEM;
}

/**
 * afar_differs_add() - the peer may differ in a span
 * @g:      the group
 * @d:      what it may differ in
 * @span: of a volume that need not be here, and may have another length
 *
 * Return: 0; -ENOMEM.
 */
int afar_differs_add(struct afar_group *g, struct afar_differs *d,
		     const struct afar_span_info *span)
{
	int r = get_room(g, d, span->volume);
	u64 chunk, end;

	/* the peer takes this node's volume table over before it is resynced */
	if (r)
		return r == -ENODEV ? 0 : r;
	chunk = afar_chunk_of(g, span->sector);
	end = min(afar_chunk_of(g, span->sector + span->sectors - 1) + 1,
		  d->chunks[span->volume]);
	for (; chunk < end; chunk++)
		d->bits[span->volume][chunk / 8] |= 1U << (chunk % 8);
	return 0;
}

/* How many bits were not set yet. */
static u32 merge_leaf(struct afar_group *g, struct afar_leaf *leaf, const u8 *bits)
{
	u32 count;

	if (!bits) {
		afar_leaf_fill(g, leaf);
		return 0;
	}
	spin_lock_irq(&leaf->lock);
	count = afar_map_merge(&leaf->map, bits);
	spin_unlock_irq(&leaf->lock);
	if (count)
		afar_leaf_changed(&g->map, leaf);
	return count;
}

/* Bits of a leaf; NULL: the volume is another one by now, and nobody knows. */
static const u8 *bits_of(const struct afar_differs *d, const struct afar_volume_map *map,
			 u16 volume, u32 leaf)
{
	return map->chunks == d->chunks[volume] ?
	       d->bits[volume] + (size_t)leaf * AFAR_MAP_BYTES : NULL;
}

static bool is_merged(struct afar_group *g, const struct afar_differs *d)
{
	bool merged = true;
	unsigned int v;
	u32 i;

	rcu_read_lock();
	for (v = 0; v < AFAR_VOLUMES && merged; v++) {
		struct afar_volume_map *map = READ_ONCE(g->map.volume[v]);

		for (i = 0; d->bits[v] && map && i < map->leaves && merged; i++) {
			struct afar_leaf *leaf = map->leaf[i];
			const u8 *bits = bits_of(d, map, v, i);

			spin_lock_irq(&leaf->lock);
			merged = !bits || afar_map_merged(&leaf->map, bits);
			spin_unlock_irq(&leaf->lock);
		}
	}
	rcu_read_unlock();
	return merged;
}

/**
 * afar_differs_merge() - set this node's bits where the peer may differ, durably
 * @g: the group; a primary whose stream is given up, so that nothing is being cleared
 * @d: what the peer has said
 *
 * Context: a lane's thread, in the handshake.
 *
 * Return: 0; -EIO: the journal has failed, or ends.
 */
int afar_differs_merge(struct afar_group *g, const struct afar_differs *d)
{
	u64 count = 0, dirty, total;
	unsigned int v;
	u32 i;

	if (!afar_rule(AFAR_RULE_RETURNED))
		return 0;
	rcu_read_lock();
	for (v = 0; v < AFAR_VOLUMES; v++) {
		struct afar_volume_map *map = READ_ONCE(g->map.volume[v]);

		for (i = 0; d->bits[v] && map && i < map->leaves; i++)
			count += merge_leaf(g, map->leaf[i], bits_of(d, map, v, i));
	}
	rcu_read_unlock();
	wait_event(g->map.wait, is_merged(g, d) || !READ_ONCE(g->map.running) ||
		   READ_ONCE(g->journal.failed));
	afar_chunkmap_count(g, &dirty, &total);
	/* it comes here with each dial */
	if (count)
		afar_info(g, "the peer has given up a history: %llu chunks may differ, %llu of them on account of that",
			  dirty, count);
	return READ_ONCE(g->journal.failed) || !READ_ONCE(g->map.running) ? -EIO : 0;
}

/** afar_differs_drop() - forget what was said */
void afar_differs_drop(struct afar_differs *d)
{
	unsigned int v;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		kvfree(d->bits[v]);
		d->bits[v] = NULL;
	}
}
