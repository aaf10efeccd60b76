# shellcheck shell=dash
# The link is down for a time in which the same blocks are written again and again, several times what memory and
# journal hold. Then it comes back: what is sent is no more than the chunks that may differ; the peer shows its old
# cut until it has all of it, and then the new one.
# limit: 240

. /afar/guest/crash.sh
CRASHES=
MB=16 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 131072 set_interval_ms 60"

load_on() { # afar-load OPTION...
	nice -n 10 afar-load --log $LOG --writers 4 --area 1024 --zero 4 --fua 2 --flush 2 --chunk 131072 "$@" \
		/dev/mapper/a0 /dev/mapper/a1 >/tmp/test/load.out 2>&1 &
	load=$!
	wait_for 10 "[ -s $LOG ]" "afar-load writes" "cat /tmp/test/load.out"
}

# The origins of b are one cut of what was written.
expect_some_cut() { # [afar-cutcheck OPTION...]
	_seen=$(afar-cutcheck --log $LOG "$@" /dev/mapper/o0b /dev/mapper/o1b 2>&1) ||
		fail "origins of b" "a cut" "$_seen"
	say "$_seen"
}

pair_up 48 160
load_on --rate 1000 --sizes 4-16
usleep 2000000
cut_link
wait_for $((90 * SLOW)) '[ "$(fact ga state)" = overflow ]' 'memory and journal are used up' 'status ga; cat /tmp/test/load.out'
usleep 5000000
load_end
expect_eq "writes that wait" 0 "$(fact ga parked)"
written=$(wc -c <$LOG)
expect_some_cut --min-writes 100
old=$(fact gb committed_set) image="$(sum /dev/mapper/o0b) $(sum /dev/mapper/o1b)"
payload=$(fact ga payload_bytes_total) dirty=$(fact ga chunks_dirty)
spooled=$(fact ga ring_used)
say "$((written / 64)) records, $dirty chunks of 128 KiB may differ, $spooled blocks in the journal, cut $old"
[ $((spooled * 4096)) -gt $((dirty * 131072 / 4)) ] || fail "the journal" "more than a quarter of what may differ" "$spooled blocks"

knob ga resync_rate 1048576
heal_link
wait_for 30 '[ "$(fact ga resync_done)" -ge 4 ]' 'the resync goes on' 'status ga; status gb'
expect_eq "committed of the new term" 2:0 "$(fact gb committed_set)"
expect_eq "the old cut meanwhile" "$image" "$(sum /dev/mapper/o0b) $(sum /dev/mapper/o1b)"
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
catch_up
sent=$(($(fact ga payload_bytes_total) - payload))
say "$sent bytes were sent for $((dirty * 131072)) that might differ"
[ $sent -le $((dirty * 131072)) ] || fail "bytes sent" "$((dirty * 131072)) at most" "$sent"
expect_some_cut --all
expect_equal
