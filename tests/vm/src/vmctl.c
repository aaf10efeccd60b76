// SPDX-License-Identifier: GPL-2.0
/*
 * The host's side of a virtual machine's sockets.
 *
 *	vmctl run [-i] DIR SECONDS COMMAND	run COMMAND in the guest; -i passes standard input
 *	vmctl qmp SOCKET JSON			one QMP command; prints what it returns
 *	vmctl guard PID PROGRAM...		runs PROGRAM, and kills it when process PID has ended
 *	vmctl tsc				kHz of this machine's time stamp counter; nothing if it has none
 *
 * `run` exits with the command's status, or with 124 when the time is up (the command is killed),
 * or with 125 when there is no guest (any more).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "line.h"

enum { TIME_UP = 124, NO_GUEST = 125, USAGE = 2 };

static char session[SESSION_LEN + 1];

static int gone(const char *what)
{
	fprintf(stderr, "vmctl: %s: the virtual machine is gone\n", what);
	return NO_GUEST;
}

static int usage(void)
{
	fprintf(stderr, "usage: vmctl run [-i] DIR SECONDS COMMAND | qmp SOCKET JSON | guard PID PROGRAM... | tsc\n");
	return USAGE;
}

static int dial(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	close(fd);
	return -1;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int write_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		p += w;
		n -= w;
	}
	return 0;
}

/* A port no other vmctl uses: its lock is held until we exit. */
static int free_port(const char *dir, long deadline)
{
	char path[256];
	int i, fd, lock;

	for (;;) {
		for (i = 0; i < LINE_PORTS; i++) {
			snprintf(path, sizeof(path), "%s/run.%d.lock", dir, i);
			lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			if (lock < 0)
				return -1;
			if (flock(lock, LOCK_EX | LOCK_NB)) {
				close(lock);
				continue;
			}
			snprintf(path, sizeof(path), "%s/run.%d", dir, i);
			fd = dial(path);
			return fd;
		}
		if (now_ms() > deadline)
			return -2;
		usleep(50000);
	}
}

static int send_line(int fd, char verb, const char *p, size_t n)
{
	char *b = malloc(n * 4 / 3 + SESSION_LEN + 16);
	size_t len = sprintf(b, "%c %s ", verb, session);
	int err;

	len += b64_encode(b + len, (const unsigned char *)p, n);
	b[len++] = '\n';
	err = write_all(fd, b, len);
	free(b);
	return err;
}

static void new_session(void)
{
	unsigned char r[SESSION_LEN / 2];
	int i;

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	for (i = 0; i < SESSION_LEN / 2; i++)
		sprintf(session + 2 * i, "%02x", r[i]);
}

/* Sends one piece of standard input; returns whether there is more. */
static int pass_input(int fd)
{
	char b[LINE_CHUNK];
	ssize_t n = read(0, b, sizeof(b));

	if (n > 0)
		return send_line(fd, 'I', b, n) == 0;
	send_line(fd, 'E', "", 0);
	return 0;
}

static int converse(int fd, int input, long deadline)
{
	static struct line_buf in;
	static char line[LINE_MAX];
	char *id, *arg;
	size_t n;
	int verb;

	for (;;) {
		struct pollfd p[2] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = input ? 0 : -1, .events = POLLIN },
		};
		long left = deadline - now_ms();
		ssize_t got;

		if (left <= 0) {
			fprintf(stderr, "vmctl: time is up\n");
			return TIME_UP;	/* hanging up kills the command */
		}
		if (poll(p, 2, left) <= 0)
			continue;
		if (p[1].revents)
			input = pass_input(fd);
		if (!p[0].revents)
			continue;
		got = read(fd, in.b + in.len, sizeof(in.b) - in.len);
		if (got <= 0)
			return gone("run");
		in.len += got;
		while ((verb = line_take(&in, line, &id, &arg))) {
			if (strcmp(id, session))
				continue;
			n = b64_decode(arg);
			arg[n] = 0;
			if (verb == 'O')
				write_all(1, arg, n);
			else if (verb == 'R')
				write_all(2, arg, n);
			else if (verb == 'Q')
				return atoi(arg);
		}
	}
}

static int run(int argc, char **argv)
{
	int input = argc == 4 && !strcmp(argv[0], "-i");
	long deadline;
	int fd;

	if (argc != 3 + input)
		return usage();
	argv += input;
	deadline = now_ms() + (long)(atof(argv[1]) * 1000);
	fd = free_port(argv[0], deadline);
	if (fd == -2) {
		fprintf(stderr, "vmctl: no free port before the time was up\n");
		return TIME_UP;
	}
	if (fd < 0)
		return gone(argv[0]);
	new_session();
	if (strlen(argv[2]) * 4 / 3 + 64 > LINE_MAX) {
		fprintf(stderr, "vmctl: the command is too long\n");
		return USAGE;
	}
	/* The LF ends what an earlier session may have left half said. */
	if (write_all(fd, "\n", 1) || send_line(fd, 'S', "", 0) ||
	    send_line(fd, 'X', argv[2], strlen(argv[2])) ||
	    (!input && send_line(fd, 'E', "", 0)))
		return gone("run");
	return converse(fd, input, deadline);
}

/* Reads until a line that holds one of two words; QMP sends one object a line. */
static int qmp_answer(int fd, const char *yes, const char *no, char *b, size_t size)
{
	size_t n = 0;
	ssize_t got;
	char *lf;

	for (;;) {
		while ((lf = memchr(b, '\n', n))) {
			*lf = 0;
			if (!strncmp(b, yes, strlen(yes)))
				return 0;
			if (!strncmp(b, no, strlen(no)))
				return 1;
			n -= lf + 1 - b;
			memmove(b, lf + 1, n);
		}
		got = read(fd, b + n, size - 1 - n);
		if (got <= 0)
			return NO_GUEST;
		n += got;
	}
}

static int qmp(int argc, char **argv)
{
	static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
	static char b[1 << 20];
	int fd, err;

	if (argc != 2)
		return usage();
	alarm(30);
	fd = dial(argv[0]);
	if (fd < 0)
		return gone(argv[0]);
	if (qmp_answer(fd, "{\"QMP\"", "{\"error\"", b, sizeof(b)) ||
	    write_all(fd, hello, sizeof(hello) - 1) ||
	    qmp_answer(fd, "{\"return\"", "{\"error\"", b, sizeof(b)) ||
	    write_all(fd, argv[1], strlen(argv[1])) || write_all(fd, "\n", 1))
		return gone(argv[0]);
	err = qmp_answer(fd, "{\"return\"", "{\"error\"", b, sizeof(b));
	if (err == NO_GUEST)
		return gone(argv[0]);
	puts(b);
	return err;
}

static int guard(int argc, char **argv)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int status;
	pid_t pid;

	if (argc < 2)
		return usage();
	/* Of another process group, or the terminal's ^C would end a machine before its test. */
	setsid();
	p[0].fd = syscall(SYS_pidfd_open, atoi(argv[0]), 0);
	if (p[0].fd < 0)
		return NO_GUEST;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_DFL);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	p[1].fd = syscall(SYS_pidfd_open, pid, 0);
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (p[0].revents)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#ifdef __x86_64__
static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* An emulated processor's counter is the host's. Its guests measure it, and get it wrong now and then. */
static int tsc(void)
{
	unsigned long long ns = now_ns(), ticks = __builtin_ia32_rdtsc();
	struct timespec nap = { .tv_nsec = 200000000 };

	nanosleep(&nap, NULL);
	ticks = __builtin_ia32_rdtsc() - ticks;
	ns = now_ns() - ns;
	printf("%llu\n", ticks * 1000000 / ns);
	return 0;
}
#else
static int tsc(void)
{
	return 0;
}
#endif

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && !strcmp(argv[1], "run"))
		return run(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "qmp"))
		return qmp(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "guard"))
		return guard(argc - 2, argv + 2);
	if (argc == 2 && !strcmp(argv[1], "tsc"))
		return tsc();
	return usage();
}
