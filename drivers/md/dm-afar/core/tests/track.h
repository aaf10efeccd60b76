/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_TEST_TRACK_H
#define AFAR_TEST_TRACK_H

#include "../tracker.h"

u32 afar_test_tracker_state(const struct afar_tracker *t);
const char *afar_test_tracker_check(const struct afar_tracker *t);
const char *afar_test_tracker_check_run(const struct afar_tracker *t, u32 records);

#endif /* AFAR_TEST_TRACK_H */
