// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "group.h"
#include "trace.h"

#define BLOCK_SECTORS	(AFAR_BLOCK >> SECTOR_SHIFT)
/* Blocks of an extent that the peer is asked about first. */
#define EXTENT		(AFAR_VERIFY_BYTES >> AFAR_BLOCK_SHIFT)

/* Reads at once. */
#define READS	8
/* After so long it says what it waits for. */
#define PATIENCE	(30 * HZ)
/* How often a window is read: each time but few of its blocks are written just then. */
#define ROUNDS	12
/* After so long, and a window, the superblock is told where it is. */
#define SAVE	(5 * HZ)
/* Ranges of a window that the kernel log names. */
#define LINES	8

/** afar_verify_init() - prepare it */
void afar_verify_init(struct afar_verify *v)
{
	spin_lock_init(&v->lock);
}

/** afar_verify_exit() - the opposite */
void afar_verify_exit(struct afar_verify *v)
{
	kvfree(v->window);
}

/* The operator may end it, or begin another; and what ends a scan ends a window. */
static bool halts(struct afar_group *g, const struct afar_vol *vol)
{
	struct afar_verify *v = &g->verify;

	return afar_resync_halts(g, vol) || !READ_ONCE(v->wanted) ||
	       READ_ONCE(v->run) != v->seen;
}

/* ---- what the window is ---------------------------------------------------------------------- */

static unsigned int blocks(const struct afar_verify *v)
{
	return DIV_ROUND_UP_ULL(v->end - v->sector, BLOCK_SECTORS);
}

static u64 sector_of(const struct afar_verify *v, unsigned int block)
{
	return v->sector + (u64)block * BLOCK_SECTORS;
}

/* The volume may end within a block. */
static u32 bytes_of(const struct afar_verify *v, unsigned int block, unsigned int count)
{
	return (min(sector_of(v, block + count), v->end) - sector_of(v, block)) << SECTOR_SHIFT;
}

/**
 * afar_verify_note() - a command gets its number: what it writes to is not what was read
 * @v:   of the group
 * @cmd: the command; whoever reads these blocks has ended, or waits for it
 */
void afar_verify_note(struct afar_verify *v, const struct afar_cmd *cmd)
{
	u64 first = cmd->sector, end = first + (cmd->bytes >> SECTOR_SHIFT);

	spin_lock(&v->lock);
	if (v->watching && cmd->volume == v->volume && first < v->end && end > v->sector) {
		unsigned int from, to;

		from = (max(first, v->sector) - v->sector) / BLOCK_SECTORS;
		to = DIV_ROUND_UP_ULL(min(end, v->end) - v->sector, BLOCK_SECTORS);
		bitmap_set(v->window->touched, from, to - from);
	}
	spin_unlock(&v->lock);
}

/* From before the first read to after the last answer. */
static void watch(struct afar_verify *v, bool on)
{
	spin_lock(&v->lock);
	if (on)
		bitmap_zero(v->window->touched, AFAR_VERIFY_BLOCKS);
	WRITE_ONCE(v->watching, on);
	spin_unlock(&v->lock);
}

static bool any(const unsigned long *map, unsigned int block, unsigned int count)
{
	return find_next_bit(map, block + count, block) < block + count;
}

static bool all(const unsigned long *map, unsigned int block, unsigned int count)
{
	return find_next_zero_bit(map, block + count, block) >= block + count;
}

static bool is_touched(struct afar_verify *v, unsigned int block, unsigned int count)
{
	bool touched;

	spin_lock(&v->lock);
	touched = any(v->window->touched, block, count);
	spin_unlock(&v->lock);
	return touched;
}

/* ---- this node's side ------------------------------------------------------------------------ */

struct hashing {
	struct afar_verify_window *window;
	unsigned int block;
};

static bool hash_page(void *data, const void *page, unsigned int bytes)
{
	struct hashing *h = data;
	struct afar_hasher *hasher = &h->window->hasher;

	afar_hash_begin(hasher);
	afar_hash_add(hasher, page, bytes);
	memcpy(h->window->hash[h->block++], hasher->hash[0], AFAR_HASH);
	return true;
}

static bool have_ended(struct afar_group *g)
{
	bool ended;

	spin_lock_irq(&g->stream.lock);
	ended = !g->verify.reads;
	spin_unlock_irq(&g->stream.lock);
	return ended;
}

/* What has been read, or why not. */
static void take_extent(struct afar_group *g, unsigned int block, struct afar_write *w)
{
	struct hashing hashing = { .window = g->verify.window, .block = block };
	struct afar_verify *v = &g->verify;
	unsigned int count = min_t(unsigned int, blocks(v) - block, EXTENT);

	switch (w->bio.bi_status) {
	case BLK_STS_OK:
		afar_write_pages(w, hash_page, &hashing);
		break;
	case BLK_STS_AGAIN:
		spin_lock(&v->lock);
		bitmap_set(v->window->touched, block, count);
		spin_unlock(&v->lock);
		break;
	default:
		afar_err(g, "verify: volume %u: the origin cannot be read: %u bytes from sector %llu on are not compared",
			 v->volume, bytes_of(v, block, count), sector_of(v, block));
		bitmap_clear(v->window->todo, block, count);
		bitmap_set(v->window->unknown, block, count);
	}
}

/* Reads extents with blocks to do from *@block on, some at once. Returns false: no memory. */
static bool read_some(struct afar_group *g, struct afar_vol *vol, unsigned int *block)
{
	struct afar_verify *v = &g->verify;
	unsigned int count = 0, i, at[READS], n;
	struct afar_write *w[READS];
	bool ok = true;

	for (; *block < blocks(v) && count < READS; *block += EXTENT) {
		n = min_t(unsigned int, blocks(v) - *block, EXTENT);
		if (!any(v->window->todo, *block, n))
			continue;
		afar_resync_pace(g, vol, bytes_of(v, *block, n), halts);
		if (halts(g, vol))
			break;
		w[count] = afar_write_peek(vol, sector_of(v, *block), bytes_of(v, *block, n),
					   &v->reads);
		ok = w[count];
		if (!ok)
			break;
		at[count++] = *block;
	}
	wait_event_idle(g->stream.resync.wait, have_ended(g));
	for (i = 0; i < count; i++) {
		take_extent(g, at[i], w[i]);
		afar_stream_drop(g, w[i]);
	}
	return ok && !halts(g, vol);
}

static bool read_window(struct afar_group *g, struct afar_vol *vol)
{
	unsigned int block = 0;

	while (block < blocks(&g->verify)) {
		if (!read_some(g, vol, &block))
			return false;
		cond_resched();
	}
	return true;
}

/*
 * Waits until the peer's origins have all that has a number now: also for the peer to be there, to
 * end a hold, and for the flush that closes the set.
 */
static bool wait_committed(struct afar_group *g, struct afar_vol *vol)
{
	unsigned long patience = jiffies + PATIENCE;
	struct afar_stream *s = &g->stream;
	bool said = false;
	u64 set;

	spin_lock_irq(&s->lock);
	set = afar_sets_empty(&s->sets) ? s->sets.closed.set : s->sets.open;
	spin_unlock_irq(&s->lock);
	if (!afar_stream_committed(s, set))
		afar_stream_close(g);
	while (!afar_stream_committed(s, set) && !halts(g, vol)) {
		wait_event_idle_timeout(s->resync.wait,
					afar_stream_committed(s, set) || halts(g, vol), HZ / 4);
		if (said || time_before(jiffies, patience))
			continue;
		said = true;
		afar_info(g, "verify: waits until set %llu is committed at the peer", set);
	}
	return !halts(g, vol);
}

/* ---- the peer's side ------------------------------------------------------------------------- */

static bool is_equal(struct afar_verify *v, unsigned int block, unsigned int count,
		     const struct afar_hash_info *theirs)
{
	struct afar_hasher *hasher = &v->window->hasher;
	u8 hash[AFAR_HASH];

	hasher->blocks = count;
	memcpy(hasher->hash, v->window->hash[block], count * AFAR_HASH);
	afar_hash_end(hasher, hash);
	return !memcmp(hash, theirs->hash, AFAR_HASH);
}

/* Whatever touches it was noted before the answer came: what the peer has read was read here. */
static void decide(struct afar_group *g, unsigned int block, unsigned int count)
{
	struct afar_verify *v = &g->verify;
	const struct afar_hash_info *theirs;

	if (count == 1 && afar_compare_none(g, v->volume, sector_of(v, block),
					    bytes_of(v, block, count))) {
		clear_bit(block, v->window->todo);
		set_bit(block, v->window->unknown);
		return;
	}
	theirs = afar_compare_find(g, v->volume, sector_of(v, block), bytes_of(v, block, count));
	if (!theirs || is_touched(v, block, count))
		return;
	if (is_equal(v, block, count, theirs)) {
		bitmap_clear(v->window->todo, block, count);
	} else if (count == 1) {
		clear_bit(block, v->window->todo);
		set_bit(block, v->window->differ);
	}
}

/* Asks about as many extents of @step blocks as can be, from *@block on. */
static bool ask_some(struct afar_group *g, struct afar_vol *vol, unsigned int step,
		     unsigned int *block)
{
	struct afar_compare *c = &g->stream.resync.compare;
	struct afar_verify *v = &g->verify;
	unsigned int from = *block, n;
	bool asks = false;

	afar_compare_begin(c);
	for (; *block < blocks(v); *block += step) {
		n = min(blocks(v) - *block, step);
		if (!all(v->window->todo, *block, n) || is_touched(v, *block, n))
			continue;
		if (!afar_compare_add(c, v->volume, sector_of(v, *block), bytes_of(v, *block, n)))
			break;
		asks = true;
	}
	if (!asks)
		return true;
	afar_compare_wait(g, vol, halts);
	if (afar_compare_silent(g)) {
		if (READ_ONCE(v->run) == v->seen)
			afar_verify_end(g, "the peer does not say what it has");
		return false;
	}
	for (; from < *block; from += step) {
		n = min(blocks(v) - from, step);
		if (all(v->window->todo, from, n))
			decide(g, from, n);
	}
	return !halts(g, vol);
}

static bool ask_window(struct afar_group *g, struct afar_vol *vol, unsigned int step)
{
	unsigned int block = 0;

	while (block < blocks(&g->verify))
		if (!ask_some(g, vol, step, &block))
			return false;
	return true;
}

/* ---- from one window to the next ------------------------------------------------------------- */

/* Returns false when there was an error, or it cannot go on. */
static bool compare_window(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_verify *v = &g->verify;
	unsigned int round;
	bool ok = true;

	bitmap_zero(v->window->differ, AFAR_VERIFY_BLOCKS);
	bitmap_zero(v->window->unknown, AFAR_VERIFY_BLOCKS);
	bitmap_zero(v->window->todo, AFAR_VERIFY_BLOCKS);
	bitmap_set(v->window->todo, 0, blocks(v));
	for (round = 0; ok && round < ROUNDS && any(v->window->todo, 0, blocks(v)); round++) {
		watch(v, true);
		ok = read_window(g, vol) && wait_committed(g, vol) &&
		     ask_window(g, vol, EXTENT) && ask_window(g, vol, 1);
		watch(v, false);
	}
	return ok;
}

/* The bits of the chunks that an extent lies in. They must outlive a clean stop (R2). */
static void mark(struct afar_group *g, u64 sector, u32 bytes)
{
	struct afar_verify *v = &g->verify;
	u64 chunk = afar_chunk_of(g, sector);
	u64 last = afar_chunk_of(g, sector + (bytes >> SECTOR_SHIFT) - 1);

	spin_lock_irq(&g->stream.lock);
	g->stream.differs = true;
	spin_unlock_irq(&g->stream.lock);
	/* maps change under it */
	mutex_lock(&g->journal.super_lock);
	for (; chunk <= last; chunk++)
		if (afar_chunkmap_differs(g, v->volume, chunk))
			afar_err(g, "verify: volume %u: no memory to note that chunk %llu differs",
				 v->volume, chunk);
	mutex_unlock(&g->journal.super_lock);
}

static void report(struct afar_group *g)
{
	struct afar_verify *v = &g->verify;
	unsigned int from, to, ranges = 0;

	for_each_set_bitrange(from, to, v->window->differ, blocks(v)) {
		u32 bytes = bytes_of(v, from, to - from);
		u64 sector = sector_of(v, from);

		mark(g, sector, bytes);
		trace_afar_differs(g, v->volume, sector, bytes);
		if (ranges++ < LINES)
			afar_err(g, "verify: volume %u: %u bytes from sector %llu on differ from the peer's: 'resync' makes them the same",
				 v->volume, bytes, sector);
	}
	if (ranges > LINES)
		afar_err(g, "verify: volume %u: and %u more ranges up to sector %llu",
			 v->volume, ranges - LINES, v->end);
}

static u64 bytes_in(const struct afar_verify *v, const unsigned long *map)
{
	unsigned int from, to;
	u64 bytes = 0;

	for_each_set_bitrange(from, to, map, blocks(v))
		bytes += bytes_of(v, from, to - from);
	return bytes;
}

/*
 * Is it the peer that all below was compared with? If it has another journal now, its disks are
 * others, too.
 */
static bool meet_same_peer(struct afar_group *g)
{
	struct afar_verify *v = &g->verify;
	struct afar_uuid peer;
	bool same;

	spin_lock(&g->link.lock);
	peer = g->link.peer_journal;
	spin_unlock(&g->link.lock);
	spin_lock(&v->lock);
	same = afar_uuid_none(&v->at.peer) || afar_uuid_equal(&v->at.peer, &peer);
	v->at.peer = peer;
	spin_unlock(&v->lock);
	return same;
}

/* What is known of a window counts; and if all is, the next one comes. */
static void advance(struct afar_verify *v)
{
	unsigned int differ = bitmap_weight(v->window->differ, blocks(v));
	u64 busy = bytes_in(v, v->window->todo), unknown = bytes_in(v, v->window->unknown);

	spin_lock(&v->lock);
	if (v->run == v->seen) {
		v->at.done += (v->end - v->sector) << SECTOR_SHIFT;
		v->at.busy += busy;
		v->at.unknown += unknown;
		v->at.found += differ;
		v->sector = v->end;
	}
	v->different += differ;
	spin_unlock(&v->lock);
}

/* Lock held. */
static void begin_run(struct afar_verify *v, const struct afar_verify_place *from)
{
	WRITE_ONCE(v->run, v->run + 1);
	v->at = *from;
	WRITE_ONCE(v->saved, jiffies);
}

static void next_volume(struct afar_verify *v)
{
	spin_lock(&v->lock);
	v->volume++;
	v->sector = 0;
	v->end = 0;
	spin_unlock(&v->lock);
}

/**
 * afar_verify_save() - from the next write of a superblock on it says where the verify is
 * @g: the group; super lock held
 *
 * One that was stopped, and not by the operator, stays as it was said last.
 */
void afar_verify_save(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_verify *v = &g->verify;

	spin_lock(&v->lock);
	if (v->wanted) {
		super->flags |= AFAR_SUPER_VERIFY;
		super->verify = v->at;
		if (v->run == v->seen) {
			super->verify.volume = v->volume;
			super->verify.sector = v->sector;
		}
	}
	spin_unlock(&v->lock);
}

/*
 * Where it is, or that it is @over. A write that fails is the journal's matter, not that of what
 * only reads.
 */
static void write_place(struct afar_group *g, bool over)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_verify_place was;

	mutex_lock(&g->journal.super_lock);
	was = super->verify;
	if (super->role != AFAR_PRIMARY)
		goto out;
	if (over)
		afar_super_end_verify(super);
	else
		afar_verify_save(g);
	if (over || memcmp(&was, &super->verify, sizeof(was)))
		afar_journal_write_super(g);
out:
	mutex_unlock(&g->journal.super_lock);
	WRITE_ONCE(g->verify.saved, jiffies);
}

/* What was found below it has its bits on disk; else next time. */
static void save_place(struct afar_group *g)
{
	if (!atomic_read(&g->map.busy))
		write_place(g, false);
}

/* Its peer is another one now. */
static void begin_anew(struct afar_group *g)
{
	struct afar_verify *v = &g->verify;
	bool wanted;

	spin_lock(&v->lock);
	wanted = v->wanted && v->run == v->seen;
	if (wanted)
		begin_run(v, &(struct afar_verify_place){ .peer = v->at.peer });
	spin_unlock(&v->lock);
	if (wanted)
		afar_info(g, "verify: the peer's journal is another one now: begins anew");
}

/* All volumes are done. */
static void end(struct afar_group *g)
{
	struct afar_verify *v = &g->verify;
	u64 compared, found, busy, unknown;
	bool ended;

	/* see save_place(): more is not lost than what the kernel log says */
	wait_event_timeout(g->map.wait, !atomic_read(&g->map.busy), HZ);
	spin_lock(&v->lock);
	ended = v->wanted && v->run == v->seen;
	if (ended)
		WRITE_ONCE(v->wanted, false);
	compared = v->at.done - v->at.busy - v->at.unknown;
	found = v->at.found;
	busy = v->at.busy;
	unknown = v->at.unknown;
	spin_unlock(&v->lock);
	if (!ended)
		return;
	afar_info(g, "verify: %llu MiB compared, %llu blocks differ; %llu KiB were written whenever they were looked at, %llu KiB cannot be read",
		  compared >> 20, found, busy >> 10, unknown >> 10);
	write_place(g, true);
	afar_group_event(g);
}

static void verify_volume(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_verify *v = &g->verify;
	u64 most = (u64)AFAR_VERIFY_BLOCKS * BLOCK_SECTORS;
	unsigned int over;
	bool ok;

	spin_lock(&v->lock);
	/* where a volume that has grown had ended: an extent lies in one chunk */
	over = v->sector & ((AFAR_VERIFY_BYTES >> SECTOR_SHIFT) - 1);
	v->sector -= over;
	v->at.done -= min_t(u64, v->at.done, (u64)over << SECTOR_SHIFT);
	v->end = min_t(u64, v->sector + most, vol->ti->len);
	spin_unlock(&v->lock);
	ok = compare_window(g, vol);
	/* it is looked at once more, unless nobody wants that */
	if (ok && !meet_same_peer(g)) {
		begin_anew(g);
	} else if (ok || !READ_ONCE(v->wanted)) {
		report(g);
		advance(v);
	} else if (!halts(g, vol)) {
		/* there was no memory */
		schedule_timeout_idle(HZ / 4);
	}
}

/* Another run begins where all begin; else where this one is. */
static void take_up(struct afar_verify *v)
{
	spin_lock(&v->lock);
	if (v->run != v->seen) {
		v->seen = v->run;
		v->volume = v->at.volume;
		v->sector = v->at.sector;
		v->end = 0;
	}
	spin_unlock(&v->lock);
}

/** afar_verify_window() - go on with it. Context: the thread of the scan, which does not go on */
void afar_verify_window(struct afar_group *g)
{
	struct afar_verify *v = &g->verify;
	struct afar_vol *vol;
	bool there;

	take_up(v);
	if (time_after(jiffies, READ_ONCE(v->saved) + SAVE))
		save_place(g);
	if (v->volume >= AFAR_VOLUMES) {
		end(g);
		return;
	}
	vol = afar_volume_use(g, v->volume);
	there = vol && READ_ONCE(vol->member) && !READ_ONCE(vol->suspending);
	if (there && v->sector < vol->ti->len)
		verify_volume(g, vol);
	else if (there || !afar_table_sectors(g->journal.table, v->volume))
		next_volume(v);
	if (vol)
		afar_volume_unuse(vol);
	/* it is missing, or suspended: it may come back */
	if (!there && v->volume < AFAR_VOLUMES &&
	    afar_table_sectors(g->journal.table, v->volume))
		schedule_timeout_idle(HZ / 4);
}

/* ---- the operator ---------------------------------------------------------------------------- */

static u64 all_bytes(struct afar_group *g)
{
	u64 sectors = 0;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		sectors += afar_table_sectors(g->journal.table, i);
	return sectors << SECTOR_SHIFT;
}

/* Lock held. Returns 0, also where one goes on; -ENOMEM. */
static int want(struct afar_group *g, const struct afar_verify_place *from)
{
	struct afar_verify *v = &g->verify;
	u64 total = all_bytes(g);

	if (!v->window)
		v->window = kvzalloc(sizeof(*v->window), GFP_NOIO);
	if (!v->window)
		return -ENOMEM;
	afar_compare_try_again(&g->stream.resync.compare);
	spin_lock(&v->lock);
	if (!v->wanted) {
		begin_run(v, from);
		v->total = total;
		WRITE_ONCE(v->wanted, true);
	}
	spin_unlock(&v->lock);
	afar_resync_kick(&g->stream.resync);
	return 0;
}

/**
 * afar_verify() - compare the origins of both nodes, from the beginning
 * @g: the group
 *
 * Return: 0, also when it goes on already; -EINVAL: not a running primary; -ENOMEM.
 */
int afar_verify(struct afar_group *g)
{
	int r = -EINVAL;

	mutex_lock(&g->lock);
	if (g->running)
		r = want(g, &(struct afar_verify_place){});
	else
		afar_err(g, "verify: this node is not a running primary");
	if (!r)
		write_place(g, false);
	mutex_unlock(&g->lock);
	return r;
}

/**
 * afar_verify_go_on() - a stop or a crash of the primary has cut one off: it goes on where it was
 * @g: the group; locked, running
 */
void afar_verify_go_on(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_verify_place from;
	bool there;

	mutex_lock(&g->journal.super_lock);
	there = super->flags & AFAR_SUPER_VERIFY;
	from = super->verify;
	mutex_unlock(&g->journal.super_lock);
	if (!there)
		return;
	if (want(g, &from))
		afar_err(g, "verify: no memory to go on: say 'verify' again");
	else
		afar_info(g, "verify: goes on after %llu of %llu MiB", from.done >> 20,
			  g->verify.total >> 20);
}

/**
 * afar_verify_stop() - it does not go on; what the superblock says of it stays
 * @g:   the group
 * @why: said in the log, if it was
 */
void afar_verify_stop(struct afar_group *g, const char *why)
{
	struct afar_verify *v = &g->verify;
	bool wanted;

	spin_lock(&v->lock);
	wanted = v->wanted;
	WRITE_ONCE(v->wanted, false);
	spin_unlock(&v->lock);
	if (!wanted)
		return;
	afar_info(g, "verify: ends after %llu of %llu MiB: %s", v->at.done >> 20, v->total >> 20,
		  why);
	afar_resync_kick(&g->stream.resync);
}

/**
 * afar_verify_end() - it is not wanted any more, neither after a restart
 * @g:   the group
 * @why: said in the log, if it was
 */
void afar_verify_end(struct afar_group *g, const char *why)
{
	afar_verify_stop(g, why);
	write_place(g, true);
}
