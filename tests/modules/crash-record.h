/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What afar-crash records of a run on <log>, and afar-powercut reads: one block of 4096 bytes for
 * each write and each flush, in the order in which they completed, over all devices of the
 * domain; behind that of a write its data, filled up to the next 4096. Little endian. Before the
 * record, all devices are taken to be zeroes.
 */
#ifndef CRASH_RECORD_H
#define CRASH_RECORD_H

#include <linux/types.h>

#define CRASH_RECORD_MAGIC	0x64726f6365722121ULL
#define CRASH_RECORD_BLOCK	4096u

enum crash_record_kind {
	CRASH_RECORD_WRITE = 1,
	CRASH_RECORD_FUA,	/* a write that was on the media when it completed */
	CRASH_RECORD_ZERO,	/* no data */
	CRASH_RECORD_FLUSH,	/* all writes up to @completed are on the media */
};

/**
 * struct crash_record - a write or a flush
 * @magic:     CRASH_RECORD_MAGIC
 * @number:    from 0, without a gap; the first block that has another one is behind the end
 * @ns:        when it completed, CLOCK_MONOTONIC
 * @completed: write: its number on its device, from 1; flush: the last one that it is for
 * @sector:    write: where, in 512 bytes
 * @bytes:     write: how much, a multiple of 512
 * @device:    its place among the domain's devices, as they were created, from 0
 * @kind:      enum crash_record_kind
 */
struct crash_record {
	__le64 magic;
	__le64 number;
	__le64 ns;
	__le64 completed;
	__le64 sector;
	__le32 bytes;
	__le32 device;
	__le32 kind;
};

#endif /* CRASH_RECORD_H */
