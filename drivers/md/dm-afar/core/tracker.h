/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: tracker
 * Which numbers of which data sets the secondary has, which sets are complete, and what may still
 * come: identifier bitmaps, complete flags, and room in the ring (R8).
 *
 * Nothing here is stored: replay of the ring rebuilds it. A number is first *claimed* (its frame is
 * on its way to the journal; another arrival of it is a duplicate) and then *durable*. A set is
 * complete when its sync command has come, its first number is known to follow the last number of
 * the set before it, and every number between is durable; completeness needs no flag of its own on
 * disk, it follows from what is durable.
 *
 * Room: a command of set k is admitted only if all sets up to k, each at its full (sync command
 * there) or the largest size, worst-case framing and commit record included, fit in the ring from
 * its head. So no order of arrival can use up the room that an earlier set still needs. Credit is
 * never taken back, so none is given before replay is over and the ring's tail known: that is,
 * before the first afar_tracker_update().
 *
 * Cost: sets wait in @sets from their first arrival until they are committed, which may be long
 * (hold, an origin that fails) and many. What is called per command or per batch looks only at the
 * sets beyond the replicated cut, of which credit lets in AFAR_AHEAD. What has all arrived needs no
 * bitmap; so a set that waits to be committed takes sizeof(struct afar_set), and @most bounds how
 * many of them there can be, whatever the peer does.
 *
 * The caller serializes; process context (allocates with GFP_NOIO).
 */
#ifndef AFAR_TRACKER_H
#define AFAR_TRACKER_H

#include <linux/list.h>
#include "codec.h"
#include "super.h"

/** AFAR_AHEAD - sets beyond the first incomplete one for which credit is given at most */
#define AFAR_AHEAD	64

/** AFAR_LEAF_BITS - bits of a leaf of an identifier bitmap */
#define AFAR_LEAF_BITS	2048

/** struct afar_bits - identifier bitmap that grows, in leaves */
struct afar_bits {
	unsigned long **leaf;
	u32 leaves;
};

/**
 * struct afar_set - a set of which something has arrived and that is not committed
 * @list:     in struct afar_tracker.sets, ascending
 * @placed:   in struct afar_tracker.placed, from the first command that is placed on
 * @id:       number of the set
 * @first:    number of its first command
 * @last:     number of its sync command; 0: not here yet
 * @top:      highest number claimed
 * @position: lowest ring position of a frame with a command of it; U64_MAX: none placed yet
 * @end:      highest such position
 * @time:     wall clock of its close
 * @claimed:  how many numbers are claimed
 * @durable:  how many of these are durable
 * @charge:   worst-case blocks of all claimed commands
 * @full:     worst-case blocks of the whole set; 0 while @last is not known
 * @bits:     which numbers are claimed, from @first on; none any more once all are durable
 */
struct afar_set {
	struct list_head list;
	struct list_head placed;
	u64 id;
	u64 first;
	u64 last;
	u64 top;
	u64 position;
	u64 end;
	u64 time;
	u32 claimed;
	u32 durable;
	u32 charge;
	u32 full;
	struct afar_bits bits;
};

/**
 * struct afar_tracker - state of the secondary's arrivals in one term
 * @sets:        sets not committed of which something is here, ascending
 * @placed:      those of which something has a place in the ring, by their lowest position
 * @reached:     last set of @sets that is replicated; NULL: none of them is
 * @committed:   last set on the origins
 * @replicated:  last set complete with all before it; not below @committed
 * @ring_blocks: length of the ring
 * @largest:     most blocks of a set
 * @largest_first: most blocks of set 1, see afar_largest_first()
 * @most:        credit is given for so many sets beyond @committed, at most
 * @head:        ring position of the oldest block that may not be reused yet, durably
 * @tail:        ring position behind the last block that is taken
 * @pending:     blocks claimed and not yet given a ring position
 * @credit:      highest set of which commands are admitted; never goes back in a term
 * @duplicates:  arrivals that were here already
 * @ready:       @tail is known: credit may be given
 */
struct afar_tracker {
	struct list_head sets;
	struct list_head placed;
	struct afar_set *reached;
	struct afar_cut committed;
	struct afar_cut replicated;
	u32 ring_blocks;
	u32 largest;
	u32 largest_first;
	u64 most;
	u64 head;
	u64 tail;
	u64 pending;
	u64 credit;
	u64 duplicates;
	bool ready;
};

/** enum afar_admit - verdict on an arriving command */
enum afar_admit {
	AFAR_ADMIT_NEW,		/* claimed: stage it */
	AFAR_ADMIT_DUPLICATE,	/* is here, or was: acknowledge it, do not stage it */
	AFAR_ADMIT_NO_ROOM,	/* its set is beyond the credit */
	AFAR_ADMIT_BAD,		/* contradicts what is known: the peer is wrong */
	AFAR_ADMIT_NOMEM,	/* try again */
};

/**
 * struct afar_extent - what is to be found in the ring of the sets up to a cut
 * @commands: how many commands they have, sync commands included
 * @blocks:   worst-case blocks of all of them
 * @position: of the last frame with a command of them
 */
struct afar_extent {
	u64 commands;
	u64 blocks;
	u64 position;
};

void afar_tracker_init(struct afar_tracker *t, u32 ring_blocks, u32 largest);
void afar_tracker_fit(struct afar_tracker *t, const struct afar_super_info *super);
void afar_tracker_reset(struct afar_tracker *t, const struct afar_cut *cut);
enum afar_admit afar_tracker_admit(struct afar_tracker *t, const struct afar_cmd *cmd,
				   const char **why);
enum afar_admit afar_tracker_replay(struct afar_tracker *t, const struct afar_cmd *cmd,
				    u64 position, const char **why);
void afar_tracker_placed(struct afar_tracker *t, const struct afar_cmd *cmd, u64 position);
void afar_tracker_durable(struct afar_tracker *t, const struct afar_cmd *cmd);
void afar_tracker_update(struct afar_tracker *t);
u64 afar_tracker_run(const struct afar_tracker *t, u64 max_blocks, struct afar_cut *end);
void afar_tracker_extent(const struct afar_tracker *t, const struct afar_cut *end,
			 struct afar_extent *extent);
void afar_tracker_commit(struct afar_tracker *t, const struct afar_cut *cut);
u64 afar_tracker_head(const struct afar_tracker *t);
bool afar_tracker_next_range(const struct afar_tracker *t, u64 from, u64 *first, u64 *last);
const struct afar_set *afar_tracker_find(const struct afar_tracker *t, u64 id);
bool afar_tracker_has(const struct afar_set *set, u64 seq);

/** afar_set_complete() - have all numbers of a set arrived, durably? */
static inline bool afar_set_complete(const struct afar_set *set)
{
	return set->last && set->durable == set->last - set->first + 1;
}

#endif /* AFAR_TRACKER_H */
