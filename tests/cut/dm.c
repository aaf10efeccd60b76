// SPDX-License-Identifier: GPL-2.0
/*
 * dm: device-mapper commands for tests, several in one exec. A static program that talks to
 * /dev/mapper/control itself: in an emulated guest it costs a tenth of dmsetup. See usage().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ROOM	16384u

static int control = -1;
static union {
	struct dm_ioctl io;
	char room[ROOM];
} dm;

static void usage(void)
{
	fputs("usage: dm [-k] [-n NETNS] COMMAND [, COMMAND]...\n"
	      "  create NAME 'START LENGTH TYPE WORDS...'\n"
	      "  reload NAME 'START LENGTH TYPE WORDS...'   and resume\n"
	      "  suspend|resume|remove NAME...\n"
	      "  message NAME WORD...\n"
	      "  status NAME...\n"
	      "  events NAME                    how many there have been\n"
	      "  wait NAME EVENTS [SECONDS]     until there have been more\n"
	      "  -k: goes on after a command that failed\n"
	      "  -n: in the network namespace /run/netns/NETNS\n", stderr);
	exit(2);
}

static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("dm: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static void prepare(const char *name)
{
	memset(&dm, 0, sizeof(dm));
	dm.io.version[0] = DM_VERSION_MAJOR;
	dm.io.data_size = ROOM;
	dm.io.data_start = sizeof(dm.io);
	if (strlen(name) >= sizeof(dm.io.name))
		usage();
	strcpy(dm.io.name, name);
}

static bool call(unsigned long request, const char *what, const char *name)
{
	if (!ioctl(control, request, &dm))
		return true;
	say("%s %s: %s", what, name, strerror(errno));
	return false;
}

static bool simple(unsigned long request, unsigned int flags, const char *what, const char *name)
{
	prepare(name);
	dm.io.flags = flags;
	return call(request, what, name);
}

static void node_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, "/dev/mapper/%s", name);
}

static bool make_node(const char *name)
{
	char path[256];

	node_path(path, sizeof(path), name);
	unlink(path);
	if (!mknod(path, S_IFBLK | 0600, makedev(major(dm.io.dev), minor(dm.io.dev))))
		return true;
	say("mknod %s: %s", path, strerror(errno));
	return false;
}

static bool load(const char *name, const char *line)
{
	struct dm_target_spec *spec = (void *)(dm.room + sizeof(dm.io));
	char *params = (char *)(spec + 1);
	unsigned long long start, length;
	int at = 0;

	prepare(name);
	if (sscanf(line, "%llu %llu %15s %n", &start, &length, spec->target_type, &at) < 3 || !at ||
	    strlen(line + at) + sizeof(dm.io) + sizeof(*spec) >= ROOM)
		usage();
	spec->sector_start = start;
	spec->length = length;
	strcpy(params, line + at);
	dm.io.target_count = 1;
	return call(DM_TABLE_LOAD, "load", name);
}

static bool resume(const char *name)
{
	return simple(DM_DEV_SUSPEND, 0, "resume", name);
}

static bool remove_one(const char *name)
{
	char path[256];

	if (!simple(DM_DEV_REMOVE, 0, "remove", name))
		return false;
	node_path(path, sizeof(path), name);
	unlink(path);
	return true;
}

static bool suspend_one(const char *name)
{
	return simple(DM_DEV_SUSPEND, DM_SUSPEND_FLAG, "suspend", name);
}

static bool create(const char *name, const char *line)
{
	if (!simple(DM_DEV_CREATE, 0, "create", name))
		return false;
	if (make_node(name) && load(name, line) && resume(name))
		return true;
	remove_one(name);
	return false;
}

static bool message(const char *name, char **word)
{
	struct dm_target_msg *msg = (void *)(dm.room + sizeof(dm.io));
	size_t at = 0;

	prepare(name);
	for (; *word; word++) {
		size_t n = strlen(*word);

		if (sizeof(dm.io) + sizeof(*msg) + at + n + 2 > ROOM)
			usage();
		if (at)
			msg->message[at++] = ' ';
		memcpy(msg->message + at, *word, n + 1);
		at += n;
	}
	if (!call(DM_TARGET_MSG, "message", name))
		return false;
	if (dm.io.flags & DM_DATA_OUT_FLAG)
		puts(dm.room + dm.io.data_start);
	return true;
}

static bool status_one(const char *name)
{
	struct dm_target_spec *spec;

	if (!simple(DM_TABLE_STATUS, DM_NOFLUSH_FLAG, "status", name))
		return false;
	spec = (void *)(dm.room + dm.io.data_start);
	if (dm.io.target_count)
		printf("%llu %llu %s %s\n", (unsigned long long)spec->sector_start,
		       (unsigned long long)spec->length, spec->target_type,
		       (const char *)(spec + 1));
	return true;
}

static bool events(const char *name)
{
	if (!simple(DM_DEV_STATUS, 0, "events", name))
		return false;
	printf("%u\n", dm.io.event_nr);
	return true;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static bool wait_event(const char *name, const char *count, const char *seconds)
{
	struct sigaction alarmed = { .sa_handler = on_alarm };
	bool ok;

	sigaction(SIGALRM, &alarmed, NULL);
	alarm(seconds ? (unsigned int)atoi(seconds) : 0);
	prepare(name);
	dm.io.event_nr = (uint32_t)atoi(count);
	ok = call(DM_DEV_WAIT, "wait", name);
	alarm(0);
	return ok;
}

static bool each(bool (*one)(const char *name), char **name)
{
	bool ok = true;

	for (; *name; name++)
		ok = one(*name) && ok;
	return ok;
}

/* @argv ends with NULL. */
static bool command(int argc, char **argv)
{
	const char *what = argv[0];

	if (argc < 2)
		usage();
	if (!strcmp(what, "create") && argc == 3)
		return create(argv[1], argv[2]);
	if (!strcmp(what, "reload") && argc == 3)
		return load(argv[1], argv[2]) && resume(argv[1]);
	if (!strcmp(what, "suspend"))
		return each(suspend_one, argv + 1);
	if (!strcmp(what, "resume"))
		return each(resume, argv + 1);
	if (!strcmp(what, "remove"))
		return each(remove_one, argv + 1);
	if (!strcmp(what, "message") && argc > 2)
		return message(argv[1], argv + 2);
	if (!strcmp(what, "status"))
		return each(status_one, argv + 1);
	if (!strcmp(what, "events") && argc == 2)
		return events(argv[1]);
	if (!strcmp(what, "wait") && (argc == 3 || argc == 4))
		return wait_event(argv[1], argv[2], argc == 4 ? argv[3] : NULL);
	usage();
	return false;
}

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		say("%s: %s", path, strerror(errno));
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	bool keep_going = false, ok = true;
	int opt, first, last;

	while ((opt = getopt(argc, argv, "+kn:")) != -1) {
		if (opt == 'k')
			keep_going = true;
		else if (opt == 'n')
			enter(optarg);
		else
			usage();
	}
	control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		say("/dev/mapper/control: %s", strerror(errno));
		return 1;
	}
	for (first = optind; first < argc && (ok || keep_going); first = last + 1) {
		for (last = first; last < argc && strcmp(argv[last], ","); last++)
			;
		argv[last] = NULL;
		ok = command(last - first, argv + first) && ok;
		fflush(stdout);
	}
	return !ok;
}
