// SPDX-License-Identifier: GPL-2.0
/* Checksums and payload of format.h. */
#include <string.h>

#include "format.h"

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2")))
static uint32_t crc_hardware(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t c = crc, word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		c = _mm_crc32_u64(c, word);
	}
	while (len--)
		c = _mm_crc32_u8((uint32_t)c, *p++);
	return (uint32_t)c;
}

static int have_hardware(void)
{
	__builtin_cpu_init();
	return !!__builtin_cpu_supports("sse4.2");
}
#else
static uint32_t crc_hardware(uint32_t crc, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return crc;
}

static int have_hardware(void)
{
	return 0;
}
#endif

static uint32_t crc_table[8][256];
static int hardware;

/* Before main(), so that threads find it complete. */
__attribute__((constructor))
static void crc_init(void)
{
	hardware = have_hardware();
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = (c >> 1) ^ (c & 1 ? 0x82f63b78u : 0);
		crc_table[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			crc_table[k][i] = (crc_table[k - 1][i] >> 8) ^
					  crc_table[0][crc_table[k - 1][i] & 0xff];
}

static uint32_t crc_software(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		word ^= crc;
		crc = crc_table[7][word & 0xff] ^ crc_table[6][word >> 8 & 0xff] ^
		      crc_table[5][word >> 16 & 0xff] ^ crc_table[4][word >> 24 & 0xff] ^
		      crc_table[3][word >> 32 & 0xff] ^ crc_table[2][word >> 40 & 0xff] ^
		      crc_table[1][word >> 48 & 0xff] ^ crc_table[0][word >> 56];
	}
	while (len--)
		crc = (crc >> 8) ^ crc_table[0][(crc ^ *p++) & 0xff];
	return crc;
}

/* Start with ~0 and invert the last answer for the usual crc32c. */
uint32_t cut_crc(uint32_t crc, const void *data, size_t len)
{
	return hardware ? crc_hardware(crc, data, len) : crc_software(crc, data, len);
}

uint32_t cut_block_crc(const void *block)
{
	const size_t at = offsetof(struct cut_head, crc);
	static const uint8_t zero[4];
	const uint8_t *p = block;
	uint32_t crc;

	crc = cut_crc(~0u, p, at);
	crc = cut_crc(crc, zero, sizeof(zero));
	return ~cut_crc(crc, p + at + 4, CUT_BLOCK - at - 4);
}

uint32_t cut_term_hash(const char *text, size_t len)
{
	uint32_t hash = ~cut_crc(~0u, text, len);

	return len && !hash ? 1 : hash;
}

void cut_record_seal(struct cut_record *rec)
{
	rec->magic = CUT_REC_MAGIC;
	rec->crc = ~cut_crc(~0u, rec, offsetof(struct cut_record, crc));
}

int cut_record_good(const struct cut_record *rec)
{
	return rec->magic == CUT_REC_MAGIC &&
	       rec->crc == ~cut_crc(~0u, rec, offsetof(struct cut_record, crc));
}

/* Noise in all of the block: a block mixed of two writes must not pass for one of them. */
void cut_block_fill(void *block, const struct cut_head *head)
{
	struct cut_head h = *head;
	uint64_t x = h.fill | 1;
	uint8_t *p = block;

	h.magic = CUT_HEAD_MAGIC;
	h.crc = 0;
	h.reserved = 0;
	memcpy(p, &h, sizeof(h));
	for (size_t at = sizeof(h); at < CUT_BLOCK; at += 8) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		memcpy(p + at, &x, 8);
	}
	h.crc = cut_block_crc(block);
	memcpy(p + offsetof(struct cut_head, crc), &h.crc, 4);
}
