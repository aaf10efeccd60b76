// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

void link_owner(const struct world *w, struct afar_uuid *owner)
{
	memset(owner, 0, sizeof(*owner));
	memcpy(owner->b, &w->link.session, sizeof(w->link.session));
	owner->b[15] = 1;
}

struct message *lane_add(struct world *w, struct lane *lane)
{
	if (lane->count == ON_LANE)
		violated(w, "lane over-full");
	return &lane->message[(lane->first + lane->count++) % ON_LANE];
}

static struct message *lane_take(struct lane *lane)
{
	struct message *m = &lane->message[lane->first];

	lane->first = (lane->first + 1) % ON_LANE;
	lane->count--;
	return m;
}

static void lane_move(struct lane *from, struct lane *to)
{
	u32 i;

	to->first = 0;
	to->count = from->count;
	for (i = 0; i < from->count; i++) {
		const struct message *m = &from->message[(from->first + i) % ON_LANE];

		to->message[i].length = m->length;
		memcpy(to->message[i].data, m->data, m->length);
	}
	from->first = 0;
	from->count = 0;
	from->sent = 0;
	from->received = 0;
}

/* The session ends; what is on its lanes may still come out of them, long after. */
void link_drop(struct world *w)
{
	struct link *l = &w->link;
	u32 i;

	if (!l->session)
		return;
	trace(w, "link: session %llu ends", l->session);
	for (i = 0; i < LANES; i++) {
		lane_move(&l->out[i], &l->ghost[i]);
		lane_move(&l->back[i], &l->ghost[LANES + i]);
	}
	l->session = 0;
	l->dues = 0;
}

/* ---- handshake ----------------------------------------------------------------------------- */

/* What @n says in HELLO, as it comes out of the codec at the other end. */
static void hello_from(struct world *w, const struct node *n, struct afar_hello_info *hello)
{
	const char *why;

	afar_hello_fill(hello, &n->super);
	/* the model's ring is smaller than a legal one, and its sets are */
	hello->largest_set = AFAR_SET_MIN;
	hello->replicated = n->t.replicated.set;
	hello->replicated_seq = n->t.replicated.seq;
	hello->committed = n->t.committed.set;
	hello->committed_seq = n->t.committed.seq;
	hello->credit = n->t.credit;
	afar_hello_put(w->block, hello);
	why = afar_hello_get(w->block, hello);
	if (why)
		violated(w, "a HELLO is refused: %s", why);
}

static u32 judge(struct world *w, const struct node *me, const struct node *they, bool *adopt)
{
	static struct afar_hello_info hello;
	static struct afar_super_info mine;

	hello_from(w, they, &hello);
	mine = me->super;
	if (mine.role == AFAR_SECONDARY)
		mine.committed = me->t.replicated;
	return afar_hello_judge(&mine, &hello, &they->super.term, adopt);
}

/*
 * R5: what the peer has is not sent again; all that it lacks can be delivered. Only a journal that
 * lost what was promised makes an exception: false, the stream cannot go on.
 */
static bool take_stock(struct world *w, struct node *p, const struct node *s)
{
	u64 seq, first, last, from = 1;

	if (s->t.replicated.seq >= p->sets.next)
		violated(w, "the peer has number %llu, and the next one is %llu",
			 s->t.replicated.seq, p->sets.next);
	for (seq = 1; seq < p->sets.next; seq++)
		p->stream[seq].sent = seq <= s->t.replicated.seq;
	while (afar_tracker_next_range(&s->t, from, &first, &last)) {
		if (last >= p->sets.next)
			violated(w, "the peer has number %llu, and the next one is %llu", last,
				 p->sets.next);
		for (seq = first; seq <= last; seq++)
			p->stream[seq].sent = true;
		from = last + 1;
	}
	for (seq = 1; seq < p->sets.next; seq++) {
		if (!p->stream[seq].sent && p->stream[seq].local == GONE) {
			if (s->rotten)
				return false;
			violated(w, "number %llu was freed, and the peer lacks it", seq);
		}
		if (p->stream[seq].sent)
			p->stream[seq].local = GONE;
	}
	return true;
}

static void begin(struct world *w, struct node *p, struct node *s)
{
	struct link *l = &w->link;
	u32 i;

	s->broken = !take_stock(w, p, s);
	if (s->broken)
		return;
	l->session = ++l->sessions;
	l->primary = p == &w->node[1];
	memset(&l->said, 0, sizeof(l->said));
	for (i = 0; i < LANES; i++) {
		l->out[i].count = 0;
		l->out[i].sent = 0;
		l->out[i].received = 0;
		l->back[i].count = 0;
		l->back[i].sent = 0;
		l->back[i].received = 0;
	}
	p->credit = s->t.credit;
	p->replicated = s->t.replicated.set;
	tally.sessions++;
	trace(w, "link: session %llu, %c ships, %c has set %llu", l->session, name_of(w, p),
	      name_of(w, s), s->t.replicated.set);
}

/* Both judge, each the other's HELLO; false: there is nobody to connect. */
bool link_connect(struct world *w)
{
	struct node *p = &w->node[0], *s = &w->node[1];
	static struct afar_hello_info hello;
	bool adopt, ignore;
	u32 reason, other;

	if (s->running)
		swap(p, s);
	if (w->link.session || !p->running || !s->up || s->running || s->broken)
		return false;
	writer_drain(w, s);
	reason = judge(w, p, s, &ignore);
	other = judge(w, s, p, &adopt);
	/* a term that begins with a resync set: there is none in this world, so nobody follows it */
	if (p->super.flags & AFAR_SUPER_RESYNC && (adopt || !other) &&
	    (!reason || reason == AFAR_BYE_RESYNC)) {
		trace(w, "link: waits for a resync");
		return true;
	}
	if (reason != other)
		violated(w, "one node says %s, the other %s", afar_reason_name(reason),
			 afar_reason_name(other));
	if (reason) {
		trace(w, "link: %s", afar_reason_name(reason));
		if (afar_term_equal(&p->super.term, &s->super.term) &&
		    !(p->super.flags & AFAR_SUPER_RESYNC) && s->super.role == AFAR_SECONDARY)
			violated(w, "nodes of one term refuse each other: %s",
				 afar_reason_name(reason));
		return true;
	}
	if (adopt) {
		hello_from(w, p, &hello);
		node_adopt(w, s, &p->super.term, &hello);
	}
	if (!afar_term_equal(&p->super.term, &s->super.term))
		violated(w, "two histories are followed as one");
	begin(w, p, s);
	return true;
}

/* ---- lanes --------------------------------------------------------------------------------- */

static void deliver(struct world *w, struct node *to, struct lane *lane, bool commands)
{
	const struct message *m = lane_take(lane);
	const struct afar_head *head = (const struct afar_head *)m->data;

	if (le64_to_cpu(head->position) != lane->received++)
		violated(w, "message %llu on a lane comes as number %llu",
			 le64_to_cpu(head->position), lane->received - 1);
	if (commands)
		secondary_receive(w, to, m);
	else
		primary_ack(w, to, m);
}

static void deliver_ghost(struct world *w, u32 i)
{
	struct node *p = &w->node[w->link.primary], *s = &w->node[!w->link.primary];
	const struct message *m = lane_take(&w->link.ghost[i]);

	if (i < LANES && s->up && !s->running && !s->broken)
		secondary_receive(w, s, m);
	if (i >= LANES && p->running)
		primary_ack(w, p, m);
}

/* The next message of any lane comes out of it. */
bool link_deliver(struct world *w)
{
	struct link *l = &w->link;
	u32 from = below(w, 4 * LANES), i;

	for (i = 0; i < 4 * LANES; i++) {
		u32 k = (from + i) % (4 * LANES);
		struct lane *lane = k < LANES ? &l->out[k] :
				    k < 2 * LANES ? &l->back[k - LANES] :
				    &l->ghost[k - 2 * LANES];

		/* the secondary reads no more than its journal's writer can keep up with */
		if (!lane->count || (k < LANES && w->node[!l->primary].waiting.count >= BACKLOG))
			continue;
		if (k >= 2 * LANES)
			deliver_ghost(w, k - 2 * LANES);
		else
			deliver(w, &w->node[k < LANES ? !l->primary : l->primary], lane,
				k < LANES);
		return true;
	}
	return false;
}

static u32 fill_ranges(struct link *l, struct history *h, u8 *data)
{
	u32 i = 0, count = 0;

	while (i < l->dues && count < 8) {
		u64 first = l->due[i], last = first;

		for (i++; i < l->dues && l->due[i] == last + 1; i++)
			last++;
		afar_range_put(data, sizeof(struct afar_ack), count++, first, last);
		for (; first <= last; first++)
			h->durable[first] = true;
	}
	l->dues -= i;
	memmove(l->due, l->due + i, l->dues * sizeof(l->due[0]));
	return count;
}

/* The secondary says what is new; from then on it is a promise. */
bool link_say(struct world *w)
{
	struct link *l = &w->link;
	struct node *s = &w->node[!l->primary];
	u32 number = below(w, LANES);
	struct lane *lane = &l->back[number];
	struct afar_head_info info = { .type = AFAR_ACK, .term = s->super.term };
	struct afar_ack_info ack = {
		.replicated = s->t.replicated.set, .replicated_seq = s->t.replicated.seq,
		.committed = s->t.committed.set, .committed_seq = s->t.committed.seq,
		.credit = s->t.credit,
	};
	struct history *h;
	struct message *m;

	if (!l->session || lane->count == ON_LANE)
		return false;
	if (!l->dues && !memcmp(&ack, &l->said, sizeof(ack)))
		return false;
	h = history_of(w, &s->super.term);
	m = lane_add(w, lane);
	l->said = ack;
	info.count = fill_ranges(l, h, m->data);
	h->replicated = max(h->replicated, ack.replicated);
	h->committed = max(h->committed, ack.committed);
	info.bytes = sizeof(struct afar_head) + sizeof(struct afar_ack) +
		     info.count * sizeof(struct afar_range);
	info.position = lane->sent++;
	link_owner(w, &info.owner);
	afar_ack_put(m->data, &ack);
	afar_head_put(m->data, &info);
	m->length = info.bytes;
	return true;
}
