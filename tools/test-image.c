// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a journal of the smallest legal length with the core's encoders, for test.sh.
 *
 * usage: test-image FILE [new]
 *
 * The ring holds, from its head on, one record for each group commit: four frames of set 1, its
 * commit record, three frames of set 2 (complete), one of set 3 (partial), a dead one of another
 * term. Prints "NAME POSITION" for what a test may want to hit.
 *
 * new: what a formatting leaves that is cut short before the superblocks: a table without a volume.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "codec.h"
#include "map.h"
#include "replay.h"
#include "super.h"

#define HEAD	(2 * 4032 - 6)	/* so that the log wraps around the ring's end */
#define SECTORS	2048
#define MAP_FIRST	3

static int fd;
static struct afar_super_info super;
static u64 position = HEAD;
static u64 seq;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void put(u64 block, const void *buf)
{
	if (pwrite(fd, buf, AFAR_BLOCK, block * AFAR_BLOCK) != AFAR_BLOCK)
		die("pwrite");
}

static void put_ring(u64 at, const void *buf)
{
	put(super.ring_start + at % super.ring_blocks, buf);
}

static void name(struct afar_uuid *u, char letter)
{
	memset(u, letter, sizeof(*u));
}

static void make_super(void)
{
	struct afar_super le;
	int i;

	super.role = AFAR_SECONDARY;
	super.block_size = 4096;
	super.chunk_bytes = 1 << 20;
	super.flags = AFAR_SUPER_TERM | AFAR_SUPER_EQUAL;
	super.epoch = 3;
	super.head = HEAD;
	super.epoch_position = HEAD;
	super.stable = HEAD + 16;	/* up to and with the first frame of set 2 */
	super.term.counter = 2;
	name(&super.term.id, 't');
	name(&super.journal, 'j');
	name(&super.node, 'n');
	name(&super.group, 'g');
	super.chain.count = 1;
	super.chain.entry[0].term.counter = 1;
	name(&super.chain.entry[0].term.id, 'o');
	super.chain.entry[0].left_set = 7;
	super.chain.entry[0].left_seq = 70;
	if (!afar_super_geometry(&super, AFAR_JOURNAL_MIN))
		exit(2);
	for (i = 0; i < 2; i++) {
		super.generation++;
		afar_super_put(&le, &super);
		put(super.generation & 1, &le);
	}
}

static void make_table(bool empty)
{
	struct afar_table_block le;
	u32 index, copy;

	for (index = 0; index < AFAR_TABLE_BLOCKS; index++) {
		memset(&le, 0, sizeof(le));
		if (!index && !empty) {
			name(&le.entry[0].id, 'v');
			le.entry[0].sectors = cpu_to_le64(SECTORS);
			le.entry[0].used = cpu_to_le32(1);
			le.entry[0].map_first = cpu_to_le32(MAP_FIRST);
			le.entry[0].map_blocks = cpu_to_le32(1);
		}
		for (copy = 1; copy <= 2; copy++) {
			afar_table_block_put(&le, &super.journal, index, copy);
			put(super.table_start + 2 * index + (copy & 1), &le);
		}
	}
}

/* The only chunk of the only volume may differ, says the newer copy. */
static void make_map(void)
{
	struct afar_map_block le;
	u32 copy;

	for (copy = 0; copy < 2; copy++) {
		struct afar_map_info info = {
			.index = MAP_FIRST, .generation = 7 + copy, .journal = super.journal,
			.chunks = 1, .base.term = super.term, .base.set = 1, .base.seq = 5,
		};

		name(&info.base.journal, 'p');
		memset(&le, 0, sizeof(le));
		le.bits[0] = copy;
		afar_map_block_put(&le, &info);
		put(super.map_start + 2 * MAP_FIRST + copy, &le);
	}
}

static void record(void *block, u16 type, unsigned int count, u32 payload, u64 counter)
{
	struct afar_head_info info = {
		.type = type, .count = count, .payload = payload, .owner = super.journal,
		.term = super.term, .position = position, .epoch = super.epoch,
		.stable = position,
		.bytes = sizeof(struct afar_head) + count * sizeof(struct afar_command),
	};

	info.term.counter = counter;
	if (counter != super.term.counter)
		name(&info.term.id, 'x');
	afar_head_put(block, &info);
	put_ring(position, block);
	position += afar_record_blocks(&info);
}

/* A frame of one write of one and a half blocks, and, as the last of a set, its sync command. */
static void frame(u64 set, u64 first, bool last, u64 counter)
{
	char block[AFAR_BLOCK] = { 0 }, payload[2 * AFAR_BLOCK] = { 0 };
	struct afar_cmd cmd = {
		.op = AFAR_OP_WRITE, .set = set, .first = first, .seq = ++seq, .sector = 8 * seq,
		.bytes = AFAR_BLOCK + AFAR_BLOCK / 2,
	};

	memset(payload, 'a' + seq % 26, cmd.bytes);
	cmd.sum = afar_sum(payload, cmd.bytes);
	afar_cmd_put(block, 0, &cmd);
	put_ring(position + 1, payload);
	put_ring(position + 2, payload + AFAR_BLOCK);
	if (last) {
		cmd = (struct afar_cmd){
			.op = AFAR_OP_SYNC, .set = set, .first = first, .seq = ++seq,
			.time = 1700000000000000000ULL + seq,
		};
		cmd.blocks = 3 * (seq - first) + 1;
		afar_cmd_put(block, 1, &cmd);
	}
	record(block, AFAR_COMMANDS, 1 + last, sizeof(payload), counter);
}

static void commit(u64 set)
{
	char block[AFAR_BLOCK] = { 0 };
	struct afar_cmd cmd = { .op = AFAR_OP_COMMIT, .set = set, .first = seq, .seq = seq };

	afar_cmd_put(block, 0, &cmd);
	record(block, AFAR_COMMIT, 1, 0, super.term.counter);
}

int main(int argc, char **argv)
{
	unsigned int i;
	u64 last;

	bool new = argc == 3 && !strcmp(argv[2], "new");

	if (argc != 2 && !new)
		return 2;
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)AFAR_JOURNAL_MIN * AFAR_BLOCK))
		die(argv[1]);
	if (new) {
		super.table_start = 2;
		name(&super.journal, 'p');
		make_table(true);
		return close(fd) ? 2 : 0;
	}
	make_super();
	make_table(false);
	make_map();
	printf("map %llu\n", (u64)super.map_start + 2 * MAP_FIRST);
	printf("ring_start %llu\nring_blocks %u\n", super.ring_start, super.ring_blocks);
	printf("first %llu\n", position);
	for (i = 0; i < 4; i++)
		frame(1, 1, i == 3, super.term.counter);
	printf("commit %llu\n", position);
	commit(1);
	printf("second %llu\n", position);
	for (i = 0; i < 3; i++)
		frame(2, 6, i == 2, super.term.counter);
	frame(3, 10, false, super.term.counter);
	last = position;
	frame(9, 1, false, 77);
	printf("last %llu\nend %llu\n", last, position);
	return close(fd) ? 2 : 0;
}
