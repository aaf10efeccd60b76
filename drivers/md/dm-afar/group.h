/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: group
 * The object behind an afar-group target: one per mapped device, counted, outlives its tables.
 *
 * Lock order: group.lock > journal.super_lock > stage.lock > (spinlocks: stream.lock, journal.lock,
 * volumes_lock, link.lock, map.lock, leaf.lock, overlap buckets, compare.lock, answer.lock). No
 * spinlock is held over another one but stream.lock over nothing. No lock is held over a socket
 * call or dm_internal_*(), and only mutexes over I/O of our own to the journal.
 */
#ifndef AFAR_GROUP_H
#define AFAR_GROUP_H

#include <linux/bitmap.h>
#include <linux/device-mapper.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include "answer.h"
#include "chunkmap.h"
#include "core/options.h"
#include "journal.h"
#include "link.h"
#include "stage.h"
#include "stream.h"
#include "verify.h"

#define DM_MSG_PREFIX "afar"

/*
 * Of threads that a write wakes, or a frame, and that no application waits for: woken on its
 * processor they must not take that from it.
 */
#define AFAR_NICE	10

/* Lines of a group in the kernel log begin with the name of its device. */
#define afar_err(g, fmt, ...)	DMERR_LIMIT("%s: " fmt, (g)->name, ##__VA_ARGS__)
#define afar_warn(g, fmt, ...)	DMWARN_LIMIT("%s: " fmt, (g)->name, ##__VA_ARGS__)
#define afar_info(g, fmt, ...)	DMINFO("%s: " fmt, (g)->name, ##__VA_ARGS__)

/**
 * struct afar_vol - one table of an afar target: a volume, or its successor while it is reloaded
 * @ti:     the target
 * @group:  counted
 * @origin: the device under it
 * @number: volume number
 * @suspending: from its presuspend on: its bios do not wait any more
 * @member: it is in the volume table
 * @forgotten: it was, and was removed from it: it is of no use any more
 * @inside: so many sectors, from its first on, are in the cut
 * @users:  who uses @origin beside map(): committer, group suspend
 * @pins:   the group's suspend or resume is at work on its device
 * @idle:   waits for @users or @pins to become 0
 */
struct afar_vol {
	struct dm_target *ti;
	struct afar_group *group;
	struct dm_dev *origin;
	u16 number;
	bool suspending;
	bool member;
	bool forgotten;
	u64 inside;
	atomic_t users;
	atomic_t pins;
	wait_queue_head_t idle;
};

/**
 * struct afar_group - a group on this node
 * @ref:        tables and volumes
 * @registry:   in the registry
 * @md:         the device; not counted, outlives all tables
 * @name:       its name, for messages
 * @net:        network namespace of the first table, counted
 * @lock:       Protects: @ti, @active, @loaded, @running, @options, role changes
 * @ti:         the bound target; NULL: none
 * @active:     resumed: threads run
 * @loaded:     superblock read, ring replayed
 * @running:    primary: promoted since it was loaded
 * @suspending: from presuspend on: nobody waits any more
 * @discard:    its own history is to be given up when the peer dials
 * @closing:    a primary that does not run is about to become secondary: its image cannot be read
 * @told_open:  that somebody has a volume open, which keeps it from that, has been said
 * @detached:   the bound table is gone for good; volumes answer EIO
 * @options:    values of the knobs
 * @address:    of the bound table
 * @key:        of the bound table; changes only while no lane is there
 * @volumes_lock: Protects: @volume, @halted, @origin_dev
 * @volume:     attached volumes by number
 * @halted:     those whose devices the group has suspended together with its own
 * @missing:    volumes of the volume table, or about to be in it, that are not attached
 * @origin_dev: origin that a volume of the volume table was attached with last; 0: not known
 * @outside:    sectors of all volumes that are outside the cut. A hint, without super_lock
 * @journal:    see there
 * @stage:      secondary: see there
 * @stream:     primary: see there
 * @map:        see there
 * @answer:     secondary: see there
 * @link:       see there
 * @bios:       for I/O to origins beside the way of a write
 * @wq:         for what must not wait in map() or in an interrupt, and for nothing that waits for
 *              memory: writes that memory is waiting for go on from it
 * @spool_wq:   for the spool, which does wait for memory
 * @event_work: raises a dm event through the bound table
 * @kobj:       /sys/block/dm-N/afar
 * @kobj_gone:  its release has been called
 * @kobj_added: it exists
 * @replicated_kn: sysfs node of the file that is poll()ed
 * @notify_work: wakes who poll()s it
 */
struct afar_group {
	struct kref ref;
	struct list_head registry;
	struct mapped_device *md;
	char name[DM_NAME_LEN];
	struct net *net;
	struct mutex lock;
	struct dm_target *ti;
	bool active;
	bool loaded;
	bool running;
	bool suspending;
	bool discard;
	bool closing;
	bool told_open;
	bool detached;
	struct afar_options options;
	struct afar_addresses address;
	struct afar_key key;
	spinlock_t volumes_lock;
	struct afar_vol *volume[AFAR_VOLUMES];
	struct afar_vol *halted[AFAR_VOLUMES];
	unsigned int missing;
	dev_t origin_dev[AFAR_VOLUMES];
	u64 outside;
	struct afar_journal journal;
	struct afar_stage stage;
	struct afar_stream stream;
	struct afar_chunkmap map;
	struct afar_answer answer;
	struct afar_verify verify;
	struct afar_link link;
	struct bio_set bios;
	struct workqueue_struct *wq;
	struct workqueue_struct *spool_wq;
	struct work_struct event_work;
	struct kobject kobj;
	struct completion kobj_gone;
	bool kobj_added;
	struct kernfs_node *replicated_kn;
	struct delayed_work notify_work;
};

/* group.c */
struct afar_group *afar_group_get(struct mapped_device *md);
void afar_group_put(struct afar_group *g);
bool afar_group_is(struct afar_group *g, const struct afar_options *options);
bool afar_group_fits(struct afar_group *g, struct block_device *bdev,
		     const struct afar_options *options);
int afar_group_preresume(struct afar_group *g, struct dm_target *ti, struct block_device *bdev,
			 const struct afar_options *options,
			 const struct afar_addresses *address, const struct afar_key *key);
int afar_group_start(struct afar_group *g);
void afar_group_halt(struct afar_group *g);
void afar_group_resume(struct afar_group *g);
void afar_group_undo(struct afar_group *g);
void afar_group_presuspend(struct afar_group *g);
void afar_group_postsuspend(struct afar_group *g);
void afar_group_unbind(struct afar_group *g, struct dm_target *ti);
void afar_group_event(struct afar_group *g);
const char *afar_group_role(struct afar_group *g);
const char *afar_group_state(struct afar_group *g);
u64 afar_now(void);

/* volume.c: the volumes of a group */
bool afar_volume_fits(struct afar_vol *vol);
int afar_volume_attach(struct afar_vol *vol);
void afar_volume_detach(struct afar_vol *vol);
void afar_volume_flush(struct afar_vol *vol);
void afar_volume_gone(struct afar_vol *vol);
struct afar_vol *afar_volume_use(struct afar_group *g, u16 number);
void afar_volume_unuse(struct afar_vol *vol);
void afar_volumes_recount(struct afar_group *g);
bool afar_volume_is(struct afar_group *g, u16 number, u64 sectors);
void afar_volume_joins(struct afar_vol *vol);
void afar_volumes_follow_table(struct afar_group *g, const unsigned long *gone);
unsigned int afar_volumes_list_missing(struct afar_group *g, char *text, unsigned int size);
int afar_volumes_count(struct afar_group *g);
bool afar_volumes_longer(struct afar_group *g, const char *what);
void afar_volumes_suspend(struct afar_group *g);
void afar_volumes_resume(struct afar_group *g);
void afar_volumes_set_ro(struct afar_group *g, bool ro);
void afar_volumes_invalidate(struct afar_group *g);

/** afar_volumes_missing() - how many volumes of the volume table are not attached */
static inline unsigned int afar_volumes_missing(struct afar_group *g)
{
	return READ_ONCE(g->missing);
}

/* table.c: the volume table */
int afar_table_write(struct afar_group *g, unsigned long dirty);
int afar_volume_add(struct afar_group *g, u16 number, bool equal);
bool afar_volume_may_grow(struct afar_vol *vol);
int afar_volume_grow(struct afar_vol *vol);
int afar_table_joined(struct afar_group *g);
int afar_table_promote(struct afar_group *g, bool equal);
bool afar_table_moves(struct afar_group *g, const struct afar_cut *cut);
int afar_volume_forget(struct afar_group *g, u16 number);
int afar_table_commit(struct afar_group *g, const struct afar_cut *cut,
		      void (*commit)(struct afar_group *g, void *data), void *data);
int afar_table_prepare(struct afar_group *g, const struct afar_cut *cut);
bool afar_table_awaits(struct afar_group *g, const struct afar_cut *cut);
int afar_table_replay(struct afar_group *g, const struct afar_cmd *cmd);
int afar_table_replayed(struct afar_group *g);

/* table_peer.c: what the nodes tell each other of it */
unsigned int afar_table_tell(struct afar_group *g, struct afar_table_entry *table,
			     struct afar_volume *item);
int afar_table_judge(struct afar_group *g, struct afar_table_entry *theirs,
		     const struct afar_changes *changes, u64 seq, bool learn);
int afar_table_adopt(struct afar_group *g, const struct afar_table_entry *theirs);
bool afar_table_follows(struct afar_group *g, const struct afar_hello_info *hello,
			const struct afar_term *term, bool adopt);
int afar_table_fits(struct afar_group *g, const struct afar_table_entry *theirs);
int afar_table_take_over(struct afar_group *g, const struct afar_table_entry *theirs);

/* role.c: messages that change what the node is */
int afar_promote(struct afar_group *g, bool force, bool equal, bool torn);
u64 afar_role_generation(struct afar_group *g);
int afar_role_met(struct afar_group *g);

/* demote.c, history.c: how a node stops being primary */
int afar_history_return(struct afar_group *g, const struct afar_super_info *mine,
			const struct afar_hello_info *theirs, const struct afar_term *term,
			const struct afar_table_entry *table);
int afar_discard_history(struct afar_group *g);
void afar_history_ends(struct afar_group *g);
int afar_demote(struct afar_group *g);
bool afar_grant(struct afar_group *g, u64 session, const struct afar_term *term,
		const struct afar_cut *cut);
int afar_grant_end(struct afar_group *g);
int afar_term_renew(struct afar_group *g);
int afar_follow_term(struct afar_group *g, const struct afar_term *term);
int afar_adopt_term(struct afar_group *g, const struct afar_term *term,
		    const struct afar_hello_info *hello, const struct afar_table_entry *table);

/* message.c, status.c, sysfs.c */
int afar_message(struct afar_group *g, unsigned int argc, char **argv, char *result,
		 unsigned int maxlen);
unsigned int afar_status(struct afar_group *g, char *result, unsigned int maxlen);
int afar_sysfs_add(struct afar_group *g);
void afar_sysfs_remove(struct afar_group *g);
void afar_sysfs_cut_moved(struct afar_group *g);
void afar_sysfs_notify(struct work_struct *work);

extern struct target_type afar_group_target;
extern struct target_type afar_volume_target;

#endif /* AFAR_GROUP_H */
