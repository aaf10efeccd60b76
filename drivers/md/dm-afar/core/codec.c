// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include "codec.h"

/** afar_term_put() - encode a term */
void afar_term_put(struct afar_term_le *le, const struct afar_term *term)
{
	le->counter = cpu_to_le64(term->counter);
	le->id = term->id;
}

/** afar_term_get() - decode a term */
void afar_term_get(const struct afar_term_le *le, struct afar_term *term)
{
	term->counter = le64_to_cpu(le->counter);
	term->id = le->id;
}

/**
 * afar_head_put() - fill the head of a block whose items are in place, checksum included
 * @block: at least @info->bytes long
 * @info:  what to say
 */
void afar_head_put(void *block, const struct afar_head_info *info)
{
	struct afar_head *head = block;

	memset(head, 0, sizeof(*head));
	head->magic = cpu_to_le32(AFAR_MAGIC);
	head->type = cpu_to_le16(info->type);
	head->count = cpu_to_le16(info->count);
	head->bytes = cpu_to_le32(info->bytes);
	head->payload = cpu_to_le32(info->payload);
	head->owner = info->owner;
	afar_term_put(&head->term, &info->term);
	head->position = cpu_to_le64(info->position);
	head->epoch = cpu_to_le64(info->epoch);
	head->stable = cpu_to_le64(info->stable);
	head->crc = cpu_to_le32(afar_crc_around(block, info->bytes,
						offsetof(struct afar_head, crc)));
}

/* A field that is zero in this version may mean something in a later one: it is not passed over. */
static const char *check_reserved(const void *bytes, size_t count)
{
	return memchr_inv(bytes, 0, count) ? "reserved field is not zero" : NULL;
}

/* Fixed bytes behind the head and size of an item, by type; -1: no such type. */
static int head_sizes(u16 type, u32 *fixed, u32 *item)
{
	*fixed = 0;
	*item = 0;
	switch (type) {
	case AFAR_COMMANDS:
	case AFAR_COMMIT:
		*item = sizeof(struct afar_command);
		return 0;
	case AFAR_CHALLENGE:
		*fixed = sizeof(struct afar_challenge);
		return 0;
	case AFAR_PROOF:
		*fixed = sizeof(struct afar_proof);
		return 0;
	case AFAR_HELLO:
		*fixed = sizeof(struct afar_hello);
		return 0;
	case AFAR_TABLE:
		*item = sizeof(struct afar_volume);
		return 0;
	case AFAR_ARRIVALS:
		*item = sizeof(struct afar_range);
		return 0;
	case AFAR_DIFFERS:
		*item = sizeof(struct afar_span);
		return 0;
	case AFAR_ACK:
		*fixed = sizeof(struct afar_ack);
		*item = sizeof(struct afar_range);
		return 0;
	case AFAR_BYE:
		*fixed = sizeof(struct afar_bye);
		return 0;
	case AFAR_END:
		*fixed = sizeof(struct afar_end);
		return 0;
	case AFAR_ASK:
		*item = sizeof(struct afar_ask);
		return 0;
	case AFAR_HASHES:
		*item = sizeof(struct afar_hash);
		return 0;
	case AFAR_GO:
	case AFAR_PING:
		return 0;
	}
	return -1;
}

/**
 * afar_head_get() - decode and check the first sizeof(struct afar_head) bytes of a block
 * @block: only the head is looked at
 * @info:  result
 *
 * What it accepts can be read on safely: @info->bytes is at most AFAR_BLOCK and fits type and
 * count, @info->payload is at most AFAR_FRAME_PAYLOAD. The checksum is not looked at:
 * afar_head_crc().
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_head_get(const void *block, struct afar_head_info *info)
{
	const struct afar_head *head = block;
	u32 fixed, item;

	if (le32_to_cpu(head->magic) != AFAR_MAGIC)
		return "bad magic";
	info->type = le16_to_cpu(head->type);
	info->count = le16_to_cpu(head->count);
	info->bytes = le32_to_cpu(head->bytes);
	info->payload = le32_to_cpu(head->payload);
	info->owner = head->owner;
	afar_term_get(&head->term, &info->term);
	info->position = le64_to_cpu(head->position);
	info->epoch = le64_to_cpu(head->epoch);
	info->stable = le64_to_cpu(head->stable);

	if (head_sizes(info->type, &fixed, &item))
		return "unknown type";
	if (!item && info->count)
		return "items where there are none";
	if (info->bytes > AFAR_BLOCK ||
	    info->bytes != sizeof(*head) + fixed + (u32)info->count * item)
		return "length does not fit type and count";
	if (info->type != AFAR_COMMANDS && info->payload)
		return "payload where there is none";
	if (info->payload > AFAR_FRAME_PAYLOAD || info->payload % AFAR_BLOCK)
		return "payload length out of range";
	if (head->flags)
		return "reserved field is not zero";
	return check_reserved(head->reserved, sizeof(head->reserved));
}

/**
 * afar_head_wire() - check what holds for a head only on the wire
 * @info: a head that afar_head_get() accepted
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_head_wire(const struct afar_head_info *info)
{
	if (info->type == AFAR_COMMIT)
		return "journal record on the wire";
	if (info->epoch || info->stable)
		return "reserved field is not zero";
	return NULL;
}

/**
 * afar_head_crc() - check the checksum of a header block
 * @block: a block that afar_head_get() accepted, complete
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_head_crc(const void *block)
{
	const struct afar_head *head = block;
	u32 bytes = le32_to_cpu(head->bytes);

	if (afar_crc_around(block, bytes, offsetof(struct afar_head, crc)) !=
	    le32_to_cpu(head->crc))
		return "bad checksum";
	return NULL;
}

static void change_put(struct afar_change_command *le, const struct afar_cmd *cmd)
{
	memset(le, 0, sizeof(*le));
	le->seq = cpu_to_le64(cmd->seq);
	le->set = cpu_to_le64(cmd->set);
	le->first = cpu_to_le64(cmd->first);
	le->sectors = cpu_to_le64(cmd->sector);
	le->volume = cpu_to_le16(cmd->volume);
	le->op = cmd->op;
	le->id = cmd->id;
}

/** afar_cmd_put() - encode the descriptor of item @index of a header block */
void afar_cmd_put(void *block, unsigned int index, const struct afar_cmd *cmd)
{
	struct afar_command *le = block + sizeof(struct afar_head);

	le += index;
	if (afar_cmd_changes(cmd)) {
		change_put((struct afar_change_command *)le, cmd);
		return;
	}
	le->seq = cpu_to_le64(cmd->seq);
	le->set = cpu_to_le64(cmd->set);
	le->first = cpu_to_le64(cmd->first);
	le->sector = cpu_to_le64(cmd->sector);
	le->bytes = cpu_to_le32(cmd->bytes);
	le->sum = cpu_to_le32(cmd->sum);
	le->volume = cpu_to_le16(cmd->volume);
	le->op = cmd->op;
	le->flags = cmd->flags;
	le->blocks = cpu_to_le32(cmd->blocks);
	le->time = cpu_to_le64(cmd->time);
	le->map_generation = cpu_to_le64(cmd->map_generation);
}

/** afar_cmd_get() - decode the descriptor of item @index; nothing is checked */
void afar_cmd_get(const void *block, unsigned int index, struct afar_cmd *cmd)
{
	const struct afar_command *le = block + sizeof(struct afar_head);

	le += index;
	cmd->seq = le64_to_cpu(le->seq);
	cmd->set = le64_to_cpu(le->set);
	cmd->first = le64_to_cpu(le->first);
	cmd->sector = le64_to_cpu(le->sector);
	cmd->bytes = le32_to_cpu(le->bytes);
	cmd->sum = le32_to_cpu(le->sum);
	cmd->volume = le16_to_cpu(le->volume);
	cmd->op = le->op;
	cmd->flags = le->flags;
	cmd->blocks = le32_to_cpu(le->blocks);
	memset(&cmd->id, 0, sizeof(cmd->id));
	if (afar_cmd_changes(cmd)) {
		cmd->id = ((const struct afar_change_command *)le)->id;
		cmd->time = 0;
		cmd->map_generation = 0;
		return;
	}
	cmd->time = le64_to_cpu(le->time);
	cmd->map_generation = le64_to_cpu(le->map_generation);
}

static const char *check_place(u16 volume, u64 sector, u32 bytes)
{
	if (volume >= AFAR_VOLUMES)
		return "volume out of range";
	if (!bytes || bytes > AFAR_COMMAND_BYTES || bytes % 512)
		return "length out of range";
	if (sector > (U64_MAX >> AFAR_SECTOR_SHIFT) - (bytes >> AFAR_SECTOR_SHIFT))
		return "sector out of range";
	return NULL;
}

static const char *check_extent(const struct afar_cmd *cmd)
{
	const char *why = check_place(cmd->volume, cmd->sector, cmd->bytes);

	if (why)
		return why;
	if (cmd->blocks || cmd->time || cmd->map_generation)
		return "field of a sync command in another one";
	return NULL;
}

static const char *check_no_extent(const struct afar_cmd *cmd)
{
	if (cmd->volume || cmd->sector || cmd->bytes || cmd->sum ||
	    cmd->flags & ~(cmd->op == AFAR_OP_SYNC ? AFAR_CMD_SCANNED | AFAR_CMD_JOINED : 0))
		return "field of a write in another command";
	return NULL;
}

static const char *check_change(const struct afar_cmd *cmd)
{
	if (cmd->volume >= AFAR_VOLUMES)
		return "volume out of range";
	if (!cmd->sector || cmd->sector > U64_MAX >> AFAR_SECTOR_SHIFT)
		return "volume size out of range";
	if (cmd->bytes || cmd->sum || cmd->flags || cmd->blocks)
		return "field of a write in another command";
	return afar_uuid_none(&cmd->id) ? "nameless volume" : NULL;
}

/**
 * afar_cmd_check() - check all that a descriptor says about itself
 * @cmd: decoded descriptor
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_cmd_check(const struct afar_cmd *cmd)
{
	const char *why;

	if (!cmd->set || cmd->set > U64_MAX / 2)
		return "set out of range";
	if (!cmd->first || cmd->seq < cmd->first || cmd->seq > U64_MAX / 2)
		return "sequence number outside its set";
	switch (cmd->op) {
	case AFAR_OP_WRITE:
		if (cmd->flags)
			return "unknown flag";
		return check_extent(cmd);
	case AFAR_OP_ZERO:
		if (cmd->flags & ~AFAR_CMD_UNMAP)
			return "unknown flag";
		if (cmd->sum)
			return "checksum without payload";
		return check_extent(cmd);
	case AFAR_OP_SYNC:
		why = check_no_extent(cmd);
		if (!why && cmd->blocks <= cmd->seq - cmd->first)
			why = "set smaller than its commands";
		return why;
	case AFAR_OP_COMMIT:
		why = check_no_extent(cmd);
		if (!why && cmd->blocks)
			why = "field of a sync command in another one";
		return why;
	case AFAR_OP_VOID:
		why = check_no_extent(cmd);
		if (!why && (cmd->blocks || cmd->time || cmd->map_generation))
			why = "field of a sync command in another one";
		return why;
	case AFAR_OP_ADD:
	case AFAR_OP_REMOVE:
		return check_change(cmd);
	}
	return "unknown operation";
}

/**
 * afar_frame_check() - check the items of a journal record or frame
 * @block: header block, complete; type AFAR_COMMANDS or AFAR_COMMIT
 * @info:  its decoded head
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_frame_check(const void *block, const struct afar_head_info *info)
{
	struct afar_cmd cmd;
	const char *why;
	u32 payload = 0;
	unsigned int i;

	if (!info->count)
		return "empty frame";
	if (info->type == AFAR_COMMIT && info->count != 1)
		return "more than one commit record in a block";
	for (i = 0; i < info->count; i++) {
		afar_cmd_get(block, i, &cmd);
		why = afar_cmd_check(&cmd);
		if (why)
			return why;
		if ((cmd.op == AFAR_OP_COMMIT) != (info->type == AFAR_COMMIT))
			return "operation does not fit the frame's type";
		payload += afar_cmd_payload(&cmd);
	}
	if (payload != info->payload)
		return "payload does not fit its descriptors";
	return NULL;
}

/** afar_chain_put() - encode a chain of terms; unused entries become zero */
void afar_chain_put(struct afar_link_term *le, const struct afar_chain *chain)
{
	unsigned int i;

	memset(le, 0, AFAR_CHAIN * sizeof(*le));
	for (i = 0; i < chain->count; i++, le++) {
		afar_term_put(&le->term, &chain->entry[i].term);
		le->left_set = cpu_to_le64(chain->entry[i].left_set);
		le->left_seq = cpu_to_le64(chain->entry[i].left_seq);
		le->time = cpu_to_le64(chain->entry[i].time);
	}
}

/** afar_chain_get() - decode a chain of @count terms of AFAR_CHAIN; NULL or what is wrong */
const char *afar_chain_get(const struct afar_link_term *le, u32 count, struct afar_chain *chain)
{
	unsigned int i;

	if (count > AFAR_CHAIN)
		return "chain of terms too long";
	chain->count = count;
	for (i = 0; i < count; i++, le++) {
		struct afar_chain_entry *entry = &chain->entry[i];

		afar_term_get(&le->term, &entry->term);
		entry->left_set = le64_to_cpu(le->left_set);
		entry->left_seq = le64_to_cpu(le->left_seq);
		entry->time = le64_to_cpu(le->time);
		if (!entry->term.counter || afar_uuid_none(&entry->term.id))
			return "nameless term in the chain";
	}
	return check_reserved(le, (AFAR_CHAIN - count) * sizeof(*le));
}

/** afar_challenge_put() - encode the body of an AFAR_CHALLENGE */
void afar_challenge_put(void *block, const struct afar_challenge_info *challenge)
{
	struct afar_challenge *le = block + sizeof(struct afar_head);

	memset(le, 0, sizeof(*le));
	le->version_min = cpu_to_le16(challenge->version_min);
	le->version_max = cpu_to_le16(challenge->version_max);
	le->flags = cpu_to_le32(challenge->flags);
	memcpy(le->nonce, challenge->nonce, sizeof(le->nonce));
	memcpy(le->proof, challenge->proof, sizeof(le->proof));
}

/** afar_challenge_get() - decode and check the body of an AFAR_CHALLENGE; NULL or what is wrong */
const char *afar_challenge_get(const void *block, struct afar_challenge_info *challenge)
{
	const struct afar_challenge *le = block + sizeof(struct afar_head);

	challenge->version_min = le16_to_cpu(le->version_min);
	challenge->version_max = le16_to_cpu(le->version_max);
	challenge->flags = le32_to_cpu(le->flags);
	memcpy(challenge->nonce, le->nonce, sizeof(le->nonce));
	memcpy(challenge->proof, le->proof, sizeof(le->proof));
	if (challenge->version_min > challenge->version_max)
		return "no protocol version";
	if (challenge->flags & ~AFAR_CHALLENGE_KEY)
		return "unknown flag";
	return check_reserved(le->reserved, sizeof(le->reserved));
}

/** afar_proof_put() - encode the body of an AFAR_PROOF */
void afar_proof_put(void *block, const u8 *proof)
{
	struct afar_proof *le = block + sizeof(struct afar_head);

	memcpy(le->proof, proof, sizeof(le->proof));
}

/** afar_proof_get() - decode the body of an AFAR_PROOF; whether it is right, core/proof.h says */
void afar_proof_get(const void *block, u8 *proof)
{
	const struct afar_proof *le = block + sizeof(struct afar_head);

	memcpy(proof, le->proof, sizeof(le->proof));
}

/** afar_hello_put() - encode the body of an AFAR_HELLO */
void afar_hello_put(void *block, const struct afar_hello_info *hello)
{
	struct afar_hello *le = block + sizeof(struct afar_head);

	memset(le, 0, sizeof(*le));
	le->version_min = cpu_to_le16(hello->version_min);
	le->version_max = cpu_to_le16(hello->version_max);
	le->role = cpu_to_le16(hello->role);
	le->flags = cpu_to_le16(hello->flags);
	le->features = cpu_to_le64(hello->features);
	le->group = hello->group;
	le->node = hello->node;
	le->journal = hello->journal;
	le->lane = cpu_to_le16(hello->lane);
	le->lanes = cpu_to_le16(hello->lanes);
	le->block_size = cpu_to_le32(hello->block_size);
	le->largest_set = cpu_to_le32(hello->largest_set);
	le->volumes = cpu_to_le16(hello->volumes);
	le->chain = cpu_to_le16(hello->chain.count);
	le->arrivals = cpu_to_le64(hello->arrivals);
	le->credit = cpu_to_le64(hello->credit);
	le->replicated = cpu_to_le64(hello->replicated);
	le->replicated_seq = cpu_to_le64(hello->replicated_seq);
	le->committed = cpu_to_le64(hello->committed);
	le->committed_seq = cpu_to_le64(hello->committed_seq);
	le->time = cpu_to_le64(hello->time);
	le->timeout = cpu_to_le32(hello->timeout);
	le->map_generation = cpu_to_le64(hello->map_generation);
	le->peer_journal = hello->peer_journal;
	le->peer_generation = cpu_to_le64(hello->peer_generation);
	afar_chain_put(le->chain_term, &hello->chain);
}

/* Sets and numbers are dense from 1 and each set has a number, its sync command's at least. */
static const char *check_cuts(u64 committed, u64 committed_seq, u64 replicated, u64 replicated_seq)
{
	u64 sets = replicated - committed;
	u64 numbers = replicated_seq - committed_seq;

	if (replicated < committed || replicated_seq < committed_seq)
		return "committed beyond replicated";
	if (replicated_seq > U64_MAX / 2)
		return "sequence number out of range";
	if (committed > committed_seq || sets > numbers || !sets != !numbers)
		return "cut that cannot be";
	return NULL;
}

/** afar_hello_get() - decode and check the body of an AFAR_HELLO; NULL or what is wrong */
const char *afar_hello_get(const void *block, struct afar_hello_info *hello)
{
	const struct afar_hello *le = block + sizeof(struct afar_head);
	const char *why;

	hello->version_min = le16_to_cpu(le->version_min);
	hello->version_max = le16_to_cpu(le->version_max);
	hello->role = le16_to_cpu(le->role);
	hello->flags = le16_to_cpu(le->flags);
	hello->features = le64_to_cpu(le->features);
	hello->group = le->group;
	hello->node = le->node;
	hello->journal = le->journal;
	hello->lane = le16_to_cpu(le->lane);
	hello->lanes = le16_to_cpu(le->lanes);
	hello->block_size = le32_to_cpu(le->block_size);
	hello->largest_set = le32_to_cpu(le->largest_set);
	hello->volumes = le16_to_cpu(le->volumes);
	hello->arrivals = le64_to_cpu(le->arrivals);
	hello->credit = le64_to_cpu(le->credit);
	hello->replicated = le64_to_cpu(le->replicated);
	hello->replicated_seq = le64_to_cpu(le->replicated_seq);
	hello->committed = le64_to_cpu(le->committed);
	hello->committed_seq = le64_to_cpu(le->committed_seq);
	hello->time = le64_to_cpu(le->time);
	hello->timeout = le32_to_cpu(le->timeout);
	hello->map_generation = le64_to_cpu(le->map_generation);
	hello->peer_journal = le->peer_journal;
	hello->peer_generation = le64_to_cpu(le->peer_generation);

	if (hello->version_min > hello->version_max)
		return "no protocol version";
	if (hello->role != AFAR_PRIMARY && hello->role != AFAR_SECONDARY)
		return "unknown role";
	if (hello->flags & ~(AFAR_HELLO_FRESH | AFAR_HELLO_EQUAL | AFAR_HELLO_RESYNC |
			     AFAR_HELLO_JOIN | AFAR_HELLO_VOLATILE | AFAR_HELLO_IN_PLACE |
			     AFAR_HELLO_NO_CUT | AFAR_HELLO_DISCARDED | AFAR_HELLO_SPANS))
		return "unknown flag";
	if (hello->flags & AFAR_HELLO_SPANS && !(hello->flags & AFAR_HELLO_DISCARDED))
		return "spans of a node with nothing of its own";
	if (!hello->lanes || hello->lanes > AFAR_LANES || hello->lane >= hello->lanes)
		return "lane number out of range";
	if (hello->volumes > AFAR_VOLUMES + AFAR_CHANGES)
		return "too many volumes";
	if (hello->largest_set < AFAR_SET_MIN)
		return "largest set out of range";
	if (hello->timeout < AFAR_TIMEOUT_MIN)
		return "timeout out of range";
	if (afar_uuid_none(&hello->node) || afar_uuid_none(&hello->journal))
		return "nameless node or journal";
	why = le->reserved0 ? "reserved field is not zero" :
	      check_reserved(le->reserved, sizeof(le->reserved));
	if (!why)
		why = check_cuts(hello->committed, hello->committed_seq, hello->replicated,
				 hello->replicated_seq);
	if (!why && hello->flags & AFAR_HELLO_VOLATILE && hello->replicated > hello->committed)
		why = "replicated in a ring in memory";
	return why ? why : afar_chain_get(le->chain_term, le16_to_cpu(le->chain), &hello->chain);
}

/** afar_ack_put() - encode the fixed part of an AFAR_ACK */
void afar_ack_put(void *block, const struct afar_ack_info *ack)
{
	struct afar_ack *le = block + sizeof(struct afar_head);

	memset(le, 0, sizeof(*le));
	le->replicated = cpu_to_le64(ack->replicated);
	le->replicated_seq = cpu_to_le64(ack->replicated_seq);
	le->committed = cpu_to_le64(ack->committed);
	le->committed_seq = cpu_to_le64(ack->committed_seq);
	le->credit = cpu_to_le64(ack->credit);
}

/**
 * afar_ack_get() - decode and check the fixed part of an AFAR_ACK; what was sent, the stream knows
 * @block: complete
 * @ack:   result
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_ack_get(const void *block, struct afar_ack_info *ack)
{
	const struct afar_ack *le = block + sizeof(struct afar_head);

	ack->replicated = le64_to_cpu(le->replicated);
	ack->replicated_seq = le64_to_cpu(le->replicated_seq);
	ack->committed = le64_to_cpu(le->committed);
	ack->committed_seq = le64_to_cpu(le->committed_seq);
	ack->credit = le64_to_cpu(le->credit);
	return check_reserved(le->reserved, sizeof(le->reserved)) ?:
	       check_cuts(ack->committed, ack->committed_seq, ack->replicated, ack->replicated_seq);
}

/** afar_range_put() - encode range @index behind a fixed part of @fixed bytes */
void afar_range_put(void *block, u32 fixed, unsigned int index, u64 first, u64 last)
{
	struct afar_range *le = block + sizeof(struct afar_head) + fixed;

	le[index].first = cpu_to_le64(first);
	le[index].last = cpu_to_le64(last);
}

/** afar_range_get() - decode and check range @index behind a fixed part of @fixed bytes */
const char *afar_range_get(const void *block, u32 fixed, unsigned int index, u64 *first, u64 *last)
{
	const struct afar_range *le = block + sizeof(struct afar_head) + fixed;

	*first = le64_to_cpu(le[index].first);
	*last = le64_to_cpu(le[index].last);
	if (!*first || *last < *first || *last > U64_MAX / 2)
		return "range out of order";
	return NULL;
}

/** afar_span_put() - encode item @index of an AFAR_DIFFERS */
void afar_span_put(void *block, unsigned int index, const struct afar_span_info *span)
{
	struct afar_span *le = block + sizeof(struct afar_head);

	le[index] = (struct afar_span){
		.sector = cpu_to_le64(span->sector),
		.sectors = cpu_to_le64(span->sectors),
		.volume = cpu_to_le16(span->volume),
	};
}

/** afar_span_get() - decode and check item @index of an AFAR_DIFFERS; NULL or what is wrong */
const char *afar_span_get(const void *block, unsigned int index, struct afar_span_info *span)
{
	const struct afar_span *le = block + sizeof(struct afar_head);

	le += index;
	*span = (struct afar_span_info){
		.sector = le64_to_cpu(le->sector), .sectors = le64_to_cpu(le->sectors),
		.volume = le16_to_cpu(le->volume),
	};
	if (span->volume >= AFAR_VOLUMES)
		return "volume out of range";
	if (span->sector > U64_MAX >> AFAR_SECTOR_SHIFT || !span->sectors ||
	    span->sectors > (U64_MAX >> AFAR_SECTOR_SHIFT) - span->sector)
		return "span out of range";
	if (span->sector % AFAR_SPAN_SECTORS || span->sectors % AFAR_SPAN_SECTORS)
		return "span of half a chunk";
	return check_reserved(le->reserved, sizeof(le->reserved));
}

/** afar_volume_put() - encode item @index of an AFAR_TABLE */
void afar_volume_put(void *block, unsigned int index, const struct afar_volume *volume)
{
	struct afar_volume *le = block + sizeof(struct afar_head);

	le[index] = *volume;
}

/** afar_volume_get() - decode and check item @index of an AFAR_TABLE; NULL or what is wrong */
const char *afar_volume_get(const void *block, unsigned int index, u16 *number, u64 *sectors,
			    struct afar_uuid *id)
{
	const struct afar_volume *le = block + sizeof(struct afar_head);

	*number = le16_to_cpu(le[index].number);
	*sectors = le64_to_cpu(le[index].sectors);
	*id = le[index].id;
	if (*number >= AFAR_VOLUMES)
		return "volume number out of range";
	if (!*sectors || *sectors > U64_MAX >> AFAR_SECTOR_SHIFT)
		return "volume size out of range";
	if (le[index].op && le[index].op != AFAR_OP_ADD && le[index].op != AFAR_OP_REMOVE)
		return "unknown operation";
	if (!le[index].op != !le[index].seq || le64_to_cpu(le[index].seq) > U64_MAX / 2 ||
	    (le[index].op && afar_uuid_none(id)))
		return "change out of range";
	if (le64_to_cpu(le[index].outside) > (le[index].op ? 0 : *sectors))
		return "more outside the cut than there is";
	return check_reserved(le[index].reserved, sizeof(le[index].reserved));
}

/** afar_volume_change() - is item @index, which is good, a change? Its operation, or 0 */
u8 afar_volume_change(const void *block, unsigned int index, u64 *seq)
{
	const struct afar_volume *le = block + sizeof(struct afar_head);

	*seq = le64_to_cpu(le[index].seq);
	return le[index].op;
}

/** afar_volume_outside() - how many sectors of item @index, which is good, are outside the cut */
u64 afar_volume_outside(const void *block, unsigned int index)
{
	const struct afar_volume *le = block + sizeof(struct afar_head);

	return le64_to_cpu(le[index].outside);
}

/** afar_ask_put() - encode item @index of an AFAR_ASK */
void afar_ask_put(void *block, unsigned int index, const struct afar_hash_info *extent)
{
	struct afar_ask *le = block + sizeof(struct afar_head);

	le[index] = (struct afar_ask){
		.sector = cpu_to_le64(extent->sector), .bytes = cpu_to_le32(extent->bytes),
		.volume = cpu_to_le16(extent->volume), .tag = cpu_to_le16(extent->tag),
	};
}

/** afar_ask_get() - decode and check item @index of an AFAR_ASK; NULL or what is wrong */
const char *afar_ask_get(const void *block, unsigned int index, struct afar_hash_info *extent)
{
	const struct afar_ask *le = block + sizeof(struct afar_head);

	le += index;
	*extent = (struct afar_hash_info){
		.sector = le64_to_cpu(le->sector), .bytes = le32_to_cpu(le->bytes),
		.volume = le16_to_cpu(le->volume), .tag = le16_to_cpu(le->tag),
	};
	return check_place(extent->volume, extent->sector, extent->bytes);
}

/** afar_hash_put() - encode item @index of an AFAR_HASHES */
void afar_hash_put(void *block, unsigned int index, const struct afar_hash_info *hash)
{
	struct afar_hash *le = block + sizeof(struct afar_head);

	le += index;
	le->sector = cpu_to_le64(hash->sector);
	le->bytes = cpu_to_le32(hash->bytes);
	le->volume = cpu_to_le16(hash->volume);
	le->tag = cpu_to_le16(hash->tag);
	memcpy(le->hash, hash->hash, sizeof(le->hash));
}

/** afar_hash_get() - decode and check item @index of an AFAR_HASHES; NULL or what is wrong */
const char *afar_hash_get(const void *block, unsigned int index, struct afar_hash_info *hash)
{
	const struct afar_hash *le = block + sizeof(struct afar_head);

	le += index;
	hash->sector = le64_to_cpu(le->sector);
	hash->bytes = le32_to_cpu(le->bytes);
	hash->volume = le16_to_cpu(le->volume);
	hash->tag = le16_to_cpu(le->tag);
	memcpy(hash->hash, le->hash, sizeof(hash->hash));
	return check_place(hash->volume, hash->sector, hash->bytes);
}

/** afar_end_put() - encode the body of an AFAR_END */
void afar_end_put(void *block, u64 set, u64 seq)
{
	struct afar_end *le = block + sizeof(struct afar_head);

	memset(le, 0, sizeof(*le));
	le->set = cpu_to_le64(set);
	le->seq = cpu_to_le64(seq);
}

/** afar_end_get() - decode and check the body of an AFAR_END; NULL or what is wrong */
const char *afar_end_get(const void *block, u64 *set, u64 *seq)
{
	const struct afar_end *le = block + sizeof(struct afar_head);

	*set = le64_to_cpu(le->set);
	*seq = le64_to_cpu(le->seq);
	if (*set > *seq || !*set != !*seq || *seq > U64_MAX / 2)
		return "cut that cannot be";
	return check_reserved(le->reserved, sizeof(le->reserved));
}

/** afar_bye_put() - encode the body of an AFAR_BYE */
void afar_bye_put(void *block, u32 reason)
{
	struct afar_bye *le = block + sizeof(struct afar_head);

	memset(le, 0, sizeof(*le));
	le->reason = cpu_to_le32(reason);
}

/**
 * afar_bye_get() - decode the body of an AFAR_BYE
 * @block: complete
 *
 * Return: enum afar_reason, or a number not known here; 0 when a reserved field is in use.
 */
u32 afar_bye_get(const void *block)
{
	const struct afar_bye *le = block + sizeof(struct afar_head);

	return check_reserved(le->reserved, sizeof(le->reserved)) ? 0 : le32_to_cpu(le->reason);
}

/** afar_reason_name() - the stable token of a reason, as status prints it */
const char *afar_reason_name(u32 reason)
{
	switch (reason) {
#define AFAR_REASON_NAME(value, id, name, words) case value: return name;
	AFAR_REASONS(AFAR_REASON_NAME)
#undef AFAR_REASON_NAME
	}
	return "unknown";
}

/** afar_reason_words() - a reason, said to a person */
const char *afar_reason_words(u32 reason)
{
	switch (reason) {
#define AFAR_REASON_WORDS(value, id, name, words) case value: return words;
	AFAR_REASONS(AFAR_REASON_WORDS)
#undef AFAR_REASON_WORDS
	}
	return "a reason that this version does not know";
}
