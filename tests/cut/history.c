// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history.h"

struct cut_stream {
	uint32_t *id;		/* NULL: the place in the table is free */
	uint64_t count;
	uint64_t room;
	uint32_t run;
	uint16_t writer;
};

__attribute__((format(printf, 2, 3)))
static int damaged(struct cut_history *h, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(h->error, sizeof(h->error), "record %" PRIu32 ": ", h->records);
	va_start(ap, fmt);
	vsnprintf(h->error + n, sizeof(h->error) - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

/* Room for one more; what is there stays. */
static int grow(void *array, uint32_t count, uint32_t *room, size_t size)
{
	void *old, *fresh;

	if (count < *room)
		return 0;
	if (*room > UINT32_MAX / 2 - 64)
		return -1;
	memcpy(&old, array, sizeof(old));
	fresh = realloc(old, (*room * 2 + 64) * size);
	if (!fresh)
		return -1;
	*room = *room * 2 + 64;
	memcpy(array, &fresh, sizeof(fresh));
	return 0;
}

static struct cut_stream *slot(struct cut_stream *table, uint32_t room, uint32_t run,
			       uint16_t writer)
{
	uint32_t at = (run * 2654435761u ^ writer * 40503u) & (room - 1);

	while (table[at].id && (table[at].run != run || table[at].writer != writer))
		at = (at + 1) & (room - 1);
	return &table[at];
}

static struct cut_stream *stream_get(struct cut_history *h, uint32_t run, uint16_t writer)
{
	struct cut_stream *s, *fresh;
	uint32_t room;

	if (h->streams * 2 >= h->stream_room) {
		room = h->stream_room ? h->stream_room * 2 : 64;
		fresh = calloc(room, sizeof(*fresh));
		if (!fresh)
			return NULL;
		for (uint32_t i = 0; i < h->stream_room; i++) {
			s = &h->stream[i];
			if (s->id)
				*slot(fresh, room, s->run, s->writer) = *s;
		}
		free(h->stream);
		h->stream = fresh;
		h->stream_room = room;
	}
	s = slot(h->stream, h->stream_room, run, writer);
	if (!s->id) {
		s->id = malloc(64 * sizeof(*s->id));
		if (!s->id)
			return NULL;
		s->room = 64;
		s->run = run;
		s->writer = writer;
		h->streams++;
	}
	return s;
}

uint32_t cut_history_find(const struct cut_history *h, uint32_t run, uint16_t writer,
			  uint64_t counter)
{
	const struct cut_stream *s;

	if (!h->stream_room)
		return CUT_NONE;
	s = slot(h->stream, h->stream_room, run, writer);
	return s->id && counter < s->count ? s->id[counter] : CUT_NONE;
}

bool cut_history_has_run(const struct cut_history *h, uint32_t run)
{
	for (uint32_t i = 0; i < h->runs; i++)
		if (h->run[i].run == run)
			return true;
	return false;
}

/* Each run numbers its records, so a hole in the middle of the log shows. */
static int check_position(struct cut_history *h, const struct cut_record *rec)
{
	uint32_t i = h->runs;

	while (i && h->run[i - 1].run != rec->run)
		i--;
	if (rec->kind == CUT_START) {
		void *fresh;

		if (i || rec->position)
			return damaged(h, "run %" PRIu32 " starts twice", rec->run);
		fresh = realloc(h->run, (h->runs + 1) * sizeof(*h->run));
		if (!fresh)
			return damaged(h, "no memory");
		h->run = fresh;
		h->run[h->runs].run = rec->run;
		h->run[h->runs++].position = 1;
		return 0;
	}
	if (!i)
		return damaged(h, "of run %" PRIu32 ", which did not start", rec->run);
	if (rec->position != h->run[i - 1].position)
		return damaged(h, "run %" PRIu32 ": number %" PRIu64 " after %" PRIu64, rec->run,
			       rec->position, h->run[i - 1].position - 1);
	h->run[i - 1].position++;
	return 0;
}

static int add_volume(struct cut_history *h, const struct cut_record *rec)
{
	if (rec->volume >= h->volumes) {
		uint64_t *fresh = realloc(h->volume_blocks, (rec->volume + 1u) * sizeof(*fresh));

		if (!fresh)
			return damaged(h, "no memory");
		h->volume_blocks = fresh;
		while (h->volumes <= rec->volume)
			h->volume_blocks[h->volumes++] = 0;
	}
	if (h->volume_blocks[rec->volume] < rec->block)
		h->volume_blocks[rec->volume] = rec->block;
	return 0;
}

static int add_submit(struct cut_history *h, const struct cut_record *rec)
{
	struct cut_stream *s = stream_get(h, rec->run, rec->writer);
	struct cut_write *w;

	if (!s || grow(&h->write, h->writes, &h->write_room, sizeof(*h->write)))
		return damaged(h, "no memory");
	if (rec->counter != s->count)
		return damaged(h, "writer %u: write %" PRIu64 " after %" PRIu64 " writes",
			       rec->writer, rec->counter, s->count);
	if (rec->volume >= h->volumes || !rec->nblocks ||
	    rec->block >= h->volume_blocks[rec->volume] ||
	    rec->nblocks > h->volume_blocks[rec->volume] - rec->block)
		return damaged(h, "write outside of its volume");
	if (s->count == s->room) {
		uint32_t *fresh = realloc(s->id, s->room * 2 * sizeof(*fresh));

		if (!fresh)
			return damaged(h, "no memory");
		s->id = fresh;
		s->room *= 2;
	}
	s->id[s->count++] = h->writes;
	w = &h->write[h->writes++];
	*w = (struct cut_write) {
		.block = rec->block, .counter = rec->counter, .time = rec->time,
		.nblocks = rec->nblocks, .begin = h->records, .end = CUT_NEVER, .run = rec->run,
		.volume = rec->volume, .writer = rec->writer, .state = CUT_IN_FLIGHT,
		.zero = rec->flags & CUT_F_ZERO,
	};
	return 0;
}

static int add_end(struct cut_history *h, const struct cut_record *rec)
{
	uint32_t id = cut_history_find(h, rec->run, rec->writer, rec->counter);

	if (id == CUT_NONE || h->write[id].state != CUT_IN_FLIGHT)
		return damaged(h, "end of a write that is not in flight");
	if (grow(&h->by_end, h->ended, &h->end_room, sizeof(*h->by_end)))
		return damaged(h, "no memory");
	h->by_end[h->ended++] = id;
	h->write[id].end = h->records;
	h->write[id].state = rec->kind == CUT_COMPLETE ? CUT_COMPLETED : CUT_BROKEN;
	h->completed += rec->kind == CUT_COMPLETE;
	return 0;
}

static int add_close(struct cut_history *h, const struct cut_record *rec)
{
	uint32_t i = h->closes;

	if (rec->kind == CUT_CLOSE_BEGIN) {
		if (grow(&h->close, h->closes, &h->close_room, sizeof(*h->close)))
			return damaged(h, "no memory");
		h->close[h->closes++] = (struct cut_close) {
			.begin = h->records, .end = CUT_NEVER, .run = rec->run,
			.number = rec->counter,
		};
		return 0;
	}
	while (i && (h->close[i - 1].run != rec->run || h->close[i - 1].number != rec->counter))
		i--;
	if (!i || h->close[i - 1].end != CUT_NEVER)
		return damaged(h, "answer to a close that did not begin");
	if (rec->kind == CUT_CLOSE_END) {
		h->close[i - 1].end = h->records;
		h->close[i - 1].set = rec->block;
		h->close[i - 1].term = rec->value;
	}
	return 0;
}

int cut_history_add(struct cut_history *h, const struct cut_record *rec)
{
	int ret = 0;

	if (!cut_record_good(rec))
		return damaged(h, "bad magic or checksum");
	if (h->records == CUT_NEVER - 1)
		return damaged(h, "log too long");
	if (check_position(h, rec))
		return -1;
	switch (rec->kind) {
	case CUT_VOLUME:
		ret = add_volume(h, rec);
		break;
	case CUT_SUBMIT:
		ret = add_submit(h, rec);
		break;
	case CUT_COMPLETE:
	case CUT_FAILED:
		ret = add_end(h, rec);
		break;
	case CUT_CLOSE_BEGIN:
	case CUT_CLOSE_END:
	case CUT_CLOSE_FAIL:
		ret = add_close(h, rec);
		break;
	case CUT_START:
	case CUT_FLUSH_BEGIN:
	case CUT_FLUSH_END:
	case CUT_END:
		break;
	default:
		return damaged(h, "unknown kind %u", rec->kind);
	}
	if (!ret)
		h->records++;
	return ret;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

int cut_history_read(struct cut_history *h, int fd)
{
	const size_t room = 1 << 20, size = sizeof(struct cut_record);
	uint8_t *buffer = malloc(room);
	size_t have = 0, at;
	bool blank = false;
	ssize_t n;

	if (!buffer)
		return damaged(h, "no memory");
	do {
		n = read(fd, buffer + have, room - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(buffer);
			return damaged(h, "%s", strerror(errno));
		}
		have += (size_t)n;
		for (at = 0; have - at >= size; at += size) {
			struct cut_record rec;

			memcpy(&rec, buffer + at, size);
			/* A file system that lost power may leave a tail of zeroes. */
			if (all_zero(buffer + at, size)) {
				blank = true;
				continue;
			}
			if (blank)
				damaged(h, "a hole before it");
			if (blank || cut_history_add(h, &rec)) {
				free(buffer);
				return -1;
			}
		}
		memmove(buffer, buffer + at, have - at);
		have -= at;
	} while (n);
	free(buffer);
	h->truncated = have || blank;
	return 0;
}

void cut_history_free(struct cut_history *h)
{
	for (uint32_t i = 0; i < h->stream_room; i++)
		free(h->stream[i].id);
	free(h->stream);
	free(h->write);
	free(h->by_end);
	free(h->close);
	free(h->volume_blocks);
	free(h->run);
	memset(h, 0, sizeof(*h));
}
