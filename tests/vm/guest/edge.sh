# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# A source that is about as fast as the link, with as much on its way as memory takes before it goes to the spool:
# each moment it could be one state or the other. It must not flap, nor fill the kernel log.

# shellcheck source=tests/vm/guest/afar.sh
. /afar/guest/afar.sh

# Bytes of payload a second that the link takes.
capacity() {
	work_begin /dev/mapper/a0 --rate_iops=600
	_sent=$(fact ga payload_bytes_total) _from=$(now_ms)
	usleep 6000000
	_sent=$(($(fact ga payload_bytes_total) - _sent)) _took=$(($(now_ms) - _from))
	work_end
	catch_up 60 >&2
	echo $((_sent * 1000 / _took))
}

states() { # FILE: whenever it changes
	while :; do
		_state=$(fact ga state)
		[ "$_state" = "${_last:-}" ] || echo "$(now_ms) $_state" >>"$1"
		_last=$_state
		usleep 100000
	done
}

edge() { # SECONDS
	MB=64 JOURNAL_MB=64 OVERFLOW='' OPTIONS="timeout_ms 5000 memory_limit 8388608"
	pair_up
	netem rate 8mbit delay 5ms
	rate=$(capacity)
	say "the link takes $rate bytes a second"
	[ "$rate" -gt 400000 ] || skip "a machine that is slower than the link: $rate bytes a second"
	# so much that some of it is in the spool
	work /dev/mapper/a0 --rw=write --bs=64k --size=5m
	wait_fact ga state spooling 10
	log_mark
	: >/tmp/test/states
	states /tmp/test/states &
	watcher=$!
	_until=$(($(now_ms) + $1 * 1000)) turn=0
	while [ "$(now_ms)" -lt $_until ]; do
		turn=$((turn + 1))
		# 0.95, 1.05, 0.97, 1.03 and so on: as much in the end as the link takes
		case $((turn % 4)) in
		1) part=95 ;;
		2) part=105 ;;
		3) part=97 ;;
		0) part=103 ;;
		esac
		work /dev/mapper/a0 --rate_iops=$((rate * part / 100 / 4096)) --time_based --runtime=5 --size=32m
	done
	kill $watcher
	changes=$(($(wc -l </tmp/test/states) - 1)) lines=$(log_since | grep -c afar || true)
	say "$turn turns, $changes changes of the state, $lines lines: $(tr '\n' ' ' </tmp/test/states)"
	# 4 an hour; one is for the end of what it began with
	[ $changes -le $((1 + $1 * 4 / 3600)) ] || fail "changes of the state in $1 s" "$((1 + $1 * 4 / 3600)) at most" \
		"$changes: $(cat /tmp/test/states)"
	[ "$lines" -le 5 ] || fail "lines in the kernel log" "5 at most" "$(log_since | grep afar)"
	netem
	expect_caught_up
}
