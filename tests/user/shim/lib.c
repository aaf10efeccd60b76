// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crc32c.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/sort.h>

long shim_alloc_left = -1;
unsigned long shim_list_steps;

#ifdef AFAR_TEST_RULES
unsigned long afar_rules_off;
#endif

/* Eight tables, eight bytes a step: the tests sum up a great many blocks. */
static u32 crc_table[8][256];

__attribute__((constructor)) static void crc_init(void)
{
	unsigned int i, k;

	for (i = 0; i < 256; i++) {
		u32 crc = i;

		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
		crc_table[0][i] = crc;
	}
	for (i = 0; i < 256; i++)
		for (k = 1; k < 8; k++)
			crc_table[k][i] = crc_table[k - 1][i] >> 8 ^
					  crc_table[0][crc_table[k - 1][i] & 0xff];
}

u32 crc32c(u32 crc, const void *data, unsigned int bytes)
{
	const u8 *p = data;

	for (; bytes >= 8; bytes -= 8, p += 8)
		crc = crc_table[7][(p[0] ^ crc) & 0xff] ^
		      crc_table[6][(p[1] ^ crc >> 8) & 0xff] ^
		      crc_table[5][(p[2] ^ crc >> 16) & 0xff] ^
		      crc_table[4][p[3] ^ crc >> 24] ^
		      crc_table[3][p[4]] ^ crc_table[2][p[5]] ^
		      crc_table[1][p[6]] ^ crc_table[0][p[7]];
	for (; bytes; bytes--, p++)
		crc = crc >> 8 ^ crc_table[0][(crc ^ *p) & 0xff];
	return crc;
}

static void swap_bytes(u8 *a, u8 *b, size_t size)
{
	while (size--) {
		u8 byte = *a;

		*a++ = *b;
		*b++ = byte;
	}
}

static void sift_down(u8 *base, size_t n, size_t size, size_t at,
		      int (*compare)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= n)
			return;
		if (child + 1 < n && compare(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (compare(base + at * size, base + child * size) >= 0)
			return;
		swap_bytes(base + at * size, base + child * size, size);
		at = child;
	}
}

void sort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *),
	  void (*swap_elements)(void *, void *, int))
{
	size_t i;

	(void)swap_elements;
	for (i = n / 2; i-- > 0;)
		sift_down(base, n, size, i, compare);
	for (i = n; i-- > 1;) {
		swap_bytes(base, (u8 *)base + i * size, size);
		sift_down(base, i, size, 0, compare);
	}
}

u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}
