# shellcheck shell=dash
# A counter is written to one volume and, when that has completed, to the next: on the secondary none of
# them ever leads one before it, at 60 instants.
# limit: 240

. /afar/guest/afar.sh
VOLUMES=3 MB=8 OPTIONS="lanes 4 set_interval_ms 30 timeout_ms 1000"
pair_up
netem delay 2ms 2ms loss 1%
at_b="$(origin b 0) $(origin b 1) $(origin b 2)"
# shellcheck disable=SC2086  # words
check() { afar-transact check-chain $at_b; }
nice -n 10 afar-transact chain /dev/mapper/a0 /dev/mapper/a1 /dev/mapper/a2 >chain.out 2>&1 &
load=$!

# A group that is suspended has ended the run that it was in: its origins are at a cut.
n=0 apart=0
while [ $n -lt 60 ]; do
	n=$((n + 1))
	usleep $((20000 + n % 7 * 9000))
	expect_ok dm suspend gb
	seen=$(check) || fail "sample $n" "no volume leads one before it" "$seen"
	[ "${seen% *}" = "${seen#* }" ] || {
		apart=$((apart + 1))
		# the check can tell: the other way round it fails
		_out=$(afar-transact check-chain "$(origin b 2)" "$(origin b 1)" "$(origin b 0)") &&
			fail "the volumes in the wrong order" "status 1" "$_out"
	}
	[ $((n % 20)) != 0 ] || echo "sample $n: $seen; $apart times between two volumes"
	expect_ok dm resume gb
	if [ $((n % 10)) = 5 ]; then kill_connections a "dport = :7000"; fi
done
[ "${seen% *}" -gt 100 ] || fail "counter at the secondary" "more than 100" "$seen"
[ $apart -gt 0 ] || fail "samples between two volumes" "one at least" "none"
netem
kill -TERM $load
wait $load || fail "afar-transact" "status 0" "$(cat chain.out)"
wait_live 20
expect_caught_up
expect_eq "the last counter" "$(cat chain.out) $(cat chain.out)" "$(check)"
