// SPDX-License-Identifier: GPL-2.0
/*
 * The decision. A write A is before a write B if A completed before B was submitted (hb). The
 * replicator numbers all writes so that the numbers respect hb, and a cut is what all writes up
 * to some number leave, the highest number last on each block. So an image is a cut if there are
 * an order of the writes that respects hb, and a beginning S of it, such that each block holds
 * the last write of S to it.
 *
 * S is closed under hb. hb is an interval order: A hb B iff end(A) < begin(B). So the least S that
 * holds all writes seen in the image is these and all with end < L, L = the greatest begin of a
 * write seen. A greater S would only ask more of the image. What remains:
 *
 *  1. At each block of each v in S there is v, or a write w that can lie behind it: not w hb v.
 *  2. These choices, "v before w" for the w seen there, and hb must not form a circle. Overlapping
 *     writes never run at once on a volume of a group, so there is one order for all blocks.
 *
 * 1 and 2 are exact as long as a block names its write. Zeroes name none: they may come from any
 * zeroing of the block. Such a zeroing must be possible by 1 at its own blocks; among these the one
 * with the least begin serves best, and taking it may move L, which may ask for more: repeat up
 * to the least fixed point. Exact for 1; for 2 an edge to a zeroing is only used where no other
 * one can have left the block in any cut, so some circles through zeroings pass.
 *
 * A failed write can have changed each of its blocks or not: its command carries what was found
 * there. So it may be seen, and then counts for L, but nothing asks for it. The same for writes
 * in flight when the primary itself crashed (limits->torn).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"

/* More than so many single writes at fault, and the image is a mix of two cuts. */
#define FEW 8

const char *const cut_token_name[CUT_TOKENS] = {
	[TORN_CUT] = "torn-cut", [LOST_WRITE] = "lost-write", [FUTURE_WRITE] = "future-write",
	[SPLIT_WRITE] = "split-write", [BEFORE_SET] = "before-set", [BEYOND_SET] = "beyond-set",
	[UNKNOWN_BLOCK] = "unknown-block", [CORRUPT_BLOCK] = "corrupt-block",
	[WRONG_PLACE] = "wrong-place",
};

enum { SEEN = 1, POSSIBLE = 2, TAKEN = 4, NEEDED = 8 };

struct zero_node {
	uint32_t write, next;
};

struct fault {			/* a write of S that the image lacks, in whole or in part */
	uint32_t write;
	uint64_t block;		/* the first one that lacks it */
	bool split;
};

struct edge {			/* @from must lie before @to: @to is seen on a block of both */
	uint32_t from, to;
	uint64_t block;
};

struct decision {
	const struct cut_history *h;
	const struct cut_image *image;
	const struct cut_limits *limits;
	struct cut_result *result;
	cut_report report;
	void *arg;
	uint8_t *mark;			/* per write */
	uint32_t seen_top;		/* greatest begin of a write seen */
	uint32_t top;			/* L */
	uint32_t ceiling;		/* no cut has a greater L */
	uint32_t to;			/* zeroings in S begin no later */
	bool zeroings;
	bool settled;			/* the zeroes can be explained */
	/* Per volume and block, only with zeroings. */
	uint32_t **head;		/* first zero_node */
	uint32_t **need;		/* a zeroing must have end >= this; 0: none needed */
	uint32_t **best;		/* greatest end of one that can be in S */
	uint32_t **ever;		/* greatest end of one that could, were S greater */
	struct zero_node *node;
	uint32_t nodes, node_room;
	struct fault *fault;
	uint32_t faults, fault_room;
	uint64_t reported;
	uint32_t looked;		/* faulty zeroings looked at closely */
	struct edge *edge;
	uint32_t edges, edge_room;
	bool no_memory;
};

__attribute__((format(printf, 3, 4)))
static void violation(struct decision *d, enum cut_token token, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	d->result->count[token]++;
	d->reported++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->report(d->arg, token, text);
}

struct name {
	char text[120];
};

static struct name name(const struct decision *d, uint32_t id)
{
	const struct cut_write *w = &d->h->write[id];
	struct name n;
	int at;

	at = snprintf(n.text, sizeof(n.text), "%s %" PRIu32 "/%u/%" PRIu64 " (volume %u blocks %"
		      PRIu64 "-%" PRIu64 ", records %" PRIu32 "-", w->zero ? "zeroing" : "write",
		      w->run, w->writer, w->counter, w->volume, w->block,
		      w->block + w->nblocks - 1, w->begin);
	if (at > 0 && (size_t)at < sizeof(n.text))
		snprintf(n.text + at, sizeof(n.text) - (size_t)at,
			 w->end == CUT_NEVER ? ")" : "%" PRIu32 ")", w->end);
	return n;
}

static void *more(struct decision *d, void *array, uint32_t count, uint32_t *room, size_t size)
{
	void *fresh;

	if (count < *room)
		return array;
	fresh = realloc(array, ((size_t)*room * 2 + 256) * size);
	if (!fresh) {
		d->no_memory = true;
		return NULL;
	}
	*room = *room * 2 + 256;
	return fresh;
}

static uint32_t *content_of(const struct decision *d, const struct cut_write *w)
{
	uint32_t *content = d->image[w->volume].content;

	return content ? content + w->block : NULL;
}

static bool is_zero(uint32_t content)
{
	return content == CUT_C_ZERO || content == CUT_C_ZEROED;
}

static bool loose(const struct decision *d, const struct cut_write *w)
{
	return cut_write_loose(w, d->limits->torn);
}

/* Can this block of @v look like this, if a zeroing needs no proof? */
static bool behind(const struct decision *d, const struct cut_write *v, uint32_t content)
{
	const struct cut_write *w;

	if (content == CUT_C_BAD)
		return true;
	if (content < CUT_C_WRITE)
		return false;
	w = &d->h->write[content - CUT_C_WRITE];
	return w == v || w->end > v->begin;
}

static void find_seen(struct decision *d)
{
	for (uint32_t v = 0; v < d->h->volumes; v++) {
		const struct cut_image *image = &d->image[v];

		for (uint64_t b = 0; image->content && b < image->blocks; b++)
			if (image->content[b] >= CUT_C_WRITE)
				d->mark[image->content[b] - CUT_C_WRITE] |= SEEN;
	}
	for (uint32_t i = 0; i < d->h->writes; i++) {
		if ((d->mark[i] & SEEN) && d->h->write[i].begin > d->seen_top)
			d->seen_top = d->h->write[i].begin;
		d->zeroings |= d->h->write[i].zero;
	}
	/* All that ended before @from is asked for, and so is what is hb one of these: no more. */
	d->top = d->seen_top > d->limits->from ? d->seen_top : d->limits->from;
}

static bool zeroing_possible(const struct decision *d, const struct cut_write *z)
{
	const uint32_t *content = content_of(d, z);

	if (loose(d, z))
		return true;
	for (uint32_t i = 0; i < z->nblocks; i++)
		if (!is_zero(content[i]) && !behind(d, z, content[i]))
			return false;
	return true;
}

static int list_zeroings(struct decision *d)
{
	for (uint32_t v = 0; v < d->h->volumes; v++) {
		uint64_t blocks = d->image[v].content ? d->image[v].blocks : 0;

		d->head[v] = malloc((blocks + 1) * sizeof(uint32_t));
		d->need[v] = calloc(blocks + 1, sizeof(uint32_t));
		d->best[v] = calloc(blocks + 1, sizeof(uint32_t));
		d->ever[v] = calloc(blocks + 1, sizeof(uint32_t));
		if (!d->head[v] || !d->need[v] || !d->best[v] || !d->ever[v])
			return -1;
		memset(d->head[v], 0xff, (blocks + 1) * sizeof(uint32_t));
	}
	for (uint32_t id = 0; id < d->h->writes; id++) {
		const struct cut_write *z = &d->h->write[id];
		const uint32_t *content = content_of(d, z);

		if (!z->zero || !content)
			continue;
		if (zeroing_possible(d, z))
			d->mark[id] |= POSSIBLE;
		for (uint32_t i = 0; i < z->nblocks; i++) {
			uint32_t *head = &d->head[z->volume][z->block + i];

			if (!is_zero(content[i]))
				continue;
			d->node = more(d, d->node, d->nodes, &d->node_room, sizeof(*d->node));
			if (!d->node)
				return -1;
			d->node[d->nodes] = (struct zero_node) { .write = id, .next = *head };
			*head = d->nodes++;
		}
	}
	return 0;
}

static bool possible(const struct decision *d, uint32_t node)
{
	return d->mark[d->node[node].write] & POSSIBLE;
}

static void take(struct decision *d, uint32_t id)
{
	const struct cut_write *v = &d->h->write[id];
	const uint32_t *content = content_of(d, v);

	if (d->mark[id] & TAKEN)
		return;
	d->mark[id] |= TAKEN;
	if (v->zero || loose(d, v) || !content)
		return;
	for (uint32_t i = 0; i < v->nblocks; i++) {
		uint32_t *need = &d->need[v->volume][v->block + i];

		if (is_zero(content[i]) && *need <= v->begin)
			*need = v->begin + 1;
	}
}

/*
 * The least top with a zeroing wherever one is needed, from those that begin up to @cap. Where
 * there is none: UINT32_MAX, or with a cap nothing.
 */
static uint32_t top_for_zeroes(const struct decision *d, uint32_t cap)
{
	uint32_t top = d->top;

	for (uint32_t v = 0; v < d->h->volumes; v++) {
		for (uint64_t b = 0; d->image[v].content && b < d->image[v].blocks; b++) {
			uint32_t need = d->need[v][b], least = UINT32_MAX;

			if (!need)
				continue;
			for (uint32_t n = d->head[v][b]; n != CUT_NONE; n = d->node[n].next) {
				const struct cut_write *z = &d->h->write[d->node[n].write];

				if (possible(d, n) && z->end >= need && z->begin < least &&
				    z->begin <= d->to && z->begin <= cap)
					least = z->begin;
			}
			if (least == UINT32_MAX && cap == CUT_NEVER)
				return UINT32_MAX;
			if (least != UINT32_MAX && least > top)
				top = least;
		}
	}
	return top;
}

/* The least fixed point of top, from what is seen and asked for. */
static bool settle(struct decision *d, uint32_t cap)
{
	uint32_t top, at = 0;

	d->top = d->seen_top > d->limits->from ? d->seen_top : d->limits->from;
	for (uint32_t v = 0; v < d->h->volumes; v++)
		for (uint64_t b = 0; d->image[v].content && b < d->image[v].blocks; b++)
			d->need[v][b] = d->image[v].content[b] == CUT_C_ZEROED;
	for (uint32_t id = 0; id < d->h->writes; id++) {
		d->mark[id] &= (uint8_t)~TAKEN;
		if (d->mark[id] & SEEN)
			take(d, id);
	}
	for (;;) {
		while (at < d->h->ended && d->h->write[d->h->by_end[at]].end < d->top)
			take(d, d->h->by_end[at++]);
		top = top_for_zeroes(d, cap);
		if (top == d->top || top == UINT32_MAX)
			return top != UINT32_MAX;
		d->top = top;
	}
}

/* Per block the greatest end of a zeroing that begins up to @top. */
static void reach_of_zeroings(const struct decision *d, uint32_t top, uint32_t **reach)
{
	for (uint32_t v = 0; v < d->h->volumes; v++) {
		for (uint64_t b = 0; d->image[v].content && b < d->image[v].blocks; b++) {
			reach[v][b] = 0;
			for (uint32_t n = d->head[v][b]; n != CUT_NONE; n = d->node[n].next) {
				const struct cut_write *z = &d->h->write[d->node[n].write];

				if (possible(d, n) && z->begin <= top && z->begin <= d->to &&
				    z->end > reach[v][b])
					reach[v][b] = z->end;
			}
		}
	}
}

/* No cut with this image contains this write, whatever zeroings are in it. */
static bool hopeless(const struct decision *d, const struct cut_write *v)
{
	const uint32_t *content = content_of(d, v);

	if (!content || loose(d, v))
		return false;
	for (uint32_t i = 0; i < v->nblocks; i++)
		if (is_zero(content[i]) ?
		    !v->zero && d->ever[v->volume][v->block + i] <= v->begin :
		    !behind(d, v, content[i]))
			return true;
	return false;
}

/* All of a cut begins before the first such write behind @from ends. */
static uint32_t ceiling(const struct decision *d, uint32_t from)
{
	for (uint32_t at = 0; at < d->h->ended; at++) {
		const struct cut_write *v = &d->h->write[d->h->by_end[at]];

		if (v->end > from && hopeless(d, v))
			return v->end;
	}
	return CUT_NEVER - 1;
}

static void report_strange_zeroes(struct decision *d)
{
	for (uint32_t v = 0; v < d->h->volumes; v++)
		for (uint64_t b = 0; d->image[v].content && b < d->image[v].blocks; b++)
			if (d->image[v].content[b] == CUT_C_ZEROED && !d->ever[v][b])
				violation(d, UNKNOWN_BLOCK, "volume %" PRIu32 " block %" PRIu64
					  ": zeroes that no write can have left", v, b);
}

/* Finds top. If it cannot be, whatever helps to name what is wrong. */
static int explain_zeroes(struct decision *d)
{
	uint32_t base = d->top;

	if (list_zeroings(d))
		return -1;
	/* With data from beyond the set, zeroes from there are no other fault. */
	d->to = d->seen_top > d->limits->to ? CUT_NEVER : d->limits->to;
	d->settled = settle(d, CUT_NEVER);
	if (!d->settled) {
		bool bounded = d->to != CUT_NEVER;

		d->to = CUT_NEVER;
		d->settled = bounded && settle(d, CUT_NEVER);
		if (d->settled) {
			violation(d, BEYOND_SET,
				  "zeroes are there that were written after the set was closed");
		} else {
			reach_of_zeroings(d, CUT_NEVER, d->ever);
			settle(d, ceiling(d, base));
		}
	}
	reach_of_zeroings(d, CUT_NEVER, d->ever);
	/* What is wrong without the zeroes says more. */
	reach_of_zeroings(d, d->settled ? d->top : CUT_NEVER, d->best);
	d->ceiling = ceiling(d, 0);
	report_strange_zeroes(d);
	return 0;
}

static bool in_cut(const struct decision *d, uint32_t id)
{
	return (d->mark[id] & SEEN) || d->h->write[id].end < d->top;
}

/* @i: of the block in the write */
static bool explained(const struct decision *d, const struct cut_write *v, uint32_t i,
		      uint32_t content)
{
	if (!is_zero(content))
		return behind(d, v, content);
	return v->zero || (d->zeroings && d->best[v->volume][v->block + i] > v->begin);
}

static void add_edge(struct decision *d, uint32_t from, uint32_t to, uint64_t block)
{
	/* hb says it already */
	if (d->h->write[from].end < d->h->write[to].begin || d->no_memory)
		return;
	d->edge = more(d, d->edge, d->edges, &d->edge_room, sizeof(*d->edge));
	if (d->edge)
		d->edge[d->edges++] = (struct edge) { .from = from, .to = to, .block = block };
}

/* The one zeroing that can have left this block as it is behind @v in any cut, if it is one. */
static uint32_t only_zeroing(const struct decision *d, const struct cut_write *v, uint64_t block)
{
	uint32_t only = CUT_NONE;

	for (uint32_t n = d->head[v->volume][block]; n != CUT_NONE; n = d->node[n].next) {
		const struct cut_write *z = &d->h->write[d->node[n].write];

		if (!possible(d, n) || z->begin > d->ceiling || z->begin > d->to ||
		    z->end <= v->begin)
			continue;
		if (only != CUT_NONE)
			return CUT_NONE;
		only = d->node[n].write;
	}
	return only;
}

/* Zeroes that only a zeroing explains which is itself at fault: that one is reported. */
static bool of_faulty_zeroing(const struct decision *d, const struct cut_write *v, uint64_t block)
{
	if (!d->zeroings)
		return false;
	for (uint32_t n = d->head[v->volume][block]; n != CUT_NONE; n = d->node[n].next) {
		const struct cut_write *z = &d->h->write[d->node[n].write];

		if (!possible(d, n) && z->end > v->begin && z->end < d->top)
			return true;
	}
	return false;
}

/*
 * Is a part of this zeroing there? Zeroes on a block where data was that is seen elsewhere, and no
 * other zeroing that can have taken it away.
 */
static bool zeroing_reached(const struct decision *d, uint32_t id)
{
	const struct cut_write *z = &d->h->write[id];

	for (uint32_t u = 0; u < d->h->writes; u++) {
		const struct cut_write *w = &d->h->write[u];

		if (!(d->mark[u] & SEEN) || loose(d, w) || w->volume != z->volume ||
		    w->begin > z->end)
			continue;
		for (uint64_t b = w->block; b < w->block + w->nblocks; b++) {
			bool other = false;

			if (b < z->block || b >= z->block + z->nblocks ||
			    !is_zero(d->image[z->volume].content[b]))
				continue;
			for (uint32_t n = d->head[z->volume][b]; n != CUT_NONE; n = d->node[n].next)
				other |= d->node[n].write != id &&
					 d->h->write[d->node[n].write].end > w->begin &&
					 d->h->write[d->node[n].write].begin <= d->top;
			if (!other)
				return true;
		}
	}
	return false;
}

static void look_at(struct decision *d, uint32_t id)
{
	const struct cut_write *v = &d->h->write[id];
	const uint32_t *content = content_of(d, v);
	struct fault fault = { .write = id, .split = d->mark[id] & SEEN };
	bool whole = true;

	for (uint32_t i = 0; i < v->nblocks; i++) {
		uint32_t c = content[i], z;

		if (!explained(d, v, i, c)) {
			if (is_zero(c) && of_faulty_zeroing(d, v, v->block + i))
				continue;
			if (whole)
				fault.block = v->block + i;
			whole = false;
		} else if (c >= CUT_C_WRITE && c - CUT_C_WRITE != id) {
			add_edge(d, id, c - CUT_C_WRITE, v->block + i);
		} else if (is_zero(c) && !v->zero) {
			z = only_zeroing(d, v, v->block + i);
			if (z != CUT_NONE) {
				add_edge(d, id, z, v->block + i);
				d->mark[z] |= NEEDED;
			}
		}
	}
	if (whole)
		return;
	/* Costly, and of use for the first few only */
	if (v->zero && d->looked++ < 64)
		fault.split = zeroing_reached(d, id);
	d->fault = more(d, d->fault, d->faults, &d->fault_room, sizeof(*d->fault));
	if (d->fault)
		d->fault[d->faults++] = fault;
}

static void look_at_all(struct decision *d)
{
	struct cut_result *r = d->result;

	d->edges = 0;
	r->in_cut = 0;
	r->first = r->last = CUT_NONE;
	for (uint32_t id = 0; id < d->h->writes; id++) {
		const struct cut_write *v = &d->h->write[id];

		if (!in_cut(d, id))
			continue;
		r->in_cut++;
		if (r->first == CUT_NONE)
			r->first = id;
		r->last = id;
		if (!loose(d, v) && content_of(d, v) && !d->no_memory)
			look_at(d, id);
	}
}

/* Zeroings that must be in S though neither seen nor below its top have their order too. */
static void edges_of_needed(struct decision *d)
{
	for (uint32_t id = 0; id < d->h->writes; id++) {
		const struct cut_write *z = &d->h->write[id];

		if (!(d->mark[id] & NEEDED) || in_cut(d, id) || loose(d, z))
			continue;
		for (uint32_t i = 0; i < z->nblocks; i++) {
			uint32_t c = content_of(d, z)[i];

			if (c >= CUT_C_WRITE)
				add_edge(d, id, c - CUT_C_WRITE, z->block + i);
		}
	}
}

/* ---- what is wrong ---- */

static int by_end(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of the writes seen on @volume (CUT_NONE: on any) the one submitted last. */
static uint32_t last_seen(const struct decision *d, uint32_t volume)
{
	uint32_t last = CUT_NONE;

	for (uint32_t id = 0; id < d->h->writes; id++)
		if ((d->mark[id] & SEEN) &&
		    (volume == CUT_NONE || d->h->write[id].volume == volume))
			last = id;
	return last;
}

/* Is each volume for itself a cut? Then they are different ones. */
static bool volumes_alone(const struct decision *d, const struct fault *lost, uint32_t n)
{
	for (uint32_t v = 0; v < d->h->volumes; v++) {
		uint32_t last = last_seen(d, v);

		for (uint32_t i = 0; last != CUT_NONE && i < n; i++)
			if (d->h->write[lost[i].write].volume == v &&
			    d->h->write[lost[i].write].end < d->h->write[last].begin)
				return false;
	}
	return true;
}

/*
 * The record that explains most as a cut: writes missing that ended before it are lost, writes seen
 * that began behind it are from the future; as few of both as can be. With equal numbers: lost.
 */
static uint32_t best_cut(struct decision *d, const uint32_t *ends, uint32_t n, uint32_t *cost)
{
	uint32_t *begins = malloc((d->h->writes + 1) * sizeof(*begins));
	uint32_t seen = 0, at = n, cut = 0;

	*cost = UINT32_MAX;
	if (!begins) {
		d->no_memory = true;
		return 0;
	}
	begins[seen++] = 0;
	for (uint32_t id = 0; id < d->h->writes; id++)
		if (d->mark[id] & SEEN)
			begins[seen++] = d->h->write[id].begin;
	/* A cut right behind the begin of a write seen is as good as any up to the next one's. */
	for (uint32_t k = seen; k-- && seen - 1 - k < *cost;) {
		while (k < seen - 1 && at && ends[at - 1] > begins[k])
			at--;
		if (at + (seen - 1 - k) < *cost) {
			*cost = at + (seen - 1 - k);
			cut = begins[k];
		}
	}
	free(begins);
	return cut;
}

/* The first write seen that began behind the record @end. */
static uint32_t seen_behind(const struct decision *d, uint32_t end)
{
	uint32_t low = 0, high = d->h->writes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (d->h->write[mid].begin > end)
			high = mid;
		else
			low = mid + 1;
	}
	while (low < d->h->writes && !(d->mark[low] & SEEN))
		low++;
	return low < d->h->writes ? low : last_seen(d, CUT_NONE);
}

static void report_torn(struct decision *d, const struct fault *lost, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct cut_write *v = &d->h->write[lost[i].write];
		uint32_t u = seen_behind(d, v->end);

		violation(d, TORN_CUT, "volume %u block %" PRIu64 ": no %s, but %s is there",
			  v->volume, lost[i].block, name(d, lost[i].write).text,
			  u == CUT_NONE ? "a later zeroing" : name(d, u).text);
	}
}

/* Writes that ended before one seen began, and of which nothing is there. */
static void report_lost(struct decision *d, const struct fault *lost, uint32_t n)
{
	uint32_t *ends, cost, cut;

	if (!n)
		return;
	ends = malloc(n * sizeof(*ends));
	if (!ends) {
		d->no_memory = true;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		ends[i] = d->h->write[lost[i].write].end;
	qsort(ends, n, sizeof(*ends), by_end);
	cut = best_cut(d, ends, n, &cost);
	free(ends);
	if ((d->h->volumes > 1 && volumes_alone(d, lost, n)) || cost > FEW) {
		report_torn(d, lost, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		if (d->h->write[lost[i].write].end < cut || cut == d->seen_top)
			violation(d, LOST_WRITE, "volume %u block %" PRIu64
				  ": no %s, but later ones are there",
				  d->h->write[lost[i].write].volume, lost[i].block,
				  name(d, lost[i].write).text);
	for (uint32_t id = 0; id < d->h->writes; id++)
		if ((d->mark[id] & SEEN) && d->h->write[id].begin > cut)
			violation(d, FUTURE_WRITE, "volume %u block %" PRIu64
				  ": %s is there, but earlier ones are not",
				  d->h->write[id].volume, d->h->write[id].block, name(d, id).text);
}

static void report_faults(struct decision *d)
{
	struct fault *lost = malloc((d->faults + 1) * sizeof(*lost));
	const uint32_t asked = d->seen_top > d->limits->from ? d->seen_top : d->limits->from;
	uint32_t n = 0;

	if (!lost) {
		d->no_memory = true;
		return;
	}
	for (uint32_t i = 0; i < d->faults; i++) {
		const struct fault *f = &d->fault[i];
		const struct cut_write *v = &d->h->write[f->write];

		if (f->split)
			violation(d, SPLIT_WRITE, "volume %u block %" PRIu64 ": only a part of %s",
				  v->volume, f->block, name(d, f->write).text);
		else if (v->end > d->seen_top && v->end < d->limits->from)
			violation(d, BEFORE_SET, "volume %u block %" PRIu64
				  ": no %s, which the set contains", v->volume, f->block,
				  name(d, f->write).text);
		else if (v->end < asked)
			lost[n++] = *f;
	}
	/* Those which only the zeroes ask for: if that is all. */
	for (uint32_t i = 0; i < d->faults && !n && !d->reported; i++)
		lost[n++] = d->fault[i];
	report_lost(d, lost, n);
	free(lost);
	for (uint32_t id = 0; id < d->h->writes; id++)
		if ((d->mark[id] & SEEN) && d->h->write[id].begin > d->limits->to)
			violation(d, BEYOND_SET, "volume %u block %" PRIu64
				  ": %s was submitted after the set was closed",
				  d->h->write[id].volume, d->h->write[id].block, name(d, id).text);
}

/* ---- circles ---- */

struct graph {
	uint32_t nodes, arcs;
	uint32_t *head, *in;		/* per node: its first arc, arcs into it */
	uint32_t *to, *next;		/* per arc */
};

struct event {
	uint32_t at, node;
	bool end;
};

static int by_position(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int by_id(const void *a, const void *b)
{
	return by_end(a, b);
}

static uint32_t node_of(const uint32_t *ids, uint32_t n, uint32_t id)
{
	const uint32_t *at = bsearch(&id, ids, n, sizeof(id), by_id);

	return (uint32_t)(at - ids);
}

static void arc(struct graph *g, uint32_t from, uint32_t to)
{
	g->to[g->arcs] = to;
	g->next[g->arcs] = g->head[from];
	g->head[from] = g->arcs++;
	g->in[to]++;
}

/* Takes away nodes that no arc leads to; what stays is in a circle or behind one. */
static bool peel(struct graph *g, uint32_t *stack)
{
	uint32_t depth = 0, gone = 0;

	for (uint32_t i = 0; i < g->nodes; i++)
		if (!g->in[i])
			stack[depth++] = i;
	while (depth) {
		uint32_t node = stack[--depth];

		gone++;
		for (uint32_t a = g->head[node]; a != CUT_NONE; a = g->next[a])
			if (!--g->in[g->to[a]])
				stack[depth++] = g->to[a];
	}
	return gone == g->nodes;
}

static int by_ends_of_edge(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return (x->from > y->from) - (x->from < y->from);
	return (x->to > y->to) - (x->to < y->to);
}

static void report_circles(struct decision *d, const struct graph *g, const uint32_t *ids,
			   uint32_t n)
{
	uint32_t pairs = 0, left = 0;

	qsort(d->edge, d->edges, sizeof(*d->edge), by_ends_of_edge);
	for (uint32_t i = 0; i < d->edges; i++) {
		const struct edge *e = &d->edge[i], *other;
		struct edge back = { .from = e->to, .to = e->from };

		if (e->from > e->to || (i && !by_ends_of_edge(e, e - 1)))
			continue;
		other = bsearch(&back, d->edge, d->edges, sizeof(back), by_ends_of_edge);
		if (!other)
			continue;
		pairs++;
		violation(d, SPLIT_WRITE, "volume %u: block %" PRIu64 " is from %s, block %" PRIu64
			  " from %s: one of them must be last on both", d->h->write[e->to].volume,
			  e->block, name(d, e->to).text, other->block, name(d, e->from).text);
	}
	for (uint32_t i = 0; i < n; i++)
		left += !!g->in[i];
	for (uint32_t i = 0; i < n && !pairs; i++) {
		if (!g->in[i])
			continue;
		violation(d, SPLIT_WRITE, "no order of the writes gives this image: %" PRIu32
			  " of them in a circle, one is %s", left, name(d, ids[i]).text);
		break;
	}
}

/* Nodes: the n writes, then their 2n begins and ends as a chain in time. */
static void build(struct decision *d, struct graph *g, struct event *event, const uint32_t *ids,
		  uint32_t n)
{
	memset(g->head, 0xff, g->nodes * sizeof(*g->head));
	for (uint32_t i = 0; i < n; i++) {
		event[2 * i] = (struct event) { .at = d->h->write[ids[i]].begin, .node = i };
		event[2 * i + 1] = (struct event) {
			.at = d->h->write[ids[i]].end, .node = i, .end = true,
		};
	}
	qsort(event, 2 * (size_t)n, sizeof(*event), by_position);
	for (uint32_t i = 0; i < 2 * n; i++) {
		if (i)
			arc(g, n + i - 1, n + i);
		if (event[i].end && event[i].at != CUT_NEVER)
			arc(g, event[i].node, n + i);
		else if (!event[i].end)
			arc(g, n + i, event[i].node);
	}
	for (uint32_t i = 0; i < d->edges; i++)
		arc(g, node_of(ids, n, d->edge[i].from), node_of(ids, n, d->edge[i].to));
}

static void look_for_circles(struct decision *d)
{
	uint32_t *ids = malloc(((size_t)d->edges * 2 + 1) * sizeof(*ids)), n = 0;
	struct graph g = { 0 };
	struct event *event;
	uint32_t *stack;
	size_t arcs;

	if (!ids) {
		d->no_memory = true;
		return;
	}
	for (uint32_t i = 0; i < d->edges; i++) {
		ids[2 * i] = d->edge[i].from;
		ids[2 * i + 1] = d->edge[i].to;
	}
	qsort(ids, (size_t)d->edges * 2, sizeof(*ids), by_id);
	for (uint32_t i = 0; i < d->edges * 2; i++)
		if (!n || ids[n - 1] != ids[i])
			ids[n++] = ids[i];
	g.nodes = 3 * n;
	arcs = (size_t)4 * n + d->edges;
	g.head = malloc((g.nodes + 1) * sizeof(uint32_t));
	g.in = calloc(g.nodes + 1, sizeof(uint32_t));
	g.to = malloc((arcs + 1) * sizeof(uint32_t));
	g.next = malloc((arcs + 1) * sizeof(uint32_t));
	event = malloc((2 * (size_t)n + 1) * sizeof(*event));
	stack = malloc((g.nodes + 1) * sizeof(*stack));
	if (g.head && g.in && g.to && g.next && event && stack) {
		build(d, &g, event, ids, n);
		if (!peel(&g, stack))
			report_circles(d, &g, ids, n);
	} else {
		d->no_memory = true;
	}
	free(stack);
	free(event);
	free(g.next);
	free(g.to);
	free(g.in);
	free(g.head);
	free(ids);
}

/* ---- */

static void clean(struct decision *d)
{
	for (uint32_t v = 0; v < d->h->volumes; v++) {
		if (d->head)
			free(d->head[v]);
		if (d->need)
			free(d->need[v]);
		if (d->best)
			free(d->best[v]);
		if (d->ever)
			free(d->ever[v]);
	}
	free(d->head);
	free(d->need);
	free(d->best);
	free(d->ever);
	free(d->node);
	free(d->fault);
	free(d->edge);
	free(d->mark);
}

static void decide(struct decision *d)
{
	find_seen(d);
	if (d->zeroings && explain_zeroes(d)) {
		d->no_memory = true;
		return;
	}
	look_at_all(d);
	if (d->zeroings && !d->settled && !d->faults) {
		reach_of_zeroings(d, d->top, d->best);
		look_at_all(d);
	}
	edges_of_needed(d);
	if (d->no_memory)
		return;
	report_faults(d);
	if (d->zeroings && !d->settled && !d->reported)
		violation(d, LOST_WRITE, "no choice of zeroings explains the zeroes");
	if (!d->reported && !d->limits->any_order && d->edges)
		look_for_circles(d);
}

int cut_decide(const struct cut_history *h, const struct cut_image *image,
	       const struct cut_limits *limits, struct cut_result *result,
	       cut_report report, void *arg)
{
	struct decision d = {
		.h = h, .image = image, .limits = limits, .result = result, .report = report,
		.arg = arg,
	};
	int ret = 0;

	d.mark = calloc(h->writes + 1, 1);
	d.head = calloc(h->volumes + 1, sizeof(*d.head));
	d.need = calloc(h->volumes + 1, sizeof(*d.need));
	d.best = calloc(h->volumes + 1, sizeof(*d.best));
	d.ever = calloc(h->volumes + 1, sizeof(*d.ever));
	if (d.mark && d.head && d.need && d.best && d.ever)
		decide(&d);
	else
		d.no_memory = true;
	clean(&d);
	if (d.no_memory)
		return -1;
	for (int t = 0; t < CUT_TOKENS; t++)
		ret |= result->count[t] != 0;
	return ret;
}
