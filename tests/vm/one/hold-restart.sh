# shellcheck shell=dash
# A hold outlives restarts and losses of power of the secondary, reached or on the way: commits never go
# beyond it, and stop at it exactly. One that was released is gone.
# limit: 240

. /afar/guest/crash.sh

load_crash
JOURNAL_MB=64 OPTIONS="set_interval_ms 60 memory_limit 8388608"	# room for what comes while it is held
pair_up
load_begin --close-every 200

# Where it stands after a restart where nobody dials, and so nothing arrives.
stopped_at() { # SET
	expect_claims_kept $DEAD_PORT
	expect_eq "held_set after a restart" "$1" "$(fact gb held_set)"
	find_facts b
	_goal='read_fact b committed_set; read_fact b replicated_set; read_fact b state; [ $state = hold ] || [ $committed_set = $replicated_set ]'
	wait_for 15 "$_goal" "the hold, or all there is" "dm status gb"
	[ "${committed_set#*:}" -le "${1#*:}" ] || fail "commits" "up to set $1" "$committed_set"
	expect_cut b "$committed_set"
	[ $state != hold ] || expect_eq "the cut that is held" "$1" "$committed_set"
	expect_ok take_down b
	expect_ok node_up b
	expect_session
}

round=0
while [ $round -lt 6 ]; do
	round=$((round + 1))
	usleep $(($(random 300) * 1000 * SLOW))
	find_facts b
	if [ $((round % 2)) = 0 ]; then
		held=$(msg gb hold)
	else
		read_fact b replicated_set
		held=$(msg gb hold "${replicated_set%:*}:$((${replicated_set#*:} + 10 + $(random 20)))") || held=$(msg gb hold)
	fi
	usleep $(($(random 200) * 1000 * SLOW))
	if [ $((round % 3)) = 0 ]; then
		expect_ok take_down b
	else
		lose_at $([ $((round % 3)) = 1 ] && echo flush $((1 + $(random 10))) || echo write $((1 + $(random 100)))) $round
	fi
	stopped_at "$held"
	find_facts b
	wait_fact gb state hold 20
	expect_eq "committed set" "$held" "$(fact gb committed_set)"
	expect_cut b "$held"
	say "$round: held at $held"
	expect_ok msg gb release
	# the end of it is durable, too
	if [ $((round % 3)) = 2 ]; then
		dm message jb powerloss $round >/dev/null
		expect_ok take_down b
		power b restore
		expect_ok node_up b
		expect_session
	fi
	find_facts b
	expect_eq "held_set" none "$(fact gb held_set)"
	wait_for 20 'read_fact b committed_set; [ "${committed_set#*:}" -gt '"${held#*:}"' ]' 'commits go on' 'dm status gb'
done
load_end
expect_caught_up
look b
expect_cut b "$term:$committed" --all
