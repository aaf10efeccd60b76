// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "group.h"
#include "trace.h"

/* Readers wait while more than this is on its way to the journal or, as acks, to the peer. */
#define BACKLOG_BYTES	(8 << 20)

/*
 * Frames that are not in memory are joined up to this length; two neighbours that cannot be are
 * longer together, so there are few entries for much of a ring, however small the frames are.
 */
#define JOIN_BLOCKS	512

/** afar_stage_init() - prepare an empty stage */
void afar_stage_init(struct afar_stage *s)
{
	mutex_init(&s->lock);
	INIT_LIST_HEAD(&s->frames);
	INIT_LIST_HEAD(&s->acks);
	afar_changes_init(&s->changes);
	init_waitqueue_head(&s->wait);
	s->hold = U64_MAX;
	s->whole = U64_MAX;
	s->held = AFAR_HOLD_NONE;
	afar_tracker_init(&s->tracker, AFAR_JOURNAL_MIN, AFAR_SET_MIN);
}

/* Sets that wait for their commit may take a quarter of what frames may. */
static u64 most_sets(struct afar_group *g)
{
	u64 memory = READ_ONCE(g->options.value[AFAR_KNOB_STAGE_MEMORY]);

	return div_u64(memory, 4 * sizeof(struct afar_set));
}

/** afar_stage_policy() - the knobs have changed */
void afar_stage_policy(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	mutex_lock(&s->lock);
	s->tracker.most = most_sets(g);
	if (s->tracker.ready)
		afar_tracker_update(&s->tracker);
	s->ack_due = true;
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
}

/** afar_stage_setup() - fit the stage to the superblock that was read; before replay */
void afar_stage_setup(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_stage *s = &g->stage;

	afar_stage_clear(g, &super->committed);
	mutex_lock(&s->lock);
	afar_tracker_fit(&s->tracker, super);
	s->tracker.most = most_sets(g);
	s->tracker.head = super->head;
	s->tracker.tail = super->head;
	afar_tracker_reset(&s->tracker, &super->committed);
	s->marked = super->role == AFAR_SECONDARY ? super->committing : 0;
	s->map_generation = super->peer_generation;
	afar_hold_load(g);
	mutex_unlock(&s->lock);
}

/** afar_stage_become() - a primary becomes secondary, as its superblock says. Ring empty */
void afar_stage_become(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;

	afar_stage_setup(g);
	mutex_lock(&s->lock);
	s->tracker.tail = g->journal.tail;
	afar_tracker_update(&s->tracker);
	s->reach = max(s->tracker.committed.set, s->marked);
	mutex_unlock(&s->lock);
}

/**
 * afar_stage_replicated() - the cut that survives a crash of this node; stage lock held
 * @g: the group
 *
 * Complete and durable with all sets before it: in a ring in memory nothing is durable, so there it
 * is what is committed.
 */
const struct afar_cut *afar_stage_replicated(const struct afar_group *g)
{
	const struct afar_tracker *t = &g->stage.tracker;

	return afar_super_in_memory(&g->journal.super) ? &t->committed : &t->replicated;
}

/* What a frame takes of memory, as far as it is in memory. */
static size_t staged_bytes(const struct afar_staged *f)
{
	return sizeof(*f) + (f->loaded ? (size_t)f->blocks * AFAR_BLOCK : 0);
}

/* Forget the copy in memory; the ring has it. Stage lock held. */
static void unload(struct afar_stage *s, struct afar_staged *f)
{
	if (!f->loaded)
		return;
	s->memory -= staged_bytes(f);
	afar_pages_free(f->record.page, f->record.info.payload >> AFAR_BLOCK_SHIFT);
	kvfree(f->record.page);
	__free_page(f->record.header);
	f->record.page = NULL;
	f->record.header = NULL;
	f->loaded = false;
}

/* Let the entry before @f, which is not in memory, stand for both, if it may. Stage lock held. */
static void join(struct afar_stage *s, struct afar_staged *f)
{
	struct afar_staged *before = list_prev_entry(f, list);
	u64 end = f->record.position + f->blocks;

	if (list_entry_is_head(before, &s->frames, list) || before->loaded || before->busy ||
	    end - before->record.position > JOIN_BLOCKS)
		return;
	before->blocks = end - before->record.position;
	before->lowest = min(before->lowest, f->lowest);
	before->first = min(before->first, f->first);
	before->last = max(before->last, f->last);
	list_del(&f->list);
	kfree(f);
}

/** afar_staged_free() - an entry of which all is committed, or is given up. Stage lock held. */
void afar_staged_free(struct afar_stage *s, struct afar_staged *f)
{
	unload(s, f);
	list_del(&f->list);
	kfree(f->note);
	kfree(f);
}

/**
 * afar_stage_clear() - give up all that is staged
 * @g:   the group; link, committer and journal writer are idle
 * @cut: the last set that counts as committed
 */
void afar_stage_clear(struct afar_group *g, const struct afar_cut *cut)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f, *next;
	struct afar_ack_note *note, *n;

	mutex_lock(&s->lock);
	list_for_each_entry_safe(f, next, &s->frames, list)
		afar_staged_free(s, f);
	list_for_each_entry_safe(note, n, &s->acks, list) {
		list_del(&note->list);
		kfree(note);
	}
	afar_tracker_reset(&s->tracker, cut);
	afar_changes_drop(&s->changes, U64_MAX);
	s->awaited = 0;
	s->backlog = 0;
	s->reach = cut->set;
	s->whole = U64_MAX;
	s->marked = 0;
	s->joined = 0;
	s->unreadable = 0;
	s->unread = false;
	s->forced = false;
	s->failed = false;
	mutex_unlock(&s->lock);
}

/**
 * afar_stage_new_term() - what was said in sets of the ended term is said in those of the new one
 * @g: the group; its super_lock is held; the superblock has the new term and the set of it at which
 *     this node stands. The caller writes it.
 *
 * A hold stays, at the cut where the node is: a set of the old term that was named will never come.
 * Where there is no cut, there is one when the first set of the new term is committed.
 */
void afar_stage_new_term(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_stage *s = &g->stage;

	if (super->flags & AFAR_SUPER_HOLD)
		super->hold = super->committed.set;
	if (super->committing && super->committing != AFAR_NO_CUT)
		super->committing = super->committed.set + 1;
	mutex_lock(&s->lock);
	if (super->flags & AFAR_SUPER_HOLD)
		WRITE_ONCE(s->hold, super->hold);
	s->marked = super->committing;
	s->reach = max(super->committed.set, super->committing);
	mutex_unlock(&s->lock);
}

/**
 * afar_stage_no_cut() - a resync in place is about to begin, or goes on
 * @g: the group; no lane is at work
 *
 * The mark is durable before anything of it can be committed, and stays until the set is that its
 * end is said to be in.
 */
int afar_stage_no_cut(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;
	struct afar_stage *s = &g->stage;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	if (super->committing != AFAR_NO_CUT) {
		super->committing = AFAR_NO_CUT;
		r = afar_journal_write_supers(g);
	}
	mutex_lock(&s->lock);
	s->marked = AFAR_NO_CUT;
	s->reach = AFAR_NO_CUT;
	mutex_unlock(&s->lock);
	mutex_unlock(&g->journal.super_lock);
	afar_group_event(g);
	return r;
}

/*
 * A resync in place ends with this set: it is a cut; or what was outside the cut joins. Stage lock
 * held.
 */
static void note_scanned(struct afar_stage *s, const struct afar_cmd *cmd)
{
	if (cmd->op == AFAR_OP_SYNC && cmd->flags & AFAR_CMD_JOINED)
		s->joined = cmd->set;
	if (cmd->op != AFAR_OP_SYNC || !(cmd->flags & AFAR_CMD_SCANNED) || cmd->set >= s->marked)
		return;
	s->marked = cmd->set;
	s->reach = max(s->tracker.committed.set, cmd->set);
}

static void note_bounds(struct afar_staged *f, const struct afar_cmd *cmd)
{
	f->lowest = f->lowest ? min(f->lowest, cmd->set) : cmd->set;
	f->first = f->first ? min(f->first, cmd->seq) : cmd->seq;
	f->last = max(f->last, cmd->seq);
}

/**
 * afar_stage_replay() - take a record that replay has found and checked
 * @g:     the group
 * @block: header block
 * @info:  its decoded head; of the current term
 */
int afar_stage_replay(struct afar_group *g, const void *block, const struct afar_head_info *info)
{
	struct afar_stage *s = &g->stage;
	struct afar_staged *f;
	struct afar_cmd cmd;
	const char *why = NULL;
	unsigned int i;
	int r = 0;

	if (info->type == AFAR_COMMIT) {
		struct afar_cut cut;

		afar_cmd_get(block, 0, &cmd);
		cut = (struct afar_cut){ cmd.set, cmd.seq, cmd.time };
		mutex_lock(&s->lock);
		if (cut.set > s->tracker.committed.set)
			afar_tracker_commit(&s->tracker, &cut);
		s->map_generation = max(s->map_generation, cmd.map_generation);
		mutex_unlock(&s->lock);
		return 0;
	}
	f = kzalloc(sizeof(*f), GFP_NOIO);
	if (!f)
		return -ENOMEM;
	f->record.info = *info;
	f->record.position = info->position;
	f->blocks = afar_record_blocks(info);
	mutex_lock(&s->lock);
	for (i = 0; i < info->count && !r; i++) {
		afar_cmd_get(block, i, &cmd);
		note_bounds(f, &cmd);
		note_scanned(s, &cmd);
		switch (afar_tracker_replay(&s->tracker, &cmd, info->position, &why)) {
		case AFAR_ADMIT_BAD:
			afar_err(g, "journal refused: frame at %llu: %s", info->position, why);
			r = -EILSEQ;
			break;
		case AFAR_ADMIT_NOMEM:
			r = -ENOMEM;
			break;
		default:
			if (afar_cmd_changes(&cmd))
				r = afar_table_replay(g, &cmd);
			break;
		}
	}
	list_add_tail(&f->list, &s->frames);
	if (r)
		afar_staged_free(s, f);
	else
		join(s, f);
	mutex_unlock(&s->lock);
	return r;
}

static void frame_placed(struct afar_group *g, struct afar_record *record)
{
	struct afar_staged *f = container_of(record, struct afar_staged, record);
	struct afar_stage *s = &g->stage;
	struct afar_cmd cmd;
	unsigned int i;

	mutex_lock(&s->lock);
	s->tracker.tail = record->position + f->blocks;
	s->tracker.pending -= f->blocks;
	for (i = 0; i < record->info.count; i++) {
		afar_cmd_get(page_address(record->header), i, &cmd);
		afar_tracker_placed(&s->tracker, &cmd, record->position);
	}
	list_add_tail(&f->list, &s->frames);
	mutex_unlock(&s->lock);
}

static void frame_done(struct afar_group *g, struct afar_record *record, int error)
{
	struct afar_staged *f = container_of(record, struct afar_staged, record);
	struct afar_stage *s = &g->stage;
	struct afar_ack_note *note = f->note;
	struct afar_cmd cmd;
	bool moved = false;
	unsigned int i;
	u64 cut;

	mutex_lock(&s->lock);
	f->note = NULL;
	s->backlog -= staged_bytes(f);
	if (error) {
		/* the journal has failed: the claim stays, nothing is acknowledged, ever */
		s->backlog -= note->bytes;
		kfree(note);
		if (list_empty(&f->list)) {
			unload(s, f);
			kfree(f);
		}
		goto out;
	}
	if (record->header)
		trace_afar_stage(g, record->position, page_address(record->header),
				 &record->info);
	for (i = 0; record->header && i < record->info.count; i++) {
		afar_cmd_get(page_address(record->header), i, &cmd);
		note_scanned(s, &cmd);
		afar_tracker_durable(&s->tracker, &cmd);
	}
	cut = s->tracker.replicated.set;
	afar_tracker_update(&s->tracker);
	moved = s->tracker.replicated.set != cut;
	if (moved)
		trace_afar_complete(g, &s->tracker.replicated);
	list_add_tail(&note->list, &s->acks);
	s->ack_due = true;
	if (!record->header) {
		kfree(f);
	} else if (s->memory > g->options.value[AFAR_KNOB_STAGE_MEMORY] &&
		   !afar_super_in_memory(&g->journal.super)) {
		unload(s, f);
		join(s, f);
	}
out:
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
	if (moved)
		afar_sysfs_cut_moved(g);
}

static const struct afar_record_ops frame_ops = {
	.placed	= frame_placed,
	.done	= frame_done,
};

static void note_add(struct afar_ack_note *note, u64 seq)
{
	unsigned int last = note->count - 1;

	if (note->count && note->range[last].last + 1 == seq) {
		note->range[last].last = seq;
		return;
	}
	note->range[note->count].first = seq;
	note->range[note->count].last = seq;
	note->count++;
}

/* Does the command lie on a volume that is there when its turn comes? Stage lock held. */
static const char *check_place(struct afar_group *g, const struct afar_cmd *cmd)
{
	u32 align = g->journal.super.block_size - 1;
	u64 sectors;

	if (cmd->op != AFAR_OP_WRITE && cmd->op != AFAR_OP_ZERO)
		return NULL;
	/* a repeat; the volume may be gone since */
	if (cmd->set <= g->stage.tracker.committed.set)
		return NULL;
	sectors = afar_volume_at(g->journal.table, &g->stage.changes, cmd->seq, cmd->volume, NULL);
	if (!sectors)
		return "no such volume";
	if (cmd->sector + (cmd->bytes >> SECTOR_SHIFT) > sectors)
		return "beyond the end of the volume";
	if (((cmd->sector << SECTOR_SHIFT) | cmd->bytes) & align)
		return "not a multiple of the block size";
	return NULL;
}

/* A change of the volume table that is new is kept in memory, too. Stage lock held. */
static enum afar_admit admit_change(struct afar_group *g, const struct afar_cmd *cmd,
				    const char **why)
{
	struct afar_stage *s = &g->stage;
	struct afar_change *change;
	enum afar_admit verdict;

	if (cmd->set <= s->tracker.committed.set)
		return afar_tracker_admit(&s->tracker, cmd, why);
	switch (afar_change_check(g->journal.table, &s->changes, cmd, why)) {
	case AFAR_CHANGE_BAD:
		return AFAR_ADMIT_BAD;
	case AFAR_CHANGE_KNOWN:
		return afar_tracker_admit(&s->tracker, cmd, why);
	case AFAR_CHANGE_NEW:
		break;
	}
	*why = "too many changes of the volume table";
	if (s->changes.count == AFAR_CHANGES_STAGED)
		return AFAR_ADMIT_BAD;
	change = kmalloc(sizeof(*change), GFP_NOIO);
	if (!change)
		return AFAR_ADMIT_NOMEM;
	change->cmd = *cmd;
	verdict = afar_tracker_admit(&s->tracker, cmd, why);
	if (verdict == AFAR_ADMIT_NEW)
		afar_changes_insert(&s->changes, change);
	else
		kfree(change);
	return verdict;
}

static enum afar_admit admit(struct afar_group *g, const struct afar_cmd *cmd, const char **why)
{
	*why = check_place(g, cmd);
	if (*why)
		return AFAR_ADMIT_BAD;
	if (afar_cmd_changes(cmd))
		return admit_change(g, cmd, why);
	return afar_tracker_admit(&g->stage.tracker, cmd, why);
}

/*
 * Admit the commands of a frame and keep those that are new, moved together in @block and @page.
 * What was claimed before a command that is refused is kept: its claim must be made good.
 */
static int admit_commands(struct afar_group *g, struct afar_staged *f, void *block,
			  struct afar_head_info *info, struct page **page, const char **why)
{
	unsigned int i, in = 0, out = 0, kept = 0;
	int r = 0;

	for (i = 0; i < info->count; i++) {
		enum afar_admit verdict = AFAR_ADMIT_BAD;
		struct afar_cmd cmd;
		unsigned int pages;

		afar_cmd_get(block, i, &cmd);
		pages = afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
		if (!r) {
			verdict = admit(g, &cmd, why);
			if (verdict == AFAR_ADMIT_BAD)
				r = -EPROTO;
			else if (verdict == AFAR_ADMIT_NO_ROOM)
				r = -ENOSPC;
			else if (verdict == AFAR_ADMIT_NOMEM)
				r = -ENOMEM;
		}
		if (!r)
			note_add(f->note, cmd.seq);
		if (r || verdict == AFAR_ADMIT_DUPLICATE) {
			afar_pages_free(page + in, pages);
		} else {
			note_bounds(f, &cmd);
			afar_cmd_put(block, kept++, &cmd);
			memmove(page + out, page + in, pages * sizeof(*page));
			out += pages;
		}
		in += pages;
	}
	info->count = kept;
	info->payload = out << AFAR_BLOCK_SHIFT;
	info->bytes = sizeof(struct afar_head) + kept * sizeof(struct afar_command);
	return r;
}

/**
 * afar_stage_frame() - a frame has arrived, complete and checked
 * @g:       the group
 * @session: number of the session that it came in
 * @header:  its header block, all of AFAR_BLOCK bytes
 * @info:    decoded head
 * @page:    payload pages, array allocated with kvmalloc()
 * @why:     set for -EPROTO
 *
 * Takes over @header and @page in all cases.
 *
 * Return: 0; -ESTALE: the session has ended; -EPROTO: contradicts what is known; -ENOSPC: beyond
 * the credit; -ENOMEM.
 */
int afar_stage_frame(struct afar_group *g, u64 session, struct page *header,
		     const struct afar_head_info *info, struct page **page, const char **why)
{
	struct afar_stage *s = &g->stage;
	unsigned int pages = info->payload >> AFAR_BLOCK_SHIFT;
	struct afar_staged *f = kzalloc(sizeof(*f), GFP_NOIO);
	struct afar_ack_note *note = kmalloc(struct_size(note, range, info->count), GFP_NOIO);
	void *block = page_address(header);
	bool queued;
	int r = -ENOMEM;

	if (!f || !note)
		goto drop;
	note->bytes = struct_size(note, range, info->count);
	note->next = 0;
	note->count = 0;
	INIT_LIST_HEAD(&f->list);
	f->note = note;
	f->record.ops = &frame_ops;
	f->record.info = *info;

	mutex_lock(&s->lock);
	if (s->session != session || READ_ONCE(g->journal.failed) || afar_stage_damaged(s)) {
		mutex_unlock(&s->lock);
		r = -ESTALE;
		goto drop;
	}
	r = admit_commands(g, f, block, &f->record.info, page, why);
	s->frames_in++;
	s->commands_in += f->record.info.count;
	if (f->record.info.count) {
		f->record.header = header;
		f->record.page = page;
		f->blocks = afar_record_blocks(&f->record.info);
		f->loaded = true;
		memset(block + f->record.info.bytes, 0, AFAR_BLOCK - f->record.info.bytes);
		s->memory += staged_bytes(f);
		s->tracker.pending += f->blocks;
	} else {
		/* nothing new: wait in line behind what claimed the numbers, then acknowledge */
		f->record.info.payload = 0;
		__free_page(header);
		kvfree(page);
	}
	queued = note->count;
	if (queued) {
		s->backlog += staged_bytes(f) + note->bytes;
		/* from here on frame and note are not ours any more */
		afar_journal_append(g, &f->record);
	}
	mutex_unlock(&s->lock);
	if (!queued) {
		kfree(note);
		kfree(f);
	}
	return r;

drop:
	afar_pages_free(page, pages);
	kvfree(page);
	__free_page(header);
	kfree(note);
	kfree(f);
	return r;
}

static bool backlog_fits(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;

	return READ_ONCE(g->stage.backlog) < BACKLOG_BYTES || READ_ONCE(lane->dead) ||
	       READ_ONCE(g->journal.failed) || READ_ONCE(g->suspending);
}

/** afar_stage_wait_room() - hold a reader back while the journal, or the peer, cannot keep up */
void afar_stage_wait_room(struct afar_lane *lane)
{
	wait_event_idle(lane->group->stage.wait, backlog_fits(lane));
}

/** afar_stage_ack_due() - is there anything to tell the peer of @session? */
bool afar_stage_ack_due(struct afar_group *g, u64 session)
{
	struct afar_stage *s = &g->stage;

	return READ_ONCE(s->ack_due) && READ_ONCE(s->session) == session;
}

/* What is to be said once more need not be said before. Stage lock held. */
static void drop_acks(struct afar_stage *s)
{
	struct afar_ack_note *note, *next;

	list_for_each_entry_safe(note, next, &s->acks, list) {
		s->backlog -= note->bytes;
		list_del(&note->list);
		kfree(note);
	}
}

/* The next ranges of what has arrived beyond the replicated cut. Stage lock held. */
static struct afar_ack_note *note_arrivals(const struct afar_tracker *t, u64 *from)
{
	struct afar_ack_note *note = kmalloc(struct_size(note, range, AFAR_ACK_RANGES), GFP_NOIO);
	u64 first, last;

	if (!note)
		return NULL;
	note->bytes = struct_size(note, range, AFAR_ACK_RANGES);
	note->next = 0;
	note->count = 0;
	while (note->count < AFAR_ACK_RANGES && afar_tracker_next_range(t, *from, &first, &last)) {
		note->range[note->count].first = first;
		note->range[note->count++].last = last;
		*from = last + 1;
	}
	return note;
}

/**
 * afar_stage_say_again() - a lane has ended: what it took to acknowledge may not have got through
 * @g:       the group
 * @session: number of its session, which goes on
 *
 * The replicated cut in every acknowledgment makes good all ranges below it. For those above it
 * the primary would keep its copies until the set is complete, which may be for ever if it has no
 * memory left to complete it with. So all of these are said once more, each when what is claimed
 * now is durable: behind it, in line. So what is to be said now need not be: however many lanes
 * end, it is kept once.
 */
void afar_stage_say_again(struct afar_group *g, u64 session)
{
	struct afar_stage *s = &g->stage;
	u64 from;

	mutex_lock(&s->lock);
	from = s->tracker.replicated.seq + 1;
	if (s->session == session && !READ_ONCE(g->journal.failed))
		drop_acks(s);
	while (s->session == session && !READ_ONCE(g->journal.failed)) {
		struct afar_ack_note *note = note_arrivals(&s->tracker, &from);
		struct afar_staged *f = kzalloc(sizeof(*f), GFP_NOIO);

		if (!note || !note->count || !f) {
			kfree(note);
			kfree(f);
			break;
		}
		INIT_LIST_HEAD(&f->list);
		f->note = note;
		f->record.ops = &frame_ops;
		s->backlog += staged_bytes(f) + note->bytes;
		afar_journal_append(g, &f->record);
	}
	s->ack_due = true;
	mutex_unlock(&s->lock);
	wake_up_all(&s->wait);
}

/* Say the ranges of a note, @max at most and of so many numbers as are @left. Stage lock held. */
static unsigned int say_note(struct afar_ack_note *note, void *block, unsigned int count,
			     unsigned int max, u64 *left)
{
	while (note->next < note->count && count < max && *left) {
		u64 first = note->range[note->next].first;
		u64 last = min(note->range[note->next].last, first + *left - 1);

		afar_range_put(block, sizeof(struct afar_ack), count++, first, last);
		*left -= last - first + 1;
		if (last == note->range[note->next].last)
			note->next++;
		else
			note->range[note->next].first = last + 1;
	}
	return count;
}

/**
 * afar_stage_take_acks() - fill the ranges of an acknowledgment
 * @g:       the group
 * @session: number of the session that it is for
 * @block:   message being made
 * @max:     most ranges
 * @ack:     result: the fixed part
 *
 * The primary takes no more than two windows of numbers from one message; a window is plenty.
 *
 * Return: number of ranges.
 */
unsigned int afar_stage_take_acks(struct afar_group *g, u64 session, void *block,
				  unsigned int max, struct afar_ack_info *ack)
{
	struct afar_stage *s = &g->stage;
	const struct afar_tracker *t = &s->tracker;
	unsigned int count = 0;
	u64 left = AFAR_WINDOW;
	bool full, fits;

	mutex_lock(&s->lock);
	full = s->backlog >= BACKLOG_BYTES;
	if (s->session == session) {
		while (!list_empty(&s->acks) && count < max && left) {
			struct afar_ack_note *note;

			note = list_first_entry(&s->acks, struct afar_ack_note, list);
			count = say_note(note, block, count, max, &left);
			if (note->next == note->count) {
				s->backlog -= note->bytes;
				list_del(&note->list);
				kfree(note);
			}
		}
		s->ack_due = !list_empty(&s->acks);
		s->acks_taken++;
	}
	ack->replicated = afar_stage_replicated(g)->set;
	ack->replicated_seq = afar_stage_replicated(g)->seq;
	ack->committed = t->committed.set;
	ack->committed_seq = t->committed.seq;
	ack->credit = t->credit;
	fits = s->backlog < BACKLOG_BYTES;
	mutex_unlock(&s->lock);
	if (full && fits)
		wake_up_all(&s->wait);
	return count;
}
