// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile primary: bytes from the wire go through all checks of the receiver, commands that pass
 * into a tracker, a HELLO before the judge. The first byte says how far the fuzzer is helped past
 * the checksums, which it would not guess.
 */
#include <linux/kernel.h>
#include <string.h>
#include "../../../drivers/md/dm-afar/core/term.h"
#include "../../../drivers/md/dm-afar/core/tests/receive.h"
#include "../../../drivers/md/dm-afar/core/tests/track.h"
#include "fuzz.h"

#define RING	400
#define LARGEST	100

enum { SEAL = 1, SEAL_PAYLOAD = 2, COMPACT = 4, COMMIT = 8 };

static struct afar_tracker tracker;
static struct afar_test_message message;
static u8 frame[AFAR_BLOCK + AFAR_FRAME_PAYLOAD] __aligned(8);
static bool committing;

static void check(void)
{
	u64 from = 1, first, last;
	const char *why;

	afar_tracker_update(&tracker);
	why = afar_test_tracker_check(&tracker);
	MUST(!why, "%s", why);
	while (afar_tracker_next_range(&tracker, from, &first, &last)) {
		MUST(first >= from && last >= first, "%llu..%llu", first, last);
		from = last + 1;
	}
}

static void commit_run(void)
{
	struct afar_cut end;

	if (!afar_tracker_run(&tracker, 2 * LARGEST, &end))
		return;
	MUST(end.set > tracker.committed.set && end.set <= tracker.replicated.set, "%llu", end.set);
	tracker.tail++;
	afar_tracker_commit(&tracker, &end);
	MUST(tracker.tail - tracker.head <= tracker.ring_blocks, "no room for the commit record");
	tracker.head = afar_tracker_head(&tracker);
	check();
}

static void admit(const struct afar_cmd *cmd)
{
	u64 replicated = tracker.replicated.set, credit = tracker.credit;
	u32 state = afar_test_tracker_state(&tracker);
	enum afar_admit verdict;
	const char *why = NULL;

	verdict = afar_tracker_admit(&tracker, cmd, &why);
	if (verdict != AFAR_ADMIT_NEW) {
		MUST((verdict == AFAR_ADMIT_BAD) == !!why, "%d", verdict);
		MUST(verdict == AFAR_ADMIT_DUPLICATE ||
		     afar_test_tracker_state(&tracker) == state, "refused and changed: %s",
		     why ?: "no room");
		return;
	}
	afar_tracker_placed(&tracker, cmd, tracker.tail);
	tracker.tail += afar_cmd_blocks(cmd);
	MUST(tracker.tail - tracker.head <= tracker.ring_blocks, "ring over-full");
	afar_tracker_durable(&tracker, cmd);
	check();
	MUST(tracker.replicated.set >= replicated && tracker.credit >= credit, "went back");
	if (committing)
		commit_run();
}

/* Both roles, with a term and without one, look at the HELLO. */
static void judge(void)
{
	static struct afar_super_info mine;
	u32 way, reason;
	bool adopt;

	for (way = 0; way < 4; way++) {
		memset(&mine, 0, sizeof(mine));
		mine.role = way & 1 ? AFAR_PRIMARY : AFAR_SECONDARY;
		mine.journal.b[0] = 200;
		mine.node.b[0] = 201;
		mine.group = message.hello.group;
		mine.block_size = message.hello.block_size;
		if (way & 2) {
			mine.flags = AFAR_SUPER_TERM;
			mine.term.counter = 0x0102030405060708;
			memset(&mine.term.id, 0x20, sizeof(mine.term.id));
		}
		reason = afar_hello_judge(&mine, &message.hello, &message.head.term, &adopt);
		MUST(!adopt || (!reason && way == 0), "adopts with reason %u", reason);
		MUST(reason || adopt || message.hello.flags & AFAR_HELLO_FRESH ||
		     afar_term_equal(&mine.term, &message.head.term), "merges two histories");
	}
}

static void seal_payloads(u8 *bytes, size_t size, size_t at)
{
	struct afar_head_info info;
	struct afar_cmd cmd;
	u32 i;

	if (afar_head_get(bytes, &info))
		return;
	for (i = 0; i < info.count; i++) {
		afar_cmd_get(bytes, i, &cmd);
		if (cmd.op != AFAR_OP_WRITE || cmd.bytes > size || at > size - cmd.bytes)
			continue;
		cmd.sum = afar_sum(bytes + at, cmd.bytes);
		afar_cmd_put(bytes, i, &cmd);
		at += afar_cmd_payload(&cmd);
	}
}

static void seal(u8 *bytes)
{
	struct afar_head_info info;
	struct afar_head *head = (struct afar_head *)bytes;

	if (!afar_head_get(bytes, &info))
		head->crc = cpu_to_le32(afar_crc_around(bytes, info.bytes,
							offsetof(struct afar_head, crc)));
}

/* A stream of messages, as they come over a lane. */
static void stream(const u8 *data, size_t size, u8 how)
{
	while (size >= sizeof(struct afar_head)) {
		size_t take = min(size, sizeof(frame)), length;
		u32 i;

		memcpy(frame, data, take);
		memset(frame + take, 0, min(sizeof(frame) - take, (size_t)AFAR_BLOCK));
		if (how & SEAL_PAYLOAD)
			seal_payloads(frame, take, le32_to_cpu(((struct afar_head *)frame)->bytes));
		if (how & SEAL)
			seal(frame);
		if (afar_test_receive(frame, take, AFAR_TEST_WIRE, &message))
			return;
		for (i = 0; message.head.type == AFAR_COMMANDS && i < message.head.count; i++)
			admit(&message.cmd[i]);
		if (message.head.type == AFAR_HELLO)
			judge();
		length = message.head.bytes + message.head.payload;
		data += length;
		size -= length;
	}
}

/* Eight bytes a command, all numbers small: what can contradict what. */
static void compact(const u8 *data, size_t size)
{
	for (; size >= 8; data += 8, size -= 8) {
		struct afar_cmd cmd = {
			.op = 1 + data[0] % 5,
			.set = data[1] % 16,
			.first = data[2],
			.seq = data[2] + data[3] % 128,
		};

		if (cmd.op == AFAR_OP_WRITE || cmd.op == AFAR_OP_ZERO)
			cmd.bytes = 512 * (1 + data[4]);
		if (cmd.op == AFAR_OP_SYNC) {
			cmd.blocks = data[4];
			cmd.time = data[5] % 2;
		}
		if (data[6] % 16 == 0)
			commit_run();
		if (!afar_cmd_check(&cmd) && cmd.op != AFAR_OP_COMMIT)
			admit(&cmd);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct afar_cut none;

	if (!size)
		return 0;
	afar_tracker_init(&tracker, RING, LARGEST);
	afar_tracker_reset(&tracker, &none);
	afar_tracker_update(&tracker);
	committing = data[0] & COMMIT;
	if (data[0] & COMPACT)
		compact(data + 1, size - 1);
	else
		stream(data + 1, size - 1, data[0]);
	afar_tracker_reset(&tracker, &none);
	return 0;
}
