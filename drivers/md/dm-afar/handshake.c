// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: handshake
 * HELLO and what follows it, on both sides (message.h has the sequence), once the key is proven
 * (prove.c). Nothing of the peer's is acted on before all of it has been received and judged.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include "core/term.h"
#include "hello.h"

/**
 * afar_handshake_next() - the next message, if it has its place
 * @lane: in the handshake
 * @info: result: decoded head
 *
 * Return: 0; -ECONNREFUSED: it was a BYE, and @lane->reason is why, if that can be believed;
 * another errno; or a positive enum afar_reason.
 */
int afar_handshake_next(struct afar_lane *lane, struct afar_head_info *info)
{
	bool proving = lane->step == AFAR_STEP_PROOF;
	int r = afar_lane_receive(lane, info, &lane->why);

	if (r == -EPROTO)
		return AFAR_BYE_GARBAGE;
	if (r || info->type != AFAR_BYE)
		return r;
	/* of one who has not proven the key, only that he does not like ours */
	if (!lane->proven)
		return proving ? AFAR_BYE_KEY : -ECONNREFUSED;
	lane->reason = afar_bye_get(page_address(lane->rx));
	return -ECONNREFUSED;
}

/* A primary's table has a volume at least, and each has an id. */
static bool has_names(const struct afar_table_entry *table)
{
	unsigned int i, count = 0;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		if (!le32_to_cpu(table[i].used))
			continue;
		if (afar_uuid_none(&table[i].id))
			return false;
		count++;
	}
	return count;
}

/* Do both nodes have the same volumes? A fresh node learns their ids from the other one. */
static int judge_volumes(struct afar_group *g, struct afar_peer *peer)
{
	if (!peer->hello.volumes)
		return AFAR_BYE_VOLUMES;
	peer->follow = afar_table_follows(g, &peer->hello, &peer->term, peer->adopt);
	if (peer->follow)
		return has_names(peer->table) ? 0 : AFAR_BYE_VOLUMES;
	return afar_table_judge(g, peer->table, &peer->changes, peer->hello.replicated_seq,
				!(peer->mine.flags & AFAR_SUPER_TERM) ||
				peer->hello.flags & AFAR_HELLO_FRESH);
}

/*
 * A node that was primary: what its bits stand for is known to the peer, since before it became
 * secondary. It may have gone down before they were wiped. One that has given up its history keeps
 * them, and tells them, until it is at a cut again.
 */
static bool has_bits(struct afar_group *g)
{
	u64 dirty, total;

	afar_chunkmap_count(g, &dirty, &total);
	return dirty;
}

/*
 * What the primary writes from now on has bits and numbers again, and will be more than what is
 * known here: from here on it is refused whatever it says (R9). Super lock held.
 */
static void note_gone_back(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;

	if (super->peer_generation == AFAR_GONE_BACK)
		return;
	super->peer_generation = AFAR_GONE_BACK;
	WRITE_ONCE(g->stage.map_generation, AFAR_GONE_BACK);
	afar_journal_write_supers(g);
	afar_warn(g, "the journal of the primary was put back to an earlier time: it is not followed any more; make it anew, or 'promote force' here");
}

/*
 * @joins: a session whose volumes were judged when it began. What has changed since is on its way
 * over other lanes, so that tables of two moments would be compared.
 */
static int judge(struct afar_group *g, struct afar_peer *peer, bool joins)
{
	struct afar_journal *j = &g->journal;
	int r;

	if (READ_ONCE(j->failed) || afar_stage_damaged(&g->stage))
		return AFAR_BYE_FAILED;
	mutex_lock(&j->super_lock);
	peer->mine = j->super;
	/* a node that is of no group yet follows into that of its table line */
	if (afar_uuid_none(&peer->mine.group))
		peer->mine.group = g->options.group;
	if (j->super.role == AFAR_SECONDARY) {
		mutex_lock(&g->stage.lock);
		peer->mine.committed = g->stage.tracker.replicated;
		/*
		 * The superblock follows when it is written for another reason. A lane that
		 * joins has said what it knew before other lanes brought more.
		 */
		peer->mine.peer_generation = joins ? 0 : max(peer->mine.peer_generation,
							     g->stage.map_generation);
		mutex_unlock(&g->stage.lock);
	}
	r = afar_hello_judge(&peer->mine, &peer->hello, &peer->term, &peer->adopt);
	if (!r && !joins)
		r = judge_volumes(g, peer);
	if (r == AFAR_BYE_SPLIT && j->super.role == AFAR_SECONDARY &&
	    afar_hello_gone_back(&peer->mine, &peer->hello))
		note_gone_back(g);
	mutex_unlock(&j->super_lock);
	return r;
}

static int send_go(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_GO,
		.bytes = sizeof(struct afar_head),
		.term = lane->group->journal.super.term,
	};

	return afar_lane_send(lane, &info, NULL, 0);
}

/*
 * Both sides: a session begins (@session 0), or a lane joins the one of that number, if it is still
 * there. Returns its number, 0 when it is not.
 */
static u64 enter_session(struct afar_lane *lane, const struct afar_peer *peer, u64 session)
{
	struct afar_link *link = &lane->group->link;

	spin_lock(&link->lock);
	if (session && (session != link->session || !afar_uuid_equal(&link->id, &lane->id))) {
		spin_unlock(&link->lock);
		return 0;
	}
	if (!session)
		session = ++link->counter;
	link->session = session;
	link->id = lane->id;
	link->live++;
	link->reason = 0;
	link->hopeless = false;
	link->rival = false;
	memset(&link->fork, 0, sizeof(link->fork));
	link->peer = peer->hello.node;
	link->peer_journal = peer->hello.journal;
	lane->session = session;
	spin_unlock(&link->lock);
	afar_lane_live(lane, peer->hello.timeout);
	wake_up_all(&link->wait);
	afar_group_event(lane->group);
	return session;
}

/*
 * Wait until there is a session to join, or none and nobody else begins one.
 * Returns the session's number, 0 to begin one, or -ESHUTDOWN.
 */
static s64 session_to_join(struct afar_lane *lane)
{
	struct afar_link *link = &lane->group->link;
	s64 session = 0;
	bool ok = false;

	while (!ok) {
		wait_event_idle(link->wait,
				!READ_ONCE(link->beginning) || READ_ONCE(link->stopping));
		spin_lock(&link->lock);
		if (link->stopping) {
			session = -ESHUTDOWN;
			ok = true;
		} else if (link->session) {
			session = link->session;
			lane->id = link->id;
			ok = true;
		} else if (!link->beginning) {
			link->beginning = true;
			get_random_bytes(&lane->id, sizeof(lane->id));
			ok = true;
		}
		spin_unlock(&link->lock);
	}
	return session;
}

static void begun(struct afar_link *link)
{
	spin_lock(&link->lock);
	link->beginning = false;
	spin_unlock(&link->lock);
	wake_up_all(&link->wait);
}

/* Begin a session, or join one (@session not 0). */
static int dial_session(struct afar_lane *lane, struct afar_peer *peer, u64 session)
{
	struct afar_group *g = lane->group;
	/* what the peer has said before it hears of us: its answer cannot fall behind it */
	u64 known = READ_ONCE(g->stream.replicated.set);
	int r = afar_hello_send(lane, session ? AFAR_HELLO_JOIN : 0, NULL, 0);

	if (!r)
		r = afar_hello_receive(lane, peer);
	if (!r)
		r = judge(g, peer, session);
	if (r == AFAR_BYE_RESYNC && peer->hello.role == AFAR_SECONDARY)
		afar_resync_needed(g, "the peer has not followed this term");
	if (!r && !session)
		r = afar_resync_judge(g, &peer->hello, &peer->term, &peer->differs,
				      lane->in_place);
	if (!r && !session)
		r = afar_stream_attach(g, &peer->hello, peer->range, peer->hello.arrivals);
	else if (!r && peer->hello.replicated < known)
		r = AFAR_BYE_RESYNC;	/* it has started anew, and lost what it had */
	if (!r && !session)
		r = afar_role_met(g);
	if (!r)
		r = send_go(lane);
	if (!r && !enter_session(lane, peer, session))
		r = -ESTALE;	/* it ended meanwhile */
	/* a term that begins with nothing has begun */
	if (!r)
		afar_resync_kick(&g->stream.resync);
	return r;
}

/**
 * afar_handshake_dial() - the primary's side, on a connection that it has made
 * @lane: open
 *
 * Return: 0, the lane is in a session; an errno; or a positive enum afar_reason that the peer is to
 * be told.
 */
int afar_handshake_dial(struct afar_lane *lane)
{
	struct afar_peer *peer = afar_peer_alloc();
	s64 session;
	int r = -ENOMEM;

	if (peer)
		r = afar_prove_dial(lane, &peer->challenge);
	if (!r) {
		session = session_to_join(lane);
		r = session < 0 ? session : dial_session(lane, peer, session);
		if (!session)
			begun(&lane->group->link);
	}
	afar_peer_free(peer);
	return r;
}

static void kill_session(struct afar_group *g, struct afar_lane *except)
{
	struct afar_link *link = &g->link;
	unsigned int i;

	mutex_lock(&g->stage.lock);
	g->stage.session = 0;
	/* there is a primary to wait for again */
	g->stage.forced = false;
	mutex_unlock(&g->stage.lock);
	mutex_lock(&link->slots);
	for (i = 0; i < AFAR_ACCEPTED; i++)
		if (link->accepted[i] && link->accepted[i] != except && link->accepted[i]->session)
			afar_lane_kill(link->accepted[i], AFAR_BYE_BUSY);
	mutex_unlock(&link->slots);
	spin_lock(&link->lock);
	link->session = 0;
	link->live = 0;
	spin_unlock(&link->lock);
	/* what the old session brought becomes durable now, and is listed as arrived */
	afar_journal_drain(g);
}

static int list_arrivals(struct afar_group *g, struct afar_range **range, u64 *ranges)
{
	struct afar_tracker *t = &g->stage.tracker;
	u64 from, first, last, n = 0, max = 1;

	mutex_lock(&g->stage.lock);
	for (from = t->replicated.seq + 1;
	     afar_tracker_next_range(t, from, &first, &last) && max < AFAR_ARRIVALS_MAX;
	     from = last + 1)
		max++;
	*range = kvmalloc_array(max, sizeof(**range), GFP_NOIO);
	/* complete, but in a ring in memory that is not called replicated */
	if (*range && afar_stage_replicated(g)->seq < t->replicated.seq) {
		(*range)[n].first = cpu_to_le64(afar_stage_replicated(g)->seq + 1);
		(*range)[n++].last = cpu_to_le64(t->replicated.seq);
	}
	for (from = t->replicated.seq + 1;
	     *range && n < max && afar_tracker_next_range(t, from, &first, &last);
	     from = last + 1) {
		(*range)[n].first = cpu_to_le64(first);
		(*range)[n++].last = cpu_to_le64(last);
	}
	mutex_unlock(&g->stage.lock);
	*ranges = n;
	/* what is claimed is durable, unless the drain ended because the journal failed */
	if (READ_ONCE(g->journal.failed))
		return AFAR_BYE_FAILED;
	return *range ? 0 : -ENOMEM;
}

/* The same lane again: the one before is dead, and does not know it yet. */
static void replace_lane(struct afar_lane *lane)
{
	struct afar_link *link = &lane->group->link;
	unsigned int i;

	mutex_lock(&link->slots);
	for (i = 0; i < AFAR_ACCEPTED; i++) {
		struct afar_lane *other = link->accepted[i];

		if (other && other != lane && other->number == lane->number &&
		    READ_ONCE(other->session) == lane->session)
			afar_lane_kill(other, AFAR_BYE_BUSY);
	}
	mutex_unlock(&link->slots);
}

static int answer_join(struct afar_lane *lane, struct afar_peer *peer, u64 session)
{
	struct afar_head_info info;
	int r = afar_hello_send(lane, 0, NULL, 0);

	if (!r)
		r = afar_handshake_next(lane, &info);
	if (r)
		return r;
	if (!enter_session(lane, peer, session))
		return -ESTALE;
	replace_lane(lane);
	return 0;
}

/*
 * Whose chunk map it is that sync commands speak of, and how far it is (R9): durable before the
 * first of them is, and before this node forgets what it may have that the primary has not.
 */
static int know_peer(struct afar_group *g, const struct afar_hello_info *hello)
{
	struct afar_super_info *super = &g->journal.super;
	u64 known;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	known = afar_hello_generation(super, hello);
	if (afar_uuid_equal(&super->peer_journal, &hello->journal))
		known = max3(known, super->peer_generation, READ_ONCE(g->stage.map_generation));
	if (!afar_uuid_equal(&super->peer_journal, &hello->journal) ||
	    known != super->peer_generation) {
		super->peer_journal = hello->journal;
		super->peer_generation = known;
		WRITE_ONCE(g->stage.map_generation, known);
		r = afar_journal_write_super(g);
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

static bool follows(struct afar_group *g, struct afar_peer *peer)
{
	bool follows;

	mutex_lock(&g->journal.super_lock);
	follows = afar_table_follows(g, &peer->hello, &peer->term, false);
	mutex_unlock(&g->journal.super_lock);
	return follows;
}

/*
 * The primary's term begins with a resync set: be in it, and have its volumes, before this node
 * says where it stands.
 */
static int follow(struct afar_group *g, struct afar_peer *peer)
{
	int r = 0;

	if (peer->adopt && !(peer->mine.flags & AFAR_SUPER_TERM))
		return afar_adopt_term(g, &peer->term, &peer->hello, peer->table);
	/* what was on its way when it was judged is here by now */
	if (peer->follow && !peer->adopt && !follows(g, peer))
		return AFAR_BYE_BUSY;
	if (peer->follow)
		r = afar_table_fits(g, peer->table);
	if (!r && peer->adopt)
		r = afar_follow_term(g, &peer->term);
	if (!r && peer->follow)
		r = afar_table_take_over(g, peer->table);
	return r;
}

static int answer_begin(struct afar_lane *lane, struct afar_peer *peer)
{
	struct afar_group *g = lane->group;
	struct afar_range *range = NULL;
	struct afar_head_info info;
	u64 ranges = 0, session;
	int r = 0;

	kill_session(g, lane);
	r = know_peer(g, &peer->hello);
	/* it went down before it had noted that */
	if (!r && peer->mine.flags & AFAR_SUPER_DISCARDED && !afar_stage_torn(&g->stage)) {
		afar_history_ends(g);
		peer->mine.flags &= ~AFAR_SUPER_DISCARDED;
	}
	if (!r && peer->adopt && (peer->mine.flags & (AFAR_SUPER_TERM | AFAR_SUPER_DISCARDED)) ==
	    AFAR_SUPER_TERM && has_bits(g))
		r = afar_chunkmap_wipe(g, false);
	if (!r && peer->hello.flags & AFAR_HELLO_RESYNC)
		r = follow(g, peer);
	/* what the primary did before this term counts from here on */
	if (!r)
		r = know_peer(g, &peer->hello);
	if (!r && peer->hello.flags & AFAR_HELLO_IN_PLACE)
		r = READ_ONCE(g->stage.held) != AFAR_HOLD_NONE ? AFAR_BYE_BUSY :
		    afar_stage_no_cut(g);
	if (!r)
		r = list_arrivals(g, &range, &ranges);
	if (!r)
		r = afar_hello_send(lane, afar_history_tells(g, &peer->hello, &peer->term) ?
					  AFAR_HELLO_SPANS : 0, range, ranges);
	kvfree(range);
	if (!r)
		r = afar_handshake_next(lane, &info);
	if (!r && peer->adopt && !(peer->hello.flags & AFAR_HELLO_RESYNC))
		r = afar_adopt_term(g, &peer->term, &peer->hello, peer->table);
	if (r)
		return r;
	session = enter_session(lane, peer, 0);
	mutex_lock(&g->stage.lock);
	g->stage.session = session;
	g->stage.ack_due = true;
	mutex_unlock(&g->stage.lock);
	return 0;
}

/* Two primaries: perhaps this one gives in, see history.c. */
static int come_back(struct afar_group *g, struct afar_peer *peer, bool *begin)
{
	struct afar_link *link = &g->link;
	int r;

	spin_lock(&link->lock);
	link->rival = true;
	*begin = !link->beginning;
	link->beginning = true;
	spin_unlock(&link->lock);
	if (!*begin)
		return AFAR_BYE_SPLIT;
	r = afar_history_return(g, &peer->mine, &peer->hello, &peer->term, peer->table);
	if (r < 0)
		return r == -EBUSY ? AFAR_BYE_BUSY : AFAR_BYE_FAILED;
	return r ? judge(g, peer, false) : AFAR_BYE_SPLIT;
}

/**
 * afar_handshake_answer() - the listening side, on a connection that came in
 * @lane: open
 *
 * Return: as afar_handshake_dial().
 */
int afar_handshake_answer(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	struct afar_link *link = &g->link;
	struct afar_peer *peer = afar_peer_alloc();
	bool begin = false;
	u64 join = 0;
	int r = -ENOMEM;

	if (peer)
		r = afar_prove_answer(lane, &peer->challenge);
	if (!r)
		r = afar_hello_receive(lane, peer);
	/* a primary is there, whether it can be followed or not: no other has left its role */
	if (!r && peer->hello.role == AFAR_PRIMARY && !(peer->hello.flags & AFAR_HELLO_JOIN) &&
	    afar_uuid_equal(&peer->hello.group, &g->journal.super.group))
		r = afar_grant_end(g);
	if (!r)
		r = judge(g, peer, peer->hello.flags & AFAR_HELLO_JOIN);
	if (r == AFAR_BYE_SPLIT && !(peer->hello.flags & AFAR_HELLO_JOIN))
		r = come_back(g, peer, &begin);
	/* whoever dials wants to be followed; a primary follows nobody, not even its own term */
	if (!r && peer->mine.role != AFAR_SECONDARY)
		r = AFAR_BYE_ROLE;
	if (!r) {
		lane->number = peer->hello.lane;
		spin_lock(&link->lock);
		if (!(peer->hello.flags & AFAR_HELLO_JOIN))
			begin |= !link->beginning;
		else if (afar_uuid_equal(&link->id, &lane->id))
			join = link->session;
		link->beginning |= begin;
		if (!begin && !join)
			r = AFAR_BYE_BUSY;
		spin_unlock(&link->lock);
	}
	if (!r)
		r = begin ? answer_begin(lane, peer) : answer_join(lane, peer, join);
	if (begin)
		begun(link);
	afar_peer_free(peer);
	return r;
}
