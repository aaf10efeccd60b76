// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: ship
 * A live lane of the primary: the writer packs what is ready into frames, the reader takes
 * acknowledgments.
 */
#include <linux/bvec.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "group.h"
#include "trace.h"

/* Header block, and every page of the payload in an entry of its own at worst. */
#define VECS	(1 + AFAR_FRAME_PAYLOAD / PAGE_SIZE + AFAR_FRAME_COMMANDS)

/** afar_write_sum() - make the checksum: by the first who needs it, not in map() */
void afar_write_sum(struct afar_write *w)
{
	u32 sum = 0;
	unsigned int i;

	for (i = 0; i < w->bio.bi_vcnt; i++)
		sum = afar_sum_more(sum, page_address(w->bio.bi_io_vec[i].bv_page),
				    w->bio.bi_io_vec[i].bv_len);
	w->cmd.sum = sum;
	w->summed = true;
}

static int ship_frame(struct afar_lane *lane, struct list_head *batch, struct bio_vec *vec)
{
	struct afar_head_info info = {
		.type = AFAR_COMMANDS,
		.term = lane->group->journal.super.term,
	};
	struct afar_write *w;
	unsigned int vecs = 1, i;

	list_for_each_entry(w, batch, list) {
		if (w->cmd.op == AFAR_OP_WRITE) {
			if (!w->summed)
				afar_write_sum(w);
			for (i = 0; i < w->bio.bi_vcnt; i++) {
				vec[vecs] = w->bio.bi_io_vec[i];
				/* the padding of the last page was zeroed with the copy */
				vec[vecs].bv_len = round_up(vec[vecs].bv_len, PAGE_SIZE);
				vecs++;
			}
		}
		afar_cmd_put(page_address(lane->tx), info.count++, &w->cmd);
		info.payload += afar_cmd_payload(&w->cmd);
	}
	info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_command);
	trace_afar_ship(lane->group, lane->number, page_address(lane->tx), &info);
	return afar_lane_send(lane, &info, vec, vecs);
}

/* What was numbered before the batch, and says which volumes there are, goes before it. */
static int tell_changes(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_COMMANDS,
		.term = lane->group->journal.super.term,
	};
	int r = 0;

	while (!r) {
		info.count = afar_stream_changes(lane->group, &lane->told,
						 page_address(lane->tx));
		if (!info.count)
			break;
		info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_command);
		trace_afar_ship(lane->group, lane->number, page_address(lane->tx), &info);
		r = afar_lane_send(lane, &info, NULL, 0);
	}
	return r;
}

/* A frame of the spool goes out as it lies in the ring. */
static int ship_spooled(struct afar_lane *lane, struct afar_spooled *f, struct bio_vec *vec)
{
	struct afar_group *g = lane->group;
	struct page **page = kvmalloc_array(f->blocks, sizeof(*page), GFP_NOIO);
	struct afar_head_info info, from;
	unsigned int i;
	int r = page ? tell_changes(lane) : -ENOMEM;

	if (!r)
		r = afar_spool_read(g, f, page, &from);
	if (r) {
		kvfree(page);
		afar_spool_sent(g, f, lane->number, false);
		if (r == -EILSEQ)
			afar_resync_needed(g, "a command cannot be read back");
		return r;
	}
	info = (struct afar_head_info){
		.type = AFAR_COMMANDS, .count = from.count, .bytes = from.bytes,
		.payload = from.payload, .term = g->journal.super.term,
	};
	memcpy(page_address(lane->tx) + sizeof(struct afar_head),
	       page_address(page[0]) + sizeof(struct afar_head),
	       info.bytes - sizeof(struct afar_head));
	for (i = 1; i < f->blocks; i++) {
		vec[i].bv_page = page[i];
		vec[i].bv_offset = 0;
		vec[i].bv_len = PAGE_SIZE;
	}
	trace_afar_ship(g, lane->number, page_address(lane->tx), &info);
	r = afar_lane_send(lane, &info, vec, f->blocks);
	for (i = 0; i < f->blocks; i++)
		put_page(page[i]);
	kvfree(page);
	afar_spool_sent(g, f, lane->number, !r);
	return r;
}

static int ping(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_PING,
		.bytes = sizeof(struct afar_head),
		.term = lane->group->journal.super.term,
	};

	afar_flow_begin(lane);
	return afar_lane_send(lane, &info, NULL, 0);
}

/**
 * struct load - what a lane ships at once: one of the two
 * @batch:   commands from memory
 * @spooled: frame of the spool
 * @left:    there was something, and it was left to others
 */
struct load {
	struct list_head batch;
	struct afar_spooled *spooled;
	bool left;
};

static long patience(struct afar_lane *lane)
{
	struct afar_stream *s = &lane->group->stream;

	/* what was spooled has waited long enough */
	return READ_ONCE(s->spool.shippable) ? 0 :
	       afar_flow_patience(lane, READ_ONCE(s->ready_since));
}

/* Take what is ready. Returns for how long to wait instead, in jiffies; 0: something was taken. */
static long take(struct afar_lane *lane, struct load *load, long longest)
{
	struct afar_group *g = lane->group;
	u32 room;
	long wait;

	load->left = false;
	if (!afar_stream_has_ready(&g->stream))
		return longest;
	room = afar_flow_room(lane);
	wait = room ? patience(lane) : max(HZ / 100, 1);
	load->left = wait;
	if (wait)
		return wait;
	load->spooled = afar_spool_take(g);
	return load->spooled || afar_stream_take(g, &load->batch, AFAR_FRAME_COMMANDS,
						 min_t(u32, room, AFAR_FRAME_PAYLOAD)) ?
	       0 : longest;
}

static void nap(struct afar_lane *lane, long jiffies_left, bool left)
{
	struct afar_stream *s = &lane->group->stream;

	wait_event_idle_timeout(s->wait,
				(!left && afar_stream_has_ready(s)) || afar_lane_over(lane) ||
				afar_compare_due(&s->resync.compare),
				jiffies_left);
}

static int ship_load(struct afar_lane *lane, struct load *load, struct bio_vec *vec)
{
	int r;

	if (load->spooled) {
		r = ship_spooled(lane, load->spooled, vec);
	} else {
		r = tell_changes(lane);
		if (!r)
			r = ship_frame(lane, &load->batch, vec);
		if (!r)
			afar_stream_sent(lane, &load->batch);
	}
	afar_flow_sent(lane);
	return r;
}

/* Ask what the peer has, see compare.h. Returns 1 when another lane has, an errno or 0. */
static int ask(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_ASK,
		.term = lane->group->journal.super.term,
	};

	info.count = afar_compare_take(lane->group, page_address(lane->tx));
	if (!info.count)
		return 1;
	info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_ask);
	return afar_lane_send(lane, &info, NULL, 0);
}

static int ship(struct afar_lane *lane, struct load *load, struct bio_vec *vec)
{
	unsigned long said = jiffies;
	bool shipped = false;
	int r = 0;

	while (!r && !afar_lane_over(lane)) {
		long wait = said + lane->quarter - jiffies;

		if (afar_compare_due(&lane->group->stream.resync.compare)) {
			r = ask(lane);
			if (r > 0) {
				r = 0;
				continue;
			}
		} else if (wait > 0) {
			afar_flow_watch(lane);
			wait = take(lane, load, afar_flow_nap(lane, wait));
			if (wait && shipped && !load->left) {
				shipped = false;
				afar_lane_rest();
				continue;
			}
			if (wait) {
				nap(lane, wait, load->left);
				continue;
			}
			r = ship_load(lane, load, vec);
			shipped = true;
		} else {
			r = ping(lane);
		}
		said = jiffies;
	}
	return r;
}

/**
 * afar_ship() - the writer: ship until the lane dies
 * @lane: in a session; called by its owner
 */
void afar_ship(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	struct bio_vec *vec = kvmalloc_array(VECS, sizeof(*vec), GFP_NOIO);
	struct load load = { .batch = LIST_HEAD_INIT(load.batch) };
	int r = vec ? 0 : -ENOMEM;

	lane->helper = kthread_run(afar_ship_reader, lane, "afar_ack%u/%s", lane->number, g->name);
	if (IS_ERR(lane->helper)) {
		lane->helper = NULL;
		r = -ENOMEM;
	}
	afar_flow_begin(lane);
	if (!r)
		r = ship(lane, &load, vec);
	if (!r)
		afar_lane_say_bye(lane);
	afar_lane_kill(lane, r == -EAGAIN ? AFAR_BYE_TIMEOUT : 0);
	if (lane->helper)
		kthread_stop(lane->helper);
	lane->helper = NULL;
	afar_stream_give_back(lane, &load.batch);
	afar_compare_lost(g);
	kvfree(vec);
}

static int take_message(struct afar_lane *lane, const struct afar_head_info *info,
			const char **why)
{
	struct afar_group *g = lane->group;
	struct afar_ack_info ack;

	if (!afar_term_equal(&info->term, &g->journal.super.term)) {
		*why = "message of another term";
		return -EPROTO;
	}
	switch (info->type) {
	case AFAR_PING:
		return 0;
	case AFAR_ACK:
		*why = afar_ack_get(page_address(lane->rx), &ack);
		if (!*why)
			*why = afar_stream_ack(g, &ack, page_address(lane->rx), info->count);
		return *why ? -EPROTO : 0;
	case AFAR_HASHES:
		*why = afar_compare_got(g, page_address(lane->rx), info->count);
		return *why ? -EPROTO : 0;
	case AFAR_BYE:
		/* its answer to END */
		if (READ_ONCE(g->stream.ended))
			WRITE_ONCE(g->stream.told, true);
		/* whatever it is that it does not like, it would come again */
		if (afar_bye_get(page_address(lane->rx)) == AFAR_BYE_GARBAGE)
			afar_resync_refused(g, AFAR_BYE_GARBAGE);
		lane->why = "said the peer";
		afar_lane_kill(lane, afar_bye_get(page_address(lane->rx)));
	}
	return -ECONNRESET;
}

/** afar_ship_reader() - the reader of a primary's lane: acknowledgments */
int afar_ship_reader(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_lane *lane = data;
	struct afar_head_info info;
	const char *why;
	int r;

	set_user_nice(current, AFAR_NICE);
	do {
		r = afar_lane_receive(lane, &info, &why);
		if (!r)
			r = take_message(lane, &info, &why);
	} while (!r);
	if (r == -EPROTO) {
		afar_lane_part(lane, AFAR_BYE_GARBAGE, why);
		afar_lane_wait_parted(lane, jiffies + HZ / 4);
	}
	afar_lane_kill(lane, r == -ETIMEDOUT ? AFAR_BYE_TIMEOUT : 0);
	memalloc_noio_restore(noio);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}
