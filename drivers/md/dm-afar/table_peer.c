// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: what the nodes tell each other of the volume table
 * In every handshake: the tables are compared, at the cut that both have. And where a term begins
 * with a resync set, and nothing of it has come yet, the secondary takes over the primary's table:
 * so whatever got lost of it with the term before is made good, and what is new begins outside the
 * cut.
 *
 * The superblock with the term comes first, the table second. Whoever goes down in between is at
 * its old cut, with its old table, and is asked again when the peer dials.
 */
#include <linux/slab.h>
#include "group.h"

static struct afar_volume item_of(const struct afar_cmd *cmd)
{
	return (struct afar_volume){
		.id = cmd->id,
		.sectors = cpu_to_le64(cmd->sector),
		.number = cpu_to_le16(cmd->volume),
		.op = cmd->op,
		.seq = cpu_to_le64(cmd->seq),
	};
}

static unsigned int list_volumes(const struct afar_table_entry *table, struct afar_volume *item)
{
	unsigned int i, count = 0;

	for (i = 0; i < AFAR_VOLUMES; i++)
		if (afar_table_sectors(table, i))
			item[count++] = (struct afar_volume){
				.id = table[i].id,
				.sectors = table[i].sectors,
				.number = cpu_to_le16(i),
				.outside = table[i].outside,
			};
	return count;
}

/**
 * afar_table_tell() - what HELLO says of the volume table
 * @g:     the group; super lock held, and stage lock, so that it fits what HELLO says of the cuts
 * @table: for intermediate results
 * @item:  result, room for AFAR_VOLUMES + AFAR_CHANGES
 *
 * A secondary tells its table as of its replicated cut; a primary that of the cut that it knows the
 * peer to have replicated, and the changes since.
 *
 * Return: how many items.
 */
unsigned int afar_table_tell(struct afar_group *g, struct afar_table_entry *table,
			     struct afar_volume *item)
{
	struct afar_stream *s = &g->stream;
	const struct afar_change *change;
	unsigned int count;
	u64 known;

	memcpy(table, g->journal.table, sizeof(g->journal.table));
	if (g->journal.super.role == AFAR_SECONDARY) {
		afar_table_forward(table, &g->stage.changes, afar_stage_replicated(g)->seq);
		return list_volumes(table, item);
	}
	spin_lock_irq(&s->lock);
	known = s->replicated.seq;
	afar_table_back(table, &s->changes, known);
	count = list_volumes(table, item);
	list_for_each_entry(change, &s->changes.list, list)
		if (change->cmd.seq > known)
			item[count++] = item_of(&change->cmd);
	spin_unlock_irq(&s->lock);
	return count;
}

/* The secondary judges: the primary's table, brought to this node's replicated cut, is its own. */
static bool judge_primary(struct afar_group *g, struct afar_table_entry *theirs,
			  const struct afar_changes *changes, bool learn,
			  struct afar_table_entry *mine)
{
	struct afar_stage *s = &g->stage;
	u64 seq;

	mutex_lock(&s->lock);
	seq = afar_stage_replicated(g)->seq;
	afar_table_forward(mine, &s->changes, seq);
	mutex_unlock(&s->lock);
	if (afar_table_forward(theirs, changes, seq))
		return false;
	if (learn)
		afar_table_leave_out(mine, theirs, changes, seq);
	return afar_tables_equal(mine, theirs, learn);
}

/*
 * What is inside the peer's cut its set bits make equal, whatever this node remembers: it may have
 * gone down before it noted that something had joined.
 */
static int note_inside(struct afar_group *g, const struct afar_table_entry *theirs)
{
	unsigned long dirty = 0;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		struct afar_table_entry *mine = &g->journal.table[i];

		if (!le32_to_cpu(mine->used) || mine->sectors != theirs[i].sectors ||
		    le64_to_cpu(theirs[i].outside) >= le64_to_cpu(mine->outside))
			continue;
		mine->outside = theirs[i].outside;
		dirty |= BIT(i / AFAR_TABLE_ENTRIES);
	}
	afar_volumes_follow_table(g, NULL);
	afar_volumes_recount(g);
	return afar_table_write(g, dirty);
}

/* The primary judges: its table, brought back to the peer's replicated cut, is the peer's. */
static bool judge_secondary(struct afar_group *g, struct afar_table_entry *theirs, u64 seq,
			    bool learn, struct afar_table_entry *mine)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	afar_table_back(mine, &s->changes, seq);
	if (learn)
		afar_table_leave_out(theirs, mine, &s->changes, seq);
	spin_unlock_irq(&s->lock);
	return afar_tables_equal(mine, theirs, learn);
}

/**
 * afar_table_judge() - do both nodes have the same volumes, at the cut that both have?
 * @g:       the group; super lock held
 * @theirs:  the peer's table; if it is a primary's, brought to this node's replicated cut
 * @changes: if it is a primary's: its changes
 * @seq:     if it is a secondary's: last number of its replicated cut
 * @learn:   one of the nodes is fresh: it learns the ids, and what its table has too much of
 */
int afar_table_judge(struct afar_group *g, struct afar_table_entry *theirs,
		     const struct afar_changes *changes, u64 seq, bool learn)
{
	struct afar_table_entry *mine;
	bool equal;
	int r = 0;

	/* writes wait for who waits for super_lock; a session can begin later */
	mine = kmemdup(g->journal.table, sizeof(g->journal.table),
		       GFP_NOIO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!mine)
		return -ENOMEM;
	if (g->journal.super.role == AFAR_SECONDARY) {
		equal = judge_primary(g, theirs, changes, learn, mine);
	} else {
		equal = judge_secondary(g, theirs, seq, learn, mine);
		/* the beginning of a term is where it matters, and where nobody reads yet */
		if (equal && !learn && READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY)
			r = note_inside(g, theirs);
	}
	kfree(mine);
	return equal ? r : AFAR_BYE_VOLUMES;
}

/**
 * afar_table_follows() - does this node take over the primary's table?
 * @g:     the group; super lock held
 * @hello: the primary's
 * @term:  its term
 * @adopt: this node is about to be in that term
 *
 * It does where the term begins with a resync set, and nothing of that is here.
 */
bool afar_table_follows(struct afar_group *g, const struct afar_hello_info *hello,
			const struct afar_term *term, bool adopt)
{
	const struct afar_super_info *super = &g->journal.super;
	struct afar_tracker *t = &g->stage.tracker;
	u64 first, last;
	bool nothing;

	if (super->role != AFAR_SECONDARY || !(super->flags & AFAR_SUPER_TERM) ||
	    !(hello->flags & AFAR_HELLO_RESYNC))
		return false;
	if (adopt)
		return true;
	mutex_lock(&g->stage.lock);
	nothing = !t->replicated.set && !afar_tracker_next_range(t, 1, &first, &last);
	mutex_unlock(&g->stage.lock);
	return nothing && afar_term_equal(&super->term, term);
}

/* What this node had under the number is not what the primary has there. */
static void note_gone(struct afar_group *g, const struct afar_table_entry *theirs,
		      unsigned long *gone)
{
	const struct afar_table_entry *mine = g->journal.table;
	unsigned int i;

	bitmap_zero(gone, AFAR_VOLUMES);
	for (i = 0; i < AFAR_VOLUMES; i++)
		if (le32_to_cpu(mine[i].used) && (!le32_to_cpu(theirs[i].used) ||
						  !afar_uuid_equal(&mine[i].id, &theirs[i].id)))
			__set_bit(i, gone);
}

/**
 * afar_table_fits() - can the primary's table be taken over? Says in the log if not
 * @g:      the group
 * @theirs: the primary's
 *
 * What is being looked at must not go.
 *
 * Return: 0; enum afar_reason; -ENOMEM.
 */
int afar_table_fits(struct afar_group *g, const struct afar_table_entry *theirs)
{
	DECLARE_BITMAP(gone, AFAR_VOLUMES);
	struct afar_table_entry *table;
	int r = -ENOMEM;

	mutex_lock(&g->journal.super_lock);
	table = kmemdup(g->journal.table, sizeof(g->journal.table), GFP_NOIO);
	if (!table)
		goto out;
	note_gone(g, theirs, gone);
	afar_table_follow(table, theirs);
	if (READ_ONCE(g->stage.held) != AFAR_HOLD_NONE && !bitmap_empty(gone, AFAR_VOLUMES)) {
		afar_warn(g, "the primary has forgotten volume %u: 'release' lets this node follow",
			  (unsigned int)find_first_bit(gone, AFAR_VOLUMES));
		r = AFAR_BYE_BUSY;
	} else {
		r = afar_chunkmap_room(g, table) ? 0 : AFAR_BYE_VOLUMES;
	}
out:
	mutex_unlock(&g->journal.super_lock);
	kfree(table);
	return r;
}

static void say_difference(struct afar_group *g, const struct afar_table_entry *table,
			   const unsigned long *gone)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		const struct afar_table_entry *was = &g->journal.table[i];

		if (test_bit(i, gone))
			afar_info(g, "volume %u forgotten, as the primary has", i);
		if (le32_to_cpu(table[i].used) &&
		    (test_bit(i, gone) || table[i].sectors != was->sectors))
			afar_info(g, "volume %u has %llu sectors from here on, %llu of them in the cut: nothing is committed where its table line is shorter",
				  i, le64_to_cpu(table[i].sectors), afar_table_inside(&table[i]));
	}
}

/**
 * afar_table_take_over() - the secondary's table becomes the primary's
 * @g:      the group; afar_table_follows(), its superblock has the term, no lane is at work
 * @theirs: the primary's
 *
 * Return: 0; a negative errno.
 */
int afar_table_take_over(struct afar_group *g, const struct afar_table_entry *theirs)
{
	struct afar_journal *j = &g->journal;
	DECLARE_BITMAP(gone, AFAR_VOLUMES);
	struct afar_table_entry *table;
	unsigned int i;
	int r = 0;

	mutex_lock(&j->super_lock);
	table = kmemdup(j->table, sizeof(j->table), GFP_NOIO);
	if (!table)
		r = -ENOMEM;
	else
		afar_table_follow(table, theirs);
	if (r || (!j->table_stale && !memcmp(table, j->table, sizeof(j->table))))
		goto out;
	note_gone(g, theirs, gone);
	say_difference(g, table, gone);
	afar_chunkmap_forget(g, table);
	mutex_lock(&g->stage.lock);
	memcpy(j->table, table, sizeof(j->table));
	for (i = 0; i < AFAR_TABLE_BLOCKS; i++)
		j->table_mark[i] = (struct afar_table_mark){ .term = j->super.term.id };
	mutex_unlock(&g->stage.lock);
	afar_volumes_follow_table(g, gone);
	r = afar_table_write(g, ~0UL);
	j->table_stale = r;
out:
	mutex_unlock(&j->super_lock);
	kfree(table);
	afar_volumes_recount(g);
	return r;
}

/**
 * afar_table_adopt() - a fresh node takes over the ids, and leaves out what will be added
 * @g:      the group; super lock held
 * @theirs: the primary's table at the cut where this node begins, judged to fit
 */
int afar_table_adopt(struct afar_group *g, const struct afar_table_entry *theirs)
{
	unsigned long dirty = 0;
	unsigned int i;

	mutex_lock(&g->stage.lock);
	for (i = 0; i < AFAR_VOLUMES; i++) {
		if (!afar_table_sectors(g->journal.table, i))
			continue;
		g->journal.table[i] = theirs[i];
		dirty |= BIT(i / AFAR_TABLE_ENTRIES);
	}
	mutex_unlock(&g->stage.lock);
	afar_volumes_follow_table(g, NULL);
	return afar_table_write(g, dirty);
}
