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
	prove(p);
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

/* Before the proof. */

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
		.owner = p->owner, .term = p->term,
	};

	prove(p);
	info.position = p->sent++;
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

	prove(p);
	info.position = p->sent++;
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

static void hello_first(struct peer *p)
{
	afar_hello_put(p->tx, &p->hello);
	first_message(p, AFAR_HELLO);
}

static void commands_first(struct peer *p)
{
	send_nth(p, 0);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void proof_first(struct peer *p) { first_message(p, AFAR_PROOF); }
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

/* The proof. */

static void challenge_only(struct peer *p)
{
	send_challenge(p);
	expect_challenge(p);
	expect_close(p, 0);
}

static void challenge_flag(struct peer *p)
{
	p->challenge.flags |= 2;
	send_challenge(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void challenge_proof(struct peer *p)
{
	p->challenge.proof[5] = 1;
	send_challenge(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void challenge_twice(struct peer *p)
{
	send_challenge(p);
	expect_challenge(p);
	send_challenge(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

/* Goes on as if there were no proof. */
static void no_proof(struct peer *p)
{
	send_challenge(p);
	expect_challenge(p);
	send_hello(p);
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void bad_proof(struct peer *p, const u8 *proof)
{
	send_challenge(p);
	expect_challenge(p);
	if (proof)
		afar_proof_put(p->tx, proof);
	else
		afar_proof_put(p->tx, p->their_challenge.proof);
	send_message(p, AFAR_PROOF, 0);
	/* with the right key these would be believed */
	send_hello(p);
	send_table(p);
	expect_close(p, AFAR_BYE_KEY);
}

static void reflected(struct peer *p) { bad_proof(p, NULL); }

static void zero_proof(struct peer *p)
{
	static const u8 zero[AFAR_DIGEST];

	bad_proof(p, zero);
}

static void wrong_key(struct peer *p)
{
	afar_key_set(&p->key, "not the secret of anybody", 25);
	send_challenge(p);
	expect_challenge(p);
	send_proof(p);
	send_hello(p);
	send_table(p);
	expect_close(p, AFAR_BYE_KEY);
}

static void no_key(struct peer *p)
{
	p->key.given = false;
	p->challenge.flags = 0;
	send_challenge(p);
	expect_challenge(p);
	expect_close(p, AFAR_BYE_KEY);
}

/* Proven as one version, then another is asked for. */
static void other_version(struct peer *p)
{
	p->challenge.version_max++;
	prove(p);
	send_hello(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

/* The handshake. */

static void refused(struct peer *p, u32 reason)
{
	prove(p);
	send_hello(p);
	send_table(p);
	expect_close(p, reason);
}

static void version(struct peer *p)
{
	p->hello.version_min = p->hello.version_max = AFAR_PROTOCOL + 1;
	p->challenge.version_min = p->challenge.version_max = AFAR_PROTOCOL + 1;
	refused(p, AFAR_BYE_VERSION);
}

static void feature(struct peer *p)
{
	p->hello.features = 1ULL << 63;
	refused(p, AFAR_BYE_VERSION);
}

static void short_timeout(struct peer *p)
{
	p->hello.timeout = 100;
	refused(p, AFAR_BYE_GARBAGE);
}

static void join_nothing(struct peer *p)
{
	p->hello.flags |= AFAR_HELLO_JOIN;
	p->owner = uuid_of(0x99);
	refused(p, AFAR_BYE_BUSY);
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
	prove(p);
	send_hello(p);
	expect_close(p, AFAR_BYE_VOLUMES);
}

static void table_too_long(struct peer *p)
{
	prove(p);
	send_hello(p);
	p->sectors[p->hello.volumes++] = 2048;
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void volume_twice(struct peer *p)
{
	p->hello.volumes++;
	prove(p);
	send_hello(p);
	p->hello.volumes--;
	send_table(p);
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void spans(struct peer *p)
{
	p->hello.flags |= AFAR_HELLO_DISCARDED | AFAR_HELLO_SPANS;
	refused(p, AFAR_BYE_GARBAGE);
}

static void arrivals(struct peer *p)
{
	p->hello.arrivals = 3;
	refused(p, AFAR_BYE_GARBAGE);
}

static void commands_for_go(struct peer *p)
{
	prove(p);
	send_hello(p);
	send_table(p);
	expect_hello(p);
	send_nth(p, 0);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void no_go(struct peer *p)
{
	prove(p);
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

/* A change of the volume table, with the numbers that @cmd has. */
static void change_table(struct afar_cmd *cmd, u8 op, u16 volume, u64 sectors, u8 id)
{
	*cmd = (struct afar_cmd){
		.op = op, .volume = volume, .sector = sectors, .id.b[0] = id,
		.set = cmd->set, .first = cmd->first, .seq = cmd->seq,
	};
}

LIVE(add_again)		{ change_table(cmd, AFAR_OP_ADD, 0, p->sectors[0], 1); }
LIVE(add_nameless)	{ change_table(cmd, AFAR_OP_ADD, 9, 2048, 0); }
LIVE(add_wild)		{ change_table(cmd, AFAR_OP_ADD, 4711, 2048, 1); }
LIVE(add_empty)		{ change_table(cmd, AFAR_OP_ADD, 9, 0, 1); }
LIVE(add_endless)	{ change_table(cmd, AFAR_OP_ADD, 9, U64_MAX, 1); }
LIVE(remove_none)	{ change_table(cmd, AFAR_OP_REMOVE, 9, 2048, 1); }
LIVE(remove_another)	{ change_table(cmd, AFAR_OP_REMOVE, 0, p->sectors[0], 0xee); }
LIVE(remove_half)	{ change_table(cmd, AFAR_OP_REMOVE, 0, p->sectors[0] / 2, 1); }
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

/* Every second number of all sets that there is credit for: a great many ranges have arrived then. */
static void holes(struct peer *p)
{
	struct afar_head_info info;
	u64 seq, set, length, sent = 0;
	unsigned int count;

	handshake(p);
	length = p->theirs.largest_set / 2;
	for (set = p->ack.replicated + 1; set <= p->ack.credit; set++) {
		u64 first = p->ack.replicated_seq + 1 + (set - p->ack.replicated - 1) * length;

		for (seq = first + 1; seq < first + length; ) {
			for (count = 0; count < 60 && seq < first + length; count++, seq += 2) {
				struct afar_cmd cmd = {
					.op = AFAR_OP_VOID, .set = set, .first = first, .seq = seq,
				};

				afar_cmd_put(p->tx, count, &cmd);
			}
			send_message(p, AFAR_COMMANDS, count);
			sent += count;
		}
	}
	/* each is a range of its own */
	while (sent) {
		expect(p, AFAR_ACK, &info);
		sent -= sent < info.count ? sent : info.count;
	}
	printf("sets with holes: %llu\n", set - 1);
}

/* The next session: takes the list of all these, however slowly it comes. */
static void holes_again(struct peer *p)
{
	struct afar_head_info info;

	handshake(p);
	if (p->theirs.arrivals < 1000)
		die("only %llu arrivals", p->theirs.arrivals);
	expect(p, AFAR_ACK, &info);
	printf("live, after %llu arrivals\n", p->theirs.arrivals);
}

/* ---- commands at random, from a peer that has the key ---- */

static u64 near(u64 value)
{
	switch (random_below(6)) {
	case 0:
		return value + 1 + random_below(3);
	case 1:
		return value - 1 - random_below(3);
	case 2:
		return value + random_below(1 << 20);
	case 3:
		return (u64)random_below(1U << 31) << random_below(33);
	case 4:
		return random_below(2) ? 0 : U64_MAX - random_below(3);
	}
	return value;
}

static void spoil(struct afar_cmd *cmd)
{
	switch (random_below(13)) {
	case 0:
		cmd->set = near(cmd->set);
		break;
	case 1:
		cmd->first = near(cmd->first);
		break;
	case 2:
		cmd->seq = near(cmd->seq);
		break;
	case 3:
		cmd->sector = near(cmd->sector);
		break;
	case 4:
		cmd->bytes = random_below(2) ? near(cmd->bytes) : random_below(400) * 512;
		break;
	case 5:
		cmd->volume = near(cmd->volume);
		break;
	case 6:
		cmd->op = random_below(8);
		break;
	case 7:
		cmd->flags = random_below(4);
		break;
	case 8:
		cmd->blocks = near(cmd->blocks);
		break;
	case 9:
		cmd->time = near(cmd->time);
		break;
	case 10:
		cmd->map_generation = near(0);
		break;
	case 11:
		cmd->sum ^= 1 << random_below(32);
		break;
	case 12:
		/* a later set, in order in itself */
		cmd->set++;
		cmd->first += WRITES + 1;
		cmd->seq += WRITES + 1;
	}
}

/* Never the first number of the set that is due: so none of this can ever be committed. */
static struct afar_cmd random_cmd(struct peer *p)
{
	struct afar_cmd cmd = cmd_of(p, 1 + random_below(WRITES));
	u64 withheld = p->ack.replicated_seq + 1;
	u32 n = random_below(4) ? random_below(3) : random_below(8);

	if (random_below(2) && cmd.op == AFAR_OP_WRITE) {
		cmd.bytes = AFAR_BLOCK << random_below(3);
		cmd.sum = afar_sum(payload, cmd.bytes);
	}
	while (n--)
		spoil(&cmd);
	if (cmd.seq == withheld)
		cmd.seq++;
	return cmd;
}

static void fuzz(struct peer *p)
{
	unsigned int frames = 0, i;

	handshake(p);
	memset(payload, 0xee, sizeof(payload));
	while (frames++ < 100 && !closed(p)) {
		struct afar_head_info info = { .type = AFAR_COMMANDS };
		u32 room = sizeof(payload);

		info.count = 1 + random_below(random_below(4) ? 3 : AFAR_FRAME_COMMANDS);
		for (i = 0; i < info.count; i++) {
			struct afar_cmd cmd = random_cmd(p);

			if (afar_cmd_payload(&cmd) > room)
				cmd.op = AFAR_OP_VOID;
			room -= afar_cmd_payload(&cmd);
			afar_cmd_put(p->tx, i, &cmd);
			info.payload += afar_cmd_payload(&cmd);
		}
		info.bytes = sizeof(struct afar_head) + info.count * sizeof(struct afar_command);
		info.owner = p->owner;
		info.term = p->term;
		info.position = p->sent++;
		send_raw(p, &info);
		send_bytes(p, payload, info.payload);
	}
	printf("frames: %u\n", frames);
}

/* Any message, any length of it, at any step. */
static void fuzz_messages(struct peer *p)
{
	static const u16 types[] = {
		AFAR_COMMANDS, AFAR_COMMIT, AFAR_CHALLENGE, AFAR_PROOF, AFAR_HELLO, AFAR_TABLE,
		AFAR_ARRIVALS, AFAR_GO, AFAR_ACK, AFAR_PING, AFAR_BYE, AFAR_ASK,
		AFAR_HASHES, AFAR_END, AFAR_DIFFERS, 0, 27, 65535,
	};
	unsigned int messages = 0, i;

	if (random_below(4))
		prove(p);
	if (random_below(2)) {
		send_hello(p);
		send_table(p);
	}
	while (messages++ < 20 && !closed(p)) {
		struct afar_head_info info = {
			.type = types[random_below(sizeof(types) / sizeof(types[0]))],
			.bytes = AFAR_BLOCK, .owner = p->owner, .term = p->term,
			.position = p->sent++,
		};

		for (i = 0; i < sizeof(p->tx); i++)
			p->tx[i] = random_below(3) ? 0 : random_below(256);
		afar_hello_put(p->tx, &p->hello);
		for (i = random_below(10); i; i--)
			p->tx[sizeof(struct afar_head) + random_below(sizeof(struct afar_hello))] ^=
				1 << random_below(8);
		if (random_below(4))
			send_message(p, info.type, random_below(3));
		else
			send_raw(p, &info);
	}
	printf("messages: %u\n", messages);
}

static const struct play {
	const char *name;
	void (*act)(struct peer *p);
} plays[] = {
#define PLAY(name) { #name, name }
	PLAY(proper), PLAY(silent), PLAY(garbage), PLAY(hello_first), PLAY(commands_first),
	PLAY(proof_first), PLAY(go_first), PLAY(ack_first), PLAY(unknown_type), PLAY(oversized),
	PLAY(challenge_only), PLAY(challenge_flag), PLAY(challenge_proof), PLAY(challenge_twice),
	PLAY(no_proof), PLAY(reflected), PLAY(zero_proof), PLAY(wrong_key), PLAY(no_key),
	PLAY(other_version), PLAY(half_hello), PLAY(hello_flipped), PLAY(short_timeout),
	PLAY(join_nothing), PLAY(version),
	PLAY(feature), PLAY(role), PLAY(no_role), PLAY(group), PLAY(no_group), PLAY(no_term),
	PLAY(other_term), PLAY(block_size), PLAY(volume_size), PLAY(volume_more),
	PLAY(volume_none), PLAY(table_too_long), PLAY(volume_twice), PLAY(arrivals), PLAY(spans),
	PLAY(commands_for_go), PLAY(no_go), PLAY(payload_sum), PLAY(no_volume), PLAY(wild_volume), PLAY(add_again),
	PLAY(add_nameless), PLAY(add_wild), PLAY(add_empty), PLAY(add_endless), PLAY(remove_none),
	PLAY(remove_another), PLAY(remove_half),
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
	PLAY(holes), PLAY(holes_again), PLAY(fuzz), PLAY(fuzz_messages),
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
