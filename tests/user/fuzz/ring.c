// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replay over a ring that holds anything. The input begins with the superblock's positions; then
 * come pieces, each the beginning of one block of the ring. A piece says how far it is helped to
 * look like a record of this journal.
 */
#include <linux/kernel.h>
#include <string.h>
#include "../../../drivers/md/dm-afar/core/tests/ring.h"
#include "../../../drivers/md/dm-afar/core/tests/track.h"
#include "fuzz.h"

#define BLOCKS	48
#define LARGEST	40
#define PIECE	(128 + 3 * 64)

enum { NAME = 1, PLACE = 2, SEAL = 4, PAYLOAD = 8 };

static struct afar_test_ring ring;
static struct afar_test_walk walk;
static struct afar_tracker tracker;
static u64 last_end;
static bool refused;

static void take(void *arg, const void *block, const struct afar_head_info *info)
{
	u32 i;

	(void)arg;
	MUST(info->position == last_end, "gap before %llu", info->position);
	MUST(info->epoch <= ring.super.epoch, "epoch %llu", info->epoch);
	last_end = info->position + afar_record_blocks(info);
	for (i = 0; i < info->count && !refused; i++) {
		struct afar_cmd cmd;
		const char *why = NULL;

		afar_cmd_get(block, i, &cmd);
		MUST(!afar_cmd_check(&cmd), "bad command found");
		if (info->type == AFAR_COMMIT) {
			struct afar_cut cut = { .set = cmd.set, .seq = cmd.seq };

			afar_tracker_commit(&tracker, &cut);
			/* a commit record that does not fit the sets: the shell refuses it */
			refused = !list_empty(&tracker.sets) &&
				  list_first_entry(&tracker.sets, struct afar_set, list)->first <=
				  cut.seq;
			continue;
		}
		refused = afar_tracker_replay(&tracker, &cmd, info->position, &why) ==
			  AFAR_ADMIT_BAD;
		MUST(refused == !!why, "refused without a reason");
	}
}

/* A piece's payload is right: its descriptors get the checksums of what lies there. */
static void seal_payload(u64 position)
{
	u8 *block = afar_test_ring_at(&ring, position);
	struct afar_head_info info;
	struct afar_cmd cmd;
	u64 at = position + 1;
	u32 i, left, n;

	if (afar_head_get(block, &info))
		return;
	for (i = 0; i < info.count; i++) {
		afar_cmd_get(block, i, &cmd);
		if (cmd.op != AFAR_OP_WRITE)
			continue;
		cmd.sum = 0;
		for (left = min_t(u32, cmd.bytes, 8 * AFAR_BLOCK); left; left -= n, at++) {
			n = min_t(u32, left, AFAR_BLOCK);
			cmd.sum = afar_sum_more(cmd.sum, afar_test_ring_at(&ring, at), n);
		}
		afar_cmd_put(block, i, &cmd);
	}
}

static void put_piece(const u8 *data, size_t size)
{
	u64 position = ring.super.head + data[0] % BLOCKS;
	struct afar_head *head = (struct afar_head *)afar_test_ring_at(&ring, position);
	struct afar_head_info info;
	u8 how = data[1];

	memcpy(head, data + 2, min(size - 2, (size_t)PIECE));
	if (how & NAME)
		head->owner = ring.super.journal;
	if (how & PLACE)
		head->position = cpu_to_le64(position);
	if (how & PAYLOAD)
		seal_payload(position);
	if (how & SEAL && !afar_head_get(head, &info))
		afar_test_ring_seal(&ring, position);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct afar_cut none;

	if (size < 8)
		return 0;
	if (!ring.block && !afar_test_ring_new(&ring, BLOCKS, 0))
		abort();
	memset(ring.block, 0, (size_t)BLOCKS * AFAR_BLOCK);
	ring.super.head = (u64)data[0] << (data[1] % 48);
	ring.super.epoch_position = ring.super.head + data[2] % (BLOCKS + 1);
	ring.super.stable = ring.super.epoch_position +
			    data[3] % (ring.super.head + BLOCKS - ring.super.epoch_position + 1);
	ring.super.epoch = 1 + data[4];
	for (data += 8, size -= 8; size > 2; data += min(size, (size_t)PIECE + 2),
	     size -= min(size, (size_t)PIECE + 2))
		put_piece(data, size);
	afar_tracker_init(&tracker, BLOCKS, LARGEST);
	afar_tracker_reset(&tracker, &none);
	tracker.head = ring.super.head;
	tracker.tail = ring.super.head;
	last_end = ring.super.head;
	refused = false;
	afar_test_ring_walk(&ring, &walk, take, NULL);
	MUST(walk.r.position == last_end, "ends at %llu", walk.r.position);
	MUST(walk.r.position - ring.super.head <= BLOCKS, "beyond the ring");
	MUST(walk.why, "ends without a reason");
	MUST(walk.damaged || walk.r.position >= ring.super.stable, "durable records are lost");
	afar_tracker_reset(&tracker, &none);
	return 0;
}
