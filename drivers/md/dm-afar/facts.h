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
 * @scanned:    chunks of the resync that have been read
 * @to_scan:    chunks that it has to read; 0: there is none
 * @resync_needed: bytes that it would take in one set, more than the peer takes; 0: not so
 * @resync_left: milliseconds that it will take at the rate so far; 0: there is none
 * @resync_speed: that rate: bytes a second, what is equal included
 * @verified:   bytes that verify has gone through, now or the last time
 * @to_verify:  bytes that it goes through; 0: there was none
 * @different:  blocks that it has found to differ since the group was loaded
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
	u64 scanned;
	u64 to_scan;
	u64 resync_needed;
	u64 resync_left;
	u64 resync_speed;
	u64 verified;
	u64 to_verify;
	u64 different;
	u64 hold;
	u64 dirty;
	u64 chunks;
};

void afar_facts_get(struct afar_group *g, struct afar_facts *f);

#endif /* AFAR_FACTS_H */
