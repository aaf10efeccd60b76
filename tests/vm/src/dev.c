// SPDX-License-Identifier: GPL-2.0
/*
 * Reads devices past the page cache, fast on an emulated processor.
 *
 *	devsum DEVICE [OFFSET_MB [MB]]	a hash of its bytes (to compare, not to prove)
 *	devcmp A B			status 0 when equal; names the first sectors that differ
 *	devcmp A B BYTES		the same by chunks of so many bytes; names all that differ
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1u << 20)

static int open_dev(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0 && errno == EINVAL)	/* a file system without O_DIRECT */
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

static ssize_t read_at(int fd, char *b, off_t at, const char *path)
{
	ssize_t n = pread(fd, b, CHUNK, at);

	if (n < 0) {
		fprintf(stderr, "%s: at byte %lld: %s\n", path, (long long)at, strerror(errno));
		exit(2);
	}
	return n;
}

static char *buffer(void)
{
	void *p;

	if (posix_memalign(&p, 4096, CHUNK))
		exit(2);
	memset(p, 0, CHUNK);
	return p;
}

static int sum(const char *path, off_t at, off_t end)
{
	uint64_t h[4] = { 1, 2, 3, 4 }, w[4];
	char *b = buffer();
	int fd = open_dev(path), i;
	off_t begin = at;
	ssize_t n, j;

	while (at < end && (n = read_at(fd, b, at, path)) > 0) {
		if (n < CHUNK)
			memset(b + n, 0, CHUNK - n);
		for (j = 0; j < n; j += 32) {
			memcpy(w, b + j, 32);
			for (i = 0; i < 4; i++) {
				h[i] = (h[i] ^ w[i]) * 0x9e3779b97f4a7c15ull;
				h[i] ^= h[i] >> 29;
			}
		}
		at += n;
	}
	printf("%016llx%016llx-%lld\n", (unsigned long long)(h[0] + 3 * h[1]),
	       (unsigned long long)(h[2] + 3 * h[3]), (long long)(at - begin));
	return 0;
}

/* Chunks are not larger than a read, and divide it, or are multiples of it. */
static int compare_chunks(const char *a, const char *b, long long chunk)
{
	char *x = buffer(), *y = buffer();
	int fa = open_dev(a), fb = open_dev(b);
	long long last = -1, bad = 0;
	off_t at = 0;
	ssize_t n, i, step = chunk < CHUNK ? chunk : CHUNK;

	while ((n = read_at(fa, x, at, a)) > 0) {
		if (read_at(fb, y, at, b) != n)
			return 2;
		for (i = 0; i < n; i += step) {
			ssize_t m = n - i < step ? n - i : step;

			if (!memcmp(x + i, y + i, m) || (at + i) / chunk == last)
				continue;
			last = (at + i) / chunk;
			printf("%lld\n", last);
			bad++;
		}
		at += n;
	}
	return bad != 0;
}

static int compare(const char *a, const char *b)
{
	char *x = buffer(), *y = buffer();
	int fa = open_dev(a), fb = open_dev(b);
	off_t at = 0;
	ssize_t n, m, i;
	long long bad = 0;

	for (;;) {
		n = read_at(fa, x, at, a);
		m = read_at(fb, y, at, b);
		if (n != m) {
			printf("sizes differ: %s has %lld bytes, %s has %lld\n", a, (long long)at + n, b,
			       (long long)at + m);
			return 1;
		}
		if (!n)
			break;
		if (memcmp(x, y, n)) {
			for (i = 0; i < n; i += 512)
				if (memcmp(x + i, y + i, n - i < 512 ? n - i : 512) && bad++ < 8)
					printf("sector %lld differs\n", (long long)(at + i) / 512);
		}
		at += n;
	}
	if (bad)
		printf("%lld of %lld sectors differ\n", bad, (long long)(at + 511) / 512);
	return bad != 0;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	off_t at;

	if (!strcmp(name, "devcmp") && argc == 3)
		return compare(argv[1], argv[2]);
	if (!strcmp(name, "devcmp") && argc == 4 && atoll(argv[3]) >= 512)
		return compare_chunks(argv[1], argv[2], atoll(argv[3]));
	if (!strcmp(name, "devsum") && argc >= 2 && argc <= 4) {
		at = (argc > 2 ? atoll(argv[2]) : 0) << 20;
		return sum(argv[1], at, argc > 3 ? at + (atoll(argv[3]) << 20) : INT64_MAX);
	}
	fprintf(stderr, "usage: devsum DEVICE [OFFSET_MB [MB]] | devcmp A B [BYTES]\n");
	return 2;
}
