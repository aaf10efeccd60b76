/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What afar-load writes and afar-cutcheck reads: the head of each payload block and the records
 * of the log. All fields little-endian, reserved fields zero.
 */
#ifndef CUT_FORMAT_H
#define CUT_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the log and the payload are read and written as they lie in memory"
#endif

#define CUT_BLOCK	4096u
#define CUT_HEAD_MAGIC	0x314b4c4252414641ull	/* "AFARBLK1" */
#define CUT_REC_MAGIC	0x31524641u		/* "AFR1" */

/* The first 64 bytes of each 4096-byte block of a payload; the rest is noise from @fill. */
struct cut_head {
	uint64_t magic;
	uint32_t crc;		/* crc32c of the whole block, this field as zero */
	uint32_t run;		/* of the program that wrote it */
	uint16_t volume;
	uint16_t writer;
	uint32_t index;		/* of this block in its write */
	uint64_t counter;	/* of the write, dense per run and writer */
	uint64_t block;		/* place on the volume, in blocks */
	uint64_t time;		/* of submission, CLOCK_REALTIME, ns */
	uint32_t nblocks;	/* of the whole write */
	uint32_t reserved;
	uint64_t fill;
};

static_assert(sizeof(struct cut_head) == 64, "head size");
static_assert(offsetof(struct cut_head, crc) == 8, "head layout");
static_assert(offsetof(struct cut_head, counter) == 24, "head layout");
static_assert(offsetof(struct cut_head, fill) == 56, "head layout");

enum cut_kind {
	CUT_START	= 1,	/* a run begins: block = seed, nblocks = volumes */
	CUT_VOLUME	= 2,	/* block = blocks of @volume that are in use */
	CUT_SUBMIT	= 3,	/* logged before the write is submitted */
	CUT_COMPLETE	= 4,	/* logged after it completed */
	CUT_FAILED	= 5,	/* logged after it completed with an error: value = errno */
	CUT_FLUSH_BEGIN	= 6,
	CUT_FLUSH_END	= 7,	/* value = errno, 0 if it worked */
	CUT_CLOSE_BEGIN	= 8,	/* counter = number of the close */
	CUT_CLOSE_END	= 9,	/* block = set, value = hash of the term's text, 0 without */
	CUT_CLOSE_FAIL	= 10,	/* the command failed or did not answer a number */
	CUT_END		= 11,	/* the run ended by itself */
};

enum cut_flag {
	CUT_F_ZERO	= 1,	/* the write leaves zeroes */
	CUT_F_DISCARD	= 2,	/* by a discard */
	CUT_F_FUA	= 4,
};

struct cut_record {
	uint32_t magic;
	uint16_t kind;
	uint16_t flags;
	uint64_t position;	/* in the run, dense: a hole is a damaged log */
	uint32_t run;
	uint16_t volume;
	uint16_t writer;
	uint64_t counter;
	uint64_t block;
	uint32_t nblocks;
	uint32_t value;
	uint64_t time;
	uint32_t reserved;
	uint32_t crc;		/* crc32c of all before it */
};

static_assert(sizeof(struct cut_record) == 64, "record size");
static_assert(offsetof(struct cut_record, run) == 16, "record layout");
static_assert(offsetof(struct cut_record, block) == 32, "record layout");
static_assert(offsetof(struct cut_record, crc) == 60, "record layout");

uint32_t cut_crc(uint32_t crc, const void *data, size_t len);
uint32_t cut_block_crc(const void *block);
uint32_t cut_term_hash(const char *text, size_t len);
void cut_record_seal(struct cut_record *rec);
int cut_record_good(const struct cut_record *rec);
void cut_block_fill(void *block, const struct cut_head *head);

#endif
