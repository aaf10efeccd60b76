// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "blockio.h"
#include "group.h"
#include "registry.h"

static void event_work(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, event_work);

	struct dm_target *ti = READ_ONCE(g->ti);

	/* it stays: whoever unbinds it flushes this work before it goes away */
	if (ti)
		dm_table_event(ti->table);
	afar_group_put(g);
}

/** afar_group_event() - the state has changed: wake dmsetup wait. Any process context. */
void afar_group_event(struct afar_group *g)
{
	kref_get(&g->ref);
	if (!queue_work(system_unbound_wq, &g->event_work))
		afar_group_put(g);
}

static void group_free(struct afar_group *g)
{
	static const struct afar_cut none;

	afar_stage_clear(g, &none);
	if (g->wq)
		destroy_workqueue(g->wq);
	if (g->spool_wq)
		destroy_workqueue(g->spool_wq);
	afar_stream_exit(g);
	afar_chunkmap_exit(g);
	afar_answer_exit(&g->answer);
	afar_journal_exit(&g->journal);
	bioset_exit(&g->bios);
	if (g->net)
		put_net(g->net);
	memzero_explicit(&g->key, sizeof(g->key));
	kvfree(g);
}

static struct afar_group *group_alloc(struct mapped_device *md)
{
	struct afar_group *g = kvzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return NULL;
	kref_init(&g->ref);
	g->md = md;
	mutex_init(&g->lock);
	spin_lock_init(&g->volumes_lock);
	INIT_WORK(&g->event_work, event_work);
	INIT_DELAYED_WORK(&g->notify_work, afar_sysfs_notify);
	init_completion(&g->kobj_gone);
	afar_options_init(&g->options);
	afar_stage_init(&g->stage);
	afar_link_init(&g->link);
	g->net = get_net(current->nsproxy->net_ns);
	if (dm_copy_name_and_uuid(md, g->name, NULL))
		strscpy(g->name, dm_device_name(md), sizeof(g->name));
	g->wq = alloc_workqueue("afar/%s", WQ_MEM_RECLAIM | WQ_UNBOUND, 0, g->name);
	g->spool_wq = alloc_workqueue("afar_spool/%s", WQ_MEM_RECLAIM | WQ_UNBOUND, 0, g->name);
	if (g->wq && g->spool_wq && !afar_chunkmap_init(g) && !afar_io_init(&g->bios) &&
	    !afar_journal_init(&g->journal) && !afar_stream_init(g) &&
	    !afar_answer_init(&g->answer))
		return g;
	group_free(g);
	return NULL;
}

/**
 * afar_group_get() - the group object of a mapped device, made if need be
 * @md: device of an afar-group target
 *
 * Return: counted, or NULL: no memory.
 */
struct afar_group *afar_group_get(struct mapped_device *md)
{
	struct afar_group *g = afar_registry_find(md);

	if (g)
		return g;
	g = group_alloc(md);
	if (g) {
		struct afar_group *other = afar_registry_add(g);

		if (other) {
			group_free(g);
			g = other;
		}
	}
	return g;
}

static void group_release(struct kref *ref)
{
	struct afar_group *g = container_of(ref, struct afar_group, ref);

	afar_registry_del(g);
	afar_group_halt(g);
	cancel_delayed_work_sync(&g->notify_work);
	afar_sysfs_remove(g);
	/* sysfs could arm it until now */
	cancel_delayed_work_sync(&g->stream.close_work);
	group_free(g);
}

/** afar_group_put() - drop a reference; process context, may sleep */
void afar_group_put(struct afar_group *g)
{
	kref_put(&g->ref, group_release);
}

/** afar_now() - wall clock, ns since 1970 */
u64 afar_now(void)
{
	return ktime_get_real_ns();
}

/* First resume: read everything, but start nothing that depends on volumes being there. */
static int load(struct afar_group *g)
{
	int r = afar_journal_load(g);

	if (r)
		return r;
	g->loaded = true;
	afar_volumes_recount(g);
	return 0;
}

/* Do the options ask for what cannot be changed any more? */
static bool fits_durable(struct afar_group *g, const struct afar_options *options)
{
	static const enum afar_knob durable[] = {
		AFAR_KNOB_BLOCK_SIZE, AFAR_KNOB_CHUNK_SIZE, AFAR_KNOB_RING_MEMORY,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(durable); i++) {
		enum afar_knob knob = durable[i];

		if (!(options->given & (1U << knob)) ||
		    options->value[knob] == g->options.value[knob])
			continue;
		afar_err(g, "%s is %llu since the journal was formatted",
			 afar_knob_info[knob].name, g->options.value[knob]);
		return false;
	}
	return true;
}

/**
 * afar_group_is() - is the journal of the group that a table line names?
 * @g:       the group; its journal's superblock has been read
 * @options: of the line
 *
 * A journal that is of no group yet fits any. Return: false, with the reason in the kernel log.
 */
bool afar_group_is(struct afar_group *g, const struct afar_options *options)
{
	const struct afar_uuid *mine = &g->journal.super.group;

	if (afar_uuid_none(mine) || afar_uuid_none(&options->group) ||
	    afar_uuid_equal(mine, &options->group))
		return true;
	afar_err(g, "journal refused: it is of group %pUb, the table line says %pUb",
		 mine, &options->group);
	return false;
}

/* Lock held. */
static bool fits(struct afar_group *g, struct block_device *bdev,
		 const struct afar_options *options)
{
	if (!g->loaded)
		return true;
	if (g->journal.bdev == bdev)
		return fits_durable(g, options);
	afar_err(g, "the journal of a live group cannot be changed");
	return false;
}

/**
 * afar_group_fits() - may a table with this journal and these options follow the live one?
 * @g:       the group
 * @bdev:    journal
 * @options: options
 *
 * Asked when a table is loaded: when one cannot be resumed, the one before it is gone already.
 *
 * Return: false, with the reason in the kernel log, when it may not.
 */
bool afar_group_fits(struct afar_group *g, struct block_device *bdev,
		     const struct afar_options *options)
{
	bool r;

	mutex_lock(&g->lock);
	r = fits(g, bdev, options) && (!g->loaded || afar_group_is(g, options));
	mutex_unlock(&g->lock);
	return r;
}

static int bind(struct afar_group *g, struct dm_target *ti, struct block_device *bdev,
		const struct afar_options *options, const struct afar_addresses *address,
		const struct afar_key *key)
{
	if (g->detached) {
		afar_err(g, "detached: its table was taken away; remove its volumes and the device first");
		return -ENODEV;
	}
	if (!fits(g, bdev, options))
		return -EINVAL;
	g->ti = ti;
	g->journal.bdev = bdev;
	g->address = *address;
	g->key = *key;
	return 0;
}

/*
 * A table that is loaded again keeps what was changed through sysfs, but for what it names itself.
 */
static void take_options(struct afar_group *g, const struct afar_options *options)
{
	unsigned int i;

	for (i = 0; i < AFAR_KNOBS; i++) {
		bool durable = i == AFAR_KNOB_BLOCK_SIZE || i == AFAR_KNOB_CHUNK_SIZE ||
			       i == AFAR_KNOB_RING_MEMORY;

		if (!g->loaded || (options->given & (1U << i) && !durable))
			g->options.value[i] = options->value[i];
	}
	g->options.given = options->given;
	g->options.group = options->group;
}

/* Between a clean stop and the next number the mark must be gone, durably. */
static int set_clean(struct afar_group *g, bool clean)
{
	struct afar_super_info *super = &g->journal.super;
	int r = 0;

	if (!g->running || super->role != AFAR_PRIMARY || super->flags & AFAR_SUPER_RESYNC)
		return 0;
	mutex_lock(&g->journal.super_lock);
	/* where it cannot be written it must not count as written */
	if (clean && !READ_ONCE(g->journal.failed) && afar_stream_clean(g)) {
		super->flags |= AFAR_SUPER_CLEAN;
		super->next_seq = g->stream.sets.next;
		super->next_set = g->stream.sets.open;
		afar_verify_save(g);
		r = afar_journal_write_super(g);
	} else if (!clean && super->flags & AFAR_SUPER_CLEAN) {
		super->flags &= ~AFAR_SUPER_CLEAN;
		r = afar_journal_write_supers(g);
		if (r)	/* it may stand on disk still: no resume before it is gone */
			super->flags |= AFAR_SUPER_CLEAN;
	}
	mutex_unlock(&g->journal.super_lock);
	return r;
}

/*
 * A mark that cannot be taken away may stand on disk. It stays true if nothing is written any more:
 * writes fail, as they must not hang, and all else goes on.
 */
static int take_up(struct afar_group *g)
{
	int r = set_clean(g, false);

	if (!r || !READ_ONCE(g->journal.failed))
		return r;
	afar_stream_refuse(g);
	return 0;
}

/**
 * afar_group_preresume() - a table becomes the group's: load if it is the first, start the threads
 * @g:       the group
 * @ti:      target of the table
 * @bdev:    its journal
 * @options: its options
 * @address: its addresses
 * @key:     its key
 */
int afar_group_preresume(struct afar_group *g, struct dm_target *ti, struct block_device *bdev,
			 const struct afar_options *options,
			 const struct afar_addresses *address, const struct afar_key *key)
{
	/* the volumes stand still: reclaim must not wait for them */
	unsigned int noio = memalloc_noio_save();
	int r;

	mutex_lock(&g->lock);
	r = bind(g, ti, bdev, options, address, key);
	if (r)
		goto out;
	take_options(g, options);
	if (!g->loaded) {
		r = load(g);
	} else {
		afar_stream_policy(g);
		afar_stage_policy(g);
	}
	if (!r)
		r = take_up(g);
	if (!r)
		r = afar_sysfs_add(g);
	if (!r)
		r = afar_link_open(g);
	if (!r)
		r = afar_group_start(g);
	if (r) {
		afar_group_halt(g);
		set_clean(g, true);
	}
out:
	mutex_unlock(&g->lock);
	memalloc_noio_restore(noio);
	return r;
}

/**
 * afar_group_start() - start journal writer, writer of the chunk map, committer and resync
 * @g: the group, loaded; lock held
 */
int afar_group_start(struct afar_group *g)
{
	int r;

	WRITE_ONCE(g->suspending, false);
	r = afar_journal_start(g);
	if (!r)
		r = afar_chunkmap_start(g);
	if (!r)
		r = afar_committer_start(g);
	if (!r)
		r = afar_resync_start(g);
	return r;
}

/**
 * afar_group_halt() - stop resync, lanes, committer and both writers, in this order; memory is kept
 * @g: the group; lock held, or nobody else left
 */
void afar_group_halt(struct afar_group *g)
{
	WRITE_ONCE(g->suspending, true);
	wake_up_all(&g->stage.wait);
	wake_up_all(&g->stream.wait);
	wake_up_all(&g->link.wait);
	afar_resync_stop(g);
	afar_link_stop(g);
	afar_committer_stop(g);
	cancel_work_sync(&g->stream.spool.work);
	cancel_work_sync(&g->stream.resync.compare.work);
	cancel_work_sync(&g->answer.work);
	afar_chunkmap_stop(g);
	afar_journal_stop(g);
	g->active = false;
}

/** afar_group_resume() - lanes and volumes go on */
void afar_group_resume(struct afar_group *g)
{
	unsigned int noio = memalloc_noio_save();
	int r;

	mutex_lock(&g->lock);
	r = afar_link_start(g);
	if (r)
		afar_err(g, "link: cannot start (%pe)", ERR_PTR(r));
	g->active = true;
	afar_volumes_set_ro(g, !g->running);
	mutex_unlock(&g->lock);
	afar_volumes_resume(g);
	memalloc_noio_restore(noio);
	afar_group_event(g);
}

/** afar_group_presuspend() - nobody waits any more; the volumes stand still when this returns */
void afar_group_presuspend(struct afar_group *g)
{
	WRITE_ONCE(g->suspending, true);
	wake_up_all(&g->stage.wait);
	wake_up_all(&g->stream.wait);
	wake_up_all(&g->link.wait);
	afar_volumes_suspend(g);
}

/** afar_group_undo() - the suspend did not come to pass */
void afar_group_undo(struct afar_group *g)
{
	WRITE_ONCE(g->suspending, false);
	queue_work(system_unbound_wq, &g->answer.work);
	afar_volumes_resume(g);
	afar_resync_kick(&g->stream.resync);
}

/** afar_group_postsuspend() - stop everything; leave the clean mark if there is nothing to lose */
void afar_group_postsuspend(struct afar_group *g)
{
	mutex_lock(&g->lock);
	if (g->active) {
		if (g->running)
			afar_stream_close(g);
		afar_group_halt(g);
		set_clean(g, true);
	}
	mutex_unlock(&g->lock);
}

/**
 * afar_group_unbind() - a table goes away
 * @g:  the group
 * @ti: its target
 *
 * If it is the bound one, no other has taken its place: the group is detached.
 */
void afar_group_unbind(struct afar_group *g, struct dm_target *ti)
{
	bool bound;

	mutex_lock(&g->lock);
	bound = g->ti == ti;
	if (bound) {
		afar_group_halt(g);
		g->detached = true;
		WRITE_ONCE(g->ti, NULL);
		g->running = false;
		afar_verify_stop(g, "the group's table was taken away");
		afar_stream_end(g);
	}
	mutex_unlock(&g->lock);
	/* from now on they answer EIO */
	if (bound)
		afar_volumes_resume(g);
	flush_work(&g->event_work);
}

/** afar_group_role() - the role token that status prints */
const char *afar_group_role(struct afar_group *g)
{
	return g->journal.super.role == AFAR_PRIMARY ? "primary" : "secondary";
}

/** afar_group_state() - the state token that status prints */
const char *afar_group_state(struct afar_group *g)
{
	const struct afar_super_info *super = &g->journal.super;

	if (READ_ONCE(g->detached))
		return "detached";
	if (READ_ONCE(g->journal.failed))
		return "journal-failed";
	if (READ_ONCE(g->stage.failed) || READ_ONCE(g->stage.unread) ||
	    READ_ONCE(g->stage.unreadable))
		return "commit-failed";
	if (afar_volumes_missing(g))
		return "volumes-missing";
	if (!(super->flags & AFAR_SUPER_TERM))
		return "fresh";
	if (afar_stage_damaged(&g->stage))
		return "journal-damaged";
	if (super->role == AFAR_PRIMARY && !READ_ONCE(g->running))
		return "promote-needed";
	if (afar_stage_torn(&g->stage))
		return "no-cut";
	if (afar_stage_readable(&g->stage))
		return "hold";
	if (READ_ONCE(g->stage.held) != AFAR_HOLD_NONE)
		return "holding";
	if (READ_ONCE(g->stream.resync.stands))
		return "resync";
	if (READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY && READ_ONCE(g->stream.resync.needed))
		return "resync-no-room";
	if (READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY && READ_ONCE(g->stream.overflown))
		return "overflow";
	if (super->flags & AFAR_SUPER_RESYNC || READ_ONCE(g->stream.mode) == AFAR_MODE_DIRTY ||
	    (super->role == AFAR_SECONDARY && READ_ONCE(g->link.reason) == AFAR_BYE_RESYNC))
		return "resync-needed";
	if (READ_ONCE(g->stream.spool.full))
		return "spool-full";
	if (afar_spool_busy(g))
		return "spooling";
	if (READ_ONCE(g->outside))
		return "joining";
	return "ok";
}
