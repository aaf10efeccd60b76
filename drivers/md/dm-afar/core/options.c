// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include <afar/journal.h>
#include "codec.h"
#include "options.h"

const struct afar_knob_info afar_knob_info[AFAR_KNOBS] = {
#define AFAR_KNOB_INFO(id, word, def, low, high, is_fixed) \
	[AFAR_KNOB_##id] = { \
		.name = #word, \
		.range = #word " must be " #low ".." #high, \
		.twice = #word " is given twice", \
		.alone = #word " has no value; it must be " #low ".." #high, \
		.value = def, .min = low, .max = high, .fixed = is_fixed, \
	},
	AFAR_KNOBS_LIST(AFAR_KNOB_INFO)
#undef AFAR_KNOB_INFO
};

#define KNOB_NAME(id, word, def, low, high, is_fixed) " " #word
#define KNOB_NAMES AFAR_KNOBS_LIST(KNOB_NAME)

/** afar_options_init() - all knobs at their defaults */
void afar_options_init(struct afar_options *o)
{
	unsigned int i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < AFAR_KNOBS; i++)
		o->value[i] = afar_knob_info[i].value;
}

/* Digits, at least one, and perhaps the newline that echo puts behind them. */
static bool parse_u64(const char *text, u64 *value)
{
	const char *digit = text;

	*value = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		if (*value > (U64_MAX - 9) / 10)
			return false;
		*value = *value * 10 + (*digit - '0');
	}
	return digit != text && (!*digit || !strcmp(digit, "\n"));
}

/* By enum afar_overflow. */
static const char *const overflow_word[] = { "chunkmap", "throttle", "fail" };

/** afar_option_word() - the value of a knob that has names for its values; NULL: it has none */
const char *afar_option_word(const struct afar_options *o, enum afar_knob knob)
{
	return knob == AFAR_KNOB_OVERFLOW ? overflow_word[o->value[knob]] : NULL;
}

/* By name, or by number. */
static const char *set_overflow(struct afar_options *o, const char *text)
{
	unsigned int i;
	u64 value;

	if (parse_u64(text, &value) && value < ARRAY_SIZE(overflow_word)) {
		o->value[AFAR_KNOB_OVERFLOW] = value;
		return NULL;
	}
	for (i = 0; i < ARRAY_SIZE(overflow_word); i++) {
		size_t n = strlen(overflow_word[i]);

		if (strncmp(text, overflow_word[i], n) || (text[n] && strcmp(text + n, "\n")))
			continue;
		o->value[AFAR_KNOB_OVERFLOW] = i;
		return NULL;
	}
	return "overflow must be chunkmap, throttle or fail";
}

/**
 * afar_option_set() - give a knob a value
 * @o:    changed only on success
 * @knob: which
 * @text: decimal number, or a name where there are names; a newline may follow
 *
 * Return: NULL, or the knob's name and range in words.
 */
const char *afar_option_set(struct afar_options *o, enum afar_knob knob, const char *text)
{
	const struct afar_knob_info *info = &afar_knob_info[knob];
	u64 value;

	if (knob == AFAR_KNOB_OVERFLOW)
		return set_overflow(o, text);
	if (!parse_u64(text, &value) || value < info->min || value > info->max)
		return info->range;
	if (knob == AFAR_KNOB_BLOCK_SIZE && value & (value - 1))
		return "block_size must be a power of two, 512..4096";
	if (knob == AFAR_KNOB_CHUNK_SIZE && value & (value - 1))
		return "chunk_size must be a power of two, 65536..4194304";
	if (knob == AFAR_KNOB_RING_MEMORY && value &&
	    (value < (u64)AFAR_JOURNAL_MIN << AFAR_BLOCK_SHIFT || value & (AFAR_BLOCK - 1)))
		return "ring_memory must be 0, or a multiple of 4096 in 16777216..1099511627776";
	o->value[knob] = value;
	return NULL;
}

/* As the kernel wants it of a logon key: a prefix, a colon, and something behind it. */
static const char *set_key(struct afar_options *o, const char *word)
{
	const char *colon = strchr(word, ':');

	if (*o->key)
		return "key is given twice";
	if (strlen(word) >= sizeof(o->key))
		return "key must be the description of a logon key, 127 characters at most";
	if (strcmp(word, "none") && (!colon || colon == word || !colon[1]))
		return "key must be the description of a logon key, as prefix:name, or none";
	/* a table line is printed as it is */
	if (strpbrk(word, " \t\n\\"))
		return "key must be without blanks and backslashes";
	strcpy(o->key, word);
	return NULL;
}

/* As group_uuid shows it. */
static const char *set_group(struct afar_options *o, const char *word)
{
	static const char hex[] = "0123456789abcdef";
	struct afar_uuid uuid = {};
	unsigned int i, digits = 0;

	if (!afar_uuid_none(&o->group))
		return "group is given twice";
	for (i = 0; word[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		const char *digit = strchr(hex, word[i]);

		if (i == 36 || (dash ? word[i] != '-' : !digit))
			break;
		if (dash)
			continue;
		uuid.b[digits / 2] |= (digit - hex) << (digits & 1 ? 0 : 4);
		digits++;
	}
	if (i != 36 || word[i] || afar_uuid_none(&uuid))
		return "group must be a uuid, as group_uuid shows it";
	o->group = uuid;
	return NULL;
}

/** afar_options_keyless() - does the table say that nothing is to be proven? */
bool afar_options_keyless(const struct afar_options *o)
{
	return !strcmp(o->key, "none");
}

/* What is no knob: always text, and said when a table is loaded or never. */
static const struct {
	const char *name;
	const char *alone;
	const char *(*set)(struct afar_options *o, const char *word);
} text_option[] = {
	{ "key", "key has no value", set_key },
	{ "group", "group has no value", set_group },
};

static unsigned int text_named(const char *word)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(text_option); i++)
		if (!strcmp(word, text_option[i].name))
			break;
	return i;
}

static enum afar_knob knob_named(const char *word)
{
	unsigned int knob;

	for (knob = 0; knob < AFAR_KNOBS; knob++)
		if (!strcmp(word, afar_knob_info[knob].name))
			break;
	return knob;
}

/**
 * afar_options_parse() - read the optional words of a table line
 * @o:    initialised; undefined after a failure
 * @argc: number of words
 * @argv: pairs of name and value
 * @word: after a failure, the name where it was
 *
 * Return: NULL, or what is wrong.
 */
const char *afar_options_parse(struct afar_options *o, unsigned int argc, char **argv,
			       const char **word)
{
	const char *why;
	unsigned int i;

	for (i = 0; i < argc; i += 2) {
		unsigned int text = text_named(argv[i]);
		bool is_text = text < ARRAY_SIZE(text_option);
		enum afar_knob knob = knob_named(argv[i]);

		*word = argv[i];
		if (!is_text && knob == AFAR_KNOBS)
			return "unknown option; known are key group" KNOB_NAMES;
		if (i + 1 == argc)
			return is_text ? text_option[text].alone : afar_knob_info[knob].alone;
		if (!is_text && o->given & (1U << knob))
			return afar_knob_info[knob].twice;
		why = is_text ? text_option[text].set(o, argv[i + 1]) :
		      afar_option_set(o, knob, argv[i + 1]);
		if (why)
			return why;
		if (!is_text)
			o->given |= 1U << knob;
	}
	return NULL;
}
