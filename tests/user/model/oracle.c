// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

struct history *history_of(struct world *w, const struct afar_term *term)
{
	u32 i;

	for (i = 0; i < w->histories; i++)
		if (afar_term_equal(&w->history[i]->term, term))
			return w->history[i];
	return NULL;
}

struct history *history_new(struct world *w, const struct afar_term *term,
			    const u32 base[VOLUMES][SECTORS])
{
	struct history *h = w->history[w->histories];

	if (!h) {
		h = malloc(sizeof(*h));
		if (!h)
			abort();
		w->history[w->histories] = h;
	}
	w->histories++;
	memset(h, 0, sizeof(*h));
	h->term = *term;
	memcpy(h->base, base, sizeof(h->base));
	return h;
}

/* The volumes after all commands up to @last, in the order of their numbers. */
void history_image(const struct history *h, u64 last, u32 image[VOLUMES][SECTORS])
{
	u64 seq;
	u32 i;

	memcpy(image, h->base, sizeof(h->base));
	for (seq = 1; seq <= last; seq++) {
		const struct told *cmd = &h->cmd[seq];

		if (cmd->op == AFAR_OP_WRITE || cmd->op == AFAR_OP_ZERO)
			for (i = 0; i < cmd->sectors; i++)
				image[cmd->volume][cmd->sector + i] = cmd->id[i];
	}
}
