/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One lane of dm-afar's protocol, from user space: what primary.c and secondary.c have in common.
 */
#ifndef PEER_TALK_H
#define PEER_TALK_H

#include "proof.h"

#define VOLUMES_MAX	8

/**
 * struct peer - this end of a lane, and what the other end has said
 * @fd:       connection
 * @dials:    it is the dialling side
 * @timeout:  seconds that anything may take
 * @sent:     number of the next message
 * @owner:    session, in each message
 * @term:     in each message
 * @key:      that it proves; from the environment, AFAR_KEY
 * @challenge: ours
 * @their_challenge: theirs
 * @hello:    ours
 * @sectors:  lengths of our volumes
 * @theirs:   their HELLO
 * @their_term: and its term
 * @arrived:  bit i: number theirs.replicated_seq + 1 + i has arrived
 * @ack:      their last ACK, or what their HELLO said
 * @reason:   of their BYE
 * @tx, @rx:  header blocks
 */
struct peer {
	int fd;
	bool dials;
	int timeout;
	u64 sent;
	struct afar_uuid owner;
	struct afar_term term;
	struct afar_key key;
	struct afar_challenge_info challenge;
	struct afar_challenge_info their_challenge;
	struct afar_hello_info hello;
	u64 sectors[VOLUMES_MAX];
	struct afar_hello_info theirs;
	struct afar_term their_term;
	u64 arrived;
	struct afar_ack_info ack;
	u32 reason;
	u8 tx[AFAR_BLOCK];
	u8 rx[AFAR_BLOCK];
};

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

struct afar_uuid uuid_of(u8 seed);
void peer_init(struct peer *p, u16 role, const char *sectors);

void send_bytes(struct peer *p, const void *bytes, size_t count);
void send_raw(struct peer *p, struct afar_head_info *info);
void send_message(struct peer *p, u16 type, unsigned int count);
void send_challenge(struct peer *p);
void send_proof(struct peer *p);
void send_hello(struct peer *p);
void send_table(struct peer *p);

u32 random_below(u32 n);
bool closed(struct peer *p);
int receive(struct peer *p, struct afar_head_info *info);
void expect(struct peer *p, u16 type, struct afar_head_info *info);
void expect_challenge(struct peer *p);
void prove(struct peer *p);
void expect_hello(struct peer *p);
void expect_close(struct peer *p, u32 reason);

/* primary.c: HELLO to GO. script.c: what stdin says. */
void primary_handshake(struct peer *p);
void play_script(struct peer *p);
void send_commands(struct peer *p, const struct afar_cmd *cmd, unsigned int count,
		   const u8 *payload);
void play_sample(struct peer *p, unsigned int sets, unsigned int blocks, unsigned int seed,
		 const char *file);

/* primary.c, secondary.c: by name; NULL lists them. They return when all was as it should be. */
void play_primary(struct peer *p, const char *name);
void play_secondary(struct peer *p, const char *name);

#endif /* PEER_TALK_H */
