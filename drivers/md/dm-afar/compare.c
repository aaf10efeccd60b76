// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "group.h"

/* A peer that has shown no sign of work for so long is not asked any more in this session. */
#define PATIENCE	(30 * HZ)
/* Without an answer for so long it is asked again: that may have gone down with a lane. */
#define AGAIN		(2 * HZ)

/* How much is asked about ahead, and that when what was compared last was equal. */
#define WINDOW		(16ULL << 20)
#define WINDOW_HIT	(64ULL << 20)

/* After so many bytes of which nothing is equal, and so many waits: only one chunk in so many. */
#define MISSED		(16ULL << 20)
#define WAITS		8
#define PROBE		16
/* Not further ahead then: what is skipped meanwhile is sent. */
#define SKIP_AHEAD	(8ULL << 20)

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

static struct afar_asked *nth(struct afar_compare *c, unsigned int i)
{
	return &c->asked[(c->first + i) % AFAR_ASKS];
}

static bool is_open(const struct afar_asked *asked)
{
	return asked->state == AFAR_ASKED_WANTED || asked->state == AFAR_ASKED_SENT;
}

/** afar_compare_begin() - other questions; answers to those before are not waited for any more */
void afar_compare_begin(struct afar_compare *c)
{
	spin_lock_irq(&c->lock);
	c->tag++;
	c->first = 0;
	c->count = 0;
	c->bytes = 0;
	WRITE_ONCE(c->open, 0);
	spin_unlock_irq(&c->lock);
}

/**
 * afar_compare_add() - one more question
 * @c:      after afar_compare_begin(), in the order of sectors
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
		*nth(c, c->count++) = (struct afar_asked){
			.state = AFAR_ASKED_WANTED,
			.hash = { .sector = sector, .bytes = bytes, .volume = volume,
				  .tag = c->tag },
		};
		c->bytes += bytes;
		if (!c->open) {
			c->heard = jiffies;
			c->asked_at = jiffies;
		}
		WRITE_ONCE(c->open, c->open + 1);
	}
	spin_unlock_irq(&c->lock);
	return fits;
}

/* Lanes may ask now. */
static void go(struct afar_group *g)
{
	WRITE_ONCE(g->stream.resync.compare.wanted, true);
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

/*
 * How much more may be asked about, beside chunks of @bytes that are being read; *@sparse: only now
 * and then. Not little by little, as each question wakes the lanes, and may cost the peer a flush.
 */
static u64 window(struct afar_compare *c, u64 bytes, bool *sparse)
{
	u64 window, left;

	spin_lock_irq(&c->lock);
	window = (c->hit ? WINDOW_HIT : WINDOW) + AFAR_SCANS * bytes;
	left = c->bytes < window ? window - c->bytes : 0;
	*sparse = c->missed >= MISSED && c->waits >= WAITS;
	spin_unlock_irq(&c->lock);
	return left < window / 4 ? 0 : left;
}

/* Ask about the next chunks of the scan list; @read is read next. Returns where it ended. */
static u64 fill(struct afar_group *g, struct afar_vol *vol, u64 read, u64 from)
{
	struct afar_compare *c = &g->stream.resync.compare;
	u64 bytes = g->options.value[AFAR_KNOB_CHUNK_SIZE];
	u64 length = bytes >> SECTOR_SHIFT, chunk = from;
	bool sparse, asks = false;
	u64 left = window(c, bytes, &sparse);
	u64 end = sparse ? read + DIV_ROUND_UP_ULL(SKIP_AHEAD, bytes) : U64_MAX;

	while (left && afar_chunkmap_scan_next(g, vol->number, &chunk) && chunk < end) {
		if (afar_chunkmap_untouched(g, vol->number, chunk) &&
		    (!sparse || !(c->skipped++ % PROBE))) {
			if (!add_chunk(c, vol->number, chunk * length,
				       min_t(u64, (chunk + 1) * length, vol->ti->len)))
				break;
			left -= min(left, bytes);
			asks = true;
		}
		from = ++chunk;
	}
	if (asks)
		go(g);
	return from;
}

/* Nobody answers: what is not known is sent. Lock held. */
static void stop_asking(struct afar_compare *c)
{
	unsigned int i;

	for (i = 0; i < c->count; i++)
		if (nth(c, i)->state != AFAR_ASKED_KNOWN)
			nth(c, i)->state = AFAR_ASKED_NONE;
	WRITE_ONCE(c->open, 0);
}

/* What is on its way for long is asked once more. Lock held. Returns whether there is any. */
static bool ask_again(struct afar_compare *c)
{
	unsigned int i;

	c->asked_at = jiffies;
	for (i = 0; i < c->count; i++) {
		if (nth(c, i)->state != AFAR_ASKED_SENT)
			continue;
		nth(c, i)->state = AFAR_ASKED_WANTED;
		WRITE_ONCE(c->wanted, true);
	}
	return c->wanted;
}

/* Are all questions about what is in front of a sector answered? Lock held. */
static bool answered_to(struct afar_compare *c, u64 sector)
{
	unsigned int i;

	for (i = 0; i < c->count && nth(c, i)->hash.sector < sector; i++)
		if (is_open(nth(c, i)))
			return false;
	return true;
}

static bool come(struct afar_compare *c, u64 sector)
{
	bool come;

	spin_lock_irq(&c->lock);
	come = answered_to(c, sector);
	spin_unlock_irq(&c->lock);
	return come;
}

/* Is there nothing to wait for any more? A peer that is away is waited for, like for an ack. */
static bool answered(struct afar_group *g, u64 sector)
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
	answered = answered_to(c, sector);
	spin_unlock_irq(&c->lock);
	if (again)
		afar_stream_wake_lanes(&g->stream);
	if (silent)
		afar_warn(g, "the peer does not say what it has: %s",
			  afar_resync_reads(&g->stream.resync) ? "all is sent" :
			  "nothing can be compared");
	return answered;
}

/* Wait for what was asked about what is in front of a sector. */
static void await(struct afar_group *g, const struct afar_vol *vol, u64 sector,
		  bool (*halts)(struct afar_group *g, const struct afar_vol *vol))
{
	struct afar_resync *rs = &g->stream.resync;

	while (!answered(g, sector) && !halts(g, vol))
		wait_event_idle_timeout(rs->wait, come(&rs->compare, sector) || halts(g, vol),
					HZ / 4);
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
	go(g);
	await(g, vol, U64_MAX, halts);
}

/** afar_compare_start() - a scan begins: nothing is known of how much is equal */
void afar_compare_start(struct afar_compare *c)
{
	spin_lock_irq(&c->lock);
	c->hit = false;
	c->missed = 0;
	c->waits = 0;
	spin_unlock_irq(&c->lock);
}

/**
 * afar_compare_ask() - ask the peer about the next chunks of the scan list, and wait for one
 * @g:     the group; afar_compare_begin() at the begin of a volume
 * @vol:   of which volume
 * @chunk: it is read next; that it has an answer afterwards is not said
 * @ahead: up to where the peer has been asked; 0 at the begin of a volume
 */
void afar_compare_ask(struct afar_group *g, struct afar_vol *vol, u64 chunk, u64 *ahead)
{
	struct afar_compare *c = &g->stream.resync.compare;
	u64 end = (chunk + 1) * (g->options.value[AFAR_KNOB_CHUNK_SIZE] >> SECTOR_SHIFT);

	if (afar_compare_silent(g))
		return;
	*ahead = fill(g, vol, chunk, max(*ahead, chunk));
	if (come(c, end))
		return;
	spin_lock_irq(&c->lock);
	c->waits++;
	/* while nobody waited nobody looked */
	c->heard = jiffies;
	spin_unlock_irq(&c->lock);
	await(g, vol, end, afar_resync_halts);
}

/** afar_compare_done() - all in front of a sector has been compared, or will not be */
void afar_compare_done(struct afar_compare *c, u64 sector)
{
	spin_lock_irq(&c->lock);
	while (c->count && nth(c, 0)->hash.sector < sector) {
		if (is_open(nth(c, 0)))
			WRITE_ONCE(c->open, c->open - 1);
		c->bytes -= nth(c, 0)->hash.bytes;
		c->first = (c->first + 1) % AFAR_ASKS;
		WRITE_ONCE(c->count, c->count - 1);
	}
	spin_unlock_irq(&c->lock);
}

static struct afar_asked *find(struct afar_compare *c, u16 volume, u64 sector, u32 bytes)
{
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		struct afar_asked *asked = nth(c, i);

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
 * Return: stays as it is until afar_compare_done(), or afar_compare_begin(); NULL: it has not, or
 * cannot.
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
		if (nth(c, i)->state != AFAR_ASKED_WANTED)
			continue;
		nth(c, i)->state = AFAR_ASKED_SENT;
		afar_ask_put(block, count++, &nth(c, i)->hash);
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
		if (!asked || hash.tag != c->tag || !is_open(asked))
			continue;
		asked->hash = hash;
		asked->state = memchr_inv(hash.hash, 0, sizeof(hash.hash)) ?
			       AFAR_ASKED_KNOWN : AFAR_ASKED_NONE;
		WRITE_ONCE(c->open, c->open - 1);
		c->heard = jiffies;
		c->asked_at = jiffies;
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

static void note(struct afar_compare *c, const struct afar_write *w)
{
	spin_lock_irq(&c->lock);
	c->hit = w->equal;
	c->missed = w->equal ? 0 : c->missed + w->cmd.bytes;
	if (w->equal)
		c->waits = 0;
	spin_unlock_irq(&c->lock);
}

static void compare(struct afar_compare *c, struct afar_write *w)
{
	if (is_equal(c, w)) {
		w->equal = true;
		c->equal += w->cmd.bytes;
	}
	if (w->hash)
		note(c, w);
	if (!w->equal && afar_write_pages(w, is_zero, NULL)) {
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
