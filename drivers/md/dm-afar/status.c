// SPDX-License-Identifier: GPL-2.0-only
#include "core/term.h"
#include "facts.h"

static void primary_facts(struct afar_group *g, struct afar_facts *f)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	f->local_set = s->sets.closed.set;
	f->local_seq = s->sets.next ? s->sets.next - 1 : 0;
	f->replicated = s->replicated;
	f->committed = s->committed;
	f->memory = s->memory;
	f->parked = s->parked_now;
	spin_unlock_irq(&s->lock);
	f->ring_used = afar_spool_used(g);
	f->memory_limit = g->options.value[AFAR_KNOB_MEMORY_LIMIT];
	afar_stream_lag(g, &f->lag);
}

static void secondary_facts(struct afar_group *g, struct afar_facts *f)
{
	struct afar_stage *s = &g->stage;
	const struct afar_tracker *t = &s->tracker;
	const struct afar_chain_entry *image = afar_history_image(&g->journal.super.chain);

	mutex_lock(&s->lock);
	f->replicated = *afar_stage_replicated(g);
	/* of this term it has no set yet, and is where the one before has left it */
	if (!f->replicated.set && image)
		f->replicated.time = image->time;
	f->committed = t->committed;
	f->local_set = f->replicated.set;
	f->local_seq = f->replicated.seq;
	f->memory = s->memory;
	f->ring_used = t->tail + t->pending - t->head;
	mutex_unlock(&s->lock);
	f->memory_limit = afar_super_in_memory(&g->journal.super) ?
			  (u64)t->ring_blocks << AFAR_BLOCK_SHIFT :
			  g->options.value[AFAR_KNOB_STAGE_MEMORY];
}

/** afar_facts_get() - take the facts that status and sysfs tell */
void afar_facts_get(struct afar_group *g, struct afar_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->hold = READ_ONCE(g->stage.hold);
	f->ring_blocks = g->journal.super.ring_blocks;
	afar_chunkmap_count(g, &f->dirty, &f->chunks);
	afar_resync_facts(g, f);
	f->verified = READ_ONCE(g->verify.at.done);
	f->to_verify = READ_ONCE(g->verify.total);
	f->different = READ_ONCE(g->verify.different);
	if (g->journal.super.role == AFAR_PRIMARY)
		primary_facts(g, f);
	else
		secondary_facts(g, f);
}

/**
 * afar_status() - the status line
 * @g:      the group
 * @result: where to
 * @maxlen: its size
 *
 * Documentation/admin-guide names the tokens; they are only ever appended to.
 */
unsigned int afar_status(struct afar_group *g, char *result, unsigned int maxlen)
{
	const struct afar_super_info *super = &g->journal.super;
	char missing[128];
	struct afar_facts f;
	unsigned int sz = 0;

	if (!g->loaded) {
		DMEMIT("- not-loaded");
		return sz;
	}
	afar_volumes_list_missing(g, missing, sizeof(missing));
	afar_facts_get(g, &f);
	DMEMIT("%s %s %s %llu %*phN ", afar_group_role(g), afar_group_state(g),
	       afar_link_state(g), super->term.counter,
	       (int)sizeof(super->term.id), &super->term.id);
	DMEMIT("%llu %llu %llu %llu %llu %llu ", f.local_set, f.local_seq, f.replicated.set,
	       f.replicated.seq, f.committed.set, f.committed.seq);
	DMEMIT("%llu %llu %llu ", f.lag.bytes, f.lag.sets, f.lag.ms);
	DMEMIT("%llu/%llu %llu/%llu %llu ", f.memory, f.memory_limit, f.ring_used, f.ring_blocks,
	       f.parked);
	DMEMIT("%u/%llu %u/%u %llu ", READ_ONCE(g->link.live), g->options.value[AFAR_KNOB_LANES],
	       afar_volumes_count(g), afar_volumes_count(g) + afar_volumes_missing(g),
	       READ_ONCE(g->stream.inexact));
	DMEMIT("%llu %s ", READ_ONCE(g->stream.forced_closes), missing);
	DMEMIT("%llu/%llu %llu/%llu ", f.dirty, f.chunks, f.scanned, f.to_scan);
	DMEMIT("%llu/%llu %llu", f.verified, f.to_verify, f.different);
	return sz;
}
