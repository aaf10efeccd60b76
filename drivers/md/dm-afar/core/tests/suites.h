/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef AFAR_TEST_SUITES_H
#define AFAR_TEST_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite afar_backoff_suite;
extern struct kunit_suite afar_codec_suite;
extern struct kunit_suite afar_codec_limits_suite;
extern struct kunit_suite afar_figures_suite;
extern struct kunit_suite afar_hash_suite;
extern struct kunit_suite afar_map_suite;
extern struct kunit_suite afar_map_walk_suite;
extern struct kunit_suite afar_options_suite;
extern struct kunit_suite afar_proof_suite;
extern struct kunit_suite afar_replay_suite;
extern struct kunit_suite afar_return_suite;
extern struct kunit_suite afar_run_suite;
extern struct kunit_suite afar_sets_suite;
extern struct kunit_suite afar_steps_suite;
extern struct kunit_suite afar_volumes_suite;
extern struct kunit_suite afar_super_suite;
extern struct kunit_suite afar_term_suite;
extern struct kunit_suite afar_tracker_suite;
extern struct kunit_suite afar_tracker_every_suite;
extern struct kunit_suite afar_tracker_many_suite;
extern struct kunit_suite afar_tracker_order_suite;
extern struct kunit_suite afar_tracker_room_suite;

#endif /* AFAR_TEST_SUITES_H */
