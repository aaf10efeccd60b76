// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the spool after a restart
 * What a primary that went down had in its ring is numbered, and the peer lacks it: whole sets of
 * it are delivered first, in the old term. What only memory held is lost; the chunk map covers it. So
 * nothing gets a number before a new term begins, and what the peer has beyond the ring, or will
 * have by it, is of no interest.
 */
#include <linux/slab.h>
#include "core/replay.h"
#include "group.h"

/* Is a frame one that this node's spool has written? */
static bool note_command(struct afar_spool_left *left, struct afar_spooled *f,
			 const struct afar_cmd *cmd)
{
	if (!f->members)
		f->first = cmd->seq;
	if (cmd->seq < left->next || cmd->seq - f->first >= AFAR_SPOOL_SPAN ||
	    cmd->seq >= U64_MAX / 2)
		return false;
	f->members |= 1ULL << (cmd->seq - f->first);
	f->highest = max(f->highest, cmd->set);
	left->next = cmd->seq + 1;
	/* the end of a set is told by its sync command, or by a command of the next one */
	if (cmd->op == AFAR_OP_SYNC)
		left->closed = (struct afar_cut){ cmd->set, cmd->seq, cmd->time };
	else if (cmd->set - 1 > left->closed.set)
		left->closed = (struct afar_cut){ cmd->set - 1, cmd->first - 1, 0 };
	return !afar_cmd_changes(cmd);
}

/**
 * afar_spool_replay() - take a frame that replay has found in a primary's ring
 * @g:     the group
 * @block: header block
 * @info:  its decoded head; of the current term
 *
 * Return: 0 or -ENOMEM.
 */
int afar_spool_replay(struct afar_group *g, const void *block, const struct afar_head_info *info)
{
	struct afar_spool_left *left = &g->stream.spool.left;
	struct afar_spooled *f;
	struct afar_cmd cmd;
	unsigned int i;

	if (info->type != AFAR_COMMANDS)
		return 0;
	f = kzalloc(sizeof(*f), GFP_NOIO);
	if (!f)
		return -ENOMEM;
	INIT_LIST_HEAD(&f->writes);
	f->record.info = *info;
	f->record.position = info->position;
	f->blocks = afar_record_blocks(info);
	f->ready = true;
	for (i = 0; i < info->count; i++) {
		afar_cmd_get(block, i, &cmd);
		/* a new term costs more on the wire, and is always right */
		left->useless |= !note_command(left, f, &cmd);
	}
	list_add_tail(&f->list, &g->stream.spool.frames);
	return 0;
}

/** afar_spool_left() - does the ring hold anything that the peer may lack? After replay */
bool afar_spool_left(struct afar_group *g)
{
	const struct afar_spool_left *left = &g->stream.spool.left;

	return !list_empty(&g->stream.spool.frames) && !left->useless && left->closed.set;
}

/**
 * afar_spool_restore() - a stream begins in which only that can be delivered
 * @g: the group; role and term are as they were, lanes are down
 */
void afar_spool_restore(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	const struct afar_spool_left *left = &s->spool.left;

	afar_stream_begin(g, AFAR_MODE_DIRTY, left->next, left->closed.set + 1);
	spin_lock_irq(&s->lock);
	s->restored = true;
	s->sets.closed = left->closed;
	/* what the peer has of it, it will say */
	memset(&s->replicated, 0, sizeof(s->replicated));
	s->spool.head = g->journal.super.head;
	spin_unlock_irq(&s->lock);
	afar_info(g, "sets up to %llu of term %llu are in the journal: the peer gets them first",
		  left->closed.set, g->journal.super.term.counter);
}
