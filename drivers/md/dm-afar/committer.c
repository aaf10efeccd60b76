// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "core/rule.h"
#include "core/run.h"
#include "group.h"

/* Most blocks of sets that one run takes together. */
#define RUN_BLOCKS	8192
/* An origin that failed is tried again after so long. */
#define RETRY		HZ
/* A message waits so long at most for sets to be committed. */
#define FINISH_MAX	(10 * HZ)

/**
 * struct source - where a command's payload is
 * @page:  its first page, in the frame's array
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
 * @frame:  frames that hold their commands
 * @frames: how many
 * @cmd:    their commands that change sectors
 * @source: of each of these
 * @cmds:   how many
 * @heap:   for afar_run_plan()
 * @piece:  what is to be written
 * @pieces: how many
 * @vol:    volumes in use, by number
 */
struct run {
	struct afar_cut cut;
	struct afar_staged **frame;
	unsigned int frames;
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
	kvfree(run->frame);
	kvfree(run->cmd);
	kvfree(run->source);
	kvfree(run->heap);
	kvfree(run->piece);
	memset(run, 0, sizeof(*run));
}

/* Returns 1 when there is a run, 0 when there is none. */
static int run_begin(struct afar_group *g, struct run *run)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f;
	unsigned int frames = 0;
	int r = 0;

	mutex_lock(&s->lock);
	if (!afar_tracker_run(&s->tracker, RUN_BLOCKS, &run->cut))
		goto out;
	list_for_each_entry(f, &s->frames, list)
		frames += f->lowest <= run->cut.set;
	run->frame = kvmalloc_array(frames, sizeof(*run->frame), GFP_NOIO);
	r = -ENOMEM;
	if (!run->frame)
		goto out;
	list_for_each_entry(f, &s->frames, list) {
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

static int run_load(struct afar_group *g, struct run *run)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < run->frames && !r; i++)
		if (!run->frame[i]->loaded)
			r = afar_staged_load(g, run->frame[i]);
	if (r == -EILSEQ || r == -EIO)
		afar_journal_fail(g, "read back of the log", r);
	return r;
}

static bool in_run(struct afar_group *g, struct run *run, const struct afar_cmd *cmd)
{
	return cmd->set > g->stage.tracker.committed.set && cmd->set <= run->cut.set;
}

static int verify(struct afar_group *g, struct afar_staged *f, const struct afar_cmd *cmd,
		  struct page **page)
{
	if (f->trusted || cmd->op != AFAR_OP_WRITE || afar_pages_sum(page, cmd->bytes) == cmd->sum)
		return 0;
	afar_err(g, "journal: payload of command %llu in set %llu is damaged", cmd->seq, cmd->set);
	if (afar_rule(AFAR_RULE_VERIFY_FIRST))
		afar_journal_fail(g, "read back of the log", -EILSEQ);
	return afar_rule(AFAR_RULE_VERIFY_FIRST) ? -EILSEQ : 0;
}

/* Gather the run's commands from one frame; all payloads are verified on the way (R12). */
static int gather(struct afar_group *g, struct run *run, struct afar_staged *f)
{
	const void *block = page_address(f->record.header);
	struct page **page = f->record.page;
	unsigned int i;
	int r;

	for (i = 0; i < f->record.info.count; i++) {
		struct afar_cmd cmd;
		struct afar_run_cmd *c = &run->cmd[run->cmds];
		struct source *source = &run->source[run->cmds];

		afar_cmd_get(block, i, &cmd);
		if (in_run(g, run, &cmd) && (cmd.op == AFAR_OP_WRITE || cmd.op == AFAR_OP_ZERO)) {
			r = verify(g, f, &cmd, page);
			if (r)
				return r;
			*source = (struct source){ page, cmd.op, cmd.flags };
			c->sector = cmd.sector;
			c->sectors = cmd.bytes >> SECTOR_SHIFT;
			c->volume = cmd.volume;
			c->seq = cmd.seq;
			c->source = source;
			run->cmds++;
		}
		page += afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
	}
	return 0;
}

static int run_plan(struct afar_group *g, struct run *run)
{
	unsigned int i, most = 0;
	int r;

	for (i = 0; i < run->frames; i++)
		most += run->frame[i]->record.info.count;
	run->cmd = kvmalloc_array(most, sizeof(*run->cmd), GFP_NOIO);
	run->source = kvmalloc_array(most, sizeof(*run->source), GFP_NOIO);
	run->heap = kvmalloc_array(most, sizeof(*run->heap), GFP_NOIO);
	run->piece = kvmalloc_array(AFAR_RUN_PIECES(most), sizeof(*run->piece), GFP_NOIO);
	if (!run->cmd || !run->source || !run->heap || !run->piece)
		return -ENOMEM;
	for (i = 0; i < run->frames; i++) {
		r = gather(g, run, run->frame[i]);
		if (r)
			return r;
	}
	run->pieces = afar_run_plan(run->cmd, run->cmds, run->heap, run->piece);
	return 0;
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

static int record_commit(struct afar_group *g, const struct afar_cut *cut)
{
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

/* Let the ring go on where the superblock says that it may: R11, "space is reused only after". */
static int advance_head(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	struct afar_stage *s = &g->stage;
	struct afar_cut committed;
	u64 head;
	int r = 0;

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

static void run_committed(struct afar_group *g, struct run *run)
{
	struct afar_stage *s = &g->stage;
	unsigned int i;

	mutex_lock(&s->lock);
	afar_tracker_commit(&s->tracker, &run->cut);
	for (i = 0; i < run->frames; i++) {
		run->frame[i]->busy = false;
		if (run->frame[i]->highest <= run->cut.set)
			afar_staged_free(s, run->frame[i]);
	}
	run->frames = 0;
	s->runs++;
	s->failed = false;
	s->ack_due = true;
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
	afar_sysfs_cut_moved(g);
}

/*
 * Commit what is complete, as one run. All its frames are on stable media already: the tracker
 * calls a number durable only after the flush that covers it, so the first origin write follows it.
 *
 * Return: 1 done, 0 nothing to do, -EAGAIN a volume is missing, other errors: try again later.
 */
static int commit_run(struct afar_group *g, struct run *run)
{
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
		r = run_plan(g, run);
	if (!r)
		r = use_volumes(g, run);
	if (!r)
		r = write_origins(g, run);
	if (!r)
		r = record_commit(g, &run->cut);
	if (!r)
		run_committed(g, run);
	run_end(g, run);
	return r ? r : advance_head(g) ?: 1;
}

static bool runnable(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	return READ_ONCE(s->tracker.replicated.set) > READ_ONCE(s->tracker.committed.set) &&
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
		wait_event_idle(s->wait, runnable(g) || kthread_should_stop());
		if (kthread_should_stop())
			break;
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

/* Nothing arrives any more, so the tracker stands still but for the committer itself. */
static bool finished(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	return (READ_ONCE(s->tracker.replicated.set) == READ_ONCE(s->tracker.committed.set) &&
		!READ_ONCE(s->committing)) ||
	       READ_ONCE(s->failed) || READ_ONCE(g->journal.failed) ||
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
	return s->tracker.replicated.set == s->tracker.committed.set ? 0 : -EAGAIN;
}
