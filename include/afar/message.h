/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Messages that are only on the wire. Each begins with struct afar_head (frame.h).
 *
 *	dialling side (primary)			listening side (secondary)
 *	CHALLENGE			->
 *					<-	CHALLENGE			or BYE
 *	PROOF				->					or BYE
 *	HELLO, TABLE ...		->
 *					<-	HELLO, TABLE ..., ARRIVALS ...,
 *						DIFFERS ...			or BYE
 *	GO				->					or BYE
 *	COMMANDS, ASK, PING ...		->				at last END, BYE
 *					<-	ACK, HASHES, PING ...	at last BYE
 */
#ifndef AFAR_MESSAGE_H
#define AFAR_MESSAGE_H

#include "frame.h"

/** AFAR_PROTOCOL - newest protocol version that this header describes */
#define AFAR_PROTOCOL		1
/** AFAR_CHAIN - terms that a node remembers */
#define AFAR_CHAIN		32
/** AFAR_LANES - most lanes of a session */
#define AFAR_LANES		16
/** AFAR_TIMEOUT_MIN - shortest timeout of a lane, ms */
#define AFAR_TIMEOUT_MIN	500

/** AFAR_NONCE - bytes of a challenge's random part */
#define AFAR_NONCE		32
/** AFAR_DIGEST - bytes of a proof: HMAC-SHA256 */
#define AFAR_DIGEST		32

/* flags of struct afar_challenge */
#define AFAR_CHALLENGE_KEY	1	/* the sender has a key; both have one, or neither */

/**
 * struct afar_challenge - first message of each side; all of it up to @proof goes into the proofs
 * @version_min: oldest protocol that the sender speaks
 * @version_max: newest
 * @flags:       AFAR_CHALLENGE_*
 * @nonce:       random, drawn for this connection
 * @proof:       listening side: that it has the key; zero from the dialling side, and without key
 * @reserved:    zero
 */
struct afar_challenge {
	__le16 version_min;
	__le16 version_max;
	__le32 flags;
	__u8 nonce[AFAR_NONCE];
	__u8 proof[AFAR_DIGEST];
	__le64 reserved[3];
};
AFAR_ASSERT_SIZE(struct afar_challenge, 96);
AFAR_ASSERT_OFFSET(struct afar_challenge, version_max, 2);
AFAR_ASSERT_OFFSET(struct afar_challenge, flags, 4);
AFAR_ASSERT_OFFSET(struct afar_challenge, nonce, 8);
AFAR_ASSERT_OFFSET(struct afar_challenge, proof, 40);
AFAR_ASSERT_OFFSET(struct afar_challenge, reserved, 72);

/**
 * struct afar_proof - the dialling side's answer
 * @proof: that it has the key; zero without key
 */
struct afar_proof {
	__u8 proof[AFAR_DIGEST];
};
AFAR_ASSERT_SIZE(struct afar_proof, 32);

/**
 * struct afar_link_term - an ended term in a node's history
 * @term:     the term
 * @left_set: last set of it that belongs to this history
 * @left_seq: that set's last number
 * @time:     wall clock when that set closed; where that is not known: when the term was left, ns
 */
struct afar_link_term {
	struct afar_term_le term;
	__le64 left_set;
	__le64 left_seq;
	__le64 time;
};
AFAR_ASSERT_SIZE(struct afar_link_term, 48);
AFAR_ASSERT_OFFSET(struct afar_link_term, left_set, 24);
AFAR_ASSERT_OFFSET(struct afar_link_term, left_seq, 32);
AFAR_ASSERT_OFFSET(struct afar_link_term, time, 40);

/**
 * enum afar_role - what a node is; durable
 * @AFAR_SECONDARY: takes commands, stages and commits them; refuses writes of its own
 * @AFAR_PRIMARY:   serves the application
 */
enum afar_role {
	AFAR_SECONDARY	= 1,
	AFAR_PRIMARY	= 2,
};

/* flags of struct afar_hello */
#define AFAR_HELLO_FRESH	1	/* no term yet: takes any group, and a term that is EQUAL */
#define AFAR_HELLO_EQUAL	2	/* devices were declared equal when the term began */
#define AFAR_HELLO_RESYNC	4	/* the term cannot be followed without a resync */
#define AFAR_HELLO_JOIN		8	/* the lane joins a session that both sides know */
#define AFAR_HELLO_VOLATILE	16	/* ring in memory: DURABLE only means "is here now" */
#define AFAR_HELLO_IN_PLACE	32	/* a resync in place goes on: no cuts until it ends */
#define AFAR_HELLO_NO_CUT	64	/* the image is at no cut */
#define AFAR_HELLO_DISCARDED	128	/* and has what the receiver's history does not know */
#define AFAR_HELLO_SPANS	256	/* nowhere but in the spans that AFAR_DIFFERS names */

/**
 * struct afar_hello - who speaks, and where it stands; the term is in the head
 * @version_min:   oldest protocol that the sender speaks
 * @version_max:   newest
 * @role:          enum afar_role
 * @flags:         AFAR_HELLO_*
 * @features:      bits that the receiver must know, else it refuses
 * @group:         group uuid; zero from a fresh node
 * @node:          node uuid
 * @journal:       journal uuid; equal ones on both ends are refused
 * @lane:          number of this lane in its session, from 0
 * @lanes:         lanes of the session
 * @block_size:    logical block size of the group's volumes, bytes
 * @largest_set:   most journal blocks that the sender takes for one set; for set 1 of a term, which
 *                 may be a resync set, thrice as many less 2
 * @volumes:       items that follow in AFAR_TABLE messages
 * @chain:         used entries of @chain_term
 * @arrivals:      items that follow in AFAR_ARRIVALS messages
 * @credit:        highest set of which commands may be sent
 * @replicated:    highest set that is complete and durable here with all before it; with
 *                 AFAR_HELLO_VOLATILE: that is committed
 * @replicated_seq: its last number
 * @committed:     highest set on the origins
 * @committed_seq: its last number
 * @time:          wall clock, ns
 * @timeout:       milliseconds of silence after which the sender gives a lane up
 * @reserved0:     zero
 * @map_generation: generation of the sender's chunk map
 * @peer_journal:  journal uuid of the sender's peer of the last session; zero: there was none
 * @peer_generation: highest generation of that peer's chunk map that the sender knows
 * @reserved:      zero
 * @chain_term:    ended terms, newest first
 */
struct afar_hello {
	__le16 version_min;
	__le16 version_max;
	__le16 role;
	__le16 flags;
	__le64 features;
	struct afar_uuid group;
	struct afar_uuid node;
	struct afar_uuid journal;
	__le16 lane;
	__le16 lanes;
	__le32 block_size;
	__le32 largest_set;
	__le16 volumes;
	__le16 chain;
	__le64 arrivals;
	__le64 credit;
	__le64 replicated;
	__le64 replicated_seq;
	__le64 committed;
	__le64 committed_seq;
	__le64 time;
	__le32 timeout;
	__le32 reserved0;
	__le64 map_generation;
	struct afar_uuid peer_journal;
	__le64 peer_generation;
	__le64 reserved[3];
	struct afar_link_term chain_term[AFAR_CHAIN];
};
AFAR_ASSERT_SIZE(struct afar_hello, 200 + AFAR_CHAIN * 48);
AFAR_ASSERT_OFFSET(struct afar_hello, version_max, 2);
AFAR_ASSERT_OFFSET(struct afar_hello, role, 4);
AFAR_ASSERT_OFFSET(struct afar_hello, flags, 6);
AFAR_ASSERT_OFFSET(struct afar_hello, features, 8);
AFAR_ASSERT_OFFSET(struct afar_hello, group, 16);
AFAR_ASSERT_OFFSET(struct afar_hello, node, 32);
AFAR_ASSERT_OFFSET(struct afar_hello, journal, 48);
AFAR_ASSERT_OFFSET(struct afar_hello, lane, 64);
AFAR_ASSERT_OFFSET(struct afar_hello, lanes, 66);
AFAR_ASSERT_OFFSET(struct afar_hello, block_size, 68);
AFAR_ASSERT_OFFSET(struct afar_hello, largest_set, 72);
AFAR_ASSERT_OFFSET(struct afar_hello, volumes, 76);
AFAR_ASSERT_OFFSET(struct afar_hello, chain, 78);
AFAR_ASSERT_OFFSET(struct afar_hello, arrivals, 80);
AFAR_ASSERT_OFFSET(struct afar_hello, credit, 88);
AFAR_ASSERT_OFFSET(struct afar_hello, replicated, 96);
AFAR_ASSERT_OFFSET(struct afar_hello, replicated_seq, 104);
AFAR_ASSERT_OFFSET(struct afar_hello, committed, 112);
AFAR_ASSERT_OFFSET(struct afar_hello, committed_seq, 120);
AFAR_ASSERT_OFFSET(struct afar_hello, time, 128);
AFAR_ASSERT_OFFSET(struct afar_hello, timeout, 136);
AFAR_ASSERT_OFFSET(struct afar_hello, reserved0, 140);
AFAR_ASSERT_OFFSET(struct afar_hello, map_generation, 144);
AFAR_ASSERT_OFFSET(struct afar_hello, peer_journal, 152);
AFAR_ASSERT_OFFSET(struct afar_hello, peer_generation, 168);
AFAR_ASSERT_OFFSET(struct afar_hello, reserved, 176);
AFAR_ASSERT_OFFSET(struct afar_hello, chain_term, 200);

/** AFAR_CHANGES - most changes of the volume table between the two cuts that HELLOs name */
#define AFAR_CHANGES		256

/**
 * struct afar_volume - item of AFAR_TABLE: first the volumes, then, from a primary, the changes
 * @id:       the volume's uuid; zero from a fresh node that has not been told yet
 * @sectors:  length
 * @number:   volume number
 * @op:       0: is in the table; AFAR_OP_ADD, AFAR_OP_REMOVE: a change of it
 * @reserved: zero
 * @seq:      number of the change, ascending; zero without one
 * @outside:  so many sectors at its end are outside the cut; zero in a change
 */
struct afar_volume {
	struct afar_uuid id;
	__le64 sectors;
	__le16 number;
	__u8 op;
	__u8 reserved[5];
	__le64 seq;
	__le64 outside;
};
AFAR_ASSERT_SIZE(struct afar_volume, 48);
AFAR_ASSERT_OFFSET(struct afar_volume, sectors, 16);
AFAR_ASSERT_OFFSET(struct afar_volume, number, 24);
AFAR_ASSERT_OFFSET(struct afar_volume, op, 26);
AFAR_ASSERT_OFFSET(struct afar_volume, reserved, 27);
AFAR_ASSERT_OFFSET(struct afar_volume, seq, 32);
AFAR_ASSERT_OFFSET(struct afar_volume, outside, 40);

/**
 * struct afar_range - sequence numbers, both ends included
 * @first: first number
 * @last:  last number, not below @first
 */
struct afar_range {
	__le64 first;
	__le64 last;
};
AFAR_ASSERT_SIZE(struct afar_range, 16);
AFAR_ASSERT_OFFSET(struct afar_range, last, 8);

/**
 * struct afar_span - a part of a volume that may differ
 * @sector:   first 512-byte sector, a multiple of AFAR_SPAN_SECTORS
 * @sectors:  length, a multiple, too; it may end behind the volume
 * @volume:   volume number
 * @reserved: zero
 */
struct afar_span {
	__le64 sector;
	__le64 sectors;
	__le16 volume;
	__u8 reserved[6];
};
AFAR_ASSERT_SIZE(struct afar_span, 24);
AFAR_ASSERT_OFFSET(struct afar_span, sectors, 8);
AFAR_ASSERT_OFFSET(struct afar_span, volume, 16);
AFAR_ASSERT_OFFSET(struct afar_span, reserved, 18);

/** AFAR_SPAN_SECTORS - sectors of the smallest chunk */
#define AFAR_SPAN_SECTORS	128
/** AFAR_SPANS - items of an AFAR_DIFFERS that is not the last */
#define AFAR_SPANS	((AFAR_BLOCK - sizeof(struct afar_head)) / sizeof(struct afar_span))

/**
 * struct afar_ack - what the secondary has; the ranges behind it are DURABLE since the last one
 * @replicated:     as in struct afar_hello
 * @replicated_seq: as in struct afar_hello
 * @committed:      as in struct afar_hello
 * @committed_seq:  as in struct afar_hello
 * @credit:         as in struct afar_hello
 * @reserved:       zero
 */
struct afar_ack {
	__le64 replicated;
	__le64 replicated_seq;
	__le64 committed;
	__le64 committed_seq;
	__le64 credit;
	__le64 reserved[3];
};
AFAR_ASSERT_SIZE(struct afar_ack, 64);
AFAR_ASSERT_OFFSET(struct afar_ack, replicated_seq, 8);
AFAR_ASSERT_OFFSET(struct afar_ack, committed, 16);
AFAR_ASSERT_OFFSET(struct afar_ack, committed_seq, 24);
AFAR_ASSERT_OFFSET(struct afar_ack, credit, 32);
AFAR_ASSERT_OFFSET(struct afar_ack, reserved, 40);

/** AFAR_ACK_RANGES - most ranges of one AFAR_ACK */
#define AFAR_ACK_RANGES	((AFAR_BLOCK - sizeof(struct afar_head) - sizeof(struct afar_ack)) / \
			 sizeof(struct afar_range))

/** AFAR_HASH - bytes of a hash */
#define AFAR_HASH		32

/**
 * struct afar_ask - a part of a volume of which the primary wants the hash
 * @sector:   first 512-byte sector
 * @bytes:    length; a multiple of 512; at most AFAR_COMMAND_BYTES
 * @volume:   volume number
 * @tag:      comes back with the hash: an answer to an older question says nothing
 */
struct afar_ask {
	__le64 sector;
	__le32 bytes;
	__le16 volume;
	__le16 tag;
};
AFAR_ASSERT_SIZE(struct afar_ask, 16);
AFAR_ASSERT_OFFSET(struct afar_ask, bytes, 8);
AFAR_ASSERT_OFFSET(struct afar_ask, volume, 12);
AFAR_ASSERT_OFFSET(struct afar_ask, tag, 14);

/**
 * struct afar_hash - what the secondary's origin holds there
 * @sector: as asked
 * @bytes:  as asked
 * @volume: as asked
 * @tag:    as asked
 * @hash:   SHA-256 of the SHA-256s of its blocks of AFAR_BLOCK bytes, of which the last may be
 *          shorter; zero: it could not be read
 */
struct afar_hash {
	__le64 sector;
	__le32 bytes;
	__le16 volume;
	__le16 tag;
	__u8 hash[AFAR_HASH];
};
AFAR_ASSERT_SIZE(struct afar_hash, 48);
AFAR_ASSERT_OFFSET(struct afar_hash, bytes, 8);
AFAR_ASSERT_OFFSET(struct afar_hash, volume, 12);
AFAR_ASSERT_OFFSET(struct afar_hash, tag, 14);
AFAR_ASSERT_OFFSET(struct afar_hash, hash, 16);

/** AFAR_ASKS - most items of one AFAR_ASK, and most that a primary waits for */
#define AFAR_ASKS	((AFAR_BLOCK - sizeof(struct afar_head)) / sizeof(struct afar_ask))
/** AFAR_HASHES_MAX - most items of one AFAR_HASHES */
#define AFAR_HASHES_MAX	((AFAR_BLOCK - sizeof(struct afar_head)) / sizeof(struct afar_hash))

/**
 * struct afar_end - the sender, which was primary, is secondary now, at this cut of the head's term
 * @set:      last set of the term
 * @seq:      its last number
 * @reserved: zero
 */
struct afar_end {
	__le64 set;
	__le64 seq;
	__le64 reserved[2];
};
AFAR_ASSERT_SIZE(struct afar_end, 32);
AFAR_ASSERT_OFFSET(struct afar_end, seq, 8);
AFAR_ASSERT_OFFSET(struct afar_end, reserved, 16);

/*
 * Why a node closes a lane: number, name as status and messages print it, words.
 * Numbers go over the wire and are never reused.
 */
#define AFAR_REASONS(X) \
	X(1,  STOPPED,	"stopped",	"the group is being suspended or removed") \
	X(2,  VERSION,	"version",	"no protocol version or feature set in common") \
	X(3,  GROUP,	"group",	"the peer belongs to another group") \
	X(4,  JOURNAL,	"journal",	"the peer has the same journal uuid: a cloned device") \
	X(5,  ROLE,	"role",		"neither or both of the nodes are secondary") \
	X(6,  VOLUMES,	"volumes",	"volume numbers, ids or sizes differ") \
	X(7,  BLOCKSIZE, "block-size",	"the block sizes of the groups differ") \
	X(8,  RESYNC,	"resync-needed", "the stream cannot be followed from the peer's cut") \
	X(9,  SPLIT,	"split-brain",	"both nodes have a history that the other does not know") \
	X(10, BUSY,	"busy",		"a newer session or lane has replaced this one") \
	X(11, GARBAGE,	"garbage",	"a message failed its checks") \
	X(12, CREDIT,	"credit",	"a command was sent for which there is no room") \
	X(13, TIMEOUT,	"timeout",	"nothing was heard for too long") \
	X(14, FAILED,	"failed",	"the journal or an origin has failed") \
	X(15, KEY,	"key",		"the nodes have different keys, or only one has a key") \
	X(16, HELD,	"held",		"a held secondary has sets to commit: 'release' there")

enum afar_reason {
#define AFAR_REASON_ENUM(value, id, name, words) AFAR_BYE_##id = value,
	AFAR_REASONS(AFAR_REASON_ENUM)
#undef AFAR_REASON_ENUM
};

/**
 * struct afar_bye - last message on a lane
 * @reason:   enum afar_reason
 * @reserved: zero
 */
struct afar_bye {
	__le32 reason;
	__le32 reserved[3];
};
AFAR_ASSERT_SIZE(struct afar_bye, 16);
AFAR_ASSERT_OFFSET(struct afar_bye, reserved, 4);

#endif /* AFAR_MESSAGE_H */
