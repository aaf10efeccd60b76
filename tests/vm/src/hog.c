// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is in use: fills it, again and again, and checks each time that all is as it was left, so
 * that what goes to a swap device has to come back.
 *
 * usage: hog MIB SECONDS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE	4096

static uint64_t mark(uint64_t page, uint64_t pass)
{
	return (page + 1) * 0x9e3779b97f4a7c15ULL ^ pass << 48;
}

int main(int argc, char **argv)
{
	uint64_t pages, page, pass = 0;
	time_t end;
	char *area;

	if (argc != 3) {
		fprintf(stderr, "usage: hog MIB SECONDS\n");
		return 2;
	}
	pages = strtoull(argv[1], NULL, 0) * 256;
	end = time(NULL) + atoi(argv[2]);
	area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED) {
		perror("hog: mmap");
		return 2;
	}
	do {
		for (page = 0; page < pages; page++) {
			/* the first and the last word: a page is one or the other, whole */
			volatile uint64_t *head = (void *)(area + page * PAGE);
			volatile uint64_t *tail = (void *)(area + page * PAGE + PAGE - sizeof(*tail));

			if (pass && (*head != mark(page, pass) || *tail != mark(page, pass))) {
				printf("hog: page %llu is not as it was left in pass %llu\n",
				       (unsigned long long)page, (unsigned long long)pass);
				return 1;
			}
			*head = mark(page, pass + 1);
			*tail = mark(page, pass + 1);
		}
		pass++;
	} while (time(NULL) < end);
	printf("hog: %llu passes over %s MiB\n", (unsigned long long)pass, argv[1]);
	return 0;
}
