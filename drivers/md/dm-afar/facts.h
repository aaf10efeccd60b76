/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_FACTS_H
#define AFAR_FACTS_H

#include "group.h"

/**
 * struct afar_facts - what status and sysfs say, taken at about one moment
 * @local:      primary: the last closed set
 * @local_seq:  primary: last number given out; secondary: of the replicated cut
 * @replicated: see Documentation
 * @committed:  see Documentation
 * @hold:       secondary: last set that may be committed; U64_MAX: no hold
 */
struct afar_facts {
	u64 local_set;
	u64 local_seq;
	struct afar_cut replicated;
	struct afar_cut committed;
	struct afar_lag lag;
	u64 memory;
	u64 memory_limit;
	u64 ring_used;
	u64 ring_blocks;
	u64 parked;
	u64 hold;
	u64 dirty;
	u64 chunks;
};

void afar_facts_get(struct afar_group *g, struct afar_facts *f);

#endif /* AFAR_FACTS_H */
