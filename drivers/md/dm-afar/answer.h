/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: answer
 * The secondary's side of compare.h: it reads what it is asked for from its origins, and says the
 * hashes. Where a resync asks, its sets of earlier terms are committed or given up by then, and
 * those of this term come behind what is asked. Where verify asks, it knows what is committed.
 */
#ifndef AFAR_ANSWER_H
#define AFAR_ANSWER_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "core/hash.h"

struct afar_group;

/** AFAR_ANSWERS - questions that a secondary remembers, a power of two; more are not answered */
#define AFAR_ANSWERS	512

/**
 * struct afar_answer - of a secondary
 * @lock:    Protects: all but @work and what only it uses
 * @session: whose questions these are
 * @item:    AFAR_ANSWERS of them, by number % AFAR_ANSWERS
 * @asked:   questions taken; those from @done on are to be answered
 * @done:    answers made; those from @said on are to be sent
 * @said:    answers sent
 * @work:    makes answers
 * @hasher:  of @work
 */
struct afar_answer {
	spinlock_t lock;
	u64 session;
	struct afar_hash_info *item;
	u32 asked;
	u32 done;
	u32 said;
	struct work_struct work;
	struct afar_hasher hasher;
};

int afar_answer_init(struct afar_answer *a);
void afar_answer_exit(struct afar_answer *a);
const char *afar_answer_ask(struct afar_group *g, u64 session, const void *block,
			    unsigned int count);
unsigned int afar_answer_take(struct afar_group *g, u64 session, void *block);

/** afar_answer_due() - is there something to say to the peer of @session? A hint */
static inline bool afar_answer_due(const struct afar_answer *a, u64 session)
{
	return READ_ONCE(a->done) != READ_ONCE(a->said) && READ_ONCE(a->session) == session;
}

#endif /* AFAR_ANSWER_H */
