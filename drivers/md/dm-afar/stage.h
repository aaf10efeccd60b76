/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: stage
 * The secondary's half: frames that have arrived go to the journal, the tracker says what they
 * complete, acknowledgments go back, the committer takes what is complete.
 *
 * Memory, whatever the peer does: frames up to stage_memory, and what is on its way to the journal
 * or to the peer, some megabytes (BACKLOG_BYTES and a frame for each lane); sets that wait up to a
 * quarter of stage_memory; and for what of the ring is not in memory less than a byte per block of
 * it (JOIN_BLOCKS): 200 MiB for a ring of 1 TiB, at worst. A run that is read back holds payload
 * of AFAR_RUN_BLOCKS at a time.
 */
#ifndef AFAR_STAGE_H
#define AFAR_STAGE_H

#include <linux/mutex.h>
#include <linux/wait.h>
#include "core/tracker.h"
#include "core/volumes.h"
#include "journal.h"

struct afar_group;
struct afar_lane;

/**
 * struct afar_ack_note - ranges to be acknowledged
 * @list:  in struct afar_stage.acks
 * @bytes: what it takes
 * @next:  first range not sent yet
 * @count: ranges
 * @range: the ranges
 */
struct afar_ack_note {
	struct list_head list;
	u32 bytes;
	unsigned int next;
	unsigned int count;
	struct {
		u64 first;
		u64 last;
	} range[];
};

/**
 * struct afar_staged - frames of the ring of which something is not committed
 * @list:    in struct afar_stage.frames, in order of position
 * @record:  how it went to the ring; position, info, and, while in memory, header and pages
 * @blocks:  of the ring, from the position on: one frame while it is in memory, and where
 *           neighbours are not in memory all that lies from the first to the last of them
 * @lowest:  lowest set of a command of it
 * @first:   lowest number of a command of it
 * @last:    highest number
 * @loaded:  header and pages are in memory, as they were checked when they arrived
 * @busy:    in a run of the committer
 * @note:    becomes due when the frame is durable
 */
struct afar_staged {
	struct list_head list;
	struct afar_record record;
	u32 blocks;
	u64 lowest;
	u64 first;
	u64 last;
	bool loaded;
	bool busy;
	struct afar_ack_note *note;
};

/** enum afar_hold_state - does the secondary stop at a cut? See hold.c; 0 is not valid */
enum afar_hold_state {
	AFAR_HOLD_NONE = 1,
	AFAR_HOLD_ON_THE_WAY,	/* up to stage.hold sets are committed, and then no more */
	AFAR_HOLD_REACHED,	/* at stage.hold: the volumes can be read */
	AFAR_HOLD_LEAVING,	/* about to go on: they cannot be read any more */
};

/**
 * struct afar_stage - what the secondary has and has not committed
 * @lock:      Protects: all members. May be held over allocation, not over I/O.
 * @tracker:   arrivals
 * @changes:   changes of the volume table behind the committed cut
 * @awaited:   length of the volume that the next run adds and that is not attached; 0: none
 * @awaited_volume: its number
 * @frames:    struct afar_staged in order of position
 * @memory:    bytes of frames in memory
 * @backlog:   bytes of frames on their way to the journal, and of @acks
 * @acks:      ranges that are DURABLE and not yet said
 * @ack_due:   an acknowledgment is to be sent, though it may have no range
 * @acks_taken: acknowledgments that lanes have taken to send
 * @session:   number of the session whose frames are taken; 0: none
 * @wait:      lane writers wait for acks, readers for @backlog, the committer for runs
 * @committer: the thread
 * @committing: it is in a run
 * @reach:     the origins may hold something of all sets up to this one: no cut before it
 * @marked:    a run that may have come so far does not come to its end from what is known to be
 *             here, for ring or payload is lost: there is no cut before this one; 0: there is one
 * @joined:    with this set joins all that is outside the cut; 0: none has said so
 * @hold:      last set that may be committed; U64_MAX: no limit
 * @whole:     last set that can be: the next one is damaged in the log; U64_MAX: no limit
 * @held:      enum afar_hold_state; changed under group.lock, or by the committer
 * @failed:    an origin has failed; the run stays in the journal and is tried again
 * @unread:    the device would not read the log back; it is tried again
 * @forced:    this node is to be primary by force: what cannot be read counts as damaged
 * @unreadable: how often in a row something damaged was read back from the log
 * @map_generation: highest of the primary's chunk map that a committed set has named
 * @runs:      runs committed
 * @origin_flushes: flushes of origins
 * @frames_in: frames received
 * @commands_in: commands staged
 */
struct afar_stage {
	struct mutex lock;
	struct afar_tracker tracker;
	struct afar_changes changes;
	u64 awaited;
	u16 awaited_volume;
	struct list_head frames;
	u64 memory;
	u64 backlog;
	struct list_head acks;
	bool ack_due;
	u64 acks_taken;
	u64 session;
	wait_queue_head_t wait;
	struct task_struct *committer;
	bool committing;
	u64 reach;
	u64 marked;
	u64 joined;
	u64 hold;
	u64 whole;
	enum afar_hold_state held;
	bool failed;
	bool unread;
	bool forced;
	unsigned int unreadable;
	u64 map_generation;
	u64 runs;
	u64 origin_flushes;
	u64 frames_in;
	u64 commands_in;
};

void afar_stage_init(struct afar_stage *s);
void afar_stage_setup(struct afar_group *g);
void afar_stage_become(struct afar_group *g);
void afar_stage_policy(struct afar_group *g);
const struct afar_cut *afar_stage_replicated(const struct afar_group *g);
void afar_stage_clear(struct afar_group *g, const struct afar_cut *cut);

void afar_stage_new_term(struct afar_group *g);

int afar_stage_replay(struct afar_group *g, const void *block, const struct afar_head_info *info);
int afar_stage_frame(struct afar_group *g, u64 session, struct page *header,
		     const struct afar_head_info *info, struct page **page, const char **why);
void afar_stage_wait_room(struct afar_lane *lane);

unsigned int afar_stage_take_acks(struct afar_group *g, u64 session, void *block,
				  unsigned int max, struct afar_ack_info *ack);
bool afar_stage_ack_due(struct afar_group *g, u64 session);
void afar_stage_say_again(struct afar_group *g, u64 session);

void afar_staged_free(struct afar_stage *s, struct afar_staged *f);

/* committer.c */
int afar_committer_start(struct afar_group *g);
void afar_committer_stop(struct afar_group *g);
int afar_committer_finish(struct afar_group *g, const bool *stop);
bool afar_committer_idle(struct afar_group *g);

/* hold.c */
void afar_hold_load(struct afar_group *g);
bool afar_hold_due(struct afar_group *g);
void afar_hold_reach(struct afar_group *g);
int afar_hold(struct afar_group *g, bool here, u64 counter, u64 *set);
int afar_hold_end(struct afar_group *g, const char *what);
void afar_volumes_wait_closed(struct afar_group *g);
int afar_volumes_attached(struct afar_group *g, const char *what);
bool afar_volumes_open(struct afar_group *g);
int afar_volumes_closed(struct afar_group *g, const char *what);
int afar_volumes_shut(struct afar_group *g, const char *what);
int afar_release(struct afar_group *g);

int afar_stage_no_cut(struct afar_group *g);

/** afar_stage_torn() - are the origins at no cut, and is what would bring them to one not here? */
static inline bool afar_stage_torn(const struct afar_stage *s)
{
	return READ_ONCE(s->marked) > READ_ONCE(s->tracker.committed.set);
}

/** afar_stage_lost() - torn, and what is here does not bring them to a cut either */
static inline bool afar_stage_lost(const struct afar_stage *s)
{
	return READ_ONCE(s->marked) > min(READ_ONCE(s->tracker.replicated.set),
					  READ_ONCE(s->whole));
}

/**
 * afar_stage_damaged() - is something in the log damaged that was to be committed?
 *
 * Nothing more is taken then: what is acknowledged counts as replicated, and is not.
 */
static inline bool afar_stage_damaged(const struct afar_stage *s)
{
	return READ_ONCE(s->whole) != U64_MAX;
}

/** afar_stage_readable() - may the volumes of a secondary be read? */
static inline bool afar_stage_readable(const struct afar_stage *s)
{
	return READ_ONCE(s->held) == AFAR_HOLD_REACHED;
}

#endif /* AFAR_STAGE_H */
