// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kthread.h>
#include <linux/slab.h>
#include "blockio.h"
#include "commit.h"
#include "core/replay.h"
#include "core/rule.h"
#include "group.h"

/* What is read back from the log and is damaged is read so often, before it is given up. */
#define READ_TRIES	3

/* Without a part all of the run is looked at, and nothing is kept. */
static bool in_part(struct afar_group *g, const struct afar_run *run, const struct afar_cmd *cmd)
{
	if (run->to < run->from)
		return cmd->seq > g->stage.tracker.committed.seq && cmd->seq <= run->cut.seq;
	return cmd->seq >= run->from && cmd->seq <= run->to;
}

static int not_as_staged(struct afar_group *g, struct afar_run *run)
{
	afar_err(g, "journal: set %llu is not in the log as it was staged", run->cut.set);
	return -EILSEQ;
}

/* What was read back was whole when it arrived; is it still? */
static int verify(struct afar_group *g, struct afar_run *run, const struct afar_cmd *cmd,
		  struct page **page)
{
	if (cmd->op != AFAR_OP_WRITE || afar_pages_sum(page, cmd->bytes) == cmd->sum)
		return 0;
	afar_err(g, "journal: payload of command %llu in set %llu is damaged", cmd->seq, cmd->set);
	run->bad = cmd->set;
	return afar_rule(AFAR_RULE_VERIFY_FIRST) ? -EILSEQ : 0;
}

/* How many commands there are to be found. */
static u64 wanted(const struct afar_run *run)
{
	return run->to < run->from ? run->extent.commands : run->to - run->from + 1;
}

/* The payload of a command that was read back becomes the run's; its places in @page are empty. */
static struct page **keep(struct afar_run *run, struct page **page, unsigned int count)
{
	struct page **kept = run->page + run->pages;

	memcpy(kept, page, count * sizeof(*page));
	memset(page, 0, count * sizeof(*page));
	run->pages += count;
	return kept;
}

/*
 * Gather the part's commands from one frame. @back: it was read back, so its payloads are verified
 * (R12) and what the part needs of them becomes the run's own.
 */
static int gather(struct afar_group *g, struct afar_run *run, const void *block, unsigned int count,
		  struct page **page, bool back)
{
	bool only_verify = run->to < run->from;
	u64 most = wanted(run);
	unsigned int i, pages;
	int r;

	for (i = 0; i < count; i++, page += pages) {
		struct afar_source *source;
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		pages = afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
		if (!in_part(g, run, &cmd))
			continue;
		if (cmd.op == AFAR_OP_SYNC)
			run->map_generation = max(run->map_generation, cmd.map_generation);
		if (++run->found > most)
			return not_as_staged(g, run);
		if (cmd.op != AFAR_OP_WRITE && cmd.op != AFAR_OP_ZERO)
			continue;
		r = back ? verify(g, run, &cmd, page) : 0;
		if (r)
			return r;
		if (only_verify)
			continue;
		if (back && run->pages + pages > run->room)
			return afar_run_in_parts(run) ? -E2BIG : not_as_staged(g, run);
		source = &run->source[run->cmds];
		*source = (struct afar_source){ page, cmd.op, cmd.flags };
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

/*
 * What the record at @position held is of sets that reach over it, the first of which is bad. If
 * the run is none of these it lies behind, out of reach: then all is bad that the frame may have.
 */
static void lost_record(struct afar_group *g, struct afar_run *run, u64 position)
{
	const struct afar_set *set;

	mutex_lock(&g->stage.lock);
	list_for_each_entry(set, &g->stage.tracker.sets, list)
		if (set->position <= position && set->end >= position) {
			if (set->id <= run->cut.set)
				run->bad = max(run->bad, set->id);
			break;
		}
	mutex_unlock(&g->stage.lock);
}

/* Gather from what was read back of @position on: records, one after the other. */
static int gather_back(struct afar_group *g, struct afar_run *run, u64 position, struct page **page,
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
		if (why && run->found == wanted(run))
			break;
		if (why) {
			afar_err(g, "journal: record at %llu cannot be read back: %s", position + i,
				 why);
			lost_record(g, run, position + i);
			return -EILSEQ;
		}
		if (info.type == AFAR_COMMANDS && afar_term_equal(&info.term, &super->term))
			r = gather(g, run, block, info.count, page + i + 1, true);
	}
	return r;
}

/*
 * Nobody can wait for what the device does not read: it shall fail its checks, and only it. Frames
 * are joined, so there is much in one read.
 */
static void read_blocks(struct afar_group *g, u64 position, struct page **page, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!afar_journal_read(g, position + i, page + i, 1))
			continue;
		afar_err(g, "journal: block %llu of the log cannot be read: it counts as damaged",
			 position + i);
		memset(page_address(page[i]), 0xff, PAGE_SIZE);
	}
}

static int read_back(struct afar_group *g, struct afar_run *run, struct afar_staged *f)
{
	/* of what was joined the beginning may be committed, and its place in the ring in use */
	u64 position = max(f->record.position, g->stage.tracker.head);
	unsigned int i, count = f->record.position + f->blocks - position;
	struct page **page;
	int r = -ENOMEM;

	if (!run->page)
		run->page = kvmalloc_array(run->room, sizeof(*run->page), GFP_NOIO);
	page = kvmalloc_array(count, sizeof(*page), GFP_NOIO);
	if (!page || !run->page)
		goto free_array;
	r = afar_pages_alloc(page, count, GFP_NOIO);
	if (r)
		goto free_array;
	r = afar_journal_read(g, position, page, count);
	if (r && READ_ONCE(g->stage.forced)) {
		read_blocks(g, position, page, count);
		r = 0;
	}
	if (r) {
		afar_err(g, "journal: the log cannot be read back at %llu (%pe); it is tried again",
			 position, ERR_PTR(r));
		/* whatever the device calls it */
		r = -EIO;
	} else {
		r = gather_back(g, run, position, page, count);
	}
	for (i = 0; i < count; i++)
		if (page[i])
			__free_page(page[i]);
free_array:
	kvfree(page);
	return r;
}

/* A long run is left where somebody waits for it to end, and is done again from its beginning. */
static bool is_waited_for(struct afar_group *g, const struct afar_run *run)
{
	unsigned int i;

	if (!afar_run_in_parts(run))
		return false;
	for (i = 0; i < AFAR_VOLUMES; i++)
		if (run->vol[i] && READ_ONCE(run->vol[i]->suspending))
			return true;
	return READ_ONCE(g->suspending) || kthread_should_stop();
}

/* Those of the part, or all, see in_part(). */
static int load_frames(struct afar_group *g, struct afar_run *run)
{
	u64 next = g->stage.tracker.committed.set + 1;
	bool part = run->to >= run->from;
	unsigned int i;
	int r = 0;

	run->found = 0;
	for (i = 0; i < run->frames && !r; i++) {
		struct afar_staged *f = run->frame[i];

		cond_resched();
		if (part && (f->last < run->from || f->first > run->to))
			continue;
		if (is_waited_for(g, run))
			return -EAGAIN;
		run->bad = max(f->lowest, next);
		r = f->loaded ? gather(g, run, page_address(f->record.header),
				       f->record.info.count, f->record.page, false) :
				read_back(g, run, f);
	}
	if (r || run->found == (part ? run->to - run->from + 1 : run->extent.commands))
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
	s->unread = false;
	WRITE_ONCE(s->whole, bad - 1);
	if (s->reach > s->whole)
		WRITE_ONCE(s->marked, s->reach);
	mutex_unlock(&s->lock);
	afar_err(g, "journal: set %llu is damaged in the log: nothing more is taken, and only sets before it are committed",
		 bad);
	afar_group_event(g);
}

/* If nothing was written, the origins are reached as far as they were before. */
static int not_loaded(struct afar_group *g, struct afar_run *run, int r)
{
	struct afar_stage *s = &g->stage;
	bool ill;

	mutex_lock(&s->lock);
	/* unless somebody else has said something of it meanwhile */
	if (!run->begun && s->reach == max(run->reach, run->cut.set))
		s->reach = run->reach;
	ill = s->unread || s->unreadable;
	s->unread = r == -EIO;
	s->unreadable = r == -EILSEQ ? s->unreadable + 1 : 0;
	ill = ill != (s->unread || s->unreadable);
	mutex_unlock(&s->lock);
	if (ill)
		afar_group_event(g);
	/* device or memory may have had a bad moment: the log itself is as it was flushed */
	if (s->unreadable < READ_TRIES)
		return r;
	give_up(g, run->bad);
	return -EAGAIN;
}

/* All of it is here, so nothing of what was said of the log before is true any more. */
static void loaded(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	if (likely(!READ_ONCE(s->unread) && !READ_ONCE(s->unreadable)))
		return;
	mutex_lock(&s->lock);
	s->unread = false;
	s->unreadable = 0;
	mutex_unlock(&s->lock);
	afar_group_event(g);
}

/** afar_run_drop_part() - the part in memory is written, or is not wanted any more */
void afar_run_drop_part(struct afar_run *run)
{
	afar_pages_free(run->page, run->pages);
	run->pages = 0;
	run->cmds = 0;
	run->from = run->to + 1;
}

/**
 * afar_run_load_part() - the part at @run->from comes to memory
 * @g:   the group
 * @run: the run; the part is shorter than was thought if it has to be
 *
 * Return: 0 or a negative errno; -EAGAIN: the run is given up for now.
 */
int afar_run_load_part(struct afar_group *g, struct afar_run *run)
{
	int r;

	for (;;) {
		run->to = min(run->from + run->most - 1, run->cut.seq);
		r = load_frames(g, run);
		if (!r)
			return 0;
		run->to = run->from - 1;
		afar_run_drop_part(run);
		if (r != -E2BIG)
			return not_loaded(g, run, r);
		run->most = max(run->most / 2, 1ULL);
	}
}

/**
 * afar_run_load() - find and verify all of a run, before any of it is written (R12)
 * @g:   the group
 * @run: begun; it is in memory then, or, if it is too large for that, will be read once more
 *
 * Return: see afar_run_load_part().
 */
int afar_run_load(struct afar_group *g, struct afar_run *run)
{
	u64 most = run->limit;
	int r = -ENOMEM;

	run->cmd = kvmalloc_array(most, sizeof(*run->cmd), GFP_NOIO);
	run->source = kvmalloc_array(most, sizeof(*run->source), GFP_NOIO);
	run->heap = kvmalloc_array(most, sizeof(*run->heap), GFP_NOIO);
	run->piece = kvmalloc_array(AFAR_RUN_PIECES(most), sizeof(*run->piece), GFP_NOIO);
	if (!run->cmd || !run->source || !run->heap || !run->piece)
		return not_loaded(g, run, r);
	if (!afar_run_in_parts(run)) {
		r = afar_run_load_part(g, run);
	} else {
		r = load_frames(g, run);
		if (r)
			r = not_loaded(g, run, r);
	}
	if (!r)
		loaded(g);
	return r;
}
