/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: chunk map
 * The bits "may differ" of all volumes, in memory and in the journal. A write comes here after the
 * overlap table and before it is tagged: where its chunk's bit is set it passes, with one short
 * lock; else it is parked until the writer of the map has made the bit durable. The writer takes
 * all bits that are wanted at once: few blocks, one flush.
 *
 * Bits are cleared in rounds, some time after the peer has committed something, and never else:
 * each origin is flushed, and what R2 allows is cleared, by the same writer.
 */
#ifndef AFAR_CHUNKMAP_H
#define AFAR_CHUNKMAP_H

#include <linux/bio.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "core/map.h"

struct afar_group;
struct afar_vol;
struct afar_write;

/** AFAR_MAP_BATCH - most blocks of one round of the writer */
#define AFAR_MAP_BATCH	16

/* struct afar_leaf.queued */
#define AFAR_LEAF_QUEUED	0
#define AFAR_LEAF_BUSY		1

/**
 * struct afar_leaf - a block of the chunk map of a volume
 * @lock:    Protects: @map, @set, @writes, @bios; taken in interrupts
 * @map:     the bits
 * @set:     how many are set
 * @writes:  writes that wait for their bit
 * @bios:    bios that do so, and get no number
 * @changed: in struct afar_chunkmap.changed
 * @queued:  AFAR_LEAF_QUEUED: it is there; AFAR_LEAF_BUSY: in a round
 * @copy:    which copy on disk is the newest; the writer's
 * @index:   which block of the journal's chunk maps
 * @volume:  volume number
 * @first:   chunk of its first bit
 */
struct afar_leaf {
	spinlock_t lock;
	u32 set;
	struct list_head writes;
	struct bio_list bios;
	struct llist_node changed;
	unsigned long queued;
	u8 copy;
	u32 index;
	u16 volume;
	u64 first;
	struct afar_map_leaf map;
};

/**
 * struct afar_volume_map - the chunk map of a volume
 * @id:     of the volume; none: not known yet
 * @first:  first block of it, counted from the map's start
 * @chunks: of the volume
 * @leaves: length of @leaf
 * @parted: next one that is set aside, see afar_chunkmap_part()
 * @leaf:   by chunk / AFAR_MAP_BITS
 */
struct afar_volume_map {
	struct afar_uuid id;
	u32 first;
	u64 chunks;
	u32 leaves;
	struct afar_volume_map *parted;
	struct afar_leaf *leaf[];
};

/**
 * struct afar_chunkmap - the chunk maps of a group
 * @volume:     by volume number, as the volume table has it; changes under super_lock, while the
 *              volume is not attached or the node is secondary. RCU for who only looks
 * @parted:     those that are set aside while the volume table is written; super_lock
 * @lock:       Protects: @base, @generation
 * @base:       what the peer had committed when bits were cleared last
 * @generation: of the last round that was begun
 * @durable:    highest generation that is on stable media
 * @changed:    leaves that a round is due for
 * @todo:       those that the writer has taken from it, not in a round yet; the writer's
 * @busy:       leaves on @changed, on @todo, or in a round
 * @wait:       the writer waits for @changed, others for @busy to become 0
 * @running:    the writer is there: who needs a bit may wait for it
 * @writer:     the thread
 * @page:       images of a round; the writer's
 * @clear_work: clears what may be cleared
 * @writes:     blocks written
 * @flushes:    flushes of the journal by rounds
 */
struct afar_chunkmap {
	struct afar_volume_map *volume[AFAR_VOLUMES];
	struct afar_volume_map *parted;
	spinlock_t lock;
	struct afar_map_base base;
	u64 generation;
	u64 durable;
	struct llist_head changed;
	struct llist_node *todo;
	atomic_t busy;
	wait_queue_head_t wait;
	bool running;
	struct task_struct *writer;
	struct page *page[AFAR_MAP_BATCH];
	struct delayed_work clear_work;
	u64 writes;
	u64 flushes;
};

/**
 * struct afar_differs - where a peer has said that it may differ
 * @bits:   by volume number, as the leaves of its map have them; NULL: nowhere
 * @chunks: of the volume, when @bits was made
 */
struct afar_differs {
	u8 *bits[AFAR_VOLUMES];
	u64 chunks[AFAR_VOLUMES];
};

/** enum afar_enter - may a write go on to the origin? 0 is not valid */
enum afar_enter {
	AFAR_ENTER_PASS = 1,	/* yes */
	AFAR_ENTER_PARKED,	/* it will come back through stream.redrive or stream.parked */
	AFAR_ENTER_NOMEM,	/* it has not entered: try again */
	AFAR_ENTER_FAILED,	/* it must not be done: its bit cannot be set */
};

/* chunkmap.c: bits, and who waits for them */
int afar_chunkmap_init(struct afar_group *g);
void afar_chunkmap_exit(struct afar_group *g);
struct afar_map_base afar_chunkmap_base(struct afar_chunkmap *m);
enum afar_enter afar_chunkmap_enter(struct afar_group *g, struct afar_write *w, gfp_t gfp);
void afar_chunkmap_leave(struct afar_group *g, struct afar_write *w, u64 seq);
enum afar_enter afar_chunkmap_enter_dirty(struct afar_group *g, u16 volume, u64 chunk,
					  struct bio *bio);
void afar_chunkmap_begin(struct afar_group *g, u64 carried);
int afar_chunkmap_wipe(struct afar_group *g, bool equal);
int afar_chunkmap_fill(struct afar_group *g);
u64 afar_chunkmap_scan_begin(struct afar_group *g);
u64 afar_chunkmap_scan_outside(struct afar_group *g);
u64 afar_chunkmap_scan_size(struct afar_group *g);
bool afar_chunkmap_scan_next(struct afar_group *g, u16 volume, u64 *chunk);
int afar_chunkmap_differs(struct afar_group *g, u16 volume, u64 chunk);
bool afar_chunkmap_untouched(struct afar_group *g, u16 volume, u64 chunk);
bool afar_chunkmap_scan_take(struct afar_group *g, u16 volume, u64 chunk);
void afar_chunkmap_scanned(struct afar_group *g, u16 volume, u64 chunk);
void afar_chunkmap_scan_again(struct afar_group *g, u16 volume, u64 chunk);
bool afar_chunkmap_scan_left(struct afar_group *g);
bool afar_chunkmap_unread(struct afar_group *g, u16 volume, u64 chunk);
enum afar_enter afar_chunkmap_enter_unread(struct afar_group *g, u16 volume, u64 chunk,
					   struct bio *bio);
bool afar_chunkmap_leave_unread(struct afar_group *g, u16 volume, u64 chunk);
void afar_chunkmap_count(struct afar_group *g, u64 *dirty, u64 *total);
void afar_leaf_fill(struct afar_group *g, struct afar_leaf *leaf);
void afar_leaf_changed(struct afar_chunkmap *m, struct afar_leaf *leaf);
void afar_leaf_wake(struct afar_group *g, struct afar_leaf *leaf, bool failed);

/* differs.c: a node returns */
bool afar_history_tells(struct afar_group *g, const struct afar_hello_info *theirs,
			const struct afar_term *term);
bool afar_differs_next(struct afar_group *g, struct afar_span_info *span);
int afar_differs_add(struct afar_group *g, struct afar_differs *d,
		     const struct afar_span_info *span);
int afar_differs_merge(struct afar_group *g, const struct afar_differs *d);
void afar_differs_drop(struct afar_differs *d);

/* chunkmap_clear.c: when they leave */
void afar_chunkmap_committed(struct afar_group *g);
void afar_chunkmap_clear_soon(struct afar_group *g);
void afar_chunkmap_clear(struct work_struct *work);
void afar_chunkmap_clear_now(struct afar_group *g, struct afar_vol *vol);

/* chunkmap_disk.c: blocks in the journal, and the writer */
int afar_chunkmap_load(struct afar_group *g, bool stale[AFAR_TABLE_BLOCKS]);
bool afar_chunkmap_fits(struct afar_group *g, u16 volume, u64 sectors);
int afar_chunkmap_add(struct afar_group *g, struct afar_table_entry *table, u32 first, u32 count);
int afar_chunkmap_add_equal(struct afar_group *g, struct afar_table_entry *table, u16 volume);
int afar_chunkmap_part(struct afar_group *g, const struct afar_table_entry *table, u32 first,
		       u32 count);
void afar_chunkmap_parted(struct afar_group *g, bool gone);
bool afar_chunkmap_room(struct afar_group *g, const struct afar_table_entry *table);
void afar_chunkmap_forget(struct afar_group *g, const struct afar_table_entry *table);
void afar_chunkmap_free(struct afar_group *g);
int afar_chunkmap_start(struct afar_group *g);
void afar_chunkmap_stop(struct afar_group *g);
int afar_chunkmap_raise(struct afar_group *g, u64 known);

/** afar_chunkmap_generation() - what sync commands say of the map (R9) */
static inline u64 afar_chunkmap_generation(struct afar_chunkmap *m)
{
	return READ_ONCE(m->durable);
}

#endif /* AFAR_CHUNKMAP_H */
