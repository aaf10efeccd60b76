// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "talk.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "afar-peer: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

/* The same in every run, so that runs are one peer. */
struct afar_uuid uuid_of(u8 seed)
{
	struct afar_uuid id;

	memset(&id, seed, sizeof(id));
	return id;
}

void peer_init(struct peer *p, u16 role, const char *sectors)
{
	char *copy = strdup(sectors), *word, *rest = copy, *secret = getenv("AFAR_KEY");

	memset(p, 0, sizeof(*p));
	if (secret && *secret)
		afar_key_set(&p->key, secret, strlen(secret));
	p->challenge.version_min = AFAR_PROTOCOL;
	p->challenge.version_max = AFAR_PROTOCOL;
	p->challenge.flags = p->key.given ? AFAR_CHALLENGE_KEY : 0;
	memset(p->challenge.nonce, 0x77, sizeof(p->challenge.nonce));
	p->hello.version_min = AFAR_PROTOCOL;
	p->hello.version_max = AFAR_PROTOCOL;
	p->hello.role = role;
	p->dials = role == AFAR_PRIMARY;
	p->hello.node = uuid_of(0x22);
	p->hello.journal = uuid_of(0x33);
	p->hello.lanes = 1;
	p->hello.block_size = AFAR_BLOCK;
	p->hello.largest_set = AFAR_SET_MIN;
	p->hello.time = 1;
	p->hello.timeout = 10000;
	while ((word = strsep(&rest, ",")) && p->hello.volumes < VOLUMES_MAX)
		p->sectors[p->hello.volumes++] = strtoull(word, NULL, 10);
	free(copy);
	if (role == AFAR_PRIMARY) {
		p->hello.group = uuid_of(0x11);
		p->hello.flags = AFAR_HELLO_EQUAL;
		p->term.counter = 1;
		p->term.id = uuid_of(0x44);
		p->owner = uuid_of(0x55);
	} else {
		p->hello.flags = AFAR_HELLO_FRESH;
	}
}

/* A peer that has closed already is what is wanted, most times: what comes back says so. */
void send_bytes(struct peer *p, const void *bytes, size_t count)
{
	while (count) {
		ssize_t n = send(p->fd, bytes, count, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		count -= n;
	}
}

void send_raw(struct peer *p, struct afar_head_info *info)
{
	afar_head_put(p->tx, info);
	send_bytes(p, p->tx, info->bytes > AFAR_BLOCK ? AFAR_BLOCK : info->bytes);
}

static struct afar_head_info head_of(struct peer *p, u16 type, unsigned int count, u32 bytes)
{
	return (struct afar_head_info){
		.type = type, .count = count, .bytes = sizeof(struct afar_head) + bytes,
		.owner = p->owner, .term = p->term, .position = p->sent++,
	};
}

/* One without payload; its items are in place. */
void send_message(struct peer *p, u16 type, unsigned int count)
{
	u32 bytes = type == AFAR_CHALLENGE ? sizeof(struct afar_challenge) :
		    type == AFAR_PROOF ? sizeof(struct afar_proof) :
		    type == AFAR_HELLO ? sizeof(struct afar_hello) :
		    type == AFAR_TABLE ? count * sizeof(struct afar_volume) :
		    type == AFAR_ARRIVALS ? count * sizeof(struct afar_range) :
		    type == AFAR_ACK ? sizeof(struct afar_ack) + count * sizeof(struct afar_range) :
		    type == AFAR_END ? sizeof(struct afar_end) :
		    type == AFAR_BYE ? sizeof(struct afar_bye) :
		    type == AFAR_ASK ? count * sizeof(struct afar_ask) :
		    type == AFAR_HASHES ? count * sizeof(struct afar_hash) :
		    type == AFAR_DIFFERS ? count * sizeof(struct afar_span) :
		    type == AFAR_COMMANDS ? count * sizeof(struct afar_command) : 0;
	struct afar_head_info info = head_of(p, type, count, bytes);

	send_raw(p, &info);
}

void send_challenge(struct peer *p)
{
	afar_challenge_put(p->tx, &p->challenge);
	send_message(p, AFAR_CHALLENGE, 0);
}

void send_proof(struct peer *p)
{
	u8 proof[AFAR_DIGEST];

	afar_prove(&p->key, AFAR_SIDE_DIAL, &p->challenge, &p->their_challenge, proof);
	afar_proof_put(p->tx, proof);
	send_message(p, AFAR_PROOF, 0);
}

void send_hello(struct peer *p)
{
	afar_hello_put(p->tx, &p->hello);
	send_message(p, AFAR_HELLO, 0);
}

void send_table(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < p->hello.volumes; i++) {
		struct afar_volume item = {
			.sectors = cpu_to_le64(p->sectors[i]), .number = cpu_to_le16(i),
		};

		if (p->term.counter)
			item.id = uuid_of(0x60 + i);
		afar_volume_put(p->tx, i, &item);
	}
	send_message(p, AFAR_TABLE, p->hello.volumes);
}

/* xorshift64*, from AFAR_SEED: a failure comes again. */
u32 random_below(u32 n)
{
	static u64 state;

	if (!state)
		state = (strtoull(getenv("AFAR_SEED") ?: "1", NULL, 10) + 1) * 0x9e3779b97f4a7c15ULL;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((state * 0x2545f4914f6cdd1dULL) >> 32) % n;
}

/* Has the other end had enough? What it said until then is thrown away. */
bool closed(struct peer *p)
{
	u8 waste[4096];
	ssize_t n;

	do
		n = recv(p->fd, waste, sizeof(waste), MSG_DONTWAIT);
	while (n > 0);
	return !n || (errno != EAGAIN && errno != EINTR);
}

/* 0: all; -1: closed. */
static int receive_bytes(struct peer *p, void *to, size_t count)
{
	while (count) {
		struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, p->timeout * 1000) == 0)
			die("nothing came for %d s", p->timeout);
		n = recv(p->fd, to, count, 0);
		if (n <= 0)
			return -1;
		to += n;
		count -= n;
	}
	return 0;
}

/* The next message, its payload thrown away; -1: closed. What they send must be right. */
int receive(struct peer *p, struct afar_head_info *info)
{
	static u8 waste[AFAR_FRAME_PAYLOAD];
	const char *why;

	if (receive_bytes(p, p->rx, sizeof(struct afar_head)))
		return -1;
	why = afar_head_get(p->rx, info);
	if (why)
		die("they send: %s", why);
	if (receive_bytes(p, p->rx + sizeof(struct afar_head),
			  info->bytes - sizeof(struct afar_head)))
		return -1;
	why = afar_head_crc(p->rx);
	if (why)
		die("they send: %s", why);
	if (receive_bytes(p, waste, info->payload))
		return -1;
	if (info->type == AFAR_ACK)
		afar_ack_get(p->rx, &p->ack);
	if (info->type == AFAR_BYE)
		p->reason = afar_bye_get(p->rx);
	return 0;
}

void expect(struct peer *p, u16 type, struct afar_head_info *info)
{
	if (receive(p, info))
		die("closed where message %u is due", type);
	if (info->type == AFAR_BYE)
		die("refused where message %u is due: %s", type, afar_reason_name(p->reason));
	if (info->type != type)
		die("message %u where %u is due", info->type, type);
}

void expect_challenge(struct peer *p)
{
	struct afar_head_info info;
	const char *why;

	expect(p, AFAR_CHALLENGE, &info);
	why = afar_challenge_get(p->rx, &p->their_challenge);
	if (why)
		die("their CHALLENGE: %s", why);
}

static void prove_dial(struct peer *p)
{
	send_challenge(p);
	expect_challenge(p);
	if (!afar_proven(&p->key, AFAR_SIDE_LISTEN, &p->challenge, &p->their_challenge,
			 p->their_challenge.proof))
		die("they have another key");
	send_proof(p);
}

static void prove_listen(struct peer *p)
{
	struct afar_head_info info;
	u8 proof[AFAR_DIGEST];

	expect_challenge(p);
	afar_prove(&p->key, AFAR_SIDE_LISTEN, &p->their_challenge, &p->challenge,
		   p->challenge.proof);
	send_challenge(p);
	expect(p, AFAR_PROOF, &info);
	afar_proof_get(p->rx, proof);
	if (!afar_proven(&p->key, AFAR_SIDE_DIAL, &p->their_challenge, &p->challenge, proof))
		die("they have another key");
}

void prove(struct peer *p)
{
	if (p->dials)
		prove_dial(p);
	else
		prove_listen(p);
}

void expect_hello(struct peer *p)
{
	struct afar_head_info info;
	unsigned int got = 0, i;
	const char *why;
	u64 first, last;

	expect(p, AFAR_HELLO, &info);
	why = afar_hello_get(p->rx, &p->theirs);
	if (why)
		die("their HELLO: %s", why);
	p->their_term = info.term;
	p->ack = (struct afar_ack_info){
		.replicated = p->theirs.replicated, .replicated_seq = p->theirs.replicated_seq,
		.committed = p->theirs.committed, .committed_seq = p->theirs.committed_seq,
		.credit = p->theirs.credit,
	};
	if (p->hello.role == AFAR_SECONDARY)
		p->owner = info.owner;
	while (got < p->theirs.volumes) {
		expect(p, AFAR_TABLE, &info);
		got += info.count;
	}
	for (got = 0; got < p->theirs.arrivals; got += info.count) {
		expect(p, AFAR_ARRIVALS, &info);
		for (i = 0; i < info.count; i++) {
			if (afar_range_get(p->rx, 0, i, &first, &last))
				die("their ARRIVALS have a bad range");
			for (; first <= last; first++)
				if (first - p->theirs.replicated_seq <= 64)
					p->arrived |= 1ULL << (first - p->theirs.replicated_seq - 1);
		}
	}
}

/* The lane ends, in time; with @reason, if that is not 0. */
void expect_close(struct peer *p, u32 reason)
{
	struct afar_head_info info;

	while (!receive(p, &info))
		if (info.type == AFAR_GO)
			die("taken for a peer");
	if (reason && p->reason != reason)
		die("closed for '%s', not for '%s'",
		    p->reason ? afar_reason_name(p->reason) : "nothing", afar_reason_name(reason));
	printf("closed: %s\n", p->reason ? afar_reason_name(p->reason) : "without a word");
}
