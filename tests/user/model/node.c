// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

static struct afar_uuid new_uuid(struct world *w)
{
	struct afar_uuid uuid = { .b = { 0x75 } };

	w->uuids++;
	memcpy(uuid.b + 4, &w->uuids, sizeof(w->uuids));
	return uuid;
}

/*
 * The ring of the model is a small part of the smallest legal one, so that it is gone round often.
 * On disk is what a real journal says.
 */
void super_write(struct world *w, struct node *n)
{
	struct afar_super *le = (struct afar_super *)w->block;

	n->super.generation++;
	afar_super_geometry(&n->super, AFAR_JOURNAL_MIN);
	afar_super_put(le, &n->super);
	n->super.ring_blocks = RING;
	disk_write(w, &n->journal, n->super.generation & 1, le);
	disk_flush(&n->journal);
}

static void forget(struct world *w, struct node *n)
{
	queue_clear(w, &n->frames);
	queue_clear(w, &n->waiting);
	queue_clear(w, &n->writing);
	afar_tracker_reset(&n->t, &n->t.committed);
	n->phase = IDLE;
}

/* Blank journal: a new node, and a secondary. */
void node_format(struct world *w, struct node *n)
{
	forget(w, n);
	memset(&n->journal, 0, sizeof(n->journal));
	memset(&n->super, 0, sizeof(n->super));
	n->super.role = AFAR_SECONDARY;
	n->super.journal = new_uuid(w);
	n->super.node = new_uuid(w);
	n->super.block_size = 512;
	n->super.chunk_bytes = 1 << 20;
	n->super.epoch = 1;
	/* the first record is anywhere in the ring, and seldom at its beginning */
	n->super.head = below(w, 1000);
	n->super.epoch_position = n->super.head;
	n->super.stable = n->super.head;
	n->records = 0;
	n->rotten = false;
	n->broken = false;
	super_write(w, n);
	trace(w, "%c: formatted", name_of(w, n));
}

/* Which superblock does the device have? */
static void super_read(struct world *w, struct node *n)
{
	static struct afar_super_info copy[2];
	enum afar_super_state state[2];
	const char *why = "";
	int i, pick;

	for (i = 0; i < 2; i++)
		state[i] = afar_super_get((const void *)n->journal.now[i], &copy[i], &why);
	pick = afar_super_pick(state, copy, &why);
	if (pick < 0)
		violated(w, "no superblock after a crash: %s", why);
	n->super = copy[pick];
	n->super.ring_blocks = RING;
}

/** struct found - what replay has found so far */
struct found {
	struct world *w;
	struct node *n;
	u32 records;
};

/* Invariant 3 and R11: replay believes what was written, in that order, and nothing else. */
static void compare(struct found *f, const void *block, const struct afar_head_info *info)
{
	const struct record *r = &f->n->record[f->records];

	if (f->records >= f->n->records || r->position != info->position ||
	    r->crc != afar_crc(block, info->bytes))
		violated(f->w, "replay believes a record at %llu that is none of this log",
			 info->position);
	f->records++;
}

static void stage(struct found *f, const void *block, const struct afar_head_info *info)
{
	struct frame *frame = frame_new(f->w);
	struct node *n = f->n;
	const char *why = "";
	struct afar_cmd cmd;
	u32 i;

	frame->loaded = false;
	frame->info = *info;
	frame->blocks = afar_record_blocks(info);
	for (i = 0; i < info->count; i++) {
		afar_cmd_get(block, i, &cmd);
		if (afar_tracker_replay(&n->t, &cmd, info->position, &why) == AFAR_ADMIT_BAD)
			violated(f->w, "replay refuses number %llu: %s", cmd.seq, why);
		frame->highest = max(frame->highest, cmd.set);
	}
	queue_add(f->w, &n->frames, frame);
}

static void found(void *arg, const void *block, const struct afar_head_info *info)
{
	struct found *f = arg;
	struct afar_cmd cmd;

	tally.records++;
	compare(f, block, info);
	/* records of other terms are dead */
	if (!afar_term_equal(&info->term, &f->n->super.term))
		return;
	if (info->type == AFAR_COMMANDS) {
		stage(f, block, info);
		return;
	}
	afar_cmd_get(block, 0, &cmd);
	afar_tracker_commit(&f->n->t, &(struct afar_cut){ cmd.set, cmd.seq, cmd.time });
}

/* Below the head nothing is compared any more. */
static void drop_records(struct node *n, u64 head)
{
	u32 i = 0;

	while (i < n->records && n->record[i].position < head)
		i++;
	memmove(n->record, n->record + i, (n->records - i) * sizeof(n->record[0]));
	n->records -= i;
}

static void check_promises(struct world *w, struct node *n)
{
	struct history *h = history_of(w, &n->super.term);
	const struct afar_set *set;
	u64 seq;

	if (!h || n->super.role != AFAR_SECONDARY || n->rotten)
		return;
	if (n->t.committed.set < h->committed)
		violated(w, "COMMITTED %llu was said, and after a crash it is %llu", h->committed,
			 n->t.committed.set);
	if (n->t.replicated.set < h->replicated)
		violated(w, "set %llu was replicated, and after a crash only %llu is",
			 h->replicated, n->t.replicated.set);
	for (seq = n->t.committed.seq + 1; seq < NUMBERS; seq++) {
		bool here = false;

		if (!h->durable[seq])
			continue;
		list_for_each_entry(set, &n->t.sets, list)
			here = here || afar_tracker_has(set, seq);
		if (!here)
			violated(w, "DURABLE was said for number %llu, and it is lost", seq);
	}
}

static void replay_ring(struct world *w, struct node *n)
{
	struct afar_test_ring ring = { .super = n->super, .block = n->journal.now[2] };
	struct found f = { .w = w, .n = n };
	struct afar_test_walk walk;

	tally.replays++;
	drop_records(n, n->super.head);
	afar_tracker_init(&n->t, RING, LARGEST);
	n->t.head = n->super.head;
	n->t.tail = n->super.head;
	afar_tracker_reset(&n->t, &n->super.committed);
	afar_test_ring_walk(&ring, &walk, found, &f);
	trace(w, "%c: replay of %u records from %llu to %llu: %s", name_of(w, n), walk.records,
	      n->super.head, walk.r.position, walk.why);
	if (walk.damaged && !n->rotten)
		violated(w, "a journal that only crashed is called damaged at %llu: %s",
			 walk.r.position, walk.why);
	n->broken = walk.damaged;
	n->records = f.records;
	secondary_forget(w, n);
	n->super.epoch += !walk.damaged;
	n->super.epoch_position = walk.r.position;
	n->super.stable = max(walk.r.position, n->super.stable);
	n->stable = walk.r.position;
	n->t.tail = walk.r.position;
	afar_tracker_update(&n->t);
	if (!n->broken)
		super_write(w, n);
	check_promises(w, n);
}

/* The group is resumed: superblock, replay, a new epoch. */
void node_restart(struct world *w, struct node *n)
{
	forget(w, n);
	super_read(w, n);
	n->up = true;
	n->running = false;
	n->credit = 0;
	n->replicated = 0;
	replay_ring(w, n);
	secondary_check(w, n);
}

/* Everything volatile is gone; of the caches, any part. */
void node_crash(struct world *w, struct node *n)
{
	trace(w, "%c: crash", name_of(w, n));
	tally.crashes++;
	link_drop(w);
	origin_destage(w, &n->origin);
	origin_crash(&n->origin);
	disk_crash(w, &n->journal);
	forget(w, n);
	n->up = false;
	n->running = false;
}

/* What the ring holds, whole or rotten, is dead: the term that begins starts behind it. */
static void begin_term(struct world *w, struct node *n)
{
	n->rotten = false;
	n->broken = false;
	writer_drain(w, n);
	n->super.head = n->t.tail;
	n->super.epoch_position = n->t.tail;
	n->super.stable = n->t.tail;
	super_write(w, n);
	drop_records(n, n->super.head);
	forget(w, n);
	n->t.head = n->super.head;
	afar_tracker_reset(&n->t, &n->super.committed);
}

static void raise_term(struct world *w, struct node *n, bool equal)
{
	struct afar_cut left = n->t.committed;
	struct afar_uuid id = new_uuid(w);

	if (n->super.role == AFAR_PRIMARY)
		left = (struct afar_cut){ U64_MAX / 2, U64_MAX / 2, 0 };
	afar_term_raise(&n->super, &id, &left, w->clock);
	n->super.flags |= equal ? AFAR_SUPER_EQUAL : AFAR_SUPER_RESYNC;
	if (afar_uuid_none(&n->super.group))
		n->super.group = new_uuid(w);
	n->super.role = AFAR_PRIMARY;
	begin_term(w, n);
	origin_flush(&n->origin);
	history_new(w, &n->super.term, n->origin.now);
}

/* Invariant 4 when it counts: what is promoted is one cut, and no older than promised. */
static void check_failover(struct world *w, struct node *n)
{
	struct history *h = history_of(w, &n->super.term);

	if (!h)
		return;
	if (n->t.committed.set < h->replicated && !n->rotten)
		violated(w, "set %llu was replicated, and %llu is promoted", h->replicated,
			 n->t.committed.set);
	secondary_check(w, n);
}

/*
 * Become primary. A node that was it goes on in its term only after a clean stop (R1); a secondary
 * commits what is complete, up to the first set that is not, and drops the rest.
 */
void node_promote(struct world *w, struct node *n, bool equal)
{
	bool clean = n->super.role == AFAR_PRIMARY && n->super.flags & AFAR_SUPER_CLEAN && !equal;
	u64 seq = max(n->super.next_seq, 1ULL), set = max(n->super.next_set, 1ULL);

	link_drop(w);
	tally.promotions++;
	if (n->super.role == AFAR_SECONDARY && n->super.flags & AFAR_SUPER_TERM) {
		writer_drain(w, n);
		while (committer_step(w, n))
			;
		check_failover(w, n);
	}
	if (!afar_rule(AFAR_RULE_NEW_TERM) && n->super.role == AFAR_PRIMARY && !equal)
		clean = true;
	if (clean) {
		n->super.flags &= ~AFAR_SUPER_CLEAN;
		super_write(w, n);
	} else {
		raise_term(w, n, equal);
		seq = 1;
		set = 1;
	}
	afar_sets_continue(&n->sets, LARGEST, seq, set);
	memset(n->stream, 0, sizeof(n->stream));
	n->running = true;
	trace(w, "%c: promoted%s, term %llu, from number %llu on", name_of(w, n),
	      equal ? " (equal)" : "", n->super.term.counter, seq);
}

/* A clean stop of a primary: everything is acknowledged, the open set is empty. */
void node_stop(struct world *w, struct node *n)
{
	trace(w, "%c: clean stop", name_of(w, n));
	link_drop(w);
	origin_flush(&n->origin);
	n->super.flags |= AFAR_SUPER_CLEAN;
	n->super.next_seq = n->sets.next;
	n->super.next_set = n->sets.open;
	super_write(w, n);
	forget(w, n);
	n->up = false;
	n->running = false;
}

/* A fresh secondary, whose origin is declared equal, follows the primary's term from its start. */
void node_adopt(struct world *w, struct node *n, const struct afar_term *term,
		const struct afar_hello_info *hello)
{
	n->super.term = *term;
	n->super.group = hello->group;
	n->super.chain = hello->chain;
	n->super.flags |= AFAR_SUPER_TERM | AFAR_SUPER_EQUAL;
	memset(&n->super.committed, 0, sizeof(n->super.committed));
	begin_term(w, n);
	trace(w, "%c: adopts term %llu", name_of(w, n), term->counter);
}
