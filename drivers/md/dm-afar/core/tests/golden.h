/* SPDX-License-Identifier: GPL-2.0-only */
/* Written by tests/user/golden.py; bytes that are not listed are zero. */
#ifndef AFAR_TEST_GOLDEN_H
#define AFAR_TEST_GOLDEN_H

/* Bytes at an offset, in hexadecimal. */
struct golden_piece {
	unsigned int at;
	const char *hex;
};

enum { golden_commands_bytes = 576 };
static const struct golden_piece golden_commands[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "0100" },	/* type */
	{ 6, "0700" },	/* count */
	{ 8, "40020000" },	/* bytes */
	{ 12, "00300000" },	/* payload */
	{ 16, "0f64a678" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "01a5a4a3a2a10000" },	/* command 0: seq */
	{ 136, "b6b5b4b3b2b10000" },	/* command 0: set */
	{ 144, "00a5a4a3a2a10000" },	/* command 0: first */
	{ 152, "6757473727170700" },	/* command 0: sector */
	{ 160, "00020000" },	/* command 0: bytes */
	{ 164, "ce2ea952" },	/* command 0: sum */
	{ 168, "c100" },	/* command 0: volume */
	{ 170, "01" },	/* command 0: op */
	{ 192, "02a5a4a3a2a10000" },	/* command 1: seq */
	{ 200, "b6b5b4b3b2b10000" },	/* command 1: set */
	{ 208, "00a5a4a3a2a10000" },	/* command 1: first */
	{ 216, "4443424100000000" },	/* command 1: sector */
	{ 224, "00120000" },	/* command 1: bytes */
	{ 228, "a2ab72b8" },	/* command 1: sum */
	{ 232, "ff00" },	/* command 1: volume */
	{ 234, "01" },	/* command 1: op */
	{ 256, "03a5a4a3a2a10000" },	/* command 2: seq */
	{ 264, "b6b5b4b3b2b10000" },	/* command 2: set */
	{ 272, "00a5a4a3a2a10000" },	/* command 2: first */
	{ 280, "5453525100000000" },	/* command 2: sector */
	{ 288, "00001000" },	/* command 2: bytes */
	{ 296, "0200" },	/* command 2: volume */
	{ 298, "02" },	/* command 2: op */
	{ 299, "01" },	/* command 2: flags */
	{ 320, "04a5a4a3a2a10000" },	/* command 3: seq */
	{ 328, "b6b5b4b3b2b10000" },	/* command 3: set */
	{ 336, "00a5a4a3a2a10000" },	/* command 3: first */
	{ 362, "04" },	/* command 3: op */
	{ 384, "1ea5a4a3a2a10000" },	/* command 4: seq */
	{ 392, "b6b5b4b3b2b10000" },	/* command 4: set */
	{ 400, "00a5a4a3a2a10000" },	/* command 4: first */
	{ 426, "03" },	/* command 4: op */
	{ 428, "d3d2d100" },	/* command 4: blocks */
	{ 432, "e8e7e6e5e4e3e2e1" },	/* command 4: time */
	{ 440, "f8f7f6f5f4f3f2f1" },	/* command 4: map_generation */
	{ 448, "05a5a4a3a2a10000" },	/* command 5: seq */
	{ 456, "b6b5b4b3b2b10000" },	/* command 5: set */
	{ 464, "00a5a4a3a2a10000" },	/* command 5: first */
	{ 472, "6858483828180800" },	/* command 5: sectors */
	{ 488, "fe00" },	/* command 5: volume */
	{ 490, "06" },	/* command 5: op */
	{ 496, "909192939495969798999a9b9c9d9e9f" },	/* command 5: id */
	{ 512, "06a5a4a3a2a10000" },	/* command 6: seq */
	{ 520, "b6b5b4b3b2b10000" },	/* command 6: set */
	{ 528, "00a5a4a3a2a10000" },	/* command 6: first */
	{ 536, "9493929100000000" },	/* command 6: sectors */
	{ 552, "0300" },	/* command 6: volume */
	{ 554, "07" },	/* command 6: op */
	{ 560, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" },	/* command 6: id */
};

enum { golden_record_bytes = 576 };
static const struct golden_piece golden_record[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "0100" },	/* type */
	{ 6, "0700" },	/* count */
	{ 8, "40020000" },	/* bytes */
	{ 12, "00300000" },	/* payload */
	{ 16, "fc37823b" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 72, "5857565554535251" },	/* epoch */
	{ 80, "1017161514131211" },	/* stable */
	{ 128, "01a5a4a3a2a10000" },	/* command 0: seq */
	{ 136, "b6b5b4b3b2b10000" },	/* command 0: set */
	{ 144, "00a5a4a3a2a10000" },	/* command 0: first */
	{ 152, "6757473727170700" },	/* command 0: sector */
	{ 160, "00020000" },	/* command 0: bytes */
	{ 164, "ce2ea952" },	/* command 0: sum */
	{ 168, "c100" },	/* command 0: volume */
	{ 170, "01" },	/* command 0: op */
	{ 192, "02a5a4a3a2a10000" },	/* command 1: seq */
	{ 200, "b6b5b4b3b2b10000" },	/* command 1: set */
	{ 208, "00a5a4a3a2a10000" },	/* command 1: first */
	{ 216, "4443424100000000" },	/* command 1: sector */
	{ 224, "00120000" },	/* command 1: bytes */
	{ 228, "a2ab72b8" },	/* command 1: sum */
	{ 232, "ff00" },	/* command 1: volume */
	{ 234, "01" },	/* command 1: op */
	{ 256, "03a5a4a3a2a10000" },	/* command 2: seq */
	{ 264, "b6b5b4b3b2b10000" },	/* command 2: set */
	{ 272, "00a5a4a3a2a10000" },	/* command 2: first */
	{ 280, "5453525100000000" },	/* command 2: sector */
	{ 288, "00001000" },	/* command 2: bytes */
	{ 296, "0200" },	/* command 2: volume */
	{ 298, "02" },	/* command 2: op */
	{ 299, "01" },	/* command 2: flags */
	{ 320, "04a5a4a3a2a10000" },	/* command 3: seq */
	{ 328, "b6b5b4b3b2b10000" },	/* command 3: set */
	{ 336, "00a5a4a3a2a10000" },	/* command 3: first */
	{ 362, "04" },	/* command 3: op */
	{ 384, "1ea5a4a3a2a10000" },	/* command 4: seq */
	{ 392, "b6b5b4b3b2b10000" },	/* command 4: set */
	{ 400, "00a5a4a3a2a10000" },	/* command 4: first */
	{ 426, "03" },	/* command 4: op */
	{ 428, "d3d2d100" },	/* command 4: blocks */
	{ 432, "e8e7e6e5e4e3e2e1" },	/* command 4: time */
	{ 440, "f8f7f6f5f4f3f2f1" },	/* command 4: map_generation */
	{ 448, "05a5a4a3a2a10000" },	/* command 5: seq */
	{ 456, "b6b5b4b3b2b10000" },	/* command 5: set */
	{ 464, "00a5a4a3a2a10000" },	/* command 5: first */
	{ 472, "6858483828180800" },	/* command 5: sectors */
	{ 488, "fe00" },	/* command 5: volume */
	{ 490, "06" },	/* command 5: op */
	{ 496, "909192939495969798999a9b9c9d9e9f" },	/* command 5: id */
	{ 512, "06a5a4a3a2a10000" },	/* command 6: seq */
	{ 520, "b6b5b4b3b2b10000" },	/* command 6: set */
	{ 528, "00a5a4a3a2a10000" },	/* command 6: first */
	{ 536, "9493929100000000" },	/* command 6: sectors */
	{ 552, "0300" },	/* command 6: volume */
	{ 554, "07" },	/* command 6: op */
	{ 560, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" },	/* command 6: id */
};

enum { golden_commit_bytes = 192 };
static const struct golden_piece golden_commit[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "0200" },	/* type */
	{ 6, "0100" },	/* count */
	{ 8, "c0000000" },	/* bytes */
	{ 16, "f307e4e5" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 72, "5857565554535251" },	/* epoch */
	{ 80, "1017161514131211" },	/* stable */
	{ 128, "a5a4a3a2a1000000" },	/* command 0: seq */
	{ 136, "b4b3b2b100000000" },	/* command 0: set */
	{ 144, "00a4a3a2a1000000" },	/* command 0: first */
	{ 170, "05" },	/* command 0: op */
	{ 176, "e8e7e6e5e4e3e2e1" },	/* command 0: time */
	{ 184, "f8f7f6f5f4f3f2f1" },	/* command 0: map_generation */
};

enum { golden_challenge_bytes = 224 };
static const struct golden_piece golden_challenge[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "0e00" },	/* type */
	{ 8, "e0000000" },	/* bytes */
	{ 16, "ca2a2283" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0100" },	/* version_min */
	{ 130, "0201" },	/* version_max */
	{ 132, "01000000" },	/* flags */
	{ 136, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f" },	/* nonce */
	{ 168, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf" },	/* proof */
};

enum { golden_proof_bytes = 160 };
static const struct golden_piece golden_proof[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "0f00" },	/* type */
	{ 8, "a0000000" },	/* bytes */
	{ 16, "c1c5c658" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" },	/* proof */
};

enum { golden_hello_bytes = 1864 };
static const struct golden_piece golden_hello[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1000" },	/* type */
	{ 8, "48070000" },	/* bytes */
	{ 16, "5189d3cd" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0100" },	/* version_min */
	{ 130, "0201" },	/* version_max */
	{ 132, "0200" },	/* role */
	{ 134, "0e00" },	/* flags */
	{ 136, "8887868584838281" },	/* features */
	{ 144, "505152535455565758595a5b5c5d5e5f" },	/* group */
	{ 160, "606162636465666768696a6b6c6d6e6f" },	/* node */
	{ 176, "707172737475767778797a7b7c7d7e7f" },	/* journal */
	{ 192, "0600" },	/* lane */
	{ 194, "0700" },	/* lanes */
	{ 196, "00100000" },	/* block_size */
	{ 200, "04030201" },	/* largest_set */
	{ 204, "a000" },	/* volumes */
	{ 206, "0200" },	/* chain */
	{ 208, "9897969594939291" },	/* arrivals */
	{ 216, "a8a7a6a5a4a3a2a1" },	/* credit */
	{ 224, "5040302010000000" },	/* replicated */
	{ 232, "2827262524232221" },	/* replicated_seq */
	{ 240, "4040302010000000" },	/* committed */
	{ 248, "0027262524232221" },	/* committed_seq */
	{ 256, "b8b7b6b5b4b3b2b1" },	/* time */
	{ 264, "f4f3f201" },	/* timeout */
	{ 272, "d8d7d6d5d4d3d2d1" },	/* map_generation */
	{ 280, "808182838485868788898a8b8c8d8e8f" },	/* peer_journal */
	{ 296, "e8e7e6e5e4e3e2e1" },	/* peer_generation */
	{ 328, "0237363534333231" },	/* term 0: counter */
	{ 336, "42434445464748494a4b4c4d4e4f5051" },	/* term 0: id */
	{ 352, "0254535251000000" },	/* term 0: left_set */
	{ 360, "0264636261000000" },	/* term 0: left_seq */
	{ 368, "0277767574737271" },	/* term 0: time */
	{ 376, "0137363534333231" },	/* term 1: counter */
	{ 384, "4142434445464748494a4b4c4d4e4f50" },	/* term 1: id */
	{ 400, "0154535251000000" },	/* term 1: left_set */
	{ 408, "0164636261000000" },	/* term 1: left_seq */
	{ 416, "0177767574737271" },	/* term 1: time */
};

enum { golden_table_bytes = 224 };
static const struct golden_piece golden_table[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1100" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "e0000000" },	/* bytes */
	{ 16, "0caa19a7" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "808182838485868788898a8b8c8d8e8f" },	/* volume 0: id */
	{ 144, "7776757473727100" },	/* volume 0: sectors */
	{ 168, "5756555453525100" },	/* volume 0: outside */
	{ 176, "8182838485868788898a8b8c8d8e8f90" },	/* volume 1: id */
	{ 192, "7876757473727100" },	/* volume 1: sectors */
	{ 200, "ff00" },	/* volume 1: number */
	{ 202, "06" },	/* volume 1: op */
	{ 208, "2827262524232221" },	/* volume 1: seq */
};

enum { golden_arrivals_bytes = 160 };
static const struct golden_piece golden_arrivals[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1200" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "a0000000" },	/* bytes */
	{ 16, "39f11a08" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0100000000000000" },	/* range 0: first */
	{ 136, "0100000000000000" },	/* range 0: last */
	{ 144, "1817161514131211" },	/* range 1: first */
	{ 152, "ffffffffffffff7f" },	/* range 1: last */
};

enum { golden_go_bytes = 128 };
static const struct golden_piece golden_go[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1300" },	/* type */
	{ 8, "80000000" },	/* bytes */
	{ 16, "9d753b1f" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
};

enum { golden_ack_bytes = 224 };
static const struct golden_piece golden_ack[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1400" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "e0000000" },	/* bytes */
	{ 16, "402ff374" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "5040302010000000" },	/* replicated */
	{ 136, "2827262524232221" },	/* replicated_seq */
	{ 144, "4040302010000000" },	/* committed */
	{ 152, "0027262524232221" },	/* committed_seq */
	{ 160, "3837363534333231" },	/* credit */
	{ 192, "0100000000000000" },	/* range 0: first */
	{ 200, "0100000000000000" },	/* range 0: last */
	{ 208, "1817161514131211" },	/* range 1: first */
	{ 216, "ffffffffffffff7f" },	/* range 1: last */
};

enum { golden_ping_bytes = 128 };
static const struct golden_piece golden_ping[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1500" },	/* type */
	{ 8, "80000000" },	/* bytes */
	{ 16, "ee7da522" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
};

enum { golden_bye_bytes = 144 };
static const struct golden_piece golden_bye[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1600" },	/* type */
	{ 8, "90000000" },	/* bytes */
	{ 16, "7922ce46" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "09000000" },	/* reason */
};

enum { golden_ask_bytes = 160 };
static const struct golden_piece golden_ask[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1700" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "a0000000" },	/* bytes */
	{ 16, "ecb5aca6" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0383028201810000" },	/* extent 0: sector */
	{ 136, "00001000" },	/* extent 0: bytes */
	{ 140, "ff00" },	/* extent 0: volume */
	{ 142, "a2a1" },	/* extent 0: tag */
	{ 152, "00020000" },	/* extent 1: bytes */
};

enum { golden_hashes_bytes = 224 };
static const struct golden_piece golden_hashes[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1800" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "e0000000" },	/* bytes */
	{ 16, "5d9b5cbf" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0383028201810000" },	/* hash 0: sector */
	{ 136, "00001000" },	/* hash 0: bytes */
	{ 140, "ff00" },	/* hash 0: volume */
	{ 142, "a2a1" },	/* hash 0: tag */
	{ 144, "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf" },	/* hash 0 */
	{ 176, "4443424100000000" },	/* hash 1: sector */
	{ 184, "00120000" },	/* hash 1: bytes */
	{ 188, "0300" },	/* hash 1: volume */
	{ 190, "ffff" },	/* hash 1: tag */
};

enum { golden_end_bytes = 160 };
static const struct golden_piece golden_end[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1900" },	/* type */
	{ 8, "a0000000" },	/* bytes */
	{ 16, "6db731ec" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "5040302010000000" },	/* set */
	{ 136, "2827262524232221" },	/* seq */
};

enum { golden_differs_bytes = 176 };
static const struct golden_piece golden_differs[] = {
	{ 0, "41464152" },	/* magic */
	{ 4, "1a00" },	/* type */
	{ 6, "0200" },	/* count */
	{ 8, "b0000000" },	/* bytes */
	{ 16, "8b691a67" },	/* crc */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* owner */
	{ 40, "0807060504030201" },	/* term.counter */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* term.id */
	{ 64, "1817161514131211" },	/* position */
	{ 128, "0083028201810000" },	/* span 0: sector */
	{ 136, "008b0a8a09890800" },	/* span 0: sectors */
	{ 144, "ff00" },	/* span 0: volume */
	{ 160, "8000000000000000" },	/* span 1: sectors */
};

enum { golden_super_bytes = 4096 };
static const struct golden_piece golden_super[] = {
	{ 0, "4146415253555052" },	/* magic */
	{ 8, "ce9d0f48" },	/* crc */
	{ 12, "0100" },	/* version */
	{ 14, "0200" },	/* role */
	{ 24, "0807060504030201" },	/* generation */
	{ 32, "101112131415161718191a1b1c1d1e1f" },	/* journal */
	{ 48, "202122232425262728292a2b2c2d2e2f" },	/* node */
	{ 64, "303132333435363738393a3b3c3d3e3f" },	/* group */
	{ 80, "7856341200000000" },	/* blocks */
	{ 88, "00100000" },	/* block_size */
	{ 92, "00001000" },	/* chunk_bytes */
	{ 96, "02000000" },	/* table_start */
	{ 100, "10000000" },	/* map_start */
	{ 104, "00100000" },	/* map_blocks */
	{ 108, "44332211" },	/* ring_blocks */
	{ 112, "4020000000000000" },	/* ring_start */
	{ 120, "df010000" },	/* flags */
	{ 124, "02000000" },	/* chain */
	{ 128, "4443424100000000" },	/* epoch */
	{ 136, "5554535251000000" },	/* epoch_position */
	{ 144, "4454535251000000" },	/* head */
	{ 152, "6654535251000000" },	/* stable */
	{ 160, "6867666564636261" },	/* term.counter */
	{ 168, "404142434445464748494a4b4c4d4e4f" },	/* term.id */
	{ 184, "7473727100000000" },	/* next_seq */
	{ 192, "7372710000000000" },	/* next_set */
	{ 200, "8382810000000000" },	/* committed */
	{ 208, "8483828100000000" },	/* committed_seq */
	{ 216, "9897969594939291" },	/* committed_time */
	{ 224, "a8a7a6a5a4a3a2a1" },	/* hold */
	{ 232, "b8b7b6b5b4b3b2b1" },	/* committing */
	{ 240, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" },	/* peer_journal */
	{ 256, "c8c7c6c5c4c3c2c1" },	/* peer_generation */
	{ 264, "d8d7d6d5d4d3d2d1" },	/* left_generation */
	{ 272, "e8e7e6e5e4e3e2e1" },	/* left_seq */
	{ 280, "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf" },	/* verify_peer */
	{ 296, "0107060504030201" },	/* verify_sector */
	{ 304, "0207060504030201" },	/* verify_done */
	{ 312, "0307060504030201" },	/* verify_busy */
	{ 320, "0407060504030201" },	/* verify_unknown */
	{ 328, "0507060504030201" },	/* verify_found */
	{ 336, "ff000000" },	/* verify_volume */
	{ 440, "0237363534333231" },	/* term 0: counter */
	{ 448, "42434445464748494a4b4c4d4e4f5051" },	/* term 0: id */
	{ 464, "0254535251000000" },	/* term 0: left_set */
	{ 472, "0264636261000000" },	/* term 0: left_seq */
	{ 480, "0277767574737271" },	/* term 0: time */
	{ 488, "0137363534333231" },	/* term 1: counter */
	{ 496, "4142434445464748494a4b4c4d4e4f50" },	/* term 1: id */
	{ 512, "0154535251000000" },	/* term 1: left_set */
	{ 520, "0164636261000000" },	/* term 1: left_seq */
	{ 528, "0177767574737271" },	/* term 1: time */
};

enum { golden_table_block_bytes = 4096 };
static const struct golden_piece golden_table_block[] = {
	{ 0, "414641525441424c" },	/* magic */
	{ 8, "e8fae27a" },	/* crc */
	{ 12, "03000000" },	/* index */
	{ 16, "0807060504030201" },	/* generation */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* journal */
	{ 40, "202122232425262728292a2b2c2d2e2f" },	/* term */
	{ 56, "a8a7a6a5a4a3a2a1" },	/* set */
	{ 64, "808182838485868788898a8b8c8d8e8f" },	/* entry 0: id */
	{ 80, "7776757473727100" },	/* entry 0: sectors */
	{ 88, "01000000" },	/* entry 0: used */
	{ 92, "00a3a2a1" },	/* entry 0: map_first */
	{ 96, "b3b2b100" },	/* entry 0: map_blocks */
	{ 104, "5756555453525100" },	/* entry 0: outside */
	{ 112, "3736353433323100" },	/* entry 0: joins */
	{ 128, "8182838485868788898a8b8c8d8e8f90" },	/* entry 1: id */
	{ 144, "7876757473727100" },	/* entry 1: sectors */
	{ 152, "01000000" },	/* entry 1: used */
	{ 156, "01a3a2a1" },	/* entry 1: map_first */
	{ 160, "b4b2b100" },	/* entry 1: map_blocks */
	{ 168, "5856555453525100" },	/* entry 1: outside */
	{ 176, "3836353433323100" },	/* entry 1: joins */
	{ 4032, "bebfc0c1c2c3c4c5c6c7c8c9cacbcccd" },	/* entry 62: id */
	{ 4048, "b576757473727100" },	/* entry 62: sectors */
	{ 4056, "01000000" },	/* entry 62: used */
	{ 4060, "3ea3a2a1" },	/* entry 62: map_first */
	{ 4064, "f1b2b100" },	/* entry 62: map_blocks */
	{ 4072, "9556555453525100" },	/* entry 62: outside */
	{ 4080, "7536353433323100" },	/* entry 62: joins */
};

enum { golden_map_block_bytes = 4096 };
static const struct golden_piece golden_map_block[] = {
	{ 0, "41464152434d4150" },	/* magic */
	{ 8, "b5185744" },	/* crc */
	{ 12, "0c0b0a00" },	/* index */
	{ 16, "0807060504030201" },	/* generation */
	{ 24, "101112131415161718191a1b1c1d1e1f" },	/* journal */
	{ 40, "006c020000000000" },	/* first_chunk */
	{ 48, "c1000000" },	/* volume */
	{ 52, "fd7b0000" },	/* chunks */
	{ 56, "303132333435363738393a3b3c3d3e3f" },	/* base_journal */
	{ 72, "4847464544434241" },	/* base_term.counter */
	{ 80, "505152535455565758595a5b5c5d5e5f" },	/* base_term.id */
	{ 96, "6867666564636261" },	/* base_set */
	{ 104, "7877767574737271" },	/* base_seq */
	{ 128, "81" },	/* bits from 0 */
	{ 4095, "1f" },	/* bits from 31736 */
};

#endif /* AFAR_TEST_GOLDEN_H */
