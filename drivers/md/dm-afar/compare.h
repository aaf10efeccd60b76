/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: compare
 * What is equal on both nodes need not be shipped (R7). Before a chunk of the scan list is read the
 * primary asks the peer for the hash of what it has there, well ahead, and waits for the answer,
 * unless there is none for long. Then the chunk comes off the list; each of its commands gets its
 * number, reads the origin and is compared, all while nobody else can write there. What is equal
 * becomes void; what is all zeroes, a write-zeroes.
 *
 * To hash costs both nodes more than a quick link takes to bring what is hashed. Where much was
 * compared, nothing was equal and answers came late, only some chunks are asked about, until one
 * is equal. A link that is slow never gets there: answers are early.
 *
 * A hash stands for the peer's contents at some time before the chunk came off the list. Numbered
 * commands that come later are applied to that; if there are earlier ones the hash is of no use.
 */
#ifndef AFAR_COMPARE_H
#define AFAR_COMPARE_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "core/hash.h"

struct afar_group;
struct afar_vol;
struct afar_write;

/* Chunks that are read at once. */
#define AFAR_SCANS	4

/** enum afar_asked_state - 0 is not valid */
enum afar_asked_state {
	AFAR_ASKED_WANTED = 1,	/* some lane is to ask for it */
	AFAR_ASKED_SENT,
	AFAR_ASKED_KNOWN,	/* does not change any more */
	AFAR_ASKED_NONE,	/* the peer cannot say, or does not answer */
};

/**
 * struct afar_asked - an extent that the peer is asked about
 * @state: enum afar_asked_state
 * @hash:  its place, and in AFAR_ASKED_KNOWN its hash
 */
struct afar_asked {
	enum afar_asked_state state;
	struct afar_hash_info hash;
};

/**
 * struct afar_compare - of a primary's scan
 * @lock:    Protects: all but what is of @work; taken in interrupts
 * @asked:   ring of AFAR_ASKS, by volume and sector
 * @first:   the first of them in use
 * @tag:     of the questions
 * @count:   how many are in use
 * @bytes:   how much they ask about
 * @open:    of these, how many are wanted or sent
 * @wanted:  some may be wanted. A hint, without the lock
 * @heard:   jiffies when the peer last showed that it works, or there was nobody to ask
 * @asked_at: jiffies when it was asked last, or last answered
 * @silent:  session in which it does not answer; 0: none
 * @equal:   bytes that were found equal, since the group was loaded; @work's
 * @zero:    bytes that were sent as a write-zeroes; @work's
 * @hit:     what was compared last was equal
 * @missed:  bytes that were compared since something was equal
 * @waits:   how often an answer had to be waited for since then
 * @skipped: chunks that were passed while only some are asked about; the scan's
 * @read:    commands that have been read, and are to be compared
 * @work:    compares them
 * @hasher:  of @work
 */
struct afar_compare {
	spinlock_t lock;
	struct afar_asked *asked;
	unsigned int first;
	u16 tag;
	unsigned int count;
	u64 bytes;
	unsigned int open;
	bool wanted;
	unsigned long heard;
	unsigned long asked_at;
	u64 silent;
	u64 equal;
	u64 zero;
	bool hit;
	u64 missed;
	unsigned int waits;
	unsigned int skipped;
	struct list_head read;
	struct work_struct work;
	struct afar_hasher hasher;
};

int afar_compare_init(struct afar_compare *c);
void afar_compare_exit(struct afar_compare *c);
void afar_compare_begin(struct afar_compare *c);
bool afar_compare_add(struct afar_compare *c, u16 volume, u64 sector, u32 bytes);
void afar_compare_wait(struct afar_group *g, const struct afar_vol *vol,
		       bool (*halts)(struct afar_group *g, const struct afar_vol *vol));
void afar_compare_start(struct afar_compare *c);
void afar_compare_ask(struct afar_group *g, struct afar_vol *vol, u64 chunk, u64 *ahead);
void afar_compare_done(struct afar_compare *c, u64 sector);
const struct afar_hash_info *afar_compare_find(struct afar_group *g, u16 volume, u64 sector,
					       u32 bytes);
unsigned int afar_compare_take(struct afar_group *g, void *block);
const char *afar_compare_got(struct afar_group *g, const void *block, unsigned int count);
bool afar_compare_none(struct afar_group *g, u16 volume, u64 sector, u32 bytes);
bool afar_compare_silent(struct afar_group *g);
void afar_compare_try_again(struct afar_compare *c);
void afar_compare_lost(struct afar_group *g);
void afar_compare_busy(struct afar_group *g);
void afar_compare_read(struct afar_group *g, struct afar_write *w);

/** afar_compare_due() - is there something to ask? A hint, without the lock */
static inline bool afar_compare_due(const struct afar_compare *c)
{
	return READ_ONCE(c->wanted);
}

#endif /* AFAR_COMPARE_H */
