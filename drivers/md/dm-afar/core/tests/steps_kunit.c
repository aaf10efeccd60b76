// SPDX-License-Identifier: GPL-2.0-only
/* Every message, and every other number, at every step of both sides. */
#include "../steps.h"
#include "suites.h"
#include "util.h"

/* By step: which messages have a place, in words, and the step behind each. */
struct place {
	u16 event;
	enum afar_step next;
};

static const struct place dial[AFAR_STEPS][4] = {
	[AFAR_STEP_CHALLENGE] = { { AFAR_CHALLENGE, AFAR_STEP_HELLO } },
	[AFAR_STEP_HELLO] = { { AFAR_HELLO, AFAR_STEP_TABLE } },
	[AFAR_STEP_TABLE] = {
		{ AFAR_TABLE, AFAR_STEP_TABLE }, { AFAR_EVENT_ALL, AFAR_STEP_ARRIVALS },
	},
	[AFAR_STEP_ARRIVALS] = {
		{ AFAR_ARRIVALS, AFAR_STEP_ARRIVALS }, { AFAR_EVENT_ALL, AFAR_STEP_DIFFERS },
	},
	[AFAR_STEP_DIFFERS] = {
		{ AFAR_DIFFERS, AFAR_STEP_DIFFERS }, { AFAR_EVENT_ALL, AFAR_STEP_LIVE },
	},
	[AFAR_STEP_LIVE] = {
		{ AFAR_ACK, AFAR_STEP_LIVE }, { AFAR_PING, AFAR_STEP_LIVE },
		{ AFAR_HASHES, AFAR_STEP_LIVE },
	},
};

static const struct place listen[AFAR_STEPS][4] = {
	[AFAR_STEP_CHALLENGE] = { { AFAR_CHALLENGE, AFAR_STEP_PROOF } },
	[AFAR_STEP_PROOF] = { { AFAR_PROOF, AFAR_STEP_HELLO } },
	[AFAR_STEP_HELLO] = { { AFAR_HELLO, AFAR_STEP_TABLE } },
	[AFAR_STEP_TABLE] = {
		{ AFAR_TABLE, AFAR_STEP_TABLE }, { AFAR_EVENT_ALL, AFAR_STEP_GO },
	},
	[AFAR_STEP_GO] = { { AFAR_GO, AFAR_STEP_LIVE } },
	[AFAR_STEP_LIVE] = {
		{ AFAR_COMMANDS, AFAR_STEP_LIVE }, { AFAR_PING, AFAR_STEP_LIVE },
		{ AFAR_ASK, AFAR_STEP_LIVE }, { AFAR_END, AFAR_STEP_LIVE },
	},
};

static enum afar_step wanted(const struct place *place, enum afar_step step, u16 event)
{
	unsigned int i;

	/* the peer may leave at any time, once */
	if (event == AFAR_BYE)
		return step && step < AFAR_STEP_OVER ? AFAR_STEP_OVER : 0;
	for (i = 0; i < 4 && place[i].next; i++)
		if (place[i].event == event)
			return place[i].next;
	return 0;
}

static void all_else_has_no_place(struct kunit *test)
{
	unsigned int step, event;

	for (step = 0; step < AFAR_STEPS; step++)
		for (event = 0; event < 64; event++) {
			KUNIT_EXPECT_EQ_MSG(test, afar_step_next(AFAR_SIDE_DIAL, step, event),
					    wanted(dial[step], step, event),
					    "dialling, step %u, type %u", step, event);
			KUNIT_EXPECT_EQ_MSG(test, afar_step_next(AFAR_SIDE_LISTEN, step, event),
					    wanted(listen[step], step, event),
					    "listening, step %u, type %u", step, event);
			KUNIT_EXPECT_TRUE(test, event == AFAR_BYE ||
					  !afar_step_next(0, step, event));
		}
	KUNIT_EXPECT_EQ(test, afar_step_next(AFAR_SIDE_DIAL, AFAR_STEPS, AFAR_BYE), 0);
	KUNIT_EXPECT_EQ(test, afar_step_next(AFAR_SIDE_DIAL, AFAR_STEP_LIVE, 65535), 0);
	KUNIT_EXPECT_EQ(test, afar_step_next(AFAR_SIDE_DIAL, AFAR_STEP_LIVE, 256 + AFAR_ACK), 0);
}

/* No way leads to HELLO but over the proof. */
static void nothing_comes_before_the_proof(struct kunit *test)
{
	unsigned int step, event;

	for (step = 0; step < AFAR_STEPS; step++)
		for (event = 0; event < 64; event++)
			if (step <= AFAR_STEP_PROOF &&
			    afar_step_next(AFAR_SIDE_LISTEN, step, event) > AFAR_STEP_PROOF)
				KUNIT_EXPECT_TRUE(test, event == AFAR_BYE ||
						  (step == AFAR_STEP_PROOF &&
						   event == AFAR_PROOF));
}

static struct kunit_case steps_cases[] = {
	KUNIT_CASE(all_else_has_no_place),
	KUNIT_CASE(nothing_comes_before_the_proof),
	{}
};

struct kunit_suite afar_steps_suite = {
	.name = "afar_steps",
	.test_cases = steps_cases,
};
