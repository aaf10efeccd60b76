// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

/* ---- queues -------------------------------------------------------------------------------- */

void queue_add(struct world *w, struct queue *q, struct frame *f)
{
	if (q->count == FRAMES)
		violated(w, "more frames than the model has room for");
	q->frame[q->count++] = f;
}

struct frame *queue_take(struct queue *q, u32 i)
{
	struct frame *f = q->frame[i];

	q->count--;
	memmove(&q->frame[i], &q->frame[i + 1], (q->count - i) * sizeof(q->frame[0]));
	return f;
}

static void frame_free(struct world *w, struct frame *f)
{
	w->spare[w->spares++] = f;
}

void queue_clear(struct world *w, struct queue *q)
{
	while (q->count)
		frame_free(w, q->frame[--q->count]);
}

void frames_reset(struct world *w)
{
	for (w->spares = 0; w->spares < POOL; w->spares++)
		w->spare[w->spares] = &w->pool[w->spares];
}

struct frame *frame_new(struct world *w)
{
	struct frame *f;

	if (!w->spares)
		violated(w, "more frames than the model has room for");
	f = w->spare[--w->spares];
	memset(f, 0, sizeof(*f));
	f->loaded = true;
	return f;
}

/* ---- arrivals ------------------------------------------------------------------------------ */

/* Keep a new command: its descriptor and payload move together in @f. */
static void keep(struct frame *f, const struct afar_cmd *cmd, const u8 *payload)
{
	afar_cmd_put(f->data, f->info.count++, cmd);
	f->highest = max(f->highest, cmd->set);
	memcpy(f->data + AFAR_BLOCK + f->info.payload, payload, afar_cmd_payload(cmd));
	f->info.payload += afar_cmd_payload(cmd);
}

static void admit(struct world *w, struct node *n, struct frame *f, const struct afar_cmd *cmd,
		  const u8 *payload)
{
	const char *why = "";

	switch (afar_tracker_admit(&n->t, cmd, &why)) {
	case AFAR_ADMIT_NEW:
		keep(f, cmd, payload);
		break;
	case AFAR_ADMIT_DUPLICATE:
		tally.duplicates++;
		break;
	case AFAR_ADMIT_NO_ROOM:
		violated(w, "no room for number %llu of set %llu, and credit is %llu", cmd->seq,
			 cmd->set, n->t.credit);
	default:
		violated(w, "number %llu of set %llu is refused: %s", cmd->seq, cmd->set, why);
	}
	f->note[f->notes++] = cmd->seq;
}

void secondary_receive(struct world *w, struct node *n, const struct message *m)
{
	struct afar_test_message *got = &w->message;
	const char *why = afar_test_receive(m->data, m->length, AFAR_TEST_WIRE, got);
	struct afar_uuid owner;
	struct frame *f;
	u32 i, at;

	if (why)
		violated(w, "a frame is refused: %s", why);
	link_owner(w, &owner);
	/* an older session's, or another term's */
	if (!w->link.session || !afar_uuid_equal(&owner, &got->head.owner) ||
	    !afar_term_equal(&got->head.term, &n->super.term))
		return;
	f = frame_new(w);
	at = got->head.bytes;
	for (i = 0; i < got->head.count; i++) {
		admit(w, n, f, &got->cmd[i], m->data + at);
		at += afar_cmd_payload(&got->cmd[i]);
	}
	f->info.type = AFAR_COMMANDS;
	f->info.term = n->super.term;
	/* nothing new: it only waits in line, so that its numbers are durable when that is said */
	f->blocks = f->info.count ? afar_record_blocks(&f->info) : 0;
	n->t.pending += f->blocks;
	afar_tracker_update(&n->t);
	queue_add(w, &n->waiting, f);
}

/* ---- the journal's writer ------------------------------------------------------------------ */

static void note_record(struct node *n, const struct frame *f)
{
	struct record *r;

	if (n->records == FRAMES)
		memmove(n->record, n->record + 1, --n->records * sizeof(n->record[0]));
	r = &n->record[n->records++];
	r->position = f->info.position;
	r->blocks = f->blocks;
	r->crc = afar_crc(f->data, f->info.bytes);
}

static void place(struct world *w, struct node *n, struct frame *f)
{
	struct afar_cmd cmd;
	u32 i;

	f->info.bytes = sizeof(struct afar_head) + f->info.count * sizeof(struct afar_command);
	f->info.owner = n->super.journal;
	f->info.position = n->t.tail;
	f->info.epoch = n->super.epoch;
	f->info.stable = n->stable;
	afar_head_put(f->data, &f->info);
	for (i = 0; i < f->blocks; i++)
		disk_write(w, &n->journal, 2 + (n->t.tail + i) % RING, f->data + i * AFAR_BLOCK);
	for (i = 0; i < f->info.count; i++) {
		afar_cmd_get(f->data, i, &cmd);
		if (cmd.op != AFAR_OP_COMMIT)
			afar_tracker_placed(&n->t, &cmd, n->t.tail);
	}
	if (n->t.tail / RING != (n->t.tail + f->blocks) / RING)
		tally.laps++;
	n->t.tail += f->blocks;
	n->t.pending -= f->blocks;
	note_record(n, f);
}

/* The next group: some of what waits gets its place, and is written. */
bool writer_place(struct world *w, struct node *n)
{
	u32 most = 1 + below(w, 6);

	if (n->writing.count)
		return false;
	while (n->waiting.count && n->writing.count < most) {
		struct frame *f = n->waiting.frame[0];

		if (n->t.tail + f->blocks - n->t.head > RING) {
			if (afar_rule(AFAR_RULE_ROOM))
				violated(w, "the ring is over-full");
			break;
		}
		queue_take(&n->waiting, 0);
		if (f->blocks)
			place(w, n, f);
		queue_add(w, &n->writing, f);
	}
	return n->writing.count;
}

static bool flush_wanted(const struct node *n)
{
	u32 i;

	for (i = 0; i < n->writing.count; i++) {
		if (!n->writing.frame[i]->blocks)
			continue;
		if (afar_rule(n->writing.frame[i]->info.type == AFAR_COMMIT ?
			      AFAR_RULE_COMMIT_FLUSH : AFAR_RULE_STAGE_FLUSH))
			return true;
	}
	return false;
}

/* Frames of which all is committed; their space in the ring may be reused any time. */
void secondary_forget(struct world *w, struct node *n)
{
	u32 i;

	for (i = 0; i < n->frames.count;)
		if (n->frames.frame[i]->highest > n->t.committed.set)
			i++;
		else
			frame_free(w, queue_take(&n->frames, i));
}

/* The run is on the origins, and the record that says so is durable. */
static void run_committed(struct world *w, struct node *n)
{
	u64 before = n->t.committed.set;

	afar_tracker_commit(&n->t, &n->cut);
	if (n->t.committed.set <= before)
		violated(w, "the cut went from %llu to %llu", before, n->t.committed.set);
	secondary_forget(w, n);
	n->phase = IDLE;
	tally.commits++;
	trace(w, "%c: committed set %llu", name_of(w, n), n->cut.set);
}

static void durable(struct world *w, struct node *n, struct frame *f)
{
	struct afar_cmd cmd;
	u32 i;

	if (f->info.type == AFAR_COMMIT) {
		frame_free(w, f);
		run_committed(w, n);
		return;
	}
	for (i = 0; i < f->info.count; i++) {
		afar_cmd_get(f->data, i, &cmd);
		afar_tracker_durable(&n->t, &cmd);
	}
	for (i = 0; i < f->notes && w->link.session; i++)
		w->link.due[w->link.dues++] = f->note[i];
	if (f->blocks)
		queue_add(w, &n->frames, f);
	else
		frame_free(w, f);
}

bool writer_flush(struct world *w, struct node *n)
{
	const char *why;

	if (!n->writing.count)
		return false;
	if (flush_wanted(n))
		disk_flush(&n->journal);
	n->stable = n->t.tail;
	while (n->writing.count)
		durable(w, n, queue_take(&n->writing, 0));
	afar_tracker_update(&n->t);
	why = afar_test_tracker_check_run(&n->t, n->phase == RECORD);
	if (why && afar_rule(AFAR_RULE_ROOM))
		violated(w, "tracker: %s", why);
	if (n->phase == IDLE)
		secondary_check(w, n);
	return true;
}

void writer_drain(struct world *w, struct node *n)
{
	while (writer_flush(w, n) || writer_place(w, n))
		;
}

/* ---- the committer ------------------------------------------------------------------------- */

static const char *load(struct node *n, struct frame *f)
{
	struct afar_head_info info;
	const char *why;
	u32 i;

	if (f->loaded)
		return NULL;
	for (i = 0; i < f->blocks; i++)
		memcpy(f->data + i * AFAR_BLOCK,
		       n->journal.now[2 + (f->info.position + i) % RING], AFAR_BLOCK);
	why = afar_head_get(f->data, &info);
	if (!why)
		why = afar_head_crc(f->data);
	if (!why)
		why = afar_frame_check(f->data, &info);
	if (!why && (info.position != f->info.position || info.payload != f->info.payload))
		why = "of another position";
	f->loaded = !why;
	return why;
}

/* R12: nothing of a run is written before all of it has been verified. */
static const char *collect(struct node *n, struct frame *f, u32 *count)
{
	const u8 *payload = f->data + AFAR_BLOCK;
	struct afar_cmd cmd;
	u32 i, k;

	for (i = 0; i < f->info.count; i++, payload += afar_cmd_payload(&cmd)) {
		afar_cmd_get(f->data, i, &cmd);
		if (cmd.op == AFAR_OP_WRITE && afar_sum(payload, cmd.bytes) != cmd.sum &&
		    cmd.set <= n->cut.set && afar_rule(AFAR_RULE_VERIFY_FIRST))
			return "bad payload";
		if (cmd.set <= n->t.committed.set || cmd.set > n->cut.set ||
		    (cmd.op != AFAR_OP_WRITE && cmd.op != AFAR_OP_ZERO))
			continue;
		n->run[*count] = (struct afar_run_cmd){
			.sector = cmd.sector, .seq = cmd.seq, .sectors = cmd.bytes / 512,
			.volume = cmd.volume, .source = n->ids[*count],
		};
		for (k = 0; k < cmd.bytes / 512; k++)
			if (cmd.op == AFAR_OP_WRITE)
				memcpy(&n->ids[*count][k], payload + 512 * k, sizeof(u32));
			else
				n->ids[*count][k] = 0;
		(*count)++;
	}
	return NULL;
}

static bool run_begin(struct world *w, struct node *n)
{
	u32 heap[FRAMES], count = 0, i;
	const char *why = NULL;

	if (n->broken || !afar_tracker_run(&n->t, one_in(w, 2) ? 1 : 4 * LARGEST, &n->cut))
		return false;
	for (i = 0; i < n->frames.count && !why; i++) {
		why = load(n, n->frames.frame[i]);
		if (!why)
			why = collect(n, n->frames.frame[i], &count);
	}
	if (why) {
		trace(w, "%c: run refused: %s", name_of(w, n), why);
		if (!n->rotten)
			violated(w, "a staged frame cannot be read back: %s", why);
		n->broken = true;
		tally.refused_runs++;
		return false;
	}
	n->pieces = afar_run_plan(n->run, count, heap, n->piece);
	n->next_piece = 0;
	n->phase = ORIGINS;
	return true;
}

static void write_piece(struct world *w, struct node *n)
{
	const struct afar_piece *piece = &n->piece[n->next_piece++];
	const struct afar_run_cmd *cmd = &n->run[piece->cmd];
	const u32 *ids = cmd->source;
	u32 i;

	for (i = piece->skip; i < piece->skip + piece->sectors; i++)
		origin_write(w, &n->origin, cmd->volume, cmd->sector + i, ids[i]);
}

static void append_commit(struct world *w, struct node *n)
{
	struct frame *f = frame_new(w);
	struct afar_cmd cmd = {
		.op = AFAR_OP_COMMIT, .set = n->cut.set, .seq = n->cut.seq, .first = n->cut.seq,
		.time = n->cut.time,
	};

	afar_cmd_put(f->data, 0, &cmd);
	f->info.type = AFAR_COMMIT;
	f->info.count = 1;
	f->info.term = n->super.term;
	f->blocks = 1;
	n->t.pending++;
	queue_add(w, &n->waiting, f);
}

bool committer_step(struct world *w, struct node *n)
{
	switch (n->phase) {
	case IDLE:
		return run_begin(w, n);
	case ORIGINS:
		if (n->next_piece < n->pieces) {
			write_piece(w, n);
			return true;
		}
		if (afar_rule(AFAR_RULE_ORIGIN_FLUSH))
			origin_flush(&n->origin);
		append_commit(w, n);
		n->phase = RECORD;
		return true;
	case RECORD:
		return writer_flush(w, n) || writer_place(w, n);
	}
	return false;
}

/* Space is reused only after a superblock whose head lies beyond it is durable. */
bool head_step(struct world *w, struct node *n)
{
	u64 head = afar_tracker_head(&n->t);

	if (head == n->t.head)
		return false;
	n->super.head = head;
	n->super.epoch_position = max(n->super.epoch_position, head);
	n->super.stable = max(max(n->super.stable, n->stable), n->super.epoch_position);
	n->super.committed = n->t.committed;
	if (afar_rule(AFAR_RULE_HEAD_FLUSH))
		super_write(w, n);
	n->t.head = head;
	afar_tracker_update(&n->t);
	return true;
}

/* ---- checks, and things that happen -------------------------------------------------------- */

/*
 * Invariant 4: the origins are the primary's volumes at exactly the committed cut. Not so within a
 * run; after a crash a run may have been under way if there is one to be done again.
 */
void secondary_check(struct world *w, struct node *n)
{
	struct history *h = history_of(w, &n->super.term);
	u32 image[VOLUMES][SECTORS];
	struct afar_cut end;

	if (!h || n->super.role != AFAR_SECONDARY || n->broken || n->phase != IDLE)
		return;
	if (n->t.committed.set && h->end[n->t.committed.set] != n->t.committed.seq)
		violated(w, "the cut of set %llu is at number %llu, not %llu", n->t.committed.set,
			 n->t.committed.seq, h->end[n->t.committed.set]);
	if (afar_tracker_run(&n->t, 0, &end))
		return;
	history_image(h, n->t.committed.seq, image);
	if (memcmp(image, n->origin.now, sizeof(image)))
		violated(w, "the secondary's volumes are not the primary's at set %llu",
			 n->t.committed.set);
}

bool secondary_unload(struct world *w, struct node *n)
{
	struct frame *f;

	if (!n->frames.count || n->phase != IDLE)
		return false;
	f = n->frames.frame[below(w, n->frames.count)];
	f->loaded = false;
	return true;
}

/* A bit of a payload that is on stable media flips, and the copy in memory is gone. */
bool secondary_rot(struct world *w, struct node *n)
{
	struct frame *f;
	u32 block, byte;

	if (!n->frames.count || n->phase != IDLE)
		return false;
	f = n->frames.frame[below(w, n->frames.count)];
	if (f->blocks == 1)
		return false;
	f->loaded = false;
	block = 2 + (f->info.position + 1 + below(w, f->blocks - 1)) % RING;
	byte = below(w, sizeof(u32));
	n->journal.now[block][byte] ^= 1;
	n->journal.media[block][byte] ^= 1;
	n->rotten = true;
	trace(w, "%c: a bit rots", name_of(w, n));
	return true;
}
