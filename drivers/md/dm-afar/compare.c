// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "group.h"

/* A peer that has shown no sign of work for so long is not asked any more in this session. */
#define PATIENCE	(30 * HZ)
/* What has been asked for so long is asked again: it may have gone down with one of its lanes. */
#define AGAIN		(2 * HZ)

static void compare_work(struct work_struct *work);

/** afar_compare_init() - prepare it */
int afar_compare_init(struct afar_compare *c)
{
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->read);
	INIT_WORK(&c->work, compare_work);
	c->asked = kvcalloc(AFAR_ASKS, sizeof(*c->asked), GFP_KERNEL);
	return c->asked ? 0 : -ENOMEM;
}

/** afar_compare_exit() - the opposite; nothing is being read */
void afar_compare_exit(struct afar_compare *c)
{
	kvfree(c->asked);
}

/* ---- questions and answers ------------------------------------------------------------------- */

/** afar_compare_begin() - other questions; answers to those before are not waited for any more */
void afar_compare_begin(struct afar_compare *c)
{
	spin_lock_irq(&c->lock);
	c->tag++;
	c->count = 0;
	c->open = 0;
	spin_unlock_irq(&c->lock);
}

/**
 * afar_compare_add() - one more question
 * @c:      between afar_compare_begin() and afar_compare_wait()
 * @volume: about which volume
 * @sector: the first
 * @bytes:  AFAR_COMMAND_BYTES at most
 *
 * Return: false: there is no room for it.
 */
bool afar_compare_add(struct afar_compare *c, u16 volume, u64 sector, u32 bytes)
{
	bool fits;

	spin_lock_irq(&c->lock);
	fits = c->count < AFAR_ASKS;
	if (fits) {
		c->asked[c->count++] = (struct afar_asked){
			.state = AFAR_ASKED_WANTED,
			.hash = { .sector = sector, .bytes = bytes, .volume = volume,
				  .tag = c->tag },
		};
		c->open++;
	}
	spin_unlock_irq(&c->lock);
	return fits;
}

/* Lanes may ask now. */
static void go(struct afar_group *g)
{
	struct afar_compare *c = &g->stream.resync.compare;

	spin_lock_irq(&c->lock);
	c->heard = jiffies;
	c->asked_at = jiffies;
	WRITE_ONCE(c->wanted, c->open);
	spin_unlock_irq(&c->lock);
	afar_stream_wake_lanes(&g->stream);
}

/* The commands that a chunk will be read in. Returns false where there is no room for all. */
static bool add_chunk(struct afar_compare *c, u16 volume, u64 sector, u64 end)
{
	u32 most = AFAR_COMMAND_BYTES >> SECTOR_SHIFT, n;

	/* nobody else adds any */
	if (READ_ONCE(c->count) + DIV_ROUND_UP_ULL(end - sector, most) > AFAR_ASKS)
		return false;
	for (; sector < end; sector += n) {
		n = min_t(u64, end - sector, most);
		afar_compare_add(c, volume, sector, n << SECTOR_SHIFT);
	}
	return true;
}

/* The next chunks of the scan list, as far as there is room. Returns the end of the last one. */
static u64 fill(struct afar_group *g, struct afar_vol *vol, u64 from)
{
	struct afar_compare *c = &g->stream.resync.compare;
	u64 length = g->options.value[AFAR_KNOB_CHUNK_SIZE] >> SECTOR_SHIFT;
	u64 chunk = from;
	bool fits = true;

	afar_compare_begin(c);
	while (fits && afar_chunkmap_scan_next(g, vol->number, &chunk)) {
		if (afar_chunkmap_untouched(g, vol->number, chunk)) {
			u64 end = min_t(u64, (chunk + 1) * length, vol->ti->len);

			fits = add_chunk(c, vol->number, chunk * length, end);
		}
		if (fits)
			from = ++chunk;
	}
	return from;
}

/* Nobody answers: what is not known is sent. Lock held. */
static void stop_asking(struct afar_compare *c)
{
	unsigned int i;

	for (i = 0; i < c->count; i++)
		if (c->asked[i].state != AFAR_ASKED_KNOWN)
			c->asked[i].state = AFAR_ASKED_NONE;
	c->open = 0;
}

/* What is on its way for long is asked once more. Lock held. Returns whether there is any. */
static bool ask_again(struct afar_compare *c)
{
	unsigned int i;

	c->asked_at = jiffies;
	for (i = 0; i < c->count; i++) {
		if (c->asked[i].state != AFAR_ASKED_SENT)
			continue;
		c->asked[i].state = AFAR_ASKED_WANTED;
		WRITE_ONCE(c->wanted, true);
	}
	return c->wanted;
}

/* Is there nothing to wait for any more? A peer that is away is waited for, like for an ack. */
static bool answered(struct afar_group *g)
{
	struct afar_compare *c = &g->stream.resync.compare;
	u64 session = READ_ONCE(g->link.session);
	bool answered, silent, again = false;

	spin_lock_irq(&c->lock);
	if (!READ_ONCE(g->link.live))
		c->heard = jiffies;
	silent = time_after(jiffies, c->heard + PATIENCE) && c->open;
	if (silent)
		c->silent = session;
	if (c->silent && c->silent == session)
		stop_asking(c);
	else if (time_after(jiffies, c->asked_at + AGAIN))
		again = ask_again(c);
	answered = !c->open;
	spin_unlock_irq(&c->lock);
	if (again)
		afar_stream_wake_lanes(&g->stream);
	if (silent)
		afar_warn(g, "the peer does not say what it has: %s",
			  afar_resync_reads(&g->stream.resync) ? "all is sent" :
			  "nothing can be compared");
	return answered;
}

/**
 * afar_compare_wait() - ask what has been added, and wait for the answers
 * @g:     the group
 * @vol:   of which volume
 * @halts: what ends the wait, with answers or without
 */
void afar_compare_wait(struct afar_group *g, const struct afar_vol *vol,
		       bool (*halts)(struct afar_group *g, const struct afar_vol *vol))
{
	struct afar_resync *rs = &g->stream.resync;

	go(g);
	while (!answered(g) && !halts(g, vol))
		wait_event_idle_timeout(rs->wait, !READ_ONCE(rs->compare.open) || halts(g, vol),
					HZ / 4);
}

/**
 * afar_compare_ask() - ask the peer about the next chunks of the scan list, and wait for answers
 * @g:    the group; whatever was read with answers from before has ended
 * @vol:  of which volume
 * @from: where to begin
 * @end:  result: the end of the last chunk asked about
 *
 * Return: are there any? When the scan cannot go on there may be no answers.
 */
bool afar_compare_ask(struct afar_group *g, struct afar_vol *vol, u64 from, u64 *end)
{
	*end = fill(g, vol, from);
	if (*end == from)
		return false;
	afar_compare_wait(g, vol, afar_resync_halts);
	return true;
}

static struct afar_asked *find(struct afar_compare *c, u16 volume, u64 sector, u32 bytes)
{
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		struct afar_asked *asked = &c->asked[i];

		if (asked->hash.sector == sector && asked->hash.bytes == bytes &&
		    asked->hash.volume == volume)
			return asked;
	}
	return NULL;
}

/**
 * afar_compare_find() - what the peer has said of an extent
 * @g:      the group
 * @volume: its volume
 * @sector: its first
 * @bytes:  its length
 *
 * Return: stays as it is until afar_compare_ask(); NULL: it has not, or cannot.
 */
const struct afar_hash_info *afar_compare_find(struct afar_group *g, u16 volume, u64 sector,
					       u32 bytes)
{
	struct afar_compare *c = &g->stream.resync.compare;
	const struct afar_hash_info *hash = NULL;
	struct afar_asked *asked;

	spin_lock_irq(&c->lock);
	asked = find(c, volume, sector, bytes);
	if (asked && asked->state == AFAR_ASKED_KNOWN)
		hash = &asked->hash;
	spin_unlock_irq(&c->lock);
	return hash;
}

/** afar_compare_none() - has it been asked for, and the peer cannot say? */
bool afar_compare_none(struct afar_group *g, u16 volume, u64 sector, u32 bytes)
{
	struct afar_compare *c = &g->stream.resync.compare;
	struct afar_asked *asked;
	bool none;

	spin_lock_irq(&c->lock);
	asked = find(c, volume, sector, bytes);
	none = asked && asked->state == AFAR_ASKED_NONE;
	spin_unlock_irq(&c->lock);
	return none;
}

/** afar_compare_silent() - does the peer not answer in this session? */
bool afar_compare_silent(struct afar_group *g)
{
	u64 silent = READ_ONCE(g->stream.resync.compare.silent);

	return silent && silent == READ_ONCE(g->link.session);
}

/** afar_compare_try_again() - it may answer now */
void afar_compare_try_again(struct afar_compare *c)
{
	spin_lock_irq(&c->lock);
	c->silent = 0;
	spin_unlock_irq(&c->lock);
}

/** afar_compare_take() - a lane fills a message with what is wanted. Returns the number of items */
unsigned int afar_compare_take(struct afar_group *g, void *block)
{
	struct afar_compare *c = &g->stream.resync.compare;
	unsigned int count = 0, i;

	spin_lock_irq(&c->lock);
	for (i = 0; i < c->count; i++) {
		if (c->asked[i].state != AFAR_ASKED_WANTED)
			continue;
		c->asked[i].state = AFAR_ASKED_SENT;
		afar_ask_put(block, count++, &c->asked[i].hash);
	}
	WRITE_ONCE(c->wanted, false);
	spin_unlock_irq(&c->lock);
	return count;
}

/**
 * afar_compare_got() - answers have come
 * @g:     the group
 * @block: header block, checked
 * @count: items
 *
 * One that nobody waits for any more says nothing.
 *
 * Return: NULL, or what is wrong with an item.
 */
const char *afar_compare_got(struct afar_group *g, const void *block, unsigned int count)
{
	struct afar_compare *c = &g->stream.resync.compare;
	struct afar_hash_info hash;
	struct afar_asked *asked;
	const char *why = NULL;
	unsigned int i;

	spin_lock_irq(&c->lock);
	for (i = 0; i < count && !why; i++) {
		why = afar_hash_get(block, i, &hash);
		asked = why ? NULL : find(c, hash.volume, hash.sector, hash.bytes);
		if (!asked || hash.tag != c->tag || (asked->state != AFAR_ASKED_SENT &&
						     asked->state != AFAR_ASKED_WANTED))
			continue;
		asked->hash = hash;
		asked->state = memchr_inv(hash.hash, 0, sizeof(hash.hash)) ?
			       AFAR_ASKED_KNOWN : AFAR_ASKED_NONE;
		WRITE_ONCE(c->open, c->open - 1);
		c->heard = jiffies;
	}
	spin_unlock_irq(&c->lock);
	afar_resync_kick(&g->stream.resync);
	return why;
}

/** afar_compare_lost() - a lane has ended: questions or answers may have been lost with it */
void afar_compare_lost(struct afar_group *g)
{
	struct afar_compare *c = &g->stream.resync.compare;
	bool again;

	spin_lock_irq(&c->lock);
	again = ask_again(c);
	spin_unlock_irq(&c->lock);
	if (again)
		afar_stream_wake_lanes(&g->stream);
}

/** afar_compare_busy() - the peer has taken something: it will come to what it was asked, too */
void afar_compare_busy(struct afar_group *g)
{
	struct afar_compare *c = &g->stream.resync.compare;

	if (!READ_ONCE(c->open))
		return;
	spin_lock_irq(&c->lock);
	c->heard = jiffies;
	spin_unlock_irq(&c->lock);
}

/* ---- what has been read ---------------------------------------------------------------------- */

/** afar_compare_read() - a command of the scan has read its part of a chunk. Context: any */
void afar_compare_read(struct afar_group *g, struct afar_write *w)
{
	struct afar_compare *c = &g->stream.resync.compare;
	unsigned long flags;

	spin_lock_irqsave(&c->lock, flags);
	list_add_tail(&w->list, &c->read);
	spin_unlock_irqrestore(&c->lock, flags);
	queue_work(g->wq, &c->work);
}

static bool is_zero(void *unused, const void *page, unsigned int bytes)
{
	return !memchr_inv(page, 0, bytes);
}

static bool hash_page(void *hasher, const void *page, unsigned int bytes)
{
	afar_hash_add(hasher, page, bytes);
	return true;
}

static bool is_equal(struct afar_compare *c, struct afar_write *w)
{
	u8 hash[AFAR_HASH];

	if (!w->hash)
		return false;
	afar_hash_begin(&c->hasher);
	afar_write_pages(w, hash_page, &c->hasher);
	afar_hash_end(&c->hasher, hash);
	return !memcmp(hash, w->hash->hash, sizeof(hash));
}

static void compare(struct afar_compare *c, struct afar_write *w)
{
	if (is_equal(c, w)) {
		w->equal = true;
		c->equal += w->cmd.bytes;
	} else if (afar_write_pages(w, is_zero, NULL)) {
		/* what was never written need not take space there either */
		w->cmd.op = AFAR_OP_ZERO;
		w->cmd.flags = AFAR_CMD_UNMAP;
		c->zero += w->cmd.bytes;
	}
	if (w->equal || w->cmd.op == AFAR_OP_ZERO)
		afar_write_drop_copy(w);
	afar_write_finish(w, BLK_STS_OK);
}

static void compare_work(struct work_struct *work)
{
	struct afar_compare *c = container_of(work, struct afar_compare, work);
	unsigned int noio = memalloc_noio_save();
	struct afar_write *w;

	do {
		spin_lock_irq(&c->lock);
		w = list_first_entry_or_null(&c->read, struct afar_write, list);
		if (w)
			list_del_init(&w->list);
		spin_unlock_irq(&c->lock);
		if (w)
			compare(c, w);
		cond_resched();
	} while (w);
	memalloc_noio_restore(noio);
}
