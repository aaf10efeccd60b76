// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include "map.h"
#include "rule.h"

#define NOTE_BYTES	(AFAR_MAP_NOTES / 8)

static bool get(const u8 *bits, u32 bit)
{
	return bits[bit / 8] >> (bit % 8) & 1;
}

static void set(u8 *bits, u32 bit)
{
	bits[bit / 8] |= 1U << (bit % 8);
}

static void unset(u8 *bits, u32 bit)
{
	bits[bit / 8] &= ~(1U << (bit % 8));
}

static u32 count_byte(u8 bits)
{
	static const u8 ones[16] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4 };

	return ones[bits & 15] + ones[bits >> 4];
}

/* ---- the block on disk ----------------------------------------------------------------------- */

/** afar_map_block_put() - finish a block whose bits are in place */
void afar_map_block_put(struct afar_map_block *le, const struct afar_map_info *info)
{
	le->magic = cpu_to_le64(AFAR_MAP_MAGIC);
	le->index = cpu_to_le32(info->index);
	le->generation = cpu_to_le64(info->generation);
	le->journal = info->journal;
	le->first_chunk = cpu_to_le64(info->first_chunk);
	le->volume = cpu_to_le32(info->volume);
	le->chunks = cpu_to_le32(info->chunks);
	le->base_journal = info->base.journal;
	afar_term_put(&le->base_term, &info->base.term);
	le->base_set = cpu_to_le64(info->base.set);
	le->base_seq = cpu_to_le64(info->base.seq);
	memset(le->reserved, 0, sizeof(le->reserved));
	le->crc = cpu_to_le32(afar_crc_around(le, sizeof(*le),
					      offsetof(struct afar_map_block, crc)));
}

static void decode(const struct afar_map_block *le, struct afar_map_info *info)
{
	info->index = le32_to_cpu(le->index);
	info->generation = le64_to_cpu(le->generation);
	info->journal = le->journal;
	info->first_chunk = le64_to_cpu(le->first_chunk);
	info->volume = le32_to_cpu(le->volume);
	info->chunks = le32_to_cpu(le->chunks);
	info->base.journal = le->base_journal;
	afar_term_get(&le->base_term, &info->base.term);
	info->base.set = le64_to_cpu(le->base_set);
	info->base.seq = le64_to_cpu(le->base_seq);
}

static bool bits_behind(const struct afar_map_block *le, u32 chunks)
{
	if (chunks % 8 && le->bits[chunks / 8] >> chunks % 8)
		return true;
	chunks = (chunks + 7) / 8;
	return memchr_inv(le->bits + chunks, 0, sizeof(le->bits) - chunks);
}

/* A base record names a peer, a term and a cut, or nothing. */
static bool half_a_base(const struct afar_map_base *base)
{
	bool none = afar_uuid_none(&base->journal);

	return none != !base->term.counter || none != afar_uuid_none(&base->term.id) ||
	       none != !base->set || none != !base->seq;
}

/**
 * afar_map_block_get() - check and decode a copy of a block
 * @le:   the block
 * @want: what it must be: journal, index, volume, first_chunk, chunks
 * @info: result, valid only when it is good; set where it is a good one of this journal
 *
 * Return: NULL or what is wrong with it.
 */
const char *afar_map_block_get(const struct afar_map_block *le, const struct afar_map_info *want,
			       struct afar_map_info *info)
{
	if (le64_to_cpu(le->magic) != AFAR_MAP_MAGIC)
		return "bad magic";
	if (afar_crc_around(le, sizeof(*le), offsetof(struct afar_map_block, crc)) !=
	    le32_to_cpu(le->crc))
		return "bad checksum";
	if (!afar_uuid_equal(&le->journal, &want->journal))
		return "of another journal";
	decode(le, info);
	if (info->index != want->index || info->volume != want->volume ||
	    info->first_chunk != want->first_chunk || info->chunks != want->chunks)
		return "out of place";
	if (!info->generation)
		return "no generation";
	if (memchr_inv(le->reserved, 0, sizeof(le->reserved)))
		return "reserved field is not zero";
	if (half_a_base(&info->base))
		return "half a base record";
	return bits_behind(le, info->chunks) ? "bit behind the last chunk" : NULL;
}

/**
 * afar_map_pick() - which copy of a block counts
 * @why:  of both: NULL, or what is wrong
 * @info: of both, valid where @why is NULL
 *
 * Return: 0 or 1; -1: none, all bits count as set.
 */
int afar_map_pick(const char *const why[2], const struct afar_map_info info[2])
{
	if (!why[0] && !why[1])
		return info[1].generation > info[0].generation;
	if (!why[0])
		return 0;
	return why[1] ? -1 : 1;
}

/* ---- room for maps in a journal -------------------------------------------------------------- */

/** afar_map_chunks() - chunks of a volume */
u64 afar_map_chunks(u64 sectors, u32 chunk_bytes)
{
	u32 chunk = chunk_bytes >> AFAR_SECTOR_SHIFT;	/* a power of two */
	u32 shift = 0;

	while (1U << shift < chunk)
		shift++;
	return (sectors >> shift) + !!(sectors & (chunk - 1));
}

/** afar_map_blocks() - blocks that the map of a volume takes */
u64 afar_map_blocks(u64 sectors, u32 chunk_bytes)
{
	u64 chunks = afar_map_chunks(sectors, chunk_bytes);

	/* more than any journal has room for; what follows is no 64-bit division */
	if (chunks > U32_MAX - AFAR_MAP_BITS)
		return U32_MAX;
	return ((u32)chunks + AFAR_MAP_BITS - 1) / AFAR_MAP_BITS;
}

static u32 first_of(const struct afar_table_entry *e)
{
	return le32_to_cpu(e->map_first);
}

static u32 blocks_of(const struct afar_table_entry *e)
{
	return le32_to_cpu(e->used) ? le32_to_cpu(e->map_blocks) : 0;
}

/* The end of an entry's blocks that are in the way of [first, first + blocks); 0: none is. */
static u64 in_the_way(const struct afar_table_entry *table, u64 first, u64 blocks)
{
	u32 i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		u64 from = first_of(&table[i]), count = blocks_of(&table[i]);

		if (count && from < first + blocks && first < from + count)
			return from + count;
	}
	return 0;
}

/**
 * afar_map_place() - find room for the map of one more volume
 * @table:      the volume table
 * @map_blocks: blocks of one copy of the maps
 * @blocks:     afar_map_blocks() of the volume
 * @first:      result
 */
bool afar_map_place(const struct afar_table_entry *table, u32 map_blocks, u64 blocks, u32 *first)
{
	u64 at = 0, end;

	while (at + blocks <= map_blocks) {
		end = in_the_way(table, at, blocks);
		if (!end) {
			*first = at;
			return true;
		}
		at = end;
	}
	return false;
}

/** afar_map_placed() - does a used entry of the table name room of its own that fits its length? */
bool afar_map_placed(const struct afar_table_entry *table, u32 volume, u32 map_blocks,
		     u32 chunk_bytes)
{
	const struct afar_table_entry *e = &table[volume];
	u64 first = first_of(e), blocks = blocks_of(e);
	u32 i;

	if (blocks != afar_map_blocks(le64_to_cpu(e->sectors), chunk_bytes) ||
	    first + blocks > map_blocks)
		return false;
	for (i = 0; i < AFAR_VOLUMES; i++) {
		u64 from = first_of(&table[i]), count = blocks_of(&table[i]);

		if (i != volume && count && from < first + blocks && first < from + count)
			return false;
	}
	return true;
}

/**
 * afar_map_journal() - smallest journal with room for the maps of all volumes and of one more
 * @table:  the volume table
 * @blocks: afar_map_blocks() of that one
 * @memory: the ring is in memory
 *
 * Return: blocks of the device; 0: there is none.
 */
u64 afar_map_journal(const struct afar_table_entry *table, u64 blocks, bool memory)
{
	u32 i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		blocks += blocks_of(&table[i]);
	return afar_super_blocks_for_map(blocks, memory);
}

/* ---- bits in memory -------------------------------------------------------------------------- */

static struct afar_map_note *note_of(const struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *notes = leaf->note[bit / AFAR_MAP_NOTES];

	return notes ? &notes[bit % AFAR_MAP_NOTES] : NULL;
}

/**
 * afar_map_leaf_init() - as read from disk
 * @leaf:   zeroed
 * @chunks: how many bits are used
 * @bits:   of the copy that counts; NULL: there is none, all count as set
 */
void afar_map_leaf_init(struct afar_map_leaf *leaf, u32 chunks, const u8 *bits)
{
	leaf->chunks = chunks;
	leaf->carried = AFAR_MAP_NEVER;
	if (bits) {
		memcpy(leaf->durable, bits, sizeof(leaf->durable));
	} else {
		memset(leaf->durable, 0xff, chunks / 8);
		if (chunks % 8)
			leaf->durable[chunks / 8] = (1U << chunks % 8) - 1;
	}
	memcpy(leaf->goal, leaf->durable, sizeof(leaf->goal));
}

/**
 * afar_map_leaf_grow() - a leaf takes the place of a shorter one
 * @leaf:   zeroed
 * @chunks: how many bits are used
 * @old:    of the same volume, when it was shorter; no write is on its way there
 *
 * What is new is outside the cut, and needs no bits.
 */
void afar_map_leaf_grow(struct afar_map_leaf *leaf, u32 chunks, const struct afar_map_leaf *old)
{
	u32 i;

	leaf->chunks = chunks;
	leaf->carried = AFAR_MAP_NEVER;
	/* what is being cleared may be set on disk */
	for (i = 0; i < AFAR_MAP_BYTES; i++) {
		leaf->durable[i] = old->durable[i] | old->goal[i];
		leaf->goal[i] = leaf->durable[i];
	}
}

/** afar_map_is_set() - is a bit set durably, and not being cleared? */
bool afar_map_is_set(const struct afar_map_leaf *leaf, u32 bit)
{
	return get(leaf->durable, bit) && get(leaf->goal, bit) && !get(leaf->flight, bit);
}

static enum afar_map_verdict want(struct afar_map_leaf *leaf, u32 bit)
{
	if (!afar_rule(AFAR_RULE_CLEAR_WAIT) && get(leaf->durable, bit))
		return AFAR_MAP_PASS;
	if (!get(leaf->goal, bit)) {
		set(leaf->goal, bit);
		leaf->changed = true;
	}
	return afar_map_is_set(leaf, bit) || !afar_rule(AFAR_RULE_MAP_FIRST) ? AFAR_MAP_PASS :
									       AFAR_MAP_WAIT;
}

/**
 * afar_map_enter() - a write that will get a number comes to a chunk
 * @leaf: its leaf
 * @bit:  its bit
 *
 * Unless notes are needed it has entered, and has to leave: after it has ended, or without having
 * been begun. In between the bit will not be cleared, once it is set.
 */
enum afar_map_verdict afar_map_enter(struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *note = note_of(leaf, bit);

	if (!note)
		return AFAR_MAP_NEEDS_NOTES;
	note->flight++;
	return want(leaf, bit);
}

/** afar_map_enter_untracked() - a write that gets no number comes; it does not leave */
enum afar_map_verdict afar_map_enter_untracked(struct afar_map_leaf *leaf, u32 bit)
{
	leaf->untracked = true;
	return want(leaf, bit);
}

/**
 * afar_map_leave() - a write has ended
 * @leaf: its leaf
 * @bit:  its bit
 * @seq:  its number; 0: it was not begun; AFAR_MAP_NEVER: nobody knows what it did
 */
void afar_map_leave(struct afar_map_leaf *leaf, u32 bit, u64 seq)
{
	struct afar_map_note *note = note_of(leaf, bit);

	note->flight--;
	if (seq == AFAR_MAP_NEVER)
		note->flags |= AFAR_MAP_VOID;
	else
		note->seq = max(note->seq, seq);
}

/**
 * afar_map_enter_unread() - a write comes that gets no number: its chunk will be read after it
 * @leaf: its leaf, of a volume that is being scanned
 * @bit:  its bit
 *
 * It has entered, and has to leave, after AFAR_MAP_PASS only.
 */
enum afar_map_verdict afar_map_enter_unread(struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *note = note_of(leaf, bit);

	if (!note)
		return AFAR_MAP_NEEDS_NOTES;
	if (want(leaf, bit) != AFAR_MAP_PASS)
		return AFAR_MAP_WAIT;
	note->flight++;
	return AFAR_MAP_PASS;
}

/**
 * afar_map_leave_unread() - such a write has ended: now its chunk is to be read
 * @leaf: its leaf
 * @bit:  its bit
 *
 * Return: was the chunk not on the scan list?
 */
bool afar_map_leave_unread(struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *note = note_of(leaf, bit);

	bool again = afar_map_scan_again(leaf, bit);

	note->flight--;
	note->flags |= AFAR_MAP_UNREAD | (again ? AFAR_MAP_AGAIN : 0);
	return again;
}

/* A bit that is set already, or is not, when its note begins. */
static void note_begin(const struct afar_map_leaf *leaf, u32 bit, struct afar_map_note *note)
{
	bool was = get(leaf->goal, bit), unread = was && leaf->carried == AFAR_MAP_NEVER;

	note->seq = was && !unread ? leaf->carried : 0;
	note->flags = unread ? AFAR_MAP_UNREAD : 0;
}

/**
 * afar_map_supply() - notes for a chunk and its neighbours
 * @leaf:  the leaf
 * @bit:   the chunk's
 * @notes: AFAR_MAP_NOTES of them, zeroed
 *
 * Return: false when there are some already; @notes is the caller's then.
 */
bool afar_map_supply(struct afar_map_leaf *leaf, u32 bit, struct afar_map_note *notes)
{
	u32 array = bit / AFAR_MAP_NOTES, i;

	if (leaf->note[array])
		return false;
	for (i = 0; i < AFAR_MAP_NOTES; i++)
		note_begin(leaf, array * AFAR_MAP_NOTES + i, &notes[i]);
	leaf->note[array] = notes;
	return true;
}

static bool may_clear(const struct afar_map_leaf *leaf, u32 bit, u64 seq)
{
	const struct afar_map_note *note = note_of(leaf, bit);

	if (!get(leaf->durable, bit) || !get(leaf->goal, bit) || get(leaf->flight, bit) ||
	    get(leaf->scan, bit))
		return false;
	return note ? !note->flight && !note->flags && note->seq <= seq : leaf->carried <= seq;
}

/* The first bit of an array from @bit on that may be cleared; the array's end: none. */
static u32 next_clearable(const struct afar_map_leaf *leaf, u32 array, u32 bit, u64 seq)
{
	u32 end = (array + 1) * AFAR_MAP_NOTES;

	if (leaf->untracked)
		return end;
	while (bit < end && !may_clear(leaf, bit, seq))
		bit++;
	return bit;
}

/* Most arrays have nothing that is set. */
static bool array_empty(const u8 *bits, u32 array)
{
	return !memchr_inv(bits + array * NOTE_BYTES, 0, NOTE_BYTES);
}

/** afar_map_clearable() - how many bits of an array afar_map_clear() would clear */
u32 afar_map_clearable(const struct afar_map_leaf *leaf, u32 array, u64 seq)
{
	u32 bit = array * AFAR_MAP_NOTES, count = 0;

	if (array_empty(leaf->durable, array))
		return 0;
	while ((bit = next_clearable(leaf, array, bit, seq)) < (array + 1) * AFAR_MAP_NOTES) {
		bit++;
		count++;
	}
	return count;
}

/**
 * afar_map_clear() - bits of an array leave that R2 allows to be cleared
 * @leaf:  the leaf
 * @array: which bits: from @array * AFAR_MAP_NOTES on
 * @seq:   the peer has committed all up to this number; the origin was flushed after it had said so
 *
 * Return: how many.
 */
u32 afar_map_clear(struct afar_map_leaf *leaf, u32 array, u64 seq)
{
	u32 bit = array * AFAR_MAP_NOTES, count = 0;

	if (array_empty(leaf->durable, array))
		return 0;
	while ((bit = next_clearable(leaf, array, bit, seq)) < (array + 1) * AFAR_MAP_NOTES) {
		unset(leaf->goal, bit++);
		count++;
	}
	leaf->changed |= count;
	return count;
}

/** afar_map_wipe() - all bits leave: the devices are equal. Nothing is being written. */
void afar_map_wipe(struct afar_map_leaf *leaf)
{
	memset(leaf->goal, 0, sizeof(leaf->goal));
	leaf->changed = true;
}

/**
 * afar_map_reap() - take away notes that nothing needs
 * @leaf:  the leaf
 * @array: which
 * @all:   also those of bits that are set
 *
 * Return: the array, the caller's now; NULL: it is needed, or there is none.
 */
struct afar_map_note *afar_map_reap(struct afar_map_leaf *leaf, u32 array, bool all)
{
	struct afar_map_note *notes = leaf->note[array];
	u32 i;

	if (!notes || (!all && (!array_empty(leaf->goal, array) ||
				!array_empty(leaf->durable, array))))
		return NULL;
	/* after a failed round there are writes that have entered in vain, and will leave */
	for (i = 0; i < AFAR_MAP_NOTES; i++)
		if (notes[i].flight)
			return NULL;
	leaf->note[array] = NULL;
	return notes;
}

/**
 * afar_map_begin() - a term is taken up
 * @leaf:    notes that nothing needs were reaped; nothing is on its way to an origin, but some may
 *           have entered and wait
 * @carried: number that bits count with that are set already; AFAR_MAP_NEVER: none covers them
 */
void afar_map_begin(struct afar_map_leaf *leaf, u64 carried)
{
	u32 array, i;

	leaf->carried = carried;
	leaf->untracked = false;
	for (array = 0; array < AFAR_MAP_ARRAYS; array++)
		for (i = 0; leaf->note[array] && i < AFAR_MAP_NOTES; i++)
			note_begin(leaf, array * AFAR_MAP_NOTES + i, &leaf->note[array][i]);
}

/**
 * afar_map_scan_begin() - all bits that are set go on the scan list
 * @leaf: the leaf, on which nothing without a number is being written
 *
 * Return: how many.
 */
u32 afar_map_scan_begin(struct afar_map_leaf *leaf)
{
	u32 i, count = 0;

	memcpy(leaf->scan, leaf->goal, sizeof(leaf->scan));
	for (i = 0; i < leaf->chunks; i++)
		count += get(leaf->scan, i);
	return count;
}

/** afar_map_scan_all() - all chunks from @from on go on the scan list, bit or not; how many? */
u32 afar_map_scan_all(struct afar_map_leaf *leaf, u32 from)
{
	u32 i;

	for (i = from; i < leaf->chunks; i++)
		set(leaf->scan, i);
	return leaf->chunks - min(from, leaf->chunks);
}

/** afar_map_scan_end() - the scan is given up: what is left is on no list */
void afar_map_scan_end(struct afar_map_leaf *leaf)
{
	memset(leaf->scan, 0, sizeof(leaf->scan));
}

/** afar_map_scan_next() - the first chunk on the scan list from @bit on; @chunks: none */
u32 afar_map_scan_next(const struct afar_map_leaf *leaf, u32 bit)
{
	while (bit < leaf->chunks && !get(leaf->scan, bit))
		bit = bit % 8 || leaf->scan[bit / 8] ? bit + 1 : bit + 8;
	return min(bit, leaf->chunks);
}

/** afar_map_untouched() - has no number of this term touched a chunk? See afar_map_scan_take() */
bool afar_map_untouched(const struct afar_map_leaf *leaf, u32 bit)
{
	const struct afar_map_note *note = note_of(leaf, bit);

	return !note || !afar_rule(AFAR_RULE_SKIP) ||
	       (!note->seq && !note->flight && !(note->flags & (AFAR_MAP_VOID | AFAR_MAP_AGAIN)));
}

/**
 * afar_map_scan_take() - a chunk comes off the scan list, and will be read
 * @leaf: the leaf
 * @bit:  its bit, which is on the list
 *
 * Return: no number of this term has touched it (R7). Whatever gets one from now on comes after
 * what the peer has said of the chunk; and of what comes without one it is read again.
 */
bool afar_map_scan_take(struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *note = note_of(leaf, bit);
	bool untouched = afar_map_untouched(leaf, bit);

	/* what was void before is in what is read */
	if (note)
		note->flags = (note->flags & ~AFAR_MAP_VOID) | AFAR_MAP_UNREAD;
	unset(leaf->scan, bit);
	return untouched;
}

/** afar_map_scan_again() - a chunk is to be read, once more; was it not on the list? */
bool afar_map_scan_again(struct afar_map_leaf *leaf, u32 bit)
{
	bool was = get(leaf->scan, bit);

	set(leaf->scan, bit);
	return !was;
}

/**
 * afar_map_may_go_unread() - is a chunk to be read, and was not before?
 * @leaf: the leaf
 * @bit:  its bit
 *
 * If all writes to a busy chunk went unread, some would be on their way whenever it is read.
 */
bool afar_map_may_go_unread(const struct afar_map_leaf *leaf, u32 bit)
{
	const struct afar_map_note *note = note_of(leaf, bit);

	return get(leaf->scan, bit) && !(note && note->flags & AFAR_MAP_AGAIN);
}

/**
 * afar_map_scanned() - all of a chunk has been read, in commands that have entered and left
 * @leaf: the leaf
 * @bit:  its bit, taken from the scan list; it may be there again
 *
 * Whatever happened to the chunk before it was taken is in what was read: their numbers cover it.
 */
void afar_map_scanned(struct afar_map_leaf *leaf, u32 bit)
{
	struct afar_map_note *note = note_of(leaf, bit);

	if (note && !get(leaf->scan, bit))
		note->flags &= ~(AFAR_MAP_UNREAD | AFAR_MAP_AGAIN);
}

/** afar_map_fill() - all bits are wanted: nobody knows what the peer has */
void afar_map_fill(struct afar_map_leaf *leaf)
{
	u32 bit;

	for (bit = 0; bit < leaf->chunks; bit++) {
		leaf->changed |= !get(leaf->goal, bit);
		set(leaf->goal, bit);
	}
}

/**
 * afar_map_next() - where does a run of chunks begin that may differ, or one of others?
 * @leaf:    the leaf
 * @bit:     where to look from on
 * @differs: which
 *
 * Return: the first chunk that is so; @chunks: none is.
 */
u32 afar_map_next(const struct afar_map_leaf *leaf, u32 bit, bool differs)
{
	u8 pass = differs ? 0 : 0xff;

	while (bit < leaf->chunks) {
		u8 bits = leaf->durable[bit / 8] | leaf->goal[bit / 8];

		if ((bits >> (bit % 8) & 1) == differs)
			return bit;
		bit += bit % 8 || bits != pass ? 1 : 8;
	}
	return leaf->chunks;
}

/**
 * afar_map_merge() - what the peer may differ in is wanted, too
 * @leaf: the leaf
 * @bits: AFAR_MAP_BYTES, none behind the last chunk
 *
 * Return: how many were not wanted before.
 */
u32 afar_map_merge(struct afar_map_leaf *leaf, const u8 *bits)
{
	u32 i, count = 0;

	for (i = 0; i < AFAR_MAP_BYTES; i++) {
		u8 more = bits[i] & ~leaf->goal[i];

		count += count_byte(more);
		leaf->goal[i] |= more;
	}
	leaf->changed |= count;
	return count;
}

/** afar_map_merged() - are all of these set, durably? */
bool afar_map_merged(const struct afar_map_leaf *leaf, const u8 *bits)
{
	u32 i;

	for (i = 0; i < AFAR_MAP_BYTES; i++)
		if (bits[i] & ~(leaf->durable[i] & leaf->goal[i] & ~leaf->flight[i]))
			return false;
	return true;
}

/**
 * afar_map_round() - begin a round: take the image that is to be written
 * @leaf:  the leaf, in no round
 * @image: AFAR_MAP_BYTES
 */
void afar_map_round(struct afar_map_leaf *leaf, u8 *image)
{
	u32 i;

	memcpy(image, leaf->goal, AFAR_MAP_BYTES);
	for (i = 0; i < AFAR_MAP_BYTES; i++)
		leaf->flight[i] = leaf->durable[i] ^ leaf->goal[i];
	leaf->changed = false;
}

/**
 * afar_map_round_end() - the image is durable, or nobody knows what is on disk
 * @leaf:  the leaf
 * @image: as taken
 * @ok:    it is durable
 *
 * After a failure nothing is wanted that is not set: who waits for it will wait in vain.
 */
void afar_map_round_end(struct afar_map_leaf *leaf, const u8 *image, bool ok)
{
	u32 i;

	for (i = 0; i < AFAR_MAP_BYTES; i++) {
		leaf->durable[i] = ok ? image[i] : leaf->durable[i] & image[i];
		if (!ok)
			leaf->goal[i] &= leaf->durable[i];
	}
	memset(leaf->flight, 0, sizeof(leaf->flight));
}

/** afar_map_count() - how many bits are set, or may be on disk */
u32 afar_map_count(const struct afar_map_leaf *leaf)
{
	u32 i, count = 0;

	for (i = 0; i < AFAR_MAP_BYTES; i++)
		count += count_byte(leaf->durable[i]);
	return count;
}
