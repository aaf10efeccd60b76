// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the volume table while the group lives
 * On a running primary volumes are added and forgotten by message; each change is a command of the
 * stream (core/volumes.h), so that it happens on the secondary at its place in the order of all
 * writes. The primary's table is always that of the last number; the secondary's that of the
 * committed cut: it changes in memory together with the cut, and in the journal right behind the
 * commit record. A crash in between is made good by replay: each block of the table says up to
 * which set it is up to date, and the ring keeps a set until the table has it. Where the ring is in
 * memory the table comes first, and counts only if the superblock that commits its set is there.
 *
 * Each volume of the table has its chunk map: afar_journal_write_block().
 *
 * Locks: journal.super_lock for the table, for writing also stage.lock on a secondary. The list of
 * changes is the stream's (stream.lock) or the stage's (stage.lock).
 */
#include <linux/random.h>
#include <linux/slab.h>
#include "group.h"

/* Make the blocks durable whose bits are set, as they are. Super lock held. */
static int write_blocks(struct afar_group *g, unsigned long dirty)
{
	unsigned int index;
	int r = 0;

	for (index = 0; index < AFAR_TABLE_BLOCKS && !r; index++)
		if (dirty & BIT(index))
			r = afar_journal_write_table(g, index * AFAR_TABLE_ENTRIES);
	return r;
}

/* ---- primary -------------------------------------------------------------------------------- */

static int not_running(struct afar_group *g, const char *what)
{
	afar_err(g, "%s: this node is not a running primary", what);
	return -EINVAL;
}

/* Two changes of a volume must not be in one set. */
static int separate(struct afar_group *g, const char *what, u16 number)
{
	if (afar_stream_separate(g, number))
		return 0;
	afar_err(g, "%s: the last change of volume %u is in the open set; flush, and say it again",
		 what, number);
	return -EAGAIN;
}

/*
 * Change the table in the journal, then give the change its number: a crash in between is followed
 * by a new term, as any crash of a primary is. A volume that is added may be declared @equal: its
 * chunk map begins without a bit. Super lock held.
 */
static int change_table(struct afar_group *g, const struct afar_cmd *cmd, bool equal)
{
	struct afar_table_entry *table = g->journal.table;
	int r = 0, undone;

	if (WARN_ON_ONCE(afar_table_apply(table, cmd)))
		return -EINVAL;
	if (equal)
		r = afar_chunkmap_add_equal(g, table, cmd->volume);
	if (!r)
		r = afar_journal_write_table(g, cmd->volume);
	if (!r && g->running && READ_ONCE(g->stream.mode) == AFAR_MODE_STREAM)
		r = afar_stream_change(g, cmd);
	if (!r)
		return 0;
	afar_table_undo(table, cmd);
	undone = afar_journal_write_table(g, cmd->volume);
	return undone ? undone : r;
}

static int check_add(struct afar_group *g, u16 number, bool equal)
{
	struct afar_vol *vol = g->volume[number];

	if (!g->running)
		return not_running(g, "add");
	if (!vol) {
		afar_err(g, "add: volume %u is not attached: create its device first", number);
		return -ENODEV;
	}
	if (READ_ONCE(vol->member))
		return 0;
	/* a peer that follows into a new term has to have the same volumes */
	if (READ_ONCE(g->stream.mode) != AFAR_MODE_STREAM) {
		afar_err(g, "add: a resync is needed; say it again when it is done");
		return -EAGAIN;
	}
	if (!equal) {
		afar_err(g, "add: the peer's copy of volume %u needs an initial sync, which is not there yet; if both origins are equal, say 'add %u assume-equal'",
			 number, number);
		return -EINVAL;
	}
	return separate(g, "add", number);
}

static int add(struct afar_group *g, u16 number, bool equal)
{
	struct afar_vol *vol = g->volume[number];
	struct afar_cmd cmd = {
		.op = AFAR_OP_ADD, .volume = number, .sector = vol->ti->len,
	};
	int r;

	get_random_bytes(&cmd.id, sizeof(cmd.id));
	mutex_lock(&g->journal.super_lock);
	r = change_table(g, &cmd, equal);
	mutex_unlock(&g->journal.super_lock);
	if (r) {
		afar_err(g, "add: volume %u: failed (%pe)", number, ERR_PTR(r));
		return r;
	}
	/* its number is given out: what is written from now on comes behind it */
	afar_volume_joins(vol);
	afar_info(g, "volume %u added, %llu sectors", number, cmd.sector);
	return 0;
}

/**
 * afar_volume_add() - a volume that is attached joins the group of a running primary
 * @g:      the group
 * @number: volume number
 * @equal:  the operator declares that the origins of both nodes are equal
 *
 * Return: 0, also when it is in the volume table already; a negative errno, with the reason in the
 * kernel log.
 */
int afar_volume_add(struct afar_group *g, u16 number, bool equal)
{
	int r;

	mutex_lock(&g->lock);
	r = check_add(g, number, equal);
	if (!r && !READ_ONCE(g->volume[number]->member))
		r = add(g, number, equal);
	mutex_unlock(&g->lock);
	afar_volumes_recount(g);
	afar_group_event(g);
	return r;
}

static unsigned int table_size(struct afar_group *g)
{
	unsigned int i, count = 0;

	for (i = 0; i < AFAR_VOLUMES; i++)
		count += !!afar_table_sectors(g->journal.table, i);
	return count;
}

/* A secondary's table is the primary's of an earlier time, unless that one says otherwise. */
static int check_forget_secondary(struct afar_group *g, u16 number)
{
	struct afar_tracker *t = &g->stage.tracker;
	bool staged;

	if (!(g->journal.super.flags & AFAR_SUPER_TERM))
		return 0;
	mutex_lock(&g->stage.lock);
	/* what is not complete will never be, with a primary that does not have the volume */
	staged = t->replicated.set != t->committed.set;
	mutex_unlock(&g->stage.lock);
	if (test_bit(number, g->surplus) && !staged)
		return 0;
	afar_err(g, "forget: the primary has volume %u: say it there, and this node follows",
		 number);
	return -EPERM;
}

static int check_forget(struct afar_group *g, u16 number)
{
	bool fresh = !(g->journal.super.flags & AFAR_SUPER_TERM);
	bool attached;

	spin_lock(&g->volumes_lock);
	attached = g->volume[number] || g->halted[number];
	spin_unlock(&g->volumes_lock);
	if (attached) {
		afar_err(g, "forget: volume %u is attached: remove its device first", number);
		return -EBUSY;
	}
	/* what is on the scan list of a volume that is gone could never be read */
	if (READ_ONCE(g->stream.resync.stands))
		afar_stream_give_up(g, "a volume is forgotten during a resync");
	if (!fresh && table_size(g) == 1) {
		afar_err(g, "forget: volume %u is the last one of the group", number);
		return -EINVAL;
	}
	if (g->journal.super.role == AFAR_SECONDARY)
		return check_forget_secondary(g, number);
	if (g->running && READ_ONCE(g->stream.mode) == AFAR_MODE_STREAM)
		return separate(g, "forget", number);
	return 0;
}

/* A primary that does not run has no number for the change: its term must not go on. */
static int end_term(struct afar_group *g)
{
	struct afar_super_info *super = &g->journal.super;

	if (super->role != AFAR_PRIMARY || g->running)
		return 0;
	g->stream.spool.left.useless = true;
	if (!(super->flags & AFAR_SUPER_CLEAN))
		return 0;
	super->flags &= ~AFAR_SUPER_CLEAN;
	return afar_journal_write_supers(g);
}

static int forget(struct afar_group *g, u16 number)
{
	struct afar_table_entry *entry = &g->journal.table[number];
	struct afar_cmd cmd = {
		.op = AFAR_OP_REMOVE,
		.volume = number,
		.sector = le64_to_cpu(entry->sectors),
		.id = entry->id,
	};
	int r;

	mutex_lock(&g->journal.super_lock);
	r = end_term(g);
	if (!r)
		r = change_table(g, &cmd, false);
	mutex_unlock(&g->journal.super_lock);
	if (r) {
		afar_err(g, "forget: volume %u: failed (%pe)", number, ERR_PTR(r));
		return r;
	}
	spin_lock(&g->volumes_lock);
	g->origin_dev[number] = 0;
	spin_unlock(&g->volumes_lock);
	clear_bit(number, g->surplus);
	afar_info(g, "volume %u forgotten", number);
	return 0;
}

/**
 * afar_volume_forget() - a volume that is not attached leaves the group for good
 * @g:      the group
 * @number: volume number
 *
 * Return: 0, also when it is not in the volume table; a negative errno, with the reason in the
 * kernel log.
 */
int afar_volume_forget(struct afar_group *g, u16 number)
{
	int r = 0;

	mutex_lock(&g->lock);
	if (afar_table_sectors(g->journal.table, number)) {
		r = check_forget(g, number);
		if (!r)
			r = forget(g, number);
	}
	mutex_unlock(&g->lock);
	afar_volumes_recount(g);
	afar_group_event(g);
	return r;
}

/* ---- secondary ------------------------------------------------------------------------------ */

/*
 * Do the changes up to a cut, in memory, and drop them from the list. Super lock and stage lock
 * held. Returns the blocks of the table that are to be written.
 */
static unsigned long do_changes(struct afar_group *g, const struct afar_cut *cut)
{
	struct afar_journal *j = &g->journal;
	const struct afar_change *change;
	unsigned long dirty = 0;

	list_for_each_entry(change, &g->stage.changes.list, list) {
		const struct afar_cmd *cmd = &change->cmd;
		u32 index = cmd->volume / AFAR_TABLE_ENTRIES;

		if (cmd->seq > cut->seq)
			break;
		/* checked on arrival, and after replay */
		if (WARN_ON_ONCE(afar_table_apply(j->table, cmd)))
			continue;
		j->table_mark[index].term = j->super.term.id;
		j->table_mark[index].set = cut->set;
		dirty |= BIT(index);
		afar_info(g, "volume %u %s with set %llu", cmd->volume,
			  cmd->op == AFAR_OP_ADD ? "added" : "forgotten", cmd->set);
	}
	afar_changes_drop(&g->stage.changes, cut->seq);
	return dirty;
}

/**
 * afar_table_prepare() - ring in memory: a run that changes the table is about to be committed
 * @g:   the group
 * @cut: end of the run, which is on the origins
 *
 * No record of the ring outlives a crash, so the table goes to the journal first, with the set that
 * it belongs to; the superblock that commits that set makes it count.
 */
int afar_table_prepare(struct afar_group *g, const struct afar_cut *cut)
{
	struct afar_journal *j = &g->journal;
	struct afar_table_mark mark = { .term = j->super.term.id, .set = cut->set };
	const struct afar_change *change;
	struct afar_table_entry *table;
	unsigned long dirty = 0;
	u32 index;
	int r = 0;

	table = kvmalloc(sizeof(j->table), GFP_NOIO);
	if (!table)
		return -ENOMEM;
	mutex_lock(&j->super_lock);
	mutex_lock(&g->stage.lock);
	memcpy(table, j->table, sizeof(j->table));
	afar_table_forward(table, &g->stage.changes, cut->seq);
	list_for_each_entry(change, &g->stage.changes.list, list)
		if (change->cmd.seq <= cut->seq)
			dirty |= BIT(change->cmd.volume / AFAR_TABLE_ENTRIES);
	mutex_unlock(&g->stage.lock);
	for (index = 0; index < AFAR_TABLE_BLOCKS && !r; index++)
		if (dirty & BIT(index))
			r = afar_journal_write_block(g, index, table, &mark);
	mutex_unlock(&j->super_lock);
	kvfree(table);
	return r;
}

/**
 * afar_table_commit() - a run that changes the table is committed: the table follows
 * @g:      the group
 * @cut:    end of the run, which is on the origins and whose commit record is durable
 * @commit: moves the cut, in the same moment; called with stage.lock held
 * @data:   for @commit
 *
 * Context: the committer, which moves the ring's head afterwards.
 */
int afar_table_commit(struct afar_group *g, const struct afar_cut *cut,
		      void (*commit)(struct afar_group *g, void *data), void *data)
{
	unsigned long dirty;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	mutex_lock(&g->stage.lock);
	dirty = do_changes(g, cut);
	g->stage.awaited = 0;
	commit(g, data);
	mutex_unlock(&g->stage.lock);
	afar_volumes_follow_table(g, true);
	if (!afar_super_in_memory(&g->journal.super))
		r = write_blocks(g, dirty);
	mutex_unlock(&g->journal.super_lock);
	afar_volumes_recount(g);
	return r;
}

/**
 * afar_table_awaits() - is a volume that the next run adds not attached yet?
 * @g:   the group; stage lock held
 * @cut: end of that run
 *
 * If so the volume counts as missing until it is there.
 */
bool afar_table_awaits(struct afar_group *g, const struct afar_cut *cut)
{
	const struct afar_change *change;
	bool awaits = false;

	list_for_each_entry(change, &g->stage.changes.list, list) {
		const struct afar_cmd *cmd = &change->cmd;

		if (cmd->seq > cut->seq)
			break;
		if (cmd->op != AFAR_OP_ADD || afar_volume_is(g, cmd->volume, cmd->sector))
			continue;
		g->stage.awaited = cmd->sector;
		g->stage.awaited_volume = cmd->volume;
		awaits = true;
		break;
	}
	if (awaits)
		afar_volumes_recount(g);
	return awaits;
}

/**
 * afar_table_replay() - replay has found a change, of the current term
 * @g:   the group; stage lock held
 * @cmd: the change
 */
int afar_table_replay(struct afar_group *g, const struct afar_cmd *cmd)
{
	const struct afar_table_mark *mark;
	struct afar_change *change;

	mark = &g->journal.table_mark[cmd->volume / AFAR_TABLE_ENTRIES];
	if (cmd->set <= mark->set && afar_uuid_equal(&mark->term, &g->journal.super.term.id))
		return 0;
	list_for_each_entry(change, &g->stage.changes.list, list)
		if (change->cmd.seq == cmd->seq)
			return 0;
	change = kmalloc(sizeof(*change), GFP_NOIO);
	if (!change)
		return -ENOMEM;
	change->cmd = *cmd;
	afar_changes_insert(&g->stage.changes, change);
	return 0;
}

/**
 * afar_table_replayed() - replay is over: bring the table to the committed cut
 * @g: the group; nothing runs yet
 *
 * Return: 0; -EILSEQ: log and table contradict each other.
 */
int afar_table_replayed(struct afar_group *g)
{
	struct afar_stage *s = &g->stage;
	struct afar_table_entry *table;
	unsigned long dirty = 0;
	const char *why;
	int r = 0;

	if (list_empty(&s->changes.list))
		return 0;
	table = kmemdup(g->journal.table, sizeof(g->journal.table), GFP_NOIO);
	if (!table)
		return -ENOMEM;
	mutex_lock(&g->journal.super_lock);
	mutex_lock(&s->lock);
	why = afar_table_forward(table, &s->changes, U64_MAX);
	if (!why)
		dirty = do_changes(g, &s->tracker.committed);
	mutex_unlock(&s->lock);
	if (why) {
		afar_err(g, "journal refused: %s", why);
		r = -EILSEQ;
	} else {
		r = write_blocks(g, dirty);
	}
	mutex_unlock(&g->journal.super_lock);
	kfree(table);
	return r;
}

/* ---- handshake ------------------------------------------------------------------------------ */

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
	unsigned int i;
	bool equal;
	u64 seq;

	mutex_lock(&s->lock);
	seq = afar_stage_replicated(g)->seq;
	afar_table_forward(mine, &s->changes, seq);
	mutex_unlock(&s->lock);
	if (afar_table_forward(theirs, changes, seq))
		return false;
	if (learn)
		afar_table_leave_out(mine, theirs, changes, seq);
	equal = afar_tables_equal(mine, theirs, learn);
	/* what nobody but this node knows of may be forgotten here alone */
	for (i = 0; i < AFAR_VOLUMES; i++)
		__assign_bit(i, g->surplus, !equal && afar_table_sectors(mine, i) &&
			     !afar_table_sectors(theirs, i));
	return equal;
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

	mine = kmemdup(g->journal.table, sizeof(g->journal.table), GFP_NOIO);
	if (!mine)
		return -ENOMEM;
	if (g->journal.super.role == AFAR_SECONDARY)
		equal = judge_primary(g, theirs, changes, learn, mine);
	else
		equal = judge_secondary(g, theirs, seq, learn, mine);
	kfree(mine);
	return equal ? 0 : AFAR_BYE_VOLUMES;
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
	afar_volumes_follow_table(g, false);
	return write_blocks(g, dirty);
}
