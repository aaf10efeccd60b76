/* SPDX-License-Identifier: GPL-2.0 */
/* Is this content of the volumes a cut of this history? */
#ifndef CUT_DECIDE_H
#define CUT_DECIDE_H

#include "history.h"

enum cut_token {
	TORN_CUT, LOST_WRITE, FUTURE_WRITE, SPLIT_WRITE, BEFORE_SET, BEYOND_SET,
	UNKNOWN_BLOCK, CORRUPT_BLOCK, WRONG_PLACE, CUT_TOKENS
};

extern const char *const cut_token_name[CUT_TOKENS];

/* What one block holds. */
#define CUT_C_OLD	0u	/* what it held before the load, not zeroes */
#define CUT_C_ZERO	1u	/* zeroes, which it held before the load too */
#define CUT_C_ZEROED	2u	/* zeroes, which it did not hold before */
#define CUT_C_BAD	3u	/* reported already, or excused: says nothing */
#define CUT_C_WRITE	4u	/* and up: the write with this index, plus 4 */

struct cut_image {
	uint64_t blocks;
	uint32_t *content;	/* NULL: this volume is not looked at */
};

struct cut_limits {
	uint32_t from;		/* writes that ended before this record must be in */
	uint32_t to;		/* writes that began behind this record must not, or CUT_NEVER */
	bool torn;		/* writes in flight may be there in part */
	bool any_order;		/* overlapping writes may have run at once */
};

typedef void (*cut_report)(void *arg, enum cut_token token, const char *text);

struct cut_result {
	uint64_t count[CUT_TOKENS];
	uint32_t in_cut;	/* writes that the image cannot be without */
	uint32_t first, last;	/* of them, by submission, or CUT_NONE */
};

/* 0: it is, 1: it is not, -1: no memory. The image has all volumes of the history. */
int cut_decide(const struct cut_history *h, const struct cut_image *image,
	       const struct cut_limits *limits, struct cut_result *result,
	       cut_report report, void *arg);

/* May a block of it be there or not, for itself? */
static inline bool cut_write_loose(const struct cut_write *w, bool torn)
{
	return w->state == CUT_BROKEN || (torn && w->state == CUT_IN_FLIGHT);
}

#endif
