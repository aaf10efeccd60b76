// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: receive
 * A live lane of the secondary: the reader takes frames, in any order, and hands them to the stage;
 * the writer sends acknowledgments, in batches.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "group.h"
#include "trace.h"

static const char *check_payloads(const void *block, const struct afar_head_info *info,
				  struct page **page)
{
	unsigned int i;

	for (i = 0; i < info->count; i++) {
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		if (cmd.op != AFAR_OP_WRITE)
			continue;
		if (afar_pages_sum(page, cmd.bytes) != cmd.sum)
			return "bad checksum of a payload";
		page += afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
	}
	return NULL;
}

/* The header block has been received; take the payload, check it, stage it. */
static int take_frame(struct afar_lane *lane, const struct afar_head_info *info, const char **why)
{
	struct afar_group *g = lane->group;
	unsigned int pages = info->payload >> AFAR_BLOCK_SHIFT;
	struct page *next, *header = lane->rx;
	struct page **page;
	int r = -ENOMEM;

	*why = afar_frame_check(page_address(header), info);
	if (*why)
		return -EPROTO;
	page = kvmalloc_array(pages + 1, sizeof(*page), GFP_NOIO);
	next = alloc_page(GFP_NOIO);
	if (!page || !next || afar_pages_alloc(page, pages, GFP_NOIO))
		goto free;
	r = pages ? afar_lane_receive_pages(lane, page, pages) : 0;
	if (!r) {
		*why = check_payloads(page_address(header), info, page);
		r = *why ? -EPROTO : 0;
	}
	if (r) {
		afar_pages_free(page, pages);
		goto free;
	}
	lane->rx = next;
	trace_afar_receive(g, lane->number, page_address(header), info);
	r = afar_stage_frame(g, lane->session, header, info, page, why);
	if (r == -ENOSPC)
		*why = "a command was sent for which there is no room";
	afar_stage_wait_room(lane);
	return r;

free:
	kvfree(page);
	if (next)
		__free_page(next);
	return r;
}

static int take_message(struct afar_lane *lane, const struct afar_head_info *info,
			const char **why)
{
	struct afar_cut cut = {};

	if (!afar_term_equal(&info->term, &lane->group->journal.super.term)) {
		*why = "message of another term";
		return -EPROTO;
	}
	switch (info->type) {
	case AFAR_PING:
		return 0;
	case AFAR_COMMANDS:
		return take_frame(lane, info, why);
	case AFAR_ASK:
		*why = afar_answer_ask(lane->group, lane->session, page_address(lane->rx),
				       info->count);
		return *why ? -EPROTO : 0;
	case AFAR_END:
		*why = afar_end_get(page_address(lane->rx), &cut.set, &cut.seq);
		if (*why)
			return -EPROTO;
		/* it waits for the answer, which is BYE */
		if (afar_grant(lane->group, lane->session, &info->term, &cut))
			afar_lane_part(lane, AFAR_BYE_STOPPED, "the primary has stepped down");
		return 0;
	case AFAR_BYE:
		lane->why = "said the peer";
		afar_lane_kill(lane, afar_bye_get(page_address(lane->rx)));
	}
	return -ECONNRESET;
}

static u32 reason_of(int r)
{
	switch (r) {
	case -EPROTO:
		return AFAR_BYE_GARBAGE;
	case -ENOSPC:
		return AFAR_BYE_CREDIT;
	case -ETIMEDOUT:
		return AFAR_BYE_TIMEOUT;
	}
	return 0;
}

/**
 * afar_receive() - the reader: take frames until the lane dies
 * @lane: in a session; called by its owner
 */
void afar_receive(struct afar_lane *lane)
{
	struct afar_group *g = lane->group;
	struct afar_head_info info;
	const char *why = NULL;
	int r = 0;

	lane->helper = kthread_run(afar_receive_writer, lane, "afar_dur%u/%s", lane->number,
				   g->name);
	if (IS_ERR(lane->helper)) {
		lane->helper = NULL;
		r = -ENOMEM;
	}
	while (!r && !READ_ONCE(lane->dead)) {
		r = afar_lane_receive(lane, &info, &why);
		if (!r)
			r = take_message(lane, &info, &why);
	}
	if (r == -EPROTO || r == -ENOSPC) {
		afar_lane_part(lane, reason_of(r), why);
		afar_lane_wait_parted(lane, jiffies + HZ / 4);
	}
	afar_lane_kill(lane, reason_of(r));
	if (lane->helper)
		kthread_stop(lane->helper);
	lane->helper = NULL;
}

static int send_ack(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_ACK,
		.term = lane->group->journal.super.term,
	};
	struct afar_ack_info ack;

	info.count = afar_stage_take_acks(lane->group, lane->session, page_address(lane->tx),
					  AFAR_ACK_RANGES, &ack);
	afar_ack_put(page_address(lane->tx), &ack);
	info.bytes = sizeof(struct afar_head) + sizeof(struct afar_ack) +
		     info.count * sizeof(struct afar_range);
	if (info.count)
		afar_flow_sent(lane);
	else
		afar_flow_begin(lane);
	return afar_lane_send(lane, &info, NULL, 0);
}

/* Say what was asked for, see answer.h. */
static int send_hashes(struct afar_lane *lane)
{
	struct afar_head_info info = {
		.type = AFAR_HASHES,
		.term = lane->group->journal.super.term,
	};

	info.count = afar_answer_take(lane->group, lane->session, page_address(lane->tx));
	if (!info.count)
		return 0;
	info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_hash);
	return afar_lane_send(lane, &info, NULL, 0);
}

/*
 * Wait until there is something to acknowledge, and no quicker lane does it; a sign of life is due
 * after @idle. Returns whether to send.
 */
static bool wait_ack(struct afar_lane *lane, long idle)
{
	struct afar_group *g = lane->group;
	u64 taken = READ_ONCE(g->stage.acks_taken);
	long patience;

	if (!afar_stage_ack_due(g, lane->session)) {
		wait_event_idle_timeout(g->stage.wait,
					afar_stage_ack_due(g, lane->session) ||
					afar_answer_due(&g->answer, lane->session) ||
					afar_lane_over(lane),
					afar_flow_nap(lane, idle));
		return false;
	}
	patience = afar_flow_patience(lane, jiffies);
	return !patience ||
	       !wait_event_idle_timeout(g->stage.wait,
					READ_ONCE(g->stage.acks_taken) != taken ||
					afar_lane_over(lane),
					patience);
}

/** afar_receive_writer() - the writer of a secondary's lane: acknowledgments */
int afar_receive_writer(void *data)
{
	unsigned int noio = memalloc_noio_save();
	struct afar_lane *lane = data;
	unsigned long said = jiffies;
	int r = 0;

	set_user_nice(current, AFAR_NICE);
	afar_flow_begin(lane);
	while (!r && !afar_lane_over(lane)) {
		long wait = said + lane->quarter - jiffies;

		afar_flow_watch(lane);
		if (afar_answer_due(&lane->group->answer, lane->session)) {
			r = send_hashes(lane);
			continue;
		}
		/* an ack with nothing new in it serves as a sign of life */
		if (wait > 0 && !wait_ack(lane, wait))
			continue;
		r = send_ack(lane);
		said = jiffies;
		/* what becomes durable meanwhile is said in one message */
		afar_lane_rest();
	}
	if (!r)
		afar_lane_say_bye(lane);
	afar_lane_kill(lane, 0);
	memalloc_noio_restore(noio);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}
