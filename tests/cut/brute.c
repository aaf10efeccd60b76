// SPDX-License-Identifier: GPL-2.0
/*
 * The decision against the definition: for small histories, every order of the writes that
 * respects what completed before what was submitted, every beginning of it, and so every image
 * that is a cut. Then every image that can be put together from the writes must be judged so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"
#include "selftest.h"
#include "simulate.h"

#define MOST	7		/* writes: 3 bits a block, 0 is "as before" */
#define VOLUMES	2
#define BLOCKS	3
#define PLACES	(VOLUMES * BLOCKS)

struct world {
	struct sim sim;
	struct cut_history h;
	struct cut_limits limits;
	uint32_t before[MOST];		/* bits of the writes that are hb this one */
	uint8_t covered[MOST];		/* bits of places */
	uint8_t *reached;		/* bit per (writes, image): been there */
	uint8_t *cut;			/* byte per image */
	uint32_t images;
};

static void ignore(void *arg, enum cut_token token, const char *text)
{
	(void)arg;
	(void)token;
	(void)text;
}

static bool allowed(const struct world *w, uint32_t set)
{
	for (uint32_t i = 0; i < w->h.writes; i++) {
		if (w->h.write[i].end < w->limits.from && !(set >> i & 1))
			return false;
		if (w->h.write[i].begin > w->limits.to && (set >> i & 1))
			return false;
	}
	return true;
}

static uint32_t put(const struct world *w, uint32_t image, uint32_t write, uint32_t places)
{
	uint32_t value = w->h.write[write].zero ? 0 : write + 1;

	for (uint32_t p = 0; p < PLACES; p++)
		if (places >> p & 1)
			image = (image & ~(7u << 3 * p)) | value << 3 * p;
	return image;
}

static void visit(struct world *w, uint32_t set, uint32_t image)
{
	size_t at = (size_t)set << 3 * PLACES | image;

	if (w->reached[at / 8] >> at % 8 & 1)
		return;
	w->reached[at / 8] |= (uint8_t)(1 << at % 8);
	if (allowed(w, set))
		w->cut[image] = 1;
	for (uint32_t i = 0; i < w->h.writes; i++) {
		uint32_t covered = w->covered[i], part = covered;

		if ((set >> i & 1) || (w->before[i] & ~set))
			continue;
		visit(w, set | 1u << i, put(w, image, i, covered));
		/* Of a loose one any of its blocks. */
		while (part && cut_write_loose(&w->h.write[i], w->limits.torn)) {
			part = (part - 1) & covered;
			visit(w, set | 1u << i, put(w, image, i, part));
		}
	}
}

/* The answer of the code under test: 0 a cut, 1 not, -1 an error. */
static int judge(const struct world *w, uint32_t image)
{
	uint32_t content[VOLUMES][BLOCKS];
	struct cut_image images[VOLUMES];
	struct cut_result result = { 0 };

	for (uint32_t p = 0; p < PLACES; p++) {
		uint32_t value = image >> 3 * p & 7;

		content[p / BLOCKS][p % BLOCKS] = value ? CUT_C_WRITE + value - 1 : CUT_C_ZERO;
	}
	for (uint32_t v = 0; v < VOLUMES; v++)
		images[v] = (struct cut_image) { .blocks = BLOCKS, .content = content[v] };
	return cut_decide(&w->h, images, &w->limits, &result, ignore, NULL);
}

static bool next_image(const struct world *w, uint32_t *image)
{
	for (uint32_t p = 0; p < PLACES; p++) {
		uint32_t value = *image >> 3 * p & 7;

		while (++value <= w->h.writes) {
			if (w->h.write[value - 1].zero || !(w->covered[value - 1] >> p & 1))
				continue;
			*image = (*image & ~(7u << 3 * p)) | value << 3 * p;
			return true;
		}
		*image &= ~(7u << 3 * p);
	}
	return false;
}

static int prepare(struct world *w, const struct sim_setup *setup, struct sim_rnd *rnd)
{
	if (sim_run(&w->sim, setup, rnd))
		return -1;
	for (uint32_t i = 0; i < w->sim.records; i++) {
		cut_record_seal(&w->sim.record[i]);
		if (cut_history_add(&w->h, &w->sim.record[i]))
			return -1;
	}
	for (uint32_t i = 0; i < w->h.writes; i++) {
		const struct cut_write *a = &w->h.write[i];

		w->before[i] = 0;
		w->covered[i] = 0;
		for (uint32_t k = 0; k < w->h.writes; k++)
			if (w->h.write[k].end < a->begin)
				w->before[i] |= 1u << k;
		for (uint32_t k = 0; k < a->nblocks; k++)
			w->covered[i] |= (uint8_t)(1u << (a->volume * BLOCKS + a->block + k));
	}
	w->limits.to = CUT_NEVER;
	if (!sim_below(rnd, 3)) {
		w->limits.from = sim_below(rnd, w->sim.records);
		w->limits.to = w->limits.from + sim_below(rnd, w->sim.records);
	}
	w->limits.torn = !sim_below(rnd, 3);
	return 0;
}

struct score {
	uint64_t images, cuts, alarms, misses;
};

static int one_world(struct world *w, const struct sim_setup *setup, struct sim_rnd *rnd,
		     struct score *score)
{
	uint32_t image = 0;
	int ret = prepare(w, setup, rnd);

	memset(w->reached, 0, (size_t)1 << (MOST + 3 * PLACES - 3));
	memset(w->cut, 0, (size_t)1 << 3 * PLACES);
	if (!ret)
		visit(w, 0, 0);
	do {
		int answer = judge(w, image);

		if (answer < 0)
			ret = -1;
		score->images++;
		score->cuts += w->cut[image];
		score->alarms += answer == 1 && w->cut[image];
		score->misses += answer == 0 && !w->cut[image];
	} while (!ret && next_image(w, &image));
	cut_history_free(&w->h);
	sim_free(&w->sim);
	memset(&w->limits, 0, sizeof(w->limits));
	return ret;
}

static void worlds(const char *name, const struct sim_setup *setup, unsigned int rounds, bool exact)
{
	struct sim_rnd rnd = { .state = 4711 };
	struct score score = { 0 };
	struct world w = { 0 };
	int ret = 0;

	w.reached = malloc((size_t)1 << (MOST + 3 * PLACES - 3));
	w.cut = malloc((size_t)1 << 3 * PLACES);
	if (!w.reached || !w.cut)
		ret = -1;
	for (unsigned int i = 0; i < rounds && !ret; i++) {
		struct sim_setup s = *setup;

		s.writes = 3 + sim_below(&rnd, setup->writes - 2);
		s.writers = 2 + sim_below(&rnd, setup->writers - 1);
		ret = one_world(&w, &s, &rnd, &score);
	}
	free(w.reached);
	free(w.cut);
	if (ret)
		outcome(name, "could not run: %s", w.h.error);
	else if (score.alarms || score.misses > (exact ? 0 : score.images / 800) || !score.cuts)
		outcome(name, "%" PRIu64 " images, %" PRIu64 " cuts: %" PRIu64 " false alarms, %"
			PRIu64 " missed", score.images, score.cuts, score.alarms, score.misses);
	else
		outcome(name, NULL);
	printf("     %" PRIu64 " images, %" PRIu64 " of them cuts, 0 false alarms, %" PRIu64
	       " missed\n", score.images, score.cuts, score.misses);
}

void brute_force(unsigned int rounds)
{
	struct sim_setup setup = {
		.volumes = VOLUMES, .blocks = BLOCKS, .writers = 4, .writes = MOST, .largest = 3,
		.in_flight = true,
	};

	worlds("brute-force", &setup, rounds, true);
	setup.fail = 25;
	worlds("brute-force-failed", &setup, rounds, true);
	setup.fail = 0;
	setup.zero = 30;
	/* Zeroes do not say whose they are: circles through them may pass. */
	worlds("brute-force-zeroing", &setup, rounds, false);
	setup.fail = 15;
	worlds("brute-force-zeroing-failed", &setup, rounds, false);
}
