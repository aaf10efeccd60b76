// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the spool after a restart
 * What a primary that went down had in its ring is numbered, and the peer lacks it: whole sets of
 * it are delivered first, in the old term. What only memory held is lost; the chunk map covers it.
 * So nothing gets a number before a new term begins, and what the peer has beyond the ring, or
 * will have by it, is of no interest.
 */
#include <linux/slab.h>
#include "core/replay.h"
#include "group.h"

/*
 * A command of the ring, in the order in which the spool has put them there. Returns false where a
 * peer could not take all of it.
 */
static bool note_command(struct afar_spool_left *left, struct afar_spooled *f,
			 const struct afar_cmd *cmd)
{
	if (!f->members)
		f->first = cmd->seq;
	if (cmd->seq < left->next || cmd->seq - f->first >= AFAR_SPOOL_SPAN ||
	    cmd->seq >= U64_MAX / 2 || cmd->set < left->set ||
	    (cmd->set == left->set && cmd->first != left->first) || afar_cmd_changes(cmd))
		return false;
	if (!left->lowest)
		left->lowest = cmd->set;
	f->members |= 1ULL << (cmd->seq - f->first);
	f->highest = cmd->set;
	left->set = cmd->set;
	left->first = cmd->first;
	left->next = cmd->seq + 1;
	/* the end of a set is told by its sync command, or by a command of the next one */
	if (cmd->op == AFAR_OP_SYNC)
		left->closed = (struct afar_cut){ cmd->set, cmd->seq, cmd->time };
	else if (cmd->set - 1 > left->closed.set)
		left->closed = (struct afar_cut){ cmd->set - 1, cmd->first - 1, 0 };
	return true;
}

static struct afar_spooled *make_frame(const struct afar_head_info *info)
{
	struct afar_spooled *f = kmem_cache_zalloc(afar_spooled_cache, GFP_NOIO);

	if (!f)
		return NULL;
	INIT_LIST_HEAD(&f->writes);
	f->record.info = *info;
	f->record.position = info->position;
	f->blocks = afar_record_blocks(info);
	f->ready = true;
	return f;
}

/** afar_spool_replay_begin() - replay begins, perhaps not for the first time */
void afar_spool_replay_begin(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;

	afar_spool_end(g);
	memset(&p->left, 0, sizeof(p->left));
}

/**
 * afar_spool_replay() - take a frame that replay has found in a primary's ring
 * @g:     the group
 * @block: header block
 * @info:  its decoded head; of the current term
 *
 * A new term costs more on the wire, and is always right: nothing that goes wrong here matters.
 */
void afar_spool_replay(struct afar_group *g, const void *block, const struct afar_head_info *info)
{
	struct afar_spool_left *left = &g->stream.spool.left;
	struct afar_spooled *f;
	struct afar_cmd cmd;
	unsigned int i;

	if (info->type != AFAR_COMMANDS || left->useless)
		return;
	f = make_frame(info);
	left->useless = !f;
	for (i = 0; i < info->count && !left->useless; i++) {
		afar_cmd_get(block, i, &cmd);
		left->useless = !note_command(left, f, &cmd);
	}
	if (f)
		list_add_tail(&f->list, &g->stream.spool.frames);
	if (left->useless)
		afar_spool_end(g);
}

/* What a peer had committed when bits were cleared last; none of this term: zero. */
static struct afar_map_base base_of(struct afar_group *g)
{
	struct afar_map_base base = afar_chunkmap_base(&g->map);

	/* its own journal: declared equal */
	if (!afar_term_equal(&base.term, &g->journal.super.term) ||
	    afar_uuid_equal(&base.journal, &g->journal.super.journal))
		memset(&base, 0, sizeof(base));
	return base;
}

/** afar_spool_left() - does the ring hold a set that the peer may lack? After replay */
bool afar_spool_left(struct afar_group *g)
{
	const struct afar_spool_left *left = &g->stream.spool.left;

	return !list_empty(&g->stream.spool.frames) && !left->useless &&
	       left->closed.set >= left->lowest && left->closed.set > base_of(g).set;
}

/**
 * afar_spool_restore() - a stream begins in which only that can be delivered
 * @g: the group; role and term are as they were, lanes are down
 */
void afar_spool_restore(struct afar_group *g)
{
	struct afar_map_base base = base_of(g);
	struct afar_stream *s = &g->stream;
	const struct afar_spool_left *left = &s->spool.left;

	afar_stream_begin(g, AFAR_MODE_DIRTY, left->next, left->closed.set + 1);
	spin_lock_irq(&s->lock);
	s->restored = true;
	s->sets.closed = left->closed;
	/* it has this at least, and will say what else */
	s->committed = (struct afar_cut){ base.set, base.seq, 0 };
	s->replicated = s->committed;
	s->spool.head = g->journal.super.head;
	spin_unlock_irq(&s->lock);
	afar_info(g, "sets up to %llu of term %llu are in the journal: the peer gets them first",
		  left->closed.set, g->journal.super.term.counter);
}
