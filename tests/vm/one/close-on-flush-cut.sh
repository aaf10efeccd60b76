# shellcheck shell=dash
# With close_on_flush no cut splits a transaction, at 12 random instants; without it cuts do.
# limit: 240
#
# Each transaction writes its number into 24 blocks on two volumes, and flushes them; sets are due after
# three writes, so nearly always in the middle of one. Stopped as in cut-frozen.sh.

. /afar/guest/crash.sh

load_crash
OPTIONS="close_on_flush 1 set_writes 3 set_interval_ms 50 memory_limit 4194304"
pair_up
nice -n 10 afar-transact write --pause-us 3000 /dev/mapper/a0 /dev/mapper/a1 >/tmp/test/transact.out 2>&1 &
load=$!

# Stops the secondary somewhere and checks its origins; the verdict is left in `verdict`.
freeze() {
	frozen=$((frozen + 1))
	usleep $(($(random 300) * 1000 * SLOW))
	case $((frozen % 3)) in
	0) dm message jb powerloss $frozen >/dev/null ;;
	1) dm suspend gb ;;
	esac
	expect_ok take_down b
	[ $((frozen % 3)) != 0 ] || power b restore
	expect_claims_kept $DEAD_PORT
	find_facts b
	# shellcheck disable=SC2154  # read_fact
	wait_for 15 "read_fact b committed_set; read_fact b replicated_set; [ \$committed_set = \$replicated_set ]" \
		"all complete sets are committed" "dm status gb"
	whole=1
	verdict=$(afar-transact check /dev/mapper/o0b /dev/mapper/o1b) || whole=0
	say "$frozen: set $committed_set, transaction $verdict"
	expect_ok take_down b
	expect_ok node_up b
	expect_session
	# Not the same set again.
	find_facts b
	_old=$committed_set
	wait_for 20 "read_fact b committed_set; [ \$committed_set != $_old ]" "another set" "dm status ga gb"
}

frozen=0 last=0
while [ $frozen -lt 12 ]; do
	freeze
	[ $whole = 1 ] || fail "a cut with close_on_flush" "whole transactions" "$verdict"
	[ "$verdict" -ge $last ] || fail "transactions at the secondary" "$last or later" "$verdict"
	last=$verdict
done
[ "$last" -gt 20 ] || fail "transactions that were replicated" "more than 20" "$last"
expect_eq "forced closes" 0 "$(fact ga forced_closes_total)"

# The same load without the rule: the check must see it.
knob ga close_on_flush 0
split=0
while [ $frozen -lt 22 ] && [ $split = 0 ]; do
	freeze
	[ $whole = 1 ] || split=1
done
[ $split = 1 ] || fail "cuts without close_on_flush" "one that splits a transaction" "none in 10"

knob ga close_on_flush 1
kill -TERM $load
wait $load || fail "afar-transact" "status 0" "$(cat /tmp/test/transact.out)"
expect_caught_up
expect_eq "the last transaction" "$(tail -1 /tmp/test/transact.out)" \
	"$(afar-transact check /dev/mapper/o0b /dev/mapper/o1b)"
