// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include "blockio.h"
#include "core/replay.h"
#include "core/rule.h"
#include "group.h"

/* Blocks that the writer takes into one group at most; replay relies on AFAR_GROUP_BLOCKS. */
#define GROUP_BLOCKS	2048

/* A device that begins with so many blocks of zeroes is formatted. */
#define BLANK_BLOCKS	256
#define HOW_TO_BLANK	"to give up what it holds, write zeroes over its first 1 MiB"

#define BLOCK_SECTORS	(AFAR_BLOCK >> SECTOR_SHIFT)

/** afar_journal_init() - prepare an unbound journal */
int afar_journal_init(struct afar_journal *j)
{
	mutex_init(&j->super_lock);
	spin_lock_init(&j->lock);
	INIT_LIST_HEAD(&j->queue);
	init_waitqueue_head(&j->wait);
	j->super_page = alloc_page(GFP_KERNEL);
	return j->super_page ? afar_io_init(&j->bios) : -ENOMEM;
}

/** afar_journal_exit() - the opposite of afar_journal_init(); the writer is stopped */
void afar_journal_exit(struct afar_journal *j)
{
	bioset_exit(&j->bios);
	if (j->super_page)
		__free_page(j->super_page);
}

/**
 * afar_journal_fail() - the journal can no longer be trusted to keep what it is given
 * @g:     the group
 * @what:  what was tried
 * @error: errno
 */
void afar_journal_fail(struct afar_group *g, const char *what, int error)
{
	if (xchg(&g->journal.failed, true))
		return;
	afar_err(g, "journal: %s failed (%pe); nothing more is taken until the group is created anew",
		 what, ERR_PTR(error));
	afar_group_event(g);
}

/* One block of metadata, durably, and all that was written before it. */
static int write_durably(struct afar_group *g, sector_t sector, struct page *page)
{
	blk_opf_t durably = afar_rule(AFAR_RULE_META_FLUSH) ? REQ_PREFLUSH | REQ_FUA : 0;

	return afar_io_page(&g->journal.bios, g->journal.bdev, sector, page,
			    REQ_OP_WRITE | REQ_SYNC | REQ_META | durably);
}

/**
 * afar_journal_write_super() - make g->journal.super durable
 * @g: the group; its super_lock is held
 *
 * Goes to the older of the two copies, so a torn write costs nothing.
 */
int afar_journal_write_super(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	sector_t sector;
	int r;

	lockdep_assert_held(&j->super_lock);
	if (j->failed)
		return -EIO;
	j->super.generation++;
	j->super.peer_generation = max(j->super.peer_generation,
				       READ_ONCE(g->stage.map_generation));
	sector = (j->super.generation & 1) * BLOCK_SECTORS;
	afar_super_put(page_address(j->super_page), &j->super);
	r = write_durably(g, sector, j->super_page);
	if (r)
		afar_journal_fail(g, "write of the superblock", r);
	return r;
}

/**
 * afar_journal_write_supers() - the same, in both copies
 * @g: the group; its super_lock is held
 *
 * For what must not come back should the newer copy rot: an old role, term or epoch, a clean mark.
 */
int afar_journal_write_supers(struct afar_group *g)
{
	int r = afar_journal_write_super(g);

	return r ? r : afar_journal_write_super(g);
}

/** afar_journal_clear_flag() - see to it that a flag of the superblock is not set, durably */
int afar_journal_clear_flag(struct afar_group *g, u32 flag)
{
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (super->flags & flag) {
		super->flags &= ~flag;
		r = afar_journal_write_supers(g);
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/* One copy of a block of the volume table, the older one. Super lock held. */
static int write_copy(struct afar_group *g, u32 index, const struct afar_table_entry *table,
		      const struct afar_table_mark *mark)
{
	struct afar_journal *j = &g->journal;
	u32 first = index * AFAR_TABLE_ENTRIES;
	u32 count = min_t(u32, AFAR_TABLE_ENTRIES, AFAR_VOLUMES - first);
	u64 generation = ++j->table_generation[index];
	struct afar_table_block *le = page_address(j->super_page);
	sector_t sector = j->super.table_start + 2 * index + (generation & 1);
	int r;

	memset(le, 0, sizeof(*le));
	memcpy(le->entry, &table[first], count * sizeof(le->entry[0]));
	le->term = mark->term;
	le->set = cpu_to_le64(mark->set);
	afar_table_block_put(le, &j->super.journal, index, generation);
	r = write_durably(g, sector * BLOCK_SECTORS, j->super_page);
	if (r)
		afar_journal_fail(g, "write of the volume table", r);
	return r;
}

/*
 * Write @copies of a block. The chunk maps follow the table: what is new has its map, durably,
 * before it is written; what is not in it any more has been set aside, and goes afterwards.
 */
static int write_copies(struct afar_group *g, u32 index, struct afar_table_entry *table,
			const struct afar_table_mark *mark, unsigned int copies)
{
	u32 first = index * AFAR_TABLE_ENTRIES;
	u32 count = min_t(u32, AFAR_TABLE_ENTRIES, AFAR_VOLUMES - first);
	int r;

	lockdep_assert_held(&g->journal.super_lock);
	if (g->journal.failed)
		return -EIO;
	r = afar_chunkmap_add(g, table, first, count);
	if (!r)
		r = afar_chunkmap_part(g, table, first, count);
	while (!r && copies--)
		r = write_copy(g, index, table, mark);
	afar_chunkmap_parted(g, !r);
	return r;
}

/**
 * afar_journal_write_block() - make a block of the volume table durable, in the older copy
 * @g:     the group; its super_lock is held
 * @index: which block
 * @table: the whole table, as it is to be; it is told where the chunk maps are
 * @mark:  up to where the block is up to date
 *
 * For what counts only if a superblock follows: the newer copy serves until then.
 */
int afar_journal_write_block(struct afar_group *g, u32 index,
			     struct afar_table_entry *table, const struct afar_table_mark *mark)
{
	return write_copies(g, index, table, mark, 1);
}

/**
 * afar_journal_write_table() - make the table entry of a volume durable, as it is, in both copies
 * @g:      the group; its super_lock is held
 * @volume: number
 *
 * Should the newer copy rot, no volume must come back, and none go. Changes are rare: it costs
 * nothing that counts.
 */
int afar_journal_write_table(struct afar_group *g, u16 volume)
{
	struct afar_journal *j = &g->journal;
	u32 index = volume / AFAR_TABLE_ENTRIES;

	return write_copies(g, index, j->table, &j->table_mark[index], 2);
}

/*
 * Ring in memory: the table is written before the superblock that says that a run is committed. If
 * that has not been written, the copy before counts.
 */
static bool too_new(const struct afar_super_info *super, const struct afar_table_block *le)
{
	return afar_super_in_memory(super) && afar_uuid_equal(&le->term, &super->term.id) &&
	       le64_to_cpu(le->set) > super->committed.set;
}

/* @undone: result: the newer copy counts as not written. */
static int read_table_block(struct afar_group *g, u32 index, bool *undone)
{
	struct afar_journal *j = &g->journal;
	struct afar_table_block *le = page_address(j->super_page);
	u32 first = index * AFAR_TABLE_ENTRIES;
	u32 count = min_t(u32, AFAR_TABLE_ENTRIES, AFAR_VOLUMES - first);
	const char *why = NULL, *bad = NULL;
	u64 generation, best = 0;
	int copy, r;

	for (copy = 0; copy < 2; copy++) {
		r = afar_io_page(&j->bios, j->bdev,
				 (j->super.table_start + 2 * index + copy) * BLOCK_SECTORS,
				 j->super_page, REQ_OP_READ);
		why = r ? "unreadable" :
			  afar_table_block_get(le, &j->super.journal, index, &generation);
		if (!why && !generation)
			why = "no generation";
		if (why) {
			bad = why;
			continue;
		}
		if (too_new(&j->super, le)) {
			*undone = true;
			continue;
		}
		if (generation > best) {
			best = generation;
			memcpy(&j->table[first], le->entry, count * sizeof(le->entry[0]));
			j->table_mark[index].term = le->term;
			j->table_mark[index].set = le64_to_cpu(le->set);
		}
	}
	j->table_generation[index] = best;
	if (best)
		return 0;
	afar_err(g, "journal: both copies of volume table block %u are damaged (%s)", index, bad);
	return -EILSEQ;
}

static int lay_out(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	u64 blocks = bdev_nr_bytes(g->journal.bdev) >> AFAR_BLOCK_SHIFT;
	u64 ring = g->options.value[AFAR_KNOB_RING_MEMORY] >> AFAR_BLOCK_SHIFT;
	u32 least = ring ? AFAR_META_MIN : AFAR_JOURNAL_MIN;

	if (ring ? afar_super_geometry_memory(super, blocks, ring) :
		   afar_super_geometry(super, blocks))
		return 0;
	afar_err(g, "journal: device is too small, %u MiB at least",
		 least >> (20 - AFAR_BLOCK_SHIFT));
	return -ENOSPC;
}

/* A journal whose superblocks are zero: lay it out. The superblock comes last. */
static int format(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	struct afar_super_info *super = &j->super;
	u32 index;
	int r;

	memset(super, 0, sizeof(*super));
	memset(j->table, 0, sizeof(j->table));
	memset(j->table_mark, 0, sizeof(j->table_mark));
	memset(j->table_generation, 0, sizeof(j->table_generation));
	r = lay_out(g);
	if (r)
		return r;
	super->role = AFAR_SECONDARY;
	super->block_size = g->options.value[AFAR_KNOB_BLOCK_SIZE];
	super->chunk_bytes = g->options.value[AFAR_KNOB_CHUNK_SIZE];
	super->epoch = 1;
	get_random_bytes(&super->journal, sizeof(super->journal));
	get_random_bytes(&super->node, sizeof(super->node));
	for (index = 0; index < AFAR_TABLE_BLOCKS; index++) {
		r = afar_journal_write_table(g, index * AFAR_TABLE_ENTRIES);
		if (r)
			return r;
	}
	r = afar_journal_write_supers(g);
	if (!r)
		afar_info(g, "journal: formatted, %u MiB of log%s",
			  super->ring_blocks >> (20 - AFAR_BLOCK_SHIFT),
			  afar_super_in_memory(super) ? " in memory" : "");
	return r;
}

static u64 ring_memory(const struct afar_super_info *super)
{
	return afar_super_in_memory(super) ? (u64)super->ring_blocks << AFAR_BLOCK_SHIFT : 0;
}

/* Take over the durable value of a knob; false: the table line asks for another one. */
static bool fits_format(struct afar_group *g, enum afar_knob knob, u64 value)
{
	if (g->options.given & (1U << knob) && g->options.value[knob] != value) {
		afar_err(g, "%s is %llu since the journal was formatted",
			 afar_knob_info[knob].name, value);
		return false;
	}
	g->options.value[knob] = value;
	return true;
}

static int check_fit(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	u64 blocks = bdev_nr_bytes(g->journal.bdev) >> AFAR_BLOCK_SHIFT;

	if (super->blocks > blocks) {
		afar_err(g, "journal: truncated: formatted with %llu blocks, the device has %llu",
			 super->blocks, blocks);
		return -ENOSPC;
	}
	if (!afar_group_is(g, &g->options) ||
	    !fits_format(g, AFAR_KNOB_BLOCK_SIZE, super->block_size) ||
	    !fits_format(g, AFAR_KNOB_CHUNK_SIZE, super->chunk_bytes) ||
	    !fits_format(g, AFAR_KNOB_RING_MEMORY, ring_memory(super)))
		return -EINVAL;
	return 0;
}

/*
 * One unreadable superblock must not look like a new journal: the volume table, which a formatted
 * journal always has, must be zero too, or as a formatting that was cut short has left it.
 */
static int check_blank(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	unsigned int block;
	int r;

	for (block = 2; block < BLANK_BLOCKS; block++) {
		r = afar_io_page(&j->bios, j->bdev, block * BLOCK_SECTORS, j->super_page,
				 REQ_OP_READ);
		if (r)
			return r;
		if (memchr_inv(page_address(j->super_page), 0, AFAR_BLOCK) &&
		    !afar_table_block_new(page_address(j->super_page), block)) {
			afar_err(g, "journal refused: only its superblocks are zero; "
				 HOW_TO_BLANK);
			return -EINVAL;
		}
	}
	return 1;
}

/* Returns 0, 1 where the journal is to be formatted, or an error. */
static int read_super(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	enum afar_super_state state[2];
	struct afar_super_info *copy;
	const char *why = NULL;
	int i, r = 0;

	copy = kcalloc(2, sizeof(*copy), GFP_NOIO);
	if (!copy)
		return -ENOMEM;
	for (i = 0; i < 2; i++) {
		const char *ignored;

		state[i] = AFAR_SUPER_BAD;
		if (!afar_io_page(&j->bios, j->bdev, i * BLOCK_SECTORS, j->super_page,
				  REQ_OP_READ))
			state[i] = afar_super_get(page_address(j->super_page), &copy[i], &ignored);
	}
	i = afar_super_pick(state, copy, &why);
	if (i == -2) {
		afar_err(g, "journal refused: %s; " HOW_TO_BLANK, why);
		r = -EINVAL;
	} else if (i < 0) {
		r = check_blank(g);
	} else {
		j->super = copy[i];
		if (state[!i] != AFAR_SUPER_GOOD)
			afar_warn(g, "journal: superblock copy %d is damaged, copy %d serves",
				  !i, i);
	}
	kfree(copy);
	return r;
}

/**
 * afar_journal_load() - read, or format, superblock, volume table and chunk maps; replay the ring
 * @g: the group; journal.bdev is set; nothing runs yet
 *
 * Return: 0 or a negative errno; what is wrong is in the kernel log, and nothing was written.
 */
int afar_journal_load(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	bool stale[AFAR_TABLE_BLOCKS] = {};
	u32 index;
	int r;

	mutex_lock(&j->super_lock);
	j->failed = false;
	r = read_super(g);
	if (r == 1)
		r = format(g);
	else if (!r)
		r = check_fit(g);
	for (index = 0; index < AFAR_TABLE_BLOCKS && !r; index++)
		r = read_table_block(g, index, &stale[index]);
	if (!r)
		r = afar_chunkmap_load(g, stale);
	/* in its place, now that the maps are there: another term must not take it for its own */
	for (index = 0; index < AFAR_TABLE_BLOCKS && !r; index++)
		if (stale[index])
			r = afar_journal_write_table(g, index * AFAR_TABLE_ENTRIES);
	mutex_unlock(&j->super_lock);
	return r ? r : afar_replay_ring(g);
}

static sector_t ring_sector(const struct afar_journal *j, u64 position)
{
	u32 block;

	div_u64_rem(position, j->super.ring_blocks, &block);
	return (j->super.ring_start + block) * BLOCK_SECTORS;
}

static void ring_add(struct afar_journal *j, struct afar_io *io, u64 position, struct page **page,
		     unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		afar_io_add(io, j->bdev, ring_sector(j, position + i), page[i], 0, AFAR_BLOCK);
}

/**
 * afar_journal_read() - read blocks of the ring
 * @g:        the group
 * @position: ring position of the first
 * @page:     where to
 * @count:    how many
 */
int afar_journal_read(struct afar_group *g, u64 position, struct page **page, unsigned int count)
{
	struct afar_io io;

	afar_io_begin(&io, &g->journal.bios, REQ_OP_READ);
	ring_add(&g->journal, &io, position, page, count);
	return afar_io_wait(&io);
}

/**
 * afar_journal_append() - queue a record for the writer
 * @g:      the group
 * @record: the writer's until its ops->done()
 *
 * Room has been seen to by the caller (tracker).
 */
void afar_journal_append(struct afar_group *g, struct afar_record *record)
{
	struct afar_journal *j = &g->journal;

	spin_lock(&j->lock);
	list_add_tail(&record->list, &j->queue);
	j->busy++;
	spin_unlock(&j->lock);
	wake_up(&j->wait);
}

static bool idle(struct afar_journal *j)
{
	bool idle;

	spin_lock(&j->lock);
	idle = !j->busy;
	spin_unlock(&j->lock);
	return idle;
}

/** afar_journal_drain() - wait until all that was queued is on stable media or has failed */
void afar_journal_drain(struct afar_group *g)
{
	wait_event(g->journal.wait, idle(&g->journal));
}

static bool take_group(struct afar_journal *j, struct list_head *group)
{
	struct afar_record *record;
	u32 blocks = 0;

	spin_lock(&j->lock);
	while (!list_empty(&j->queue)) {
		record = list_first_entry(&j->queue, struct afar_record, list);
		blocks += record->header ? afar_record_blocks(&record->info) : 0;
		if (blocks > GROUP_BLOCKS && !list_empty(group))
			break;
		list_move_tail(&record->list, group);
	}
	spin_unlock(&j->lock);
	return !list_empty(group);
}

static void place(struct afar_group *g, struct afar_record *record)
{
	struct afar_journal *j = &g->journal;

	record->position = j->tail;
	if (!record->header)
		return;
	record->info.owner = j->super.journal;
	record->info.position = j->tail;
	record->info.epoch = j->super.epoch;
	record->info.stable = j->stable;
	j->tail += afar_record_blocks(&record->info);
	record->ops->placed(g, record);
	afar_head_put(page_address(record->header), &record->info);
}

/* Does any record of the group need the flush? Always yes but in a test that leaves it out. */
static bool flush_wanted(struct list_head *group)
{
	struct afar_record *record;

	list_for_each_entry(record, group, list) {
		if (!record->header)
			continue;
		if (afar_rule(AFAR_RULE_STAGE_FLUSH) && record->info.type == AFAR_COMMANDS)
			return true;
		if (afar_rule(AFAR_RULE_COMMIT_FLUSH) && record->info.type == AFAR_COMMIT)
			return true;
	}
	return false;
}

/* The ring is in memory: the pages of the records are all there is of it. */
static int keep_group(struct afar_group *g, struct list_head *group)
{
	struct afar_journal *j = &g->journal;
	struct afar_record *record;

	list_for_each_entry(record, group, list) {
		place(g, record);
		if (record->header)
			j->blocks += afar_record_blocks(&record->info);
	}
	j->stable = j->tail;
	return 0;
}

static int write_group(struct afar_group *g, struct list_head *group)
{
	struct afar_journal *j = &g->journal;
	struct afar_record *record;
	struct blk_plug plug;
	struct afar_io io;
	int r;

	if (j->failed)
		return -EIO;
	if (afar_super_in_memory(&j->super))
		return keep_group(g, group);
	afar_io_begin(&io, &j->bios, REQ_OP_WRITE | REQ_SYNC | REQ_IDLE);
	blk_start_plug(&plug);
	list_for_each_entry(record, group, list) {
		place(g, record);
		if (!record->header)
			continue;
		ring_add(j, &io, record->position, &record->header, 1);
		ring_add(j, &io, record->position + 1, record->page,
			 record->info.payload >> AFAR_BLOCK_SHIFT);
		j->blocks += afar_record_blocks(&record->info);
	}
	blk_finish_plug(&plug);
	r = afar_io_wait(&io);
	if (!r && flush_wanted(group)) {
		j->flushes++;
		r = blkdev_issue_flush(j->bdev);
	}
	if (r)
		afar_journal_fail(g, "append to the log", r);
	else
		j->stable = j->tail;
	return r;
}

/* On a primary that runs out of memory the application waits for the spool. */
static void take_place(const struct afar_group *g)
{
	int nice = READ_ONCE(g->journal.super.role) == AFAR_SECONDARY ? AFAR_NICE : 0;

	if (task_nice(current) != nice)
		set_user_nice(current, nice);
}

static int writer(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_group *g = data;
	struct afar_journal *j = &g->journal;
	struct afar_record *record, *next;
	LIST_HEAD(group);

	for (;;) {
		unsigned int count = 0;
		int r;

		wait_event_idle(j->wait, !list_empty_careful(&j->queue) || kthread_should_stop());
		if (!take_group(j, &group)) {
			if (kthread_should_stop())
				break;
			continue;
		}
		take_place(g);
		r = write_group(g, &group);
		list_for_each_entry_safe(record, next, &group, list) {
			list_del(&record->list);
			record->ops->done(g, record, r);
			count++;
		}
		spin_lock(&j->lock);
		j->busy -= count;
		spin_unlock(&j->lock);
		wake_up(&j->wait);
	}
	memalloc_noio_restore(noio);
	return 0;
}

/** afar_journal_start() - start the writer */
int afar_journal_start(struct afar_group *g)
{
	struct task_struct *task = kthread_run(writer, g, "afar_journal/%s", g->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	g->journal.writer = task;
	return 0;
}

/** afar_journal_stop() - write what is queued and stop the writer */
void afar_journal_stop(struct afar_group *g)
{
	if (g->journal.writer)
		kthread_stop(g->journal.writer);
	g->journal.writer = NULL;
}
