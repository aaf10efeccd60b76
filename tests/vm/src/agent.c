// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's init, after the script /init has mounted what there is to mount: one process for each
 * port run.N, which runs the commands that vmctl sends (see line.h), one at a time.
 *
 * A command's processes are one session; they are killed when the host hangs up before the command
 * ended.  What a command leaves behind when it ends lives on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "line.h"

#define OUT_HIGH (64 * 1024)	/* read no more of the command's output above this */

static int port, ep, sigfd;
static int in_fd = -1, out_fd[2] = { -1, -1 };	/* the command's pipes: stdin, {stdout, stderr} */
static pid_t child;
static int status;			/* of a child that ended, while its pipes are drained */
static int ended;
static char session[SESSION_LEN + 1];
static struct line_buf in;
static char line[LINE_MAX];
static char out[OUT_HIGH + 2 * LINE_CHUNK * 4 / 3 + 256];
static size_t out_len;
static char *to_child;			/* input the command has not taken yet */
static size_t to_child_len;
static int input_ended;
static time_t hung_since;		/* 0: the host is connected */

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ends the session and whatever it runs. */
static void reset(void)
{
	if (child && !ended) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	child = 0;
	ended = 0;
	drop(&in_fd);
	drop(&out_fd[0]);
	drop(&out_fd[1]);
	out_len = 0;
	to_child_len = 0;
	input_ended = 0;
	session[0] = 0;
	hung_since = 0;
}

static void say(char verb, const void *p, size_t n)
{
	char *o = out + out_len;

	*o++ = verb;
	*o++ = ' ';
	memcpy(o, session, SESSION_LEN);
	o += SESSION_LEN;
	*o++ = ' ';
	o += b64_encode(o, p, n);
	*o++ = '\n';
	out_len = o - out;
}

static int watch(int fd, unsigned int events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void start(const char *command)
{
	int i[2], o[2], e[2];

	if (child || pipe2(i, O_CLOEXEC) || pipe2(o, O_CLOEXEC) || pipe2(e, O_CLOEXEC))
		return;
	child = fork();
	if (!child) {
		sigset_t none;
		FILE *f;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		setsid();
		f = fopen("/proc/self/oom_score_adj", "w");
		if (f) {
			fputs("0", f);
			fclose(f);
		}
		dup2(i[0], 0);
		dup2(o[1], 1);
		dup2(e[1], 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(i[0]);
	close(o[1]);
	close(e[1]);
	if (child < 0) {
		/* No memory for a process: the host must not wait for it. */
		child = 0;
		close(i[1]);
		close(o[0]);
		close(e[0]);
		say('R', "agent: fork failed\n", 19);
		say('Q', "126", 3);
		return;
	}
	in_fd = i[1];
	out_fd[0] = o[0];
	out_fd[1] = e[0];
	fcntl(in_fd, F_SETFL, O_NONBLOCK);
	fcntl(out_fd[0], F_SETFL, O_NONBLOCK);
	fcntl(out_fd[1], F_SETFL, O_NONBLOCK);
	/* Edges only: which of them want service is tried on every turn. */
	watch(in_fd, EPOLLOUT | EPOLLET);
	watch(out_fd[0], EPOLLIN | EPOLLET);
	watch(out_fd[1], EPOLLIN | EPOLLET);
}

static void one_line(char verb, char *id, char *arg)
{
	size_t n = b64_decode(arg);

	if (verb == 'S') {
		reset();
		memcpy(session, id, SESSION_LEN);
		return;
	}
	if (memcmp(id, session, SESSION_LEN))
		return;
	switch (verb) {
	case 'X':
		arg[n] = 0;
		start(arg);
		break;
	case 'I':
		to_child = realloc(to_child, to_child_len + n);
		memcpy(to_child + to_child_len, arg, n);
		to_child_len += n;
		break;
	case 'E':
		input_ended = 1;
		break;
	}
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1;
}

/*
 * The host is not connected.  That comes by another queue than data, and may be the late news of the
 * last session's end when this one has begun: only a lasting silence ends a session.
 */
static void hung_up(void)
{
	time_t t = now();

	if (!session[0])
		return;
	if (!hung_since)
		hung_since = t;
	else if (t - hung_since >= 2)
		reset();
}

/* Returns whether anything moved. */
static int from_host(void)
{
	char *id, *arg;
	ssize_t n;
	int verb;

	if (to_child_len > OUT_HIGH)
		return 0;	/* the command reads slower than the host sends */
	n = read(port, in.b + in.len, sizeof(in.b) - in.len);
	if (n == 0) {
		hung_up();
		return 0;
	}
	hung_since = 0;
	if (n < 0)
		return 0;
	in.len += n;
	while ((verb = line_take(&in, line, &id, &arg)))
		one_line(verb, id, arg);
	return 1;
}

static int to_host(void)
{
	ssize_t n;

	if (!out_len)
		return 0;
	n = write(port, out, out_len);
	if (n <= 0)
		return 0;
	out_len -= n;
	memmove(out, out + n, out_len);
	return 1;
}

static int from_child(int which)
{
	unsigned char b[LINE_CHUNK];
	ssize_t n;

	if (out_fd[which] < 0 || out_len > OUT_HIGH)
		return 0;
	n = read(out_fd[which], b, sizeof(b));
	if (n > 0)
		say(which ? 'R' : 'O', b, n);
	/* A pipe that others hold open is empty when the command has ended: that is its end. */
	else if (n == 0 || (ended && errno == EAGAIN))
		drop(&out_fd[which]);
	else
		return 0;
	return 1;
}

static int input(void)
{
	ssize_t n;

	if (in_fd < 0)
		return 0;
	if (!to_child_len) {
		if (input_ended)
			drop(&in_fd);
		return 0;
	}
	n = write(in_fd, to_child, to_child_len);
	if (n < 0) {
		if (errno == EAGAIN)
			return 0;
		drop(&in_fd);		/* it reads no more */
		to_child_len = 0;
		return 1;
	}
	to_child_len -= n;
	memmove(to_child, to_child + n, to_child_len);
	return 1;
}

static int end(void)
{
	struct signalfd_siginfo si;
	char text[12];

	while (read(sigfd, &si, sizeof(si)) > 0)
		;
	if (child && !ended && waitpid(child, &status, WNOHANG) == child) {
		ended = 1;
		return 1;
	}
	if (!ended || out_fd[0] >= 0 || out_fd[1] >= 0)
		return 0;
	snprintf(text, sizeof(text), "%d", WIFEXITED(status) ? WEXITSTATUS(status) :
		 128 + WTERMSIG(status));
	say('Q', text, strlen(text));
	/* The session goes on until the next begins: what it says must still go out. */
	child = 0;
	ended = 0;
	drop(&in_fd);
	return 1;
}

static void serve(const char *path)
{
	struct epoll_event e;
	sigset_t chld;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sigfd = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
	ep = epoll_create1(EPOLL_CLOEXEC);
	port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (port < 0 || ep < 0 || sigfd < 0) {
		perror(path);
		_exit(1);
	}
	/* Without EPOLLET an idle port would spin: it is "hung up" as long as no host is there. */
	watch(port, EPOLLIN | EPOLLOUT | EPOLLET);
	watch(sigfd, EPOLLIN);
	for (;;) {
		while (from_host() | input() | from_child(0) | from_child(1) | end() | to_host())
			;
		/* The limit only guards against an edge that a driver never gave. */
		epoll_wait(ep, &e, 1, session[0] ? 200 : 2000);
	}
}

/* The device node of the port named @name, or NULL while there is none. */
static char *find_port(const char *name)
{
	static char path[300], text[64];
	struct dirent *d;
	char *found = NULL;
	DIR *dir = opendir("/sys/class/virtio-ports");
	FILE *f;

	while (dir && !found && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", d->d_name);
		f = fopen(path, "r");
		if (f && fgets(text, sizeof(text), f)) {
			text[strcspn(text, "\n")] = 0;
			if (!strcmp(text, name)) {
				snprintf(path, sizeof(path), "/dev/%s", d->d_name);
				found = path;
			}
		}
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return found;
}

static pid_t server(int i)
{
	char name[16], *path;
	pid_t pid;

	snprintf(name, sizeof(name), "run.%d", i);
	while (!(path = find_port(name)))
		usleep(10000);
	pid = fork();
	if (!pid) {
		FILE *f = fopen("/proc/self/oom_score_adj", "w");

		if (f) {
			fputs("-1000", f);
			fclose(f);
		}
		setsid();
		serve(path);
	}
	return pid;
}

/* Tests write to the port `log` what must be known even if the guest is killed right after. */
static void link_log(void)
{
	char *path;

	while (!(path = find_port("log")))
		usleep(10000);
	mkdir("/dev/virtio-ports", 0755);
	if (symlink(path, "/dev/virtio-ports/log") && errno != EEXIST)
		perror("log port");
}

int main(void)
{
	pid_t servers[LINE_PORTS], pid;
	int i;

	for (i = 0; i < LINE_PORTS; i++)
		servers[i] = server(i);
	link_log();
	puts("agent: ready");
	fflush(stdout);
	for (;;) {
		pid = wait(NULL);
		for (i = 0; i < LINE_PORTS; i++)
			if (pid > 0 && servers[i] == pid)
				servers[i] = server(i);
	}
}
