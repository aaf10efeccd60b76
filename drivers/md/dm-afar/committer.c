// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "commit.h"
#include "core/rule.h"
#include "group.h"
#include "trace.h"

/* An origin that failed is tried again after so long. */
#define RETRY		HZ
/* A message waits so long at most for sets to be committed. */
#define FINISH_MAX	(10 * HZ)

static void run_end(struct afar_group *g, struct afar_run *run)
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
static bool choose_run(struct afar_group *g, struct afar_run *run)
{
	struct afar_stage *s = &g->stage;
	u64 limit = min3(s->hold, s->whole,
			 afar_changes_limit(&s->changes, s->tracker.committed.set));
	struct afar_cut *cut = &run->cut;
	const struct afar_set *last;

	if (limit <= s->tracker.committed.set ||
	    !afar_tracker_run(&s->tracker, AFAR_RUN_BLOCKS, cut))
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
static int run_begin(struct afar_group *g, struct afar_run *run)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f;
	unsigned int frames = 0;
	int r = 0;

	mutex_lock(&s->lock);
	if (!choose_run(g, run))
		goto out;
	afar_tracker_extent(&s->tracker, &run->cut, &run->extent);
	run->room = min_t(u64, run->extent.blocks, AFAR_RUN_BLOCKS);
	run->most = run->extent.commands;
	/* half full, if its commands are of a length like those of the others */
	if (afar_run_in_parts(run))
		run->most = div64_u64(run->most * (AFAR_RUN_BLOCKS / 2), run->extent.blocks) + 1;
	run->limit = run->most;
	run->from = s->tracker.committed.seq + 1;
	run->to = run->from - 1;
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

/* Work out what is to be written of the part, and where to. */
static int part_plan(struct afar_group *g, struct afar_run *run)
{
	unsigned int i;

	run->pieces = afar_run_plan(run->cmd, run->cmds, run->heap, run->piece);
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
static int write_part(struct afar_group *g, struct afar_run *run)
{
	struct blk_plug plug;
	struct afar_io io;
	unsigned int i;
	int r = 0, error;

	run->begun = true;
	afar_io_begin(&io, &g->bios, REQ_OP_WRITE | REQ_SYNC | REQ_IDLE);
	blk_start_plug(&plug);
	for (i = 0; i < run->pieces && !r; i++) {
		const struct afar_piece *p = &run->piece[i];
		const struct afar_run_cmd *c = &run->cmd[p->cmd];
		const struct afar_source *source = c->source;
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
	return r ? r : error;
}

static int flush_origins(struct afar_group *g, struct afar_run *run)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < AFAR_VOLUMES && !r; i++) {
		if (!run->vol[i] || !afar_rule(AFAR_RULE_ORIGIN_FLUSH))
			continue;
		g->stage.origin_flushes++;
		r = blkdev_issue_flush(run->vol[i]->origin->bdev);
	}
	return r;
}

/*
 * Part after part, in the order of numbers: a later one may write the same sectors. What is bad
 * now though it was good when all was verified leaves the origins at no cut, see give_up().
 */
static int write_origins(struct afar_group *g, struct afar_run *run)
{
	int r = 0;

	while (run->from <= run->cut.seq) {
		if (run->to < run->from) {
			r = afar_run_load_part(g, run);
			if (!r)
				r = part_plan(g, run);
			if (r)
				return r;
		}
		r = write_part(g, run);
		if (r)
			break;
		afar_run_drop_part(run);
		/* commands differ in length: who was halved for long ones may meet short ones */
		run->most = min(run->most * 2, run->limit);
	}
	if (!r)
		r = flush_origins(g, run);
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

static int record_commit(struct afar_group *g, const struct afar_run *run)
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
static int super_commit(struct afar_group *g, const struct afar_run *run)
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
	struct afar_run *run = data;
	unsigned int i;

	afar_tracker_commit(&s->tracker, &run->cut);
	for (i = 0; i < run->frames; i++) {
		run->frame[i]->busy = false;
		if (run->frame[i]->last <= run->cut.seq)
			afar_staged_free(s, run->frame[i]);
	}
	run->frames = 0;
	s->map_generation = max(s->map_generation, run->map_generation);
	s->runs++;
	s->failed = false;
	s->ack_due = true;
}

static int run_committed(struct afar_group *g, struct afar_run *run)
{
	struct afar_stage *s = &g->stage;
	bool ill = READ_ONCE(s->failed);
	bool torn = afar_stage_torn(s), changes;
	int r = 0;

	trace_afar_commit(g, &run->cut);
	mutex_lock(&s->lock);
	changes = afar_table_moves(g, &run->cut);
	if (!changes)
		free_run(g, run);
	mutex_unlock(&s->lock);
	if (changes)
		r = afar_table_commit(g, &run->cut, free_run, run);
	wake_up_all(&s->wait);
	afar_sysfs_cut_moved(g);
	if (torn && !afar_stage_torn(s)) {
		afar_info(g, "the origins are at a cut again, at set %llu", run->cut.set);
		afar_history_ends(g);
		ill = true;
	}
	if (ill)
		afar_group_event(g);
	return r;
}

/*
 * Commit what is complete, as one run. All its frames are on stable media already: the tracker
 * calls a number durable only after the flush that covers it, so the first origin write follows it.
 *
 * Return: 1 done, 0 nothing to do, -EAGAIN a volume is missing, or the next run is a shorter one;
 * other errors: try again later.
 */
static int commit_run(struct afar_group *g, struct afar_run *run)
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
	r = afar_run_load(g, run);
	if (!r && !afar_run_in_parts(run))
		r = part_plan(g, run);
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
	struct afar_run *run = kzalloc(sizeof(*run), GFP_KERNEL | __GFP_NOFAIL);
	bool ill;
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
		/* what is damaged is soon known to be so for good, or not to be */
		ill = READ_ONCE(s->unread) || READ_ONCE(s->unreadable);
		set_failed(g, r < 0 && r != -EAGAIN && !ill);
		if (r < 0 && !kthread_should_stop())
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
static bool has_failed(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	return READ_ONCE(s->failed) || READ_ONCE(g->journal.failed) ||
	       (READ_ONCE(s->unread) && !READ_ONCE(s->forced));
}

static bool finished(struct afar_group *g, const bool *stop)
{
	return afar_committer_idle(g) || has_failed(g) || READ_ONCE(g->suspending) ||
	       (stop && READ_ONCE(*stop)) || afar_volumes_missing(g);
}

/**
 * afar_committer_finish() - wait until all complete sets are on the origins
 * @g:    the group; nothing arrives any more
 * @stop: what ends the wait besides, when who waits there is woken; or NULL
 *
 * Return: 0; -EIO: an origin or the journal has failed; -EAGAIN: a volume is missing, or it was
 * stopped; -EINPROGRESS: it takes longer than a message may wait; -EINTR.
 */
int afar_committer_finish(struct afar_group *g, const bool *stop)
{
	struct afar_stage *s = &g->stage;
	long left;

	wake_up_all(&s->wait);
	left = wait_event_interruptible_timeout(s->wait, finished(g, stop), FINISH_MAX);
	if (left < 0)
		return -EINTR;
	if (!left)
		return -EINPROGRESS;
	if (has_failed(g))
		return -EIO;
	return goal(s) <= s->tracker.committed.set ? 0 : -EAGAIN;
}
