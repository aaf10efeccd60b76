# shellcheck shell=dash
# On a slow link the lanes have nothing to do for most of the time. The application's writes do not wake them.

. /afar/guest/afar.sh
MB=48 JOURNAL_MB=64 OPTIONS="timeout_ms 5000 memory_limit 67108864"
pair_up
netem rate 4mbit delay 20ms
# more than the link takes in the time that follows
work /dev/mapper/a0 --size=4m

switches() {
	cat /proc/[0-9]*/status 2>/dev/null |
		awk '/^Name:/ { lane = $2 ~ /^afar_tx/ } lane && /ctxt_switches:/ { sum += $2 } END { print sum + 0 }'
}

before=$(switches)
[ "$before" -gt 0 ] || fail "lanes" "some" "none"
from=$(now_ms)
work /dev/mapper/a0 --iodepth=1 --number_ios=5000
after=$(switches) took=$(($(now_ms) - from))
say "$((after - before)) switches of the lanes' writers, 5000 writes, $took ms"
# each of two looks some hundred times a second whether there is room
[ $((after - before)) -lt $((took / 4 + 500)) ] || fail "switches during 5000 writes in $took ms" \
	"less than $((took / 4 + 500))" $((after - before))
netem
catch_up 60
expect_equal
