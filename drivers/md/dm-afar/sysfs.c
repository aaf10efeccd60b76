// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: sysfs
 * /sys/block/dm-N/afar: facts, and the knobs of core/options.h. show and store take no lock that is
 * held over kobject_del().
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include "core/term.h"
#include "facts.h"

struct afar_attribute {
	struct attribute attr;
	ssize_t (*show)(struct afar_group *g, const struct afar_facts *f, char *page);
};

/* Where a primary took over from another node; zeroes: it never did. */
static const struct afar_chain_entry *image(const struct afar_group *g)
{
	static const struct afar_chain_entry none;
	const struct afar_super_info *super = &g->journal.super;
	const struct afar_chain_entry *entry = afar_history_image(&super->chain);

	return super->role == AFAR_PRIMARY && entry ? entry : &none;
}

/* X(name, format, value): facts that are one number or word */
#define FACTS(X) \
	X(role, "%s", afar_group_role(g)) \
	X(state, "%s", afar_group_state(g)) \
	X(link, "%s", afar_link_state(g)) \
	X(local_set, "%llu:%llu", g->journal.super.term.counter, f->local_set) \
	X(local_seq, "%llu:%llu", g->journal.super.term.counter, f->local_seq) \
	X(replicated_set, "%llu:%llu", g->journal.super.term.counter, f->replicated.set) \
	X(replicated_seq, "%llu:%llu", g->journal.super.term.counter, f->replicated.seq) \
	X(committed_set, "%llu:%llu", g->journal.super.term.counter, f->committed.set) \
	X(committed_seq, "%llu:%llu", g->journal.super.term.counter, f->committed.seq) \
	X(replicated_time_ns, "%llu", f->replicated.time) \
	X(lag_bytes, "%llu", f->lag.bytes) \
	X(lag_sets, "%llu", f->lag.sets) \
	X(lag_ms, "%llu", f->lag.ms) \
	X(memory_used, "%llu", f->memory) \
	X(ring_used, "%llu", f->ring_used) \
	X(ring_blocks, "%llu", f->ring_blocks) \
	X(parked, "%llu", f->parked) \
	X(parks_total, "%llu", g->stream.parks) \
	X(forced_closes_total, "%llu", g->stream.forced_closes) \
	X(overlaps_total, "%llu", g->stream.overlaps) \
	X(shipped_total, "%llu", g->stream.shipped) \
	X(socket_bytes_total, "%llu", g->stream.socket_bytes) \
	X(payload_bytes_total, "%llu", g->stream.payload_bytes) \
	X(spooled_blocks_total, "%llu", g->stream.spool.total) \
	X(inexact, "%llu", g->stream.inexact) \
	X(image_set, "%llu:%llu", image(g)->term.counter, image(g)->left_set) \
	X(image_seq, "%llu:%llu", image(g)->term.counter, image(g)->left_seq) \
	X(image_time_ns, "%llu", image(g)->time) \
	X(split_set, "%llu:%llu", g->link.fork.term.counter, g->link.fork.left_set) \
	X(split_time_ns, "%llu", g->link.fork.time) \
	X(granted, "%u", !!(g->journal.super.flags & AFAR_SUPER_GRANTED)) \
	X(chunks_dirty, "%llu", f->dirty) \
	X(chunks_total, "%llu", f->chunks) \
	X(resync_done, "%llu", f->scanned) \
	X(resync_total, "%llu", f->to_scan) \
	X(resync_left_ms, "%llu", f->resync_left) \
	X(resync_speed, "%llu", f->resync_speed) \
	X(resync_needed, "%llu", f->resync_needed) \
	X(outside_bytes, "%llu", READ_ONCE(g->outside) << SECTOR_SHIFT) \
	X(resync_in_place, "%u", READ_ONCE(g->stream.resync.stands) && \
				 READ_ONCE(g->stream.resync.in_place)) \
	X(resync_equal_total, "%llu", g->stream.resync.compare.equal) \
	X(resync_zero_total, "%llu", g->stream.resync.compare.zero) \
	X(verify_running, "%u", READ_ONCE(g->verify.wanted)) \
	X(verify_done, "%llu", f->verified) \
	X(verify_total, "%llu", f->to_verify) \
	X(verify_busy, "%llu", g->verify.at.busy) \
	X(verify_unknown, "%llu", g->verify.at.unknown) \
	X(verify_found, "%llu", g->verify.at.found) \
	X(verify_different_total, "%llu", f->different) \
	X(map_writes_total, "%llu", g->map.writes) \
	X(map_flushes_total, "%llu", g->map.flushes) \
	X(frames_total, "%llu", g->stage.frames_in) \
	X(commands_total, "%llu", g->stage.commands_in) \
	X(duplicates_total, "%llu", g->stage.tracker.duplicates) \
	X(runs_total, "%llu", g->stage.runs) \
	X(origin_flushes_total, "%llu", g->stage.origin_flushes) \
	X(journal_flushes_total, "%llu", g->journal.flushes) \
	X(journal_blocks_total, "%llu", g->journal.blocks) \
	X(group_uuid, "%pUb", &g->journal.super.group) \
	X(node_uuid, "%pUb", &g->journal.super.node) \
	X(journal_uuid, "%pUb", &g->journal.super.journal)

#define FACT_SHOW(word, format, ...) \
static ssize_t word##_show(struct afar_group *g, const struct afar_facts *f, char *page) \
{ \
	return sysfs_emit(page, format "\n", __VA_ARGS__); \
} \
static struct afar_attribute word##_attr = { \
	.attr = { .name = #word, .mode = 0444 }, .show = word##_show, \
};
FACTS(FACT_SHOW)
#undef FACT_SHOW

static ssize_t term_show(struct afar_group *g, const struct afar_facts *f, char *page)
{
	const struct afar_term *term = &g->journal.super.term;

	return sysfs_emit(page, "%llu %*phN\n", term->counter, (int)sizeof(term->id), &term->id);
}

static struct afar_attribute term_attr = {
	.attr = { .name = "term", .mode = 0444 }, .show = term_show,
};

static ssize_t held_set_show(struct afar_group *g, const struct afar_facts *f, char *page)
{
	if (f->hold == U64_MAX)
		return sysfs_emit(page, "none\n");
	return sysfs_emit(page, "%llu:%llu\n", g->journal.super.term.counter, f->hold);
}

static struct afar_attribute held_set_attr = {
	.attr = { .name = "held_set", .mode = 0444 }, .show = held_set_show,
};

static ssize_t missing_show(struct afar_group *g, const struct afar_facts *f, char *page)
{
	unsigned int length = afar_volumes_list_missing(g, page, PAGE_SIZE - 1);

	return length + sysfs_emit_at(page, length, "\n");
}

static struct afar_attribute missing_attr = {
	.attr = { .name = "missing", .mode = 0444 }, .show = missing_show,
};

static struct attribute *fact_attrs[] = {
#define FACT_ATTR(word, ...) &word##_attr.attr,
	FACTS(FACT_ATTR)
#undef FACT_ATTR
	&term_attr.attr,
	&held_set_attr.attr,
	&missing_attr.attr,
	NULL
};

static const struct attribute_group facts = { .attrs = fact_attrs };

static struct attribute knob_attr[AFAR_KNOBS] = {
#define KNOB_ATTR(id, word, def, low, high, is_fixed) \
	[AFAR_KNOB_##id] = { .name = #word, .mode = is_fixed ? 0444 : 0644 },
	AFAR_KNOBS_LIST(KNOB_ATTR)
#undef KNOB_ATTR
};

static struct attribute *knob_attrs[] = {
#define KNOB_LIST(id, word, def, low, high, is_fixed) (&knob_attr[AFAR_KNOB_##id]),
	AFAR_KNOBS_LIST(KNOB_LIST)
#undef KNOB_LIST
	NULL
};

static const struct attribute_group knobs = { .attrs = knob_attrs };
static const struct attribute_group *groups[] = { &facts, &knobs, NULL };

static bool is_knob(const struct attribute *attr)
{
	return attr >= knob_attr && attr < knob_attr + AFAR_KNOBS;
}

static ssize_t afar_show(struct kobject *kobj, struct attribute *attr, char *page)
{
	struct afar_group *g = container_of(kobj, struct afar_group, kobj);
	struct afar_facts f;

	if (is_knob(attr)) {
		const char *word = afar_option_word(&g->options, attr - knob_attr);

		return word ? sysfs_emit(page, "%s\n", word) :
			      sysfs_emit(page, "%llu\n",
					 READ_ONCE(g->options.value[attr - knob_attr]));
	}
	afar_facts_get(g, &f);
	return container_of(attr, struct afar_attribute, attr)->show(g, &f, page);
}

static ssize_t afar_store(struct kobject *kobj, struct attribute *attr, const char *page,
			  size_t length)
{
	struct afar_group *g = container_of(kobj, struct afar_group, kobj);
	const char *why;

	/* whatever somebody has made of the file's mode */
	if (!is_knob(attr) || afar_knob_info[attr - knob_attr].fixed)
		return -EPERM;
	why = afar_option_set(&g->options, attr - knob_attr, page);
	if (why) {
		afar_err(g, "%s", why);
		return -EINVAL;
	}
	afar_stream_policy(g);
	afar_stage_policy(g);
	return length;
}

static const struct sysfs_ops afar_sysfs_ops = {
	.show	= afar_show,
	.store	= afar_store,
};

static void afar_kobj_release(struct kobject *kobj)
{
	complete(&container_of(kobj, struct afar_group, kobj)->kobj_gone);
}

static struct kobj_type afar_ktype = {
	.sysfs_ops	= &afar_sysfs_ops,
	.release	= afar_kobj_release,
	.default_groups	= groups,
};

/** afar_sysfs_add() - show the group under its disk, which exists from the first preresume on */
int afar_sysfs_add(struct afar_group *g)
{
	int r;

	if (g->kobj_added)
		return 0;
	r = kobject_init_and_add(&g->kobj, &afar_ktype, &disk_to_dev(dm_disk(g->md))->kobj, "afar");
	if (r) {
		kobject_put(&g->kobj);
		wait_for_completion(&g->kobj_gone);
		reinit_completion(&g->kobj_gone);
		memset(&g->kobj, 0, sizeof(g->kobj));	/* the next resume tries again */
		return r;
	}
	g->replicated_kn = sysfs_get_dirent(g->kobj.sd, "replicated_set");
	g->kobj_added = true;
	return 0;
}

/** afar_sysfs_remove() - with the group's last reference */
void afar_sysfs_remove(struct afar_group *g)
{
	if (!g->kobj_added)
		return;
	sysfs_put(g->replicated_kn);
	kobject_del(&g->kobj);
	kobject_put(&g->kobj);
	wait_for_completion(&g->kobj_gone);
	g->kobj_added = false;
}

/** afar_sysfs_cut_moved() - wake who poll()s replicated_set, 20 times a second at most */
void afar_sysfs_cut_moved(struct afar_group *g)
{
	if (g->replicated_kn && !delayed_work_pending(&g->notify_work))
		queue_delayed_work(g->wq, &g->notify_work, HZ / 20);
}

/** afar_sysfs_notify() - work function of afar_sysfs_cut_moved() */
void afar_sysfs_notify(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, notify_work.work);

	if (g->replicated_kn)
		sysfs_notify_dirent(g->replicated_kn);
}
