/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: codec
 * The only code that knows how bytes on the wire and in the journal are laid out. Decoders check
 * everything that can be checked without state: magic, bounds, reserved fields, checksum. They
 * return NULL when the bytes are good, else a few words that say what is wrong with them.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_CODEC_H
#define AFAR_CODEC_H

#include <linux/types.h>
#include <linux/string.h>
#include <afar/journal.h>
#include "crc.h"

/** struct afar_term - struct afar_term_le in host order */
struct afar_term {
	u64 counter;
	struct afar_uuid id;
};

/** struct afar_head_info - struct afar_head in host order */
struct afar_head_info {
	u16 type;
	u16 count;
	u32 bytes;
	u32 payload;
	struct afar_uuid owner;
	struct afar_term term;
	u64 position;
	u64 epoch;
	u64 stable;
};

/**
 * struct afar_cmd - struct afar_command in host order
 *
 * @sector is the length, and @id counts, in a change of the volume table.
 */
struct afar_cmd {
	u64 seq;
	u64 set;
	u64 first;
	u64 sector;
	u32 bytes;
	u32 sum;
	u16 volume;
	u8 op;
	u8 flags;
	u32 blocks;
	u64 time;
	u64 map_generation;
	struct afar_uuid id;
};

/** struct afar_chain_entry - struct afar_link_term in host order */
struct afar_chain_entry {
	struct afar_term term;
	u64 left_set;
	u64 left_seq;
	u64 time;
};

/** struct afar_chain - ended terms, newest first */
struct afar_chain {
	u32 count;
	struct afar_chain_entry entry[AFAR_CHAIN];
};

/** struct afar_challenge_info - struct afar_challenge in host order */
struct afar_challenge_info {
	u16 version_min;
	u16 version_max;
	u32 flags;
	u8 nonce[AFAR_NONCE];
	u8 proof[AFAR_DIGEST];
};

/** struct afar_hello_info - struct afar_hello in host order */
struct afar_hello_info {
	u16 version_min;
	u16 version_max;
	u16 role;
	u16 flags;
	u64 features;
	struct afar_uuid group;
	struct afar_uuid node;
	struct afar_uuid journal;
	u16 lane;
	u16 lanes;
	u32 block_size;
	u32 largest_set;
	u16 volumes;
	u64 arrivals;
	u64 credit;
	u64 replicated;
	u64 replicated_seq;
	u64 committed;
	u64 committed_seq;
	u64 time;
	u32 timeout;
	u64 map_generation;
	struct afar_uuid peer_journal;
	u64 peer_generation;
	struct afar_chain chain;
};

/**
 * afar_largest_first() - most journal blocks of set 1 of a term
 * @largest: afar_hello_info.largest_set: of all others; a quarter of the ring
 *
 * It may be a resync set, whose size nobody chooses. Beside it and its commit record there is room
 * for set 2 and its.
 */
static inline u32 afar_largest_first(u32 largest)
{
	u64 first = 3 * (u64)largest - 2;

	return first > U32_MAX ? U32_MAX : first;
}

/** struct afar_hash_info - struct afar_hash, or struct afar_ask, in host order */
struct afar_hash_info {
	u64 sector;
	u32 bytes;
	u16 volume;
	u16 tag;
	u8 hash[AFAR_HASH];
};

/** struct afar_span_info - struct afar_span in host order */
struct afar_span_info {
	u64 sector;
	u64 sectors;
	u16 volume;
};

/** struct afar_ack_info - struct afar_ack in host order */
struct afar_ack_info {
	u64 replicated;
	u64 replicated_seq;
	u64 committed;
	u64 committed_seq;
	u64 credit;
};

static inline bool afar_uuid_equal(const struct afar_uuid *a, const struct afar_uuid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool afar_uuid_none(const struct afar_uuid *a)
{
	static const struct afar_uuid none;

	return afar_uuid_equal(a, &none);
}

static inline bool afar_term_equal(const struct afar_term *a, const struct afar_term *b)
{
	return a->counter == b->counter && afar_uuid_equal(&a->id, &b->id);
}


void afar_term_put(struct afar_term_le *le, const struct afar_term *term);
void afar_term_get(const struct afar_term_le *le, struct afar_term *term);

void afar_head_put(void *block, const struct afar_head_info *info);
const char *afar_head_get(const void *block, struct afar_head_info *info);
const char *afar_head_wire(const struct afar_head_info *info);
const char *afar_head_crc(const void *block);

void afar_cmd_put(void *block, unsigned int index, const struct afar_cmd *cmd);
void afar_cmd_get(const void *block, unsigned int index, struct afar_cmd *cmd);
const char *afar_cmd_check(const struct afar_cmd *cmd);
const char *afar_frame_check(const void *block, const struct afar_head_info *info);

void afar_challenge_put(void *block, const struct afar_challenge_info *challenge);
const char *afar_challenge_get(const void *block, struct afar_challenge_info *challenge);
void afar_proof_put(void *block, const u8 *proof);
void afar_proof_get(const void *block, u8 *proof);

void afar_hello_put(void *block, const struct afar_hello_info *hello);
const char *afar_hello_get(const void *block, struct afar_hello_info *hello);

void afar_ack_put(void *block, const struct afar_ack_info *ack);
const char *afar_ack_get(const void *block, struct afar_ack_info *ack);
void afar_range_put(void *block, u32 fixed, unsigned int index, u64 first, u64 last);
const char *afar_range_get(const void *block, u32 fixed, unsigned int index, u64 *first, u64 *last);

void afar_span_put(void *block, unsigned int index, const struct afar_span_info *span);
const char *afar_span_get(const void *block, unsigned int index, struct afar_span_info *span);

void afar_volume_put(void *block, unsigned int index, const struct afar_volume *volume);
const char *afar_volume_get(const void *block, unsigned int index, u16 *number, u64 *sectors,
			    struct afar_uuid *id);
u8 afar_volume_change(const void *block, unsigned int index, u64 *seq);
u64 afar_volume_outside(const void *block, unsigned int index);

void afar_ask_put(void *block, unsigned int index, const struct afar_hash_info *extent);
const char *afar_ask_get(const void *block, unsigned int index, struct afar_hash_info *extent);
void afar_hash_put(void *block, unsigned int index, const struct afar_hash_info *hash);
const char *afar_hash_get(const void *block, unsigned int index, struct afar_hash_info *hash);

void afar_end_put(void *block, u64 set, u64 seq);
const char *afar_end_get(const void *block, u64 *set, u64 *seq);

void afar_bye_put(void *block, u32 reason);
u32 afar_bye_get(const void *block);
const char *afar_reason_name(u32 reason);
const char *afar_reason_words(u32 reason);

void afar_chain_put(struct afar_link_term *le, const struct afar_chain *chain);
const char *afar_chain_get(const struct afar_link_term *le, u32 count, struct afar_chain *chain);

/** afar_cmd_changes() - does a command change the volume table? */
static inline bool afar_cmd_changes(const struct afar_cmd *cmd)
{
	return cmd->op == AFAR_OP_ADD || cmd->op == AFAR_OP_REMOVE;
}

/** afar_cmd_payload() - bytes that a command's payload takes in a frame, padding included */
static inline u32 afar_cmd_payload(const struct afar_cmd *cmd)
{
	if (cmd->op != AFAR_OP_WRITE)
		return 0;
	return (cmd->bytes + AFAR_BLOCK - 1) & ~(u32)(AFAR_BLOCK - 1);
}

/** afar_cmd_blocks() - most journal blocks a command can take: alone in its frame */
static inline u32 afar_cmd_blocks(const struct afar_cmd *cmd)
{
	return 1 + (afar_cmd_payload(cmd) >> AFAR_BLOCK_SHIFT);
}

#endif /* AFAR_CODEC_H */
