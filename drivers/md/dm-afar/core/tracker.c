// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "rule.h"
#include "tracker.h"

#define LEAF_BITS	AFAR_LEAF_BITS
#define LEAF_BYTES	(LEAF_BITS / 8)

static bool bits_test(const struct afar_bits *bits, u64 n)
{
	u64 leaf = n / LEAF_BITS;

	return leaf < bits->leaves && bits->leaf[leaf] &&
	       test_bit(n % LEAF_BITS, bits->leaf[leaf]);
}

static int bits_grow(struct afar_bits *bits, u32 leaves)
{
	unsigned long **leaf;
	u32 n = max(bits->leaves * 2, 4U);

	while (n < leaves)
		n *= 2;
	leaf = kvcalloc(n, sizeof(*leaf), GFP_NOIO);
	if (!leaf)
		return -ENOMEM;
	if (bits->leaves)
		memcpy(leaf, bits->leaf, bits->leaves * sizeof(*leaf));
	kvfree(bits->leaf);
	bits->leaf = leaf;
	bits->leaves = n;
	return 0;
}

static int bits_set(struct afar_bits *bits, u64 n)
{
	u32 leaf = n / LEAF_BITS;

	if (leaf >= bits->leaves && bits_grow(bits, leaf + 1))
		return -ENOMEM;
	if (!bits->leaf[leaf]) {
		bits->leaf[leaf] = kzalloc(LEAF_BYTES, GFP_NOIO);
		if (!bits->leaf[leaf])
			return -ENOMEM;
	}
	__set_bit(n % LEAF_BITS, bits->leaf[leaf]);
	return 0;
}

static void bits_free(struct afar_bits *bits)
{
	u32 i;

	for (i = 0; i < bits->leaves; i++)
		kfree(bits->leaf[i]);
	kvfree(bits->leaf);
	bits->leaf = NULL;
	bits->leaves = 0;
}

static void set_free(struct afar_set *set)
{
	list_del(&set->list);
	list_del(&set->placed);
	bits_free(&set->bits);
	kfree(set);
}

/**
 * afar_tracker_init() - make an empty tracker; it gives no credit before afar_tracker_update()
 * @t:           to be filled
 * @ring_blocks: length of the ring
 * @largest:     most blocks of one set, at least AFAR_SET_MIN
 */
void afar_tracker_init(struct afar_tracker *t, u32 ring_blocks, u32 largest)
{
	memset(t, 0, sizeof(*t));
	INIT_LIST_HEAD(&t->sets);
	INIT_LIST_HEAD(&t->placed);
	t->ring_blocks = ring_blocks;
	t->largest = largest;
	t->largest_first = largest;
	t->most = U32_MAX;
}

/**
 * afar_tracker_fit() - make an empty tracker for a journal
 * @t:     to be filled
 * @super: the journal's
 */
void afar_tracker_fit(struct afar_tracker *t, const struct afar_super_info *super)
{
	u32 largest = afar_super_largest_set(super);

	afar_tracker_init(t, super->ring_blocks, largest);
	t->largest_first = afar_largest_first(largest);
}

/**
 * afar_tracker_find() - a set of which something is here
 * @t:  the tracker
 * @id: number of the set; found soon if it is not replicated
 */
const struct afar_set *afar_tracker_find(const struct afar_tracker *t, u64 id)
{
	const struct afar_set *set;

	list_for_each_entry_reverse(set, &t->sets, list)
		if (set->id <= id)
			return set->id == id ? set : NULL;
	return NULL;
}

/** afar_tracker_has() - the identifier bitmap: has @seq of @set been claimed? */
bool afar_tracker_has(const struct afar_set *set, u64 seq)
{
	if (seq < set->first || seq > set->top)
		return false;
	return afar_set_complete(set) || bits_test(&set->bits, seq - set->first);
}

/* Does a set that begins at @first fit between its neighbours? @before: the list node before it. */
static const char *check_place(const struct afar_tracker *t, const struct list_head *before,
			       const struct afar_cmd *cmd)
{
	const struct afar_set *set;

	if (before == &t->sets) {
		if (cmd->set == t->committed.set + 1 && cmd->first != t->committed.seq + 1)
			return "set does not begin after the last committed number";
		if (cmd->first <= t->committed.seq)
			return "set begins at a committed number";
	} else {
		set = list_entry(before, struct afar_set, list);
		if (set->last && set->id + 1 == cmd->set && cmd->first != set->last + 1)
			return "set does not begin where the one before it ends";
		if (cmd->first <= max(set->last, set->top))
			return "set begins within an earlier one";
	}
	if (before->next != &t->sets) {
		set = list_entry(before->next, struct afar_set, list);
		if (cmd->seq >= set->first)
			return "sequence number within a later set";
	}
	return NULL;
}

static u32 largest_of(const struct afar_tracker *t, u64 id)
{
	return id == 1 ? t->largest_first : t->largest;
}

static const char *check_sync(const struct afar_tracker *t, const struct afar_set *set,
			      const struct afar_cmd *cmd)
{
	if (set->last && set->last != cmd->seq)
		return "two sync commands for a set";
	if (set->top > cmd->seq)
		return "sync command below a number of its set";
	if (cmd->blocks > largest_of(t, set->id))
		return "set larger than allowed";
	if ((u64)set->charge + 1 > cmd->blocks)
		return "set smaller than its commands";
	if (set->list.next != &t->sets) {
		const struct afar_set *next = list_next_entry(set, list);

		if (next->id == set->id + 1 ? next->first != cmd->seq + 1 :
					      next->first <= cmd->seq)
			return "set does not end where the next one begins";
	}
	return NULL;
}

/* A number that is here already comes again: a set ends once, and in one way. */
static const char *check_repeat(const struct afar_set *set, const struct afar_cmd *cmd)
{
	bool ends = set->last == cmd->seq;

	if (ends != (cmd->op == AFAR_OP_SYNC) ||
	    (ends && (cmd->blocks != set->full || cmd->time != set->time)))
		return "repeat contradicts the first arrival";
	return NULL;
}

/* Checks of a command against its own set that hold for new commands, not for repeats. */
static const char *check_member(const struct afar_tracker *t, const struct afar_set *set,
				const struct afar_cmd *cmd)
{
	u64 full = set->full ? set->full : largest_of(t, set->id);

	if (set->last && cmd->seq > set->last)
		return "sequence number beyond its set";
	if (set->list.next != &t->sets && cmd->seq >= list_next_entry(set, list)->first)
		return "sequence number within a later set";
	/* until the sync command is here, a block is kept for it */
	if (cmd->op != AFAR_OP_SYNC &&
	    (u64)set->charge + afar_cmd_blocks(cmd) + !set->last > full)
		return "set larger than allowed";
	return NULL;
}

static struct afar_set *set_new(struct list_head *before, const struct afar_cmd *cmd)
{
	struct afar_set *set = kzalloc(sizeof(*set), GFP_NOIO);

	if (!set)
		return NULL;
	set->id = cmd->set;
	set->first = cmd->first;
	set->position = U64_MAX;
	list_add(&set->list, before);
	INIT_LIST_HEAD(&set->placed);
	return set;
}

/* Find or make the set of @cmd; NULL: see @verdict and @why. */
static struct afar_set *set_of(struct afar_tracker *t, const struct afar_cmd *cmd,
			       enum afar_admit *verdict, const char **why)
{
	struct afar_set *set;
	struct list_head *before = &t->sets;

	*verdict = AFAR_ADMIT_BAD;
	list_for_each_entry_reverse(set, &t->sets, list) {
		if (set->id == cmd->set) {
			if (set->first == cmd->first)
				return set;
			*why = "set begins at two numbers";
			return NULL;
		}
		if (set->id < cmd->set) {
			before = &set->list;
			break;
		}
	}
	*why = check_place(t, before, cmd);
	if (*why)
		return NULL;
	set = set_new(before, cmd);
	if (!set)
		*verdict = AFAR_ADMIT_NOMEM;
	return set;
}

static void set_claim(struct afar_set *set, const struct afar_cmd *cmd)
{
	set->claimed++;
	set->charge += afar_cmd_blocks(cmd);
	set->top = max(set->top, cmd->seq);
	if (cmd->op == AFAR_OP_SYNC) {
		set->last = cmd->seq;
		set->full = cmd->blocks;
		set->time = cmd->time;
	}
}

static enum afar_admit claim(struct afar_tracker *t, const struct afar_cmd *cmd,
			     struct afar_set **result, const char **why)
{
	enum afar_admit verdict;
	struct afar_set *set = set_of(t, cmd, &verdict, why);

	if (!set)
		return verdict;
	*result = set;
	if (cmd->seq - cmd->first >= largest_of(t, set->id)) {
		*why = "set larger than allowed";
		goto bad;
	}
	if (afar_tracker_has(set, cmd->seq)) {
		*why = check_repeat(set, cmd);
		if (*why)
			return AFAR_ADMIT_BAD;
		t->duplicates++;
		return AFAR_ADMIT_DUPLICATE;
	}
	*why = check_member(t, set, cmd);
	if (!*why && cmd->op == AFAR_OP_SYNC)
		*why = check_sync(t, set, cmd);
	if (*why)
		goto bad;
	if (bits_set(&set->bits, cmd->seq - set->first)) {
		verdict = AFAR_ADMIT_NOMEM;
		goto undo;
	}
	set_claim(set, cmd);
	return AFAR_ADMIT_NEW;

bad:
	verdict = AFAR_ADMIT_BAD;
undo:
	if (!set->claimed)
		set_free(set);
	return verdict;
}

/**
 * afar_tracker_admit() - a command has arrived
 * @t:   the tracker
 * @cmd: passed afar_cmd_check(); of the current term
 * @why: set for AFAR_ADMIT_BAD
 *
 * After AFAR_ADMIT_NEW the caller adds the blocks that it will take to @t->pending, gives it a
 * place (afar_tracker_placed(), and @t->pending back), writes and flushes it
 * (afar_tracker_durable()).
 */
enum afar_admit afar_tracker_admit(struct afar_tracker *t, const struct afar_cmd *cmd,
				   const char **why)
{
	struct afar_set *set;

	/* what is replicated is here, whole; it may wait long, and in company, for its commit */
	if (cmd->set <= t->replicated.set) {
		if (cmd->seq > t->replicated.seq) {
			*why = "new number in a complete set";
			return AFAR_ADMIT_BAD;
		}
		t->duplicates++;
		return AFAR_ADMIT_DUPLICATE;
	}
	if (cmd->seq <= t->replicated.seq) {
		*why = "number of a complete set in a later one";
		return AFAR_ADMIT_BAD;
	}
	if (cmd->set > t->credit && afar_rule(AFAR_RULE_ROOM))
		return AFAR_ADMIT_NO_ROOM;
	return claim(t, cmd, &set, why);
}

/**
 * afar_tracker_replay() - a command was found in the ring
 * @t:        the tracker
 * @cmd:      passed afar_cmd_check(); of the current term
 * @position: ring position of its frame
 * @why:      set for AFAR_ADMIT_BAD
 *
 * Return: AFAR_ADMIT_NEW, AFAR_ADMIT_DUPLICATE (committed, or recorded twice), AFAR_ADMIT_BAD,
 * AFAR_ADMIT_NOMEM. Room is not asked for: what is in the ring did fit.
 */
enum afar_admit afar_tracker_replay(struct afar_tracker *t, const struct afar_cmd *cmd,
				    u64 position, const char **why)
{
	enum afar_admit verdict;
	struct afar_set *set;

	if (cmd->set <= t->committed.set)
		return AFAR_ADMIT_DUPLICATE;
	verdict = claim(t, cmd, &set, why);
	if (verdict == AFAR_ADMIT_NEW) {
		afar_tracker_placed(t, cmd, position);
		afar_tracker_durable(t, cmd);
	}
	return verdict;
}

static struct afar_set *set_find(struct afar_tracker *t, u64 id)
{
	return (struct afar_set *)afar_tracker_find(t, id);
}

/**
 * afar_tracker_placed() - a claimed command has been given its place in the ring
 * @t:        the tracker
 * @cmd:      the command
 * @position: ring position of its frame, which is kept until the set is committed
 */
void afar_tracker_placed(struct afar_tracker *t, const struct afar_cmd *cmd, u64 position)
{
	struct afar_set *set = set_find(t, cmd->set), *before;

	if (!set)
		return;
	set->end = max(set->end, position);
	if (set->position <= position)
		return;
	set->position = position;
	list_del(&set->placed);
	/* positions only grow, so this ends at once */
	list_for_each_entry_reverse(before, &t->placed, placed)
		if (before->position <= position)
			break;
	list_add(&set->placed, &before->placed);
}

/**
 * afar_tracker_durable() - a claimed command is on stable media
 * @t:   the tracker
 * @cmd: the command
 *
 * The caller says afar_tracker_update() after the last one of a batch.
 */
void afar_tracker_durable(struct afar_tracker *t, const struct afar_cmd *cmd)
{
	struct afar_set *set = set_find(t, cmd->set);

	if (!set)
		return;
	set->durable++;
	if (afar_set_complete(set))
		bits_free(&set->bits);
}

static void update_replicated(struct afar_tracker *t)
{
	struct afar_set *set = list_prepare_entry(t->reached, &t->sets, list);

	list_for_each_entry_continue(set, &t->sets, list) {
		if (set->id != t->replicated.set + 1 || set->first != t->replicated.seq + 1 ||
		    !afar_set_complete(set))
			return;
		t->replicated.set = set->id;
		t->replicated.seq = set->last;
		t->replicated.time = set->time;
		t->reached = set;
	}
}

/*
 * What set @id may still take of the ring: its commit record counts as one block. @set: NULL when
 * nothing of it is known.
 */
static u64 set_owes(const struct afar_tracker *t, const struct afar_set *set, u64 id)
{
	u64 limit = largest_of(t, id);

	if (!set)
		return limit + 1;
	if (set->last && set->claimed == set->last - set->first + 1)
		return 1;
	return (set->full ? set->full : limit) - set->charge + 1;
}

static void update_credit(struct afar_tracker *t)
{
	u64 used = t->tail - t->head + t->pending;
	u64 room = t->ring_blocks > used ? t->ring_blocks - used : 0;
	/* a complete set owes its commit record, and so do all up to the replicated one */
	u64 owed = min(room, t->replicated.set - t->committed.set);
	u64 id = t->committed.set + owed;
	u64 limit = min(t->replicated.set + AFAR_AHEAD, t->committed.set + t->most);
	const struct afar_set *set = list_prepare_entry(t->reached, &t->sets, list);

	set = list_next_entry(set, list);
	while (id >= t->replicated.set && id < limit) {
		bool here = !list_entry_is_head(set, &t->sets, list) && set->id == id + 1;

		owed += set_owes(t, here ? set : NULL, id + 1);
		if (owed > room)
			break;
		if (here)
			set = list_next_entry(set, list);
		id++;
	}
	t->credit = max(t->credit, id);
}

static void update(struct afar_tracker *t)
{
	update_replicated(t);
	if (t->ready)
		update_credit(t);
}

/**
 * afar_tracker_update() - reckon replicated cut and credit anew, after any change
 * @t: the tracker; @t->tail is right: replay, if there was any, is over
 */
void afar_tracker_update(struct afar_tracker *t)
{
	t->ready = true;
	update(t);
}

/**
 * afar_tracker_reset() - forget all arrivals; a term begins at @cut, or the tracker's life ends
 * @t:   the tracker; ring positions stay
 * @cut: last set that counts as committed; its number and seq are 0 where a term is new
 */
void afar_tracker_reset(struct afar_tracker *t, const struct afar_cut *cut)
{
	struct afar_set *set, *next;

	list_for_each_entry_safe(set, next, &t->sets, list)
		set_free(set);
	t->reached = NULL;
	t->committed = *cut;
	t->replicated = *cut;
	t->pending = 0;
	t->credit = 0;
	update(t);
}

/**
 * afar_tracker_run() - which sets may be committed together
 * @t:          the tracker
 * @max_blocks: not more than this, but one set at least
 * @end:        result: the last set of the run
 *
 * Return: number of sets in the run, 0 for none.
 */
u64 afar_tracker_run(const struct afar_tracker *t, u64 max_blocks, struct afar_cut *end)
{
	const struct afar_set *set;
	u64 sets = 0, blocks = 0;

	list_for_each_entry(set, &t->sets, list) {
		if (set->id > t->replicated.set)
			break;
		blocks += set->full;
		if (sets && blocks > max_blocks)
			break;
		end->set = set->id;
		end->seq = set->last;
		end->time = set->time;
		sets++;
	}
	return sets;
}

/**
 * afar_tracker_extent() - what there is of the sets that a run ends with
 * @t:      the tracker
 * @end:    as afar_tracker_run() gave it
 * @extent: result
 */
void afar_tracker_extent(const struct afar_tracker *t, const struct afar_cut *end,
			 struct afar_extent *extent)
{
	const struct afar_set *set;

	memset(extent, 0, sizeof(*extent));
	list_for_each_entry(set, &t->sets, list) {
		if (set->id > end->set)
			break;
		extent->commands += set->last - set->first + 1;
		extent->blocks += set->full;
		extent->position = max(extent->position, set->end);
	}
}

/**
 * afar_tracker_commit() - all sets up to @cut are on the origins and its commit record is durable
 * @t:   the tracker
 * @cut: as afar_tracker_run() gave it, or from a commit record; one that is not beyond the
 *       committed cut changes nothing: the ring keeps records from before the superblock's cut
 */
void afar_tracker_commit(struct afar_tracker *t, const struct afar_cut *cut)
{
	struct afar_set *set, *next;

	if (cut->set <= t->committed.set)
		return;
	list_for_each_entry_safe(set, next, &t->sets, list) {
		if (set->id > cut->set)
			break;
		if (set == t->reached)
			t->reached = NULL;
		set_free(set);
	}
	t->committed = *cut;
	if (t->replicated.set < cut->set)
		t->replicated = *cut;
	update(t);
}

/** afar_tracker_head() - oldest ring position that any set still needs */
u64 afar_tracker_head(const struct afar_tracker *t)
{
	if (list_empty(&t->placed))
		return t->tail;
	return min(t->tail, list_first_entry(&t->placed, struct afar_set, placed)->position);
}

/* From @seq on; where a whole leaf is missing it is passed over. */
static u64 next_claimed(const struct afar_set *set, u64 seq)
{
	while (seq <= set->top && !afar_tracker_has(set, seq)) {
		u64 leaf = (seq - set->first) / LEAF_BITS;

		if (leaf < set->bits.leaves && set->bits.leaf[leaf])
			seq++;
		else
			seq = set->first + (leaf + 1) * LEAF_BITS;
	}
	return seq;
}

/**
 * afar_tracker_next_range() - arrivals beyond the replicated cut, for HELLO
 * @t:     the tracker, with nothing pending
 * @from:  look from this number on
 * @first: result
 * @last:  result
 *
 * Return: false when there is none.
 */
bool afar_tracker_next_range(const struct afar_tracker *t, u64 from, u64 *first, u64 *last)
{
	const struct afar_set *set = list_prepare_entry(t->reached, &t->sets, list);

	list_for_each_entry_continue(set, &t->sets, list) {
		u64 seq = max(from, set->first);

		seq = next_claimed(set, seq);
		if (seq > set->top)
			continue;
		*first = seq;
		while (afar_tracker_has(set, seq))
			seq++;
		*last = seq - 1;
		return true;
	}
	return false;
}
