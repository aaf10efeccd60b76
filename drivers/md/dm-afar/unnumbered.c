// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: writes without a number
 * The floor that always moves: such a write needs no copy and no room, only its bit in the chunk
 * map. In AFAR_MODE_DIRTY there is no stream; during a scan the chunk is read after the write.
 */
#include "group.h"

/** afar_write_unnumbered() - a bio without a number has ended, or will not be done */
void afar_write_unnumbered(struct afar_group *g)
{
	if (!atomic_dec_and_test(&g->stream.unnumbered))
		return;
	if (unlikely(READ_ONCE(g->stream.mode) == AFAR_MODE_SWITCH))
		wake_up_all(&g->stream.wait);
	if (unlikely(READ_ONCE(g->stream.resync.ending)))
		afar_resync_kick(&g->stream.resync);
}

/** afar_write_unread_end() - it has ended, and its chunk is to be read (R6); context: any */
void afar_write_unread_end(struct afar_vol *vol, u64 chunk)
{
	struct afar_stream *s = &vol->group->stream;
	unsigned long flags;

	if (!afar_chunkmap_leave_unread(vol->group, vol->number, chunk))
		return;
	spin_lock_irqsave(&s->lock, flags);
	s->resync.total++;
	spin_unlock_irqrestore(&s->lock, flags);
}

/* The bio goes to the origin as it is; a discard becomes something that every origin knows. */
static int remap(struct afar_vol *vol, struct bio *bio, sector_t sector)
{
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));

	data->unnumbered = true;
	atomic64_add(bio->bi_iter.bi_size, &vol->group->stream.unnumbered_bytes);
	if (bio_op(bio) == REQ_OP_DISCARD)
		bio->bi_opf = (bio->bi_opf & ~REQ_OP_MASK) | REQ_OP_WRITE_ZEROES;
	bio_set_dev(bio, vol->origin->bdev);
	bio->bi_iter.bi_sector = sector;
	return DM_MAPIO_REMAPPED;
}

/**
 * afar_write_dirty() - AFAR_MODE_DIRTY: a bio goes to the origin
 * @vol: its volume
 * @bio: as it came to map()
 *
 * Return: DM_MAPIO_REMAPPED: submit it; DM_MAPIO_KILL: end it; DM_MAPIO_REQUEUE: park it, the mode
 * has changed; DM_MAPIO_SUBMITTED: nothing is to be done.
 */
int afar_write_dirty(struct afar_vol *vol, struct bio *bio)
{
	struct afar_group *g = vol->group;
	sector_t sector = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);

	atomic_inc(&g->stream.unnumbered);
	/* who changes the mode looks at the count afterwards */
	smp_mb__after_atomic();
	if (unlikely(READ_ONCE(g->stream.mode) != AFAR_MODE_DIRTY)) {
		afar_write_unnumbered(g);
		return DM_MAPIO_REQUEUE;
	}
	switch (afar_chunkmap_enter_dirty(g, vol->number, afar_chunk_of(g, sector), bio)) {
	case AFAR_ENTER_PASS:
		break;
	case AFAR_ENTER_PARKED:
		afar_write_unnumbered(g);
		return DM_MAPIO_SUBMITTED;
	default:
		afar_write_unnumbered(g);
		return DM_MAPIO_KILL;
	}
	return remap(vol, bio, sector);
}

/**
 * afar_write_unread() - during a scan a bio goes to the origin; its chunk is read after it (R6)
 * @vol: its volume
 * @bio: as it came to map()
 *
 * Return: see afar_write_dirty(); DM_MAPIO_REQUEUE: there is no scan; DM_MAPIO_DELAY_REQUEUE: no
 * memory for its notes.
 */
int afar_write_unread(struct afar_vol *vol, struct bio *bio)
{
	struct afar_group *g = vol->group;
	struct afar_stream *s = &g->stream;
	struct afar_bio *data = dm_per_bio_data(bio, sizeof(*data));
	sector_t sector = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);
	enum afar_enter r;
	bool scan;

	/* who ends the scan looks at the count under the lock */
	spin_lock_irq(&s->lock);
	scan = s->mode == AFAR_MODE_STREAM && s->resync.active && !s->resync.ending;
	if (scan) {
		atomic_inc(&s->unnumbered);
		s->sets.boundary = bio->bi_opf & REQ_FUA && !data->part;
	}
	spin_unlock_irq(&s->lock);
	if (!scan)
		return DM_MAPIO_REQUEUE;
	data->chunk = afar_chunk_of(g, sector);
	r = afar_chunkmap_enter_unread(g, vol->number, data->chunk, bio);
	if (r == AFAR_ENTER_PASS) {
		data->unread = true;
		return remap(vol, bio, sector);
	}
	afar_write_unnumbered(g);
	return r == AFAR_ENTER_PARKED ? DM_MAPIO_SUBMITTED :
	       r == AFAR_ENTER_NOMEM ? DM_MAPIO_DELAY_REQUEUE : DM_MAPIO_KILL;
}

/** afar_write_overflows() - is there no room for a write, and none in sight without the peer? */
bool afar_write_overflows(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	bool overflows;

	spin_lock_irq(&s->lock);
	overflows = s->mode == AFAR_MODE_STREAM &&
		    !afar_stream_admits(s, afar_stream_limit(g)) &&
		    (s->spool.full || s->spool.failed ||
		     afar_super_in_memory(&g->journal.super));
	spin_unlock_irq(&s->lock);
	return overflows;
}

/**
 * afar_write_overflow() - a write comes that there is no room for
 * @vol: its volume
 * @bio: as it came to map()
 *
 * Return: see afar_write_unread(); DM_MAPIO_REQUEUE: it has to wait.
 */
int afar_write_overflow(struct afar_vol *vol, struct bio *bio)
{
	struct afar_group *g = vol->group;

	switch (READ_ONCE(g->options.value[AFAR_KNOB_OVERFLOW])) {
	case AFAR_OVERFLOW_FAIL:
		return DM_MAPIO_KILL;
	case AFAR_OVERFLOW_THROTTLE:
		return DM_MAPIO_REQUEUE;
	}
	if (READ_ONCE(g->stream.resync.active))
		return afar_write_unread(vol, bio);
	WRITE_ONCE(g->stream.overflown, true);
	afar_stream_give_up(g, "overflow: memory_limit and the journal are used up");
	return afar_write_dirty(vol, bio);
}

/**
 * afar_write_may_go_unread() - is a scan going to read the chunk of a write, into the open set?
 * @vol: its volume
 * @bio: as it came to map()
 */
bool afar_write_may_go_unread(struct afar_vol *vol, struct bio *bio)
{
	sector_t sector = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);

	return READ_ONCE(vol->group->stream.policy.whole) &&
	       afar_chunkmap_unread(vol->group, vol->number, afar_chunk_of(vol->group, sector));
}
