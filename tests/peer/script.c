// SPDX-License-Identifier: GPL-2.0-only
/*
 * A primary that does what it is told, line by line on stdin, and keeps to no rule but the form of
 * messages. First it prints what the peer's HELLO says; then, for each line, "ok" and the line.
 *
 *	write SET FIRST SEQ VOLUME SECTOR BYTES WORD	WORD, over and over, is the payload
 *	zero SET FIRST SEQ VOLUME SECTOR BYTES
 *	void SET FIRST SEQ [LAST]			SEQ to LAST
 *	sync SET FIRST SEQ BLOCKS
 *	durable SEQ					wait until it has been said
 *	replicated SET, committed SET, credit SET	wait until that far
 *	refused REASON					wait until the lane is closed with it
 *	sample SETS BLOCKS SEED FILE			sample.c
 *
 * Each write, zero and sync is a frame; voids share frames.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "talk.h"

#define NUMBERS	65536

static u8 payload[AFAR_COMMAND_BYTES];
static bool durable[NUMBERS];

static void print_hello(const struct peer *p)
{
	unsigned int i;

	printf("replicated %llu:%llu committed %llu:%llu credit %llu arrivals", p->ack.replicated,
	       p->ack.replicated_seq, p->ack.committed, p->ack.committed_seq, p->ack.credit);
	for (i = 0; i < 64; i++)
		if (p->arrived >> i & 1)
			printf(" %llu", p->ack.replicated_seq + 1 + i);
	printf("\n");
}

/* The next message; false: the lane is closed. */
static bool hear(struct peer *p)
{
	struct afar_head_info info;
	u64 first, last;
	unsigned int i;

	if (receive(p, &info))
		return false;
	for (i = 0; info.type == AFAR_ACK && i < info.count; i++) {
		if (afar_range_get(p->rx, sizeof(struct afar_ack), i, &first, &last))
			die("their ACK has a bad range");
		for (; first <= last && first < NUMBERS; first++)
			durable[first] = true;
	}
	return true;
}

static bool is_durable(const struct peer *p, u64 seq)
{
	return seq <= p->ack.replicated_seq || (seq < NUMBERS && durable[seq]);
}

/* A frame of commands, of which only the first has a payload. */
void send_commands(struct peer *p, const struct afar_cmd *cmd, unsigned int count,
		   const u8 *payload)
{
	struct afar_head_info info = {
		.type = AFAR_COMMANDS, .count = count,
		.bytes = sizeof(struct afar_head) + count * sizeof(struct afar_command),
		.payload = afar_cmd_payload(cmd), .owner = p->owner, .term = p->term,
		.position = p->sent++,
	};
	unsigned int i;

	for (i = 0; i < count; i++)
		afar_cmd_put(p->tx, i, &cmd[i]);
	send_raw(p, &info);
	send_bytes(p, payload, info.payload);
}

static void fill(struct afar_cmd *cmd, const char *word)
{
	size_t length = strlen(word), i;

	memset(payload, 0, sizeof(payload));
	for (i = 0; i < cmd->bytes && i < sizeof(payload); i++)
		payload[i] = word[i % length];
	cmd->sum = afar_sum(payload, cmd->bytes);
}

static void send_voids(struct peer *p, struct afar_cmd *cmd, u64 last)
{
	struct afar_cmd batch[AFAR_FRAME_COMMANDS];
	unsigned int n = 0;

	for (; cmd->seq <= last; cmd->seq++) {
		batch[n++] = *cmd;
		if (n == AFAR_FRAME_COMMANDS || cmd->seq == last) {
			send_commands(p, batch, n, NULL);
			n = 0;
		}
	}
}

static bool send_line(struct peer *p, const char *line)
{
	struct afar_cmd cmd = {};
	unsigned long long set, first, seq, last, sector;
	unsigned int volume, bytes, blocks;
	char word[64];
	int n;

	n = sscanf(line, "void %llu %llu %llu %llu", &set, &first, &seq, &last);
	if (n >= 3) {
		cmd = (struct afar_cmd){ .op = AFAR_OP_VOID, .set = set, .first = first, .seq = seq };
		send_voids(p, &cmd, n == 4 ? last : seq);
		return true;
	}
	if (sscanf(line, "sync %llu %llu %llu %u", &set, &first, &seq, &blocks) == 4) {
		cmd = (struct afar_cmd){
			.op = AFAR_OP_SYNC, .set = set, .first = first, .seq = seq,
			.blocks = blocks, .time = 1000 + set,
		};
	} else if (sscanf(line, "write %llu %llu %llu %u %llu %u %63s", &set, &first, &seq, &volume,
			  &sector, &bytes, word) == 7) {
		cmd = (struct afar_cmd){
			.op = AFAR_OP_WRITE, .set = set, .first = first, .seq = seq,
			.volume = volume, .sector = sector, .bytes = bytes,
		};
		fill(&cmd, word);
	} else if (sscanf(line, "zero %llu %llu %llu %u %llu %u", &set, &first, &seq, &volume,
			  &sector, &bytes) == 6) {
		cmd = (struct afar_cmd){
			.op = AFAR_OP_ZERO, .set = set, .first = first, .seq = seq,
			.volume = volume, .sector = sector, .bytes = bytes,
		};
	} else {
		return false;
	}
	send_commands(p, &cmd, 1, payload);
	return true;
}

static bool reached(const struct peer *p, const char *line)
{
	unsigned long long n;

	return (sscanf(line, "durable %llu", &n) == 1 && is_durable(p, n)) ||
	       (sscanf(line, "replicated %llu", &n) == 1 && p->ack.replicated >= n) ||
	       (sscanf(line, "committed %llu", &n) == 1 && p->ack.committed >= n) ||
	       (sscanf(line, "credit %llu", &n) == 1 && p->ack.credit >= n);
}

static void refused(struct peer *p, const char *reason)
{
	while (hear(p))
		;
	if (!p->reason || strcmp(afar_reason_name(p->reason), reason))
		die("closed for '%s', not for '%s'",
		    p->reason ? afar_reason_name(p->reason) : "nothing", reason);
}

static void act(struct peer *p, const char *line)
{
	unsigned int sets, blocks, seed;
	char word[32], file[128];

	if (sscanf(line, "sample %u %u %u %127s", &sets, &blocks, &seed, file) == 4) {
		play_sample(p, sets, blocks, seed, file);
		return;
	}
	if (sscanf(line, "refused %31s", word) == 1) {
		refused(p, word);
		return;
	}
	if (send_line(p, line))
		return;
	if (sscanf(line, "durable %31s", word) != 1 && sscanf(line, "replicated %31s", word) != 1 &&
	    sscanf(line, "committed %31s", word) != 1 && sscanf(line, "credit %31s", word) != 1)
		die("no such line: %s", line);
	while (!reached(p, line))
		if (!hear(p))
			die("closed%s%s, before '%s'", p->reason ? ": " : "",
			    p->reason ? afar_reason_name(p->reason) : "", line);
}

/* Is there more to read on stdin? Meanwhile the lane is kept alive. */
static void wait_line(struct peer *p)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	while (!poll(&in, 1, 100))
		send_message(p, AFAR_PING, 0);
}

void play_script(struct peer *p)
{
	char line[256];

	primary_handshake(p);
	print_hello(p);
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		wait_line(p);
		if (!fgets(line, sizeof(line), stdin))
			return;
		line[strcspn(line, "\n")] = 0;
		if (!*line)
			continue;
		act(p, line);
		printf("ok %s\n", line);
	}
}
