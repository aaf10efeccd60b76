// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device-mapper.h>
#include "group.h"

/* Longest wait of a message: dm holds locks meanwhile that other commands need. */
#define WAIT_MAX_MS	10000

static int promote(struct afar_group *g, unsigned int argc, char **argv)
{
	bool force = false, equal = false;
	unsigned int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "force"))
			force = true;
		else if (!strcmp(argv[i], "assume-equal"))
			equal = true;
		else
			goto unknown;
	}
	return afar_promote(g, force, equal);
unknown:
	afar_err(g, "promote: unknown word '%s'; known are force and assume-equal", argv[i]);
	return -EINVAL;
}

static bool running(struct afar_group *g, const char *what)
{
	if (READ_ONCE(g->running))
		return true;
	afar_err(g, "%s: this node is not a running primary", what);
	return false;
}

/* Answers "<term>:<set>". */
static int close_set(struct afar_group *g, unsigned int argc, char *result, unsigned int maxlen)
{
	unsigned int sz = 0;

	if (argc != 1) {
		afar_err(g, "close: takes no words");
		return -EINVAL;
	}
	if (!running(g, "close"))
		return -EINVAL;
	if (g->stream.mode == AFAR_MODE_DIRTY) {
		afar_err(g, "close: a resync is needed, no set can be closed");
		return -ENODATA;
	}
	DMEMIT("%llu:%llu", g->journal.super.term.counter, afar_stream_close(g));
	return 1;
}

static int parse_set(struct afar_group *g, const char *word, u64 *set)
{
	const char *colon = strchr(word, ':');
	u64 counter = g->journal.super.term.counter;
	char buf[24];

	if (colon) {
		if (colon - word >= sizeof(buf))
			return -EINVAL;
		memcpy(buf, word, colon - word);
		buf[colon - word] = 0;
		if (kstrtou64(buf, 10, &counter))
			return -EINVAL;
		word = colon + 1;
	}
	if (kstrtou64(word, 10, set))
		return -EINVAL;
	/* its term is over: no answer to come can make it true */
	return counter == g->journal.super.term.counter ? 0 : -ESTALE;
}

static int wait_set(struct afar_group *g, unsigned int argc, char **argv)
{
	unsigned int ms = WAIT_MAX_MS;
	u64 set;
	int r;

	if (argc < 2 || argc > 3) {
		afar_err(g, "wait: takes a set, as <set> or <term>:<set>, and at most %u ms",
			 WAIT_MAX_MS);
		return -EINVAL;
	}
	if (argc == 3 && (kstrtouint(argv[2], 10, &ms) || ms > WAIT_MAX_MS)) {
		afar_err(g, "wait: milliseconds must be 0..%u; poll replicated_set for longer waits",
			 WAIT_MAX_MS);
		return -EINVAL;
	}
	r = parse_set(g, argv[1], &set);
	if (r == -EINVAL)
		afar_err(g, "wait: '%s' is no set; say <set> or <term>:<set>", argv[1]);
	if (r)
		return r;
	if (!running(g, "wait"))
		return -EINVAL;
	if (g->stream.mode == AFAR_MODE_DIRTY)
		return -ESTALE;
	if (!afar_stream_begun(g, set)) {
		afar_err(g, "wait: nothing is in set %llu yet", set);
		return -ENODATA;
	}
	return afar_stream_wait(g, set, ms);
}

/**
 * afar_message() - a message to the group
 * @g:      the group
 * @argc:   words
 * @argv:   they lie where @result will be written: all are parsed before the first byte of it
 * @result: answer
 * @maxlen: its size
 *
 * Return: 0; 1 with an answer in @result; a negative errno, with the reason in the kernel log.
 */
int afar_message(struct afar_group *g, unsigned int argc, char **argv, char *result,
		 unsigned int maxlen)
{
	if (!argc)
		return -EINVAL;
	if (READ_ONCE(g->suspending)) {
		afar_err(g, "%s: the group is suspended", argv[0]);
		return -EAGAIN;
	}
	if (!strcmp(argv[0], "promote"))
		return promote(g, argc, argv);
	if (!strcmp(argv[0], "close"))
		return close_set(g, argc, result, maxlen);
	if (!strcmp(argv[0], "wait"))
		return wait_set(g, argc, argv);
	afar_err(g, "unknown message '%s'; known are promote, close and wait", argv[0]);
	return -EINVAL;
}
