/* SPDX-License-Identifier: GPL-2.0 */
/* A load and an honest replicator, in memory: what afar-load would log, and every cut of it. */
#ifndef CUT_SIMULATE_H
#define CUT_SIMULATE_H

#include "format.h"
#include <stdbool.h>

#define SIM_VOLUMES	4
#define SIM_BLOCKS	128
#define SIM_OLD		(-1)

struct sim_rnd {
	uint64_t state;
};

struct sim_setup {
	unsigned int volumes, blocks, writers, writes, largest;
	unsigned int zero, fail, close;		/* percent */
	bool in_flight;				/* stop with writes in flight */
};

struct sim_write {
	uint64_t counter;
	uint32_t block, nblocks, begin, end;	/* end: UINT32_MAX in flight */
	uint32_t number;			/* 0: none yet */
	uint32_t set;
	uint32_t hit;				/* a failed one changed these of its blocks */
	uint16_t volume, writer;
	bool zero, failed;
};

struct sim {
	struct sim_setup setup;
	struct cut_record *record;
	struct sim_write *write;
	uint32_t *by_number;			/* [number - 1] -> write */
	uint32_t *set_end;			/* [set] -> its last number; set 0 is empty */
	struct { uint32_t begin, end, set; } *close;
	uint32_t records, writes, numbers, sets, closes;
};

/* Each block holds SIM_OLD or the index of the write that was last. */
struct sim_image {
	int32_t at[SIM_VOLUMES][SIM_BLOCKS];
};

uint64_t sim_random(struct sim_rnd *rnd);
uint32_t sim_below(struct sim_rnd *rnd, uint32_t n);

/* 0, or -1 without memory */
int sim_run(struct sim *sim, const struct sim_setup *setup, struct sim_rnd *rnd);
void sim_free(struct sim *sim);

void sim_image_init(struct sim_image *image);
void sim_apply(const struct sim *sim, struct sim_image *image, uint32_t write);
/* What all commands up to @number leave. */
void sim_cut(const struct sim *sim, struct sim_image *image, uint32_t number);
bool sim_covers(const struct sim_write *w, unsigned int volume, uint32_t block);
void sim_block(const struct sim *sim, uint32_t write, uint32_t block, void *data);

#endif
