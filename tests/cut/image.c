// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

static bool is_zeroes(const void *block)
{
	const char *p = block;

	return !p[0] && !memcmp(p, p + 1, CUT_BLOCK - 1);
}

uint8_t *cut_loose_blocks(const struct cut_history *h, uint32_t volume, uint64_t blocks, bool torn)
{
	uint8_t *map = calloc(blocks + 1, 1);

	for (uint32_t i = 0; map && i < h->writes; i++) {
		const struct cut_write *w = &h->write[i];

		if (w->volume == volume && cut_write_loose(w, torn))
			memset(map + w->block, 1, w->nblocks);
	}
	return map;
}

static uint32_t known_block(const struct cut_place *at, const struct cut_head *head,
			    enum cut_token *token, char *text, size_t size)
{
	uint32_t id = cut_history_find(at->h, head->run, head->writer, head->counter);
	const struct cut_write *w;

	if (id == CUT_NONE) {
		*token = UNKNOWN_BLOCK;
		snprintf(text, size, "write %" PRIu32 "/%u/%" PRIu64 " is not in the log%s",
			 head->run, head->writer, head->counter,
			 cut_history_has_run(at->h, head->run) ? "" : ", nor is its run");
		return CUT_C_BAD;
	}
	w = &at->h->write[id];
	if (w->zero || head->volume != w->volume || head->nblocks != w->nblocks ||
	    head->index >= w->nblocks || head->block != w->block + head->index) {
		*token = CORRUPT_BLOCK;
		snprintf(text, size, "the log contradicts its head, of write %" PRIu32 "/%u/%"
			 PRIu64, head->run, head->writer, head->counter);
		return CUT_C_BAD;
	}
	if (head->volume != at->volume || head->block != at->block) {
		*token = WRONG_PLACE;
		snprintf(text, size, "of volume %u block %" PRIu64 ", write %" PRIu32 "/%u/%"
			 PRIu64, head->volume, head->block, head->run, head->writer, head->counter);
		return CUT_C_BAD;
	}
	return CUT_C_WRITE + id;
}

uint32_t cut_classify(const struct cut_place *at, const void *block, const void *before,
		      enum cut_token *token, char *text, size_t size)
{
	struct cut_head head;

	memcpy(&head, block, sizeof(head));
	if (!head.magic && is_zeroes(block))
		return !before || is_zeroes(before) ? CUT_C_ZERO : CUT_C_ZEROED;
	if (head.magic == CUT_HEAD_MAGIC && head.crc == cut_block_crc(block) &&
	    (cut_history_has_run(at->h, head.run) || !before ||
	     memcmp(block, before, CUT_BLOCK)))
		return known_block(at, &head, token, text, size);
	if (before && !memcmp(block, before, CUT_BLOCK))
		return CUT_C_OLD;
	if (at->excused)
		return CUT_C_BAD;
	*token = head.magic == CUT_HEAD_MAGIC ? CORRUPT_BLOCK : UNKNOWN_BLOCK;
	if (*token == CORRUPT_BLOCK)
		snprintf(text, size, "bad checksum, the head names write %" PRIu32 "/%u/%" PRIu64
			 " volume %u block %" PRIu64, head.run, head.writer, head.counter,
			 head.volume, head.block);
	else
		snprintf(text, size, "no head: first bytes %016" PRIx64, head.magic);
	return CUT_C_BAD;
}
