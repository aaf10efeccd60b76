/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of two nodes around the real core: devices forget what was not flushed, lanes overtake
 * each other, nodes crash at any step. What the kernel's shell does with threads is here a list of
 * small steps, of which a random one is taken next.
 *
 *	disk.c		a journal device and origins with volatile caches
 *	oracle.c	what the primary's application saw: the only thing that the core may not touch
 *	node.c		superblock, replay, promotion, crash and restart
 *	primary.c	writes, sets, the stream and its acknowledgements
 *	secondary.c	staging, the journal's writer, the committer
 *	link.c		handshake, lanes, what is still under way when they break
 *	main.c		random walks, with all rules and with one left out
 */
#ifndef MODEL_H
#define MODEL_H

#include <linux/kernel.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../../drivers/md/dm-afar/core/replay.h"
#include "../../../drivers/md/dm-afar/core/rule.h"
#include "../../../drivers/md/dm-afar/core/run.h"
#include "../../../drivers/md/dm-afar/core/sets.h"
#include "../../../drivers/md/dm-afar/core/term.h"
#include "../../../drivers/md/dm-afar/core/tests/receive.h"
#include "../../../drivers/md/dm-afar/core/tests/ring.h"
#include "../../../drivers/md/dm-afar/core/tests/track.h"
#include "../../../drivers/md/dm-afar/core/tests/util.h"

#define VOLUMES		2
#define SECTORS		16
#define LONGEST		4	/* sectors of a command */
#define RING		48
#define LARGEST		10	/* blocks of a set: three and a half fit */
#define LANES		3
#define TERMS		24
#define NUMBERS		2048	/* of a term */
#define IN_FRAME	4	/* commands */
#define FRAME_BYTES	(AFAR_BLOCK + IN_FRAME * AFAR_BLOCK)

struct world;

/* ---- disk.c -------------------------------------------------------------------------------- */

#define DISK_BLOCKS	(2 + RING)

/**
 * struct disk - a block device with a volatile cache
 * @now:   what reads return
 * @media: what a crash leaves
 * @dirty: they differ, perhaps
 */
struct disk {
	u8 now[DISK_BLOCKS][AFAR_BLOCK];
	u8 media[DISK_BLOCKS][AFAR_BLOCK];
	bool dirty[DISK_BLOCKS];
};

/** struct origin - the volumes' devices; a sector holds the number of the write that made it */
struct origin {
	u32 now[VOLUMES][SECTORS];
	u32 media[VOLUMES][SECTORS];
};

void disk_write(struct world *w, struct disk *d, u32 block, const void *data);
void disk_destage(struct world *w, struct disk *d);
void disk_flush(struct disk *d);
void disk_crash(struct world *w, struct disk *d);
void origin_write(struct world *w, struct origin *o, u32 volume, u32 sector, u32 id);
void origin_destage(struct world *w, struct origin *o);
void origin_flush(struct origin *o);
void origin_crash(struct origin *o);

/* ---- oracle.c ------------------------------------------------------------------------------ */

/** struct told - a command as the application knows it */
struct told {
	u8 op;
	u8 volume;
	u8 sector;
	u8 sectors;
	u32 id[LONGEST];
};

/**
 * struct history - a term as the application saw it, and what its follower has promised
 * @term:       the term
 * @base:       the volumes when it began
 * @cmd:        by number
 * @end:        by set: its last number
 * @sets:       sets that are closed
 * @durable:    by number: DURABLE was said
 * @replicated: highest that was said
 * @committed:  highest that was said
 */
struct history {
	struct afar_term term;
	u32 base[VOLUMES][SECTORS];
	struct told cmd[NUMBERS];
	u64 end[NUMBERS];
	u64 sets;
	bool durable[NUMBERS];
	u64 replicated;
	u64 committed;
};

struct history *history_of(struct world *w, const struct afar_term *term);
struct history *history_new(struct world *w, const struct afar_term *term,
			    const u32 base[VOLUMES][SECTORS]);
void history_image(const struct history *h, u64 last, u32 image[VOLUMES][SECTORS]);

/* ---- nodes --------------------------------------------------------------------------------- */

/** enum local - the way of a write on the primary */
enum local {
	GONE,		/* acknowledged: the copy is free */
	WRITING,	/* the origin has not answered */
	READY,		/* it has, and so was the application; may be shipped */
};

/** struct shipped - a command of the stream */
struct shipped {
	struct afar_cmd cmd;
	u32 id[LONGEST];
	enum local local;
	bool sent;
};

/**
 * struct frame - a record of the ring on the secondary
 * @data:   header block and payload, as it is written
 * @info:   its head
 * @blocks: length
 * @highest: highest set of a command of it
 * @loaded: @data is valid
 * @note:   numbers that become DURABLE with it: its commands, and duplicates that came with them
 */
struct frame {
	u8 data[FRAME_BYTES] __aligned(8);
	struct afar_head_info info;
	u32 blocks;
	u64 highest;
	bool loaded;
	u64 note[IN_FRAME];
	u32 notes;
};

#define FRAMES	512
#define POOL	(2 * FRAMES)
#define BACKLOG	16	/* frames that wait for the writer, before the lanes are read again */

/** struct queue - frames in order */
struct queue {
	struct frame *frame[FRAMES];
	u32 count;
};

/** struct record - what the ring of a node ought to hold, for comparison with replay */
struct record {
	u64 position;
	u32 blocks;
	u32 crc;
};

/** enum phase - where the committer is */
enum phase {
	IDLE,
	ORIGINS,	/* pieces are being written */
	RECORD,		/* the commit record is under way */
};

/**
 * struct node - one host
 * @journal:  survives, but for its cache
 * @origin:   survives, but for its cache
 * @rotten:   a bit of the journal was flipped: what was promised may be lost
 * The rest is lost in a crash.
 * @up:       the group is resumed
 * @running:  primary: promoted since
 * @broken:   the journal is refused, or a run cannot be read
 * @super:    superblock as it is, or is about to be, on disk
 * @stable:   of the journal: all below was flushed
 * @sets:     primary: numbering
 * @stream:   primary: by number
 * @replicated: primary: what the peer said last, in this term
 * @credit:   primary: of the peer
 * @t:        secondary: arrivals
 * @frames:   secondary: placed and not committed, by position
 * @waiting:  secondary: for the journal's writer
 * @writing:  secondary: written, not flushed
 * @record:   what was written to the ring, from the head on
 * @phase:    of the committer
 * @cut:      of its run
 * @run:      its commands
 * @piece:    and what is to be written
 */
struct node {
	struct disk journal;
	struct origin origin;
	bool rotten;
	bool up;
	bool running;
	bool broken;
	struct afar_super_info super;
	u64 stable;
	struct afar_sets sets;
	struct shipped stream[NUMBERS];
	u64 replicated;
	u64 credit;
	struct afar_tracker t;
	struct queue frames;
	struct queue waiting;
	struct queue writing;
	struct record record[FRAMES];
	u32 records;
	enum phase phase;
	struct afar_cut cut;
	struct afar_run_cmd run[FRAMES];
	struct afar_piece piece[AFAR_RUN_PIECES(FRAMES)];
	u32 ids[FRAMES][LONGEST];
	u32 pieces;
	u32 next_piece;
};

/** struct message - bytes on their way */
struct message {
	u32 length;
	u8 data[FRAME_BYTES] __aligned(8);
};

#define ON_LANE	8

/** struct lane - one direction of a lane */
struct lane {
	struct message message[ON_LANE];
	u32 first;
	u32 count;
	u64 sent;
	u64 received;
};

/**
 * struct link - the session, and what is left of the one before
 * @session: its number; 0: none
 * @primary: index of the node that ships
 * @out:     commands
 * @back:    acknowledgements
 * @ghost:   lanes of the session before, which still deliver
 * @due:     numbers that are DURABLE and not yet said, in this session
 * @dues:    how many
 * @said:    what the last acknowledgement said
 */
struct link {
	u64 session;
	u64 sessions;
	u32 primary;
	struct lane out[LANES];
	struct lane back[LANES];
	struct lane ghost[2 * LANES];
	u64 due[4 * NUMBERS];
	u32 dues;
	struct afar_ack_info said;
};

/**
 * struct world - all of it
 * @r:       chance
 * @node:    the hosts
 * @link:    between them
 * @history: of all terms there were
 * @fail:    where a violation goes
 * @what:    and what it was
 * @rot:     journals rot in this walk
 * @single:  frames hold one command in this walk
 * @rough:   the secondary crashes often in this walk, with records in flight
 * @pool:    all frames; a walk that is broken off leaves none behind
 * @spare:   those that are free
 */
struct world {
	struct afar_random r;
	struct node node[2];
	struct link link;
	struct history *history[TERMS];
	u32 histories;
	u32 uuids;
	u32 writes;
	u64 clock;
	jmp_buf fail;
	char what[256];
	bool rot;
	bool single;
	bool rough;
	bool verbose;
	struct afar_test_message message;
	u8 block[AFAR_BLOCK] __aligned(8);
	struct frame pool[POOL];
	struct frame *spare[POOL];
	u32 spares;
};

/** struct tally - what the walks have seen, so that nobody takes idleness for virtue */
struct tally {
	u64 walks;
	u64 steps;
	u64 writes;
	u64 commits;
	u64 crashes;
	u64 replays;
	u64 records;
	u64 duplicates;
	u64 laps;
	u64 sessions;
	u64 promotions;
	u64 torn;
	u64 refused_runs;
};

extern struct tally tally;

void violated(struct world *w, const char *format, ...) __printf(2, 3) __noreturn;
void trace(struct world *w, const char *format, ...) __printf(2, 3);

static inline u32 below(struct world *w, u32 n)
{
	return afar_random_below(&w->r, n);
}

static inline bool one_in(struct world *w, u32 n)
{
	return afar_random_one_in(&w->r, n);
}

static inline char name_of(const struct world *w, const struct node *n)
{
	return n == &w->node[0] ? 'A' : 'B';
}

/* node.c */
void super_write(struct world *w, struct node *n);
void node_restart(struct world *w, struct node *n);
void node_crash(struct world *w, struct node *n);
void node_format(struct world *w, struct node *n);
void node_promote(struct world *w, struct node *n, bool equal);
void node_stop(struct world *w, struct node *n);
void node_adopt(struct world *w, struct node *n, const struct afar_term *term,
		const struct afar_hello_info *hello);

/* primary.c */
bool primary_write(struct world *w, struct node *n);
bool primary_done(struct world *w, struct node *n);
bool primary_close(struct world *w, struct node *n);
bool primary_ship(struct world *w, struct node *n);
void primary_ack(struct world *w, struct node *n, const struct message *m);
u32 primary_writing(const struct node *n);
void primary_check(struct world *w, struct node *n);

/* secondary.c */
void queue_add(struct world *w, struct queue *q, struct frame *f);
struct frame *queue_take(struct queue *q, u32 i);
void queue_clear(struct world *w, struct queue *q);
void frames_reset(struct world *w);
struct frame *frame_new(struct world *w);
void secondary_receive(struct world *w, struct node *n, const struct message *m);
bool writer_place(struct world *w, struct node *n);
bool writer_flush(struct world *w, struct node *n);
void writer_drain(struct world *w, struct node *n);
bool committer_step(struct world *w, struct node *n);
bool head_step(struct world *w, struct node *n);
void secondary_forget(struct world *w, struct node *n);
void secondary_check(struct world *w, struct node *n);
bool secondary_unload(struct world *w, struct node *n);
bool secondary_rot(struct world *w, struct node *n);

/* link.c */
void link_drop(struct world *w);
bool link_connect(struct world *w);
struct message *lane_add(struct world *w, struct lane *lane);
bool link_deliver(struct world *w);
bool link_say(struct world *w);
void link_owner(const struct world *w, struct afar_uuid *owner);

#endif /* MODEL_H */
