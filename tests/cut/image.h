/* SPDX-License-Identifier: GPL-2.0 */
/* From the bytes of a block to what it holds. */
#ifndef CUT_IMAGE_H
#define CUT_IMAGE_H

#include "decide.h"

/* @block: CUT_BLOCK bytes; @before: what was there before the load, NULL for zeroes. */
struct cut_place {
	const struct cut_history *h;
	uint32_t volume;
	uint64_t block;
	bool excused;		/* a failed write lies here: its block can be a mix */
};

/* Answers the content; on a violation CUT_C_BAD, with *token and text. */
uint32_t cut_classify(const struct cut_place *at, const void *block, const void *before,
		      enum cut_token *token, char *text, size_t size);

/* A byte per block of @volume: is it part of a loose write? NULL: no memory. */
uint8_t *cut_loose_blocks(const struct cut_history *h, uint32_t volume, uint64_t blocks, bool torn);

#endif
