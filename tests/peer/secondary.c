// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fresh secondary that breaks one rule. The primary must close the lane, keep what it has, and go
 * on dialling.
 */
#include <stdio.h>
#include <string.h>
#include "talk.h"

static void handshake(struct peer *p)
{
	struct afar_head_info info;

	prove(p);
	expect_hello(p);
	p->hello.credit = 64;
	send_hello(p);
	send_table(p);
	expect(p, AFAR_GO, &info);
	p->term = p->their_term;
}

/* Some commands have come. */
static u64 some_commands(struct peer *p)
{
	struct afar_head_info info;
	struct afar_cmd cmd;

	do {
		if (receive(p, &info))
			die("closed where a frame is due");
	} while (info.type != AFAR_COMMANDS);
	afar_cmd_get(p->rx, 0, &cmd);
	return cmd.seq;
}

static void send_ack(struct peer *p, u64 replicated, u64 seq, u64 committed, u64 first, u64 last)
{
	struct afar_ack_info ack = {
		.replicated = replicated, .replicated_seq = seq, .committed = committed,
		.committed_seq = committed ? seq : 0, .credit = 64,
	};

	afar_ack_put(p->tx, &ack);
	if (first)
		afar_range_put(p->tx, sizeof(struct afar_ack), 0, first, last);
	send_message(p, AFAR_ACK, !!first);
}

static void lie(struct peer *p, u64 replicated, u64 seq, u64 committed, u64 first, u64 last)
{
	handshake(p);
	some_commands(p);
	send_ack(p, replicated, seq, committed, first, last);
	expect_close(p, 0);
}

static void ack_beyond(struct peer *p) { lie(p, 0, 0, 0, 1, 1ULL << 40); }
static void ack_wild(struct peer *p) { lie(p, 0, 0, 0, 1, U64_MAX); }
static void ack_inverted(struct peer *p) { lie(p, 0, 0, 0, 2, 1); }
static void ack_zero(struct peer *p) { lie(p, 0, 0, 0, 0, 0x10); }
static void replicated_beyond(struct peer *p) { lie(p, 1ULL << 40, 1, 0, 0, 0); }
static void replicated_wild(struct peer *p) { lie(p, U64_MAX, U64_MAX, 0, 0, 0); }
static void committed_beyond(struct peer *p) { lie(p, 0, 0, 5, 0, 0); }

/* The set may be so, its number not: bits of the chunk map would be cleared up to it. */
static void committed_number(struct peer *p)
{
	struct afar_ack_info ack = { .credit = 64 };

	handshake(p);
	ack.replicated_seq = some_commands(p);
	ack.replicated = ack.committed = 1;
	ack.committed_seq = 1ULL << 62;
	afar_ack_put(p->tx, &ack);
	send_message(p, AFAR_ACK, 0);
	expect_close(p, 0);
}

/* As many ranges as an acknowledgment takes, each of them all that there is. */
static void fuzz_storm(struct peer *p)
{
	struct afar_ack_info ack = { .credit = 64 };
	unsigned int i, n;
	u64 seq;

	handshake(p);
	seq = some_commands(p);
	for (n = 0; n < 50; n++) {
		afar_ack_put(p->tx, &ack);
		for (i = 0; i < AFAR_ACK_RANGES; i++)
			afar_range_put(p->tx, sizeof(struct afar_ack), i, 1, seq);
		send_message(p, AFAR_ACK, AFAR_ACK_RANGES);
	}
	expect_close(p, 0);
}

static void wrong_term(struct peer *p)
{
	handshake(p);
	some_commands(p);
	p->term.counter++;
	send_ack(p, 0, 0, 0, 0, 0);
	expect_close(p, 0);
}

static void wrong_session(struct peer *p)
{
	handshake(p);
	p->owner.b[7] ^= 4;
	send_ack(p, 0, 0, 0, 0, 0);
	expect_close(p, 0);
}

static void commands_back(struct peer *p)
{
	handshake(p);
	send_message(p, AFAR_GO, 0);
	expect_close(p, 0);
}

static void mute(struct peer *p)
{
	expect_close(p, 0);
}

static void mute_when_live(struct peer *p)
{
	handshake(p);
	expect_close(p, 0);
}

static void garbage(struct peer *p)
{
	u8 bytes[5000];

	memset(bytes, 0x5a, sizeof(bytes));
	prove(p);
	expect_hello(p);
	send_bytes(p, bytes, sizeof(bytes));
	expect_close(p, 0);
}

static void refused(struct peer *p, u32 reason)
{
	prove(p);
	expect_hello(p);
	send_hello(p);
	send_table(p);
	expect_close(p, reason);
}

/* Before the proof: nothing of this is believed. */

static void bye_first(struct peer *p)
{
	expect_challenge(p);
	afar_bye_put(p->tx, AFAR_BYE_RESYNC);
	send_message(p, AFAR_BYE, 0);
	expect_close(p, 0);
}

static void hello_first(struct peer *p)
{
	expect_challenge(p);
	p->hello.credit = 64;
	send_hello(p);
	send_table(p);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void wrong_key(struct peer *p)
{
	expect_challenge(p);
	afar_key_set(&p->key, "not the secret of anybody", 25);
	afar_prove(&p->key, AFAR_SIDE_LISTEN, &p->their_challenge, &p->challenge,
		   p->challenge.proof);
	send_challenge(p);
	expect_close(p, AFAR_BYE_KEY);
}

static void no_key(struct peer *p)
{
	expect_challenge(p);
	p->challenge.flags = 0;
	send_challenge(p);
	expect_close(p, AFAR_BYE_KEY);
}

/* Its own challenge, given back. */
static void mirror(struct peer *p)
{
	expect_challenge(p);
	p->challenge = p->their_challenge;
	send_challenge(p);
	expect_close(p, AFAR_BYE_KEY);
}

static void journal(struct peer *p)
{
	prove(p);
	expect_hello(p);
	p->hello.journal = p->theirs.journal;
	send_hello(p);
	send_table(p);
	expect_close(p, AFAR_BYE_JOURNAL);
}

static void too_many_arrivals(struct peer *p)
{
	p->hello.arrivals = U64_MAX;
	refused(p, AFAR_BYE_GARBAGE);
}

static void volume_size(struct peer *p)
{
	p->sectors[0] /= 2;
	refused(p, AFAR_BYE_VOLUMES);
}

static void no_room(struct peer *p)
{
	p->hello.largest_set = 0;
	refused(p, 0);
}

static void ahead(struct peer *p)
{
	p->hello.replicated = 1000000;
	p->hello.replicated_seq = 1000000;
	refused(p, 0);
}

static void arrivals_ahead(struct peer *p)
{
	prove(p);
	expect_hello(p);
	p->hello.arrivals = 1;
	send_hello(p);
	send_table(p);
	afar_range_put(p->tx, 0, 0, 1, 1ULL << 50);
	send_message(p, AFAR_ARRIVALS, 1);
	expect_close(p, 0);
}

/* Where it differs, as nobody would say it. */
static void tell_spans(struct peer *p, const struct afar_span_info *second)
{
	static const struct afar_span_info first = { .sector = 2048, .sectors = 2048 };

	prove(p);
	expect_hello(p);
	p->hello.flags |= AFAR_HELLO_NO_CUT | AFAR_HELLO_DISCARDED | AFAR_HELLO_SPANS;
	send_hello(p);
	send_table(p);
	afar_span_put(p->tx, 0, &first);
	afar_span_put(p->tx, 1, second);
	send_message(p, AFAR_DIFFERS, 2);
	expect_close(p, AFAR_BYE_GARBAGE);
}

static void spans_backwards(struct peer *p)
{
	tell_spans(p, &(struct afar_span_info){ .sector = 1024, .sectors = 512 });
}

static void spans_overlap(struct peer *p)
{
	tell_spans(p, &(struct afar_span_info){ .sector = 3968, .sectors = 512 });
}

static void span_of_nothing(struct peer *p)
{
	tell_spans(p, &(struct afar_span_info){ .sector = 8192 });
}

static void span_too_long(struct peer *p)
{
	tell_spans(p, &(struct afar_span_info){ .sector = 8192, .sectors = U64_MAX });
}

static void span_of_half(struct peer *p)
{
	tell_spans(p, &(struct afar_span_info){ .sector = 8192, .sectors = 64 });
}

static void spans_unasked(struct peer *p)
{
	handshake(p);
	send_message(p, AFAR_DIFFERS, 0);
	expect_close(p, 0);
}

/* Acknowledgments at random, from a peer that has the key. */
static void fuzz(struct peer *p)
{
	unsigned int messages = 0, i, n;
	u64 top;

	handshake(p);
	top = some_commands(p) + 60;
	while (messages++ < 200 && !closed(p)) {
		struct afar_ack_info ack = {
			.replicated = random_below(4) ? 0 : random_below(5),
			.replicated_seq = random_below(4) ? 0 : random_below(top),
			.committed = random_below(6) ? 0 : random_below(4),
			.credit = random_below(3) ? 64 : random_below(1000),
		};

		afar_ack_put(p->tx, &ack);
		n = random_below(5) ? random_below(4) : random_below(AFAR_ACK_RANGES);
		for (i = 0; i < n; i++) {
			u64 first = 1 + random_below(top), last = first + random_below(20);

			if (!random_below(40))
				last = U64_MAX - random_below(2);
			if (!random_below(40))
				first = random_below(2) ? 0 : last + 1;
			afar_range_put(p->tx, sizeof(struct afar_ack), i, first, last);
		}
		send_message(p, random_below(30) ? AFAR_ACK : AFAR_PING, n);
	}
	printf("messages: %u\n", messages);
}

static const struct play {
	const char *name;
	void (*act)(struct peer *p);
} plays[] = {
#define PLAY(name) { #name, name }
	PLAY(ack_beyond), PLAY(ack_wild), PLAY(ack_inverted), PLAY(ack_zero),
	PLAY(replicated_beyond), PLAY(replicated_wild), PLAY(committed_beyond),
	PLAY(committed_number), PLAY(wrong_term),
	PLAY(wrong_session), PLAY(commands_back), PLAY(mute), PLAY(mute_when_live), PLAY(garbage),
	PLAY(journal), PLAY(too_many_arrivals), PLAY(volume_size), PLAY(no_room), PLAY(ahead),
	PLAY(spans_backwards), PLAY(spans_overlap), PLAY(span_of_nothing), PLAY(span_too_long),
	PLAY(span_of_half),
	PLAY(spans_unasked), PLAY(arrivals_ahead), PLAY(bye_first), PLAY(hello_first), PLAY(wrong_key), PLAY(no_key),
	PLAY(mirror), PLAY(fuzz_storm),
	PLAY(fuzz),
#undef PLAY
};

void play_secondary(struct peer *p, const char *name)
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
