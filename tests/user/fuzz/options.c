// SPDX-License-Identifier: GPL-2.0-only
/* Words of a table line, separated by spaces, and each of them as the content of a knob's file. */
#include <linux/kernel.h>
#include <string.h>
#include "../../../drivers/md/dm-afar/core/options.h"
#include "fuzz.h"

static void check(const struct afar_options *o)
{
	u32 knob;

	for (knob = 0; knob < AFAR_KNOBS; knob++) {
		u64 value = o->value[knob];

		MUST(value >= afar_knob_info[knob].min && value <= afar_knob_info[knob].max,
		     "%s %llu", afar_knob_info[knob].name, value);
		MUST((knob != AFAR_KNOB_BLOCK_SIZE && knob != AFAR_KNOB_CHUNK_SIZE) ||
		     !(value & (value - 1)), "%s %llu", afar_knob_info[knob].name, value);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = malloc(size + 1), *word[64];
	struct afar_options o;
	unsigned int count = 0, knob, i;
	const char *why, *bad;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	word[0] = strtok(text, " ");
	while (word[count] && count < 63)
		word[++count] = strtok(NULL, " ");
	afar_options_init(&o);
	check(&o);
	why = afar_options_parse(&o, count, word, &bad);
	MUST(!why || *why, "refused without a word");
	if (!why)
		check(&o);
	afar_options_init(&o);
	for (i = 0; i < count; i++)
		for (knob = 0; knob < AFAR_KNOBS; knob++) {
			u64 before = o.value[knob];

			why = afar_option_set(&o, knob, word[i]);
			MUST(!why || o.value[knob] == before, "refused and changed");
			check(&o);
		}
	free(text);
	return 0;
}
