/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: back-off
 * Addresses from which somebody came who could not prove the key are not listened to for a while,
 * twice as long after each further time. The table is small: who has many addresses gets many
 * tries, each of which costs him a connection and us no more than one.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_BACKOFF_H
#define AFAR_BACKOFF_H

#include <linux/types.h>

/** AFAR_BACKOFF_ENTRIES - addresses that are remembered */
#define AFAR_BACKOFF_ENTRIES	16
/** AFAR_BACKOFF_MIN, AFAR_BACKOFF_MAX - ms for which one is refused, at first and at most */
#define AFAR_BACKOFF_MIN	250
#define AFAR_BACKOFF_MAX	8000
/** AFAR_BACKOFF_FORGET - ms after which its last failure does not count any more */
#define AFAR_BACKOFF_FORGET	60000

/** struct afar_address - of a host; IPv4 as ::ffff:a.b.c.d */
struct afar_address {
	u8 b[16];
};

/**
 * struct afar_backoff - who has failed of late
 * @entry: most recent first
 * @used:  how many there are
 */
struct afar_backoff {
	struct {
		struct afar_address from;
		u32 failures;
		u64 last;
	} entry[AFAR_BACKOFF_ENTRIES];
	unsigned int used;
};

bool afar_backoff_refuses(const struct afar_backoff *b, const struct afar_address *from, u64 now);
u32 afar_backoff_failed(struct afar_backoff *b, const struct afar_address *from, u64 now);
void afar_backoff_forget(struct afar_backoff *b, const struct afar_address *from);

#endif /* AFAR_BACKOFF_H */
