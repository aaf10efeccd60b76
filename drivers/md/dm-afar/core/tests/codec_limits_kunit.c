// SPDX-License-Identifier: GPL-2.0-only
/* Each field at its limits and one beyond them; whole frames at theirs. */
#include <linux/bits.h>
#include "suites.h"
#include "util.h"

/**
 * struct limit - one member of a struct in host order gets a value
 * @name:  for messages
 * @ops:   bit mask of the operations that it is tried on
 * @at:    offset of the member
 * @size:  its size
 * @value: what it gets
 * @why:   NULL: is accepted; else what must be said
 */
struct limit {
	const char *name;
	u8 ops;
	u16 at;
	u8 size;
	u64 value;
	const char *why;
};

static void limit_desc(const struct limit *l, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s", l->name);
}

static void limit_apply(const struct limit *l, void *host)
{
	void *member = host + l->at;

	switch (l->size) {
	case 1:
		*(u8 *)member = l->value;
		break;
	case 2:
		*(u16 *)member = l->value;
		break;
	case 4:
		*(u32 *)member = l->value;
		break;
	default:
		*(u64 *)member = l->value;
	}
}

/* ---- descriptors ---------------------------------------------------------------------------- */

#define ON_WRITE	BIT(AFAR_OP_WRITE)
#define ON_ZERO	BIT(AFAR_OP_ZERO)
#define ON_SYNC	BIT(AFAR_OP_SYNC)
#define ON_VOID	BIT(AFAR_OP_VOID)
#define ON_COMMIT	BIT(AFAR_OP_COMMIT)
#define ON_CHANGE	(BIT(AFAR_OP_ADD) | BIT(AFAR_OP_REMOVE))
#define EXTENT		(ON_WRITE | ON_ZERO)
#define OTHER		(ON_SYNC | ON_VOID | ON_COMMIT)
#define EVERY		(EXTENT | OTHER | ON_CHANGE)

#define CMD(ops, member, value, why) \
	{ #ops ", " #member " " #value, ops, offsetof(struct afar_cmd, member), \
	  sizeof_field(struct afar_cmd, member), value, why }

#define OUTSIDE		"sequence number outside its set"
#define BAD_LENGTH	"length out of range"
#define NO_WRITE	"field of a write in another command"
#define NO_SYNC		"field of a sync command in another one"
#define LAST_SECTOR	(U64_MAX >> AFAR_SECTOR_SHIFT)

/* The command that is varied has first 100, seq 150, 4096 bytes; a sync 51 blocks. */
static const struct limit cmd_limits[] = {
	CMD(EVERY, set, 1, NULL),
	CMD(EVERY, set, 0, "set out of range"),
	CMD(EVERY, set, U64_MAX / 2, NULL),
	CMD(EVERY, set, U64_MAX / 2 + 1, "set out of range"),
	CMD(EVERY, set, U64_MAX, "set out of range"),
	CMD(EVERY, first, 0, OUTSIDE),
	CMD(EVERY, first, 150, NULL),
	CMD(EVERY, first, 151, OUTSIDE),
	CMD(EVERY, first, U64_MAX, OUTSIDE),
	CMD(EVERY, seq, 99, OUTSIDE),
	CMD(EVERY, seq, 100, NULL),
	CMD(EVERY, seq, 0, OUTSIDE),
	CMD(EVERY, seq, U64_MAX / 2 + 1, OUTSIDE),
	CMD(EVERY, seq, U64_MAX, OUTSIDE),
	CMD(ON_WRITE, seq, U64_MAX / 2, NULL),
	CMD(ON_VOID, seq, U64_MAX / 2, NULL),
	CMD(EXTENT, volume, 0, NULL),
	CMD(EXTENT, volume, AFAR_VOLUMES - 1, NULL),
	CMD(EXTENT, volume, AFAR_VOLUMES, "volume out of range"),
	CMD(EXTENT, volume, U16_MAX, "volume out of range"),
	CMD(OTHER, volume, 1, NO_WRITE),
	CMD(ON_CHANGE, volume, AFAR_VOLUMES - 1, NULL),
	CMD(ON_CHANGE, volume, AFAR_VOLUMES, "volume out of range"),
	CMD(ON_CHANGE, volume, U16_MAX, "volume out of range"),
	CMD(ON_CHANGE, sector, 1, NULL),
	CMD(ON_CHANGE, sector, 0, "volume size out of range"),
	CMD(ON_CHANGE, sector, LAST_SECTOR, NULL),
	CMD(ON_CHANGE, sector, LAST_SECTOR + 1, "volume size out of range"),
	CMD(ON_CHANGE, sector, U64_MAX, "volume size out of range"),
	CMD(ON_CHANGE, bytes, 512, NO_WRITE),
	CMD(ON_CHANGE, sum, 1, NO_WRITE),
	CMD(ON_CHANGE, flags, 1, NO_WRITE),
	CMD(ON_CHANGE, blocks, 1, NO_WRITE),
	CMD(ON_CHANGE, id, 0, "nameless volume"),
	CMD(EXTENT, bytes, 0, BAD_LENGTH),
	CMD(EXTENT, bytes, 1, BAD_LENGTH),
	CMD(EXTENT, bytes, 511, BAD_LENGTH),
	CMD(EXTENT, bytes, 512, NULL),
	CMD(EXTENT, bytes, 513, BAD_LENGTH),
	CMD(EXTENT, bytes, AFAR_COMMAND_BYTES, NULL),
	CMD(EXTENT, bytes, AFAR_COMMAND_BYTES + 512, BAD_LENGTH),
	CMD(EXTENT, bytes, U32_MAX - 511, BAD_LENGTH),
	CMD(OTHER, bytes, 512, NO_WRITE),
	CMD(EXTENT, sector, 0, NULL),
	CMD(EXTENT, sector, LAST_SECTOR - 8, NULL),
	CMD(EXTENT, sector, LAST_SECTOR - 7, "sector out of range"),
	CMD(EXTENT, sector, LAST_SECTOR, "sector out of range"),
	CMD(EXTENT, sector, U64_MAX, "sector out of range"),
	CMD(OTHER, sector, 1, NO_WRITE),
	CMD(ON_WRITE, sum, U32_MAX, NULL),
	CMD(ON_ZERO, sum, 1, "checksum without payload"),
	CMD(OTHER, sum, 1, NO_WRITE),
	CMD(ON_WRITE, flags, AFAR_CMD_UNMAP, "unknown flag"),
	CMD(ON_WRITE, flags, 0x80, "unknown flag"),
	CMD(ON_ZERO, flags, AFAR_CMD_UNMAP, NULL),
	CMD(ON_ZERO, flags, 2, "unknown flag"),
	CMD(ON_ZERO, flags, 0x81, "unknown flag"),
	CMD(OTHER, flags, 1, NO_WRITE),
	CMD(EXTENT | ON_VOID, blocks, 1, NO_SYNC),
	CMD(EXTENT | ON_VOID, time, 1, NO_SYNC),
	CMD(EXTENT | ON_VOID, map_generation, 1, NO_SYNC),
	CMD(ON_SYNC, blocks, 51, NULL),
	CMD(ON_SYNC, blocks, 50, "set smaller than its commands"),
	CMD(ON_SYNC, blocks, 0, "set smaller than its commands"),
	CMD(ON_SYNC, blocks, U32_MAX, NULL),
	CMD(ON_SYNC, time, U64_MAX, NULL),
	CMD(ON_SYNC, map_generation, U64_MAX, NULL),
	CMD(ON_COMMIT, blocks, 1, NO_SYNC),
	CMD(ON_COMMIT, map_generation, U64_MAX, NULL),
	CMD(ON_COMMIT, time, U64_MAX, NULL),
	CMD(ON_WRITE, op, 0, "unknown operation"),
	CMD(ON_WRITE, op, 8, "unknown operation"),
	CMD(ON_WRITE, op, U8_MAX, "unknown operation"),
};

KUNIT_ARRAY_PARAM(cmd_limit, cmd_limits, limit_desc);

static struct afar_cmd base_cmd(u8 op)
{
	struct afar_cmd cmd = { .op = op, .set = 7, .first = 100, .seq = 150 };

	if (op == AFAR_OP_WRITE || op == AFAR_OP_ZERO)
		cmd.bytes = 4096;
	if (op == AFAR_OP_SYNC)
		cmd.blocks = 51;
	if (afar_cmd_changes(&cmd)) {
		cmd.sector = 8;
		cmd.id.b[0] = 1;
	}
	return cmd;
}

static void a_descriptor_keeps_its_limits(struct kunit *test)
{
	const struct limit *l = test->param_value;
	u8 op;

	for (op = AFAR_OP_WRITE; op <= AFAR_OP_REMOVE; op++) {
		struct afar_cmd cmd = base_cmd(op);
		const char *why;

		if (!(l->ops & BIT(op)))
			continue;
		KUNIT_ASSERT_NULL(test, afar_cmd_check(&cmd));
		limit_apply(l, &cmd);
		why = afar_cmd_check(&cmd);
		KUNIT_EXPECT_STREQ_MSG(test, why ?: "fine", l->why ?: "fine", "operation %u", op);
	}
}

static void room_of_a_command_is_payload_and_a_header(struct kunit *test)
{
	struct afar_cmd cmd = base_cmd(AFAR_OP_WRITE);
	static const u32 bytes[] = { 512, 4096, 4608, 8192, AFAR_COMMAND_BYTES };
	static const u32 blocks[] = { 2, 2, 3, 3, 257 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		cmd.bytes = bytes[i];
		KUNIT_EXPECT_EQ(test, afar_cmd_blocks(&cmd), blocks[i]);
		KUNIT_EXPECT_EQ(test, afar_cmd_payload(&cmd), (blocks[i] - 1) * AFAR_BLOCK);
	}
	cmd.op = AFAR_OP_ZERO;
	KUNIT_EXPECT_EQ(test, afar_cmd_payload(&cmd), 0);
	KUNIT_EXPECT_EQ(test, afar_cmd_blocks(&cmd), 1);
	cmd = base_cmd(AFAR_OP_SYNC);
	KUNIT_EXPECT_EQ(test, afar_cmd_blocks(&cmd), 1);
}

/* ---- heads ---------------------------------------------------------------------------------- */

static const struct {
	u16 type;
	u32 fixed;
	u32 item;
} types[] = {
	{ AFAR_COMMANDS, 0, 64 },
	{ AFAR_COMMIT, 0, 64 },
	{ AFAR_CHALLENGE, 96, 0 },
	{ AFAR_PROOF, 32, 0 },
	{ AFAR_HELLO, 200 + 32 * 48, 0 },
	{ AFAR_TABLE, 0, 48 },
	{ AFAR_ARRIVALS, 0, 16 },
	{ AFAR_GO, 0, 0 },
	{ AFAR_ACK, 64, 16 },
	{ AFAR_PING, 0, 0 },
	{ AFAR_BYE, 16, 0 },
	{ AFAR_ASK, 0, 16 },
	{ AFAR_HASHES, 0, 48 },
	{ AFAR_END, 32, 0 },
	{ AFAR_DIFFERS, 0, 24 },
};

static struct afar_head_info head_of(u16 type, u16 count, u32 bytes, u32 payload)
{
	return (struct afar_head_info){
		.type = type, .count = count, .bytes = bytes, .payload = payload,
	};
}

/* What afar_head_get() says of a head; its checksum is not of interest. */
static const char *head_verdict(struct afar_head_info info)
{
	struct afar_head head = {
		.magic = cpu_to_le32(AFAR_MAGIC),
		.type = cpu_to_le16(info.type),
		.count = cpu_to_le16(info.count),
		.bytes = cpu_to_le32(info.bytes),
		.payload = cpu_to_le32(info.payload),
	};

	return afar_head_get(&head, &info);
}

static void only_known_types_are_accepted(struct kunit *test)
{
	u32 type, i;

	for (type = 0; type <= U16_MAX; type++) {
		const char *why;

		for (i = 0; i < ARRAY_SIZE(types) && types[i].type != type; i++)
			;
		why = head_verdict(head_of(type, 0,
					   i < ARRAY_SIZE(types) ? 128 + types[i].fixed : 128, 0));
		KUNIT_ASSERT_EQ_MSG(test, !why, i < ARRAY_SIZE(types), "type %u", type);
	}
}

static void a_length_fits_type_and_count_and_one_block(struct kunit *test)
{
	u32 i, count, room;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		u32 base = 128 + types[i].fixed, item = types[i].item;

		room = item ? (AFAR_BLOCK - base) / item : 0;
		for (count = 0; count <= U16_MAX; count++) {
			const char *why = head_verdict(head_of(types[i].type, count,
							       base + count * item, 0));

			KUNIT_ASSERT_EQ_MSG(test, !why, count <= room, "type %u, %u items",
					    types[i].type, count);
		}
		KUNIT_EXPECT_NOT_NULL(test, head_verdict(head_of(types[i].type, 0, base - 1, 0)));
		KUNIT_EXPECT_NOT_NULL(test, head_verdict(head_of(types[i].type, 0, base + 1, 0)));
		KUNIT_EXPECT_NOT_NULL(test, head_verdict(head_of(types[i].type, 0, 0, 0)));
		KUNIT_EXPECT_NOT_NULL(test, head_verdict(head_of(types[i].type, 0, U32_MAX, 0)));
	}
	KUNIT_EXPECT_EQ(test, AFAR_FRAME_COMMANDS, 62);
	KUNIT_EXPECT_EQ(test, AFAR_ACK_RANGES, 244);
}

static void only_a_frame_has_payload(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct afar_head_info info = head_of(types[i].type, 0, 128 + types[i].fixed,
						     AFAR_BLOCK);

		KUNIT_EXPECT_EQ(test, !head_verdict(info), types[i].type == AFAR_COMMANDS);
		info.payload = 0;
		KUNIT_EXPECT_NULL(test, head_verdict(info));
	}
}

static void payload_is_whole_blocks_up_to_a_limit(struct kunit *test)
{
	static const struct {
		u32 payload;
		bool fine;
	} row[] = {
		{ 0, true }, { 1, false }, { 4095, false }, { 4096, true }, { 4097, false },
		{ AFAR_FRAME_PAYLOAD - AFAR_BLOCK, true }, { AFAR_FRAME_PAYLOAD, true },
		{ AFAR_FRAME_PAYLOAD + 1, false }, { AFAR_FRAME_PAYLOAD + AFAR_BLOCK, false },
		{ U32_MAX - 4095, false }, { U32_MAX, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_EQ_MSG(test, !head_verdict(head_of(AFAR_COMMANDS, 1, 192,
								row[i].payload)),
				    row[i].fine, "payload %u", row[i].payload);
}

static void a_journal_record_is_refused_on_the_wire(struct kunit *test)
{
	struct afar_head_info info = { .type = AFAR_COMMANDS };

	KUNIT_EXPECT_NULL(test, afar_head_wire(&info));
	info.epoch = 1;
	KUNIT_EXPECT_NOT_NULL(test, afar_head_wire(&info));
	info.epoch = 0;
	info.stable = 1;
	KUNIT_EXPECT_NOT_NULL(test, afar_head_wire(&info));
	info.stable = 0;
	info.type = AFAR_COMMIT;
	KUNIT_EXPECT_NOT_NULL(test, afar_head_wire(&info));
}

/* ---- frames --------------------------------------------------------------------------------- */

static const char *frame_verdict(struct kunit *test, u16 type, const struct afar_cmd *cmd,
				 u32 count, u32 payload)
{
	struct afar_head_info info = head_of(type, count, 128 + 64 * count, payload);
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	const char *why;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < count; i++)
		afar_cmd_put(block, i, &cmd[i]);
	afar_head_put(block, &info);
	why = afar_head_get(block, &info);
	if (!why)
		why = afar_head_crc(block);
	return why ? why : afar_frame_check(block, &info);
}

static void payload_is_what_the_descriptors_say(struct kunit *test)
{
	struct afar_cmd cmd[3] = {
		base_cmd(AFAR_OP_WRITE), base_cmd(AFAR_OP_ZERO), base_cmd(AFAR_OP_WRITE),
	};

	cmd[2].bytes = 4608;
	KUNIT_EXPECT_NULL(test, frame_verdict(test, AFAR_COMMANDS, cmd, 3, 3 * AFAR_BLOCK));
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 3, 2 * AFAR_BLOCK) ?: "",
			   "payload does not fit its descriptors");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 3, 4 * AFAR_BLOCK) ?: "",
			   "payload does not fit its descriptors");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 3, 0) ?: "",
			   "payload does not fit its descriptors");
}

static void a_frame_takes_as_many_commands_as_fit(struct kunit *test)
{
	struct afar_cmd *cmd = kunit_kcalloc(test, AFAR_FRAME_COMMANDS, sizeof(*cmd), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, cmd);
	for (i = 0; i < AFAR_FRAME_COMMANDS; i++)
		cmd[i] = base_cmd(AFAR_OP_VOID);
	KUNIT_EXPECT_NULL(test, frame_verdict(test, AFAR_COMMANDS, cmd, AFAR_FRAME_COMMANDS, 0));
	/* a bad one is found wherever it is */
	for (i = 0; i < AFAR_FRAME_COMMANDS; i++) {
		cmd[i].set = 0;
		KUNIT_EXPECT_NOT_NULL(test, frame_verdict(test, AFAR_COMMANDS, cmd,
							  AFAR_FRAME_COMMANDS, 0));
		cmd[i].set = 7;
	}
	/* all of them with the longest payload do not overflow a sum */
	for (i = 0; i < AFAR_FRAME_COMMANDS; i++) {
		cmd[i] = base_cmd(AFAR_OP_WRITE);
		cmd[i].bytes = AFAR_COMMAND_BYTES;
	}
	KUNIT_EXPECT_NOT_NULL(test, frame_verdict(test, AFAR_COMMANDS, cmd, AFAR_FRAME_COMMANDS,
						  AFAR_FRAME_PAYLOAD));
	KUNIT_EXPECT_NULL(test, frame_verdict(test, AFAR_COMMANDS, cmd, 1, AFAR_FRAME_PAYLOAD));
}

static void commit_records_and_frames_do_not_mix(struct kunit *test)
{
	struct afar_cmd cmd[2] = { base_cmd(AFAR_OP_COMMIT), base_cmd(AFAR_OP_COMMIT) };

	KUNIT_EXPECT_NULL(test, frame_verdict(test, AFAR_COMMIT, cmd, 1, 0));
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMIT, cmd, 2, 0) ?: "",
			   "more than one commit record in a block");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 1, 0) ?: "",
			   "operation does not fit the frame's type");
	cmd[0] = base_cmd(AFAR_OP_SYNC);
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMIT, cmd, 1, 0) ?: "",
			   "operation does not fit the frame's type");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 2, 0) ?: "",
			   "operation does not fit the frame's type");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMANDS, cmd, 0, 0) ?: "",
			   "empty frame");
	KUNIT_EXPECT_STREQ(test, frame_verdict(test, AFAR_COMMIT, cmd, 0, 0) ?: "",
			   "empty frame");
}

/* ---- HELLO ---------------------------------------------------------------------------------- */

#define HELLO(member, value, why) \
	{ #member " " #value, 0, offsetof(struct afar_hello_info, member), \
	  sizeof_field(struct afar_hello_info, member), value, why }

#define BEYOND	"committed beyond replicated"
#define CANNOT	"cut that cannot be"

/* The HELLO that is varied has replicated (60, 600) and committed (50, 500). */
static const struct limit hello_limits[] = {
	HELLO(version_min, 2, NULL),
	HELLO(version_min, 3, "no protocol version"),
	HELLO(version_max, 1, NULL),
	HELLO(version_max, 0, "no protocol version"),
	HELLO(version_max, U16_MAX, NULL),
	HELLO(role, 0, "unknown role"),
	HELLO(role, AFAR_SECONDARY, NULL),
	HELLO(role, AFAR_PRIMARY, NULL),
	HELLO(role, 3, "unknown role"),
	HELLO(role, U16_MAX, "unknown role"),
	HELLO(flags, 15, NULL),
	HELLO(flags, AFAR_HELLO_VOLATILE, "replicated in a ring in memory"),
	HELLO(flags, 32, NULL),
	HELLO(flags, 64, NULL),
	HELLO(flags, 128, NULL),
	HELLO(flags, 256, "spans of a node with nothing of its own"),
	HELLO(flags, 256 | 128, NULL),
	HELLO(flags, 512, "unknown flag"),
	HELLO(flags, 0x8000, "unknown flag"),
	HELLO(lane, 0, NULL),
	HELLO(lane, 3, NULL),
	HELLO(lane, 4, "lane number out of range"),
	HELLO(lane, U16_MAX, "lane number out of range"),
	HELLO(lanes, 0, "lane number out of range"),
	HELLO(lanes, 3, NULL),
	HELLO(lanes, 2, "lane number out of range"),
	HELLO(lanes, AFAR_LANES, NULL),
	HELLO(lanes, AFAR_LANES + 1, "lane number out of range"),
	HELLO(volumes, 0, NULL),
	HELLO(volumes, AFAR_VOLUMES + AFAR_CHANGES, NULL),
	HELLO(volumes, AFAR_VOLUMES + AFAR_CHANGES + 1, "too many volumes"),
	HELLO(volumes, U16_MAX, "too many volumes"),
	HELLO(largest_set, AFAR_SET_MIN, NULL),
	HELLO(largest_set, AFAR_SET_MIN - 1, "largest set out of range"),
	HELLO(largest_set, 0, "largest set out of range"),
	HELLO(largest_set, U32_MAX, NULL),
	HELLO(replicated, 51, NULL),
	HELLO(replicated, 50, CANNOT),
	HELLO(replicated, 49, BEYOND),
	HELLO(replicated, 150, NULL),
	HELLO(replicated, 151, CANNOT),
	HELLO(replicated, U64_MAX, CANNOT),
	HELLO(replicated_seq, 510, NULL),
	HELLO(replicated_seq, 509, CANNOT),
	HELLO(replicated_seq, 500, CANNOT),
	HELLO(replicated_seq, 499, BEYOND),
	HELLO(replicated_seq, U64_MAX / 2, NULL),
	HELLO(replicated_seq, U64_MAX / 2 + 1, "sequence number out of range"),
	HELLO(committed, 0, NULL),
	HELLO(committed, 59, NULL),
	HELLO(committed, 60, CANNOT),
	HELLO(committed, 61, BEYOND),
	HELLO(committed, U64_MAX, BEYOND),
	HELLO(committed_seq, 590, NULL),
	HELLO(committed_seq, 591, CANNOT),
	HELLO(committed_seq, 50, NULL),
	HELLO(committed_seq, 49, CANNOT),
	HELLO(committed_seq, 601, BEYOND),
	HELLO(committed_seq, U64_MAX, BEYOND),
	HELLO(timeout, AFAR_TIMEOUT_MIN, NULL),
	HELLO(timeout, AFAR_TIMEOUT_MIN - 1, "timeout out of range"),
	HELLO(timeout, 0, "timeout out of range"),
	HELLO(timeout, U32_MAX, NULL),
	HELLO(arrivals, U64_MAX, NULL),
	HELLO(credit, U64_MAX, NULL),
};

KUNIT_ARRAY_PARAM(hello_limit, hello_limits, limit_desc);

static struct afar_hello_info *base_hello(struct kunit *test)
{
	struct afar_hello_info *hello = kunit_kzalloc(test, sizeof(*hello), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hello);
	hello->version_min = 1;
	hello->version_max = 2;
	hello->role = AFAR_SECONDARY;
	hello->node.b[9] = 1;
	hello->journal.b[9] = 2;
	hello->lane = 2;
	hello->lanes = 4;
	hello->block_size = 4096;
	hello->largest_set = AFAR_SET_MIN + 1;
	hello->replicated = 60;
	hello->replicated_seq = 600;
	hello->committed = 50;
	hello->committed_seq = 500;
	hello->timeout = 500;
	return hello;
}

static const char *hello_verdict(struct kunit *test, const struct afar_hello_info *hello)
{
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	struct afar_hello_info *got = kunit_kzalloc(test, sizeof(*got), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, got);
	afar_hello_put(block, hello);
	return afar_hello_get(block, got);
}

static void a_hello_keeps_its_limits(struct kunit *test)
{
	const struct limit *l = test->param_value;
	struct afar_hello_info *hello = base_hello(test);
	const char *why;

	KUNIT_ASSERT_NULL(test, hello_verdict(test, hello));
	limit_apply(l, hello);
	why = hello_verdict(test, hello);
	KUNIT_EXPECT_STREQ(test, why ?: "fine", l->why ?: "fine");
}

static void a_hello_has_names(struct kunit *test)
{
	struct afar_hello_info *hello = base_hello(test);

	memset(&hello->node, 0, sizeof(hello->node));
	KUNIT_EXPECT_STREQ(test, hello_verdict(test, hello) ?: "", "nameless node or journal");
	hello = base_hello(test);
	memset(&hello->journal, 0, sizeof(hello->journal));
	KUNIT_EXPECT_STREQ(test, hello_verdict(test, hello) ?: "", "nameless node or journal");
}

static void a_chain_has_at_most_32_named_terms(struct kunit *test)
{
	struct afar_chain *chain = kunit_kzalloc(test, 2 * sizeof(*chain), GFP_KERNEL);
	struct afar_link_term *le = kunit_kcalloc(test, AFAR_CHAIN, sizeof(*le), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, chain);
	KUNIT_ASSERT_NOT_NULL(test, le);
	for (i = 0; i < AFAR_CHAIN; i++) {
		chain->entry[i].term.counter = 100 - i;
		chain->entry[i].term.id.b[0] = i;
		chain->entry[i].term.id.b[15] = 1;
	}
	for (i = 0; i <= AFAR_CHAIN; i++) {
		chain->count = i;
		memset(le, 0xff, AFAR_CHAIN * sizeof(*le));
		afar_chain_put(le, chain);
		KUNIT_EXPECT_NULL(test, afar_chain_get(le, i, chain + 1));
		KUNIT_EXPECT_EQ(test, chain[1].count, i);
		KUNIT_EXPECT_EQ(test, memcmp(chain[0].entry, chain[1].entry,
					     i * sizeof(chain->entry[0])), 0);
		/* a count that says too little leaves a term over */
		if (i)
			KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, i - 1, chain + 1));
		if (i < AFAR_CHAIN)
			KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, i + 1, chain + 1));
	}
	KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, AFAR_CHAIN + 1, chain + 1));
	KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, U32_MAX, chain + 1));
	le[7].term.counter = 0;
	KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, AFAR_CHAIN, chain + 1));
	le[7].term.counter = cpu_to_le64(1);
	memset(&le[7].term.id, 0, sizeof(le[7].term.id));
	KUNIT_EXPECT_NOT_NULL(test, afar_chain_get(le, AFAR_CHAIN, chain + 1));
}

/* ---- small items ---------------------------------------------------------------------------- */

static void a_range_is_in_order(struct kunit *test)
{
	static const struct {
		u64 first;
		u64 last;
		bool fine;
	} row[] = {
		{ 0, 0, false }, { 0, 1, false }, { 1, 0, false }, { 1, 1, true }, { 1, 2, true },
		{ 2, 1, false }, { U64_MAX / 2, U64_MAX / 2, true }, { 1, U64_MAX / 2, true },
		{ 1, U64_MAX / 2 + 1, false }, { U64_MAX, U64_MAX, false }, { 1, U64_MAX, false },
	};
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	u64 first, last;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		afar_range_put(block, 64, 3, row[i].first, row[i].last);
		KUNIT_EXPECT_EQ_MSG(test, !afar_range_get(block, 64, 3, &first, &last),
				    row[i].fine, "row %u", i);
		KUNIT_EXPECT_EQ(test, first, row[i].first);
		KUNIT_EXPECT_EQ(test, last, row[i].last);
	}
}

static void what_is_asked_about_is_a_part_of_a_volume(struct kunit *test)
{
	static const struct {
		u64 sector;
		u32 bytes;
		u16 volume;
		bool fine;
	} row[] = {
		{ 0, 512, 0, true }, { 0, 0, 0, false }, { 0, 511, 0, false }, { 0, 513, 0, false },
		{ 0, 1 << 20, 0, true }, { 0, (1 << 20) + 512, 0, false },
		{ 0, U32_MAX, 0, false }, { 0, 512, 255, true }, { 0, 512, 256, false },
		{ 0, 512, U16_MAX, false }, { (U64_MAX >> 9) - 1, 512, 0, true },
		{ U64_MAX >> 9, 512, 0, false }, { U64_MAX, 512, 0, false },
	};
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct afar_hash_info want = {
			.sector = row[i].sector, .bytes = row[i].bytes, .volume = row[i].volume,
			.tag = i, .hash = { 1 },
		}, got;

		afar_ask_put(block, 3, &want);
		KUNIT_EXPECT_EQ_MSG(test, !afar_ask_get(block, 3, &got), row[i].fine, "row %u", i);
		KUNIT_EXPECT_EQ(test, got.tag, i);
		KUNIT_EXPECT_EQ(test, got.hash[0], 0);
		afar_hash_put(block, 5, &want);
		KUNIT_EXPECT_EQ_MSG(test, !afar_hash_get(block, 5, &got), row[i].fine, "row %u", i);
		KUNIT_EXPECT_EQ(test, memcmp(&got, &want, sizeof(got)), 0);
	}
}

static void an_end_names_a_cut(struct kunit *test)
{
	static const struct {
		u64 set;
		u64 seq;
		bool fine;
	} row[] = {
		{ 0, 0, true }, { 0, 1, false }, { 1, 0, false }, { 1, 1, true }, { 2, 1, false },
		{ 1, U64_MAX / 2, true }, { 1, U64_MAX / 2 + 1, false },
		{ U64_MAX, U64_MAX, false },
	};
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	unsigned int i;
	u64 set, seq;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		afar_end_put(block, row[i].set, row[i].seq);
		KUNIT_EXPECT_EQ_MSG(test, !afar_end_get(block, &set, &seq), row[i].fine,
				    "row %u", i);
		KUNIT_EXPECT_EQ(test, set, row[i].set);
		KUNIT_EXPECT_EQ(test, seq, row[i].seq);
	}
}

static void a_volume_has_number_and_size(struct kunit *test)
{
	static const struct {
		u16 number;
		u64 sectors;
		bool fine;
	} row[] = {
		{ 0, 1, true }, { 255, 1, true }, { 256, 1, false }, { U16_MAX, 1, false },
		{ 0, 0, false }, { 0, U64_MAX >> 9, true }, { 0, (U64_MAX >> 9) + 1, false },
		{ 0, U64_MAX, false },
	};
	static const struct {
		u8 op;
		u64 seq;
		bool named;
		bool fine;
	} change[] = {
		{ 0, 0, false, true }, { 0, 0, true, true }, { 0, 1, true, false },
		{ AFAR_OP_ADD, 1, true, true }, { AFAR_OP_REMOVE, 1, true, true },
		{ AFAR_OP_ADD, 0, true, false }, { AFAR_OP_ADD, 1, false, false },
		{ AFAR_OP_ADD, U64_MAX / 2, true, true },
		{ AFAR_OP_ADD, U64_MAX / 2 + 1, true, false },
		{ AFAR_OP_WRITE, 1, true, false }, { AFAR_OP_COMMIT, 1, true, false },
		{ AFAR_OP_REMOVE + 1, 1, true, false }, { U8_MAX, 1, true, false },
	};
	u8 *block = kunit_kzalloc(test, AFAR_BLOCK, GFP_KERNEL);
	struct afar_volume volume = {};
	struct afar_uuid id;
	unsigned int i;
	u64 sectors;
	u16 number;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		volume.number = cpu_to_le16(row[i].number);
		volume.sectors = cpu_to_le64(row[i].sectors);
		afar_volume_put(block, 5, &volume);
		KUNIT_EXPECT_EQ_MSG(test, !afar_volume_get(block, 5, &number, &sectors, &id),
				    row[i].fine, "row %u", i);
	}
	volume.number = 0;
	volume.sectors = cpu_to_le64(8);
	for (i = 0; i < ARRAY_SIZE(change); i++) {
		volume.op = change[i].op;
		volume.seq = cpu_to_le64(change[i].seq);
		volume.id.b[3] = change[i].named;
		afar_volume_put(block, 5, &volume);
		KUNIT_EXPECT_EQ_MSG(test, !afar_volume_get(block, 5, &number, &sectors, &id),
				    change[i].fine, "change %u", i);
	}
	volume = (struct afar_volume){ .sectors = cpu_to_le64(8), .id.b[3] = 1 };
	for (i = 0; i < 10; i++) {
		volume.outside = cpu_to_le64(i);
		afar_volume_put(block, 5, &volume);
		KUNIT_EXPECT_EQ(test, !afar_volume_get(block, 5, &number, &sectors, &id), i < 9);
		KUNIT_EXPECT_EQ(test, afar_volume_outside(block, 5), i);
	}
	/* a change says nothing of it */
	volume.op = AFAR_OP_ADD;
	volume.seq = cpu_to_le64(1);
	for (i = 0; i < 2; i++) {
		volume.outside = cpu_to_le64(i);
		afar_volume_put(block, 5, &volume);
		KUNIT_EXPECT_EQ(test, !afar_volume_get(block, 5, &number, &sectors, &id), !i);
	}
}

static struct kunit_case codec_limits_cases[] = {
	KUNIT_CASE_PARAM(a_descriptor_keeps_its_limits, cmd_limit_gen_params),
	KUNIT_CASE(room_of_a_command_is_payload_and_a_header),
	KUNIT_CASE(only_known_types_are_accepted),
	KUNIT_CASE(a_length_fits_type_and_count_and_one_block),
	KUNIT_CASE(only_a_frame_has_payload),
	KUNIT_CASE(payload_is_whole_blocks_up_to_a_limit),
	KUNIT_CASE(a_journal_record_is_refused_on_the_wire),
	KUNIT_CASE(payload_is_what_the_descriptors_say),
	KUNIT_CASE(a_frame_takes_as_many_commands_as_fit),
	KUNIT_CASE(commit_records_and_frames_do_not_mix),
	KUNIT_CASE_PARAM(a_hello_keeps_its_limits, hello_limit_gen_params),
	KUNIT_CASE(a_hello_has_names),
	KUNIT_CASE(a_chain_has_at_most_32_named_terms),
	KUNIT_CASE(a_range_is_in_order),
	KUNIT_CASE(what_is_asked_about_is_a_part_of_a_volume),
	KUNIT_CASE(an_end_names_a_cut),
	KUNIT_CASE(a_volume_has_number_and_size),
	{}
};

struct kunit_suite afar_codec_limits_suite = {
	.name = "afar_codec_limits",
	.test_cases = codec_limits_cases,
};
