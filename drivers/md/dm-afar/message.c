// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device-mapper.h>
#include "group.h"

/* Longest wait of a message: dm holds locks meanwhile that other commands need. */
#define WAIT_MAX_MS	10000

static int promote(struct afar_group *g, unsigned int argc, char **argv)
{
	bool force = false, equal = false, torn = false;
	unsigned int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "force"))
			force = true;
		else if (!strcmp(argv[i], "assume-equal"))
			equal = true;
		else if (!strcmp(argv[i], "no-cut"))
			torn = true;
		else
			goto unknown;
	}
	return afar_promote(g, force, equal, torn);
unknown:
	afar_err(g, "promote: unknown word '%s'; known are force, assume-equal and no-cut",
		 argv[i]);
	return -EINVAL;
}

static bool running(struct afar_group *g, const char *what)
{
	if (READ_ONCE(g->running))
		return true;
	afar_err(g, "%s: this node is not a running primary", what);
	return false;
}

static int demote(struct afar_group *g, unsigned int argc)
{
	if (argc == 1)
		return afar_demote(g);
	afar_err(g, "demote: takes no words");
	return -EINVAL;
}

static int discard_history(struct afar_group *g, unsigned int argc)
{
	if (argc == 1)
		return afar_discard_history(g);
	afar_err(g, "discard-history: takes no words");
	return -EINVAL;
}

/* Answers "<term>:<set>". */
static int close_set(struct afar_group *g, unsigned int argc, char *result, unsigned int maxlen)
{
	unsigned int sz = 0;
	u64 set;

	if (argc != 1) {
		afar_err(g, "close: takes no words");
		return -EINVAL;
	}
	if (!running(g, "close"))
		return -EINVAL;
	set = afar_stream_close(g);
	if (set == AFAR_SET_NONE) {
		afar_err(g, "close: a resync is needed, no set can be closed");
		return -ENODATA;
	}
	DMEMIT("%llu:%llu", g->journal.super.term.counter, set);
	return 1;
}

/* <set> or <counter>:<set>; without a counter, that one stays. */
static bool parse_set(const char *word, u64 *counter, u64 *set)
{
	const char *colon = strchr(word, ':');
	char buf[24];

	if (colon) {
		if (colon - word >= sizeof(buf))
			return false;
		memcpy(buf, word, colon - word);
		buf[colon - word] = 0;
		if (kstrtou64(buf, 10, counter))
			return false;
		word = colon + 1;
	}
	return !kstrtou64(word, 10, set);
}

static int wait_set(struct afar_group *g, unsigned int argc, char **argv)
{
	u64 counter = g->journal.super.term.counter, set;
	unsigned int ms = WAIT_MAX_MS;

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
	if (!parse_set(argv[1], &counter, &set)) {
		afar_err(g, "wait: '%s' is no set; say <set> or <term>:<set>", argv[1]);
		return -EINVAL;
	}
	/* its term is over: no answer to come can make it true */
	if (counter != g->journal.super.term.counter)
		return -ESTALE;
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

/* Answers "<term>:<set>": where commits stop. */
static int hold(struct afar_group *g, unsigned int argc, char **argv, char *result,
		unsigned int maxlen)
{
	u64 counter = g->journal.super.term.counter, set = 0;
	bool here = argc == 1;
	unsigned int sz = 0;
	int r;

	if (argc > 2) {
		afar_err(g, "hold: takes a set at most, as <set> or <term>:<set>");
		return -EINVAL;
	}
	/* numbers of sets are below 2^63 */
	if (!here && (!parse_set(argv[1], &counter, &set) || set > S64_MAX)) {
		afar_err(g, "hold: '%s' is no set; say <set> or <term>:<set>", argv[1]);
		return -EINVAL;
	}
	r = afar_hold(g, here, counter, &set);
	if (r)
		return r;
	DMEMIT("%llu:%llu", g->journal.super.term.counter, set);
	return 1;
}

static int release(struct afar_group *g, unsigned int argc)
{
	if (argc == 1)
		return afar_release(g);
	afar_err(g, "release: takes no words");
	return -EINVAL;
}

static int resync(struct afar_group *g, unsigned int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "in-place"))) {
		afar_err(g, "resync: takes no word but in-place");
		return -EINVAL;
	}
	return afar_resync(g, argc == 2);
}

static bool parse_volume(struct afar_group *g, const char *what, const char *word, u16 *number)
{
	if (!kstrtou16(word, 10, number) && *number < AFAR_VOLUMES)
		return true;
	afar_err(g, "%s: volume number must be 0..%u", what, AFAR_VOLUMES - 1);
	return false;
}

static int add(struct afar_group *g, unsigned int argc, char **argv)
{
	u16 number;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "assume-equal"))) {
		afar_err(g, "add: takes a volume number, and perhaps assume-equal");
		return -EINVAL;
	}
	if (!parse_volume(g, "add", argv[1], &number))
		return -EINVAL;
	return afar_volume_add(g, number, argc == 3);
}

static int forget(struct afar_group *g, unsigned int argc, char **argv)
{
	u16 number;

	if (argc != 2) {
		afar_err(g, "forget: takes a volume number");
		return -EINVAL;
	}
	if (!parse_volume(g, "forget", argv[1], &number))
		return -EINVAL;
	return afar_volume_forget(g, number);
}

static int verify(struct afar_group *g, unsigned int argc, char **argv)
{
	if (argc == 1)
		return afar_verify(g);
	if (argc > 2 || strcmp(argv[1], "stop")) {
		afar_err(g, "verify: takes no word but stop");
		return -EINVAL;
	}
	afar_verify_end(g, "the operator says so");
	return 0;
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
	if (!strcmp(argv[0], "demote"))
		return demote(g, argc);
	if (!strcmp(argv[0], "discard-history"))
		return discard_history(g, argc);
	if (!strcmp(argv[0], "close"))
		return close_set(g, argc, result, maxlen);
	if (!strcmp(argv[0], "wait"))
		return wait_set(g, argc, argv);
	if (!strcmp(argv[0], "hold"))
		return hold(g, argc, argv, result, maxlen);
	if (!strcmp(argv[0], "release"))
		return release(g, argc);
	if (!strcmp(argv[0], "add"))
		return add(g, argc, argv);
	if (!strcmp(argv[0], "forget"))
		return forget(g, argc, argv);
	if (!strcmp(argv[0], "resync"))
		return resync(g, argc, argv);
	if (!strcmp(argv[0], "verify"))
		return verify(g, argc, argv);
	afar_err(g, "unknown message '%s'; known are promote, demote, close, wait, hold, release, add, forget, resync, verify and discard-history",
		 argv[0]);
	return -EINVAL;
}
