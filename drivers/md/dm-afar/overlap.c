// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: overlap
 * Two writes to the same blocks never run at once: the later one is parked on the earlier. So their
 * order on the own disk is the order of their numbers.
 */
#include <linux/hash.h>
#include "core/rule.h"
#include "group.h"

static struct afar_bucket *bucket_of(struct afar_stream *s, const struct afar_write *w)
{
	return &s->bucket[hash_64(w->chunk ^ ((u64)w->cmd.volume << 48), ilog2(AFAR_BUCKETS))];
}

static bool overlaps(const struct afar_write *a, const struct afar_write *b)
{
	return a->cmd.volume == b->cmd.volume &&
	       a->cmd.sector < b->cmd.sector + (b->cmd.bytes >> SECTOR_SHIFT) &&
	       b->cmd.sector < a->cmd.sector + (a->cmd.bytes >> SECTOR_SHIFT);
}

/**
 * afar_overlap_enter() - begin with a write; whoever comes to the same blocks waits for its end
 * @g: the group
 * @w: its extent lies in one chunk
 *
 * Return: false: it waits for one that was there before, comes back through stream.redrive, and may
 * be under way again, and gone, before this returns.
 */
bool afar_overlap_enter(struct afar_group *g, struct afar_write *w)
{
	struct afar_stream *s = &g->stream;
	struct afar_bucket *bucket = bucket_of(s, w);
	struct afar_write *other;
	unsigned long flags;

again:
	spin_lock_irqsave(&bucket->lock, flags);
	if (afar_rule(AFAR_RULE_OVERLAP)) {
		hlist_for_each_entry(other, &bucket->writes, overlap) {
			if (!overlaps(w, other))
				continue;
			if (!w->charged) {
				/* it holds memory from now on; the locks do not nest */
				spin_unlock_irqrestore(&bucket->lock, flags);
				afar_stream_charge(s, w);
				goto again;
			}
			s->overlaps++;
			list_add_tail(&w->list, &other->waiters);
			spin_unlock_irqrestore(&bucket->lock, flags);
			return false;
		}
	}
	hlist_add_head(&w->overlap, &bucket->writes);
	spin_unlock_irqrestore(&bucket->lock, flags);
	return true;
}

/** afar_overlap_leave() - it has ended: those that wait for it may try again. Context: any */
void afar_overlap_leave(struct afar_group *g, struct afar_write *w)
{
	struct afar_stream *s = &g->stream;
	struct afar_bucket *bucket = bucket_of(s, w);
	unsigned long flags;
	LIST_HEAD(waiters);

	spin_lock_irqsave(&bucket->lock, flags);
	hlist_del(&w->overlap);
	list_splice_init(&w->waiters, &waiters);
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (list_empty(&waiters))
		return;
	spin_lock_irqsave(&s->lock, flags);
	list_splice_tail(&waiters, &s->redrive);
	spin_unlock_irqrestore(&s->lock, flags);
	queue_work(g->wq, &s->work);
}
