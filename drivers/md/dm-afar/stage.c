// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "group.h"

/* Readers wait while more than this is on its way to the journal. */
#define BACKLOG_BYTES	(8 << 20)

/* A set is committed from memory, so its size is bounded, too. */
#define LARGEST_BLOCKS	16384

/** afar_stage_init() - prepare an empty stage */
void afar_stage_init(struct afar_stage *s)
{
	mutex_init(&s->lock);
	INIT_LIST_HEAD(&s->frames);
	INIT_LIST_HEAD(&s->acks);
	init_waitqueue_head(&s->wait);
	afar_tracker_init(&s->tracker, AFAR_JOURNAL_MIN, AFAR_SET_MIN);
}

/** afar_stage_setup() - fit the stage to the superblock that was read; before replay */
void afar_stage_setup(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_stage *s = &g->stage;
	u32 largest = min_t(u32, afar_super_largest_set(super), LARGEST_BLOCKS);

	afar_stage_clear(g, &super->committed);
	mutex_lock(&s->lock);
	afar_tracker_init(&s->tracker, super->ring_blocks, largest);
	s->tracker.head = super->head;
	s->tracker.tail = super->head;
	afar_tracker_reset(&s->tracker, &super->committed);
	mutex_unlock(&s->lock);
}

static size_t staged_bytes(const struct afar_staged *f)
{
	return afar_record_blocks(&f->record.info) * (size_t)AFAR_BLOCK;
}

/** afar_staged_unload() - forget the copy in memory; the ring has it. Stage lock held. */
void afar_staged_unload(struct afar_stage *s, struct afar_staged *f)
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
	f->trusted = false;
}

/** afar_staged_free() - a frame of which all is committed, or is given up. Stage lock held. */
void afar_staged_free(struct afar_stage *s, struct afar_staged *f)
{
	afar_staged_unload(s, f);
	list_del(&f->list);
	kfree(f->note);
	kfree(f);
}

/**
 * afar_staged_load() - read a frame back from the ring
 * @g: the group
 * @f: marked busy by the committer, not loaded
 *
 * The header block is checked against what was staged; payloads are checked by the committer.
 */
int afar_staged_load(struct afar_group *g, struct afar_staged *f)
{
	u32 pages = f->record.info.payload >> AFAR_BLOCK_SHIFT;
	struct afar_head_info info;
	struct page **page;
	const char *why;
	int r = -ENOMEM;

	page = kvmalloc_array(pages + 1, sizeof(*page), GFP_NOIO);
	if (!page)
		return r;
	r = afar_pages_alloc(page, pages + 1, GFP_NOIO);
	if (r)
		goto free_array;
	r = afar_journal_read(g, f->record.position, page, pages + 1);
	if (r)
		goto free_pages;
	why = afar_head_get(page_address(page[0]), &info);
	if (!why)
		why = afar_head_crc(page_address(page[0]));
	if (!why)
		why = afar_frame_check(page_address(page[0]), &info);
	if (!why && (info.position != f->record.position || info.bytes != f->record.info.bytes ||
		     info.payload != f->record.info.payload))
		why = "of another position";
	if (why) {
		afar_err(g, "journal: frame at %llu cannot be read back: %s",
			 f->record.position, why);
		r = -EILSEQ;
		goto free_pages;
	}
	f->record.header = page[0];
	memmove(page, page + 1, pages * sizeof(*page));
	f->record.page = page;
	f->loaded = true;
	mutex_lock(&g->stage.lock);
	g->stage.memory += staged_bytes(f);
	mutex_unlock(&g->stage.lock);
	return 0;

free_pages:
	afar_pages_free(page, pages + 1);
free_array:
	kvfree(page);
	return r;
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
	s->backlog = 0;
	s->failed = false;
	mutex_unlock(&s->lock);
}

static void note_bounds(struct afar_staged *f, const struct afar_cmd *cmd)
{
	f->lowest = f->lowest ? min(f->lowest, cmd->set) : cmd->set;
	f->highest = max(f->highest, cmd->set);
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
		mutex_unlock(&s->lock);
		return 0;
	}
	f = kzalloc(sizeof(*f), GFP_NOIO);
	if (!f)
		return -ENOMEM;
	f->record.info = *info;
	f->record.position = info->position;
	mutex_lock(&s->lock);
	for (i = 0; i < info->count && !r; i++) {
		afar_cmd_get(block, i, &cmd);
		note_bounds(f, &cmd);
		switch (afar_tracker_replay(&s->tracker, &cmd, info->position, &why)) {
		case AFAR_ADMIT_BAD:
			afar_err(g, "journal refused: frame at %llu: %s", info->position, why);
			r = -EILSEQ;
			break;
		case AFAR_ADMIT_NOMEM:
			r = -ENOMEM;
			break;
		default:
			break;
		}
	}
	list_add_tail(&f->list, &s->frames);
	if (r)
		afar_staged_free(s, f);
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
	s->tracker.tail = record->position + afar_record_blocks(&record->info);
	s->tracker.pending -= afar_record_blocks(&record->info);
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
	if (record->header)
		s->backlog -= staged_bytes(f);
	if (error) {
		/* the journal has failed: the claim stays, nothing is acknowledged, ever */
		kfree(note);
		if (list_empty(&f->list)) {
			afar_staged_unload(s, f);
			kfree(f);
		}
		goto out;
	}
	for (i = 0; record->header && i < record->info.count; i++) {
		afar_cmd_get(page_address(record->header), i, &cmd);
		afar_tracker_durable(&s->tracker, &cmd);
	}
	cut = s->tracker.replicated.set;
	afar_tracker_update(&s->tracker);
	moved = s->tracker.replicated.set != cut;
	list_add_tail(&note->list, &s->acks);
	s->ack_due = true;
	if (!record->header)
		kfree(f);
	else if (s->memory > g->options.value[AFAR_KNOB_STAGE_MEMORY] && !f->busy)
		afar_staged_unload(s, f);
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

/* Does the command lie on a volume that this node has? Stage lock held. */
static const char *check_place(struct afar_group *g, const struct afar_cmd *cmd)
{
	const struct afar_table_entry *entry = &g->journal.table[cmd->volume];
	u32 align = g->journal.super.block_size - 1;

	if (cmd->op != AFAR_OP_WRITE && cmd->op != AFAR_OP_ZERO)
		return NULL;
	if (!le32_to_cpu(entry->used))
		return "no such volume";
	if (cmd->sector + (cmd->bytes >> SECTOR_SHIFT) > le64_to_cpu(entry->sectors))
		return "beyond the end of the volume";
	if (((cmd->sector << SECTOR_SHIFT) | cmd->bytes) & align)
		return "not a multiple of the block size";
	return NULL;
}

/*
 * Admit the commands of a frame and keep those that are new, moved together in @block and @page.
 * What was claimed before a command that is refused is kept: its claim must be made good.
 */
static int admit_commands(struct afar_group *g, struct afar_staged *f, void *block,
			  struct afar_head_info *info, struct page **page, const char **why)
{
	struct afar_tracker *t = &g->stage.tracker;
	unsigned int i, in = 0, out = 0, kept = 0;
	int r = 0;

	for (i = 0; i < info->count; i++) {
		enum afar_admit verdict = AFAR_ADMIT_BAD;
		struct afar_cmd cmd;
		unsigned int pages;

		afar_cmd_get(block, i, &cmd);
		pages = afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
		if (!r) {
			*why = check_place(g, &cmd);
			if (!*why)
				verdict = afar_tracker_admit(t, &cmd, why);
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
	note->next = 0;
	note->count = 0;
	INIT_LIST_HEAD(&f->list);
	f->note = note;
	f->record.ops = &frame_ops;
	f->record.info = *info;

	mutex_lock(&s->lock);
	if (s->session != session || READ_ONCE(g->journal.failed)) {
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
		f->loaded = true;
		f->trusted = true;
		memset(block + f->record.info.bytes, 0, AFAR_BLOCK - f->record.info.bytes);
		s->memory += staged_bytes(f);
		s->backlog += staged_bytes(f);
		s->tracker.pending += afar_record_blocks(&f->record.info);
	} else {
		/* nothing new: wait in line behind what claimed the numbers, then acknowledge */
		f->record.info.payload = 0;
		__free_page(header);
		kvfree(page);
	}
	queued = note->count;
	if (queued)	/* frame and note are not ours any more */
		afar_journal_append(g, &f->record);
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

static bool backlog_fits(struct afar_group *g)
{
	return READ_ONCE(g->stage.backlog) < BACKLOG_BYTES || READ_ONCE(g->journal.failed) ||
	       READ_ONCE(g->suspending);
}

/** afar_stage_wait_room() - hold a reader back while the journal cannot keep up */
void afar_stage_wait_room(struct afar_group *g)
{
	wait_event_idle(g->stage.wait, backlog_fits(g));
}

/** afar_stage_ack_due() - is there anything to tell the peer of @session? */
bool afar_stage_ack_due(struct afar_group *g, u64 session)
{
	struct afar_stage *s = &g->stage;

	return READ_ONCE(s->ack_due) && READ_ONCE(s->session) == session;
}

/**
 * afar_stage_take_acks() - fill the ranges of an acknowledgment
 * @g:       the group
 * @session: number of the session that it is for
 * @block:   message being made
 * @max:     most ranges
 * @ack:     result: the fixed part
 *
 * Return: number of ranges.
 */
unsigned int afar_stage_take_acks(struct afar_group *g, u64 session, void *block,
				  unsigned int max, struct afar_ack_info *ack)
{
	struct afar_stage *s = &g->stage;
	const struct afar_tracker *t = &s->tracker;
	unsigned int count = 0;

	mutex_lock(&s->lock);
	if (s->session == session) {
		while (!list_empty(&s->acks) && count < max) {
			struct afar_ack_note *note;

			note = list_first_entry(&s->acks, struct afar_ack_note, list);
			while (note->next < note->count && count < max) {
				afar_range_put(block, sizeof(struct afar_ack), count++,
					       note->range[note->next].first,
					       note->range[note->next].last);
				note->next++;
			}
			if (note->next == note->count) {
				list_del(&note->list);
				kfree(note);
			}
		}
		s->ack_due = !list_empty(&s->acks);
	}
	ack->replicated = t->replicated.set;
	ack->replicated_seq = t->replicated.seq;
	ack->committed = t->committed.set;
	ack->committed_seq = t->committed.seq;
	ack->credit = t->credit;
	mutex_unlock(&s->lock);
	return count;
}
