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

#include "map.h"
#include "super.h"

/**
 * AFAR_LEFT_OPEN - left_set of a term that its primary left: it does not know where. left_seq is
 * the generation of its chunk map then.
 */
#define AFAR_LEFT_OPEN	(U64_MAX / 2)

void afar_term_raise(struct afar_super_info *super, const struct afar_uuid *id,
		     const struct afar_cut *left, u64 now);
void afar_term_follow(struct afar_super_info *super, const struct afar_term *term,
		      const struct afar_cut *left, u64 now);
bool afar_history_reaches(const struct afar_term *newest, u64 at, const struct afar_chain *chain,
			  const struct afar_term *term, u64 set);
const struct afar_chain_entry *afar_history_image(const struct afar_chain *chain);
void afar_hello_fill(struct afar_hello_info *hello, const struct afar_super_info *super);
bool afar_history_knows(const struct afar_term *newest, const struct afar_chain *chain,
			const struct afar_term *term, u64 set);
u64 afar_hello_generation(const struct afar_super_info *mine,
			  const struct afar_hello_info *theirs);
bool afar_hello_gone_back(const struct afar_super_info *mine,
			  const struct afar_hello_info *theirs);
int afar_history_common(const struct afar_super_info *super, const struct afar_term *their_term,
			const struct afar_chain *theirs);
int afar_history_fork(const struct afar_super_info *super, const struct afar_term *their_term,
		      const struct afar_chain *theirs, struct afar_cut *cut);
bool afar_history_covered(const struct afar_super_info *mine, const struct afar_map_base *base,
			  const struct afar_hello_info *theirs, const struct afar_term *term);
bool afar_history_marked(const struct afar_super_info *mine, const struct afar_map_base *base,
			 const struct afar_hello_info *theirs);
bool afar_history_contained(const struct afar_super_info *mine, const struct afar_map_base *base,
			    u64 dirty, u64 generation, const struct afar_hello_info *theirs,
			    struct afar_cut *cut);
void afar_history_give_up(struct afar_super_info *super, int common, u64 generation);
u32 afar_hello_judge(const struct afar_super_info *mine, const struct afar_hello_info *theirs,
		     const struct afar_term *their_term, bool *adopt);

#endif /* AFAR_TERM_H */
