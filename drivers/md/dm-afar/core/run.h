/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: run
 * What a run of complete sets leaves on the origins: for each sector the command with the highest
 * number wins, and what is to be written comes out in the order of the disk, without overlaps.
 *
 * Pure: the caller brings the memory.
 */
#ifndef AFAR_RUN_H
#define AFAR_RUN_H

#include <linux/types.h>

/**
 * struct afar_run_cmd - a command of the run that changes sectors
 * @sector:  first sector on the volume
 * @seq:     its number
 * @sectors: length, not 0
 * @volume:  volume number
 * @source:  the caller's
 */
struct afar_run_cmd {
	u64 sector;
	u64 seq;
	u32 sectors;
	u16 volume;
	void *source;
};

/**
 * struct afar_piece - sectors that one command wins
 * @cmd:     index of the command in the sorted array
 * @skip:    sectors of it before the piece
 * @sectors: length
 */
struct afar_piece {
	u32 cmd;
	u32 skip;
	u32 sectors;
};

/** AFAR_RUN_PIECES() - most pieces that @n commands can give */
#define AFAR_RUN_PIECES(n)	(2 * (n))

u32 afar_run_plan(struct afar_run_cmd *cmd, u32 count, u32 *heap, struct afar_piece *piece);

#endif /* AFAR_RUN_H */
