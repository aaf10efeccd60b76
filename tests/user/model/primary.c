// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

static bool overlaps(const struct shipped *s, const struct afar_cmd *cmd)
{
	return (s->cmd.op == AFAR_OP_WRITE || s->cmd.op == AFAR_OP_ZERO) &&
	       s->cmd.volume == cmd->volume &&
	       s->cmd.sector < cmd->sector + cmd->bytes / 512 &&
	       cmd->sector < s->cmd.sector + s->cmd.bytes / 512;
}

/* Must it be parked? A write to the same blocks has not come back. */
static bool parked(const struct node *n, const struct afar_cmd *cmd)
{
	u64 seq;

	for (seq = 1; seq < n->sets.next; seq++)
		if (n->stream[seq].local == WRITING && overlaps(&n->stream[seq], cmd))
			return afar_rule(AFAR_RULE_OVERLAP);
	return false;
}

u32 primary_writing(const struct node *n)
{
	u32 writing = 0;
	u64 seq;

	for (seq = 1; seq < n->sets.next; seq++)
		writing += n->stream[seq].local == WRITING;
	return writing;
}

static void tell(struct world *w, struct node *n, const struct shipped *s)
{
	struct history *h = history_of(w, &n->super.term);
	struct told *told = &h->cmd[s->cmd.seq];

	told->op = s->cmd.op;
	told->volume = s->cmd.volume;
	told->sector = s->cmd.sector;
	told->sectors = s->cmd.bytes / 512;
	memcpy(told->id, s->id, sizeof(told->id));
}

bool primary_close(struct world *w, struct node *n)
{
	struct history *h = history_of(w, &n->super.term);
	struct shipped *s = &n->stream[n->sets.next];

	if (n->sets.next + 1 >= NUMBERS)
		return false;
	memset(s, 0, sizeof(*s));
	afar_sets_close(&n->sets, &s->cmd, ++w->clock);
	s->local = READY;
	tell(w, n, s);
	h->sets = s->cmd.set;
	h->end[h->sets] = s->cmd.seq;
	trace(w, "%c: set %llu ends with %llu", name_of(w, n), s->cmd.set, s->cmd.seq);
	return true;
}

/* The application writes: the command has its number before the origin is written. */
bool primary_write(struct world *w, struct node *n)
{
	static const struct afar_policy policy = { .writes = 4 };
	struct afar_cmd cmd = { .op = AFAR_OP_WRITE };
	struct shipped *s;
	u32 i;

	if (n->sets.next + 2 >= NUMBERS)
		return false;
	if (one_in(w, 6))
		cmd.op = AFAR_OP_ZERO;
	cmd.bytes = 512 * (1 + below(w, LONGEST));
	cmd.volume = below(w, VOLUMES);
	cmd.sector = below(w, SECTORS - cmd.bytes / 512 + 1);
	if (parked(n, &cmd))
		return false;
	if (afar_sets_must_close(&n->sets, afar_cmd_blocks(&cmd)))
		primary_close(w, n);
	s = &n->stream[n->sets.next];
	memset(s, 0, sizeof(*s));
	s->local = WRITING;
	for (i = 0; i < cmd.bytes / 512; i++)
		s->id[i] = cmd.op == AFAR_OP_ZERO ? 0 : ++w->writes;
	if (afar_sets_tag(&n->sets, &cmd, false, &policy))
		primary_close(w, n);
	s->cmd = cmd;
	tell(w, n, s);
	tally.writes++;
	return true;
}

/*
 * A failed local write: some sectors may be new, and what is there now is sent as the command of
 * that number; what cannot be read makes it void.
 */
static void write_failed(struct world *w, struct node *n, struct shipped *s)
{
	u32 i;

	if (one_in(w, 3)) {
		s->cmd = (struct afar_cmd){
			.op = AFAR_OP_VOID, .seq = s->cmd.seq, .set = s->cmd.set,
			.first = s->cmd.first,
		};
		tell(w, n, s);
		return;
	}
	s->cmd.op = AFAR_OP_WRITE;
	for (i = 0; i < s->cmd.bytes / 512; i++) {
		if (one_in(w, 2))
			origin_write(w, &n->origin, s->cmd.volume, s->cmd.sector + i, s->id[i]);
		s->id[i] = n->origin.now[s->cmd.volume][s->cmd.sector + i];
	}
	tell(w, n, s);
}

/* The origin answers one of the writes under way, in any order. */
bool primary_done(struct world *w, struct node *n)
{
	u32 pick = primary_writing(n), i;
	struct shipped *s;
	u64 seq;

	if (!pick)
		return false;
	pick = below(w, pick);
	for (seq = 1; n->stream[seq].local != WRITING || pick--; seq++)
		;
	s = &n->stream[seq];
	s->local = READY;
	/* a zeroed range cannot turn into a write: it was reckoned without payload */
	if (one_in(w, 30) && s->cmd.op == AFAR_OP_WRITE) {
		write_failed(w, n, s);
	} else {
		for (i = 0; i < s->cmd.bytes / 512; i++)
			origin_write(w, &n->origin, s->cmd.volume, s->cmd.sector + i, s->id[i]);
	}
	primary_check(w, n);
	return true;
}

/* With nothing under way the origins are what the numbers say: so will the peer's be. */
void primary_check(struct world *w, struct node *n)
{
	u32 image[VOLUMES][SECTORS];
	struct history *h = history_of(w, &n->super.term);

	if (primary_writing(n))
		return;
	history_image(h, n->sets.next - 1, image);
	if (memcmp(image, n->origin.now, sizeof(image)))
		violated(w, "the primary's volumes are not what the order of numbers makes them");
}

/* ---- shipping ------------------------------------------------------------------------------ */

static bool can_ship(const struct node *n, const struct shipped *s, bool again)
{
	if (s->local != READY || s->sent != again)
		return false;
	return s->cmd.set <= n->credit || !afar_rule(AFAR_RULE_ROOM);
}

static u32 fill_payload(struct shipped *s, u8 *data)
{
	u32 i;

	if (s->cmd.op != AFAR_OP_WRITE)
		return 0;
	memset(data, 0, AFAR_BLOCK);
	for (i = 0; i < s->cmd.bytes / 512; i++)
		memcpy(data + 512 * i, &s->id[i], sizeof(s->id[i]));
	s->cmd.sum = afar_sum(data, s->cmd.bytes);
	return AFAR_BLOCK;
}

/* A frame of commands that are ready, of any sets, over any lane; now and then once more. */
bool primary_ship(struct world *w, struct node *n)
{
	u32 number = below(w, LANES), most = w->single ? 1 : 1 + below(w, IN_FRAME);
	struct lane *lane = &w->link.out[number];
	bool again = one_in(w, 10);
	struct afar_head_info info = { .type = AFAR_COMMANDS, .term = n->super.term };
	u64 from = n->sets.next > 1 ? 1 + below(w, n->sets.next - 1) : 1, i;
	struct shipped *list[IN_FRAME];
	struct message *m;

	/* from somewhere in the stream on, or, often enough, from its beginning */
	if (one_in(w, 2))
		from = 1;
	for (i = from; i < n->sets.next && info.count < most; i++)
		if (can_ship(n, &n->stream[i], again) && !one_in(w, 4))
			list[info.count++] = &n->stream[i];
	if (!info.count || lane->count == ON_LANE)
		return false;
	m = lane_add(w, lane);
	info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_command);
	info.position = lane->sent++;
	link_owner(w, &info.owner);
	for (i = 0; i < info.count; i++) {
		info.payload += fill_payload(list[i], m->data + info.bytes + info.payload);
		afar_cmd_put(m->data, i, &list[i]->cmd);
		list[i]->sent = true;
	}
	afar_head_put(m->data, &info);
	m->length = info.bytes + info.payload;
	return true;
}

/* ---- acknowledgements ---------------------------------------------------------------------- */

void primary_ack(struct world *w, struct node *n, const struct message *m)
{
	struct afar_test_message *got = &w->message;
	const char *why = afar_test_receive(m->data, m->length, AFAR_TEST_WIRE, got);
	struct afar_uuid owner;
	u64 first, last;
	u32 i;

	if (why)
		violated(w, "an acknowledgement is refused: %s", why);
	link_owner(w, &owner);
	/* of an older session, or of another term: what it says is not of this stream */
	if (!w->link.session || !afar_uuid_equal(&owner, &got->head.owner) ||
	    !afar_term_equal(&got->head.term, &n->super.term))
		return;
	for (i = 0; i < got->head.count; i++) {
		if (afar_range_get(m->data, sizeof(struct afar_ack), i, &first, &last))
			violated(w, "bad range in an acknowledgement");
		if (last >= n->sets.next)
			violated(w, "number %llu is acknowledged and was never given out", last);
		for (; first <= last; first++)
			n->stream[first].local = GONE;
	}
	n->replicated = max(n->replicated, got->ack.replicated);
	n->credit = max(n->credit, got->ack.credit);
}
