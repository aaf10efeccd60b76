// SPDX-License-Identifier: GPL-2.0-only
/* The journal's log as its writer and its replay do it, on memory. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "ring.h"

/**
 * afar_test_ring_new() - make an empty ring
 * @ring:     to be filled
 * @blocks:   its length; may be less than a journal has
 * @position: where its life begins
 */
bool afar_test_ring_new(struct afar_test_ring *ring, u32 blocks, u64 position)
{
	memset(ring, 0, sizeof(*ring));
	ring->block = kvcalloc(blocks, AFAR_BLOCK, GFP_KERNEL);
	ring->before = kvcalloc(AFAR_TEST_DIRTY, AFAR_BLOCK, GFP_KERNEL);
	ring->super.ring_blocks = blocks;
	ring->super.journal.b[3] = 0x51;
	ring->super.term.counter = 1;
	ring->super.term.id.b[0] = 1;
	ring->super.epoch = 1;
	ring->super.head = position;
	afar_test_ring_epoch(ring, position);
	return ring->block && ring->before;
}

/** afar_test_ring_free() - the end of a ring */
void afar_test_ring_free(struct afar_test_ring *ring)
{
	kvfree(ring->block);
	kvfree(ring->before);
}

/** afar_test_ring_at() - the block at a ring position */
u8 *afar_test_ring_at(const struct afar_test_ring *ring, u64 position)
{
	u32 index;

	div_u64_rem(position, ring->super.ring_blocks, &index);
	return ring->block + (size_t)index * AFAR_BLOCK;
}

static void write_block(struct afar_test_ring *ring, u64 position, const void *data)
{
	u8 *block = afar_test_ring_at(ring, position);

	memcpy(ring->before + (size_t)ring->dirty * AFAR_BLOCK, block, AFAR_BLOCK);
	ring->index[ring->dirty++] = (block - ring->block) / AFAR_BLOCK;
	memcpy(block, data, AFAR_BLOCK);
}

static void write_payload(struct afar_test_ring *ring, u64 position, struct afar_cmd *cmd,
			  const u8 *data)
{
	u32 left = cmd->bytes, n, i;
	u8 block[512];

	cmd->sum = 0;
	for (; left; left -= n, data = data ? data + n : NULL, position++) {
		u8 *at = afar_test_ring_at(ring, position);

		n = min_t(u32, left, AFAR_BLOCK);
		write_block(ring, position, at);
		memset(at, 0, AFAR_BLOCK);
		/* no data: something that differs from number to number */
		for (i = 0; i < n; i++) {
			if (!(i % sizeof(block)))
				memset(block, (u8)(cmd->seq * 37 + position * 11 + i / 512), 512);
			at[i] = data ? data[i] : block[i % sizeof(block)];
		}
		cmd->sum = afar_sum_more(cmd->sum, at, n);
	}
}

/**
 * afar_test_ring_append() - write a record behind the last one, as the journal's writer does
 * @ring:    the ring
 * @type:    AFAR_COMMANDS or AFAR_COMMIT
 * @cmd:     its commands; a write's checksum is set
 * @count:   how many
 * @payload: bytes of the writes, one after the other, without padding; NULL: any
 *
 * Return: its position.
 */
u64 afar_test_ring_append(struct afar_test_ring *ring, u16 type, struct afar_cmd *cmd, u32 count,
			  const u8 *payload)
{
	struct afar_head_info info = {
		.type = type,
		.count = count,
		.bytes = sizeof(struct afar_head) + count * sizeof(struct afar_command),
		.owner = ring->super.journal,
		.term = ring->super.term,
		.position = ring->tail,
		.epoch = ring->super.epoch,
		.stable = ring->stable,
	};
	u8 *block = afar_test_ring_at(ring, ring->tail);
	u32 i;

	write_block(ring, ring->tail, block);
	memset(block, 0, AFAR_BLOCK);
	for (i = 0; i < count; i++) {
		if (cmd[i].op == AFAR_OP_WRITE)
			write_payload(ring, ring->tail + afar_record_blocks(&info), &cmd[i],
				      payload);
		if (cmd[i].op == AFAR_OP_WRITE && payload)
			payload += cmd[i].bytes;
		info.payload += afar_cmd_payload(&cmd[i]);
		afar_cmd_put(block, i, &cmd[i]);
	}
	afar_head_put(block, &info);
	ring->tail += afar_record_blocks(&info);
	return info.position;
}

/** afar_test_ring_seal() - make the checksum of a record that was changed right again */
void afar_test_ring_seal(struct afar_test_ring *ring, u64 position)
{
	struct afar_head *head = (struct afar_head *)afar_test_ring_at(ring, position);

	head->crc = cpu_to_le32(afar_crc_around(head, le32_to_cpu(head->bytes),
						offsetof(struct afar_head, crc)));
}

/** afar_test_ring_flush() - what was written is on stable media */
void afar_test_ring_flush(struct afar_test_ring *ring)
{
	ring->dirty = 0;
	ring->stable = ring->tail;
}

/**
 * afar_test_ring_lose() - a crash: part of a block did not reach stable media
 * @ring:  the ring
 * @n:     of the blocks that were not flushed, in the order of writing
 * @from:  first byte of it
 * @bytes: how many
 */
void afar_test_ring_lose(struct afar_test_ring *ring, u32 n, u32 from, u32 bytes)
{
	memcpy(ring->block + (size_t)ring->index[n] * AFAR_BLOCK + from,
	       ring->before + (size_t)n * AFAR_BLOCK + from, bytes);
}

/** afar_test_ring_forget() - after a crash: what has not been lost is on stable media */
void afar_test_ring_forget(struct afar_test_ring *ring)
{
	ring->dirty = 0;
}

static const char *check_payloads(const struct afar_test_ring *ring, const void *block,
				  const struct afar_head_info *info)
{
	u64 at = info->position + 1;
	struct afar_cmd cmd;
	u32 i, left, n;

	for (i = 0; i < info->count; i++) {
		u32 sum = 0;

		afar_cmd_get(block, i, &cmd);
		if (cmd.op != AFAR_OP_WRITE)
			continue;
		for (left = cmd.bytes; left; left -= n, at++) {
			n = min_t(u32, left, AFAR_BLOCK);
			sum = afar_sum_more(sum, afar_test_ring_at(ring, at), n);
		}
		if (sum != cmd.sum)
			return "bad payload";
	}
	return NULL;
}

static bool damaged(const struct afar_test_ring *ring, struct afar_replay *r)
{
	u64 end = r->super->head + r->super->ring_blocks, position;

	if (r->stable > r->position)
		return true;
	for (position = r->position + 1;
	     position <= r->position + AFAR_GROUP_BLOCKS && position < end; position++)
		if (afar_replay_probe(r, afar_test_ring_at(ring, position), position))
			return true;
	return false;
}

/**
 * afar_test_ring_walk() - replay
 * @ring:  the ring
 * @w:     result
 * @found: called for each record
 * @arg:   for @found
 */
void afar_test_ring_walk(const struct afar_test_ring *ring, struct afar_test_walk *w,
			 afar_test_found found, void *arg)
{
	struct afar_head_info info;

	afar_replay_begin(&w->r, &ring->super);
	w->records = 0;
	for (;;) {
		const u8 *block = afar_test_ring_at(ring, w->r.position);

		if (!afar_replay_step(&w->r, block, &info, &w->why))
			break;
		/* below what is promised payloads are looked at when they are committed */
		if (w->r.position + afar_record_blocks(&info) > w->r.stable) {
			w->why = check_payloads(ring, block, &info);
			if (w->why)
				break;
		}
		if (found)
			found(arg, block, &info);
		afar_replay_advance(&w->r, &info);
		w->records++;
	}
	w->damaged = damaged(ring, &w->r);
}

/** afar_test_ring_epoch() - the end of replay: a new epoch begins, durably, where the log ended */
void afar_test_ring_epoch(struct afar_test_ring *ring, u64 position)
{
	ring->tail = position;
	ring->stable = position;
	ring->super.epoch++;
	ring->super.epoch_position = position;
	ring->super.stable = position;
}

/** afar_test_ring_head() - a superblock with a new head, durably */
void afar_test_ring_head(struct afar_test_ring *ring, u64 head)
{
	ring->super.head = head;
	ring->super.epoch_position = max(ring->super.epoch_position, head);
	ring->super.stable = max(ring->super.epoch_position, ring->stable);
}
