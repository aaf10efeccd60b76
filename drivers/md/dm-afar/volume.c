// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: volumes
 * Which volumes of the group are attached. A volume is attached from its preresume to its
 * postsuspend; in between the committer may use it.
 *
 * The group's suspend suspends the devices of attached volumes, too, which detaches them. It
 * remembers them as halted, until it resumes their devices or they go away.
 */
#include <linux/blkdev.h>
#include <linux/sched/mm.h>
#include "compat/dm.h"
#include "core/rule.h"
#include "group.h"

/* A secondary's may be longer, when it is about to grow: what it has too much of is not used. */
static bool has_length(const struct afar_vol *vol, u64 sectors)
{
	return sectors && (vol->ti->len == sectors ||
			   (vol->ti->len > sectors &&
			    vol->group->journal.super.role == AFAR_SECONDARY));
}

/* Is a volume of that length attached under the number? Lock held. */
static bool is_there(struct afar_group *g, u16 number, u64 sectors)
{
	return g->volume[number] && has_length(g->volume[number], sectors);
}

/** afar_volume_is() - is a volume of that length attached under the number? */
bool afar_volume_is(struct afar_group *g, u16 number, u64 sectors)
{
	bool is;

	spin_lock(&g->volumes_lock);
	is = is_there(g, number, sectors);
	spin_unlock(&g->volumes_lock);
	return is;
}

/* One of the volume table, or one that the next run of a secondary adds. Lock held. */
static bool is_missing(struct afar_group *g, u16 number)
{
	u64 sectors = afar_table_sectors(g->journal.table, number);

	if (!sectors && READ_ONCE(g->stage.awaited_volume) == number)
		sectors = READ_ONCE(g->stage.awaited);
	return sectors && !is_there(g, number, sectors);
}

/**
 * afar_volumes_list_missing() - the numbers of missing volumes, with commas between; "-": none
 * @g:    the group
 * @text: result
 * @size: room in it; what does not fit is left out
 *
 * Return: its length.
 */
unsigned int afar_volumes_list_missing(struct afar_group *g, char *text, unsigned int size)
{
	unsigned int i, length = 0;

	spin_lock(&g->volumes_lock);
	for (i = 0; i < AFAR_VOLUMES; i++)
		if (is_missing(g, i))
			length += scnprintf(text + length, size - length, "%s%u",
					    length ? "," : "", i);
	spin_unlock(&g->volumes_lock);
	return length ? length : scnprintf(text, size, "-");
}

/** afar_volumes_recount() - reckon anew what of the volume table is missing, or outside the cut */
void afar_volumes_recount(struct afar_group *g)
{
	unsigned int i, missing = 0;

	spin_lock(&g->volumes_lock);
	for (i = 0; i < AFAR_VOLUMES; i++)
		missing += is_missing(g, i);
	WRITE_ONCE(g->missing, missing);
	WRITE_ONCE(g->outside, afar_table_outside(g->journal.table));
	spin_unlock(&g->volumes_lock);
	wake_up_all(&g->stage.wait);
}

/* A volume that the volume table does not have yet. Lock and super_lock held. */
static int add_to_table(struct afar_group *g, struct afar_vol *vol)
{
	struct afar_table_entry *entry = &g->journal.table[vol->number];
	int r;

	/* later it is a matter of both nodes: it is attached, and waits to be added */
	if (g->journal.super.flags & AFAR_SUPER_TERM)
		return 0;
	memset(entry, 0, sizeof(*entry));
	entry->sectors = cpu_to_le64(vol->ti->len);
	entry->used = cpu_to_le32(1);
	r = afar_journal_write_table(g, vol->number);
	if (r)
		memset(entry, 0, sizeof(*entry));
	return r;
}

/*
 * What is staged for a volume must not reach another disk, which has been put in its place before
 * this node has heard that the volume was forgotten. Super lock held.
 */
static int check_origin(struct afar_group *g, struct afar_vol *vol)
{
	dev_t before = READ_ONCE(g->origin_dev[vol->number]);

	if (g->journal.super.role != AFAR_SECONDARY ||
	    !(g->journal.super.flags & AFAR_SUPER_TERM) ||
	    !before || before == vol->origin->bdev->bd_dev)
		return 0;
	afar_err(g, "volume %u has its origin on %u:%u; another device can take its number when the primary has forgotten the volume",
		 vol->number, MAJOR(before), MINOR(before));
	return -EBUSY;
}

/* Why a table line of that length cannot be, where its volume has @sectors. */
static void say_length(struct afar_vol *vol, u64 sectors)
{
	struct afar_group *g = vol->group;
	const char *way;

	if (vol->ti->len < sectors)
		way = "a volume does not become shorter; load a line of that length";
	else if (!(g->journal.super.flags & AFAR_SUPER_TERM))
		way = "remove the device, say 'forget', and create it anew";
	else if (!READ_ONCE(g->running))
		way = "load a line of that length: it grows on a running primary only";
	else
		way = "it cannot grow now";
	afar_err(g, "volume %u has %llu sectors in the volume table, its table line says %llu: %s",
		 vol->number, sectors, (u64)vol->ti->len, way);
}

/* super_lock held; lock, too, should the volume be new. */
static int check_table(struct afar_group *g, struct afar_vol *vol)
{
	const struct afar_table_entry *entry = &g->journal.table[vol->number];

	if (!le32_to_cpu(entry->used))
		return add_to_table(g, vol);
	if (le64_to_cpu(entry->sectors) == vol->ti->len ||
	    (le64_to_cpu(entry->sectors) < vol->ti->len && afar_volume_may_grow(vol)))
		return check_origin(g, vol);
	say_length(vol, le64_to_cpu(entry->sectors));
	return -EINVAL;
}

/**
 * afar_volume_fits() - does a volume fit the volume table?
 * @vol: the volume
 *
 * It does when its length is the one in there, or is to be; or when it is new, and there is room
 * for its map.
 */
bool afar_volume_fits(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;
	bool fits = true;

	mutex_lock(&g->journal.super_lock);
	if (le32_to_cpu(g->journal.table[vol->number].used))
		fits = !check_table(g, vol);
	else
		fits = afar_chunkmap_fits(g, vol->number, vol->ti->len);
	mutex_unlock(&g->journal.super_lock);
	return fits;
}

static struct gendisk *disk_of(struct afar_vol *vol)
{
	return dm_disk(dm_table_get_md(vol->ti->table));
}

static void invalidate(struct afar_vol *vol)
{
	invalidate_bdev(disk_of(vol)->part0);
}

/* The committer writes below the page cache, so a secondary's may be stale. */
static void show_image(struct afar_vol *vol, bool ro)
{
	if (ro)
		invalidate(vol);
	set_disk_ro(disk_of(vol), ro);
}

/* A volume has been attached, or its place in the volume table has changed. Volumes lock held. */
static void follow_table(struct afar_group *g, struct afar_vol *vol)
{
	const struct afar_table_entry *entry = &g->journal.table[vol->number];
	bool member = has_length(vol, afar_table_sectors(g->journal.table, vol->number));

	WRITE_ONCE(vol->member, member);
	WRITE_ONCE(vol->inside, min_t(u64, afar_table_inside(entry), vol->ti->len));
	if (member)
		g->origin_dev[vol->number] = vol->origin->bdev->bd_dev;
}

/** afar_volume_joins() - an attached volume of a running primary is in the volume table now */
void afar_volume_joins(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;

	spin_lock(&g->volumes_lock);
	follow_table(g, vol);
	spin_unlock(&g->volumes_lock);
	set_disk_ro(disk_of(vol), false);
}

/**
 * afar_volumes_follow_table() - the volume table has changed
 * @g:    the group; super lock held
 * @gone: what was removed from it, be there another one of the same number: the volume is of no use
 *        any more, also not to a later one; NULL: nothing was
 *
 * What is not in there, and is not @gone either, may be added.
 */
void afar_volumes_follow_table(struct afar_group *g, const unsigned long *gone)
{
	unsigned int i;

	spin_lock(&g->volumes_lock);
	for (i = 0; i < AFAR_VOLUMES; i++) {
		struct afar_vol *vol = g->volume[i];
		bool goes = gone && test_bit(i, gone);
		bool had = vol && (vol->member || vol->origin->bdev->bd_dev == g->origin_dev[i]);

		if (goes || !afar_table_sectors(g->journal.table, i))
			g->origin_dev[i] = 0;
		if (had && goes) {
			WRITE_ONCE(vol->forgotten, true);
			WRITE_ONCE(vol->member, false);
			g->volume[i] = NULL;
		} else if (vol) {
			follow_table(g, vol);
		}
	}
	spin_unlock(&g->volumes_lock);
}

static int suspended(struct afar_vol *vol)
{
	afar_err(vol->group, "volume %u: the group is suspended; resume it first", vol->number);
	return -EAGAIN;
}

/**
 * afar_volume_attach() - a volume's table goes live
 * @vol: the volume
 *
 * Return: 0, also when the group is detached: then it answers EIO; -EAGAIN: its group is suspended;
 * -EBUSY, -EINVAL: does not fit the volume table, see the kernel log.
 */
int afar_volume_attach(struct afar_vol *vol)
{
	/* other volumes' writes wait for who waits for super_lock */
	unsigned int noio = memalloc_noio_save();
	struct afar_group *g = vol->group;
	int r = 0;

	mutex_lock(&g->lock);
	if (g->detached)
		goto out;
	if (!g->active) {
		r = suspended(vol);
		goto out;
	}
	if (vol->forgotten) {
		afar_err(g, "volume %u was forgotten: remove its device", vol->number);
		r = -ENODEV;
		goto out;
	}
	/* nobody else attaches one, as the group is locked */
	if (READ_ONCE(g->volume[vol->number])) {
		afar_err(g, "volume %u is attached already, by another device: remove that, or take another number",
			 vol->number);
		r = -EBUSY;
		goto out;
	}
	r = afar_volume_grow(vol);
	if (r)
		goto out;
	mutex_lock(&g->journal.super_lock);
	r = check_table(g, vol);
	if (r) {
		mutex_unlock(&g->journal.super_lock);
		goto out;
	}
	spin_lock(&g->volumes_lock);
	/* the group's suspend sets it, and then looks which volumes there are */
	if (READ_ONCE(g->suspending))
		r = -EAGAIN;
	else
		g->volume[vol->number] = vol;
	if (!r)
		follow_table(g, vol);
	spin_unlock(&g->volumes_lock);
	mutex_unlock(&g->journal.super_lock);
	if (r)
		suspended(vol);
	else
		show_image(vol, !g->running || !vol->member);
out:
	mutex_unlock(&g->lock);
	memalloc_noio_restore(noio);
	afar_volumes_recount(g);
	return r;
}

/** afar_volume_detach() - a volume's table stops; returns when nobody uses its origin any more */
void afar_volume_detach(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;

	spin_lock(&g->volumes_lock);
	if (g->volume[vol->number] == vol)
		g->volume[vol->number] = NULL;
	spin_unlock(&g->volumes_lock);
	wait_event(vol->idle, !atomic_read(&vol->users));
	afar_volumes_recount(g);
}

/**
 * afar_volume_flush() - a primary's volume has stopped: what was numbered goes to stable media
 * @vol: the volume
 *
 * The clean mark lets the term go on, so it must not stand above writes that a power loss takes
 * from this node alone (R2, R1). The group stops after its volumes, and sets it.
 */
void afar_volume_flush(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;
	int r;

	if (READ_ONCE(g->stream.mode) != AFAR_MODE_STREAM)
		return;
	r = afar_rule(AFAR_RULE_STOP_FLUSH) ? blkdev_issue_flush(vol->origin->bdev) : 0;
	if (!r)
		return;
	afar_err(g, "volume %u: origin cannot be flushed (%pe): this stop is not a clean one",
		 vol->number, ERR_PTR(r));
	WRITE_ONCE(g->stream.unflushed, true);
}

/**
 * afar_volume_gone() - a volume's table is freed; returns when nobody knows it any more
 * @vol: the volume
 *
 * The group's suspend may have halted the device just when this table had been replaced: nobody
 * would let it go again.
 */
void afar_volume_gone(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;
	struct mapped_device *md = dm_table_get_md(vol->ti->table);
	bool halted;

	/* a table that was destroyed without a suspend */
	afar_volume_detach(vol);
	/* who pins it takes it from where it is found, under the lock */
	spin_lock(&g->volumes_lock);
	while (atomic_read(&vol->pins)) {
		spin_unlock(&g->volumes_lock);
		wait_event(vol->idle, !atomic_read(&vol->pins));
		spin_lock(&g->volumes_lock);
	}
	halted = g->halted[vol->number] == vol;
	if (halted)
		g->halted[vol->number] = NULL;
	spin_unlock(&g->volumes_lock);
	/* unless the device goes, too */
	if (halted && !dm_hold(md)) {
		dm_internal_resume(md);
		dm_put(md);
	}
}

/** afar_volume_use() - keep a volume attached; NULL: it is not. Ends with afar_volume_unuse(). */
struct afar_vol *afar_volume_use(struct afar_group *g, u16 number)
{
	struct afar_vol *vol;

	spin_lock(&g->volumes_lock);
	vol = g->volume[number];
	if (vol)
		atomic_inc(&vol->users);
	spin_unlock(&g->volumes_lock);
	return vol;
}

/** afar_volume_unuse() - the opposite of afar_volume_use() */
void afar_volume_unuse(struct afar_vol *vol)
{
	struct afar_group *g = vol->group;

	/* under the lock: afar_volume_detach() takes it before the volume goes away */
	spin_lock(&g->volumes_lock);
	if (atomic_dec_and_test(&vol->users))
		wake_up_all(&vol->idle);
	spin_unlock(&g->volumes_lock);
}

/** afar_volumes_count() - how many volumes of the volume table are attached */
int afar_volumes_count(struct afar_group *g)
{
	unsigned int i, count = 0;

	spin_lock(&g->volumes_lock);
	for (i = 0; i < AFAR_VOLUMES; i++)
		count += g->volume[i] && g->volume[i]->member;
	spin_unlock(&g->volumes_lock);
	return count;
}

/** afar_volumes_longer() - is one attached that is longer than the volume table says? Logs it */
bool afar_volumes_longer(struct afar_group *g, const char *what)
{
	u64 sectors = 0, length = 0;
	unsigned int i;

	spin_lock(&g->volumes_lock);
	for (i = 0; i < AFAR_VOLUMES && !length; i++) {
		sectors = afar_table_sectors(g->journal.table, i);
		if (sectors && g->volume[i] && g->volume[i]->ti->len > sectors)
			length = g->volume[i]->ti->len;
	}
	spin_unlock(&g->volumes_lock);
	if (length)
		afar_err(g, "%s: the table line of volume %u says %llu sectors, the volume has %llu: load one of that length first, and grow it later",
			 what, i - 1, length, sectors);
	return length;
}

static void volumes_do(struct afar_group *g, void (*act)(struct afar_vol *vol))
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		struct afar_vol *vol = afar_volume_use(g, i);

		if (!vol)
			continue;
		act(vol);
		afar_volume_unuse(vol);
	}
}

static void set_ro(struct afar_vol *vol)
{
	set_disk_ro(disk_of(vol), true);
}

static void set_rw(struct afar_vol *vol)
{
	if (!READ_ONCE(vol->member))
		return;
	invalidate(vol);
	set_disk_ro(disk_of(vol), false);
}

/* A volume that cannot go away until it is unpinned; NULL: there is none. */
static struct afar_vol *pin(struct afar_group *g, struct afar_vol **from)
{
	struct afar_vol *vol;

	spin_lock(&g->volumes_lock);
	vol = *from;
	if (vol)
		atomic_inc(&vol->pins);
	spin_unlock(&g->volumes_lock);
	return vol;
}

static void unpin(struct afar_vol *vol, bool halted)
{
	struct afar_group *g = vol->group;

	/* under the lock: afar_volume_gone() takes it before the volume goes away */
	spin_lock(&g->volumes_lock);
	g->halted[vol->number] = halted ? vol : NULL;
	if (atomic_dec_and_test(&vol->pins))
		wake_up_all(&vol->idle);
	spin_unlock(&g->volumes_lock);
}

/** afar_volumes_suspend() - stop I/O to all volumes; no lock of ours is held */
void afar_volumes_suspend(struct afar_group *g)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		struct afar_vol *vol = pin(g, &g->volume[i]);

		if (!vol)
			continue;
		dm_internal_suspend_noflush(dm_table_get_md(vol->ti->table));
		unpin(vol, true);
	}
}

/** afar_volumes_resume() - the opposite of afar_volumes_suspend() */
void afar_volumes_resume(struct afar_group *g)
{
	unsigned int i;

	for (i = 0; i < AFAR_VOLUMES; i++) {
		struct afar_vol *vol = pin(g, &g->halted[i]);

		if (!vol)
			continue;
		dm_internal_resume(dm_table_get_md(vol->ti->table));
		unpin(vol, false);
	}
}

/** afar_volumes_set_ro() - volumes are read-only but on a running primary */
void afar_volumes_set_ro(struct afar_group *g, bool ro)
{
	volumes_do(g, ro ? set_ro : set_rw);
}

/** afar_volumes_invalidate() - forget what is cached of an image that is about to be another one */
void afar_volumes_invalidate(struct afar_group *g)
{
	volumes_do(g, invalidate);
}
