/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The journal device, in blocks of AFAR_BLOCK bytes:
 *
 *	0, 1		struct afar_super, two copies; the valid one of the higher generation counts
 *	table_start	AFAR_TABLE_BLOCKS of struct afar_table_block, two copies each, side by side
 *	map_start	map_blocks of struct afar_map_block, two copies each, side by side
 *	ring_start	the log ring: ring_blocks blocks; position p is p % ring_blocks behind it;
 *			not there when the ring is in memory (AFAR_SUPER_MEMORY)
 *
 * Records of the ring (frame.h) begin at a block, follow each other without a gap, and may wrap
 * around the ring's end between any two blocks.
 */
#ifndef AFAR_JOURNAL_H
#define AFAR_JOURNAL_H

#include "message.h"

#define AFAR_SUPER_MAGIC	0x5250555352414641ULL	/* "AFARSUPR" */
#define AFAR_TABLE_MAGIC	0x4c42415452414641ULL	/* "AFARTABL" */
#define AFAR_MAP_MAGIC		0x50414d4352414641ULL	/* "AFARCMAP" */

/** AFAR_VERSION - journal version; another one is refused */
#define AFAR_VERSION		1

/* flags of struct afar_super */
#define AFAR_SUPER_CLEAN	1	/* stopped with nothing unacknowledged; next_* are valid */
#define AFAR_SUPER_EQUAL	2	/* devices were declared equal when the term began */
#define AFAR_SUPER_RESYNC	4	/* term cannot be followed by the peer without a resync */
#define AFAR_SUPER_TERM		8	/* has a term: not fresh */
#define AFAR_SUPER_HOLD		16	/* commits stop at @hold */
#define AFAR_SUPER_MEMORY	32	/* the ring is in memory; @ring_start is 0 */
#define AFAR_SUPER_GRANTED	64	/* secondary: the primary has stepped down at @committed */
#define AFAR_SUPER_DISCARDED	128	/* the image has what the primary's history does not know */
#define AFAR_SUPER_VERIFY	256	/* primary: a verify goes on from @verify_* */
#define AFAR_SUPER_FLAGS	511

/**
 * struct afar_super - superblock
 * @magic:          AFAR_SUPER_MAGIC
 * @crc:            crc32c of the block, this field taken as zero
 * @version:        AFAR_VERSION
 * @role:           enum afar_role
 * @features:       bits that a reader must know, else it refuses
 * @generation:     raised by each write of a superblock
 * @journal:        uuid of this journal, drawn at format
 * @node:           uuid of this node, drawn at format
 * @group:          uuid of the group; zero while the node is fresh
 * @blocks:         length of the device when it was formatted
 * @block_size:     logical block size of the group's volumes, bytes
 * @chunk_bytes:    chunk size, bytes, a power of two
 * @table_start:    first block of the volume table
 * @map_start:      first block of the chunk maps
 * @map_blocks:     blocks of one copy of the chunk maps
 * @ring_blocks:    length of the ring
 * @ring_start:     first block of the ring
 * @flags:          AFAR_SUPER_*
 * @chain:          used entries of @chain_term
 * @epoch:          of records written now; raised by each replay
 * @epoch_position: ring position where it began
 * @head:           ring position of the oldest record that is still needed
 * @stable:         all positions below were on stable media when this was written
 * @term:           current term
 * @next_seq:       AFAR_SUPER_CLEAN: next number
 * @next_set:       AFAR_SUPER_CLEAN: next set
 * @committed:      secondary: highest set on the origins when this was written
 * @committed_seq:  its last number
 * @committed_time: wall clock of its close, ns
 * @hold:           AFAR_SUPER_HOLD: last set of the current term that may be committed
 * @committing:     ring in memory: the origins may hold something of all sets of the current term
 *                  up to this one; 0: they are at @committed
 * @peer_journal:   journal uuid of the peer of the last session
 * @peer_generation: highest generation of that peer's chunk map that is known here; AFAR_GONE_BACK
 * @left_generation: primary whose term went on: its own chunk map's when it crashed or started,
 *                  until a peer has judged it; node that has given up a history: its own when it
 *                  left the newest term that both have
 * @left_seq:       primary whose term went on after a clean stop, until a peer has judged it: the
 *                  first number given out since; else 0
 * @verify_peer:    AFAR_SUPER_VERIFY: journal uuid of the peer that was compared with; zero: none
 * @verify_sector:  all volumes below @verify_volume, and of it what is below this, were looked at
 * @verify_done:    bytes looked at
 * @verify_busy:    of these, not compared, as they were being written
 * @verify_unknown: of these, not compared, as a node could not read them
 * @verify_found:   blocks of AFAR_BLOCK bytes that differ
 * @verify_volume:  volume number
 * @reserved2:      zero
 * @reserved:       zero
 * @chain_term:     ended terms, newest first
 * @tail:           zero
 */
struct afar_super {
	__le64 magic;
	__le32 crc;
	__le16 version;
	__le16 role;
	__le64 features;
	__le64 generation;
	struct afar_uuid journal;
	struct afar_uuid node;
	struct afar_uuid group;
	__le64 blocks;
	__le32 block_size;
	__le32 chunk_bytes;
	__le32 table_start;
	__le32 map_start;
	__le32 map_blocks;
	__le32 ring_blocks;
	__le64 ring_start;
	__le32 flags;
	__le32 chain;
	__le64 epoch;
	__le64 epoch_position;
	__le64 head;
	__le64 stable;
	struct afar_term_le term;
	__le64 next_seq;
	__le64 next_set;
	__le64 committed;
	__le64 committed_seq;
	__le64 committed_time;
	__le64 hold;
	__le64 committing;
	struct afar_uuid peer_journal;
	__le64 peer_generation;
	__le64 left_generation;
	__le64 left_seq;
	struct afar_uuid verify_peer;
	__le64 verify_sector;
	__le64 verify_done;
	__le64 verify_busy;
	__le64 verify_unknown;
	__le64 verify_found;
	__le32 verify_volume;
	__le32 reserved2;
	__le64 reserved[12];
	struct afar_link_term chain_term[AFAR_CHAIN];
	__u8 tail[AFAR_BLOCK - 440 - AFAR_CHAIN * 48];
};
AFAR_ASSERT_SIZE(struct afar_super, AFAR_BLOCK);
AFAR_ASSERT_OFFSET(struct afar_super, crc, 8);
AFAR_ASSERT_OFFSET(struct afar_super, version, 12);
AFAR_ASSERT_OFFSET(struct afar_super, role, 14);
AFAR_ASSERT_OFFSET(struct afar_super, features, 16);
AFAR_ASSERT_OFFSET(struct afar_super, generation, 24);
AFAR_ASSERT_OFFSET(struct afar_super, journal, 32);
AFAR_ASSERT_OFFSET(struct afar_super, node, 48);
AFAR_ASSERT_OFFSET(struct afar_super, group, 64);
AFAR_ASSERT_OFFSET(struct afar_super, blocks, 80);
AFAR_ASSERT_OFFSET(struct afar_super, block_size, 88);
AFAR_ASSERT_OFFSET(struct afar_super, chunk_bytes, 92);
AFAR_ASSERT_OFFSET(struct afar_super, table_start, 96);
AFAR_ASSERT_OFFSET(struct afar_super, map_start, 100);
AFAR_ASSERT_OFFSET(struct afar_super, map_blocks, 104);
AFAR_ASSERT_OFFSET(struct afar_super, ring_blocks, 108);
AFAR_ASSERT_OFFSET(struct afar_super, ring_start, 112);
AFAR_ASSERT_OFFSET(struct afar_super, flags, 120);
AFAR_ASSERT_OFFSET(struct afar_super, chain, 124);
AFAR_ASSERT_OFFSET(struct afar_super, epoch, 128);
AFAR_ASSERT_OFFSET(struct afar_super, epoch_position, 136);
AFAR_ASSERT_OFFSET(struct afar_super, head, 144);
AFAR_ASSERT_OFFSET(struct afar_super, stable, 152);
AFAR_ASSERT_OFFSET(struct afar_super, term, 160);
AFAR_ASSERT_OFFSET(struct afar_super, next_seq, 184);
AFAR_ASSERT_OFFSET(struct afar_super, next_set, 192);
AFAR_ASSERT_OFFSET(struct afar_super, committed, 200);
AFAR_ASSERT_OFFSET(struct afar_super, committed_seq, 208);
AFAR_ASSERT_OFFSET(struct afar_super, committed_time, 216);
AFAR_ASSERT_OFFSET(struct afar_super, hold, 224);
AFAR_ASSERT_OFFSET(struct afar_super, committing, 232);
AFAR_ASSERT_OFFSET(struct afar_super, peer_journal, 240);
AFAR_ASSERT_OFFSET(struct afar_super, peer_generation, 256);
AFAR_ASSERT_OFFSET(struct afar_super, left_generation, 264);
AFAR_ASSERT_OFFSET(struct afar_super, left_seq, 272);
AFAR_ASSERT_OFFSET(struct afar_super, verify_peer, 280);
AFAR_ASSERT_OFFSET(struct afar_super, verify_sector, 296);
AFAR_ASSERT_OFFSET(struct afar_super, verify_done, 304);
AFAR_ASSERT_OFFSET(struct afar_super, verify_busy, 312);
AFAR_ASSERT_OFFSET(struct afar_super, verify_unknown, 320);
AFAR_ASSERT_OFFSET(struct afar_super, verify_found, 328);
AFAR_ASSERT_OFFSET(struct afar_super, verify_volume, 336);
AFAR_ASSERT_OFFSET(struct afar_super, reserved2, 340);
AFAR_ASSERT_OFFSET(struct afar_super, reserved, 344);
AFAR_ASSERT_OFFSET(struct afar_super, chain_term, 440);
AFAR_ASSERT_OFFSET(struct afar_super, tail, 1976);

/**
 * struct afar_table_entry - one volume of the volume table
 * @id:         uuid; zero on a secondary that has not yet been told
 * @sectors:    length
 * @used:       1 in a used entry
 * @map_first:  first block of its chunk map, counted from the map's start
 * @map_blocks: length of its chunk map
 * @reserved:   zero
 * @outside:    so many sectors at its end are outside the cut: the peer has not had them yet
 * @joins:      secondary: so many of these, the first, join with the first set of the term
 * @reserved2:  zero
 */
struct afar_table_entry {
	struct afar_uuid id;
	__le64 sectors;
	__le32 used;
	__le32 map_first;
	__le32 map_blocks;
	__le32 reserved;
	__le64 outside;
	__le64 joins;
	__le64 reserved2;
};
AFAR_ASSERT_SIZE(struct afar_table_entry, 64);
AFAR_ASSERT_OFFSET(struct afar_table_entry, sectors, 16);
AFAR_ASSERT_OFFSET(struct afar_table_entry, used, 24);
AFAR_ASSERT_OFFSET(struct afar_table_entry, map_first, 28);
AFAR_ASSERT_OFFSET(struct afar_table_entry, map_blocks, 32);
AFAR_ASSERT_OFFSET(struct afar_table_entry, reserved, 36);
AFAR_ASSERT_OFFSET(struct afar_table_entry, outside, 40);
AFAR_ASSERT_OFFSET(struct afar_table_entry, joins, 48);
AFAR_ASSERT_OFFSET(struct afar_table_entry, reserved2, 56);

#define AFAR_TABLE_ENTRIES	63
#define AFAR_TABLE_BLOCKS	((AFAR_VOLUMES + AFAR_TABLE_ENTRIES - 1) / AFAR_TABLE_ENTRIES)

/**
 * struct afar_table_block - block @index of the volume table
 * @magic:      AFAR_TABLE_MAGIC
 * @crc:        crc32c of the block, this field taken as zero
 * @index:      block number within the table; entry e is volume @index * AFAR_TABLE_ENTRIES + e
 * @generation: the valid copy with the higher one counts
 * @journal:    uuid of the journal
 * @term:       id of the term that @set belongs to
 * @set:        secondary: changes of the volume table up to this set are in the block
 * @entry:      the volumes
 */
struct afar_table_block {
	__le64 magic;
	__le32 crc;
	__le32 index;
	__le64 generation;
	struct afar_uuid journal;
	struct afar_uuid term;
	__le64 set;
	struct afar_table_entry entry[AFAR_TABLE_ENTRIES];
};
AFAR_ASSERT_SIZE(struct afar_table_block, AFAR_BLOCK);
AFAR_ASSERT_OFFSET(struct afar_table_block, crc, 8);
AFAR_ASSERT_OFFSET(struct afar_table_block, index, 12);
AFAR_ASSERT_OFFSET(struct afar_table_block, generation, 16);
AFAR_ASSERT_OFFSET(struct afar_table_block, journal, 24);
AFAR_ASSERT_OFFSET(struct afar_table_block, term, 40);
AFAR_ASSERT_OFFSET(struct afar_table_block, set, 56);
AFAR_ASSERT_OFFSET(struct afar_table_block, entry, 64);

#define AFAR_MAP_HEAD		128
/** AFAR_MAP_BITS - chunks of one block of a chunk map */
#define AFAR_MAP_BITS		((AFAR_BLOCK - AFAR_MAP_HEAD) * 8)

/**
 * struct afar_map_block - block @index of the chunk maps
 * @magic:        AFAR_MAP_MAGIC
 * @crc:          crc32c of the block, this field taken as zero
 * @index:        block number within the chunk maps
 * @generation:   raised by each round of writes, over all blocks; the valid copy with the higher
 *                one counts
 * @journal:      uuid of the journal
 * @first_chunk:  chunk of the first bit, a multiple of AFAR_MAP_BITS
 * @volume:       volume number
 * @chunks:       chunks that the block covers; bits behind them are zero
 * @base_journal: journal uuid of the peer that had committed what was cleared; the journal's own:
 *                the devices were declared equal then; zero: nothing was
 * @base_term:    term of what was cleared last
 * @base_set:     set that the peer had committed then
 * @base_seq:     its last number
 * @reserved:     zero
 * @bits:         bit c % 8 of byte c / 8: chunk @first_chunk + c may differ
 */
struct afar_map_block {
	__le64 magic;
	__le32 crc;
	__le32 index;
	__le64 generation;
	struct afar_uuid journal;
	__le64 first_chunk;
	__le32 volume;
	__le32 chunks;
	struct afar_uuid base_journal;
	struct afar_term_le base_term;
	__le64 base_set;
	__le64 base_seq;
	__le64 reserved[2];
	__u8 bits[AFAR_BLOCK - AFAR_MAP_HEAD];
};
AFAR_ASSERT_SIZE(struct afar_map_block, AFAR_BLOCK);
AFAR_ASSERT_OFFSET(struct afar_map_block, crc, 8);
AFAR_ASSERT_OFFSET(struct afar_map_block, index, 12);
AFAR_ASSERT_OFFSET(struct afar_map_block, generation, 16);
AFAR_ASSERT_OFFSET(struct afar_map_block, journal, 24);
AFAR_ASSERT_OFFSET(struct afar_map_block, first_chunk, 40);
AFAR_ASSERT_OFFSET(struct afar_map_block, volume, 48);
AFAR_ASSERT_OFFSET(struct afar_map_block, chunks, 52);
AFAR_ASSERT_OFFSET(struct afar_map_block, base_journal, 56);
AFAR_ASSERT_OFFSET(struct afar_map_block, base_term, 72);
AFAR_ASSERT_OFFSET(struct afar_map_block, base_set, 96);
AFAR_ASSERT_OFFSET(struct afar_map_block, base_seq, 104);
AFAR_ASSERT_OFFSET(struct afar_map_block, reserved, 112);
AFAR_ASSERT_OFFSET(struct afar_map_block, bits, AFAR_MAP_HEAD);

/** AFAR_NO_CUT - struct afar_super.committing while nobody knows when there will be a cut again */
#define AFAR_NO_CUT		(1ULL << 62)

/** AFAR_GONE_BACK - struct afar_super.peer_generation where the peer's journal was put back */
#define AFAR_GONE_BACK		(~0ULL)

/** AFAR_JOURNAL_MIN - smallest legal journal, in blocks (16 MiB) */
#define AFAR_JOURNAL_MIN	4096
/** AFAR_META_MIN - smallest device of a journal whose ring is in memory, in blocks (1 MiB) */
#define AFAR_META_MIN		256
/** AFAR_SET_MIN - every journal takes sets of this many blocks, worst-case framing included */
#define AFAR_SET_MIN		((AFAR_JOURNAL_MIN - 128) / 4)

#endif /* AFAR_JOURNAL_H */
