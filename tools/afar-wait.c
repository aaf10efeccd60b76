// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits, as long as it takes, until a set is replicated. poll()s replicated_set, so that it costs
 * nothing meanwhile; a message can wait for ten seconds only.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_REPLICATED, EXIT_TIMEOUT, EXIT_USAGE, EXIT_TERM };

/* Looked at this often though nobody has called: a node that loses its role calls nobody. */
#define LOOK_MS		1000

static const char usage_text[] =
	"usage: afar-wait GROUP [TERM:]SET [--timeout SECONDS]\n"
	"\n"
	"GROUP is the name or the device of a group, or its sysfs directory. SET is what the message\n"
	"'close' answers; without TERM it is a set of the current term.\n"
	"Exit status: 0 replicated, 1 timed out, 2 usage or no such group, 3 the term has ended.\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The sysfs directory of a group, by name, device or directory. */
static bool find_group(const char *group, char *dir, size_t size)
{
	struct stat st;
	char dev[4096];

	if (strchr(group, '/') && is_dir(group)) {
		snprintf(dir, size, "%s", group);
		return true;
	}
	snprintf(dev, sizeof(dev), "%s%s", strchr(group, '/') ? "" : "/dev/mapper/", group);
	if (stat(dev, &st) || !S_ISBLK(st.st_mode)) {
		snprintf(dir, size, "/sys/block/%s/afar", group);
		return !strchr(group, '/') && is_dir(dir);
	}
	snprintf(dir, size, "/sys/dev/block/%u:%u/afar", major(st.st_rdev), minor(st.st_rdev));
	return is_dir(dir);
}

static bool parse_number(const char *text, char end, unsigned long long *value)
{
	char *rest;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &rest, 10);
	return !errno && *rest == end;
}

/* "[<term>:]<set>"; *term stays where there is none */
static bool parse_set(const char *text, unsigned long long *term, unsigned long long *set)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return parse_number(text, 0, set);
	return parse_number(text, ':', term) && parse_number(colon + 1, 0, set);
}

static bool read_set(int fd, unsigned long long *term, unsigned long long *set)
{
	char text[64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return strchr(text, ':') && parse_set(text, term, set);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* In a resync in place sets are replicated, and no cuts. */
static bool is_cut(int dir)
{
	int fd = openat(dir, "resync_in_place", O_RDONLY | O_CLOEXEC);
	char text = '0';

	if (fd < 0)
		return true;
	if (read(fd, &text, 1) < 0)
		text = '1';
	close(fd);
	return text == '0';
}

/* @term 0: that of the first look. @end: when to give up; negative: never. */
static int wait_for(int dir, int fd, unsigned long long term, unsigned long long set,
		    long long end)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLPRI };
		unsigned long long current, replicated;
		long long left = LOOK_MS;

		if (!read_set(fd, &current, &replicated)) {
			fprintf(stderr, "afar-wait: cannot read replicated_set\n");
			return EXIT_USAGE;
		}
		term = term ? term : current;
		if (term != current) {
			fprintf(stderr, "afar-wait: term %llu is over, this is term %llu\n", term,
				current);
			return EXIT_TERM;
		}
		if (replicated >= set && is_cut(dir))
			return EXIT_REPLICATED;
		if (end >= 0) {
			left = end - now_ms();
			if (left <= 0)
				return EXIT_TIMEOUT;
		}
		if (poll(&pfd, 1, left < LOOK_MS ? left : LOOK_MS) < 0 && errno != EINTR)
			return EXIT_USAGE;
	}
}

int main(int argc, char **argv)
{
	unsigned long long term = 0, set, seconds;
	long long end = -1;
	char path[4096];
	int dir, fd;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage_text, stdout);
		return 0;
	}
	if (argc != 3 && argc != 5)
		return usage();
	if (!parse_set(argv[2], &term, &set))
		return usage();
	if (argc == 5) {
		if (strcmp(argv[3], "--timeout") || !parse_number(argv[4], 0, &seconds) ||
		    seconds > 1000000000)
			return usage();
		end = now_ms() + (long long)seconds * 1000;
	}
	if (!find_group(argv[1], path, sizeof(path))) {
		fprintf(stderr, "afar-wait: %s: no such group, or it was never resumed\n", argv[1]);
		return EXIT_USAGE;
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, "replicated_set", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "afar-wait: %s/replicated_set: %s\n", path, strerror(errno));
		return EXIT_USAGE;
	}
	return wait_for(dir, fd, term, set, end);
}
