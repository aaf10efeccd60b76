// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of exactly so many blocks, their commands in random order and some of them twice, as fast as
 * the credit allows: a secondary must take them all, whatever the order. What its volume 0 holds in
 * the end is written to a file.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "talk.h"

#define LONGEST	17	/* blocks of a command, header of its frame included */

/* Of which set is the next command? */
enum order { ANY_SET, LAST_SET_FIRST, FIRST_SET_FIRST, EACH_SET_IN_TURN, ORDERS };

/**
 * struct sample - what is to be sent
 * @p:     the peer
 * @order: of sets
 * @sets:  how many
 * @first: of each set: index of its first command; the last entry is the number of commands
 * @next:  of each set: place in @list of the command that is sent next
 * @cmd:   in order of their numbers
 * @list:  set by set, indices in the order in which they are sent
 * @turn:  set that is next in turn
 * @image: of volume 0
 */
struct sample {
	struct peer *p;
	enum order order;
	unsigned int sets;
	unsigned int *first;
	unsigned int *next;
	struct afar_cmd *cmd;
	unsigned int *list;
	unsigned int turn;
	u8 *image;
};

static u64 state;

static unsigned int below(unsigned int n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((state * 0x2545f4914f6cdd1dULL >> 32) * n) >> 32;
}

static void payload_of(const struct afar_cmd *cmd, u8 *payload)
{
	char word[24];
	size_t length = snprintf(word, sizeof(word), "%llu.", (unsigned long long)cmd->seq), i;

	for (i = 0; i < cmd->bytes; i++)
		payload[i] = word[i % length];
}

/* A command of @blocks blocks, the header of its frame included. */
static void make_cmd(struct sample *s, struct afar_cmd *cmd, unsigned int blocks)
{
	u64 length = s->p->sectors[0] / 8;
	u8 payload[LONGEST * AFAR_BLOCK];

	if (blocks == 1) {
		cmd->op = AFAR_OP_VOID;
		return;
	}
	cmd->op = AFAR_OP_WRITE;
	cmd->bytes = (blocks - 1) * AFAR_BLOCK;
	cmd->sector = below(length - blocks) * 8;
	payload_of(cmd, payload);
	cmd->sum = afar_sum(payload, cmd->bytes);
	memcpy(s->image + cmd->sector * 512, payload, cmd->bytes);
}

static void make_set(struct sample *s, unsigned int set, unsigned int blocks)
{
	unsigned int n = s->first[set], used = 0, take, i, k;
	u64 base = s->p->ack.replicated_seq + 1;

	while (used < blocks) {
		struct afar_cmd *cmd = &s->cmd[n];

		memset(cmd, 0, sizeof(*cmd));
		cmd->set = s->p->ack.replicated + 1 + set;
		cmd->first = base + s->first[set];
		cmd->seq = base + n;
		s->list[n++] = cmd - s->cmd;
		take = 1;
		if (used + 1 == blocks) {
			cmd->op = AFAR_OP_SYNC;
			cmd->blocks = blocks;
			cmd->time = 1;
		} else {
			take += below(blocks - used - 1 < LONGEST ? blocks - used - 1 : LONGEST);
			make_cmd(s, cmd, take);
		}
		used += take;
	}
	s->next[set] = s->first[set];
	s->first[set + 1] = n;
	for (i = n - 1; i > s->first[set]; i--) {
		unsigned int at = s->first[set] + below(i - s->first[set] + 1);

		k = s->list[i];
		s->list[i] = s->list[at];
		s->list[at] = k;
	}
}

/* A set of which a command may be sent; @s->sets: none. */
static unsigned int choose(struct sample *s)
{
	unsigned int i, from = 0;

	if (s->order == ANY_SET)
		from = below(s->sets);
	if (s->order == EACH_SET_IN_TURN)
		from = s->turn++ % s->sets;
	for (i = 0; i < s->sets; i++) {
		unsigned int set = (from + i) % s->sets;

		if (s->order == LAST_SET_FIRST)
			set = s->sets - 1 - i;
		if (s->next[set] < s->first[set + 1] &&
		    s->cmd[s->first[set]].set <= s->p->ack.credit)
			return set;
	}
	return s->sets;
}

static void send_one(struct peer *p, const struct afar_cmd *cmd)
{
	static u8 payload[LONGEST * AFAR_BLOCK];

	if (cmd->op == AFAR_OP_WRITE)
		payload_of(cmd, payload);
	send_commands(p, cmd, 1, payload);
}

static void hear(struct peer *p)
{
	struct afar_head_info info;

	if (receive(p, &info))
		die("closed%s%s", p->reason ? ": " : "",
		    p->reason ? afar_reason_name(p->reason) : "");
}

/* What has come, and if @wait something at least. */
static void listen_to(struct peer *p, bool wait)
{
	struct pollfd in = { .fd = p->fd, .events = POLLIN };

	if (wait) {
		send_message(p, AFAR_PING, 0);
		hear(p);
	}
	while (poll(&in, 1, 0) > 0)
		hear(p);
}

static void send_all(struct sample *s)
{
	struct peer *p = s->p;
	u64 last = s->cmd[s->first[s->sets] - 1].set, moved = p->ack.committed + p->ack.credit;
	time_t since = time(NULL);

	while (p->ack.committed < last) {
		unsigned int set = choose(s), i;

		listen_to(p, set == s->sets);
		if (p->ack.committed + p->ack.credit != moved || set != s->sets) {
			moved = p->ack.committed + p->ack.credit;
			since = time(NULL);
		}
		if (time(NULL) - since > p->timeout)
			die("locked up: committed %llu, credit %llu", p->ack.committed,
			    p->ack.credit);
		if (set == s->sets)
			continue;
		i = s->list[s->next[set]++];
		send_one(p, &s->cmd[i]);
		if (!below(8))
			send_one(p, &s->cmd[i]);
		if (!below(16))
			send_one(p, &s->cmd[s->list[s->first[set] +
						    below(s->next[set] - s->first[set])]]);
	}
}

/**
 * play_sample() - send sets, and wait until they are committed
 * @p:      live
 * @sets:   how many
 * @blocks: of each; 0: as many as the peer takes
 * @seed:   of chance
 * @file:   what volume 0 holds in the end; read first, if it is there
 */
void play_sample(struct peer *p, unsigned int sets, unsigned int blocks, unsigned int seed,
		 const char *file)
{
	struct sample s = { .p = p, .order = seed % ORDERS, .sets = sets };
	size_t bytes = p->sectors[0] * 512;
	unsigned int set;
	FILE *f;

	state = (seed + 1) * 0x9e3779b97f4a7c15ULL;
	blocks = blocks ? blocks : p->theirs.largest_set;
	s.first = calloc(sets + 1, sizeof(*s.first));
	s.next = calloc(sets, sizeof(*s.next));
	s.cmd = calloc((size_t)sets * blocks, sizeof(*s.cmd));
	s.list = calloc((size_t)sets * blocks, sizeof(*s.list));
	s.image = calloc(1, bytes);
	f = fopen(file, "r");
	if (f && fread(s.image, 1, bytes, f) != bytes)
		die("%s is too short", file);
	if (f)
		fclose(f);
	for (set = 0; set < sets; set++)
		make_set(&s, set, blocks);
	send_all(&s);
	f = fopen(file, "w");
	if (!f || fwrite(s.image, 1, bytes, f) != bytes || fclose(f))
		die("cannot write %s: %m", file);
	printf("%u sets of %u blocks, %u commands\n", sets, blocks, s.first[sets]);
	free(s.first);
	free(s.next);
	free(s.cmd);
	free(s.list);
	free(s.image);
}
