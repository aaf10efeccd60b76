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
 * A volume of which the peer has nothing, and more of one than it has, begins with a term
 * (table_peer.c), outside the cut.
 *
 * Each volume of the table has its chunk map: afar_journal_write_block().
 *
 * Locks: journal.super_lock for the table, for writing also stage.lock on a secondary. The list of
 * changes is the stream's (stream.lock) or the stage's (stage.lock).
 */
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "group.h"

/* Before a term ends for a change of the volume table the peer has so long to catch up. */
#define CATCH_UP	(2 * HZ)

/** afar_table_write() - make the blocks durable whose bits are set, as they are. Super lock held */
int afar_table_write(struct afar_group *g, unsigned long dirty)
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
	struct afar_table_entry *table = g->journal.table, was = table[cmd->volume];
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
	table[cmd->volume] = was;
	undone = afar_journal_write_table(g, cmd->volume);
	return undone ? undone : r;
}

static bool has_room(struct afar_group *g, u16 number, u64 sectors)
{
	bool room;

	mutex_lock(&g->journal.super_lock);
	room = afar_chunkmap_fits(g, number, sectors);
	mutex_unlock(&g->journal.super_lock);
	return room;
}

static int check_add(struct afar_group *g, const struct afar_vol *vol, bool equal)
{
	if (!equal) {
		if (!READ_ONCE(g->stream.resync.stands))
			return has_room(g, vol->number, vol->ti->len) ? 0 : -ENOSPC;
		afar_err(g, "add: a resync is under way; say it again when it is done");
		return -EAGAIN;
	}
	if (READ_ONCE(g->stream.mode) != AFAR_MODE_STREAM) {
		afar_err(g, "add: a resync is needed: say it again when it is done, or without assume-equal");
		return -EAGAIN;
	}
	return separate(g, "add", vol->number);
}

/** struct put - an entry that the volume table is to have. @entry has no place for its map yet */
struct put {
	u16 number;
	struct afar_table_entry entry;
};

static int put_entry(struct afar_group *g, void *data)
{
	struct afar_journal *j = &g->journal;
	struct put *put = data;
	struct afar_table_entry was;
	int r;

	mutex_lock(&j->super_lock);
	was = j->table[put->number];
	j->table[put->number] = put->entry;
	r = afar_journal_write_table(g, put->number);
	/* there may be no room for its map */
	if (r)
		j->table[put->number] = was;
	mutex_unlock(&j->super_lock);
	afar_volumes_recount(g);
	return r;
}

/*
 * A term is about to end: what the peer is given, and bits that are cleared, now, need not be in
 * the resync set. @vol: see afar_chunkmap_clear_now()
 */
static void catch_up(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_stream *s = &g->stream;
	u64 set;

	if (READ_ONCE(s->mode) != AFAR_MODE_STREAM || !READ_ONCE(g->link.live))
		return;
	set = afar_stream_close(g);
	if (set == AFAR_SET_NONE)
		return;
	wait_event_idle_timeout(s->wait, afar_stream_committed(s, set) ||
				READ_ONCE(g->suspending) || !READ_ONCE(g->link.live), CATCH_UP);
	afar_chunkmap_clear_now(g, vol);
}

/* The term that begins with it is the first that has the volume. */
static int add_outside(struct afar_group *g, const struct afar_cmd *cmd)
{
	struct put put = {
		.number = cmd->volume,
		.entry = {
			.id = cmd->id,
			.sectors = cpu_to_le64(cmd->sector),
			.outside = cpu_to_le64(cmd->sector),
			.used = cpu_to_le32(1),
		},
	};

	catch_up(g, NULL);
	afar_stream_leave(g);
	return afar_resync_term(g, put_entry, &put);
}

static int add_equal(struct afar_group *g, const struct afar_cmd *cmd)
{
	int r;

	mutex_lock(&g->journal.super_lock);
	r = change_table(g, cmd, true);
	mutex_unlock(&g->journal.super_lock);
	return r;
}

static int add(struct afar_group *g, struct afar_vol *vol, bool equal)
{
	struct afar_cmd cmd = {
		.op = AFAR_OP_ADD, .volume = vol->number, .sector = vol->ti->len,
	};
	int r = check_add(g, vol, equal);

	if (r)
		return r;
	get_random_bytes(&cmd.id, sizeof(cmd.id));
	r = equal ? add_equal(g, &cmd) : add_outside(g, &cmd);
	if (r) {
		afar_err(g, "add: volume %u: failed (%pe)%s", cmd.volume, ERR_PTR(r),
			 r == -EBUSY ? ": the peer has not committed the last changes, try later" :
			 r == -EAGAIN ? ": no number is free, try later" : "");
		return r;
	}
	/* what is written from now on gets a number behind its own, or its bit in the chunk map */
	afar_volume_joins(vol);
	afar_info(g, "volume %u added, %llu sectors%s", cmd.volume, cmd.sector,
		  equal ? "" : ": outside the cut until it has joined");
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
	/* the other volumes are in use, and wait for what waits here */
	unsigned int noio = memalloc_noio_save();
	struct afar_vol *vol = NULL;
	int r = 0;

	mutex_lock(&g->lock);
	if (!g->running) {
		r = not_running(g, "add");
		goto out;
	}
	vol = afar_volume_use(g, number);
	if (!vol) {
		afar_err(g, "add: volume %u is not attached: create its device first", number);
		r = -ENODEV;
		goto out;
	}
	if (!READ_ONCE(vol->member))
		r = add(g, vol, equal);
	afar_volumes_recount(g);
	afar_volume_unuse(vol);
out:
	mutex_unlock(&g->lock);
	memalloc_noio_restore(noio);
	afar_resync_kick(&g->stream.resync);
	afar_group_event(g);
	return r;
}

/* A secondary, whose map is made anew. */
static bool has_room_there(struct afar_group *g, const struct afar_vol *vol)
{
	struct afar_table_entry *table = kmemdup(g->journal.table, sizeof(g->journal.table),
						 GFP_NOIO);
	bool room;

	if (!table)
		return false;
	table[vol->number].sectors = cpu_to_le64(vol->ti->len);
	room = afar_chunkmap_room(g, table);
	kfree(table);
	return room;
}

/**
 * afar_volume_may_grow() - can a volume have the length of a table line that is loaded?
 * @vol: longer than its entry in the volume table. Says in the log why not
 *
 * Its super_lock is held. On a secondary the primary decides; the rest is not used until then.
 */
bool afar_volume_may_grow(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;

	if (!(g->journal.super.flags & AFAR_SUPER_TERM))
		return false;
	if (g->journal.super.role == AFAR_SECONDARY)
		return has_room_there(g, vol);
	return READ_ONCE(g->running) && !READ_ONCE(g->journal.failed) &&
	       afar_chunkmap_fits(g, vol->number, vol->ti->len);
}

/**
 * afar_volume_grow() - a longer table line of a running primary's volume goes live
 * @vol: not attached yet; its group is locked
 *
 * A resync that is under way begins anew.
 *
 * Return: 0, also where there is nothing to do; a negative errno.
 */
int afar_volume_grow(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;
	struct put put = { .number = vol->number };
	u64 was, sectors = vol->ti->len;
	unsigned int noio;
	int r;

	mutex_lock(&g->journal.super_lock);
	put.entry = g->journal.table[vol->number];
	mutex_unlock(&g->journal.super_lock);
	was = afar_table_sectors(&put.entry, 0);
	if (!g->running || !was || was >= sectors)
		return 0;
	if (!has_room(g, vol->number, sectors))
		return -ENOSPC;
	noio = memalloc_noio_save();
	catch_up(g, vol);
	le64_add_cpu(&put.entry.sectors, sectors - was);
	le64_add_cpu(&put.entry.outside, sectors - was);
	afar_stream_leave(g);
	r = afar_resync_term(g, put_entry, &put);
	memalloc_noio_restore(noio);
	if (r)
		afar_err(g, "grow: volume %u stays at %llu sectors (%pe), and its device is suspended: resume it to try again, or load a line of that length",
			 vol->number, was, ERR_PTR(r));
	else
		afar_info(g, "volume %u has grown from %llu to %llu sectors: what is new is outside the cut until it has joined",
			  vol->number, was, sectors);
	afar_resync_kick(&g->stream.resync);
	afar_group_event(g);
	return r;
}

static unsigned long join_all(struct afar_table_entry *table, bool all)
{
	unsigned long dirty = 0;
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++)
		if (afar_table_join(&table[i], all))
			dirty |= BIT(i / AFAR_TABLE_ENTRIES);
	return dirty;
}

/** afar_table_joined() - a primary's peer has all of all volumes in its cut. Group locked */
int afar_table_joined(struct afar_group *g)
{
	unsigned long dirty;
	int r;

	mutex_lock(&g->journal.super_lock);
	dirty = join_all(g->journal.table, true);
	afar_volumes_follow_table(g, NULL);
	r = afar_table_write(g, dirty);
	mutex_unlock(&g->journal.super_lock);
	afar_volumes_recount(g);
	return r;
}

/**
 * afar_table_promote() - a node becomes primary: its own image is what counts
 * @g:     the group; locked, and its super_lock is held
 * @equal: the operator declares that the origins of both nodes are equal
 *
 * On a secondary a volume that is in no cut at all leaves the group: what is there is half of what
 * the primary has. Should the promotion fail behind this, nothing of the term can be committed any
 * more: no change of it in the ring counts. The end of one that has grown stays outside the cut of
 * the next peer: what of it was never written to is what each disk held.
 */
int afar_table_promote(struct afar_group *g, bool equal)
{
	struct afar_journal *j = &g->journal;
	/* of a ring in memory nothing is replayed; and no block must seem to be of a later set */
	u64 set = afar_super_in_memory(&j->super) ? j->super.committed.set : U64_MAX;
	bool secondary = j->super.role == AFAR_SECONDARY;
	unsigned long dirty = 0;
	unsigned int i;
	int r;

	mutex_lock(&g->stage.lock);
	for (i = 0; (secondary || equal) && i < AFAR_VOLUMES; i++) {
		struct afar_table_entry *entry = &j->table[i];

		if (!entry->outside)
			continue;
		dirty |= BIT(i / AFAR_TABLE_ENTRIES);
		if (equal) {
			afar_table_join(entry, true);
			continue;
		}
		if (afar_table_inside(entry)) {
			entry->joins = 0;
			afar_warn(g, "volume %u: where nothing was written from sector %llu on since it has grown, it is not what the primary had",
				  i, afar_table_inside(entry));
			continue;
		}
		afar_warn(g, "volume %u was being added, and is in no cut: it leaves the group; 'add' takes it in again",
			  i);
		memset(entry, 0, sizeof(*entry));
	}
	for (i = 0; secondary && i < AFAR_TABLE_BLOCKS; i++)
		if (dirty & BIT(i))
			j->table_mark[i] = (struct afar_table_mark){ j->super.term.id, set };
	mutex_unlock(&g->stage.lock);
	afar_volumes_follow_table(g, NULL);
	if (j->table_stale)
		dirty = ~0UL;
	r = afar_table_write(g, dirty);
	if (!r)
		j->table_stale = false;
	afar_volumes_recount(g);
	return r;
}

static unsigned int table_size(struct afar_group *g)
{
	unsigned int i, count = 0;

	for (i = 0; i < AFAR_VOLUMES; i++)
		count += !!afar_table_sectors(g->journal.table, i);
	return count;
}

/* A secondary's table is the primary's of an earlier time. */
static int check_forget_secondary(struct afar_group *g, u16 number)
{
	if (!(g->journal.super.flags & AFAR_SUPER_TERM))
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
	struct afar_cmd cmd = { .op = AFAR_OP_REMOVE, .volume = number };
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	/* a fresh node may have found its primary just now */
	if (g->journal.super.role == AFAR_SECONDARY)
		r = check_forget_secondary(g, number);
	cmd.sector = le64_to_cpu(entry->sectors);
	cmd.id = entry->id;
	if (!r)
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

/* What joins with a cut, in a table of the current term. Stage lock held. */
static unsigned long do_joins(struct afar_group *g, const struct afar_cut *cut,
			      struct afar_table_entry *table)
{
	u64 joined = g->stage.joined;

	return cut->set ? join_all(table, joined && joined <= cut->set) : 0;
}

/**
 * afar_table_moves() - does a run change the volume table?
 * @g:   the group; stage lock held
 * @cut: end of the run
 */
bool afar_table_moves(struct afar_group *g, const struct afar_cut *cut)
{
	struct afar_stage *s = &g->stage;
	unsigned int i;

	if (afar_changes_limit(&s->changes, s->tracker.committed.set) == cut->set)
		return true;
	if (!READ_ONCE(g->outside))
		return false;
	if (s->joined && s->joined <= cut->set)
		return true;
	for (i = 0; i < AFAR_VOLUMES; i++)
		if (g->journal.table[i].joins)
			return true;
	return false;
}

/*
 * Do the changes up to a cut, in memory, and drop them from the list. Super lock and stage lock
 * held. @gone: result: volumes that were removed. Returns the blocks of the table that are to be
 * written.
 */
static unsigned long do_changes(struct afar_group *g, const struct afar_cut *cut,
				unsigned long *gone)
{
	struct afar_journal *j = &g->journal;
	unsigned long dirty = do_joins(g, cut, j->table);
	const struct afar_change *change;
	unsigned int i;

	bitmap_zero(gone, AFAR_VOLUMES);
	for (i = 0; i < AFAR_TABLE_BLOCKS; i++)
		if (dirty & BIT(i))
			j->table_mark[i] = (struct afar_table_mark){ j->super.term.id, cut->set };
	if (dirty)
		afar_info(g, "with set %llu what was outside the cut is in it%s", cut->set,
			  afar_table_outside(j->table) ? ", in part" : "");

	list_for_each_entry(change, &g->stage.changes.list, list) {
		const struct afar_cmd *cmd = &change->cmd;
		u32 index = cmd->volume / AFAR_TABLE_ENTRIES;

		if (cmd->seq > cut->seq)
			break;
		/* checked on arrival, and after replay */
		if (WARN_ON_ONCE(afar_table_apply(j->table, cmd)))
			continue;
		__assign_bit(cmd->volume, gone, cmd->op == AFAR_OP_REMOVE);
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
	unsigned long dirty;
	u32 index;
	int r = 0;

	table = kvmalloc(sizeof(j->table), GFP_NOIO);
	if (!table)
		return -ENOMEM;
	mutex_lock(&j->super_lock);
	mutex_lock(&g->stage.lock);
	memcpy(table, j->table, sizeof(j->table));
	dirty = do_joins(g, cut, table);
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
	DECLARE_BITMAP(gone, AFAR_VOLUMES);
	unsigned long dirty;
	int r = 0;

	mutex_lock(&g->journal.super_lock);
	mutex_lock(&g->stage.lock);
	dirty = do_changes(g, cut, gone);
	g->stage.awaited = 0;
	commit(g, data);
	mutex_unlock(&g->stage.lock);
	afar_volumes_follow_table(g, gone);
	if (!afar_super_in_memory(&g->journal.super))
		r = afar_table_write(g, dirty);
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
	DECLARE_BITMAP(gone, AFAR_VOLUMES);
	struct afar_table_entry *table;
	unsigned long dirty = 0;
	const char *why;
	int r = 0;

	if (list_empty(&s->changes.list) && !afar_table_outside(g->journal.table))
		return 0;
	table = kmemdup(g->journal.table, sizeof(g->journal.table), GFP_NOIO);
	if (!table)
		return -ENOMEM;
	mutex_lock(&g->journal.super_lock);
	mutex_lock(&s->lock);
	why = afar_table_forward(table, &s->changes, U64_MAX);
	if (!why)
		dirty = do_changes(g, &s->tracker.committed, gone);
	mutex_unlock(&s->lock);
	if (why) {
		afar_err(g, "journal refused: %s", why);
		r = -EILSEQ;
	} else {
		r = afar_table_write(g, dirty);
	}
	mutex_unlock(&g->journal.super_lock);
	kfree(table);
	return r;
}
