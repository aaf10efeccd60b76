/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_TEST_RING_H
#define AFAR_TEST_RING_H

#include "../replay.h"

/** AFAR_TEST_DIRTY - most blocks that the cache of the ring's device holds */
#define AFAR_TEST_DIRTY	640

/**
 * struct afar_test_ring - a ring in memory, on a device that forgets what was not flushed
 * @super:  superblock, as it is on stable media
 * @tail:   the writer's: where the next record goes
 * @stable: the writer's: all below was flushed
 * @block:  the ring as it reads now
 * @dirty:  blocks written since the last flush
 * @index:  which ones
 * @before: what they held on stable media
 */
struct afar_test_ring {
	struct afar_super_info super;
	u64 tail;
	u64 stable;
	u8 *block;
	u32 dirty;
	u32 index[AFAR_TEST_DIRTY];
	u8 *before;
};

/**
 * struct afar_test_walk - what replay made of a ring
 * @r:       state at the end
 * @records: how many were found
 * @why:     why it ended
 * @damaged: something that had been on stable media is lost
 */
struct afar_test_walk {
	struct afar_replay r;
	u32 records;
	const char *why;
	bool damaged;
};

/** afar_test_found - called for each record that replay believes */
typedef void (*afar_test_found)(void *arg, const void *block, const struct afar_head_info *info);

bool afar_test_ring_new(struct afar_test_ring *ring, u32 blocks, u64 position);
void afar_test_ring_free(struct afar_test_ring *ring);
u8 *afar_test_ring_at(const struct afar_test_ring *ring, u64 position);
u64 afar_test_ring_append(struct afar_test_ring *ring, u16 type, struct afar_cmd *cmd, u32 count,
			  const u8 *payload);
void afar_test_ring_seal(struct afar_test_ring *ring, u64 position);
void afar_test_ring_flush(struct afar_test_ring *ring);
void afar_test_ring_lose(struct afar_test_ring *ring, u32 n, u32 from, u32 bytes);
void afar_test_ring_forget(struct afar_test_ring *ring);
void afar_test_ring_walk(const struct afar_test_ring *ring, struct afar_test_walk *w,
			 afar_test_found found, void *arg);
void afar_test_ring_epoch(struct afar_test_ring *ring, u64 position);
void afar_test_ring_head(struct afar_test_ring *ring, u64 head);

#endif /* AFAR_TEST_RING_H */
