// SPDX-License-Identifier: GPL-2.0-only
/*
 * All checks that a receiver makes before it believes a message, in the order in which the bytes
 * come: head, rest of the header block, items, payloads.
 */
#include <linux/kernel.h>
#include "receive.h"

static const char *receive_commands(const u8 *bytes, size_t have, enum afar_test_source source,
				    struct afar_test_message *m)
{
	size_t at = source == AFAR_TEST_WIRE ? m->head.bytes : AFAR_BLOCK;
	const char *why = afar_frame_check(bytes, &m->head);
	unsigned int i;

	if (why)
		return why;
	if (m->head.payload && have < at + m->head.payload)
		return "payload cut short";
	for (i = 0; i < m->head.count; i++) {
		struct afar_cmd *cmd = &m->cmd[i];

		afar_cmd_get(bytes, i, cmd);
		if (cmd->op == AFAR_OP_WRITE && afar_sum(bytes + at, cmd->bytes) != cmd->sum)
			return "bad checksum of a payload";
		at += afar_cmd_payload(cmd);
	}
	return NULL;
}

static const char *receive_ranges(const u8 *bytes, u32 fixed, u16 count)
{
	const char *why = NULL;
	u64 first, last;
	unsigned int i;

	for (i = 0; i < count && !why; i++)
		why = afar_range_get(bytes, fixed, i, &first, &last);
	return why;
}

static const char *receive_table(const u8 *bytes, u16 count)
{
	const char *why = NULL;
	struct afar_uuid id;
	unsigned int i;
	u64 sectors;
	u16 number;

	for (i = 0; i < count && !why; i++)
		why = afar_volume_get(bytes, i, &number, &sectors, &id);
	return why;
}

static const char *receive_spans(const u8 *bytes, u16 count)
{
	struct afar_span_info span;
	const char *why = NULL;
	unsigned int i;

	for (i = 0; i < count && !why; i++)
		why = afar_span_get(bytes, i, &span);
	return why;
}

static const char *receive_hashes(const u8 *bytes, u16 type, u16 count)
{
	struct afar_hash_info hash;
	const char *why = NULL;
	unsigned int i;

	for (i = 0; i < count && !why; i++)
		why = type == AFAR_ASK ? afar_ask_get(bytes, i, &hash) :
					 afar_hash_get(bytes, i, &hash);
	return why;
}

static const char *receive_body(const u8 *bytes, size_t have, enum afar_test_source source,
				struct afar_test_message *m)
{
	const char *why;

	switch (m->head.type) {
	case AFAR_COMMANDS:
	case AFAR_COMMIT:
		return receive_commands(bytes, have, source, m);
	case AFAR_CHALLENGE:
		return afar_challenge_get(bytes, &m->challenge);
	case AFAR_PROOF:
		afar_proof_get(bytes, m->proof);
		return NULL;
	case AFAR_HELLO:
		return afar_hello_get(bytes, &m->hello);
	case AFAR_TABLE:
		return receive_table(bytes, m->head.count);
	case AFAR_ARRIVALS:
		return receive_ranges(bytes, 0, m->head.count);
	case AFAR_DIFFERS:
		return receive_spans(bytes, m->head.count);
	case AFAR_ACK:
		why = afar_ack_get(bytes, &m->ack);
		return why ? why : receive_ranges(bytes, sizeof(struct afar_ack), m->head.count);
	case AFAR_BYE:
		m->reason = afar_bye_get(bytes);
		return m->reason ? NULL : "bye without a reason";
	case AFAR_ASK:
	case AFAR_HASHES:
		return receive_hashes(bytes, m->head.type, m->head.count);
	case AFAR_END:
		return afar_end_get(bytes, &m->set, &m->seq);
	case AFAR_GO:
	case AFAR_PING:
		return NULL;
	}
	return "not expected here";
}

/**
 * afar_test_receive() - what a receiver does with bytes from the wire or from the journal
 * @bytes:  a header block and, for AFAR_COMMANDS, payload
 * @have:   how many there are; not one more is looked at
 * @source: in the journal the header takes a whole block
 * @m:      result
 *
 * Return: NULL, or why they are refused.
 */
const char *afar_test_receive(const void *bytes, size_t have, enum afar_test_source source,
			      struct afar_test_message *m)
{
	const char *why;

	if (have < sizeof(struct afar_head))
		return "head cut short";
	why = afar_head_get(bytes, &m->head);
	if (!why && source == AFAR_TEST_WIRE)
		why = afar_head_wire(&m->head);
	if (why)
		return why;
	if (source == AFAR_TEST_JOURNAL && m->head.type != AFAR_COMMANDS &&
	    m->head.type != AFAR_COMMIT)
		return "no record of a journal";
	if (have < m->head.bytes)
		return "message cut short";
	why = afar_head_crc(bytes);
	return why ? why : receive_body(bytes, have, source, m);
}
