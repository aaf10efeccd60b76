# shellcheck shell=dash
# Figure 13: the secondary's ring is in memory, its journal a device of 1 MiB. It loses its power in the
# middle of commits: what it had staged is sent again, and it is at a cut, or says that it has none.
# limit: 300

. /afar/guest/crash.sh

load_crash
JOURNAL_MB=1 OPTIONS="ring_memory 16777216 set_interval_ms 60 memory_limit 8388608"
pair_up
find_facts b
expect_eq "ring" 4096 "$(fact gb ring_blocks)"
expect_eq "writes to the ring" 0 "$(fact gb journal_flushes_total)"
load_begin --close-every 200

# Nothing is called replicated that a crash would take.
wait_for 10 'read_fact b committed_set; [ "${committed_set#*:}" -gt 5 ]' 'commits' 'dm status gb'
read_fact b replicated_set
read_fact b committed_set
[ "${replicated_set#*:}" -le "${committed_set#*:}" ] || fail "replicated" "what is committed" "$replicated_set, $committed_set"

torn=0 loss=0 held=
while [ $loss -lt 12 ] && { [ $loss -lt 6 ] || [ $torn -lt 2 ]; }; do
	loss=$((loss + 1))
	usleep $(($(random 200) * 1000 * SLOW))
	# the mark, flushes of origins and the new cut are flushes; origins are written between them
	if [ $((loss % 3)) = 0 ]; then
		lose_at write $((1 + $(random 40))) $loss
	else
		lose_at flush $((1 + $(random 8))) $((loss % 2 ? loss : 0))
	fi
	expect_claims_kept $DEAD_PORT
	if [ "$(fact gb state)" = no-cut ]; then
		torn=$((torn + 1))
		refused "promote: this node has no cut" msg gb promote force
		expect_fail msg gb promote no-cut
		expect_eq "role" secondary "$(fact gb role)"
		expect_fail dd if=/dev/mapper/b0 of=/dev/null bs=4k count=1 iflag=direct
		# a hold is not nearer than the next cut
		[ $((torn % 2)) = 0 ] || held=$(msg gb hold)
		say "$loss: no cut, at $committed or behind it${held:+, to be held at $held}"
	else
		expect_cut b "$term:$committed"
		say "$loss: at $committed"
	fi
	expect_ok take_down b
	expect_ok node_up b
	expect_session
	find_facts b
	if [ -n "$held" ]; then
		wait_fact gb state hold 20
		expect_cut b "$held"
		expect_ok msg gb release
		held=
	fi
	wait_fact gb state ok 20
done
[ $torn -gt 0 ] || fail "a loss in the middle of a commit" "one at least in $loss" "none"
load_end
expect_caught_up
look b
expect_cut b "$term:$committed" --all
expect_eq "copies kept by the primary" 0 "$(fact ga memory_used)"
