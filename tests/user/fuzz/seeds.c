// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the fuzzers' first inputs: what is valid.
 *
 * usage: fuzz-seeds DIRECTORY
 */
#include <errno.h>
#include <linux/kernel.h>
#include <string.h>
#include <sys/stat.h>
#include "../../../drivers/md/dm-afar/core/tests/golden.h"
#include "../../../drivers/md/dm-afar/core/tests/ring.h"
#include "../../../drivers/md/dm-afar/core/tests/util.h"
#include "fuzz.h"

static const char *directory;

static void put(const char *target, const char *name, const void *data, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, target);
	if (mkdir(path, 0777) && errno != EEXIST)
		goto failed;
	snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
	f = fopen(path, "wb");
	if (!f)
		goto failed;
	if (fwrite(data, 1, size, f) == size && !fclose(f))
		return;
failed:
	perror(path);
	exit(1);
}

static u8 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void golden(u8 *bytes, const struct golden_piece *piece, unsigned int pieces)
{
	for (; pieces--; piece++) {
		const char *hex = piece->hex;
		u8 *p = bytes + piece->at;

		for (; *hex; hex += 2)
			*p++ = nibble(hex[0]) << 4 | nibble(hex[1]);
	}
}

/* Each golden message as it is, and with the help of a seal. */
static void message(const char *name, const struct golden_piece *piece, unsigned int pieces,
		    size_t bytes, size_t payload)
{
	static u8 data[1 + 5 * AFAR_BLOCK];
	char sealed[64];

	memset(data, 0, sizeof(data));
	golden(data + 1, piece, pieces);
	put("message", name, data, 1 + bytes + payload);
	data[0] = 3;
	snprintf(sealed, sizeof(sealed), "%s-sealed", name);
	put("message", sealed, data, 1 + bytes + payload);
}

#define MESSAGE(name, payload) \
	message(#name, golden_##name, ARRAY_SIZE(golden_##name), golden_##name##_bytes, payload)

/* Two small sets, in frames of three commands: a stream that a tracker takes. */
static void stream(void)
{
	static u8 data[1 + 4 * AFAR_BLOCK];
	static u64 block[AFAR_BLOCK / sizeof(u64)];
	u8 *p = data + 1;
	u32 set, i;

	data[0] = 1 | 8;
	for (set = 1; set <= 4; set++) {
		u64 first = 1 + 3 * (set - 1);
		struct afar_cmd cmd[3] = {
			afar_test_void(set, first, first),
			afar_test_void(set, first, first + 1),
			afar_test_sync(set, first, first + 2, 3),
		};
		struct afar_head_info info = {
			.type = AFAR_COMMANDS, .count = 3, .bytes = 128 + 3 * 64,
			.term.counter = 1, .position = set - 1,
		};

		for (i = 0; i < 3; i++)
			afar_cmd_put(block, i, &cmd[i]);
		afar_head_put(block, &info);
		memcpy(p, block, info.bytes);
		p += info.bytes;
	}
	put("message", "stream", data, p - data);
}

static void compact(void)
{
	static const u8 data[] = {
		4 | 8,
		0, 1, 1, 0, 0, 0, 1, 0,		/* write 1 of set 1 */
		2, 1, 1, 2, 9, 0, 1, 0,		/* sync 3 of set 1 */
		3, 1, 1, 1, 0, 0, 1, 0,		/* void 2 of set 1 */
		1, 2, 4, 0, 7, 0, 1, 0,		/* zero 4 of set 2 */
		2, 2, 4, 1, 9, 0, 0, 0,		/* sync 5 of set 2 */
		2, 3, 6, 0, 1, 0, 0, 0,		/* sync 6 of set 3 */
	};

	put("message", "compact", data, sizeof(data));
}

static void super(void)
{
	static u8 data[1 + 2 * AFAR_BLOCK];

	put("super", "zero", data, sizeof(data));
	golden(data + 1, golden_super, ARRAY_SIZE(golden_super));
	put("super", "one", data, sizeof(data));
	golden(data + 1 + AFAR_BLOCK, golden_super, ARRAY_SIZE(golden_super));
	put("super", "both", data, sizeof(data));
	data[0] = 7;
	put("super", "sealed", data, sizeof(data));
	memset(data, 0, sizeof(data));
	golden(data + 1, golden_table_block, ARRAY_SIZE(golden_table_block));
	put("super", "table", data, sizeof(data));
	data[0] = 4;
	put("super", "table-sealed", data, sizeof(data));
	memset(data, 0, sizeof(data));
	golden(data + 1, golden_map_block, ARRAY_SIZE(golden_map_block));
	put("super", "map", data, sizeof(data));
	data[0] = 8;
	put("super", "map-sealed", data, sizeof(data));
}

/* A ring as the target takes it: eight bytes of positions, then the beginnings of records. */
static void ring(const char *name, u8 how)
{
	static struct afar_test_ring r;
	static u8 data[8 + 16 * (2 + 320)];
	struct afar_cmd cmd[3];
	u64 position[16];
	u32 n = 0, i, at = 8;

	if (!afar_test_ring_new(&r, 48, 5))
		exit(1);
	r.super.epoch = 3;
	for (i = 0; i < 3; i++) {
		u64 first = 1 + 4 * i;

		cmd[0] = afar_test_void(i + 1, first, first);
		cmd[1] = afar_test_write(i + 1, first, first + 1, 4096);
		position[n++] = afar_test_ring_append(&r, AFAR_COMMANDS, cmd, 2, NULL);
		cmd[0] = afar_test_void(i + 1, first, first + 2);
		cmd[1] = afar_test_sync(i + 1, first, first + 3, 10);
		position[n++] = afar_test_ring_append(&r, AFAR_COMMANDS, cmd, 2, NULL);
		afar_test_ring_flush(&r);
	}
	cmd[0] = (struct afar_cmd){ .op = AFAR_OP_COMMIT, .set = 2, .first = 8, .seq = 8 };
	position[n++] = afar_test_ring_append(&r, AFAR_COMMIT, cmd, 1, NULL);
	data[0] = 5;
	data[4] = r.super.epoch - 1;
	for (i = 0; i < n; i++) {
		data[at] = position[i] - 5;
		data[at + 1] = how;
		memcpy(data + at + 2, afar_test_ring_at(&r, position[i]), 320);
		at += 322;
	}
	put("ring", name, data, at);
	afar_test_ring_free(&r);
}

static void options(void)
{
	static const char *const line[] = {
		"key afar:g0 block_size 4096 chunk_size 1048576 lanes 2", "key none", "key a:b key c:d",
		"set_bytes 0 set_writes 1000000000 set_interval_ms 1",
		"memory_limit 4194304 stage_memory 1099511627776 timeout_ms 500",
		"timeout_ms 500 timeout_ms 500", "lanes", "lanes 17", "speed 3", "set_bytes 5\n",
	};
	char name[16];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		snprintf(name, sizeof(name), "%u", i);
		put("options", name, line[i], strlen(line[i]));
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: fuzz-seeds DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	MESSAGE(commands, 3 * AFAR_BLOCK);
	MESSAGE(commit, 0);
	MESSAGE(challenge, 0);
	MESSAGE(proof, 0);
	MESSAGE(hello, 0);
	MESSAGE(table, 0);
	MESSAGE(arrivals, 0);
	MESSAGE(go, 0);
	MESSAGE(ack, 0);
	MESSAGE(ping, 0);
	MESSAGE(bye, 0);
	MESSAGE(ask, 0);
	MESSAGE(hashes, 0);
	MESSAGE(end, 0);
	MESSAGE(differs, 0);
	stream();
	compact();
	super();
	ring("sealed", 15);
	ring("raw", 8);
	options();
	return 0;
}
