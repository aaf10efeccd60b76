/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: journal
 * The journal device: superblock, volume table, and the log ring with its one writer.
 *
 * Records are queued by anybody and written by one thread, in groups: place all that is queued,
 * write it, wait, flush once, report. The next group gathers meanwhile. A record written in group
 * n + 1 therefore vouches for group n (struct afar_head.stable), which is how replay tells a torn
 * tail from damage.
 *
 * Where the ring is in memory (AFAR_SUPER_MEMORY) the writer does all of this but I/O: records keep
 * their pages until they are committed, and a crash loses them.
 *
 * A failed write or flush is final: the device may have dropped what it had taken. From then on no
 * record succeeds; the state is journal-failed until the group is removed and created.
 */
#ifndef AFAR_JOURNAL_SHELL_H
#define AFAR_JOURNAL_SHELL_H

#include <linux/blkdev.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <afar/journal.h>
#include "core/super.h"

struct afar_group;
struct afar_record;

/**
 * struct afar_record_ops - how a record's owner is told; called by the writer, in queue order
 * @placed: it has a position; nothing is on disk yet
 * @done:   it is on stable media (error 0), or will never be; the record is the owner's again
 */
struct afar_record_ops {
	void (*placed)(struct afar_group *g, struct afar_record *record);
	void (*done)(struct afar_group *g, struct afar_record *record, int error);
};

/**
 * struct afar_record - something to be appended to the ring
 * @list:     in struct afar_journal.queue
 * @ops:      of the owner
 * @info:     type, count, bytes, payload and term are set; the writer fills in the rest
 * @header:   header block with its items in place; NULL: nothing to write, only to wait in line
 * @page:     payload, info.payload / AFAR_BLOCK pages
 * @position: result
 */
struct afar_record {
	struct list_head list;
	const struct afar_record_ops *ops;
	struct afar_head_info info;
	struct page *header;
	struct page **page;
	u64 position;
};

/**
 * struct afar_table_mark - up to where a block of the volume table is up to date
 * @term: id of the term that @set belongs to
 * @set:  last committed set whose changes it has
 */
struct afar_table_mark {
	struct afar_uuid term;
	u64 set;
};

/**
 * struct afar_journal - state of the journal device
 * @bdev:       the device; set while the group is active
 * @super_lock: Protects: @super, the copies on disk, @table, @table_generation
 * @super:      the superblock as it is on disk, or is about to be
 * @super_page: for writing it
 * @bios:       for I/O to the device
 * @table:      the volume table, indexed by volume number; written under stage.lock, too
 * @table_stale: the table on disk is another one, as a write of it has failed
 * @table_mark: of each block of the table
 * @table_generation: of each block of the table
 * @lock:       Protects: @queue, @busy
 * @queue:      records that wait for the writer
 * @busy:       records queued or being written
 * @wait:       the writer waits for records, others for @busy to become 0
 * @writer:     the thread
 * @tail:       where the next record goes; the writer's
 * @stable:     all below is on stable media; the writer's
 * @failed:     a write or flush has failed
 * @flushes:    flushes of the journal, for status and tests
 * @blocks:     blocks appended
 */
struct afar_journal {
	struct block_device *bdev;
	struct mutex super_lock;
	struct afar_super_info super;
	struct page *super_page;
	struct bio_set bios;
	struct afar_table_entry table[AFAR_VOLUMES];
	bool table_stale;
	struct afar_table_mark table_mark[AFAR_TABLE_BLOCKS];
	u64 table_generation[AFAR_TABLE_BLOCKS];
	spinlock_t lock;
	struct list_head queue;
	unsigned int busy;
	wait_queue_head_t wait;
	struct task_struct *writer;
	u64 tail;
	u64 stable;
	bool failed;
	u64 flushes;
	u64 blocks;
};

int afar_journal_init(struct afar_journal *j);
void afar_journal_exit(struct afar_journal *j);
int afar_journal_load(struct afar_group *g);
int afar_journal_start(struct afar_group *g);
void afar_journal_stop(struct afar_group *g);

/** afar_journal_empty() - nothing in the ring is needed any more. Super lock held; caller writes */
static inline void afar_journal_empty(struct afar_journal *j)
{
	j->super.head = j->tail;
	j->super.epoch_position = j->tail;
	j->super.stable = j->tail;
}

int afar_journal_write_super(struct afar_group *g);
int afar_journal_write_supers(struct afar_group *g);
int afar_journal_clear_flag(struct afar_group *g, u32 flag);
int afar_journal_write_table(struct afar_group *g, u16 volume);
int afar_journal_write_block(struct afar_group *g, u32 index,
			     struct afar_table_entry *table, const struct afar_table_mark *mark);
int afar_journal_read(struct afar_group *g, u64 position, struct page **page, unsigned int count);
void afar_journal_fail(struct afar_group *g, const char *what, int error);

void afar_journal_append(struct afar_group *g, struct afar_record *record);
void afar_journal_drain(struct afar_group *g);

int afar_replay_ring(struct afar_group *g);

#endif /* AFAR_JOURNAL_SHELL_H */
