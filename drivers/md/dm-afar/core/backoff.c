// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include "backoff.h"

static unsigned int find(const struct afar_backoff *b, const struct afar_address *from)
{
	unsigned int i;

	for (i = 0; i < b->used; i++)
		if (!memcmp(&b->entry[i].from, from, sizeof(*from)))
			break;
	return i;
}

static u32 refused_for(u32 failures)
{
	u32 doublings = min(failures - 1, 10U);

	return min(AFAR_BACKOFF_MIN << doublings, AFAR_BACKOFF_MAX);
}

/**
 * afar_backoff_refuses() - is it too early to listen to this address again?
 * @b:    the table
 * @from: the address
 * @now:  ms of a clock that does not go back
 */
bool afar_backoff_refuses(const struct afar_backoff *b, const struct afar_address *from, u64 now)
{
	unsigned int i = find(b, from);

	return i < b->used && now - b->entry[i].last < refused_for(b->entry[i].failures);
}

/**
 * afar_backoff_failed() - somebody from this address could not prove the key
 * @b:    the table; who failed longest ago makes room
 * @from: the address
 * @now:  as above
 *
 * Return: how often that has been so of late, this time included.
 */
u32 afar_backoff_failed(struct afar_backoff *b, const struct afar_address *from, u64 now)
{
	unsigned int i = find(b, from);
	u32 failures = 0;

	if (i < b->used && now - b->entry[i].last < AFAR_BACKOFF_FORGET)
		failures = b->entry[i].failures;
	if (i == b->used && b->used < AFAR_BACKOFF_ENTRIES)
		b->used++;
	i = min(i, b->used - 1);
	memmove(&b->entry[1], &b->entry[0], i * sizeof(b->entry[0]));
	b->entry[0].from = *from;
	b->entry[0].failures = failures + 1;
	b->entry[0].last = now;
	return failures + 1;
}

/** afar_backoff_forget() - somebody from this address has proven the key */
void afar_backoff_forget(struct afar_backoff *b, const struct afar_address *from)
{
	unsigned int i = find(b, from);

	if (i == b->used)
		return;
	b->used--;
	memmove(&b->entry[i], &b->entry[i + 1], (b->used - i) * sizeof(b->entry[0]));
}
