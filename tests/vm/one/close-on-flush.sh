# shellcheck shell=dash
# With close_on_flush sets close at a flush or after a FUA write only, and at the largest size, which is
# counted; the knob works live.

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=16 OPTIONS="$BY_HAND close_on_flush 1"
pair_up
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs="$1" count="$2" oflag=direct 2>/dev/null; }
put_dsync() { dd if=/dev/urandom of=/dev/mapper/a0 bs="$1" count="$2" oflag=direct,dsync 2>/dev/null; }
flush() { dd if=/dev/null of=/dev/mapper/a0 conv=fdatasync,notrunc 2>/dev/null; }
closed() { set_of "$(fact ga local_set)"; }

# due by message: at the next flush
flush
expect_eq "nothing was written" 1:0 "$(msg ga close)"
put 4k 3
expect_eq "the open set is named" 1:1 "$(msg ga close)"
expect_eq "sets, without a flush" 0 "$(closed)"
expect_fail --saying "timed out" msg ga wait 1:1 300
dmsetup message ga 0 wait 1:1 10000 &
usleep 300000
flush
wait $! || fail "wait for a set that was open" "0" "$?"
expect_eq "sets, after a flush" 1 "$(closed)"
# flushed already: at once
put 4k 3
flush
expect_eq "not due" 1 "$(closed)"
expect_eq "at a boundary" 1:2 "$(msg ga close)"
expect_eq "sets" 2 "$(closed)"
expect_eq "nothing is open" 1:2 "$(msg ga close)"
expect_fail --saying "No data available" msg ga wait 3 0

# due by writes, bytes, interval
knob ga set_writes 4
put 4k 10
expect_eq "due by writes" 2 "$(closed)"
flush
expect_eq "one set for all of it" 3 "$(closed)"
put_dsync 4k 4
expect_eq "four synchronous writes" 4 "$(closed)"
knob ga set_writes 0
knob ga set_bytes 65536
put 16k 8
expect_eq "due by bytes" 4 "$(closed)"
flush
expect_eq "sets" 5 "$(closed)"
knob ga set_bytes 0
knob ga set_interval_ms 100
put 4k 1
sleep 1
expect_eq "due by time" 5 "$(closed)"
flush
expect_eq "sets" 6 "$(closed)"
put_dsync 4k 1
wait_for 5 '[ "$(closed)" = 7 ]' 'what is flushed closes by time' 'status ga'

# the knob
put 4k 1
sleep 1
expect_eq "due" 7 "$(closed)"
knob ga close_on_flush 0
expect_eq "what was due closes" 8 "$(closed)"
put 4k 1
wait_for 5 '[ "$(closed)" = 9 ]' 'without the knob time closes' 'status ga'
knob ga close_on_flush 1
knob ga set_interval_ms 3600000
for value in 2 -1 yes ""; do
	refused "close_on_flush must be 0..1" knob ga close_on_flush "$value"
done
expect_eq "close_on_flush" 1 "$(fact ga close_on_flush)"

# a suspended group closes nothing by itself
put 4k 1
expect_ok dmsetup suspend ga
expect_ok dmsetup resume ga
wait_live
expect_eq "sets after a suspend" 9 "$(closed)"
flush
expect_eq "what it left open" 10 "$(closed)"

# the largest size
expect_eq "forced closes" 0 "$(fact ga forced_closes_total)"
put 1M 12
forced=$(fact ga forced_closes_total)
[ "$forced" -ge 2 ] || fail "forced closes" "2 or more" "$forced"
expect_eq "forced closes in status" "$forced" "$(status ga | awk '{print $24}')"
expect_eq "sets" $((10 + forced)) "$(closed)"
flush
expect_caught_up
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
wait_live
expect_eq "term after a clean stop" 1 "$(fact ga term | cut -d' ' -f1)"
