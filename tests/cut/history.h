/* SPDX-License-Identifier: GPL-2.0 */
/* What a log says: the writes, when each began and ended, and the closes. */
#ifndef CUT_HISTORY_H
#define CUT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

#define CUT_NEVER	UINT32_MAX
#define CUT_NONE	UINT32_MAX

enum cut_state { CUT_IN_FLIGHT = 1, CUT_COMPLETED, CUT_BROKEN };

struct cut_write {
	uint64_t block;
	uint64_t counter;
	uint64_t time;
	uint32_t nblocks;
	uint32_t begin;		/* position of its submit record in the log */
	uint32_t end;		/* of its complete or failed record, or CUT_NEVER */
	uint32_t run;
	uint16_t volume;
	uint16_t writer;
	uint8_t state;
	bool zero;
};

struct cut_close {
	uint32_t begin, end;	/* end: CUT_NEVER without an answer */
	uint64_t set;
	uint32_t term;
	uint32_t run;
	uint64_t number;
};

struct cut_stream;

struct cut_history {
	struct cut_write *write;
	uint32_t *by_end;	/* writes in the order in which they ended */
	uint32_t writes, ended, completed;
	struct cut_close *close;
	uint32_t closes;
	uint64_t *volume_blocks;
	uint32_t volumes;
	uint32_t records, runs;
	bool truncated;		/* the last record is cut off */
	char error[160];

	/* private */
	uint32_t write_room, end_room, close_room, stream_room, streams;
	struct cut_stream *stream;	/* open hash table: (run, writer) -> writes */
	struct { uint32_t run; uint64_t position; } *run;
};

/* These return 0, or -1 with ->error. Records come in the order of the log. */
int cut_history_add(struct cut_history *h, const struct cut_record *rec);
int cut_history_read(struct cut_history *h, int fd);
void cut_history_free(struct cut_history *h);

uint32_t cut_history_find(const struct cut_history *h, uint32_t run, uint16_t writer,
			  uint64_t counter);
bool cut_history_has_run(const struct cut_history *h, uint32_t run);

#endif
