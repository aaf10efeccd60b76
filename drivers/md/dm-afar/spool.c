// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "blockio.h"
#include "core/replay.h"
#include "group.h"

/* Frames on their way to the ring at once: two groups of the journal's writer. */
#define FLYING_BLOCKS	4096
/* The ring keeps so much free: the writer pads nothing, so this is for what others append. */
#define SLACK_BLOCKS	64
/* The durable head follows in steps of this part of the ring. */
#define HEAD_STEP	8
/* Without memory for a frame for so long there is no room. */
#define STARVED		(2 * HZ)

/** afar_spooled_cache - of struct afar_spooled; each is kept until the peer has its frame */
struct kmem_cache *afar_spooled_cache;

static u64 bit_of(const struct afar_spooled *f, u64 seq)
{
	return 1ULL << (seq - f->first);
}

static bool unsent(const struct afar_spooled *f)
{
	return f->ready && f->members & ~f->acked & ~f->sent & ~f->kept;
}

/* Both marks lie below the limit at which writes are parked. */
static u64 high_mark(struct afar_group *g)
{
	return g->options.value[AFAR_KNOB_MEMORY_LIMIT] / 2;
}

static u64 low_mark(struct afar_group *g)
{
	return g->options.value[AFAR_KNOB_MEMORY_LIMIT] / 8 * 3;
}

/**
 * afar_spool_wanted() - is there too much in memory? A hint, without the lock.
 * @g: the group
 *
 * What is small uses up numbers before it uses up memory.
 */
bool afar_spool_wanted(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;

	return (READ_ONCE(g->stream.memory) > high_mark(g) ||
		afar_stream_numbers(&g->stream) > AFAR_WINDOW / 2) && !READ_ONCE(p->failed) &&
	       !afar_super_in_memory(&g->journal.super) && !work_pending(&p->work);
}

/**
 * afar_spool_busy() - has the stream outgrown memory? For status; without the lock
 * @g: the group
 *
 * A source that is about as fast as the link fills the spool and empties it all the time: that is
 * one state, which ends when much less than what leads to it is in memory.
 */
bool afar_spool_busy(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;

	if (list_empty_careful(&p->frames) &&
	    READ_ONCE(g->stream.memory) <= g->options.value[AFAR_KNOB_MEMORY_LIMIT] / 4)
		WRITE_ONCE(p->busy, false);
	return READ_ONCE(p->busy);
}

static u64 numbers_from(const struct afar_stream *s)
{
	return max(s->base, s->spool.next);
}

/* The command at @seq may go; NULL: it may not, or not yet. Lock held. */
static struct afar_write *candidate(struct afar_stream *s, u64 seq)
{
	struct afar_write *w = s->window[seq & (AFAR_WINDOW - 1)];

	if (!w || (w->state != AFAR_WRITE_READY && w->state != AFAR_WRITE_SENT &&
		   w->state != AFAR_WRITE_KEPT))
		return NULL;
	return w;
}

static void take_write(struct afar_stream *s, struct afar_spooled *f, struct afar_write *w)
{
	if (!f->members)
		f->first = w->cmd.seq;
	f->members |= bit_of(f, w->cmd.seq);
	f->highest = max(f->highest, w->cmd.set);
	f->record.info.count++;
	f->record.info.payload += afar_cmd_payload(&w->cmd);
	if (w->state == AFAR_WRITE_SENT) {
		f->sent |= bit_of(f, w->cmd.seq);
		f->lanes |= 1U << w->lane;
	} else if (w->state == AFAR_WRITE_KEPT) {
		f->kept |= bit_of(f, w->cmd.seq);
	} else if (w->cmd.set <= s->credit) {
		s->readies--;
	}
	w->state = AFAR_WRITE_SPOOLING;
	list_move_tail(&w->list, &f->writes);
}

/*
 * Fill a frame with the oldest commands, in number order. Of one set: a frame goes out as a whole,
 * and the credit may end behind any set, and not move before all up to it have arrived. Lock held.
 */
static void fill(struct afar_stream *s, struct afar_spooled *f)
{
	u64 seq = numbers_from(s);

	for (; seq < s->sets.next && f->record.info.count < AFAR_FRAME_COMMANDS; seq++) {
		struct afar_write *w = s->window[seq & (AFAR_WINDOW - 1)];

		if (w) {
			w = candidate(s, seq);
			if (!w || (f->members && (seq - f->first >= AFAR_SPOOL_SPAN ||
						  w->cmd.set != f->highest)) ||
			    f->record.info.payload + afar_cmd_payload(&w->cmd) >
			    AFAR_FRAME_PAYLOAD)
				break;
			take_write(s, f, w);
		}
	}
	s->spool.next = seq;
}

/* Memory that will be left when all that is on its way has arrived. Lock held. */
static bool enough(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	u64 flying = s->spool.flying << AFAR_BLOCK_SHIFT;

	/* a ring in memory saves none */
	return (s->memory <= flying + low_mark(g) &&
		afar_stream_numbers(s) <= AFAR_WINDOW / 8 * 3) ||
	       afar_super_in_memory(&g->journal.super);
}

static bool has_room(struct afar_group *g)
{
	const struct afar_spool *p = &g->stream.spool;
	u64 used = p->tail + p->flying - p->head;

	return used + SLACK_BLOCKS + 1 + (AFAR_FRAME_PAYLOAD >> AFAR_BLOCK_SHIFT) <=
	       g->journal.super.ring_blocks;
}

static void frame_free(struct afar_spooled *f)
{
	if (f->record.header)
		__free_page(f->record.header);
	kvfree(f->record.page);
	kmem_cache_free(afar_spooled_cache, f);
}

/* Frames of which all is DURABLE go, in order, as the ring is freed in order. Lock held. */
static void reap(struct afar_spool *p)
{
	struct afar_spooled *f, *next;

	list_for_each_entry_safe(f, next, &p->frames, list) {
		if (!f->ready || f->busy || f->members & ~f->acked)
			break;
		if (p->cursor == f)
			p->cursor = NULL;
		list_del(&f->list);
		frame_free(f);
	}
}

/* Where the ring could begin. Lock held. */
static u64 head_now(struct afar_spool *p)
{
	struct afar_spooled *f = list_first_entry_or_null(&p->frames, struct afar_spooled, list);

	if (!f)
		return p->tail;
	return f->ready ? f->record.position : p->head;
}

/* Find the next frame that has something to be shipped. Lock held. */
static struct afar_spooled *next_unsent(struct afar_spool *p)
{
	struct afar_spooled *f = p->cursor;

	if (!f)
		f = list_first_entry_or_null(&p->frames, struct afar_spooled, list);
	if (!f)
		return NULL;
	list_for_each_entry_from(f, &p->frames, list) {
		p->cursor = f;
		if (!f->ready)
			return NULL;
		if (unsent(f) && !f->busy)
			return f;
	}
	return NULL;
}

/* Lanes ask without the lock whether there is work. Lock held. */
static void update_shippable(struct afar_stream *s)
{
	struct afar_spooled *f = next_unsent(&s->spool);

	WRITE_ONCE(s->spool.shippable, f && f->highest <= s->credit);
}

/** afar_spool_credit() - the credit has changed. Lock held. */
void afar_spool_credit(struct afar_group *g)
{
	update_shippable(&g->stream);
}

static void spool_placed(struct afar_group *g, struct afar_record *record)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	s->spool.tail = record->position + afar_record_blocks(&record->info);
	s->spool.flying -= afar_record_blocks(&record->info);
	spin_unlock_irq(&s->lock);
}

/* The ring has it: the copies in memory go. Lock held. */
static void arrived(struct afar_stream *s, struct afar_spooled *f, struct list_head *freed)
{
	struct afar_write *w, *next;

	list_for_each_entry_safe(w, next, &f->writes, list) {
		if (w->acked && afar_stream_final(s, w->cmd.seq))
			f->acked |= bit_of(f, w->cmd.seq);
		else if (w->acked)
			f->kept |= bit_of(f, w->cmd.seq);
		s->window[w->cmd.seq & (AFAR_WINDOW - 1)] = NULL;
		afar_stream_uncharge(s, w, w->charge);
		list_move_tail(&w->list, freed);
	}
	s->spool.total += afar_record_blocks(&f->record.info);
	WRITE_ONCE(s->spool.busy, true);
	f->ready = true;
}

/* It is not in the ring, and never will be: memory keeps it. Lock held. */
static void came_back(struct afar_stream *s, struct afar_spooled *f)
{
	struct afar_write *w, *next;

	s->spool.failed = true;
	list_for_each_entry_safe(w, next, &f->writes, list) {
		list_del_init(&w->list);
		afar_stream_requeue(s, w);
	}
	if (s->spool.cursor == f)
		s->spool.cursor = NULL;
	list_del(&f->list);
}

static void spool_done(struct afar_group *g, struct afar_record *record, int error)
{
	struct afar_spooled *f = container_of(record, struct afar_spooled, record);
	struct afar_stream *s = &g->stream;
	LIST_HEAD(freed);

	__free_page(record->header);
	record->header = NULL;
	kvfree(record->page);
	record->page = NULL;
	spin_lock_irq(&s->lock);
	if (error) {
		came_back(s, f);
		frame_free(f);
	} else {
		arrived(s, f, &freed);
	}
	afar_stream_move_base(s);
	reap(&s->spool);
	update_shippable(s);
	spin_unlock_irq(&s->lock);
	afar_stream_free_list(g, &freed);
	afar_stream_wake_lanes(s);
	if (error)
		afar_stream_give_up(g, "the spool has failed");
	else if (!enough(g))
		queue_work(g->spool_wq, &s->spool.work);
}

static const struct afar_record_ops spool_ops = {
	.placed	= spool_placed,
	.done	= spool_done,
};

/* Header block and page array of a frame that was filled; sums are made by who needs them first. */
static int build(struct afar_spooled *f)
{
	unsigned int pages = 0, index = 0, i, n;
	struct afar_write *w;

	list_for_each_entry(w, &f->writes, list) {
		if (w->cmd.op == AFAR_OP_WRITE && !w->summed)
			afar_write_sum(w);
		afar_cmd_put(page_address(f->record.header), index++, &w->cmd);
		for (i = 0; i < w->bio.bi_vcnt && w->cmd.op == AFAR_OP_WRITE; i++) {
			struct bio_vec *bv = &w->bio.bi_io_vec[i];

			for (n = 0; n < DIV_ROUND_UP(bv->bv_len, PAGE_SIZE); n++)
				f->record.page[pages++] = bv->bv_page + n;
		}
	}
	f->record.info.bytes = sizeof(struct afar_head) +
			       index * sizeof(struct afar_command);
	f->blocks = afar_record_blocks(&f->record.info);
	return index;
}

static struct afar_spooled *frame_alloc(struct afar_group *g, gfp_t gfp)
{
	struct afar_spooled *f = kmem_cache_zalloc(afar_spooled_cache, gfp);

	if (!f)
		return NULL;
	INIT_LIST_HEAD(&f->list);
	INIT_LIST_HEAD(&f->writes);
	f->record.ops = &spool_ops;
	f->record.info.type = AFAR_COMMANDS;
	f->record.info.term = g->journal.super.term;
	f->record.header = alloc_page(gfp | __GFP_ZERO);
	f->record.page = kvmalloc_array(AFAR_FRAME_PAYLOAD >> AFAR_BLOCK_SHIFT,
					sizeof(*f->record.page), gfp);
	if (f->record.header && f->record.page)
		return f;
	frame_free(f);
	return NULL;
}

/* Who waits for memory need not wait for a spool that is full. Lock held. */
static void set_full(struct afar_group *g, bool full)
{
	struct afar_stream *s = &g->stream;

	s->spool.full = full;
	if (full && !bio_list_empty(&s->parked))
		queue_work(g->wq, &s->work);
}

/* Is there something to spool, and room for it? Lock held. */
static bool may_fill(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;

	set_full(g, !has_room(g));
	return s->mode == AFAR_MODE_STREAM && !s->spool.full && !s->spool.failed && !enough(g) &&
	       s->spool.flying < FLYING_BLOCKS && !g->suspending;
}

/*
 * Memory may be short because what would free it is parked, so it is not waited for where it may
 * never come. NULL: there is nothing to spool, no room, or what is on its way will ask again.
 */
static struct afar_spooled *frame_get(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	unsigned long begun = jiffies;
	struct afar_spooled *f;
	bool wanted, told = false;

	for (;;) {
		spin_lock_irq(&s->lock);
		wanted = may_fill(g);
		spin_unlock_irq(&s->lock);
		if (!wanted || READ_ONCE(g->journal.failed))
			return NULL;
		f = frame_alloc(g, GFP_NOIO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
		if (f || READ_ONCE(s->spool.flying))
			return f;
		if (time_after(jiffies, begun + STARVED)) {
			if (!told)
				afar_err(g, "spool: no memory for a frame: it is as if the journal were full");
			told = true;
			spin_lock_irq(&s->lock);
			set_full(g, true);
			spin_unlock_irq(&s->lock);
		}
		schedule_timeout_idle(HZ / 50);
	}
}

/* Send one frame to the ring. Returns false when there is nothing to spool, or no room. */
static bool spool_frame(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_spooled *f = frame_get(g);
	bool filled;

	if (!f)
		return false;
	spin_lock_irq(&s->lock);
	if (may_fill(g))
		fill(s, f);
	filled = f->members;
	if (filled) {
		list_add_tail(&f->list, &s->spool.frames);
		s->spool.flying += afar_record_blocks(&f->record.info);
	}
	spin_unlock_irq(&s->lock);
	if (!filled) {
		frame_free(f);
		return false;
	}
	build(f);
	afar_journal_append(g, &f->record);
	return true;
}

/* Let the ring go on where the superblock says that it may (R11). */
static void advance_head(struct afar_group *g)
{
	struct afar_journal *j = &g->journal;
	struct afar_stream *s = &g->stream;
	u64 head;
	int r;

	spin_lock_irq(&s->lock);
	head = head_now(&s->spool);
	spin_unlock_irq(&s->lock);
	if (head - s->spool.head < j->super.ring_blocks / HEAD_STEP)
		return;
	mutex_lock(&j->super_lock);
	j->super.head = head;
	j->super.epoch_position = max(j->super.epoch_position, head);
	j->super.stable = max3(j->super.stable, READ_ONCE(j->stable), j->super.epoch_position);
	r = afar_journal_write_super(g);
	mutex_unlock(&j->super_lock);
	if (r)
		return;
	spin_lock_irq(&s->lock);
	s->spool.head = head;
	spin_unlock_irq(&s->lock);
}

static void spool_work(struct work_struct *work)
{
	struct afar_group *g = container_of(work, struct afar_group, stream.spool.work);
	unsigned int noio = memalloc_noio_save();

	advance_head(g);
	while (!READ_ONCE(g->journal.failed) && spool_frame(g))
		;
	memalloc_noio_restore(noio);
}

/** afar_spool_load() - what all groups share; 0 or -ENOMEM */
int afar_spool_load(void)
{
	afar_spooled_cache = KMEM_CACHE(afar_spooled, 0);
	return afar_spooled_cache ? 0 : -ENOMEM;
}

/** afar_spool_unload() - the opposite of afar_spool_load() */
void afar_spool_unload(void)
{
	kmem_cache_destroy(afar_spooled_cache);
}

/** afar_spool_init() - an empty spool */
void afar_spool_init(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;

	INIT_LIST_HEAD(&p->frames);
	INIT_WORK(&p->work, spool_work);
}

/** afar_spool_begin() - a stream begins; the ring is empty behind its tail */
void afar_spool_begin(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;

	p->head = g->journal.tail;
	p->tail = p->head;
	p->next = 0;
	p->failed = false;
	p->full = false;
	p->busy = false;
	p->cursor = NULL;
	p->shippable = false;
}

/** afar_spool_end() - give up what is in it; lanes and journal writer are idle */
void afar_spool_end(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;
	struct afar_spooled *f, *next;

	cancel_work_sync(&p->work);
	list_for_each_entry_safe(f, next, &p->frames, list) {
		struct afar_write *w, *n;

		/* queued, and the journal was stopped before it was written: the window has them */
		list_for_each_entry_safe(w, n, &f->writes, list)
			list_del_init(&w->list);
		list_del(&f->list);
		frame_free(f);
	}
	p->cursor = NULL;
	p->shippable = false;
	p->flying = 0;
}

/* Those numbers of a frame whose copies are freed by what the peer says. */
static u64 final_mask(const struct afar_stream *s, const struct afar_spooled *f)
{
	if (afar_stream_final(s, f->first + AFAR_SPOOL_SPAN - 1))
		return ~0ULL;
	return afar_stream_final(s, f->first) ? GENMASK_ULL(s->committed.seq - f->first, 0) : 0;
}

/**
 * afar_spool_ack() - numbers below the window are DURABLE
 * @g:     the group; stream.lock held
 * @first: first number
 * @last:  last number
 */
void afar_spool_ack(struct afar_group *g, u64 first, u64 last)
{
	struct afar_spool *p = &g->stream.spool;
	struct afar_spooled *f;

	list_for_each_entry(f, &p->frames, list) {
		u64 from, to, said, final;

		if (f->first > last)
			break;
		if (!f->ready || f->first + AFAR_SPOOL_SPAN <= first)
			continue;
		from = max(first, f->first) - f->first;
		to = min(last, f->first + AFAR_SPOOL_SPAN - 1) - f->first;
		said = f->members & GENMASK_ULL(to, from);
		final = said & final_mask(&g->stream, f);
		f->acked |= final;
		f->kept |= said & ~final;
	}
	reap(p);
	update_shippable(&g->stream);
	if (head_now(p) - p->head >= g->journal.super.ring_blocks / HEAD_STEP)
		queue_work(g->spool_wq, &p->work);
}

/** afar_spool_unsent() - a lane has died: what it has sent may be lost. stream.lock held. */
void afar_spool_unsent(struct afar_group *g, unsigned int lane)
{
	struct afar_spool *p = &g->stream.spool;
	struct afar_spooled *f;

	/* also those behind the cursor: they may hold commands that were sent from memory */
	list_for_each_entry(f, &p->frames, list) {
		if (!(f->lanes & 1U << lane))
			continue;
		f->sent = 0;
		f->lanes = 0;
	}
	p->cursor = NULL;
	update_shippable(&g->stream);
}

/** afar_spool_take_back() - what the peer could lose it may have lost. stream.lock held. */
void afar_spool_take_back(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;
	struct afar_spooled *f;
	struct afar_write *w;

	list_for_each_entry(f, &p->frames, list) {
		f->kept = 0;
		/* those on their way to the ring; what HELLO says of them comes after this */
		list_for_each_entry(w, &f->writes, list)
			w->acked = false;
	}
	p->cursor = NULL;
	update_shippable(&g->stream);
}

/**
 * afar_spool_has() - can a number be read from the spool?
 * @g:    the group; stream.lock held
 * @from: where the last question for a lower number ended; NULL at first
 * @seq:  number
 */
bool afar_spool_has(struct afar_group *g, struct afar_spooled **from, u64 seq)
{
	struct afar_spool *p = &g->stream.spool;
	struct afar_spooled *f = *from;

	if (!f)
		f = list_first_entry_or_null(&p->frames, struct afar_spooled, list);
	if (!f)
		return false;
	list_for_each_entry_from(f, &p->frames, list) {
		*from = f;
		if (seq < f->first + fls64(f->members))
			return seq >= f->first && f->members & ~f->acked & bit_of(f, seq);
	}
	return false;
}

/** afar_spool_empty() - is nothing in it? stream.lock held */
bool afar_spool_empty(struct afar_group *g)
{
	return list_empty(&g->stream.spool.frames);
}

/** afar_spool_take() - a frame to ship, the lane's until afar_spool_sent(); NULL: there is none */
struct afar_spooled *afar_spool_take(struct afar_group *g)
{
	struct afar_stream *s = &g->stream;
	struct afar_spooled *f;

	spin_lock_irq(&s->lock);
	f = next_unsent(&s->spool);
	if (f && f->highest > s->credit)
		f = NULL;
	if (f) {
		f->busy = true;
		update_shippable(s);
	}
	spin_unlock_irq(&s->lock);
	return f;
}

static const char *check_frame(const struct afar_spooled *f, const void *block, struct page **page,
			       struct afar_head_info *info)
{
	const char *why = afar_head_get(block, info);
	unsigned int i;

	if (!why)
		why = afar_head_crc(block);
	if (!why && (info->position != f->record.position ||
		     info->payload != f->record.info.payload ||
		     info->count != f->record.info.count))
		why = "of another position";
	if (!why)
		why = afar_frame_check(block, info);
	for (i = 0; !why && i < info->count; i++) {
		struct afar_cmd cmd;

		afar_cmd_get(block, i, &cmd);
		if (cmd.op == AFAR_OP_WRITE && afar_pages_sum(page, cmd.bytes) != cmd.sum)
			why = "damaged payload";
		page += afar_cmd_payload(&cmd) >> AFAR_BLOCK_SHIFT;
	}
	return why;
}

/**
 * afar_spool_read() - read a frame back
 * @g:    the group
 * @f:    taken
 * @page: result: header block, then payload; room for f->blocks
 * @info: result: decoded head
 *
 * Return: 0, -ENOMEM, or -EILSEQ: it is damaged or cannot be read; see the kernel log.
 */
int afar_spool_read(struct afar_group *g, struct afar_spooled *f, struct page **page,
		    struct afar_head_info *info)
{
	const char *why = NULL;
	int r = afar_pages_alloc(page, f->blocks, GFP_NOIO);

	if (r)
		return r;
	r = afar_journal_read(g, f->record.position, page, f->blocks);
	if (r)
		why = "read error";
	else
		why = check_frame(f, page_address(page[0]), page + 1, info);
	if (!why)
		return 0;
	afar_err(g, "spool: frame at %llu cannot be read back: %s", f->record.position, why);
	afar_pages_free(page, f->blocks);
	return -EILSEQ;
}

/**
 * afar_spool_sent() - a lane is done with a frame
 * @g:    the group
 * @f:    taken; may be freed
 * @lane: number of the lane
 * @sent: it has gone out
 */
void afar_spool_sent(struct afar_group *g, struct afar_spooled *f, unsigned int lane, bool sent)
{
	struct afar_stream *s = &g->stream;

	spin_lock_irq(&s->lock);
	f->busy = false;
	if (sent) {
		f->sent = f->members;
		f->lanes |= 1U << lane;
		s->shipped += f->record.info.count;
	} else {
		s->spool.cursor = NULL;
	}
	reap(&s->spool);
	update_shippable(s);
	spin_unlock_irq(&s->lock);
	afar_stream_wake_lanes(s);
}

/** afar_spool_used() - blocks of the ring that it takes */
u64 afar_spool_used(struct afar_group *g)
{
	struct afar_spool *p = &g->stream.spool;
	u64 used;

	spin_lock_irq(&g->stream.lock);
	used = p->tail + p->flying - p->head;
	spin_unlock_irq(&g->stream.lock);
	return used;
}
