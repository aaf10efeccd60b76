// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "simulate.h"

#define RUN 7

uint64_t sim_random(struct sim_rnd *rnd)
{
	uint64_t z = rnd->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

uint32_t sim_below(struct sim_rnd *rnd, uint32_t n)
{
	return (uint32_t)(sim_random(rnd) % n);
}

struct stage {			/* of one writer */
	uint64_t counter;
	uint32_t write;
	enum { IDLE, SUBMITTED, NUMBERED } at;
};

static struct cut_record *record(struct sim *sim, enum cut_kind kind)
{
	struct cut_record *rec = &sim->record[sim->records];

	*rec = (struct cut_record) {
		.kind = (uint16_t)kind, .run = RUN, .position = sim->records, .time = sim->records,
	};
	sim->records++;
	return rec;
}

static void record_write(struct sim *sim, const struct sim_write *w, enum cut_kind kind)
{
	struct cut_record *rec = record(sim, kind);

	rec->flags = w->zero ? CUT_F_ZERO : 0;
	rec->volume = w->volume;
	rec->writer = w->writer;
	rec->counter = w->counter;
	rec->block = w->block;
	rec->nblocks = w->nblocks;
}

static void submit(struct sim *sim, struct stage *s, uint16_t writer, struct sim_rnd *rnd)
{
	const struct sim_setup *setup = &sim->setup;
	struct sim_write *w = &sim->write[sim->writes];

	*w = (struct sim_write) {
		.counter = s->counter++, .volume = (uint16_t)sim_below(rnd, setup->volumes),
		.nblocks = 1 + sim_below(rnd, setup->largest), .writer = writer,
		.begin = sim->records, .end = UINT32_MAX,
		.zero = sim_below(rnd, 100) < setup->zero,
		.failed = sim_below(rnd, 100) < setup->fail,
		.hit = (uint32_t)sim_random(rnd),
	};
	w->block = sim_below(rnd, setup->blocks - w->nblocks + 1);
	if (!w->failed)
		w->hit = UINT32_MAX;
	s->write = sim->writes++;
	s->at = SUBMITTED;
	record_write(sim, w, CUT_SUBMIT);
}

/* Parked as long as an overlapping one runs. */
static bool may_run(const struct sim *sim, const struct stage *stage, const struct sim_write *w)
{
	for (unsigned int i = 0; i < sim->setup.writers; i++) {
		const struct sim_write *o = &sim->write[stage[i].write];

		if (stage[i].at == NUMBERED && o->volume == w->volume &&
		    o->block < w->block + w->nblocks && w->block < o->block + o->nblocks)
			return false;
	}
	return true;
}

static void close_set(struct sim *sim)
{
	sim->set_end[sim->sets++] = sim->numbers;
}

static void step_writer(struct sim *sim, struct stage *stage, uint16_t writer, struct sim_rnd *rnd)
{
	struct stage *s = &stage[writer];
	struct sim_write *w = &sim->write[s->write];

	if (s->at == IDLE) {
		if (sim->writes < sim->setup.writes)
			submit(sim, s, writer, rnd);
	} else if (s->at == SUBMITTED) {
		if (!may_run(sim, stage, w))
			return;
		sim->by_number[sim->numbers++] = s->write;
		w->number = sim->numbers;
		w->set = sim->sets;
		s->at = NUMBERED;
	} else {
		w->end = sim->records;
		record_write(sim, w, w->failed ? CUT_FAILED : CUT_COMPLETE);
		s->at = IDLE;
	}
}

static void step_closer(struct sim *sim, unsigned int *stage)
{
	struct cut_record *rec;

	if (*stage == 0) {
		rec = record(sim, CUT_CLOSE_BEGIN);
		rec->counter = sim->closes;
		sim->close[sim->closes].begin = sim->records - 1;
	} else if (*stage == 1) {
		close_set(sim);
		sim->close[sim->closes].set = sim->sets - 1;
	} else {
		sim->close[sim->closes].end = sim->records;
		rec = record(sim, CUT_CLOSE_END);
		rec->counter = sim->closes;
		rec->block = sim->close[sim->closes++].set;
	}
	*stage = (*stage + 1) % 3;
}

static bool all_idle(const struct sim *sim, const struct stage *stage)
{
	for (unsigned int i = 0; i < sim->setup.writers; i++)
		if (stage[i].at != IDLE)
			return false;
	return true;
}

static void play(struct sim *sim, struct stage *stage, struct sim_rnd *rnd)
{
	const uint32_t most = sim->setup.writes;
	unsigned int closer = 0;

	close_set(sim);		/* set 0: nothing */
	record(sim, CUT_START)->nblocks = sim->setup.volumes;
	for (unsigned int v = 0; v < sim->setup.volumes; v++) {
		struct cut_record *rec = record(sim, CUT_VOLUME);

		rec->volume = (uint16_t)v;
		rec->block = sim->setup.blocks;
	}
	while (sim->writes < most || closer ||
	       (!sim->setup.in_flight && !all_idle(sim, stage))) {
		/* A close takes its time: writes run beside each of its steps. */
		if (sim_below(rnd, 100) < (closer ? 15 : sim->setup.close) &&
		    sim->closes < most && sim->sets < most)
			step_closer(sim, &closer);
		/* A set also closes by policy, without a record. */
		if (sim->setup.close && !sim_below(rnd, 40) && sim->sets < most)
			close_set(sim);
		step_writer(sim, stage, (uint16_t)sim_below(rnd, sim->setup.writers), rnd);
	}
	close_set(sim);
	/* What did not end did not fail. */
	for (uint32_t i = 0; i < sim->writes; i++)
		if (sim->write[i].end == UINT32_MAX)
			sim->write[i].hit = UINT32_MAX;
}

int sim_run(struct sim *sim, const struct sim_setup *setup, struct sim_rnd *rnd)
{
	struct stage *stage = calloc(setup->writers, sizeof(*stage));
	uint32_t most = setup->writes;

	memset(sim, 0, sizeof(*sim));
	sim->setup = *setup;
	sim->record = calloc(4 * (size_t)most + 16, sizeof(*sim->record));
	sim->write = calloc(most + 1, sizeof(*sim->write));
	sim->by_number = calloc(most + 1, sizeof(*sim->by_number));
	sim->set_end = calloc(most + 16, sizeof(*sim->set_end));
	sim->close = calloc(most + 1, sizeof(*sim->close));
	if (!stage || !sim->record || !sim->write || !sim->by_number || !sim->set_end ||
	    !sim->close) {
		free(stage);
		sim_free(sim);
		return -1;
	}
	play(sim, stage, rnd);
	free(stage);
	return 0;
}

void sim_free(struct sim *sim)
{
	free(sim->record);
	free(sim->write);
	free(sim->by_number);
	free(sim->set_end);
	free(sim->close);
	memset(sim, 0, sizeof(*sim));
}

void sim_image_init(struct sim_image *image)
{
	for (unsigned int v = 0; v < SIM_VOLUMES; v++)
		for (unsigned int b = 0; b < SIM_BLOCKS; b++)
			image->at[v][b] = SIM_OLD;
}

void sim_apply(const struct sim *sim, struct sim_image *image, uint32_t write)
{
	const struct sim_write *w = &sim->write[write];

	for (uint32_t i = 0; i < w->nblocks; i++)
		if (w->hit >> (i % 32) & 1)
			image->at[w->volume][w->block + i] = (int32_t)write;
}

void sim_cut(const struct sim *sim, struct sim_image *image, uint32_t number)
{
	sim_image_init(image);
	for (uint32_t n = 0; n < number; n++)
		sim_apply(sim, image, sim->by_number[n]);
}

bool sim_covers(const struct sim_write *w, unsigned int volume, uint32_t block)
{
	return w->volume == volume && block >= w->block && block < w->block + w->nblocks;
}

void sim_block(const struct sim *sim, uint32_t write, uint32_t block, void *data)
{
	const struct sim_write *w = &sim->write[write];
	struct cut_head head = {
		.run = RUN, .volume = w->volume, .writer = w->writer, .index = block - w->block,
		.counter = w->counter, .block = block, .time = w->begin, .nblocks = w->nblocks,
		.fill = write * 1000003ull + block,
	};

	if (w->zero)
		memset(data, 0, CUT_BLOCK);
	else
		cut_block_fill(data, &head);
}
