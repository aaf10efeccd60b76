// SPDX-License-Identifier: GPL-2.0-only
#include <linux/blkdev.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "core/rule.h"
#include "group.h"

#define BLOCK_SECTORS	(AFAR_BLOCK >> SECTOR_SHIFT)

static const u8 no_bits[AFAR_MAP_BYTES];

static sector_t sector_of(const struct afar_group *g, const struct afar_leaf *leaf,
			  unsigned int copy)
{
	return (g->journal.super.map_start + 2ULL * leaf->index + copy) * BLOCK_SECTORS;
}

static void free_map(struct afar_volume_map *map)
{
	u32 i, array;

	for (i = 0; i < map->leaves; i++) {
		for (array = 0; array < AFAR_MAP_ARRAYS && map->leaf[i]; array++)
			kfree(map->leaf[i]->map.note[array]);
		kvfree(map->leaf[i]);
	}
	kvfree(map);
}

/** afar_chunkmap_free() - free all maps; nobody uses them */
void afar_chunkmap_free(struct afar_group *g)
{
	unsigned int v;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		if (g->map.volume[v])
			free_map(g->map.volume[v]);
		g->map.volume[v] = NULL;
	}
	/* what came when the writer had gone */
	init_llist_head(&g->map.changed);
	g->map.todo = NULL;
	atomic_set(&g->map.busy, 0);
}

/* Does no leaf wait for a round, or take part in one? */
static bool is_quiet(struct afar_volume_map *map)
{
	u32 i;

	for (i = 0; i < map->leaves; i++)
		if (smp_load_acquire(&map->leaf[i]->queued)) /* write_leaves() */
			return false;
	return true;
}

/*
 * Nothing is written to the volume, and its origin is in nobody's hands; only its leaves may be
 * waiting for a round, or somebody count them. The writer runs, if any is. No round is due for it
 * when this returns, so what is written next has a higher generation.
 */
static struct afar_volume_map *take_map(struct afar_chunkmap *m, u32 volume)
{
	struct afar_volume_map *map = m->volume[volume];

	WRITE_ONCE(m->volume[volume], NULL);
	if (!map)
		return NULL;
	/* who has found it may have its leaves queued once more */
	synchronize_rcu();
	wait_event(m->wait, is_quiet(map));
	return map;
}

/*
 * Write a block that has not changed, with a generation that nobody has heard of. A round that is
 * under way, or about to be, may have its generation already, and the block in it.
 * Context: who keeps the map from going.
 */
static void write_again(struct afar_group *g, struct afar_volume_map *map)
{
	struct afar_chunkmap *m = &g->map;
	struct afar_leaf *leaf = map->leaf[0];
	u64 begun;

	spin_lock_irq(&m->lock);
	begun = m->generation;
	spin_unlock_irq(&m->lock);
	while (READ_ONCE(m->durable) <= begun && READ_ONCE(m->running) &&
	       !READ_ONCE(g->journal.failed)) {
		afar_leaf_changed(m, leaf);
		wait_event(m->wait, !smp_load_acquire(&leaf->queued) ||	/* write_leaves() */
			   !READ_ONCE(m->running) || READ_ONCE(g->journal.failed));
	}
}

/**
 * afar_chunkmap_raise() - the map's generation becomes one that nobody has heard of, durably
 * @g:     the group; no volume comes or goes
 * @known: it becomes a higher one than this
 *
 * Return: 0; -EIO: the journal has failed.
 */
int afar_chunkmap_raise(struct afar_group *g, u64 known)
{
	unsigned int v;

	spin_lock_irq(&g->map.lock);
	g->map.generation = max(g->map.generation, known);
	spin_unlock_irq(&g->map.lock);
	for (v = 0; v < AFAR_VOLUMES; v++)
		if (g->map.volume[v]) {
			write_again(g, g->map.volume[v]);
			break;
		}
	return READ_ONCE(g->journal.failed) ? -EIO : 0;
}

/*
 * A map that goes may have the block with the highest generation, which the peer has heard of (R9):
 * before it is gone another block is written with a higher one.
 */
static void pass_generation_on(struct afar_group *g, const struct afar_table_entry *table)
{
	struct afar_chunkmap *m = &g->map;
	u32 v;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		/* who goes, too, would have to wait for it */
		if (!m->volume[v] || !le32_to_cpu(table[v].used))
			continue;
		/* before the peer hears of anything more */
		write_again(g, m->volume[v]);
		break;
	}
}

/**
 * afar_chunkmap_part() - set the maps of volumes aside that the volume table is about to lose
 * @g:     the group; its super_lock is held
 * @table: the volume table, as it will be written
 * @first: the first volume that is looked at
 * @count: how many are
 *
 * afar_chunkmap_parted() follows.
 *
 * Return: 0; -EIO: the journal has failed.
 */
int afar_chunkmap_part(struct afar_group *g, const struct afar_table_entry *table, u32 first,
		       u32 count)
{
	struct afar_chunkmap *m = &g->map;
	u32 v;

	for (v = first; v < first + count; v++) {
		struct afar_volume_map *map;

		if (!m->volume[v] || le32_to_cpu(table[v].used))
			continue;
		map = take_map(m, v);
		map->parted = m->parted;
		m->parted = map;
	}
	if (m->parted)
		pass_generation_on(g, table);
	return READ_ONCE(g->journal.failed) ? -EIO : 0;
}

/**
 * afar_chunkmap_parted() - the volume table has been written, or not
 * @g:    the group; its super_lock is held
 * @gone: it has: maps that were set aside go; else they come back
 */
void afar_chunkmap_parted(struct afar_group *g, bool gone)
{
	struct afar_chunkmap *m = &g->map;
	struct afar_volume_map *map;

	while ((map = m->parted)) {
		m->parted = map->parted;
		if (gone)
			free_map(map);
		else
			WRITE_ONCE(m->volume[map->leaf[0]->volume], map);
	}
}

static struct afar_volume_map *alloc_map(struct afar_group *g, u16 volume,
					 const struct afar_table_entry *entry, u32 first)
{
	u32 chunk_bytes = g->journal.super.chunk_bytes, i;
	u64 sectors = le64_to_cpu(entry->sectors);
	u32 leaves = afar_map_blocks(sectors, chunk_bytes);
	struct afar_volume_map *map;

	map = kvzalloc(struct_size(map, leaf, leaves), GFP_KERNEL);
	if (!map)
		return NULL;
	map->id = entry->id;
	map->first = first;
	map->chunks = afar_map_chunks(sectors, chunk_bytes);
	map->leaves = leaves;
	for (i = 0; i < leaves; i++) {
		struct afar_leaf *leaf = kvzalloc(sizeof(*leaf), GFP_KERNEL);

		map->leaf[i] = leaf;
		if (!leaf) {
			free_map(map);
			return NULL;
		}
		spin_lock_init(&leaf->lock);
		INIT_LIST_HEAD(&leaf->writes);
		leaf->index = first + i;
		leaf->volume = volume;
		leaf->first = (u64)i * AFAR_MAP_BITS;
	}
	return map;
}

static u32 chunks_of(const struct afar_volume_map *map, const struct afar_leaf *leaf)
{
	return min_t(u64, map->chunks - leaf->first, AFAR_MAP_BITS);
}

/* The head of a leaf's block, but for generation and base. */
static void fill_info(struct afar_group *g, const struct afar_leaf *leaf, u32 chunks,
		      struct afar_map_info *info)
{
	*info = (struct afar_map_info){
		.index = leaf->index,
		.journal = g->journal.super.journal,
		.first_chunk = leaf->first,
		.volume = leaf->volume,
		.chunks = chunks,
	};
}

/* ---- load ------------------------------------------------------------------------------------ */

/* Both copies. What cannot be read may have been the newer one, so then none counts. */
static int read_leaf(struct afar_group *g, struct afar_leaf *leaf, struct page **page,
		     const struct afar_map_info *want, struct afar_map_info *info)
{
	const char *why[2];
	unsigned int i;
	int pick;

	memset(info, 0, 2 * sizeof(*info));
	for (i = 0; i < 2; i++) {
		why[i] = "unreadable";
		if (!afar_io_page(&g->journal.bios, g->journal.bdev, sector_of(g, leaf, i),
				  page[i], REQ_OP_READ))
			why[i] = afar_map_block_get(page_address(page[i]), want, &info[i]);
		else
			why[!i] = why[i];
	}
	pick = afar_map_pick(why, info);
	if (pick < 0)
		afar_warn(g, "chunk map: no good copy of block %u (%s): chunks %llu to %llu of volume %u count as different",
			  leaf->index, why[0], leaf->first, leaf->first + want->chunks - 1,
			  leaf->volume);
	else if (why[!pick])
		afar_warn(g, "chunk map: copy %d of block %u is damaged (%s), copy %d serves",
			  !pick, leaf->index, why[!pick], pick);
	return pick;
}

/*
 * The newest block has the newest base record. A generation counts also of one that is of this
 * journal, and was made for a longer or shorter volume.
 */
static void take_info(struct afar_chunkmap *m, const struct afar_map_info info[2], int pick,
		      u64 *newest)
{
	m->generation = max3(m->generation, info[0].generation, info[1].generation);
	m->durable = m->generation;
	if (pick < 0 || info[pick].generation <= *newest)
		return;
	*newest = info[pick].generation;
	m->base = info[pick].base;
}

static int load_volume(struct afar_group *g, u16 volume, struct page **page, u64 *newest)
{
	const struct afar_table_entry *entry = &g->journal.table[volume];
	struct afar_volume_map *map;
	u32 i;

	map = alloc_map(g, volume, entry, le32_to_cpu(entry->map_first));
	if (!map)
		return -ENOMEM;
	for (i = 0; i < map->leaves; i++) {
		struct afar_leaf *leaf = map->leaf[i];
		struct afar_map_info want, info[2];
		int pick;

		fill_info(g, leaf, chunks_of(map, leaf), &want);
		pick = read_leaf(g, leaf, page, &want, info);
		afar_map_leaf_init(&leaf->map, want.chunks, pick < 0 ? NULL :
				   ((struct afar_map_block *)page_address(page[pick]))->bits);
		leaf->set = afar_map_count(&leaf->map);
		leaf->copy = pick == 1;
		take_info(&g->map, info, pick, newest);
	}
	g->map.volume[volume] = map;
	return 0;
}

/**
 * afar_chunkmap_load() - read the chunk maps of all volumes
 * @g:     the group; superblock and volume table are read
 * @stale: result: blocks of the table that have to be written anew
 *
 * A secondary that went down while it took over the primary's table may have maps in each other's
 * way. None of their bits was set, or it has given up a history: then they count as set.
 */
int afar_chunkmap_load(struct afar_group *g, bool stale[AFAR_TABLE_BLOCKS])
{
	struct afar_journal *j = &g->journal;
	struct afar_chunkmap *m = &g->map;
	u64 newest = 0;
	unsigned int v;
	int r = 0;

	m->generation = 0;
	m->durable = 0;
	memset(&m->base, 0, sizeof(m->base));
	afar_chunkmap_free(g);
	for (v = 0; v < AFAR_VOLUMES && !r; v++) {
		if (!le32_to_cpu(j->table[v].used))
			continue;
		if (afar_map_placed(j->table, v, j->super.map_blocks, j->super.chunk_bytes)) {
			r = load_volume(g, v, m->page, &newest);
		} else if (j->super.role == AFAR_SECONDARY) {
			afar_warn(g, "the chunk map of volume %u gets another place", v);
			stale[v / AFAR_TABLE_ENTRIES] = true;
		} else {
			afar_err(g, "journal refused: the chunk map of volume %u is not where it can be",
				 v);
			r = -EINVAL;
		}
	}
	return r;
}

/* ---- a new volume ---------------------------------------------------------------------------- */

static u64 next_generation(struct afar_chunkmap *m, struct afar_map_base *base)
{
	u64 generation;

	spin_lock_irq(&m->lock);
	generation = ++m->generation;
	*base = m->base;
	spin_unlock_irq(&m->lock);
	return generation;
}

static void generation_durable(struct afar_chunkmap *m, u64 generation)
{
	spin_lock_irq(&m->lock);
	WRITE_ONCE(m->durable, max(m->durable, generation));
	spin_unlock_irq(&m->lock);
}

/* @old: the map of the same volume when it was shorter, or NULL. */
static void init_leaf(struct afar_leaf *leaf, u32 chunks, const u8 *bits,
		      struct afar_volume_map *old)
{
	u32 i = leaf->first / AFAR_MAP_BITS;

	if (old && i < old->leaves) {
		spin_lock_irq(&old->leaf[i]->lock);
		afar_map_leaf_grow(&leaf->map, chunks, &old->leaf[i]->map);
		spin_unlock_irq(&old->leaf[i]->lock);
	} else {
		afar_map_leaf_init(&leaf->map, chunks, bits);
	}
	leaf->set = afar_map_count(&leaf->map);
}

/* Both copies: what lies there may be of a volume that had the place before. */
static int write_new(struct afar_group *g, struct afar_volume_map *map, struct page *page,
		     const u8 *bits, struct afar_volume_map *old)
{
	struct afar_map_block *le = page_address(page);
	struct afar_map_base base;
	struct afar_map_info info;
	u64 generation = next_generation(&g->map, &base);
	u32 i, copy;
	int r = 0;

	for (i = 0; i < map->leaves && !r; i++) {
		struct afar_leaf *leaf = map->leaf[i];

		init_leaf(leaf, chunks_of(map, leaf), bits, old);
		fill_info(g, leaf, leaf->map.chunks, &info);
		info.generation = generation;
		info.base = base;
		memcpy(le->bits, leaf->map.goal, sizeof(le->bits));
		afar_map_block_put(le, &info);
		for (copy = 0; copy < 2 && !r; copy++)
			r = afar_io_page(&g->journal.bios, g->journal.bdev,
					 sector_of(g, leaf, copy), page,
					 REQ_OP_WRITE | REQ_SYNC | REQ_META);
	}
	if (!r)
		r = blkdev_issue_flush(g->journal.bdev);
	if (r)
		afar_journal_fail(g, "write of the chunk map", r);
	else
		generation_durable(&g->map, generation);
	return r;
}

/* An entry that was filled in anew does not know where its map is. */
static void tell_places(struct afar_group *g, struct afar_table_entry *table)
{
	u32 v;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		struct afar_volume_map *map = g->map.volume[v];
		bool there = le32_to_cpu(table[v].used) && map;

		table[v].map_first = cpu_to_le32(there ? map->first : 0);
		table[v].map_blocks = cpu_to_le32(there ? map->leaves : 0);
	}
}

/* Where the map of a volume has room beside those in the table. Says in the log if there is none */
static bool place(struct afar_group *g, const struct afar_table_entry *table, u16 volume,
		  u64 sectors, u32 *first)
{
	struct afar_journal *j = &g->journal;
	u64 blocks = afar_map_blocks(sectors, j->super.chunk_bytes), needed;

	if (afar_map_place(table, j->super.map_blocks, blocks, first))
		return true;
	needed = afar_map_journal(table, blocks, afar_super_in_memory(&j->super));
	if (needed)
		afar_err(g, "volume %u: the journal has no room for its chunk map; one of %llu MiB has, or one with a larger chunk_size",
			 volume, needed >> (20 - AFAR_BLOCK_SHIFT));
	else
		afar_err(g, "volume %u: no journal has room for its chunk map; format one with a larger chunk_size",
			 volume);
	return false;
}

static bool find_place(struct afar_group *g, struct afar_table_entry *table, u16 volume,
		       u64 sectors, u32 *first)
{
	tell_places(g, table);
	return place(g, table, volume, sectors, first);
}

/**
 * afar_chunkmap_fits() - is there room for the map of a new volume? Says in the log why not.
 * @g:       the group; its super_lock is held
 * @volume:  number
 * @sectors: length
 */
bool afar_chunkmap_fits(struct afar_group *g, u16 volume, u64 sectors)
{
	u32 first;

	return find_place(g, g->journal.table, volume, sectors, &first);
}

static int add_map(struct afar_group *g, struct afar_table_entry *table, u16 volume,
		   const u8 *bits)
{
	struct page *page = alloc_page(GFP_NOIO);
	struct afar_volume_map *map = NULL, *old;
	int r = -ENOMEM;
	u32 first;

	if (!find_place(g, table, volume, le64_to_cpu(table[volume].sectors), &first))
		r = -ENOSPC;
	else
		map = alloc_map(g, volume, &table[volume], first);
	/* of the same volume, when it was shorter */
	old = take_map(&g->map, volume);
	if (map && page)
		r = write_new(g, map, page, bits, old);
	if (page)
		__free_page(page);
	WRITE_ONCE(g->map.volume[volume], r ? old : map);
	if (r ? map : old)
		free_map(r ? map : old);
	return r;
}

static u64 chunks_in_table(struct afar_group *g, const struct afar_table_entry *table, u32 volume)
{
	return le32_to_cpu(table[volume].used) ?
	       afar_map_chunks(le64_to_cpu(table[volume].sectors),
			       g->journal.super.chunk_bytes) : 0;
}

/* A number that has another length or id now is another volume. An id may be learned later. */
static bool fits_map(struct afar_group *g, const struct afar_table_entry *table, u32 volume)
{
	const struct afar_volume_map *map = g->map.volume[volume];

	return map && map->chunks == chunks_in_table(g, table, volume) &&
	       (afar_uuid_none(&map->id) || afar_uuid_equal(&map->id, &table[volume].id));
}

/* A primary's has bits that must not be lost. */
static bool grows(struct afar_group *g, const struct afar_table_entry *table, u32 volume)
{
	const struct afar_volume_map *map = g->map.volume[volume];

	return g->journal.super.role == AFAR_PRIMARY &&
	       map->chunks < chunks_in_table(g, table, volume) &&
	       afar_uuid_equal(&map->id, &table[volume].id);
}

static bool has_map(struct afar_group *g, const struct afar_table_entry *table, u32 volume)
{
	struct afar_volume_map *map = g->map.volume[volume];

	if (!map)
		return false;
	if (fits_map(g, table, volume)) {
		map->id = table[volume].id;
		return true;
	}
	if (!grows(g, table, volume))
		free_map(take_map(&g->map, volume));
	return false;
}

/**
 * afar_chunkmap_room() - a secondary takes over a volume table: is there room for all maps?
 * @g:     the group; its super_lock is held
 * @table: the table as it will be
 */
bool afar_chunkmap_room(struct afar_group *g, const struct afar_table_entry *table)
{
	struct afar_journal *j = &g->journal;
	struct afar_table_entry *copy = kvmalloc(sizeof(j->table), GFP_NOIO);
	bool room = copy;
	u32 v, first;

	if (!copy)
		return false;
	memcpy(copy, table, sizeof(j->table));
	tell_places(g, copy);
	for (v = 0; v < AFAR_VOLUMES; v++)
		if (!fits_map(g, table, v))
			copy[v].map_blocks = 0;
	for (v = 0; v < AFAR_VOLUMES && room; v++) {
		u64 sectors = le64_to_cpu(copy[v].sectors);

		if (!le32_to_cpu(copy[v].used) || copy[v].map_blocks)
			continue;
		room = place(g, copy, v, sectors, &first);
		if (!room)
			break;
		copy[v].map_first = cpu_to_le32(first);
		copy[v].map_blocks = cpu_to_le32(afar_map_blocks(sectors, j->super.chunk_bytes));
	}
	kvfree(copy);
	return room;
}

/**
 * afar_chunkmap_forget() - a secondary takes over a volume table: what does not fit it goes
 * @g:     the group; its super_lock is held
 * @table: the table as it will be
 */
void afar_chunkmap_forget(struct afar_group *g, const struct afar_table_entry *table)
{
	struct afar_volume_map *map;
	u32 v;

	for (v = 0; v < AFAR_VOLUMES; v++) {
		if (!g->map.volume[v] || fits_map(g, table, v))
			continue;
		map = take_map(&g->map, v);
		pass_generation_on(g, table);
		free_map(map);
	}
}

/**
 * afar_chunkmap_add() - see to it that volumes of the volume table have their maps, durably
 * @g:     the group; its super_lock is held
 * @table: the volume table; it is told where the maps are, and the caller writes it
 * @first: the first volume that is looked at
 * @count: how many are
 *
 * A new map has all bits set: nobody knows better. Outside the cut no bits are needed, and a
 * secondary's has none either: its bits say what it wrote when it was primary. One that has given
 * that up may have had some in a map that went.
 */
int afar_chunkmap_add(struct afar_group *g, struct afar_table_entry *table, u32 first, u32 count)
{
	const struct afar_super_info *super = &g->journal.super;
	bool none = super->role == AFAR_SECONDARY && super->flags & AFAR_SUPER_TERM;
	bool all = super->role == AFAR_SECONDARY && super->flags & AFAR_SUPER_DISCARDED;
	u32 v;
	int r = 0;

	for (v = first; v < first + count && !r; v++)
		if (le32_to_cpu(table[v].used) && !has_map(g, table, v))
			r = add_map(g, table, v, !all && (none || table[v].outside) ?
						 no_bits : NULL);
	tell_places(g, table);
	return r;
}

/**
 * afar_chunkmap_add_equal() - make the map of a volume that the volume table has not got yet
 * @g:      the group; its super_lock is held
 * @table:  the volume table as it will be, with the volume
 * @volume: number; the operator declares that the origins of both nodes are equal
 *
 * No bit of it is set. If the table is not written after all, afar_chunkmap_part() takes it.
 */
int afar_chunkmap_add_equal(struct afar_group *g, struct afar_table_entry *table, u16 volume)
{
	if (g->map.volume[volume])
		free_map(take_map(&g->map, volume));
	return add_map(g, table, volume, no_bits);
}

/* ---- the writer ------------------------------------------------------------------------------ */

/** struct round - leaves that are written together */
struct round {
	struct afar_leaf *leaf[AFAR_MAP_BATCH];
	unsigned int leaves;
	u64 generation;
	struct afar_map_base base;
};

/* Take leaves that have changed, oldest first. */
static void take_leaves(struct afar_chunkmap *m, struct round *round)
{
	round->leaves = 0;
	while (round->leaves < AFAR_MAP_BATCH) {
		struct afar_leaf *leaf;

		if (!m->todo)
			m->todo = llist_reverse_order(llist_del_all(&m->changed));
		if (!m->todo)
			return;
		leaf = llist_entry(m->todo, struct afar_leaf, changed);
		m->todo = m->todo->next;
		round->leaf[round->leaves++] = leaf;
	}
}

static void take_image(struct afar_group *g, struct afar_leaf *leaf, const struct round *round,
		       struct afar_map_block *le)
{
	struct afar_map_info info;

	set_bit(AFAR_LEAF_BUSY, &leaf->queued);
	clear_bit(AFAR_LEAF_QUEUED, &leaf->queued);
	/* what changes from here on finds it not queued, and queues it for the next round */
	smp_mb__after_atomic();
	spin_lock_irq(&leaf->lock);
	afar_map_round(&leaf->map, le->bits);
	fill_info(g, leaf, leaf->map.chunks, &info);
	spin_unlock_irq(&leaf->lock);
	info.generation = round->generation;
	info.base = round->base;
	afar_map_block_put(le, &info);
}

static int write_round(struct afar_group *g, struct round *round)
{
	struct afar_chunkmap *m = &g->map;
	struct blk_plug plug;
	struct afar_io io;
	unsigned int i;
	int r;

	if (READ_ONCE(g->journal.failed))
		return -EIO;
	afar_io_begin(&io, &g->journal.bios, REQ_OP_WRITE | REQ_SYNC | REQ_META | REQ_IDLE);
	blk_start_plug(&plug);
	for (i = 0; i < round->leaves; i++)
		afar_io_add(&io, g->journal.bdev,
			    sector_of(g, round->leaf[i], !round->leaf[i]->copy), m->page[i], 0,
			    AFAR_BLOCK);
	blk_finish_plug(&plug);
	r = afar_io_wait(&io);
	m->writes += round->leaves;
	if (!r && afar_rule(AFAR_RULE_MAP_FIRST)) {
		m->flushes++;
		r = blkdev_issue_flush(g->journal.bdev);
	}
	if (r)
		afar_journal_fail(g, "write of the chunk map", r);
	else
		generation_durable(m, round->generation);
	return r;
}

static void end_leaf(struct afar_group *g, struct afar_leaf *leaf, const u8 *image, bool ok)
{
	u32 array;

	spin_lock_irq(&leaf->lock);
	afar_map_round_end(&leaf->map, image, ok);
	leaf->set = afar_map_count(&leaf->map);
	for (array = 0; array < AFAR_MAP_ARRAYS; array++)
		kfree(afar_map_reap(&leaf->map, array, false));
	spin_unlock_irq(&leaf->lock);
	leaf->copy ^= ok;
	afar_leaf_wake(g, leaf, !ok);
}

static bool write_leaves(struct afar_group *g)
{
	struct afar_chunkmap *m = &g->map;
	struct round round;
	unsigned int i;
	int r;

	take_leaves(m, &round);
	if (!round.leaves)
		return false;
	round.generation = next_generation(m, &round.base);
	for (i = 0; i < round.leaves; i++)
		take_image(g, round.leaf[i], &round, page_address(m->page[i]));
	r = write_round(g, &round);
	for (i = 0; i < round.leaves; i++) {
		struct afar_map_block *le = page_address(m->page[i]);

		end_leaf(g, round.leaf[i], le->bits, !r);
		/* not looked at any more: take_map() */
		clear_bit_unlock(AFAR_LEAF_BUSY, &round.leaf[i]->queued);
	}
	atomic_sub(round.leaves, &m->busy);
	wake_up_all(&m->wait);
	return true;
}

static int writer(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_group *g = data;
	struct afar_chunkmap *m = &g->map;

	for (;;) {
		wait_event_idle(m->wait, !llist_empty(&m->changed) || kthread_should_stop());
		while (write_leaves(g))
			;
		if (kthread_should_stop())
			break;
	}
	memalloc_noio_restore(noio);
	return 0;
}

/** afar_chunkmap_start() - start the writer */
int afar_chunkmap_start(struct afar_group *g)
{
	struct task_struct *task = kthread_run(writer, g, "afar_map/%s", g->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	g->map.writer = task;
	WRITE_ONCE(g->map.running, true);
	return 0;
}

/**
 * afar_chunkmap_stop() - stop the writer when it has written what is wanted
 * @g: the group
 *
 * Volumes may live on when the group's table was taken away: what still waits fails, and so does
 * whatever comes and would have to wait.
 */
void afar_chunkmap_stop(struct afar_group *g)
{
	struct afar_chunkmap *m = &g->map;
	unsigned int v;
	u32 i;

	cancel_delayed_work_sync(&m->clear_work);
	WRITE_ONCE(m->running, false);
	if (m->writer)
		kthread_stop(m->writer);
	m->writer = NULL;
	for (v = 0; v < AFAR_VOLUMES; v++)
		for (i = 0; m->volume[v] && i < m->volume[v]->leaves; i++)
			afar_leaf_wake(g, m->volume[v]->leaf[i], true);
}
