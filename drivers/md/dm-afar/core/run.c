// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/sort.h>
#include "run.h"

static int by_place(const void *a, const void *b)
{
	const struct afar_run_cmd *x = a, *y = b;

	if (x->volume != y->volume)
		return x->volume < y->volume ? -1 : 1;
	if (x->sector != y->sector)
		return x->sector < y->sector ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

/* @heap holds indices into @cmd; the command with the highest number is at 0. */
static void heap_push(const struct afar_run_cmd *cmd, u32 *heap, u32 n, u32 index)
{
	while (n && cmd[heap[(n - 1) / 2]].seq < cmd[index].seq) {
		heap[n] = heap[(n - 1) / 2];
		n = (n - 1) / 2;
	}
	heap[n] = index;
}

static void heap_pop(const struct afar_run_cmd *cmd, u32 *heap, u32 n)
{
	u32 index = heap[--n], at = 0;

	for (;;) {
		u32 child = 2 * at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && cmd[heap[child + 1]].seq > cmd[heap[child]].seq)
			child++;
		if (cmd[heap[child]].seq <= cmd[index].seq)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = index;
}

static u64 end_of(const struct afar_run_cmd *cmd)
{
	return cmd->sector + cmd->sectors;
}

/* Add a piece, or lengthen the last one where it goes on. */
static u32 emit(const struct afar_run_cmd *cmd, struct afar_piece *piece, u32 pieces, u32 index,
		u64 from, u64 to)
{
	u32 skip = from - cmd[index].sector;

	if (pieces && piece[pieces - 1].cmd == index &&
	    piece[pieces - 1].skip + piece[pieces - 1].sectors == skip) {
		piece[pieces - 1].sectors += to - from;
		return pieces;
	}
	piece[pieces].cmd = index;
	piece[pieces].skip = skip;
	piece[pieces].sectors = to - from;
	return pieces + 1;
}

/**
 * afar_run_plan() - work out what to write
 * @cmd:   commands of the run, in any order; sorted by volume and sector on return
 * @count: how many
 * @heap:  room for @count numbers
 * @piece: room for AFAR_RUN_PIECES(@count) pieces; result, in the order of the disk
 *
 * A sweep over each volume: the heap holds the commands that began at or before the point it has
 * reached; the top one wins up to its end or to where the next command begins.
 *
 * Return: number of pieces.
 */
u32 afar_run_plan(struct afar_run_cmd *cmd, u32 count, u32 *heap, struct afar_piece *piece)
{
	u32 next = 0, n = 0, pieces = 0;
	u64 at = 0;

	sort(cmd, count, sizeof(*cmd), by_place, NULL);
	while (next < count || n) {
		u64 to;

		if (!n)
			at = cmd[next].sector;
		while (next < count && cmd[next].sector <= at &&
		       (!n || cmd[next].volume == cmd[heap[0]].volume))
			heap_push(cmd, heap, n++, next++);
		to = end_of(&cmd[heap[0]]);
		if (to <= at) {
			heap_pop(cmd, heap, n--);
			continue;
		}
		if (next < count && cmd[next].volume == cmd[heap[0]].volume)
			to = min(to, cmd[next].sector);
		pieces = emit(cmd, piece, pieces, heap[0], at, to);
		at = to;
	}
	return pieces;
}
