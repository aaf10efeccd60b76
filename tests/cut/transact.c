// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions that an image shows whole or not at all.
 *
 *	afar-transact write [OPTION...] DEVICE...	until SIGTERM, or --count transactions
 *	afar-transact check [--slots N] DEVICE...	status 1: an image has a part of one
 *	afar-transact files DIRECTORY			the same with files, fsync and rename
 *	afar-transact check-files DIRECTORY
 *	afar-transact chain DEVICE...			a counter to the first, then to the next ...
 *	afar-transact check-chain DEVICE...		status 1: one leads another before it
 *
 * A transaction overwrites the same --slots blocks of each device, spread over it, with its number,
 * past the page cache, in random order; then it flushes each device. So between two transactions all
 * blocks bear one number, and any point within one has two.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>

#define BLOCK		4096
#define MAGIC		0x6166617274786e31ULL
#define DEVICES		256
#define SLOTS		256
#define FILES		24

struct block {
	uint64_t magic;
	uint64_t number;
	uint64_t place;
	uint8_t rest[BLOCK - 24];
};

static struct block *block;
static unsigned int slots = 12;
static unsigned long count, pause_us;
static int fd[DEVICES];
static unsigned int fds;
static uint64_t step[DEVICES];
static volatile sig_atomic_t stop;

static void die(const char *what)
{
	fprintf(stderr, "afar-transact: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void open_devices(char **path, int n, int flags)
{
	uint64_t bytes;

	if (n < 1 || n > DEVICES) {
		fprintf(stderr, "afar-transact: 1 to %u devices\n", DEVICES);
		exit(2);
	}
	for (; n--; path++) {
		fd[fds] = open(*path, flags | O_DIRECT | O_CLOEXEC);
		if (fd[fds] < 0 || ioctl(fd[fds], BLKGETSIZE64, &bytes))
			die(*path);
		step[fds++] = bytes / BLOCK / slots;
	}
}

static uint64_t place_of(unsigned int device, unsigned int slot)
{
	return (uint64_t)slot * step[device];
}

static void write_one(uint64_t number, unsigned int at)
{
	unsigned int device = at / slots;

	block->magic = MAGIC;
	block->number = number;
	block->place = place_of(device, at % slots);
	memset(block->rest, (int)number, sizeof(block->rest));
	if (pwrite(fd[device], block, BLOCK, block->place * BLOCK) != BLOCK)
		die("write");
}

static void transact(uint64_t number)
{
	static unsigned int order[DEVICES * SLOTS];
	unsigned int i, n = fds * slots;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n - 1; i; i--) {
		unsigned int j = random() % (i + 1), t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < n; i++)
		write_one(number, order[i]);
	for (i = 0; i < fds; i++)
		if (fdatasync(fd[i]))
			die("fdatasync");
}

static int run_write(char **path, int n)
{
	uint64_t number;

	open_devices(path, n, O_RDWR);
	/* goes on behind what is there */
	if (pread(fd[0], block, BLOCK, 0) != BLOCK)
		die(path[0]);
	number = block->magic == MAGIC ? block->number : 0;
	while (!stop) {
		transact(++number);
		if (count && !--count)
			break;
		if (pause_us)
			usleep(pause_us);
	}
	printf("%llu\n", (unsigned long long)number);
	return 0;
}

/* Its number, 0 for a block of zeroes. */
static uint64_t read_one(unsigned int device, unsigned int slot)
{
	uint64_t place = place_of(device, slot);
	unsigned int i;

	if (pread(fd[device], block, BLOCK, place * BLOCK) != BLOCK)
		die("read");
	if (!block->magic && !block->number)
		return 0;
	for (i = 0; i < sizeof(block->rest); i++)
		if (block->rest[i] != (uint8_t)block->number)
			break;
	if (i < sizeof(block->rest) || block->magic != MAGIC || block->place != place) {
		printf("device %u, block %llu: damaged\n", device, (unsigned long long)place);
		exit(1);
	}
	return block->number;
}

static int run_check(char **path, int n)
{
	uint64_t first = 0;
	unsigned int i;

	open_devices(path, n, O_RDONLY);
	for (i = 0; i < fds * slots; i++) {
		uint64_t number = read_one(i / slots, i % slots);

		if (!i)
			first = number;
		if (number == first)
			continue;
		printf("split: device 0, slot 0 has transaction %llu, device %u, slot %u has %llu\n",
		       (unsigned long long)first, i / slots, i % slots,
		       (unsigned long long)number);
		return 1;
	}
	printf("%llu\n", (unsigned long long)first);
	return 0;
}

static int run_chain(char **path, int n)
{
	uint64_t number = 0;
	unsigned int i;

	slots = 1;
	open_devices(path, n, O_RDWR);
	while (!stop) {
		number++;
		for (i = 0; i < fds; i++)
			write_one(number, i);
		if (count && !--count)
			break;
		if (pause_us)
			usleep(pause_us);
	}
	printf("%llu\n", (unsigned long long)number);
	return 0;
}

static int run_check_chain(char **path, int n)
{
	uint64_t first = 0, before = 0;
	unsigned int i;

	slots = 1;
	open_devices(path, n, O_RDONLY);
	for (i = 0; i < fds; i++) {
		uint64_t number = read_one(i, 0);

		if (!i)
			first = before = number;
		if (number > before || number + 1 < first) {
			printf("device %u has %llu, the one before it %llu, the first one %llu\n",
			       i, (unsigned long long)number, (unsigned long long)before,
			       (unsigned long long)first);
			return 1;
		}
		before = number;
	}
	printf("%llu %llu\n", (unsigned long long)first, (unsigned long long)before);
	return 0;
}

static void sync_directory(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || fsync(dir))
		die(path);
	close(dir);
}

/* A file appears whole, under a name that had another one before. */
static void replace_file(uint64_t number)
{
	unsigned int blocks = 1 + number % 13, i;
	char name[32];
	int f = open("new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (f < 0)
		die("new");
	for (i = 0; i < blocks; i++) {
		block->magic = MAGIC;
		block->number = number;
		block->place = blocks;
		memset(block->rest, (int)number, sizeof(block->rest));
		if (write(f, block, BLOCK) != BLOCK)
			die("write");
	}
	if (fsync(f) || close(f))
		die("fsync");
	snprintf(name, sizeof(name), "f%u", (unsigned int)(number % FILES));
	if (rename("new", name))
		die(name);
	if (number % 5 == 0) {
		snprintf(name, sizeof(name), "f%u", (unsigned int)(random() % FILES));
		if (unlink(name) && errno != ENOENT)
			die(name);
	}
	sync_directory(".");
}

static int run_files(char **path, int n)
{
	uint64_t number = 0;

	if (n != 1 || chdir(path[0]))
		die("directory");
	while (!stop) {
		replace_file(++number);
		if (count && !--count)
			break;
		if (pause_us)
			usleep(pause_us);
	}
	printf("%llu\n", (unsigned long long)number);
	return 0;
}

static int run_check_files(char **path, int n)
{
	unsigned int file, found = 0;

	if (n != 1 || chdir(path[0]))
		die("directory");
	for (file = 0; file < FILES; file++) {
		char name[32];
		struct stat st;
		uint64_t number = 0;
		unsigned int i;
		int f;

		snprintf(name, sizeof(name), "f%u", file);
		f = open(name, O_RDONLY | O_CLOEXEC);
		if (f < 0 && errno == ENOENT)
			continue;
		if (f < 0 || fstat(f, &st))
			die(name);
		for (i = 0; read(f, block, BLOCK) == BLOCK; i++) {
			if (!i)
				number = block->number;
			if (block->magic != MAGIC || block->number != number ||
			    st.st_size != (off_t)(block->place * BLOCK) || number % FILES != file)
				break;
		}
		if (!i || (off_t)i * BLOCK != st.st_size) {
			printf("file %s: not whole at block %u of %lld bytes\n", name, i,
			       (long long)st.st_size);
			return 1;
		}
		close(f);
		found++;
	}
	printf("%u\n", found);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(char **path, int n);
	} verb[] = {
		{ "write", run_write }, { "check", run_check },
		{ "files", run_files }, { "check-files", run_check_files },
		{ "chain", run_chain }, { "check-chain", run_check_chain },
	};
	unsigned int i;
	int at = 2;

	if (argc < 3)
		goto usage;
	for (; at + 1 < argc && !strncmp(argv[at], "--", 2); at += 2) {
		unsigned long value = strtoul(argv[at + 1], NULL, 10);

		if (!strcmp(argv[at], "--slots") && value && value <= SLOTS)
			slots = value;
		else if (!strcmp(argv[at], "--count"))
			count = value;
		else if (!strcmp(argv[at], "--pause-us"))
			pause_us = value;
		else
			goto usage;
	}
	if (posix_memalign((void **)&block, BLOCK, sizeof(*block)))
		die("memory");
	memset(block, 0, sizeof(*block));
	signal(SIGTERM, on_signal);
	srandom(getpid());
	for (i = 0; i < sizeof(verb) / sizeof(verb[0]); i++)
		if (!strcmp(argv[1], verb[i].word))
			return verb[i].run(argv + at, argc - at);
usage:
	fprintf(stderr, "usage: afar-transact write|check|files|check-files|chain|check-chain "
		"[--slots N] [--count N] [--pause-us N] DEVICE...|DIRECTORY\n");
	return 2;
}
