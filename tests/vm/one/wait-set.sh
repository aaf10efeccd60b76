# shellcheck shell=dash
# wait: answers when a set is replicated, after its time, at a signal, at a suspend; never for another term.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=${1:-1} oflag=direct 2>/dev/null; }
put
set=$(msg ga close)
expect_eq "close" 1:1 "$set"
expect_ok msg ga wait "$set"
expect_ok msg ga wait 1
expect_ok msg ga wait 1 0
expect_ok afar-wait ga "$set" --timeout 1
expect_fail --saying "No data available" msg ga wait 2 0
expect_fail --saying "Stale" msg ga wait 2:1 0
expect_fail --saying "Stale" msg ga wait 0:1
refused "wait: milliseconds must be 0..10000" msg ga wait 1 10001
refused "wait: 'x' is no set" msg ga wait x
refused "wait: '1:' is no set" msg ga wait 1:
refused "wait: ':1' is no set" msg ga wait :1
refused "wait: takes a set" msg ga wait
refused "wait: takes a set" msg ga wait 1 2 3
refused "close: takes no words" msg ga close now
refused "close: this node is not a running primary" msg gb close
refused "wait: this node is not a running primary" msg gb wait 1
refused "unknown message 'closed'" msg ga closed

# a set that the peer does not get
cut_link
put
set=$(msg ga close)
before=$(now_ms)
expect_fail --saying "timed out" msg ga wait "$set" 1000
ms=$(($(now_ms) - before))
[ $ms -ge 1000 ] && [ $ms -lt $((4000 * SLOW)) ] || fail "wait of 1000 ms" "1 s" "$ms ms"
# a signal
dmsetup message ga 0 wait "$set" 10000 &
usleep 500000
kill -TERM $!
before=$(now_ms)
wait $! 2>/dev/null || true
[ $(($(now_ms) - before)) -lt 5000 ] || fail "a signal" "ends the wait" "no"
# a suspend
(dmsetup message ga 0 wait "$set" 10000 >out 2>&1 || echo "status $?" >>out) &
usleep 500000
before=$(now_ms)
expect_ok dmsetup suspend ga
wait $!
[ $(($(now_ms) - before)) -lt $((6000 * SLOW)) ] || fail "a suspend" "ends the wait" "$(cat out)"
grep -q 'status 1' out || fail "the wait" "an error" "$(cat out)"
refused "wait: the group is suspended" msg ga wait "$set" 0
expect_ok dmsetup resume ga
# poll
afar-wait ga "$set" --timeout 60 &
heal_link
wait $! || fail "afar-wait" "0" "$?"
expect_ok msg ga wait "$set"
expect_caught_up
