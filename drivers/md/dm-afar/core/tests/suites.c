// SPDX-License-Identifier: GPL-2.0-only
#include "suites.h"

/* One list: 6.1 takes only one of a module. */
kunit_test_suites(&afar_backoff_suite,
		  &afar_codec_suite,
		  &afar_codec_limits_suite,
		  &afar_figures_suite,
		  &afar_hash_suite,
		  &afar_map_suite,
		  &afar_map_walk_suite,
		  &afar_options_suite,
		  &afar_proof_suite,
		  &afar_replay_suite,
		  &afar_return_suite,
		  &afar_run_suite,
		  &afar_sets_suite,
		  &afar_steps_suite,
		  &afar_volumes_suite,
		  &afar_super_suite,
		  &afar_term_suite,
		  &afar_tracker_suite,
		  &afar_tracker_every_suite,
		  &afar_tracker_many_suite,
		  &afar_tracker_order_suite,
		  &afar_tracker_room_suite);
