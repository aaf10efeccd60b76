/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: chunk map
 * One bit for each chunk of a volume: set means that its contents may differ from the peer's. It is
 * set durably before the origin is written, and cleared only when the peer has COMMITTED all that
 * was written there, and the origin was flushed after it (R2).
 *
 * The map of a volume is cut into leaves, one for each block on disk. A leaf is written in rounds,
 * one at a time: afar_map_round() takes an image, the caller makes it durable, afar_map_round_end()
 * says how it went. A bit is what three bitmaps say of it:
 *
 *	durable  goal  flight
 *	   0      0      0	not set
 *	   0      1      0	wanted: will be set by the next round
 *	   0      1      1	being set
 *	   1      1      0	set: the only state in which the origin may be written
 *	   1      0      0	leaving: will be cleared by the next round; may still be set again
 *	   1      0      1	being cleared: on disk it may be either
 *	   1      1      1	being cleared, and wanted again: the next round sets it
 *
 * What is known of the writes to a chunk is a note: highest number, and how many are on their way.
 * Notes come in arrays of AFAR_MAP_NOTES, allocated by the caller when the first write comes to one
 * of their chunks, and given back when all bits of the array are clear. A bit that is set and has
 * no note was set before: it counts as touched by the number @carried.
 *
 * Where a volume is outside the cut (volumes.h) it counts as different whatever its bits say.
 *
 * A bit on the scan list stays set whatever is committed, until its chunk has been read and tagged.
 * A write to a chunk on the list needs no number: what it does is read after it. So a chunk comes
 * off the list before it is read, and is back on it when such a write has ended.
 *
 * Pure: the caller serializes each leaf; no allocation, any context.
 */
#ifndef AFAR_MAP_H
#define AFAR_MAP_H

#include "codec.h"
#include "super.h"

#define AFAR_MAP_BYTES	(AFAR_BLOCK - AFAR_MAP_HEAD)
/** AFAR_MAP_NOTES - notes of one array */
#define AFAR_MAP_NOTES	256
/** AFAR_MAP_ARRAYS - arrays of notes of a leaf */
#define AFAR_MAP_ARRAYS	(AFAR_MAP_BITS / AFAR_MAP_NOTES)

/** AFAR_MAP_NEVER - a number that no cut covers: the bit stays */
#define AFAR_MAP_NEVER	U64_MAX

/**
 * struct afar_map_note - what is known of the writes to a chunk since the term was taken up
 * @seq:    highest number that touched it
 * @flight: writes that have entered and not left
 * @flags:  why no cut covers it, whatever @seq says: AFAR_MAP_*
 */
struct afar_map_note {
	u64 seq;
	u32 flight;
	u32 flags;
};

/* struct afar_map_note.flags */
#define AFAR_MAP_UNREAD	1	/* the bit was set before, and nobody has read the chunk since */
#define AFAR_MAP_VOID	2	/* a number has become void: nobody knows what it did here */
#define AFAR_MAP_AGAIN	4	/* on the scan list again: numbers had better be given */

/**
 * struct afar_map_leaf - the bits of one block
 * @chunks:    how many of them are used
 * @carried:   number that counts for set bits without a note
 * @untracked: something was written without a number: nothing is cleared in this term
 * @changed:   a bit's goal has changed since the last round began: another round is due
 * @durable:   see above
 * @goal:      see above
 * @flight:    see above
 * @scan:      the scan list: chunks that are to be read for a resync set
 * @note:      arrays; NULL: none
 */
struct afar_map_leaf {
	u32 chunks;
	u64 carried;
	bool untracked;
	bool changed;
	u8 durable[AFAR_MAP_BYTES];
	u8 goal[AFAR_MAP_BYTES];
	u8 flight[AFAR_MAP_BYTES];
	u8 scan[AFAR_MAP_BYTES];
	struct afar_map_note *note[AFAR_MAP_ARRAYS];
};

/** enum afar_map_verdict - may the origin be written? 0 is not valid */
enum afar_map_verdict {
	AFAR_MAP_PASS = 1,	/* yes: the bit is set, durably */
	AFAR_MAP_WAIT,		/* not before afar_map_is_set(): a round is due */
	AFAR_MAP_NEEDS_NOTES,	/* nothing has changed: afar_map_supply(), then ask again */
};

/**
 * struct afar_map_base - what the peer had when bits were cleared last
 * @journal: its journal uuid; none: nothing was cleared yet
 * @term:    term
 * @set:     set that it had committed
 * @seq:     its last number
 */
struct afar_map_base {
	struct afar_uuid journal;
	struct afar_term term;
	u64 set;
	u64 seq;
};

/** struct afar_map_info - the head of struct afar_map_block in host order */
struct afar_map_info {
	u32 index;
	u64 generation;
	struct afar_uuid journal;
	u64 first_chunk;
	u32 volume;
	u32 chunks;
	struct afar_map_base base;
};

/* The block on disk */
void afar_map_block_put(struct afar_map_block *le, const struct afar_map_info *info);
const char *afar_map_block_get(const struct afar_map_block *le, const struct afar_map_info *want,
			       struct afar_map_info *info);
int afar_map_pick(const char *const why[2], const struct afar_map_info info[2]);

/* Room for maps in a journal */
u64 afar_map_chunks(u64 sectors, u32 chunk_bytes);
u64 afar_map_blocks(u64 sectors, u32 chunk_bytes);
bool afar_map_place(const struct afar_table_entry *table, u32 map_blocks, u64 blocks, u32 *first);
bool afar_map_placed(const struct afar_table_entry *table, u32 volume, u32 map_blocks,
		     u32 chunk_bytes);
u64 afar_map_journal(const struct afar_table_entry *table, u64 blocks, bool memory);

/* Bits in memory */
void afar_map_leaf_init(struct afar_map_leaf *leaf, u32 chunks, const u8 *bits);
void afar_map_leaf_grow(struct afar_map_leaf *leaf, u32 chunks, const struct afar_map_leaf *old);
enum afar_map_verdict afar_map_enter(struct afar_map_leaf *leaf, u32 bit);
enum afar_map_verdict afar_map_enter_untracked(struct afar_map_leaf *leaf, u32 bit);
void afar_map_leave(struct afar_map_leaf *leaf, u32 bit, u64 seq);
enum afar_map_verdict afar_map_enter_unread(struct afar_map_leaf *leaf, u32 bit);
bool afar_map_leave_unread(struct afar_map_leaf *leaf, u32 bit);
bool afar_map_is_set(const struct afar_map_leaf *leaf, u32 bit);
bool afar_map_supply(struct afar_map_leaf *leaf, u32 bit, struct afar_map_note *notes);
u32 afar_map_clearable(const struct afar_map_leaf *leaf, u32 array, u64 seq);
u32 afar_map_clear(struct afar_map_leaf *leaf, u32 array, u64 seq);
void afar_map_wipe(struct afar_map_leaf *leaf);
struct afar_map_note *afar_map_reap(struct afar_map_leaf *leaf, u32 array, bool all);
void afar_map_begin(struct afar_map_leaf *leaf, u64 carried);
u32 afar_map_scan_begin(struct afar_map_leaf *leaf);
u32 afar_map_scan_all(struct afar_map_leaf *leaf, u32 from);
void afar_map_scan_end(struct afar_map_leaf *leaf);
u32 afar_map_scan_next(const struct afar_map_leaf *leaf, u32 bit);
bool afar_map_untouched(const struct afar_map_leaf *leaf, u32 bit);
bool afar_map_scan_take(struct afar_map_leaf *leaf, u32 bit);
bool afar_map_scan_again(struct afar_map_leaf *leaf, u32 bit);
bool afar_map_may_go_unread(const struct afar_map_leaf *leaf, u32 bit);
void afar_map_scanned(struct afar_map_leaf *leaf, u32 bit);
void afar_map_fill(struct afar_map_leaf *leaf);
u32 afar_map_next(const struct afar_map_leaf *leaf, u32 bit, bool differs);
u32 afar_map_merge(struct afar_map_leaf *leaf, const u8 *bits);
bool afar_map_merged(const struct afar_map_leaf *leaf, const u8 *bits);
void afar_map_round(struct afar_map_leaf *leaf, u8 *image);
void afar_map_round_end(struct afar_map_leaf *leaf, const u8 *image, bool ok);
u32 afar_map_count(const struct afar_map_leaf *leaf);

#endif /* AFAR_MAP_H */
