// SPDX-License-Identifier: GPL-2.0
/*
 * afar-powercut: what the disks of a recorded run held at each of its flushes.
 *
 * Reads what afar-crash records (tests/modules/crash-record.h). Point N is the instant right before
 * the N-th flush or write with FUA had an effect: on the media is what earlier ones brought there,
 * as little as a disk may keep, and of what else had completed any part.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../modules/crash-record.h"

#define BLOCK	CRASH_RECORD_BLOCK
#define SECTOR	512u
#define PIECE	(256u * BLOCK)
#define DEVICES	16u

enum { EXIT_OK, EXIT_DAMAGED, EXIT_USAGE };

struct record {
	uint64_t ns, completed, sector;
	uint32_t bytes, device, kind;
	const unsigned char *data;
};

struct device {
	const char *path;
	int fd;
	uint64_t bytes;
	unsigned char *image;		/* of the media */
	struct record *pending;		/* what the media may lack, in the order of completion */
	size_t count, room;
};

static const unsigned char *run;
static uint64_t run_bytes;
static struct device device[DEVICES];
static unsigned int devices;

static void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("afar-powercut: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(status);
}

static void usage(void)
{
	fputs("usage: afar-powercut points LOG\n"
	      "           each point: its number, when (CLOCK_MONOTONIC, ns), device, flush or fua\n"
	      "       afar-powercut image LOG POINT SEED DEV...\n"
	      "           makes of the DEVs, in the order of the domain, what was on its disks then;\n"
	      "           SEED 0: no more than what was flushed, else a part of the rest as well\n"
	      "Exit status: 0 done, 1 the log or the point is not good, 2 usage or I/O.\n", stderr);
	exit(EXIT_USAGE);
}

static uint64_t size_of(int fd, const char *path)
{
	struct stat st;
	uint64_t bytes;

	if (fstat(fd, &st))
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode))
		return st.st_size;
	if (ioctl(fd, BLKGETSIZE64, &bytes))
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
	return bytes;
}

static void open_log(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
	run_bytes = size_of(fd, path);
	run = mmap(NULL, run_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (run == MAP_FAILED)
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
}

/* The record at *@at, which is moved behind it; false at the end of the log. */
static bool next(uint64_t *at, uint64_t number, struct record *r)
{
	struct crash_record raw;
	uint64_t room;

	if (run_bytes - *at < BLOCK)
		return false;
	memcpy(&raw, run + *at, sizeof(raw));
	if (le64toh(raw.magic) != CRASH_RECORD_MAGIC || le64toh(raw.number) != number)
		return false;
	*at += BLOCK;
	r->ns = le64toh(raw.ns);
	r->completed = le64toh(raw.completed);
	r->sector = le64toh(raw.sector);
	r->bytes = le32toh(raw.bytes);
	r->device = le32toh(raw.device);
	r->kind = le32toh(raw.kind);
	r->data = NULL;
	if (r->kind != CRASH_RECORD_WRITE && r->kind != CRASH_RECORD_FUA)
		return true;
	room = ((uint64_t)r->bytes + BLOCK - 1) / BLOCK * BLOCK;
	if (run_bytes - *at < room)
		die(EXIT_DAMAGED, "record %llu ends behind the log", (unsigned long long)number);
	r->data = run + *at;
	*at += room;
	return true;
}

static bool is_point(const struct record *r)
{
	return r->kind == CRASH_RECORD_FLUSH || r->kind == CRASH_RECORD_FUA;
}

static int points(void)
{
	uint64_t at = 0, number, point = 0;
	struct record r;

	for (number = 0; next(&at, number, &r); number++) {
		if (!is_point(&r))
			continue;
		point++;
		printf("%llu %llu %u %s\n", (unsigned long long)point, (unsigned long long)r.ns,
		       r.device, r.kind == CRASH_RECORD_FUA ? "fua" : "flush");
	}
	if (!number)
		die(EXIT_DAMAGED, "no record");
	return EXIT_OK;
}

/* ---- disks ---- */

static void open_device(const char *path)
{
	struct device *d = &device[devices++];

	d->path = path;
	d->fd = open(path, O_RDWR | O_DIRECT);
	if (d->fd < 0)
		die(EXIT_USAGE, "%s: %s", path, strerror(errno));
	d->bytes = size_of(d->fd, path);
	d->image = mmap(NULL, d->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (d->image == MAP_FAILED || d->bytes % BLOCK)
		die(EXIT_USAGE, "%s: no memory, or not a multiple of %u bytes", path, BLOCK);
}

static void put(struct device *d, const struct record *r, uint64_t from, uint64_t bytes)
{
	unsigned char *to = d->image + r->sector * SECTOR + from;

	if (r->data)
		memcpy(to, r->data + from, bytes);
	else
		memset(to, 0, bytes);
}

static void note(struct device *d, const struct record *r)
{
	if (r->sector * SECTOR + r->bytes > d->bytes)
		die(EXIT_DAMAGED, "%s: a write at sector %llu is behind its end", d->path,
		    (unsigned long long)r->sector);
	if (d->count == d->room) {
		d->room = d->room ? 2 * d->room : 1024;
		d->pending = realloc(d->pending, d->room * sizeof(*d->pending));
		if (!d->pending)
			die(EXIT_USAGE, "no memory");
	}
	d->pending[d->count++] = *r;
	if (r->kind == CRASH_RECORD_FUA)
		put(d, r, 0, r->bytes);
}

/* In order: what FUA brought to the media before its turn is not written over for good. */
static void flush(struct device *d, uint64_t upto)
{
	size_t i, kept = 0;

	for (i = 0; i < d->count; i++) {
		if (d->pending[i].completed <= upto)
			put(d, &d->pending[i], 0, d->pending[i].bytes);
		else
			d->pending[kept++] = d->pending[i];
	}
	d->count = kept;
	for (i = 0; i < kept; i++)
		if (d->pending[i].kind == CRASH_RECORD_FUA)
			put(d, &d->pending[i], 0, d->pending[i].bytes);
}

static bool survives(uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t h = seed * 0x9e3779b97f4a7c15ULL;

	h = (h ^ a) * 0xff51afd7ed558ccdULL;
	h = (h ^ h >> 33 ^ b) * 0xc4ceb9fe1a85ec53ULL;
	h = (h ^ h >> 29 ^ c) * 0x9e3779b97f4a7c15ULL;
	return h >> 63;
}

/* A disk may tear a write between sectors. */
static void tear(struct device *d, const struct record *r, uint64_t seed)
{
	uint64_t from;

	for (from = 0; seed && from < r->bytes; from += SECTOR)
		if (survives(seed, d - device, r->completed, from))
			put(d, r, from, SECTOR);
}

static void lose_power(struct device *d, uint64_t seed)
{
	const struct record *r;

	for (r = d->pending; r < d->pending + d->count; r++) {
		if (r->kind == CRASH_RECORD_FUA) {
			put(d, r, 0, r->bytes);
			continue;
		}
		tear(d, r, seed);
	}
}

/* Only blocks that differ: most are as the last image left them. */
static uint64_t write_out(struct device *d)
{
	uint64_t at, n, from, to, written = 0;
	unsigned char *buf;

	if (posix_memalign((void **)&buf, BLOCK, PIECE))
		die(EXIT_USAGE, "no memory");
	for (at = 0; at < d->bytes; at += n) {
		n = d->bytes - at < PIECE ? d->bytes - at : PIECE;
		if (pread(d->fd, buf, n, at) != (ssize_t)n)
			die(EXIT_USAGE, "%s: cannot be read at %llu", d->path,
			    (unsigned long long)at);
		for (from = 0; from < n; from = to) {
			to = from + BLOCK;
			if (!memcmp(buf + from, d->image + at + from, BLOCK))
				continue;
			while (to < n && memcmp(buf + to, d->image + at + to, BLOCK))
				to += BLOCK;
			if (pwrite(d->fd, d->image + at + from, to - from, at + from) !=
			    (ssize_t)(to - from))
				die(EXIT_USAGE, "%s: cannot be written at %llu", d->path,
				    (unsigned long long)(at + from));
			written += (to - from) / BLOCK;
		}
	}
	free(buf);
	return written;
}

static int image(uint64_t point, uint64_t seed)
{
	uint64_t at = 0, number, written = 0, pending = 0;
	struct record r;
	unsigned int i;

	for (number = 0; point; number++) {
		if (!next(&at, number, &r))
			die(EXIT_DAMAGED, "the log has not so many points");
		if (r.device >= devices)
			die(EXIT_DAMAGED, "the log has more devices than %u", devices);
		if (is_point(&r) && !--point)
			break;
		if (r.kind == CRASH_RECORD_FLUSH)
			flush(&device[r.device], r.completed);
		else
			note(&device[r.device], &r);
	}
	for (i = 0; i < devices; i++) {
		pending += device[i].count;
		lose_power(&device[i], seed);
		/* the write that the power went with */
		if (i == r.device && r.kind == CRASH_RECORD_FUA)
			tear(&device[i], &r, seed);
		written += write_out(&device[i]);
	}
	printf("%llu writes not flushed, %llu blocks written\n", (unsigned long long)pending,
	       (unsigned long long)written);
	return EXIT_OK;
}

static uint64_t number_of(const char *word)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(word, &end, 10);
	if (errno || *end || end == word)
		usage();
	return n;
}

int main(int argc, char **argv)
{
	int i;

	if (argc == 3 && !strcmp(argv[1], "points")) {
		open_log(argv[2]);
		return points();
	}
	if (argc < 6 || argc > 5 + (int)DEVICES || strcmp(argv[1], "image") || !number_of(argv[3]))
		usage();
	open_log(argv[2]);
	for (i = 5; i < argc; i++)
		open_device(argv[i]);
	return image(number_of(argv[3]), number_of(argv[4]));
}
