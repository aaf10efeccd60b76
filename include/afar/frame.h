/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Frames: the one form that commands have on the wire and in the journal.
 *
 *	+-----------+-----------------------+----------------------------------------+
 *	| afar_head | count x afar_command  | payloads, each padded to AFAR_BLOCK    |
 *	+-----------+-----------------------+----------------------------------------+
 *	 \_______ header block, crc _______/  \__ one sum in the descriptor of each _/
 *
 * On the wire the header block is sent without its unused end; in the journal it fills AFAR_BLOCK
 * bytes. Each command has its own numbers and its own checksum and stands alone: a receiver may
 * take any subset of a frame, in any order.
 */
#ifndef AFAR_FRAME_H
#define AFAR_FRAME_H

#include "types.h"

#define AFAR_MAGIC	0x52414641	/* "AFAR" */

/**
 * enum afar_type - what follows a struct afar_head; values are never reused
 * @AFAR_COMMANDS: a frame: struct afar_command items and their payloads (wire and journal)
 * @AFAR_COMMIT:   journal only: one struct afar_command of op AFAR_OP_COMMIT
 * @AFAR_CHALLENGE: wire: struct afar_challenge
 * @AFAR_PROOF:    wire: struct afar_proof
 * @AFAR_HELLO:    wire: struct afar_hello
 * @AFAR_TABLE:    wire: struct afar_volume items
 * @AFAR_ARRIVALS: wire: struct afar_range items, numbers that the sender holds beyond its cut
 * @AFAR_GO:       wire: both HELLOs fit; the lane is live
 * @AFAR_ACK:      wire: struct afar_ack, then struct afar_range items (DURABLE)
 * @AFAR_PING:     wire: nothing follows; proof of life
 * @AFAR_BYE:      wire: struct afar_bye; the sender closes the lane
 * @AFAR_ASK:      wire: struct afar_ask items whose hashes are wanted
 * @AFAR_HASHES:   wire: struct afar_hash items
 * @AFAR_END:      wire: struct afar_end; the sender is primary no more
 * @AFAR_DIFFERS:  wire: struct afar_span items, where the sender may differ; a message with fewer
 *                 than AFAR_SPANS is the last
 */
enum afar_type {
	AFAR_COMMANDS	= 1,
	AFAR_COMMIT	= 2,
	AFAR_CHALLENGE	= 14,
	AFAR_PROOF	= 15,
	AFAR_HELLO	= 16,
	AFAR_TABLE	= 17,
	AFAR_ARRIVALS	= 18,
	AFAR_GO		= 19,
	AFAR_ACK	= 20,
	AFAR_PING	= 21,
	AFAR_BYE	= 22,
	AFAR_ASK	= 23,
	AFAR_HASHES	= 24,
	AFAR_END	= 25,
	AFAR_DIFFERS	= 26,
};

/**
 * struct afar_head - the first 128 bytes of every message and every journal record
 * @magic:    AFAR_MAGIC
 * @type:     enum afar_type
 * @count:    items behind the fixed part
 * @bytes:    head, fixed part and items together; at most AFAR_BLOCK
 * @payload:  bytes of payload behind them, a multiple of AFAR_BLOCK; 0 but for AFAR_COMMANDS
 * @crc:      crc32c of @bytes bytes from @magic on, this field taken as zero
 * @flags:    zero
 * @owner:    wire: the session; journal: the journal's uuid
 * @term:     the term that all numbers in it belong to
 * @position: wire: number of the message on its lane, from 0, dense; journal: ring position, in
 *            blocks, never wraps
 * @epoch:    wire: zero; journal: the epoch in which it was written
 * @stable:   wire: zero; journal: all positions below were on stable media when it was written
 * @reserved: zero
 */
struct afar_head {
	__le32 magic;
	__le16 type;
	__le16 count;
	__le32 bytes;
	__le32 payload;
	__le32 crc;
	__le32 flags;
	struct afar_uuid owner;
	struct afar_term_le term;
	__le64 position;
	__le64 epoch;
	__le64 stable;
	__le64 reserved[5];
};
AFAR_ASSERT_SIZE(struct afar_head, 128);
AFAR_ASSERT_OFFSET(struct afar_head, type, 4);
AFAR_ASSERT_OFFSET(struct afar_head, count, 6);
AFAR_ASSERT_OFFSET(struct afar_head, bytes, 8);
AFAR_ASSERT_OFFSET(struct afar_head, payload, 12);
AFAR_ASSERT_OFFSET(struct afar_head, crc, 16);
AFAR_ASSERT_OFFSET(struct afar_head, flags, 20);
AFAR_ASSERT_OFFSET(struct afar_head, owner, 24);
AFAR_ASSERT_OFFSET(struct afar_head, term, 40);
AFAR_ASSERT_OFFSET(struct afar_head, position, 64);
AFAR_ASSERT_OFFSET(struct afar_head, epoch, 72);
AFAR_ASSERT_OFFSET(struct afar_head, stable, 80);
AFAR_ASSERT_OFFSET(struct afar_head, reserved, 88);

/**
 * enum afar_op - what a command does
 * @AFAR_OP_WRITE:  @bytes of payload go to @sector
 * @AFAR_OP_ZERO:   @bytes from @sector on read as zeroes afterwards; no payload
 * @AFAR_OP_SYNC:   closes set @set; its number is the set's last
 * @AFAR_OP_VOID:   the number exists and does nothing: the write failed and cannot be read back
 * @AFAR_OP_COMMIT: journal only: all sets up to @set are on the origins
 * @AFAR_OP_ADD:    a volume is in the volume table from here on: struct afar_change_command
 * @AFAR_OP_REMOVE: a volume is not in the volume table any more: struct afar_change_command
 */
enum afar_op {
	AFAR_OP_WRITE	= 1,
	AFAR_OP_ZERO	= 2,
	AFAR_OP_SYNC	= 3,
	AFAR_OP_VOID	= 4,
	AFAR_OP_COMMIT	= 5,
	AFAR_OP_ADD	= 6,
	AFAR_OP_REMOVE	= 7,
};

/** AFAR_CMD_UNMAP - flag of AFAR_OP_ZERO: the range may be deallocated (it was a discard) */
#define AFAR_CMD_UNMAP	1

/** AFAR_CMD_SCANNED - flag of AFAR_OP_SYNC: a resync in place has ended, this set is a cut again */
#define AFAR_CMD_SCANNED	2

/** AFAR_CMD_JOINED - flag of AFAR_OP_SYNC: what was outside the cut is in it with this set */
#define AFAR_CMD_JOINED	4

/**
 * struct afar_command - descriptor of one command
 * @seq:            sequence number, from 1, dense over the group within a term
 * @set:            data set, from 1, dense within a term
 * @first:          number of the set's first command
 * @sector:         first 512-byte sector on the volume
 * @bytes:          length on the volume; a multiple of 512; at most AFAR_COMMAND_BYTES
 * @sum:            of the payload's @bytes bytes, padding not counted: xxh64 of each AFAR_BLOCK,
 *                  seeded with the sum of those before it (0), the low 32 bits
 * @volume:         volume number
 * @op:             enum afar_op
 * @flags:          AFAR_CMD_*
 * @blocks:         AFAR_OP_SYNC: journal blocks that the set takes with worst-case framing
 * @time:           AFAR_OP_SYNC, AFAR_OP_COMMIT: wall clock of the close, in ns since 1970
 * @map_generation: AFAR_OP_SYNC: generation of the primary's chunk map; AFAR_OP_COMMIT: the highest
 *                  of all that is committed; else zero
 */
struct afar_command {
	__le64 seq;
	__le64 set;
	__le64 first;
	__le64 sector;
	__le32 bytes;
	__le32 sum;
	__le16 volume;
	__u8 op;
	__u8 flags;
	__le32 blocks;
	__le64 time;
	__le64 map_generation;
};
AFAR_ASSERT_SIZE(struct afar_command, 64);
AFAR_ASSERT_OFFSET(struct afar_command, set, 8);
AFAR_ASSERT_OFFSET(struct afar_command, first, 16);
AFAR_ASSERT_OFFSET(struct afar_command, sector, 24);
AFAR_ASSERT_OFFSET(struct afar_command, bytes, 32);
AFAR_ASSERT_OFFSET(struct afar_command, sum, 36);
AFAR_ASSERT_OFFSET(struct afar_command, volume, 40);
AFAR_ASSERT_OFFSET(struct afar_command, op, 42);
AFAR_ASSERT_OFFSET(struct afar_command, flags, 43);
AFAR_ASSERT_OFFSET(struct afar_command, blocks, 44);
AFAR_ASSERT_OFFSET(struct afar_command, time, 48);
AFAR_ASSERT_OFFSET(struct afar_command, map_generation, 56);

/**
 * struct afar_change_command - a struct afar_command that changes the volume table
 * @seq:      as there
 * @set:      as there
 * @first:    as there
 * @sectors:  length of the volume
 * @reserved: zero
 * @volume:   volume number
 * @op:       AFAR_OP_ADD or AFAR_OP_REMOVE
 * @flags:    zero
 * @reserved2: zero
 * @id:       the volume's uuid
 */
struct afar_change_command {
	__le64 seq;
	__le64 set;
	__le64 first;
	__le64 sectors;
	__le64 reserved;
	__le16 volume;
	__u8 op;
	__u8 flags;
	__le32 reserved2;
	struct afar_uuid id;
};
AFAR_ASSERT_SIZE(struct afar_change_command, 64);
AFAR_ASSERT_OFFSET(struct afar_change_command, set, 8);
AFAR_ASSERT_OFFSET(struct afar_change_command, first, 16);
AFAR_ASSERT_OFFSET(struct afar_change_command, sectors, 24);
AFAR_ASSERT_OFFSET(struct afar_change_command, reserved, 32);
AFAR_ASSERT_OFFSET(struct afar_change_command, volume, 40);
AFAR_ASSERT_OFFSET(struct afar_change_command, op, 42);
AFAR_ASSERT_OFFSET(struct afar_change_command, flags, 43);
AFAR_ASSERT_OFFSET(struct afar_change_command, reserved2, 44);
AFAR_ASSERT_OFFSET(struct afar_change_command, id, 48);

/** AFAR_COMMAND_BYTES - longest command */
#define AFAR_COMMAND_BYTES	(1 << 20)
/** AFAR_FRAME_PAYLOAD - most payload of one frame */
#define AFAR_FRAME_PAYLOAD	(1 << 20)
/** AFAR_FRAME_COMMANDS - most commands of one frame */
#define AFAR_FRAME_COMMANDS	((AFAR_BLOCK - sizeof(struct afar_head)) / \
				 sizeof(struct afar_command))

#endif /* AFAR_FRAME_H */
