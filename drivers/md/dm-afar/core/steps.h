/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: steps
 * Which message has its place on a lane at which step, and where it leads: one table for both
 * sides. A message without a place ends the lane. What makes a message good, and what follows from
 * it, is handshake.c's, ship.c's and receive.c's.
 *
 * Pure: no lock, no allocation, any context.
 */
#ifndef AFAR_STEPS_H
#define AFAR_STEPS_H

#include "proof.h"

/** enum afar_step - what is due from the peer next; 0 is not valid */
enum afar_step {
	AFAR_STEP_CHALLENGE = 1,
	AFAR_STEP_PROOF,
	AFAR_STEP_HELLO,
	AFAR_STEP_TABLE,
	AFAR_STEP_ARRIVALS,
	AFAR_STEP_DIFFERS,
	AFAR_STEP_GO,
	AFAR_STEP_LIVE,
	AFAR_STEP_OVER,
	AFAR_STEPS
};

/** AFAR_EVENT_ALL - no message: all items that HELLO has promised are here */
#define AFAR_EVENT_ALL	0

enum afar_step afar_step_next(enum afar_side side, enum afar_step step, u16 event);

#endif /* AFAR_STEPS_H */
