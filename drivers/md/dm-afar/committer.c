// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "core/rule.h"
#include "core/run.h"
#include "group.h"
#include "trace.h"

/* Most blocks of sets that one run takes together. */
#define RUN_BLOCKS	8192
/* What is read back from the log and is damaged is read so often, before it is given up. */
#define READ_TRIES	3
/* An origin that failed is tried again after so long. */
#define RETRY		HZ
/* A message waits so long at most for sets to be committed. */
#define FINISH_MAX	(10 * HZ)

/**
 * struct source - where a command's payload is
 * @page:  its first page, in an array of the frame's or the run's
 * @op:    enum afar_op
 * @flags: of the command
 */
struct source {
	struct page **page;
	u8 op;
	u8 flags;
};

/**
 * struct run - sets that are committed together
 * @cut:    the last of them
 * @reach:  stage.reach before the run
 * @bad:    what cannot be read back is of no set before this one
 * @map_generation: highest that a sync command of them names
 * @extent: what there is to be found of them
 * @frame:  entries of the stage with their commands
 * @frames: how many
 * @found:  commands found in them so far
 * @page:   payload that was read back, and is the run's own
 * @pages:  how many
 * @cmd:    commands that change sectors
 * @source: of each of these
 * @cmds:   how many
 * @heap:   for afar_run_plan()
 * @piece:  what is to be written
 * @pieces: how many
 * @vol:    volumes in use, by number
 */
struct run {
	struct afar_cut cut;
	u64 reach;
	u64 bad;
	u64 map_generation;
	struct afar_extent extent;
	struct afar_staged **frame;
	unsigned int frames;
	u64 found;
	struct page **page;
	unsigned int pages;
	struct afar_run_cmd *cmd;
	struct source *source;
	unsigned int cmds;
	u32 *heap;
	struct afar_piece *piece;
	unsigned int pieces;
	struct afar_vol *vol[AFAR_VOLUMES];
};

static void run_end(struct afar_group *g, struct run *run)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		if (run->vol[i])
			afar_volume_unuse(run->vol[i]);
	mutex_lock(&g->stage.lock);
	for (i = 0; i < run->frames; i++)
		run->frame[i]->busy = false;
	mutex_unlock(&g->stage.lock);
	afar_pages_free(run->page, run->pages);
	kvfree(run->page);
	kvfree(run->frame);
	kvfree(run->cmd);
	kvfree(run->source);
	kvfree(run->heap);
	kvfree(run->piece);
	memset(run, 0, sizeof(*run));
}

/* What may be committed: what is complete, but nothing beyond a hold or what is damaged. */
static u64 goal(const struct afar_stage *s)
{
	return min3(READ_ONCE(s->tracker.replicated.set), READ_ONCE(s->hold), READ_ONCE(s->whole));
}

/*
 * The sets of a run, which ends at a hold at the latest. One that changes the volume table is a run
 * of its own. Stage lock held.
 */
static bool choose_run(struct afar_group *g, struct run *run)
{
	struct afar_stage *s = &g->stage;
	u64 limit = min3(s->hold, s->whole,
			 afar_changes_limit(&s->changes, s->tracker.committed.set));
	struct afar_cut *cut = &run->cut;
	const struct afar_set *last;

	if (limit <= s->tracker.committed.set ||
	    !afar_tracker_run(&s->tracker, RUN_BLOCKS, cut))
		return false;
	if (cut->set > limit) {
		last = afar_tracker_find(&s->tracker, limit);
		*cut = (struct afar_cut){ last->id, last->last, last->time };
	}
	if (afar_table_awaits(g, cut))
		return false;
	/* from its first origin write to its commit record there is no cut before its end */
	run->reach = s->reach;
	s->reach = max(s->reach, cut->set);
	return true;
}

/*
 * Returns 1 when there is a run, 0 when there is none. Frames lie in the order of the ring, so
 * those of the run are at the front, among some that came early; none is behind the extent.
 */
static int run_begin(struct afar_group *g, struct run *run)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f;
	unsigned int frames = 0;
	int r = 0;

	mutex_lock(&s->lock);
	if (!choose_run(g, run))
		goto out;
	afar_tracker_extent(&s->tracker, &run->cut, &run->extent);
	list_for_each_entry(f, &s->frames, list) {
		if (f->record.position > run->extent.position)
			break;
		frames += f->lowest <= run->cut.set;
	}
	run->frame = kvmalloc_array(frames, sizeof(*run->frame), GFP_NOIO);
	r = -ENOMEM;
	if (!run->frame)
		goto out;
	list_for_each_entry(f, &s->frames, list) {
		if (run->frames == frames)
			break;
		if (f->lowest > run->cut.set)
			continue;
		f->busy = true;
		run->frame[run->frames++] = f;
	}
	r = 1;
out:
	mutex_unlock(&s->lock);
	return r;
}

static bool in_run(struct afar_group *g, struct run *run, const struct afar_cmd *cmd)
{
	return cmd->set > g->stage.tracker.committed.set && cmd->set <= run->cut.set;
}

static int not_as_staged(struct afar_group *g, struct run *run)
{
	afar_err(g, "journal: set %llu is not in the log as it was staged", run->cut.set);
	return -EILSEQ;
}

/* What was read back was whole when it arrived; is it still? */
static int verify(struct afar_group *g, struct run *run, const struct afar_cmd *cmd,
		  struct page **page)
{
	if (cmd->op != AFAR_OP_WRITE || afar_pages_sum(page, cmd->bytes) == cmd->sum)
		return 0;
	afar_err(g, "journal: payload of command %llu in set %llu is damaged", cmd->seq, cmd->set);
	run->bad = cmd->set;
	return afar_rule(AFAR_RULE_VERIFY_FIRST) ? -EILSEQ : 0;
}

/* The payload of a command that was read back becomes the run's; its places in @page are empty. */
static struct page **keep(struct run *run, struct page **page, unsigned int count)
{
	struct page **kept = run->page + run->pages;

	memcpy(kept, page, count * sizeof(*page));
	memset(page, 0, count * sizeof(*page));
	run->pages += count;
	return kept;
}

/*
 * Gather the run's commands from one frame. @back: it was read back, so its payloads are verified
 * (R12) and what the run needs of them becomes its own.
 */
static int gather(struct afar_group *g, struct run *run, const void *block, unsigned int count,
		  struct page **page, bool back)
{
	unsigned int i, pages;
	int r;

	for (i = 0; i < count; i++, page += pages) {
		struct source *source = &run->source[run->cmds];
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		pages = afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
		if (!in_run(g, run, &cmd))
			continue;
		if (cmd.op == AFAR_OP_SYNC)
			run->map_generation = max(run->map_generation, cmd.map_generation);
		/* the arrays are as long as the tracker has said */
		if (++run->found > run->extent.commands ||
		    run->pages + pages > run->extent.blocks)
			return not_as_staged(g, run);
		if (cmd.op != AFAR_OP_WRITE && cmd.op != AFAR_OP_ZERO)
			continue;
		r = back ? verify(g, run, &cmd, page) : 0;
		if (r)
			return r;
		*source = (struct source){ page, cmd.op, cmd.flags };
		if (back)
			source->page = keep(run, page, pages);
		run->cmd[run->cmds++] = (struct afar_run_cmd){
			.sector = cmd.sector,
			.seq = cmd.seq,
			.sectors = cmd.bytes >> SECTOR_SHIFT,
			.volume = cmd.volume,
			.source = source,
		};
	}
	return 0;
}

/* Gather from what was read back of @position on: records, one after the other. */
static int gather_back(struct afar_group *g, struct run *run, u64 position, struct page **page,
		       unsigned int count)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_head_info info;
	unsigned int i;
	int r = 0;

	for (i = 0; i < count && !r; i += afar_record_blocks(&info)) {
		const void *block = page_address(page[i]);
		const char *why = afar_record_get(block, super, position + i, &info);

		if (!why && afar_record_blocks(&info) > count - i)
			why = "longer than it was";
		if (why) {
			afar_err(g, "journal: record at %llu cannot be read back: %s", position + i,
				 why);
			return -EILSEQ;
		}
		if (info.type == AFAR_COMMANDS && afar_term_equal(&info.term, &super->term))
			r = gather(g, run, block, info.count, page + i + 1, true);
	}
	return r;
}

static int read_back(struct afar_group *g, struct run *run, struct afar_staged *f)
{
	/* of what was joined the beginning may be committed, and its place in the ring in use */
	u64 position = max(f->record.position, g->stage.tracker.head);
	unsigned int i, count = f->record.position + f->blocks - position;
	struct page **page;
	int r = -ENOMEM;

	if (!run->page)
		run->page = kvmalloc_array(run->extent.blocks, sizeof(*run->page), GFP_NOIO);
	page = kvmalloc_array(count, sizeof(*page), GFP_NOIO);
	if (!page || !run->page)
		goto free_array;
	r = afar_pages_alloc(page, count, GFP_NOIO);
	if (r)
		goto free_array;
	r = afar_journal_read(g, position, page, count);
	if (r)
		afar_err(g, "journal: the log cannot be read back at %llu (%pe); it is tried again",
			 position, ERR_PTR(r));
	if (!r)
		r = gather_back(g, run, position, page, count);
	for (i = 0; i < count; i++)
		if (page[i])
			__free_page(page[i]);
free_array:
	kvfree(page);
	return r;
}

static int load_frames(struct afar_group *g, struct run *run)
{
	u64 next = g->stage.tracker.committed.set + 1;
	unsigned int i;
	int r = 0;

	for (i = 0; i < run->frames && !r; i++) {
		struct afar_staged *f = run->frame[i];

		run->bad = max(f->lowest, next);
		r = f->loaded ? gather(g, run, page_address(f->record.header),
				       f->record.info.count, f->record.page, false) :
				read_back(g, run, f);
	}
	if (r || run->found == run->extent.commands)
		return r;
	run->bad = next;
	return not_as_staged(g, run);
}

/*
 * A set is partial whose payload is damaged (R12): those before it are committed, and nothing from
 * it on. If the run in which the node went down may have come so far, no cut is left.
 */
static void give_up(struct afar_group *g, u64 bad)
{
	struct afar_stage *s = &g->stage;

	mutex_lock(&s->lock);
	s->unreadable = 0;
	WRITE_ONCE(s->whole, bad - 1);
	if (s->reach > s->whole)
		WRITE_ONCE(s->marked, s->reach);
	mutex_unlock(&s->lock);
	afar_err(g, "journal: set %llu is damaged in the log: nothing more is taken, and only sets before it are committed",
		 bad);
	afar_group_event(g);
}

/* Nothing was written: as far as the origins were reached before, so they are still. */
static int not_loaded(struct afar_group *g, struct run *run, int r)
{
	struct afar_stage *s = &g->stage;

	mutex_lock(&s->lock);
	s->reach = run->reach;
	s->unreadable = r == -EILSEQ ? s->unreadable + 1 : 0;
	mutex_unlock(&s->lock);
	/* device or memory may have had a bad moment: the log itself is as it was flushed */
	if (s->unreadable < READ_TRIES)
		return r;
	give_up(g, run->bad);
	return -EAGAIN;
}

/* All of a run is in memory, found and verified, before any of it is written (R12). */
static int run_load(struct afar_group *g, struct run *run)
{
	u64 most = run->extent.commands;
	int r = -ENOMEM;

	run->cmd = kvmalloc_array(most, sizeof(*run->cmd), GFP_NOIO);
	run->source = kvmalloc_array(most, sizeof(*run->source), GFP_NOIO);
	run->heap = kvmalloc_array(most, sizeof(*run->heap), GFP_NOIO);
	run->piece = kvmalloc_array(AFAR_RUN_PIECES(most), sizeof(*run->piece), GFP_NOIO);
	if (run->cmd && run->source && run->heap && run->piece)
		r = load_frames(g, run);
	return r ? not_loaded(g, run, r) : 0;
}

static int use_volumes(struct afar_group *g, struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->cmds; i++) {
		u16 number = run->cmd[i].volume;

		if (!run->vol[number])
			run->vol[number] = afar_volume_use(g, number);
		if (!run->vol[number])
			return -EAGAIN;
	}
	return 0;
}

static void write_piece(struct afar_io *io, struct block_device *bdev, struct page **page,
			sector_t sector, u32 skip, u32 sectors)
{
	unsigned int at = skip << SECTOR_SHIFT, left = sectors << SECTOR_SHIFT;

	while (left) {
		unsigned int offset = at % AFAR_BLOCK;
		unsigned int n = min_t(unsigned int, left, AFAR_BLOCK - offset);

		afar_io_add(io, bdev, sector, page[at / AFAR_BLOCK], offset, n);
		sector += n >> SECTOR_SHIFT;
		at += n;
		left -= n;
	}
}

/* Pieces are disjoint, so their order among each other is free: bios run side by side. */
static int write_origins(struct afar_group *g, struct run *run)
{
	struct blk_plug plug;
	struct afar_io io;
	unsigned int i;
	int r = 0, error;

	afar_io_begin(&io, REQ_OP_WRITE | REQ_SYNC | REQ_IDLE);
	blk_start_plug(&plug);
	for (i = 0; i < run->pieces && !r; i++) {
		const struct afar_piece *p = &run->piece[i];
		const struct afar_run_cmd *c = &run->cmd[p->cmd];
		const struct source *source = c->source;
		struct block_device *bdev = run->vol[c->volume]->origin->bdev;
		sector_t sector = c->sector + p->skip;

		if (source->op == AFAR_OP_WRITE)
			write_piece(&io, bdev, source->page, sector, p->skip, p->sectors);
		else
			r = blkdev_issue_zeroout(bdev, sector, p->sectors, GFP_NOIO,
						 source->flags & AFAR_CMD_UNMAP ?
						 0 : BLKDEV_ZERO_NOUNMAP);
	}
	blk_finish_plug(&plug);
	error = afar_io_wait(&io);
	r = r ? r : error;
	for (i = 0; i < AFAR_VOLUMES && !r; i++) {
		if (!run->vol[i] || !afar_rule(AFAR_RULE_ORIGIN_FLUSH))
			continue;
		g->stage.origin_flushes++;
		r = blkdev_issue_flush(run->vol[i]->origin->bdev);
	}
	if (r)
		afar_err(g, "commit of set %llu: an origin failed (%pe); it is tried again",
			 run->cut.set, ERR_PTR(r));
	return r;
}

/** struct commit_record - a commit record on its way */
struct commit_record {
	struct afar_record record;
	struct completion done;
	int error;
};

static void commit_placed(struct afar_group *g, struct afar_record *record)
{
	mutex_lock(&g->stage.lock);
	g->stage.tracker.tail = record->position + 1;
	g->stage.tracker.pending--;
	mutex_unlock(&g->stage.lock);
}

static void commit_done(struct afar_group *g, struct afar_record *record, int error)
{
	struct commit_record *c = container_of(record, struct commit_record, record);

	c->error = error;
	complete(&c->done);
}

static const struct afar_record_ops commit_ops = {
	.placed	= commit_placed,
	.done	= commit_done,
};

static int record_commit(struct afar_group *g, const struct run *run)
{
	const struct afar_cut *cut = &run->cut;
	struct commit_record c = {
		.record.ops = &commit_ops,
		.record.info = {
			.type = AFAR_COMMIT,
			.count = 1,
			.bytes = sizeof(struct afar_head) + sizeof(struct afar_command),
			.term = g->journal.super.term,
		},
	};
	struct afar_cmd cmd = {
		.op = AFAR_OP_COMMIT,
		.set = cut->set,
		.seq = cut->seq,
		.first = cut->seq,
		.time = cut->time,
		.map_generation = max(READ_ONCE(g->stage.map_generation), run->map_generation),
	};

	c.record.header = alloc_page(GFP_NOIO | __GFP_ZERO);
	if (!c.record.header)
		return -ENOMEM;
	init_completion(&c.done);
	afar_cmd_put(page_address(c.record.header), 0, &cmd);
	mutex_lock(&g->stage.lock);
	g->stage.tracker.pending++;
	mutex_unlock(&g->stage.lock);
	afar_journal_append(g, &c.record);
	wait_for_completion(&c.done);
	__free_page(c.record.header);
	return c.error;
}

/*
 * Ring in memory: nothing could bring a run to its end after a crash, so before its first origin
 * write the superblock says how far it may come. Until all of that is committed there is no cut.
 */
static int mark_committing(struct afar_group *g, u64 set)
{
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (set > super->committing) {
		super->committing = set;
		r = afar_journal_write_super(g);
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/* Ring in memory: the superblock is the commit record, and takes the mark away. */
static int super_commit(struct afar_group *g, const struct run *run)
{
	struct afar_super_info *super = &g->journal.super;
	int r;

	mutex_lock(&g->journal.super_lock);
	super->committed = run->cut;
	super->peer_generation = max(super->peer_generation, run->map_generation);
	if (super->committing <= run->cut.set || READ_ONCE(g->stage.marked) <= run->cut.set)
		super->committing = 0;
	r = afar_journal_write_super(g);
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/* A ring in memory goes on at once. */
static void free_ring(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	mutex_lock(&s->lock);
	s->tracker.head = afar_tracker_head(&s->tracker);
	afar_tracker_update(&s->tracker);
	s->ack_due = true;
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
}

/* Let the ring go on where the superblock says that it may: R11, "space is reused only after". */
static int advance_head(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	struct afar_stage *s = &g->stage;
	struct afar_cut committed;
	u64 head;
	int r = 0;

	if (afar_super_in_memory(&j->super)) {
		free_ring(g);
		return 0;
	}
	mutex_lock(&s->lock);
	head = afar_tracker_head(&s->tracker);
	committed = s->tracker.committed;
	if (head - s->tracker.head < s->tracker.ring_blocks / 8) {
		mutex_unlock(&s->lock);
		return 0;
	}
	mutex_unlock(&s->lock);

	mutex_lock(&j->super_lock);
	j->super.head = head;
	j->super.epoch_position = max(j->super.epoch_position, head);
	j->super.stable = max3(j->super.stable, READ_ONCE(j->stable), j->super.epoch_position);
	j->super.committed = committed;
	/* the record that ends a resync in place may be below the head from here on */
	j->super.committing = READ_ONCE(s->marked) > committed.set ? s->marked : 0;
	if (afar_rule(AFAR_RULE_HEAD_FLUSH))
		r = afar_journal_write_super(g);
	mutex_unlock(&j->super_lock);
	if (r)
		return r;

	mutex_lock(&s->lock);
	s->tracker.head = head;
	afar_tracker_update(&s->tracker);
	s->ack_due = true;
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
	return 0;
}

/* Stage lock held. */
static void free_run(struct afar_group *g, void *data)
{
	struct afar_stage *s = &g->stage;
	struct run *run = data;
	unsigned int i;

	afar_tracker_commit(&s->tracker, &run->cut);
	for (i = 0; i < run->frames; i++) {
		run->frame[i]->busy = false;
		if (run->frame[i]->highest <= run->cut.set)
			afar_staged_free(s, run->frame[i]);
	}
	run->frames = 0;
	s->map_generation = max(s->map_generation, run->map_generation);
	s->runs++;
	s->unreadable = 0;
	s->failed = false;
	s->ack_due = true;
}

static int run_committed(struct afar_group *g, struct run *run)
{
	struct afar_stage *s = &g->stage;
	bool torn = afar_stage_torn(s), changes;
	int r = 0;

	mutex_lock(&s->lock);
	changes = afar_changes_limit(&s->changes, s->tracker.committed.set) == run->cut.set;
	if (!changes)
		free_run(g, run);
	mutex_unlock(&s->lock);
	if (changes)
		r = afar_table_commit(g, &run->cut, free_run, run);
	trace_afar_commit(g, &run->cut);
	wake_up_all(&s->wait);
	afar_sysfs_cut_moved(g);
	if (torn && !afar_stage_torn(s)) {
		afar_info(g, "the origins are at a cut again, at set %llu", run->cut.set);
		afar_group_event(g);
	}
	return r;
}

/*
 * Commit what is complete, as one run. All its frames are on stable media already: the tracker
 * calls a number durable only after the flush that covers it, so the first origin write follows it.
 *
 * Return: 1 done, 0 nothing to do, -EAGAIN a volume is missing, or the next run is a shorter one;
 * other errors: try again later.
 */
static int commit_run(struct afar_group *g, struct run *run)
{
	bool memory = afar_super_in_memory(&g->journal.super);
	int r;

	if (READ_ONCE(g->journal.failed))
		return 0;
	if (afar_volumes_missing(g))
		return -EAGAIN;
	r = run_begin(g, run);
	if (r <= 0)
		return r;
	r = run_load(g, run);
	if (!r)
		run->pieces = afar_run_plan(run->cmd, run->cmds, run->heap, run->piece);
	if (!r)
		r = use_volumes(g, run);
	if (!r && memory)
		r = mark_committing(g, run->cut.set);
	if (!r)
		r = write_origins(g, run);
	if (!r && memory)
		r = afar_table_prepare(g, &run->cut);
	if (!r)
		r = memory ? super_commit(g, run) : record_commit(g, run);
	if (!r)
		r = run_committed(g, run);
	run_end(g, run);
	return r ? r : advance_head(g) ?: 1;
}

static bool runnable(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	return goal(s) > READ_ONCE(s->tracker.committed.set) &&
	       !READ_ONCE(g->journal.failed) && !afar_volumes_missing(g);
}

static void set_failed(struct afar_group *g, bool failed)
{
	if (g->stage.failed == failed)
		return;
	g->stage.failed = failed;
	afar_group_event(g);
}

static int committer(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_group *g = data;
	struct afar_stage *s = &g->stage;
	struct run *run = kzalloc(sizeof(*run), GFP_KERNEL | __GFP_NOFAIL);
	int r;

	while (!kthread_should_stop()) {
		wait_event_idle(s->wait, runnable(g) || afar_hold_due(g) || kthread_should_stop());
		if (kthread_should_stop())
			break;
		afar_hold_reach(g);
		if (!runnable(g))
			continue;
		WRITE_ONCE(s->committing, true);
		r = commit_run(g, run);
		WRITE_ONCE(s->committing, false);
		set_failed(g, r < 0 && r != -EAGAIN);
		if (r < 0)
			schedule_timeout_interruptible(RETRY);
		wake_up_all(&s->wait);
	}
	kfree(run);
	memalloc_noio_restore(noio);
	return 0;
}

/** afar_committer_start() - start the committer */
int afar_committer_start(struct afar_group *g)
{
	struct task_struct *task = kthread_run(committer, g, "afar_commit/%s", g->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	g->stage.committer = task;
	return 0;
}

/** afar_committer_stop() - stop it, at the end of the run that it is in */
void afar_committer_stop(struct afar_group *g)
{
	if (g->stage.committer)
		kthread_stop(g->stage.committer);
	g->stage.committer = NULL;
}

/** afar_committer_idle() - is there nothing that may be committed, and nothing being so? */
bool afar_committer_idle(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	return goal(s) <= READ_ONCE(s->tracker.committed.set) && !READ_ONCE(s->committing);
}

/* Nothing arrives any more, so the tracker stands still but for the committer itself. */
static bool finished(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	/* what is damaged is soon known to be so for good, or not to be */
	return afar_committer_idle(g) ||
	       (READ_ONCE(s->failed) && !READ_ONCE(s->unreadable)) ||
	       READ_ONCE(g->journal.failed) ||
	       READ_ONCE(g->suspending) || afar_volumes_missing(g);
}

/**
 * afar_committer_finish() - wait until all complete sets are on the origins
 * @g: the group; nothing arrives any more
 *
 * Return: 0; -EIO: an origin or the journal has failed; -EAGAIN: a volume is missing, or suspended;
 * -EINPROGRESS: it takes longer than a message may wait; -EINTR.
 */
int afar_committer_finish(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;
	long left;

	wake_up_all(&s->wait);
	left = wait_event_interruptible_timeout(s->wait, finished(g), FINISH_MAX);
	if (left < 0)
		return -EINTR;
	if (!left)
		return -EINPROGRESS;
	if (s->failed || READ_ONCE(g->journal.failed))
		return -EIO;
	return goal(s) <= s->tracker.committed.set ? 0 : -EAGAIN;
}
