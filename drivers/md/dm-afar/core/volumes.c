// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/slab.h>
#include "volumes.h"

/** afar_changes_init() - an empty list */
void afar_changes_init(struct afar_changes *c)
{
	INIT_LIST_HEAD(&c->list);
	c->count = 0;
}

/** afar_changes_insert() - put a change, which is new, in its place; the list owns it now */
void afar_changes_insert(struct afar_changes *c, struct afar_change *change)
{
	struct list_head *before = &c->list;
	struct afar_change *other;

	list_for_each_entry_reverse(other, &c->list, list) {
		if (other->cmd.seq < change->cmd.seq) {
			before = &other->list;
			break;
		}
	}
	list_add(&change->list, before);
	c->count++;
}

/** afar_changes_drop() - free all changes up to a number */
void afar_changes_drop(struct afar_changes *c, u64 seq)
{
	struct afar_change *change, *next;

	list_for_each_entry_safe(change, next, &c->list, list) {
		if (change->cmd.seq > seq)
			break;
		list_del(&change->list);
		kfree(change);
		c->count--;
	}
}

/** afar_changes_last() - the last change of a volume number below @seq; NULL: none is known */
const struct afar_cmd *afar_changes_last(const struct afar_changes *c, u16 volume, u64 seq)
{
	const struct afar_change *change;

	list_for_each_entry_reverse(change, &c->list, list)
		if (change->cmd.volume == volume && change->cmd.seq < seq)
			return &change->cmd;
	return NULL;
}

/**
 * afar_changes_limit() - how far the next run may reach
 * @c:         changes behind the committed cut
 * @committed: last committed set
 *
 * A set that changes the table is a run of its own, so that within a run a number stands for one
 * volume.
 *
 * Return: the last set that may be in it; U64_MAX: no limit.
 */
u64 afar_changes_limit(const struct afar_changes *c, u64 committed)
{
	u64 set;

	if (list_empty(&c->list))
		return U64_MAX;
	set = list_first_entry(&c->list, struct afar_change, list)->cmd.set;
	return set == committed + 1 ? set : set - 1;
}

/**
 * afar_volume_at() - which volume does a number stand for?
 * @table:  volume table of some cut
 * @c:      changes behind it
 * @seq:    for the command of this number
 * @volume: volume number
 * @id:     result, if not NULL
 *
 * Return: its length in sectors; 0: there is none.
 */
u64 afar_volume_at(const struct afar_table_entry *table, const struct afar_changes *c, u64 seq,
		   u16 volume, struct afar_uuid *id)
{
	const struct afar_cmd *last = afar_changes_last(c, volume, seq);

	if (id)
		*id = last ? last->id : table[volume].id;
	if (last)
		return last->op == AFAR_OP_ADD ? last->sector : 0;
	return afar_table_sectors(table, volume);
}

static bool same_change(const struct afar_cmd *a, const struct afar_cmd *b)
{
	return a->op == b->op && a->set == b->set && a->volume == b->volume &&
	       a->sector == b->sector && afar_uuid_equal(&a->id, &b->id);
}

/**
 * afar_change_check() - a change has arrived that is not in a committed set
 * @table: volume table of the committed cut
 * @c:     changes behind it
 * @cmd:   passed afar_cmd_check()
 * @why:   set for AFAR_CHANGE_BAD
 */
enum afar_known afar_change_check(const struct afar_table_entry *table,
				  const struct afar_changes *c, const struct afar_cmd *cmd,
				  const char **why)
{
	const struct afar_change *change;
	const struct afar_cmd *last;
	struct afar_uuid id;
	u64 sectors;

	list_for_each_entry(change, &c->list, list) {
		if (change->cmd.seq != cmd->seq)
			continue;
		if (same_change(&change->cmd, cmd))
			return AFAR_CHANGE_KNOWN;
		*why = "repeat contradicts the first arrival";
		return AFAR_CHANGE_BAD;
	}
	if (!list_empty(&c->list) && list_last_entry(&c->list, struct afar_change, list)->cmd.seq >
				     cmd->seq) {
		*why = "changes of the volume table out of order";
		return AFAR_CHANGE_BAD;
	}
	last = afar_changes_last(c, cmd->volume, cmd->seq);
	sectors = afar_volume_at(table, c, cmd->seq, cmd->volume, &id);
	if (last && last->set == cmd->set)
		*why = "two changes of a volume in a set";
	else if (cmd->op == AFAR_OP_ADD && sectors)
		*why = "volume added that is there";
	else if (cmd->op == AFAR_OP_REMOVE &&
		 (sectors != cmd->sector || !afar_uuid_equal(&id, &cmd->id)))
		*why = "volume removed that is not there";
	else
		return AFAR_CHANGE_NEW;
	return AFAR_CHANGE_BAD;
}

static void put_entry(struct afar_table_entry *entry, const struct afar_cmd *cmd)
{
	memset(entry, 0, sizeof(*entry));
	entry->id = cmd->id;
	entry->sectors = cpu_to_le64(cmd->sector);
	entry->used = cpu_to_le32(1);
}

/** afar_table_apply() - do a change; NULL, or why it cannot be done */
const char *afar_table_apply(struct afar_table_entry *table, const struct afar_cmd *cmd)
{
	struct afar_table_entry *entry = &table[cmd->volume];
	u64 sectors = afar_table_sectors(table, cmd->volume);

	if (cmd->op == AFAR_OP_ADD) {
		if (sectors)
			return "volume added that is there";
		put_entry(entry, cmd);
		return NULL;
	}
	if (sectors != cmd->sector || !afar_uuid_equal(&entry->id, &cmd->id))
		return "volume removed that is not there";
	memset(entry, 0, sizeof(*entry));
	return NULL;
}

/** afar_table_undo() - the opposite of afar_table_apply(), which has been */
void afar_table_undo(struct afar_table_entry *table, const struct afar_cmd *cmd)
{
	if (cmd->op == AFAR_OP_ADD)
		memset(&table[cmd->volume], 0, sizeof(*table));
	else
		put_entry(&table[cmd->volume], cmd);
}

/** afar_table_forward() - do all changes up to a number, in order; NULL or what is wrong */
const char *afar_table_forward(struct afar_table_entry *table, const struct afar_changes *c,
			       u64 seq)
{
	const struct afar_change *change;
	const char *why = NULL;

	list_for_each_entry(change, &c->list, list) {
		if (change->cmd.seq > seq)
			break;
		why = afar_table_apply(table, &change->cmd);
		if (why)
			break;
	}
	return why;
}

/** afar_table_back() - undo all changes behind a number, last first */
void afar_table_back(struct afar_table_entry *table, const struct afar_changes *c, u64 seq)
{
	const struct afar_change *change;

	list_for_each_entry_reverse(change, &c->list, list) {
		if (change->cmd.seq <= seq)
			break;
		afar_table_undo(table, &change->cmd);
	}
}

/**
 * afar_table_leave_out() - a fresh node's table: leave out what is there for a change to come
 * @table: the node's table
 * @base:  the primary's at the cut where the node will begin
 * @c:     changes of the primary's
 * @seq:   last number of that cut
 */
void afar_table_leave_out(struct afar_table_entry *table, const struct afar_table_entry *base,
			  const struct afar_changes *c, u64 seq)
{
	const struct afar_change *change;

	list_for_each_entry(change, &c->list, list) {
		u16 volume = change->cmd.volume;

		if (change->cmd.seq <= seq || change->cmd.op != AFAR_OP_ADD ||
		    afar_table_sectors(base, volume) ||
		    afar_table_sectors(table, volume) != change->cmd.sector)
			continue;
		memset(&table[volume], 0, sizeof(*table));
	}
}

/* What a secondary's entry becomes when the term begins, and @theirs is the primary's. */
static void follow_entry(struct afar_table_entry *mine, const struct afar_table_entry *theirs)
{
	bool same = le32_to_cpu(mine->used) && afar_uuid_equal(&mine->id, &theirs->id);
	u64 sectors = le64_to_cpu(theirs->sectors), inside = afar_table_inside(theirs);
	/* the primary may not know yet that something has joined */
	u64 had = same ? min(afar_table_inside(mine), sectors) : 0;

	mine->id = theirs->id;
	mine->sectors = theirs->sectors;
	mine->used = cpu_to_le32(1);
	mine->outside = cpu_to_le64(sectors - had);
	mine->joins = cpu_to_le64(inside > had ? inside - had : 0);
}

/**
 * afar_table_follow() - a secondary takes over the primary's table, with which a term begins
 * @mine:   its own, as of the cut at which it stands
 * @theirs: the primary's
 *
 * What it has too much of goes. Of what it lacks nothing is in the cut.
 */
void afar_table_follow(struct afar_table_entry *mine, const struct afar_table_entry *theirs)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		if (le32_to_cpu(theirs[i].used))
			follow_entry(&mine[i], &theirs[i]);
		else
			memset(&mine[i], 0, sizeof(mine[i]));
}

/**
 * afar_table_join() - the first set of the term is committed, or the one that says JOINED
 * @entry: of the volume table
 * @all:   the latter
 *
 * Return: has anything changed?
 */
bool afar_table_join(struct afar_table_entry *entry, bool all)
{
	u64 outside = le64_to_cpu(entry->outside), joins = le64_to_cpu(entry->joins);

	if (!(all ? outside : joins))
		return false;
	entry->outside = cpu_to_le64(all ? 0 : outside - joins);
	entry->joins = 0;
	return true;
}

/** afar_table_outside() - how many sectors of all volumes are outside the cut */
u64 afar_table_outside(const struct afar_table_entry *table)
{
	u64 sectors = 0;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		sectors += le64_to_cpu(table[i].outside);
	return sectors;
}

/** afar_tables_equal() - the same volumes? @learn: one side has not been told the ids yet */
bool afar_tables_equal(const struct afar_table_entry *a, const struct afar_table_entry *b,
		       bool learn)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		u64 sectors = afar_table_sectors(a, i);

		if (sectors != afar_table_sectors(b, i))
			return false;
		if (sectors && !learn && !afar_uuid_equal(&a[i].id, &b[i].id))
			return false;
	}
	return true;
}
