// SPDX-License-Identifier: GPL-2.0-only
/*
 * A primary: one proper one, which writes a set and waits until it is committed, and many that break
 * one rule each. Where they send something valid before that, it belongs to the set that the proper
 * one will write, and is the same: four writes of one block and a sync command.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "talk.h"

#define WRITES	4

static u8 payload[AFAR_FRAME_PAYLOAD];

static void handshake(struct peer *p)
{
	send_hello(p);
	send_table(p);
	expect_hello(p);
	send_message(p, AFAR_GO, 0);
}

void primary_handshake(struct peer *p)
{
	handshake(p);
}

/* Command number @i of the set that is due. */
static struct afar_cmd cmd_of(struct peer *p, unsigned int i)
{
	struct afar_cmd cmd = {
		.set = p->ack.replicated + 1,
		.first = p->ack.replicated_seq + 1,
		.seq = p->ack.replicated_seq + 1 + i,
	};

	if (i == WRITES) {
		cmd.op = AFAR_OP_SYNC;
		cmd.blocks = 2 * WRITES + 1;
		cmd.time = 1;
		return cmd;
	}
	cmd.op = AFAR_OP_WRITE;
	cmd.sector = cmd.seq * 8 % (p->sectors[0] - 8) / 8 * 8;
	cmd.bytes = AFAR_BLOCK;
	memset(payload, 'a' + cmd.seq % 26, AFAR_BLOCK);
	cmd.sum = afar_sum(payload, AFAR_BLOCK);
	return cmd;
}

static struct afar_head_info frame_of(struct peer *p, const struct afar_cmd *cmd)
{
	afar_cmd_put(p->tx, 0, cmd);
	return (struct afar_head_info){
		.type = AFAR_COMMANDS, .count = 1,
		.bytes = sizeof(struct afar_head) + sizeof(struct afar_command),
		.payload = afar_cmd_payload(cmd), .owner = p->owner, .term = p->term,
		.position = p->sent++,
	};
}

static void send_frame(struct peer *p, struct afar_head_info *info)
{
	send_raw(p, info);
	send_bytes(p, payload, info->payload > sizeof(payload) ? 0 : info->payload);
}

static void send_cmd(struct peer *p, const struct afar_cmd *cmd)
{
	struct afar_head_info info = frame_of(p, cmd);

	send_frame(p, &info);
}

static void send_nth(struct peer *p, unsigned int i)
{
	struct afar_cmd cmd = cmd_of(p, i);

	send_cmd(p, &cmd);
}

static void wait_committed(struct peer *p, u64 set)
{
	struct afar_head_info info;

	while (p->ack.committed < set)
		expect(p, AFAR_ACK, &info);
	printf("committed: set %llu\n", set);
}

/* Backwards, some twice, what is there already not at all. */
static void proper(struct peer *p)
{
	u64 set;
	int i;

	handshake(p);
	set = p->ack.replicated + 1;
	for (i = WRITES; i >= 0; i--) {
		if (p->arrived & (1ULL << i))
			continue;
		send_nth(p, i);
		if (i % 2)
			send_nth(p, i);
	}
	wait_committed(p, set);
}

/* Before the handshake. */

static void silent(struct peer *p)
{
	expect_close(p, 0);
}

static void garbage(struct peer *p)
{
	memset(payload, 0xa5, sizeof(payload));
	send_bytes(p, payload, sizeof(payload));
	expect_close(p, 0);
}

static void half_hello(struct peer *p)
{
	struct afar_head_info info = {
		.type = AFAR_HELLO, .bytes = sizeof(struct afar_head) + sizeof(struct afar_hello),
	};

	afar_head_put(p->tx, &info);
	send_bytes(p, p->tx, 300);
	expect_close(p, 0);
}

static void hello_flipped(struct peer *p)
{
	struct afar_head_info info = {
		.type = AFAR_HELLO, .bytes = sizeof(struct afar_head) + sizeof(struct afar_hello),
		.owner = p->owner, .term = p->term,
	};

	afar_hello_put(p->tx, &p->hello);
	afar_head_put(p->tx, &info);
	p->tx[200] ^= 1;
	send_bytes(p, p->tx, info.bytes);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void first_message(struct peer *p, u16 type)
{
	send_message(p, type, 0);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void go_first(struct peer *p) { first_message(p, AFAR_GO); }
static void ack_first(struct peer *p) { first_message(p, AFAR_ACK); }
static void unknown_type(struct peer *p) { first_message(p, 99); }

static void oversized(struct peer *p)
{
	struct afar_head_info info = { .type = AFAR_HELLO, .bytes = AFAR_BLOCK };
	struct afar_head *head = (void *)p->tx;

	afar_head_put(p->tx, &info);
	head->bytes = cpu_to_le32(0x7fffffff);
	send_bytes(p, p->tx, AFAR_BLOCK);
	expect_close(p, AFAR_BYE_GARBAGE);
}

/* The handshake. */

static void refused(struct peer *p, u32 reason)
{
	send_hello(p);
	send_table(p);
	expect_close(p, reason);
}

static void version(struct peer *p)
{
	p->hello.version_min = p->hello.version_max = AFAR_PROTOCOL + 1;
	refused(p, AFAR_BYE_VERSION);
}

static void feature(struct peer *p)
{
	p->hello.features = 1ULL << 63;
	refused(p, AFAR_BYE_VERSION);
}

static void role(struct peer *p)
{
	p->hello.role = AFAR_SECONDARY;
	refused(p, AFAR_BYE_ROLE);
}

static void no_role(struct peer *p)
{
	p->hello.role = 77;
	refused(p, AFAR_BYE_GARBAGE);
}

static void group(struct peer *p)
{
	p->hello.group = uuid_of(0x12);
	refused(p, AFAR_BYE_GROUP);
}

static void no_group(struct peer *p)
{
	memset(&p->hello.group, 0, sizeof(p->hello.group));
	refused(p, AFAR_BYE_GARBAGE);
}

static void no_term(struct peer *p)
{
	memset(&p->term, 0, sizeof(p->term));
	refused(p, AFAR_BYE_GARBAGE);
}

static void other_term(struct peer *p)
{
	p->term.counter = 7;
	p->term.id = uuid_of(0x47);
	refused(p, AFAR_BYE_SPLIT);
}

static void block_size(struct peer *p)
{
	p->hello.block_size = 512;
	refused(p, AFAR_BYE_BLOCKSIZE);
}

static void volume_size(struct peer *p)
{
	p->sectors[0] += 8;
	refused(p, AFAR_BYE_VOLUMES);
}

static void volume_more(struct peer *p)
{
	p->sectors[p->hello.volumes++] = 2048;
	refused(p, AFAR_BYE_VOLUMES);
}

static void volume_none(struct peer *p)
{
	p->hello.volumes = 0;
	send_hello(p);
	expect_close(p, AFAR_BYE_VOLUMES);
}

static void table_too_long(struct peer *p)
{
	send_hello(p);
	p->sectors[p->hello.volumes++] = 2048;
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void volume_twice(struct peer *p)
{
	p->hello.volumes++;
	send_hello(p);
	p->hello.volumes--;
	send_table(p);
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void arrivals(struct peer *p)
{
	p->hello.arrivals = 3;
	refused(p, AFAR_BYE_GARBAGE);
}

static void commands_for_go(struct peer *p)
{
	send_hello(p);
	send_table(p);
	expect_hello(p);
	send_nth(p, 0);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void no_go(struct peer *p)
{
	send_hello(p);
	send_table(p);
	expect_hello(p);
	expect_close(p, 0);
}

/* Live. */

/* A frame with one thing wrong: change @cmd or @info and go on with over(). */
#define LIVE(name) \
static void name##_change(struct peer *p, struct afar_cmd *cmd); \
static void name(struct peer *p) \
{ \
	struct afar_cmd cmd; \
	handshake(p); \
	cmd = cmd_of(p, 0); \
	name##_change(p, &cmd); \
	send_cmd(p, &cmd); \
	expect_close(p, 0); \
} \
static void name##_change(struct peer *p __attribute__((unused)), struct afar_cmd *cmd)

LIVE(payload_sum)	{ cmd->sum ^= 1; }
LIVE(no_volume)		{ cmd->volume = 77; }
LIVE(wild_volume)	{ cmd->volume = 4711; }
LIVE(beyond_end)	{ cmd->sector = p->sectors[0] - 7; }
LIVE(wild_sector)	{ cmd->sector = U64_MAX - 7; }
LIVE(no_length)		{ cmd->bytes = 0; }
LIVE(odd_length)	{ cmd->bytes = 100; }
LIVE(small_block)	{ cmd->bytes = 512; cmd->sum = afar_sum(payload, 512); }
LIVE(long_length)	{ cmd->bytes = 2 << 20; }
LIVE(wild_flag)		{ cmd->flags = 0x80; }
LIVE(wild_op)		{ cmd->op = 200; }
LIVE(no_op)		{ cmd->op = 0; }
LIVE(set_zero)		{ cmd->set = 0; }
LIVE(set_wild)		{ cmd->set = U64_MAX; }
LIVE(below_first)	{ cmd->seq = cmd->first - 1; }
LIVE(first_zero)	{ cmd->first = 0; }
LIVE(far_number)	{ cmd->seq += 10000000; }
LIVE(wild_number)	{ cmd->seq = U64_MAX; }
LIVE(beyond_credit)	{ cmd->set = p->ack.credit + 1; cmd->first += 100000; cmd->seq += 100000; }
LIVE(first_too_high)	{ cmd->first++; cmd->seq++; }
LIVE(late_number)	{ cmd->set++; cmd->first = cmd->seq = p->ack.replicated_seq; }
LIVE(large_set)		{ *cmd = cmd_of(p, WRITES); cmd->blocks = 0x7fffffff; }
LIVE(small_set)		{ *cmd = cmd_of(p, WRITES); cmd->blocks = 1; }
LIVE(sync_with_data)	{ *cmd = cmd_of(p, WRITES); cmd->bytes = AFAR_BLOCK; cmd->sector = 8; }
LIVE(wrong_term)	{ cmd->op = cmd->op; p->term.id.b[3] ^= 1; }
LIVE(wrong_session)	{ cmd->op = cmd->op; p->owner.b[3] ^= 1; }
LIVE(number_skipped)	{ cmd->op = cmd->op; p->sent++; }
LIVE(number_again)	{ cmd->op = cmd->op; p->sent--; }
LIVE(zero_with_sum)	{ cmd->op = AFAR_OP_ZERO; }
LIVE(commit)		{ cmd->op = AFAR_OP_COMMIT; cmd->bytes = 0; cmd->sector = 0; cmd->sum = 0; }

static void changed_head(struct peer *p, void (*change)(struct afar_head_info *info))
{
	struct afar_head_info info;
	struct afar_cmd cmd;

	handshake(p);
	cmd = cmd_of(p, 0);
	info = frame_of(p, &cmd);
	change(&info);
	send_frame(p, &info);
	expect_close(p, 0);
}

#define HEAD(name) \
static void name##_head(struct afar_head_info *info); \
static void name(struct peer *p) \
{ \
	changed_head(p, name##_head); \
} \
static void name##_head(struct afar_head_info *info)

HEAD(empty_frame)	{ info->count = 0; info->bytes = sizeof(struct afar_head); info->payload = 0; }
HEAD(count_too_high)	{ info->count = 60000; }
HEAD(short_payload)	{ info->payload = 0; }
HEAD(odd_payload)	{ info->payload = 100; }
HEAD(long_payload)	{ info->payload = 2 * AFAR_BLOCK; }
HEAD(huge_payload)	{ info->payload = 0xfffff000; }
HEAD(epoch)		{ info->epoch = 1; }
HEAD(stable)		{ info->stable = 1; }
HEAD(commit_type)	{ info->type = AFAR_COMMIT; }

static void live_message(struct peer *p, u16 type)
{
	handshake(p);
	if (type == AFAR_HELLO)
		afar_hello_put(p->tx, &p->hello);
	send_message(p, type, 0);
	expect_close(p, 0);
}

static void live_hello(struct peer *p) { live_message(p, AFAR_HELLO); }
static void live_ack(struct peer *p) { live_message(p, AFAR_ACK); }
static void live_go(struct peer *p) { live_message(p, AFAR_GO); }

/* These send something that is valid first. */

static void sync_twice(struct peer *p)
{
	struct afar_cmd cmd;

	handshake(p);
	send_nth(p, WRITES);
	cmd = cmd_of(p, WRITES);
	cmd.seq++;
	cmd.blocks++;
	send_cmd(p, &cmd);
	expect_close(p, 0);
}

static void beyond_sync(struct peer *p)
{
	struct afar_cmd cmd;

	handshake(p);
	send_nth(p, WRITES);
	cmd = cmd_of(p, 0);
	cmd.seq = cmd.first + WRITES + 1;
	send_cmd(p, &cmd);
	expect_close(p, 0);
}

static void sync_for_write(struct peer *p)
{
	struct afar_cmd cmd;

	handshake(p);
	send_nth(p, 0);
	cmd = cmd_of(p, WRITES);
	cmd.seq = cmd.first;
	send_cmd(p, &cmd);
	expect_close(p, 0);
}

static void two_beginnings(struct peer *p)
{
	struct afar_cmd cmd;

	handshake(p);
	send_nth(p, 2);
	cmd = cmd_of(p, 1);
	cmd.first++;
	send_cmd(p, &cmd);
	expect_close(p, 0);
}

/* Ends in the middle of a frame: nothing of it may be taken. */
static void truncated(struct peer *p)
{
	struct afar_head_info info;
	struct afar_cmd cmd;

	handshake(p);
	cmd = cmd_of(p, 3);
	info = frame_of(p, &cmd);
	send_raw(p, &info);
	send_bytes(p, payload, 1000);
	printf("left\n");
}

static const struct play {
	const char *name;
	void (*act)(struct peer *p);
} plays[] = {
#define PLAY(name) { #name, name }
	PLAY(proper), PLAY(silent), PLAY(garbage), PLAY(half_hello), PLAY(hello_flipped),
	PLAY(go_first), PLAY(ack_first), PLAY(unknown_type), PLAY(oversized), PLAY(version),
	PLAY(feature), PLAY(role), PLAY(no_role), PLAY(group), PLAY(no_group), PLAY(no_term),
	PLAY(other_term), PLAY(block_size), PLAY(volume_size), PLAY(volume_more),
	PLAY(volume_none), PLAY(table_too_long), PLAY(volume_twice), PLAY(arrivals),
	PLAY(commands_for_go), PLAY(no_go), PLAY(payload_sum), PLAY(no_volume), PLAY(wild_volume),
	PLAY(beyond_end), PLAY(wild_sector), PLAY(no_length), PLAY(odd_length), PLAY(small_block),
	PLAY(long_length), PLAY(wild_flag), PLAY(wild_op), PLAY(no_op), PLAY(set_zero),
	PLAY(set_wild), PLAY(below_first), PLAY(first_zero), PLAY(far_number), PLAY(wild_number),
	PLAY(beyond_credit), PLAY(first_too_high), PLAY(late_number), PLAY(large_set),
	PLAY(small_set), PLAY(sync_with_data), PLAY(wrong_term), PLAY(wrong_session),
	PLAY(number_skipped), PLAY(number_again), PLAY(zero_with_sum), PLAY(commit),
	PLAY(empty_frame), PLAY(count_too_high), PLAY(short_payload), PLAY(odd_payload),
	PLAY(long_payload), PLAY(huge_payload), PLAY(epoch), PLAY(stable), PLAY(commit_type),
	PLAY(live_hello), PLAY(live_ack), PLAY(live_go), PLAY(sync_twice), PLAY(beyond_sync),
	PLAY(sync_for_write), PLAY(two_beginnings), PLAY(truncated),
#undef PLAY
};

void play_primary(struct peer *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		if (!name) {
			printf("%s\n", plays[i].name);
		} else if (!strcmp(name, plays[i].name)) {
			plays[i].act(p);
			return;
		}
	}
	if (name)
		die("no play '%s'", name);
}
