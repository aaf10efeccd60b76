/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: options
 * The knobs of a group: one list, from which come the words of the table line, the files in sysfs,
 * the ranges and the messages that name them. A table option gives the start value; the file of the
 * same name in sysfs changes it, unless the knob is fixed.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_OPTIONS_H
#define AFAR_OPTIONS_H

#include <linux/types.h>
#include <afar/types.h>

/*
 * X(NAME, name, default, min, max, fixed)
 *
 * block_size       logical block size of the volumes, bytes, power of two; durable, from the format
 * chunk_size       bytes, power of two; a command never crosses a chunk; durable, from the format
 * ring_memory      bytes of a ring in memory; 0: the ring is on the journal device; durable, from
 *                  the format
 * lanes            TCP connections of the link
 * set_bytes        a set closes after this many bytes of writes; 0: never for that reason
 * set_writes       a set closes after this many writes; 0: never for that reason
 * set_interval_ms  a set closes this long after its first write
 * close_on_flush   1: sets close only at a flush or after a FUA write, or at the largest size
 * memory_limit     primary: bytes of copies held for the peer
 * overflow         primary: what becomes of writes when memory_limit and the journal are used up:
 *                  enum afar_overflow, by name
 * stage_memory     secondary: bytes of staged payload kept in memory until they are committed
 * clear_interval_ms bits of the chunk map are cleared so long after the peer has committed
 * resync_rate      bytes a second that a resync reads at most; 0: as fast as it goes
 * timeout_ms       a lane on which nothing was heard for so long is given up
 */
#define AFAR_KNOBS_LIST(X) \
	X(BLOCK_SIZE,	block_size,	4096,		512,		4096,		true) \
	X(CHUNK_SIZE,	chunk_size,	1048576,	65536,		4194304,	true) \
	X(RING_MEMORY,	ring_memory,	0,		0,		1099511627776,	true) \
	X(LANES,	lanes,		2,		1,		16,		true) \
	X(SET_BYTES,	set_bytes,	16777216,	0,		1099511627776,	false) \
	X(SET_WRITES,	set_writes,	0,		0,		1000000000,	false) \
	X(SET_INTERVAL,	set_interval_ms, 200,		1,		3600000,	false) \
	X(CLOSE_ON_FLUSH, close_on_flush, 0,		0,		1,		false) \
	X(MEMORY_LIMIT,	memory_limit,	67108864,	4194304,	1099511627776,	false) \
	X(OVERFLOW,	overflow,	0,		0,		2,		false) \
	X(STAGE_MEMORY,	stage_memory,	67108864,	4194304,	1099511627776,	false) \
	X(CLEAR_INTERVAL, clear_interval_ms, 5000,	10,		3600000,	false) \
	X(RESYNC_RATE,	resync_rate,	0,		0,		1099511627776,	false) \
	X(TIMEOUT,	timeout_ms,	10000,		500,		600000,		false)

/** enum afar_overflow - what becomes of a write that there is no room for */
enum afar_overflow {
	AFAR_OVERFLOW_CHUNKMAP = 0,	/* "chunkmap": noted there only, its chunk is sent later */
	AFAR_OVERFLOW_THROTTLE,		/* "throttle": it waits for the peer */
	AFAR_OVERFLOW_FAIL,		/* "fail": it fails */
};

enum afar_knob {
#define AFAR_KNOB_ENUM(id, name, def, min, max, fixed) AFAR_KNOB_##id,
	AFAR_KNOBS_LIST(AFAR_KNOB_ENUM)
#undef AFAR_KNOB_ENUM
	AFAR_KNOBS
};

/** struct afar_knob_info - what there is to know of a knob */
struct afar_knob_info {
	const char *name;
	const char *range;	/* "name must be min..max", for messages */
	const char *twice;	/* that it was given twice */
	const char *alone;	/* that its value is missing */
	u64 value;
	u64 min;
	u64 max;
	bool fixed;
};

/** AFAR_KEY_NAME - room for the description of a key, its end included */
#define AFAR_KEY_NAME	128

/**
 * struct afar_options - values of all knobs
 * @value: by enum afar_knob
 * @given: bit mask of those that the table line named
 * @key:   description of a logon key, or "none": neither side proves anything; empty: not given
 * @group: the one group that the journal may be of; zero: any
 */
struct afar_options {
	u64 value[AFAR_KNOBS];
	u32 given;
	char key[AFAR_KEY_NAME];
	struct afar_uuid group;
};

extern const struct afar_knob_info afar_knob_info[AFAR_KNOBS];

void afar_options_init(struct afar_options *o);
const char *afar_option_set(struct afar_options *o, enum afar_knob knob, const char *text);
bool afar_options_keyless(const struct afar_options *o);
const char *afar_option_word(const struct afar_options *o, enum afar_knob knob);
const char *afar_options_parse(struct afar_options *o, unsigned int argc, char **argv,
			       const char **word);

#endif /* AFAR_OPTIONS_H */
