# shellcheck shell=dash
# A secondary that is stopped at 20 random instants under load is at exactly one set boundary each time; and at five more
# where sets close by themselves, too.
# limit: 240
#
# Stopped in three ways: taken down, its power lost (with a part of what was not flushed), its group
# suspended with whatever was on its way. It comes up where nobody dials, so nothing new arrives.

. /afar/guest/crash.sh

load_crash
# by message only: each boundary is one that the load knows
OPTIONS="set_interval_ms 3600000 set_bytes 0 memory_limit 4194304"
pair_up
load_begin --close-every 100
frozen=0
while [ $frozen -lt 25 ]; do
	frozen=$((frozen + 1))
	if [ $frozen = 21 ]; then
		knob ga set_interval_ms 90
		knob ga set_bytes 262144
	fi
	usleep $(($(random 300) * 1000 * SLOW))
	case $((frozen % 3)) in
	0) dm message jb powerloss $frozen >/dev/null ;;
	1) dm suspend gb ;;
	esac
	expect_ok take_down b
	[ $((frozen % 3)) != 0 ] || power b restore
	expect_claims_kept $DEAD_PORT
	expect_cut_when_done b
	# shellcheck disable=SC2154  # read_fact
	say "$frozen: at set $committed_set"
	expect_ok take_down b
	expect_ok node_up b
	expect_session
	# Not the same set again.
	find_facts b
	wait_for 20 "read_fact b committed_set; [ \$committed_set != $committed_set ]" "another set" "dm status ga gb"
done
load_end
expect_caught_up
look b
expect_cut b "$term:$committed" --all
