/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_TEST_RECEIVE_H
#define AFAR_TEST_RECEIVE_H

#include "../codec.h"

/** enum afar_test_source - where bytes come from */
enum afar_test_source {
	AFAR_TEST_WIRE,
	AFAR_TEST_JOURNAL,
};

/** struct afar_test_message - a message or journal record that passed all checks */
struct afar_test_message {
	struct afar_head_info head;
	struct afar_cmd cmd[AFAR_FRAME_COMMANDS];
	struct afar_challenge_info challenge;
	u8 proof[AFAR_DIGEST];
	struct afar_hello_info hello;
	struct afar_ack_info ack;
	u32 reason;
	u64 set;
	u64 seq;
};

const char *afar_test_receive(const void *bytes, size_t have, enum afar_test_source source,
			      struct afar_test_message *m);

#endif /* AFAR_TEST_RECEIVE_H */
