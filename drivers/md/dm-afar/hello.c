// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: HELLO
 * What a node says of itself, and what it hears: HELLO and the items behind it. They are checked
 * one by one here; what follows from them is handshake.c's.
 */
#include <linux/slab.h>
#include "core/term.h"
#include "hello.h"

/** afar_peer_alloc() - of whom nothing is known yet; NULL: no memory */
struct afar_peer *afar_peer_alloc(void)
{
	struct afar_peer *peer = kvzalloc(sizeof(*peer), GFP_KERNEL);

	if (peer)
		afar_changes_init(&peer->changes);
	return peer;
}

/** afar_peer_free() - forget what was said; @peer may be NULL */
void afar_peer_free(struct afar_peer *peer)
{
	if (!peer)
		return;
	afar_changes_drop(&peer->changes, U64_MAX);
	afar_differs_drop(&peer->differs);
	kvfree(peer->range);
	kvfree(peer);
}

/* All items that HELLO has promised have come. */
static void all_came(struct afar_lane *lane)
{
	lane->step = afar_step_next(lane->side, lane->step, AFAR_EVENT_ALL);
}

static int send_table(struct afar_lane *lane, const struct afar_volume *item, unsigned int items,
		      struct afar_term *term)
{
	const unsigned int most = (AFAR_BLOCK - sizeof(struct afar_head)) / sizeof(*item);
	unsigned int at = 0, i;
	int r = 0;

	while (at < items && !r) {
		u16 count = min(items - at, most);
		struct afar_head_info info = {
			.type = AFAR_TABLE,
			.count = count,
			.bytes = sizeof(struct afar_head) + count * sizeof(*item),
			.term = *term,
		};

		for (i = 0; i < count; i++)
			afar_volume_put(page_address(lane->tx), i, &item[at + i]);
		r = afar_lane_send(lane, &info, NULL, 0);
		at += count;
	}
	return r;
}

static int send_ranges(struct afar_lane *lane, const struct afar_range *range, u64 ranges,
		       struct afar_term *term)
{
	const u64 most = (AFAR_BLOCK - sizeof(struct afar_head)) / sizeof(*range);
	u64 at = 0;
	int r = 0;

	while (at < ranges && !r) {
		u16 count = min(ranges - at, most);
		struct afar_head_info info = {
			.type = AFAR_ARRIVALS,
			.count = count,
			.bytes = sizeof(struct afar_head) + count * sizeof(*range),
			.term = *term,
		};

		memcpy(page_address(lane->tx) + sizeof(struct afar_head), range + at,
		       count * sizeof(*range));
		r = afar_lane_send(lane, &info, NULL, 0);
		at += count;
	}
	return r;
}

/* Where it may differ, as the chunk map has it; a message that is not full is the last. */
static int send_spans(struct afar_lane *lane, struct afar_term *term)
{
	const u16 most = AFAR_SPANS;
	struct afar_span_info span = {};
	bool more = true;
	int r = 0;

	while (more && !r) {
		struct afar_head_info info = { .type = AFAR_DIFFERS, .term = *term };

		while (info.count < most && (more = afar_differs_next(lane->group, &span)))
			afar_span_put(page_address(lane->tx), info.count++, &span);
		info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_span);
		r = afar_lane_send(lane, &info, NULL, 0);
	}
	return r;
}

/* Arrivals that have been committed since they were listed are not arrivals any more. */
static u64 drop_committed(struct afar_range **range, u64 ranges, u64 seq)
{
	while (ranges && le64_to_cpu((*range)->last) <= seq) {
		(*range)++;
		ranges--;
	}
	if (ranges && le64_to_cpu((*range)->first) <= seq)
		(*range)->first = cpu_to_le64(seq + 1);
	return ranges;
}

/**
 * afar_hello_send() - send HELLO and what belongs to it
 * @lane:   in the handshake
 * @flags:  AFAR_HELLO_JOIN; AFAR_HELLO_SPANS: say where this node may differ, if it has given up a
 *          history of its own
 * @range:  arrivals, of a secondary that begins a session; changed
 * @ranges: how many
 *
 * Return: 0; a negative errno.
 */
int afar_hello_send(struct afar_lane *lane, u16 flags, struct afar_range *range, u64 ranges)
{
	struct afar_group *g = lane->group;
	struct afar_journal *j = &g->journal;
	struct afar_tracker *t = &g->stage.tracker;
	struct afar_hello_info *hello = kmalloc(sizeof(*hello), GFP_KERNEL);
	struct afar_table_entry *table = kvmalloc(sizeof(j->table), GFP_KERNEL);
	struct afar_volume *item = kvmalloc_array(AFAR_VOLUMES + AFAR_CHANGES, sizeof(*item),
						  GFP_KERNEL);
	struct afar_head_info info = {
		.type = AFAR_HELLO,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_hello),
	};
	int r = -ENOMEM;

	if (!hello || !table || !item)
		goto out;
	/* cuts and volume table belong together */
	mutex_lock(&j->super_lock);
	mutex_lock(&g->stage.lock);
	afar_hello_fill(hello, &j->super);
	info.term = j->super.term;
	hello->volumes = afar_table_tell(g, table, item);
	if (afar_stage_torn(&g->stage))
		hello->flags |= AFAR_HELLO_NO_CUT;
	else	/* at a cut there is nothing of its own left */
		hello->flags &= ~AFAR_HELLO_DISCARDED;
	if (!(hello->flags & AFAR_HELLO_DISCARDED))
		flags &= ~AFAR_HELLO_SPANS;
	hello->flags |= flags;
	lane->in_place = afar_resync_in_place(g);
	if (lane->in_place)
		hello->flags |= AFAR_HELLO_IN_PLACE;
	hello->timeout = g->options.value[AFAR_KNOB_TIMEOUT];
	hello->lane = lane->number;
	hello->lanes = max_t(u16, g->options.value[AFAR_KNOB_LANES], lane->number + 1);
	hello->time = ktime_get_real_ns();
	hello->map_generation = afar_role_generation(g);
	if (j->super.role == AFAR_SECONDARY)
		hello->peer_generation = max(hello->peer_generation, g->stage.map_generation);
	hello->largest_set = t->largest;
	hello->credit = t->credit;
	hello->replicated = afar_stage_replicated(g)->set;
	hello->replicated_seq = afar_stage_replicated(g)->seq;
	hello->committed = t->committed.set;
	hello->committed_seq = t->committed.seq;
	mutex_unlock(&g->stage.lock);
	mutex_unlock(&j->super_lock);
	ranges = drop_committed(&range, ranges, hello->replicated_seq);
	hello->arrivals = ranges;
	afar_hello_put(page_address(lane->tx), hello);
	r = afar_lane_send(lane, &info, NULL, 0);
	if (!r)
		r = send_table(lane, item, hello->volumes, &info.term);
	if (!r)
		r = send_ranges(lane, range, ranges, &info.term);
	if (!r && flags & AFAR_HELLO_SPANS)
		r = send_spans(lane, &info.term);
out:
	kfree(hello);
	kvfree(table);
	kvfree(item);
	return r;
}

static int bad(struct afar_lane *lane, const char *why)
{
	lane->why = why;
	return AFAR_BYE_GARBAGE;
}

static int take_change(struct afar_lane *lane, struct afar_peer *peer, const struct afar_cmd *cmd)
{
	struct afar_changes *c = &peer->changes;
	struct afar_change *change;

	if (peer->hello.role != AFAR_PRIMARY)
		return bad(lane, "change of the volume table from a secondary");
	if (c->count && cmd->seq <= list_last_entry(&c->list, struct afar_change, list)->cmd.seq)
		return bad(lane, "changes of the volume table out of order");
	change = kmalloc(sizeof(*change), GFP_KERNEL);
	if (!change)
		return -ENOMEM;
	change->cmd = *cmd;
	afar_changes_insert(c, change);
	return 0;
}

/* An item of the volume table: a volume, or, from a primary and behind all volumes, a change. */
static int take_volume(struct afar_lane *lane, unsigned int index, struct afar_peer *peer)
{
	const void *block = page_address(lane->rx);
	struct afar_table_entry *entry;
	struct afar_cmd cmd = {};

	lane->why = afar_volume_get(block, index, &cmd.volume, &cmd.sector, &cmd.id);
	if (lane->why)
		return AFAR_BYE_GARBAGE;
	cmd.op = afar_volume_change(block, index, &cmd.seq);
	if (cmd.op)
		return take_change(lane, peer, &cmd);
	entry = &peer->table[cmd.volume];
	if (le32_to_cpu(entry->used) || peer->changes.count)
		return bad(lane, "volume twice in the table");
	entry->id = cmd.id;
	entry->sectors = cpu_to_le64(cmd.sector);
	entry->outside = cpu_to_le64(afar_volume_outside(block, index));
	entry->used = cpu_to_le32(1);
	return 0;
}

static int receive_table(struct afar_lane *lane, struct afar_peer *peer)
{
	struct afar_head_info info;
	unsigned int got = 0, i;
	int r;

	while (got < peer->hello.volumes) {
		r = afar_handshake_next(lane, &info);
		if (r)
			return r;
		if (!info.count || info.count > peer->hello.volumes - got)
			return bad(lane, "volume table of another length");
		for (i = 0; i < info.count && !r; i++)
			r = take_volume(lane, i, peer);
		if (r)
			return r;
		got += info.count;
	}
	all_came(lane);
	return 0;
}

static int receive_ranges(struct afar_lane *lane, struct afar_peer *peer)
{
	u64 ranges = peer->hello.arrivals, got = 0, last = peer->hello.replicated_seq;
	struct afar_head_info info;
	unsigned int i;
	int r;

	if (ranges > AFAR_ARRIVALS_MAX)
		return bad(lane, "too many arrivals");
	peer->range = kvmalloc_array(ranges + 1, sizeof(*peer->range), GFP_KERNEL);
	if (!peer->range)
		return -ENOMEM;
	while (got < ranges) {
		r = afar_handshake_next(lane, &info);
		if (r)
			return r;
		if (!info.count || info.count > ranges - got)
			return bad(lane, "more arrivals than announced");
		for (i = 0; i < info.count; i++) {
			u64 from, to;

			lane->why = afar_range_get(page_address(lane->rx), 0, i, &from, &to);
			if (lane->why)
				return AFAR_BYE_GARBAGE;
			if (from <= last)
				return bad(lane, "arrivals out of order");
			last = to;
			peer->range[got].first = cpu_to_le64(from);
			peer->range[got++].last = cpu_to_le64(to);
		}
	}
	all_came(lane);
	return 0;
}

static int take_spans(struct afar_lane *lane, struct afar_peer *peer, unsigned int count,
		      struct afar_span_info *last)
{
	struct afar_span_info span;
	unsigned int i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		lane->why = afar_span_get(page_address(lane->rx), i, &span);
		if (lane->why)
			return AFAR_BYE_GARBAGE;
		/* so they come to an end */
		if (last->sectors && (span.volume < last->volume ||
				      (span.volume == last->volume &&
				       span.sector < last->sector + last->sectors)))
			return bad(lane, "spans out of order");
		*last = span;
		r = afar_differs_add(lane->group, &peer->differs, &span);
	}
	return r;
}

static int receive_spans(struct afar_lane *lane, struct afar_peer *peer)
{
	struct afar_span_info last = {};
	struct afar_head_info info = { .count = AFAR_SPANS };
	int r = 0;

	while (peer->hello.flags & AFAR_HELLO_SPANS && info.count == AFAR_SPANS && !r) {
		r = afar_handshake_next(lane, &info);
		if (!r)
			r = take_spans(lane, peer, info.count, &last);
	}
	if (!r)
		all_came(lane);
	return r;
}

static int receive_hello(struct afar_lane *lane, struct afar_peer *peer)
{
	struct afar_head_info info;
	int r = afar_handshake_next(lane, &info);

	if (r)
		return r;
	lane->why = afar_hello_get(page_address(lane->rx), &peer->hello);
	if (lane->why)
		return AFAR_BYE_GARBAGE;
	if (peer->hello.version_min != peer->challenge.version_min ||
	    peer->hello.version_max != peer->challenge.version_max)
		return bad(lane, "other versions than were proven");
	peer->term = info.term;
	if (lane->sock && afar_uuid_none(&lane->id))
		lane->id = info.owner;
	return 0;
}

/**
 * afar_hello_receive() - receive HELLO and what belongs to it
 * @lane: in the handshake
 * @peer: result; of a secondary its arrivals, too
 *
 * Return: as afar_handshake_next().
 */
int afar_hello_receive(struct afar_lane *lane, struct afar_peer *peer)
{
	bool dials = lane->side == AFAR_SIDE_DIAL;
	int r = receive_hello(lane, peer);

	if (!r)
		r = receive_table(lane, peer);
	if (!r && !dials && peer->hello.arrivals)
		return bad(lane, "arrivals from the dialling side");
	if (!r && !dials && peer->hello.flags & AFAR_HELLO_SPANS)
		return bad(lane, "spans from the dialling side");
	if (!r && dials)
		r = receive_ranges(lane, peer);
	if (!r && dials)
		r = receive_spans(lane, peer);
	return r;
}
