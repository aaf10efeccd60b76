/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: volume table
 * How the volume table changes. Adding and removing a volume are numbered commands, so the table is
 * a function of the cut, like the volumes' content: on the secondary it is that of the committed
 * cut, and the changes behind it wait in a list, in the order of their numbers.
 *
 * Nobody hears of a command on a volume before the command that added it: the primary tells each
 * lane all changes, in order, before it ships anything that was numbered after them. So what a node
 * knows of the changes is always a beginning of all of them, and for every command that arrives it
 * is known which volume of that number it is for.
 *
 * Each id is added once and removed once; a number may be used again. One set changes a number
 * once.
 *
 * Where a term begins with a resync set the table is the primary's at that time: what got lost of
 * it with the term before does not matter, and a volume can be added, or grow, of which the peer
 * has nothing. What it has not had is outside the cut, at the end of a volume, or all of one. Part
 * of that the primary counts as equal, but for bits of its chunk map: this joins with the term's
 * first set. The rest is read into ordinary sets, until one says AFAR_CMD_JOINED.
 *
 * The caller serializes.
 */
#ifndef AFAR_VOLUMES_H
#define AFAR_VOLUMES_H

#include <linux/list.h>
#include "super.h"

/** AFAR_CHANGES_STAGED - most changes that a secondary keeps in memory, beyond its cut */
#define AFAR_CHANGES_STAGED	(4 * AFAR_CHANGES)

/** struct afar_change - a change of the volume table. @cmd is AFAR_OP_ADD or AFAR_OP_REMOVE. */
struct afar_change {
	struct list_head list;
	struct afar_cmd cmd;
};

/** struct afar_changes - changes in the order of their numbers. @count says how many. */
struct afar_changes {
	struct list_head list;
	u32 count;
};

/** enum afar_known - is a change known? */
enum afar_known {
	AFAR_CHANGE_NEW,	/* it fits: insert it */
	AFAR_CHANGE_KNOWN,	/* it is there already */
	AFAR_CHANGE_BAD,	/* it contradicts what is known */
};

void afar_changes_init(struct afar_changes *c);
void afar_changes_insert(struct afar_changes *c, struct afar_change *change);
void afar_changes_drop(struct afar_changes *c, u64 seq);
const struct afar_cmd *afar_changes_last(const struct afar_changes *c, u16 volume, u64 seq);
u64 afar_changes_limit(const struct afar_changes *c, u64 committed);

u64 afar_volume_at(const struct afar_table_entry *table, const struct afar_changes *c, u64 seq,
		   u16 volume, struct afar_uuid *id);
enum afar_known afar_change_check(const struct afar_table_entry *table,
				  const struct afar_changes *c, const struct afar_cmd *cmd,
				  const char **why);

const char *afar_table_apply(struct afar_table_entry *table, const struct afar_cmd *cmd);
void afar_table_undo(struct afar_table_entry *table, const struct afar_cmd *cmd);
const char *afar_table_forward(struct afar_table_entry *table, const struct afar_changes *c,
			       u64 seq);
void afar_table_back(struct afar_table_entry *table, const struct afar_changes *c, u64 seq);
void afar_table_leave_out(struct afar_table_entry *table, const struct afar_table_entry *base,
			  const struct afar_changes *c, u64 seq);
void afar_table_follow(struct afar_table_entry *mine, const struct afar_table_entry *theirs);
bool afar_table_join(struct afar_table_entry *entry, bool all);
u64 afar_table_outside(const struct afar_table_entry *table);
bool afar_tables_equal(const struct afar_table_entry *a, const struct afar_table_entry *b,
		       bool learn);

/** afar_table_inside() - how many sectors of a volume, from its first on, are in the cut */
static inline u64 afar_table_inside(const struct afar_table_entry *entry)
{
	return le32_to_cpu(entry->used) ?
	       le64_to_cpu(entry->sectors) - le64_to_cpu(entry->outside) : 0;
}

/** afar_table_sectors() - length of a volume; 0: there is none of that number */
static inline u64 afar_table_sectors(const struct afar_table_entry *table, u16 volume)
{
	return le32_to_cpu(table[volume].used) ? le64_to_cpu(table[volume].sectors) : 0;
}

#endif /* AFAR_VOLUMES_H */
