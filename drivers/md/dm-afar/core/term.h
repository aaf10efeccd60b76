/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: terms
 * Histories form a tree, not a line: a term is {counter, random id}, counters are never compared to
 * decide whose data wins (R4). A cut is part of a history iff its term is the current one, or is in
 * the chain of ended terms at or above the cut.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_TERM_H
#define AFAR_TERM_H

#include "super.h"

void afar_term_raise(struct afar_super_info *super, const struct afar_uuid *id,
		     const struct afar_cut *left, u64 now);
void afar_hello_fill(struct afar_hello_info *hello, const struct afar_super_info *super);
bool afar_history_knows(const struct afar_term *newest, const struct afar_chain *chain,
			const struct afar_term *term, u64 set);
u32 afar_hello_judge(const struct afar_super_info *mine, const struct afar_hello_info *theirs,
		     const struct afar_term *their_term, bool *adopt);

#endif /* AFAR_TERM_H */
