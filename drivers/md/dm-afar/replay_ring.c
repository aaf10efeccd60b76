// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "group.h"

#define WINDOW	64

/**
 * struct walk - replay with a window of the ring in memory
 * @g:     the group
 * @r:     the walk proper
 * @page:  WINDOW blocks of the ring
 * @start: ring position of the first
 * @count: how many are valid
 */
struct walk {
	struct afar_group *g;
	struct afar_replay r;
	struct page *page[WINDOW];
	u64 start;
	unsigned int count;
};

/* The block at @position, or NULL: it cannot be read. */
static struct page *peek(struct walk *w, u64 position)
{
	u64 ring = w->g->journal.super.ring_blocks;

	if (position < w->start || position >= w->start + w->count) {
		w->start = position;
		w->count = min_t(u64, WINDOW, ring);
		/* a block that cannot be read must not take its neighbours with it */
		if (afar_journal_read(w->g, position, w->page, w->count))
			w->count = !afar_journal_read(w->g, position, w->page, 1);
		if (!w->count)
			return NULL;
	}
	return w->page[position - w->start];
}

static const char unreadable[] = "unreadable payload";

static const char *check_payloads(struct walk *w, const void *block,
				  const struct afar_head_info *info)
{
	u64 at = info->position + 1;
	unsigned int i;

	for (i = 0; i < info->count; i++) {
		u32 left, sum = 0;
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		if (cmd.op != AFAR_OP_WRITE)
			continue;
		for (left = cmd.bytes; left; at++) {
			u32 n = min_t(u32, left, AFAR_BLOCK);
			struct page *page = peek(w, at);

			if (!page)
				return unreadable;
			sum = afar_sum_more(sum, page_address(page), n);
			left -= n;
		}
		if (sum != cmd.sum)
			return "bad payload";
	}
	return NULL;
}

/*
 * Walk to the end. Payloads below what is promised stable are checked when they are committed, not
 * here: they are durable, and there may be gigabytes of them.
 */
static int walk_ring(struct walk *w, void *block, const char **why)
{
	struct afar_head_info info;
	struct page *page;
	int r;

	for (;;) {
		page = peek(w, w->r.position);
		if (!page)
			return -EIO;
		memcpy(block, page_address(page), AFAR_BLOCK);
		if (!afar_replay_step(&w->r, block, &info, why))
			return 0;
		if (w->r.position + afar_record_blocks(&info) > w->r.stable) {
			*why = check_payloads(w, block, &info);
			if (*why)
				return *why == unreadable ? -EIO : 0;
		}
		if (afar_term_equal(&info.term, &w->g->journal.super.term)) {
			r = 0;
			if (w->g->journal.super.role == AFAR_SECONDARY)
				r = afar_stage_replay(w->g, block, &info);
			else
				afar_spool_replay(w->g, block, &info);
			if (r)
				return r;
		}
		afar_replay_advance(&w->r, &info);
	}
}

/* Was what lies at the end once on stable media? Then it is not a torn tail. */
static bool damaged(struct walk *w)
{
	u64 position, end = w->r.position + AFAR_GROUP_BLOCKS;

	if (w->r.stable > w->r.position)
		return true;
	end = min(end, w->r.super->head + w->r.super->ring_blocks);
	for (position = w->r.position + 1; position < end; position++) {
		struct page *page = peek(w, position);

		if (page && afar_replay_probe(&w->r, page_address(page), position))
			return true;
	}
	return false;
}

static int begin_epoch(struct afar_group *g, u64 position)
{
	struct afar_journal *j = &g->journal;
	struct afar_tracker *t = &g->stage.tracker;
	int r;

	/* what was read may still be in the device's cache after a mere crash of the host */
	r = blkdev_issue_flush(j->bdev);
	if (r)
		return r;
	mutex_lock(&j->super_lock);
	j->tail = position;
	j->stable = position;
	j->super.epoch++;
	j->super.epoch_position = position;
	j->super.stable = position;
	r = afar_journal_write_supers(g);
	mutex_unlock(&j->super_lock);

	mutex_lock(&g->stage.lock);
	t->tail = position;
	afar_tracker_update(t);
	/* what was being committed when the node went down is done again before anything else */
	g->stage.reach = max(min(t->replicated.set, g->stage.hold), g->stage.marked);
	mutex_unlock(&g->stage.lock);
	return r;
}

static void forget_committed(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f, *next;

	mutex_lock(&s->lock);
	list_for_each_entry_safe(f, next, &s->frames, list)
		if (f->last <= s->tracker.committed.seq)
			afar_staged_free(s, f);
	mutex_unlock(&s->lock);
}

/* A ring in memory begins empty: what the node had staged is lost, what it had committed is not. */
static int begin_memory(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;

	afar_stage_setup(g);
	if (super->committing)
		afar_warn(g, "no cut: the node went down while sets up to %llu were committed; the peer sends them again",
			  super->committing);
	return begin_epoch(g, super->head);
}

/**
 * afar_replay_ring() - rebuild the tracker from the ring, and begin a new epoch behind it (R11)
 * @g: the group; superblock and volume table are read
 *
 * Return: 0; -EILSEQ: a record that was durable is damaged, the journal is refused as it is.
 */
int afar_replay_ring(struct afar_group *g)
{
	const char *why = NULL;
	struct afar_super_info *super = NULL;
	struct walk *w = kzalloc(sizeof(*w), GFP_NOIO);
	void *block = kmalloc(AFAR_BLOCK, GFP_NOIO);
	int r = -ENOMEM;

	if (afar_super_in_memory(&g->journal.super)) {
		r = begin_memory(g);
		goto out;
	}
	super = kmemdup(&g->journal.super, sizeof(*super), GFP_NOIO);
	if (!w || !block || !super || afar_pages_alloc(w->page, WINDOW, GFP_NOIO))
		goto out;
	w->g = g;
	afar_stage_setup(g);
	afar_spool_replay_begin(g);
	afar_replay_begin(&w->r, super);
	r = walk_ring(w, block, &why);
	if (r == -EIO)
		afar_err(g, "journal refused: block %llu of the log cannot be read",
			 w->r.position);
	if (!r && damaged(w)) {
		afar_err(g, "journal refused: the log is damaged at block %llu (%s)",
			 w->r.position, why);
		r = -EILSEQ;
	}
	if (!r)
		r = afar_table_replayed(g);
	if (!r) {
		forget_committed(g);
		r = begin_epoch(g, w->r.position);
	}
	afar_pages_free(w->page, WINDOW);
out:
	kfree(super);
	kfree(block);
	kfree(w);
	return r;
}
