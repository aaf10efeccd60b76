// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "steps.h"

#define DIAL	(1 << AFAR_SIDE_DIAL)
#define LISTEN	(1 << AFAR_SIDE_LISTEN)

static const struct {
	u8 sides;
	u8 step;
	u8 event;
	u8 next;
} table[] = {
	{ DIAL,		 AFAR_STEP_CHALLENGE,	AFAR_CHALLENGE,	AFAR_STEP_HELLO },
	{ LISTEN,	 AFAR_STEP_CHALLENGE,	AFAR_CHALLENGE,	AFAR_STEP_PROOF },
	{ LISTEN,	 AFAR_STEP_PROOF,	AFAR_PROOF,	AFAR_STEP_HELLO },
	{ DIAL | LISTEN, AFAR_STEP_HELLO,	AFAR_HELLO,	AFAR_STEP_TABLE },
	{ DIAL | LISTEN, AFAR_STEP_TABLE,	AFAR_TABLE,	AFAR_STEP_TABLE },
	{ DIAL,		 AFAR_STEP_TABLE,	AFAR_EVENT_ALL,	AFAR_STEP_ARRIVALS },
	{ DIAL,		 AFAR_STEP_ARRIVALS,	AFAR_ARRIVALS,	AFAR_STEP_ARRIVALS },
	{ DIAL,		 AFAR_STEP_ARRIVALS,	AFAR_EVENT_ALL,	AFAR_STEP_DIFFERS },
	{ DIAL,		 AFAR_STEP_DIFFERS,	AFAR_DIFFERS,	AFAR_STEP_DIFFERS },
	/* GO is its own to send */
	{ DIAL,		 AFAR_STEP_DIFFERS,	AFAR_EVENT_ALL,	AFAR_STEP_LIVE },
	{ LISTEN,	 AFAR_STEP_TABLE,	AFAR_EVENT_ALL,	AFAR_STEP_GO },
	{ LISTEN,	 AFAR_STEP_GO,		AFAR_GO,	AFAR_STEP_LIVE },
	{ DIAL,		 AFAR_STEP_LIVE,	AFAR_ACK,	AFAR_STEP_LIVE },
	{ LISTEN,	 AFAR_STEP_LIVE,	AFAR_COMMANDS,	AFAR_STEP_LIVE },
	{ LISTEN,	 AFAR_STEP_LIVE,	AFAR_ASK,	AFAR_STEP_LIVE },
	{ LISTEN,	 AFAR_STEP_LIVE,	AFAR_END,	AFAR_STEP_LIVE },
	{ DIAL,		 AFAR_STEP_LIVE,	AFAR_HASHES,	AFAR_STEP_LIVE },
	{ DIAL | LISTEN, AFAR_STEP_LIVE,	AFAR_PING,	AFAR_STEP_LIVE },
};

/**
 * afar_step_next() - the step that an event leads to
 * @side:  own
 * @step:  where the lane stands
 * @event: enum afar_type of a message that has come, or AFAR_EVENT_ALL
 *
 * Return: 0: it has no place there.
 */
enum afar_step afar_step_next(enum afar_side side, enum afar_step step, u16 event)
{
	unsigned int i;

	if (event == AFAR_BYE && step >= AFAR_STEP_CHALLENGE && step < AFAR_STEP_OVER)
		return AFAR_STEP_OVER;
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].sides & (1 << side) && table[i].step == step &&
		    table[i].event == event)
			return table[i].next;
	return 0;
}
