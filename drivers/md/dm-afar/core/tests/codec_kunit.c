// SPDX-License-Identifier: GPL-2.0-only
/* Golden bytes of every message and metadata block, and what becomes of them when they are hurt. */
#include "../map.h"
#include "../super.h"
#include "golden.h"
#include "receive.h"
#include "suites.h"
#include "util.h"

enum kind { WIRE, JOURNAL, SUPER, TABLE, MAP };

struct sample {
	const char *name;
	enum kind kind;
	u32 bytes;
	u32 payload;
	const struct golden_piece *piece;
	unsigned int pieces;
};

#define SAMPLE(kind, name, payload) \
	{ #name, kind, golden_##name##_bytes, payload, golden_##name, ARRAY_SIZE(golden_##name) }

#define FRAME_PAYLOAD	(3 * AFAR_BLOCK)

static const struct sample samples[] = {
	SAMPLE(WIRE, commands, FRAME_PAYLOAD),
	SAMPLE(JOURNAL, record, FRAME_PAYLOAD),
	SAMPLE(JOURNAL, commit, 0),
	SAMPLE(WIRE, challenge, 0),
	SAMPLE(WIRE, proof, 0),
	SAMPLE(WIRE, hello, 0),
	SAMPLE(WIRE, table, 0),
	SAMPLE(WIRE, arrivals, 0),
	SAMPLE(WIRE, go, 0),
	SAMPLE(WIRE, ack, 0),
	SAMPLE(WIRE, ping, 0),
	SAMPLE(WIRE, bye, 0),
	SAMPLE(WIRE, ask, 0),
	SAMPLE(WIRE, hashes, 0),
	SAMPLE(WIRE, end, 0),
	SAMPLE(WIRE, differs, 0),
	SAMPLE(SUPER, super, 0),
	SAMPLE(TABLE, table_block, 0),
	SAMPLE(MAP, map_block, 0),
};

static void sample_desc(const struct sample *s, char *desc)
{
	strcpy(desc, s->name);
}

KUNIT_ARRAY_PARAM(sample, samples, sample_desc);

static const struct sample *sample_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(samples); i++)
		if (!strcmp(samples[i].name, name))
			return &samples[i];
	return NULL;
}

static u8 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Payload of the golden frame: writes of 512 and of 4608 bytes. */
static void fill_payload(u8 *p)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		p[i] = 1 + 7 * i + (i >> 8);
	for (i = 0; i < 4608; i++)
		p[AFAR_BLOCK + i] = 2 + 7 * i + (i >> 8);
}

/* Bytes in front of the payload. */
static u32 header_bytes(const struct sample *s)
{
	return s->kind == JOURNAL ? AFAR_BLOCK : s->bytes;
}

static u32 total_bytes(const struct sample *s)
{
	return header_bytes(s) + s->payload;
}

/* The golden bytes, and exactly those: a sanitizer sees each look beyond them. */
static u8 *sample_bytes(struct kunit *test, const struct sample *s)
{
	u8 *bytes = kunit_kzalloc(test, total_bytes(s), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	for (i = 0; i < s->pieces; i++) {
		const char *hex = s->piece[i].hex;
		u8 *p = bytes + s->piece[i].at;

		for (; *hex; hex += 2)
			*p++ = nibble(hex[0]) << 4 | nibble(hex[1]);
	}
	if (s->payload)
		fill_payload(bytes + header_bytes(s));
	return bytes;
}

static const char *check_super(const u8 *bytes)
{
	struct afar_super_info *super = kvzalloc(sizeof(*super), GFP_KERNEL);
	const char *why = "no memory";

	if (super && afar_super_get((const void *)bytes, super, &why) == AFAR_SUPER_GOOD)
		why = NULL;
	kvfree(super);
	return why;
}

static const char *check_table(const u8 *bytes)
{
	struct afar_uuid journal;
	u64 generation;
	unsigned int i;

	for (i = 0; i < sizeof(journal); i++)
		journal.b[i] = 0x10 + i;
	return afar_table_block_get((const void *)bytes, &journal, 3, &generation);
}

static void fill_map(struct afar_map_info *info)
{
	unsigned int i;

	memset(info, 0, sizeof(*info));	/* they are compared with their padding */
	*info = (struct afar_map_info){
		.index = 0x0a0b0c, .generation = 0x0102030405060708, .volume = 0xc1,
		.first_chunk = 5 * AFAR_MAP_BITS, .chunks = AFAR_MAP_BITS - 3,
		.base.term.counter = 0x4142434445464748, .base.set = 0x6162636465666768,
		.base.seq = 0x7172737475767778,
	};
	for (i = 0; i < sizeof(info->journal); i++) {
		info->journal.b[i] = 0x10 + i;
		info->base.journal.b[i] = 0x30 + i;
		info->base.term.id.b[i] = 0x50 + i;
	}
}

static const char *check_map(const u8 *bytes)
{
	struct afar_map_info want, got;
	const char *why;

	fill_map(&want);
	memset(&got, 0, sizeof(got));
	why = afar_map_block_get((const void *)bytes, &want, &got);
	return !why && memcmp(&want, &got, sizeof(got)) ? "not what was written" : why;
}

/* NULL, or why the first @have of @bytes are refused. */
static const char *check(const struct sample *s, const u8 *bytes, size_t have)
{
	struct afar_test_message *m;
	const char *why;

	if (s->kind == SUPER)
		return check_super(bytes);
	if (s->kind == TABLE)
		return check_table(bytes);
	if (s->kind == MAP)
		return check_map(bytes);
	m = kvzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return "no memory";
	why = afar_test_receive(bytes, have, s->kind == WIRE ? AFAR_TEST_WIRE : AFAR_TEST_JOURNAL,
				m);
	kvfree(m);
	return why;
}

/* Does any checksum speak for the byte at @at? Not for padding. */
static bool covered(const struct sample *s, u32 at)
{
	u32 payload = header_bytes(s);

	if (at < payload)
		return at < s->bytes;
	at -= payload;
	return at < 512 || (at >= AFAR_BLOCK && at < AFAR_BLOCK + 4608);
}

static void golden_bytes_are_accepted(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *bytes = sample_bytes(test, s);

	KUNIT_EXPECT_NULL_MSG(test, check(s, bytes, total_bytes(s)), "%s",
			      check(s, bytes, total_bytes(s)));
}

static void every_flipped_bit_is_refused(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *bytes = sample_bytes(test, s);
	u32 at, bit;

	for (at = 0; at < total_bytes(s); at++)
		for (bit = 0; bit < 8; bit++) {
			const char *why;

			bytes[at] ^= 1 << bit;
			why = check(s, bytes, total_bytes(s));
			bytes[at] ^= 1 << bit;
			KUNIT_ASSERT_EQ_MSG(test, !!why, covered(s, at), "bit %u of byte %u: %s",
					    bit, at, why ?: "accepted");
		}
}

/* Half a message on the wire. */
static void every_short_message_is_refused(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *bytes = sample_bytes(test, s), *part;
	u32 have;

	if (s->kind == SUPER || s->kind == TABLE || s->kind == MAP)
		return;
	for (have = 0; have < total_bytes(s); have++) {
		const char *why;

		part = kvzalloc(max(have, 1U), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, part);
		memcpy(part, bytes, have);
		why = check(s, part, have);
		kvfree(part);
		/* the unused end of a commit record's block is no part of it */
		KUNIT_ASSERT_EQ_MSG(test, !!why, have < s->bytes || s->payload,
				    "%u of %u bytes", have, total_bytes(s));
	}
}

/* A write that was torn: the end is what was there before, here zeroes. */
static void every_torn_block_is_refused(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *bytes = sample_bytes(test, s);
	u32 have = total_bytes(s);
	bool torn = false;

	while (have--) {
		torn = torn || bytes[have];
		bytes[have] = 0;
		KUNIT_ASSERT_EQ_MSG(test, !!check(s, bytes, total_bytes(s)), torn,
				    "zeroes from byte %u on", have);
	}
}

/* Areas that are zero in this version, and no checksum makes them acceptable. */
struct reserved {
	const char *name;
	u32 at;
	u32 bytes;
};

#define BODY(type, member)	(sizeof(struct afar_head) + offsetof(struct type, member))
#define LINK(n)			((n) * sizeof(struct afar_link_term))

static const struct reserved reserved_areas[] = {
	{ "commands", offsetof(struct afar_head, flags), 4 },
	{ "commands", offsetof(struct afar_head, epoch), 16 },
	{ "commands", offsetof(struct afar_head, reserved), 40 },
	{ "record", offsetof(struct afar_head, flags), 4 },
	{ "record", offsetof(struct afar_head, reserved), 40 },
	{ "commit", offsetof(struct afar_head, flags), 4 },
	{ "commit", offsetof(struct afar_head, reserved), 40 },
	{ "commit", BODY(afar_command, sector), 18 },
	{ "commit", BODY(afar_command, flags), 5 },
	{ "commands", BODY(afar_command, blocks), 20 },
	{ "commands", BODY(afar_command, blocks) + 2 * 64, 20 },
	{ "commands", BODY(afar_command, sum) + 2 * 64, 4 },
	{ "commands", BODY(afar_command, sector) + 3 * 64, 18 },
	{ "commands", BODY(afar_command, flags) + 3 * 64, 21 },
	{ "commands", BODY(afar_command, sector) + 4 * 64, 18 },
	{ "commands", BODY(afar_command, flags) + 4 * 64, 1 },
	{ "commands", BODY(afar_change_command, reserved) + 5 * 64, 8 },
	{ "commands", BODY(afar_change_command, flags) + 5 * 64, 5 },
	{ "commands", BODY(afar_change_command, reserved) + 6 * 64, 8 },
	{ "commands", BODY(afar_change_command, flags) + 6 * 64, 5 },
	{ "challenge", offsetof(struct afar_head, epoch), 56 },
	{ "challenge", BODY(afar_challenge, reserved), 24 },
	{ "proof", offsetof(struct afar_head, epoch), 56 },
	{ "hello", offsetof(struct afar_head, flags), 4 },
	{ "hello", offsetof(struct afar_head, epoch), 56 },
	{ "hello", BODY(afar_hello, reserved0), 4 },
	{ "hello", BODY(afar_hello, reserved), 24 },
	{ "hello", BODY(afar_hello, chain_term) + LINK(2), LINK(AFAR_CHAIN - 2) },
	{ "table", offsetof(struct afar_head, epoch), 56 },
	{ "table", BODY(afar_volume, reserved), 13 },
	{ "table", BODY(afar_volume, reserved) + sizeof(struct afar_volume), 5 },
	{ "arrivals", offsetof(struct afar_head, epoch), 56 },
	{ "go", offsetof(struct afar_head, epoch), 56 },
	{ "ack", offsetof(struct afar_head, epoch), 56 },
	{ "ack", BODY(afar_ack, reserved), 24 },
	{ "ping", offsetof(struct afar_head, epoch), 56 },
	{ "bye", offsetof(struct afar_head, epoch), 56 },
	{ "bye", BODY(afar_bye, reserved), 12 },
	{ "ask", offsetof(struct afar_head, epoch), 56 },
	{ "hashes", offsetof(struct afar_head, epoch), 56 },
	{ "end", offsetof(struct afar_head, epoch), 56 },
	{ "end", BODY(afar_end, reserved), 16 },
	{ "differs", offsetof(struct afar_head, epoch), 56 },
	{ "differs", BODY(afar_span, reserved), 6 },
	{ "differs", BODY(afar_span, reserved) + sizeof(struct afar_span), 6 },
	{ "super", offsetof(struct afar_super, features), 8 },
	{ "super", offsetof(struct afar_super, reserved),
	  sizeof_field(struct afar_super, reserved) },
	{ "super", offsetof(struct afar_super, chain_term) + LINK(2),
	  AFAR_BLOCK - offsetof(struct afar_super, chain_term) - LINK(2) },
	{ "table_block", offsetof(struct afar_table_block, entry[0].reserved), 4 },
	{ "table_block", offsetof(struct afar_table_block, entry[0].reserved2), 8 },
	{ "table_block", offsetof(struct afar_table_block, entry[2].reserved), 4 },
	{ "table_block", offsetof(struct afar_table_block, entry[2].reserved2), 8 },
	{ "table_block", offsetof(struct afar_table_block, entry[62].reserved), 4 },
	{ "table_block", offsetof(struct afar_table_block, entry[62].reserved2), 8 },
	{ "map_block", offsetof(struct afar_map_block, reserved), 16 },
};

static void reserved_desc(const struct reserved *r, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %u bytes from %u", r->name, r->bytes, r->at);
}

KUNIT_ARRAY_PARAM(reserved, reserved_areas, reserved_desc);

/* Make the checksum of a sample right again. */
static void seal(const struct sample *s, u8 *bytes)
{
	size_t hole = offsetof(struct afar_head, crc);
	__le32 crc;

	if (s->kind == SUPER || s->kind == TABLE || s->kind == MAP)
		hole = offsetof(struct afar_super, crc);
	crc = cpu_to_le32(afar_crc_around(bytes, s->bytes, hole));
	memcpy(bytes + hole, &crc, sizeof(crc));
}

static void a_reserved_byte_is_refused_whatever_the_checksum(struct kunit *test)
{
	const struct reserved *r = test->param_value;
	const struct sample *s = sample_named(r->name);
	u8 *bytes = sample_bytes(test, s);
	u32 at;

	seal(s, bytes);
	KUNIT_ASSERT_NULL(test, check(s, bytes, total_bytes(s)));
	for (at = r->at; at < r->at + r->bytes; at++) {
		KUNIT_ASSERT_EQ_MSG(test, bytes[at], 0, "byte %u is in use", at);
		bytes[at] = 0x80;
		seal(s, bytes);
		KUNIT_EXPECT_NOT_NULL_MSG(test, check(s, bytes, total_bytes(s)),
					  "byte %u of %s", at, s->name);
		bytes[at] = 0;
	}
}

/* ---- the golden messages as the rest of the core sees them ---------------------------------- */

static struct afar_uuid uuid_from(u8 first)
{
	struct afar_uuid uuid;
	unsigned int i;

	for (i = 0; i < sizeof(uuid); i++)
		uuid.b[i] = first + i;
	return uuid;
}

static struct afar_head_info head_info(u16 type, const struct sample *s)
{
	struct afar_head_info info = {
		.type = type,
		.bytes = s->bytes,
		.payload = s->payload,
		.owner = uuid_from(0x10),
		.term = { .counter = 0x0102030405060708, .id = uuid_from(0x20) },
		.position = 0x1112131415161718,
	};

	if (s->kind == JOURNAL) {
		info.epoch = 0x5152535455565758;
		info.stable = 0x1112131415161710;
	}
	return info;
}

static void put_commands(u8 *block)
{
	struct afar_cmd cmd = { .set = 0xb1b2b3b4b5b6, .first = 0xa1a2a3a4a500 };

	cmd.op = AFAR_OP_WRITE;
	cmd.seq = cmd.first + 1;
	cmd.sector = 0x007172737475767;
	cmd.bytes = 512;
	cmd.sum = 0x52a92ece;
	cmd.volume = 0xc1;
	afar_cmd_put(block, 0, &cmd);
	cmd.seq++;
	cmd.sector = 0x41424344;
	cmd.bytes = 4608;
	cmd.sum = 0xb872aba2;
	cmd.volume = 0xff;
	afar_cmd_put(block, 1, &cmd);
	cmd.seq++;
	cmd.op = AFAR_OP_ZERO;
	cmd.sector = 0x51525354;
	cmd.bytes = 1 << 20;
	cmd.sum = 0;
	cmd.volume = 2;
	cmd.flags = AFAR_CMD_UNMAP;
	afar_cmd_put(block, 2, &cmd);
	cmd = afar_test_void(cmd.set, cmd.first, cmd.first + 4);
	afar_cmd_put(block, 3, &cmd);
	cmd = afar_test_sync(cmd.set, cmd.first, cmd.first + 0x1e, 0xd1d2d3);
	cmd.time = 0xe1e2e3e4e5e6e7e8;
	cmd.map_generation = 0xf1f2f3f4f5f6f7f8;
	afar_cmd_put(block, 4, &cmd);
	cmd = (struct afar_cmd){
		.op = AFAR_OP_ADD, .seq = cmd.first + 5, .set = cmd.set, .first = cmd.first,
		.sector = 0x81828384858687 >> 4, .volume = 0xfe, .id = uuid_from(0x90),
	};
	afar_cmd_put(block, 5, &cmd);
	cmd.op = AFAR_OP_REMOVE;
	cmd.seq++;
	cmd.sector = 0x91929394;
	cmd.volume = 3;
	cmd.id = uuid_from(0xa0);
	afar_cmd_put(block, 6, &cmd);
}

static void put_commit(u8 *block)
{
	struct afar_cmd cmd = {
		.op = AFAR_OP_COMMIT, .seq = 0xa1a2a3a4a5, .set = 0xb1b2b3b4,
		.first = 0xa1a2a3a400, .time = 0xe1e2e3e4e5e6e7e8,
		.map_generation = 0xf1f2f3f4f5f6f7f8,
	};

	afar_cmd_put(block, 0, &cmd);
}

static void fill_chain(struct afar_chain *chain)
{
	unsigned int i, n;

	chain->count = 2;
	for (i = 0; i < 2; i++) {
		n = 2 - i;
		chain->entry[i].term.counter = 0x3132333435363700 + n;
		chain->entry[i].term.id = uuid_from(0x40 + n);
		chain->entry[i].left_set = 0x5152535400 + n;
		chain->entry[i].left_seq = 0x6162636400 + n;
		chain->entry[i].time = 0x7172737475767700 + n;
	}
}

static void fill_challenge(struct afar_challenge_info *challenge)
{
	unsigned int i;

	challenge->version_min = 1;
	challenge->version_max = 0x0102;
	challenge->flags = AFAR_CHALLENGE_KEY;
	for (i = 0; i < 32; i++) {
		challenge->nonce[i] = 0x80 + i;
		challenge->proof[i] = 0xc0 + i;
	}
}

static void put_challenge(u8 *block)
{
	struct afar_challenge_info challenge;

	fill_challenge(&challenge);
	afar_challenge_put(block, &challenge);
}

static void put_proof(u8 *block)
{
	u8 proof[AFAR_DIGEST];
	unsigned int i;

	for (i = 0; i < sizeof(proof); i++)
		proof[i] = 0xe0 + i;
	afar_proof_put(block, proof);
}

static void fill_hello(struct afar_hello_info *hello)
{
	hello->version_min = 1;
	hello->version_max = 0x0102;
	hello->role = AFAR_PRIMARY;
	hello->flags = AFAR_HELLO_EQUAL | AFAR_HELLO_RESYNC | AFAR_HELLO_JOIN;
	hello->features = 0x8182838485868788;
	hello->group = uuid_from(0x50);
	hello->node = uuid_from(0x60);
	hello->journal = uuid_from(0x70);
	hello->lane = 6;
	hello->lanes = 7;
	hello->block_size = 4096;
	hello->largest_set = 0x01020304;
	hello->volumes = 0xa0;
	hello->arrivals = 0x9192939495969798;
	hello->credit = 0xa1a2a3a4a5a6a7a8;
	hello->replicated = 0x1020304050;
	hello->replicated_seq = 0x2122232425262728;
	hello->committed = 0x1020304040;
	hello->committed_seq = 0x2122232425262700;
	hello->time = 0xb1b2b3b4b5b6b7b8;
	hello->timeout = 0x01f2f3f4;
	hello->map_generation = 0xd1d2d3d4d5d6d7d8;
	hello->peer_journal = uuid_from(0x80);
	hello->peer_generation = 0xe1e2e3e4e5e6e7e8;
	fill_chain(&hello->chain);
}

static const struct afar_ack_info golden_ack_info = {
	.replicated = 0x1020304050,
	.replicated_seq = 0x2122232425262728,
	.committed = 0x1020304040,
	.committed_seq = 0x2122232425262700,
	.credit = 0x3132333435363738,
};

static void put_table(u8 *block)
{
	struct afar_volume volume = {};
	unsigned int i;

	for (i = 0; i < 2; i++) {
		volume.id = uuid_from(0x80 + i);
		volume.sectors = cpu_to_le64(0x71727374757677 + i);
		volume.number = cpu_to_le16(i * 255);
		volume.op = i ? AFAR_OP_ADD : 0;
		volume.seq = cpu_to_le64(i ? 0x2122232425262728 : 0);
		volume.outside = cpu_to_le64(i ? 0 : 0x51525354555657);
		afar_volume_put(block, i, &volume);
	}
}

static void put_ranges(u8 *block, u32 fixed)
{
	afar_range_put(block, fixed, 0, 1, 1);
	afar_range_put(block, fixed, 1, 0x1112131415161718, 0x7fffffffffffffff);
}

static void fill_super(struct afar_super_info *super)
{
	super->role = AFAR_PRIMARY;
	super->generation = 0x0102030405060708;
	super->journal = uuid_from(0x10);
	super->node = uuid_from(0x20);
	super->group = uuid_from(0x30);
	super->blocks = 0x12345678;
	super->block_size = 4096;
	super->chunk_bytes = 1 << 20;
	super->table_start = 2;
	super->map_start = 16;
	super->map_blocks = 0x1000;
	super->ring_blocks = 0x11223344;
	super->ring_start = 0x2040;
	super->flags = AFAR_SUPER_FLAGS & ~AFAR_SUPER_MEMORY;
	super->epoch = 0x41424344;
	super->epoch_position = 0x5152535455;
	super->head = 0x5152535444;
	super->stable = 0x5152535466;
	super->term.counter = 0x6162636465666768;
	super->term.id = uuid_from(0x40);
	super->next_seq = 0x71727374;
	super->next_set = 0x717273;
	super->committed.set = 0x818283;
	super->committed.seq = 0x81828384;
	super->committed.time = 0x9192939495969798;
	super->hold = 0xa1a2a3a4a5a6a7a8;
	super->committing = 0xb1b2b3b4b5b6b7b8;
	super->peer_journal = uuid_from(0xa0);
	super->peer_generation = 0xc1c2c3c4c5c6c7c8;
	super->left_generation = 0xd1d2d3d4d5d6d7d8;
	super->left_seq = 0xe1e2e3e4e5e6e7e8;
	super->verify = (struct afar_verify_place){
		.peer = uuid_from(0xb0), .volume = 255, .sector = 0x0102030405060701,
		.done = 0x0102030405060702, .busy = 0x0102030405060703,
		.unknown = 0x0102030405060704, .found = 0x0102030405060705,
	};
	fill_chain(&super->chain);
}

static void put_table_block(u8 *block)
{
	struct afar_table_block *le = (struct afar_table_block *)block;
	struct afar_uuid journal = uuid_from(0x10);
	unsigned int i;

	for (i = 0; i < AFAR_TABLE_ENTRIES; i++) {
		if (i > 1 && i < AFAR_TABLE_ENTRIES - 1)
			continue;
		le->entry[i].id = uuid_from(0x80 + i);
		le->entry[i].sectors = cpu_to_le64(0x71727374757677 + i);
		le->entry[i].used = cpu_to_le32(1);
		le->entry[i].map_first = cpu_to_le32(0xa1a2a300 + i);
		le->entry[i].map_blocks = cpu_to_le32(0xb1b2b3 + i);
		le->entry[i].outside = cpu_to_le64(0x51525354555657 + i);
		le->entry[i].joins = cpu_to_le64(0x31323334353637 + i);
	}
	le->term = uuid_from(0x20);
	le->set = cpu_to_le64(0xa1a2a3a4a5a6a7a8);
	afar_table_block_put(le, &journal, 3, 0x0102030405060708);
}

static void put_map_block(u8 *block)
{
	struct afar_map_block *le = (struct afar_map_block *)block;
	struct afar_map_info info;

	memset(le->bits, 0, sizeof(le->bits));
	le->bits[0] = 0x81;
	le->bits[sizeof(le->bits) - 1] = 0x1f;
	fill_map(&info);
	afar_map_block_put(le, &info);
}

static void put_ask(u8 *block)
{
	static const struct afar_hash_info extent[] = {
		{
			.sector = 0x0102030405060708 >> 9, .bytes = 1 << 20, .volume = 255,
			.tag = 0xa1a2,
		},
		{ .bytes = 512 },
	};

	afar_ask_put(block, 0, &extent[0]);
	afar_ask_put(block, 1, &extent[1]);
}

static void put_hashes(u8 *block)
{
	struct afar_hash_info hash = {
		.sector = 0x0102030405060708 >> 9, .bytes = 1 << 20, .volume = 255, .tag = 0xa1a2,
	};
	unsigned int i;

	for (i = 0; i < AFAR_HASH; i++)
		hash.hash[i] = 0xb0 + i;
	afar_hash_put(block, 0, &hash);
	hash = (struct afar_hash_info){
		.sector = 0x41424344, .bytes = 4608, .volume = 3, .tag = 0xffff,
	};
	afar_hash_put(block, 1, &hash);
}

static void put_differs(u8 *block)
{
	static const struct afar_span_info span[] = {
		{
			.sector = 0x01020304050600 >> 1, .sectors = 0x11121314151600 >> 1,
			.volume = 255,
		},
		{ .sectors = 128 },
	};

	afar_span_put(block, 0, &span[0]);
	afar_span_put(block, 1, &span[1]);
}

static void put_hello(struct kunit *test, u8 *block)
{
	struct afar_hello_info *hello = kunit_kzalloc(test, sizeof(*hello), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hello);
	fill_hello(hello);
	afar_hello_put(block, hello);
}

static void put_super(struct kunit *test, u8 *block)
{
	struct afar_super_info *super = kunit_kzalloc(test, sizeof(*super), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, super);
	fill_super(super);
	afar_super_put((struct afar_super *)block, super);
}

/* Encode what a sample says; its type in enum afar_type, 0 for a metadata block. */
static u16 put_body(struct kunit *test, const struct sample *s, u8 *block, u16 *count)
{
	*count = 0;
	if (!strcmp(s->name, "commands") || !strcmp(s->name, "record")) {
		put_commands(block);
		*count = 7;
		return AFAR_COMMANDS;
	} else if (!strcmp(s->name, "commit")) {
		put_commit(block);
		*count = 1;
		return AFAR_COMMIT;
	} else if (!strcmp(s->name, "challenge")) {
		put_challenge(block);
		return AFAR_CHALLENGE;
	} else if (!strcmp(s->name, "proof")) {
		put_proof(block);
		return AFAR_PROOF;
	} else if (!strcmp(s->name, "hello")) {
		put_hello(test, block);
		return AFAR_HELLO;
	} else if (!strcmp(s->name, "table")) {
		put_table(block);
		*count = 2;
		return AFAR_TABLE;
	} else if (!strcmp(s->name, "arrivals")) {
		put_ranges(block, 0);
		*count = 2;
		return AFAR_ARRIVALS;
	} else if (!strcmp(s->name, "ack")) {
		afar_ack_put(block, &golden_ack_info);
		put_ranges(block, sizeof(struct afar_ack));
		*count = 2;
		return AFAR_ACK;
	} else if (!strcmp(s->name, "bye")) {
		afar_bye_put(block, AFAR_BYE_SPLIT);
		return AFAR_BYE;
	} else if (!strcmp(s->name, "ask")) {
		put_ask(block);
		*count = 2;
		return AFAR_ASK;
	} else if (!strcmp(s->name, "hashes")) {
		put_hashes(block);
		*count = 2;
		return AFAR_HASHES;
	} else if (!strcmp(s->name, "end")) {
		afar_end_put(block, 0x1020304050, 0x2122232425262728);
		return AFAR_END;
	} else if (!strcmp(s->name, "differs")) {
		put_differs(block);
		*count = 2;
		return AFAR_DIFFERS;
	} else if (!strcmp(s->name, "super")) {
		put_super(test, block);
		return 0;
	} else if (!strcmp(s->name, "table_block")) {
		put_table_block(block);
		return 0;
	} else if (!strcmp(s->name, "map_block")) {
		put_map_block(block);
		return 0;
	}
	return !strcmp(s->name, "go") ? AFAR_GO : AFAR_PING;
}

static void the_codec_writes_the_golden_bytes(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *want = sample_bytes(test, s);
	u8 *got = kunit_kzalloc(test, total_bytes(s), GFP_KERNEL);
	struct afar_head_info info;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, got);
	/* what was there before must go, but for a table's entries, which are the caller's */
	if (s->kind != TABLE)
		memset(got, 0xff, s->bytes);
	info = head_info(0, s);
	info.type = put_body(test, s, got, &info.count);
	if (info.type)
		afar_head_put(got, &info);
	if (s->payload)
		fill_payload(got + header_bytes(s));
	for (i = 0; i < total_bytes(s); i++)
		KUNIT_ASSERT_EQ_MSG(test, got[i], want[i], "byte %u", i);
}

static void heads_come_back_as_they_were(struct kunit *test)
{
	const struct sample *s = test->param_value;
	u8 *bytes = sample_bytes(test, s);
	struct afar_head_info *got, *want;

	if (s->kind == SUPER || s->kind == TABLE || s->kind == MAP)
		return;
	got = kunit_kzalloc(test, 2 * sizeof(*got), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got);
	want = got + 1;
	KUNIT_ASSERT_NULL(test, afar_head_get(bytes, got));
	*want = head_info(got->type, s);
	want->count = got->count;
	KUNIT_EXPECT_EQ(test, memcmp(got, want, sizeof(*got)), 0);
}

static void commands_come_back_as_they_were(struct kunit *test)
{
	u8 *bytes = sample_bytes(test, sample_named("commands"));
	u8 *again = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	struct afar_cmd cmd;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, again);
	for (i = 0; i < 7; i++) {
		afar_cmd_get(bytes, i, &cmd);
		afar_cmd_put(again, i, &cmd);
	}
	KUNIT_EXPECT_EQ(test, memcmp(bytes + 128, again + 128, 7 * 64), 0);
	KUNIT_EXPECT_EQ(test, cmd.op, AFAR_OP_REMOVE);
	KUNIT_EXPECT_EQ(test, cmd.sector, 0x91929394);
	KUNIT_EXPECT_EQ(test, cmd.time, 0);
	KUNIT_EXPECT_EQ(test, cmd.id.b[0], 0xa0);
	afar_cmd_get(bytes, 4, &cmd);
	KUNIT_EXPECT_EQ(test, cmd.op, AFAR_OP_SYNC);
	KUNIT_EXPECT_EQ(test, cmd.seq, 0xa1a2a3a4a51eULL);
	KUNIT_EXPECT_EQ(test, cmd.blocks, 0xd1d2d3);
	KUNIT_EXPECT_EQ(test, cmd.map_generation, 0xf1f2f3f4f5f6f7f8ULL);
}

static void a_hello_comes_back_as_it_was(struct kunit *test)
{
	u8 *bytes = sample_bytes(test, sample_named("hello"));
	struct afar_hello_info *got = kunit_kzalloc(test, 2 * sizeof(*got), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, got);
	fill_hello(got + 1);
	KUNIT_ASSERT_NULL(test, afar_hello_get(bytes, got));
	KUNIT_EXPECT_EQ(test, memcmp(got, got + 1, sizeof(*got)), 0);
}

static void a_superblock_comes_back_as_it_was(struct kunit *test)
{
	u8 *bytes = sample_bytes(test, sample_named("super"));
	struct afar_super_info *got = kunit_kzalloc(test, 2 * sizeof(*got), GFP_KERNEL);
	const char *why = NULL;

	KUNIT_ASSERT_NOT_NULL(test, got);
	fill_super(got + 1);
	KUNIT_ASSERT_EQ(test, afar_super_get((void *)bytes, got, &why), AFAR_SUPER_GOOD);
	KUNIT_EXPECT_EQ(test, memcmp(got, got + 1, sizeof(*got)), 0);
}

static void challenge_and_proof_come_back_as_they_were(struct kunit *test)
{
	struct afar_challenge_info got = {}, want = {};
	u8 *bytes = sample_bytes(test, sample_named("challenge"));
	u8 proof[AFAR_DIGEST];

	fill_challenge(&want);
	KUNIT_EXPECT_NULL(test, afar_challenge_get(bytes, &got));
	KUNIT_EXPECT_EQ(test, memcmp(&got, &want, sizeof(got)), 0);
	bytes = sample_bytes(test, sample_named("proof"));
	afar_proof_get(bytes, proof);
	KUNIT_EXPECT_EQ(test, proof[0], 0xe0);
	KUNIT_EXPECT_EQ(test, proof[31], 0xff);
}

static void small_bodies_come_back_as_they_were(struct kunit *test)
{
	u8 *bytes = sample_bytes(test, sample_named("ack"));
	struct afar_ack_info ack = {};
	struct afar_uuid id, want = uuid_from(0x81);
	u64 first, last, sectors;
	u16 number;

	KUNIT_EXPECT_NULL(test, afar_ack_get(bytes, &ack));
	KUNIT_EXPECT_EQ(test, memcmp(&ack, &golden_ack_info, sizeof(ack)), 0);
	KUNIT_EXPECT_NULL(test, afar_range_get(bytes, sizeof(struct afar_ack), 1, &first, &last));
	KUNIT_EXPECT_EQ(test, first, 0x1112131415161718ULL);
	KUNIT_EXPECT_EQ(test, last, 0x7fffffffffffffffULL);
	bytes = sample_bytes(test, sample_named("table"));
	KUNIT_EXPECT_NULL(test, afar_volume_get(bytes, 1, &number, &sectors, &id));
	KUNIT_EXPECT_EQ(test, number, 255);
	KUNIT_EXPECT_EQ(test, sectors, 0x71727374757678ULL);
	KUNIT_EXPECT_TRUE(test, afar_uuid_equal(&id, &want));
	KUNIT_EXPECT_EQ(test, afar_volume_change(bytes, 0, &first), 0);
	KUNIT_EXPECT_EQ(test, first, 0);
	KUNIT_EXPECT_EQ(test, afar_volume_change(bytes, 1, &first), AFAR_OP_ADD);
	KUNIT_EXPECT_EQ(test, first, 0x2122232425262728ULL);
	KUNIT_EXPECT_EQ(test, afar_volume_outside(bytes, 0), 0x51525354555657ULL);
	KUNIT_EXPECT_EQ(test, afar_volume_outside(bytes, 1), 0);
	bytes = sample_bytes(test, sample_named("bye"));
	KUNIT_EXPECT_EQ(test, afar_bye_get(bytes), AFAR_BYE_SPLIT);
}

static void the_checksum_is_crc32c(struct kunit *test)
{
	static const char digits[] = "123456789";
	u8 block[64];
	u32 i, whole;

	KUNIT_EXPECT_EQ(test, afar_crc(digits, 9), ~0xe3069283U);
	KUNIT_EXPECT_EQ(test, afar_crc_more(afar_crc(digits, 4), digits + 4, 5), ~0xe3069283U);
	KUNIT_EXPECT_EQ(test, afar_crc(digits, 0), ~0U);
	for (i = 0; i < sizeof(block); i++)
		block[i] = 3 * i + 1;
	for (i = 0; i + 4 <= sizeof(block); i++) {
		u8 hole[4];

		memcpy(hole, block + i, 4);
		memset(block + i, 0, 4);
		whole = afar_crc(block, sizeof(block));
		memcpy(block + i, hole, 4);
		KUNIT_EXPECT_EQ(test, afar_crc_around(block, sizeof(block), i), whole);
	}
}

static void the_checksum_of_a_payload_is_xxh64_block_by_block(struct kunit *test)
{
	u8 *payload = kunit_kzalloc(test, 2 * AFAR_BLOCK + 512, GFP_KERNEL);
	u32 i, whole, sum;

	KUNIT_ASSERT_NOT_NULL(test, payload);
	/* the low half of the published value for "abc" */
	KUNIT_EXPECT_EQ(test, afar_sum("abc", 3), 0xad770999U);
	KUNIT_EXPECT_EQ(test, afar_sum(payload, 0), 0U);
	for (i = 0; i < 2 * AFAR_BLOCK + 512; i++)
		payload[i] = 7 * i + (i >> 8);
	whole = afar_sum(payload, 2 * AFAR_BLOCK + 512);
	sum = afar_sum_more(0, payload, AFAR_BLOCK);
	sum = afar_sum_more(sum, payload + AFAR_BLOCK, AFAR_BLOCK);
	KUNIT_EXPECT_EQ(test, afar_sum_more(sum, payload + 2 * AFAR_BLOCK, 512), whole);
	/* blocks that change places change it */
	sum = afar_sum_more(0, payload + AFAR_BLOCK, AFAR_BLOCK);
	sum = afar_sum_more(sum, payload, AFAR_BLOCK);
	KUNIT_EXPECT_NE(test, afar_sum_more(sum, payload + 2 * AFAR_BLOCK, 512), whole);
}

static void every_reason_has_a_name_and_words(struct kunit *test)
{
	u32 reason, other;

	for (reason = AFAR_BYE_STOPPED; reason <= AFAR_BYE_HELD; reason++) {
		const char *name = afar_reason_name(reason);

		KUNIT_EXPECT_STRNEQ(test, name, "unknown");
		KUNIT_EXPECT_NULL(test, strchr(name, ' '));
		KUNIT_EXPECT_STRNEQ(test, afar_reason_words(reason), afar_reason_words(0));
		for (other = 0; other < reason; other++)
			KUNIT_EXPECT_STRNEQ(test, name, afar_reason_name(other));
	}
	KUNIT_EXPECT_STREQ(test, afar_reason_name(0), "unknown");
	KUNIT_EXPECT_STREQ(test, afar_reason_name(reason), "unknown");
	KUNIT_EXPECT_STREQ(test, afar_reason_name(~0U), "unknown");
}

static struct kunit_case codec_cases[] = {
	KUNIT_CASE_PARAM(golden_bytes_are_accepted, sample_gen_params),
	KUNIT_CASE_PARAM(the_codec_writes_the_golden_bytes, sample_gen_params),
	KUNIT_CASE_PARAM(heads_come_back_as_they_were, sample_gen_params),
	KUNIT_CASE(commands_come_back_as_they_were),
	KUNIT_CASE(a_hello_comes_back_as_it_was),
	KUNIT_CASE(a_superblock_comes_back_as_it_was),
	KUNIT_CASE(challenge_and_proof_come_back_as_they_were),
	KUNIT_CASE(small_bodies_come_back_as_they_were),
	KUNIT_CASE_PARAM(every_flipped_bit_is_refused, sample_gen_params),
	KUNIT_CASE_PARAM(every_short_message_is_refused, sample_gen_params),
	KUNIT_CASE_PARAM(every_torn_block_is_refused, sample_gen_params),
	KUNIT_CASE_PARAM(a_reserved_byte_is_refused_whatever_the_checksum, reserved_gen_params),
	KUNIT_CASE(the_checksum_is_crc32c),
	KUNIT_CASE(the_checksum_of_a_payload_is_xxh64_block_by_block),
	KUNIT_CASE(every_reason_has_a_name_and_words),
	{}
};

struct kunit_suite afar_codec_suite = {
	.name = "afar_codec",
	.test_cases = codec_cases,
};
