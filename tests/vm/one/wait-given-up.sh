# shellcheck shell=dash
# wait: ends at once when the stream is given up, here as the spool fails, with ESTALE: the answer will
# never be yes.
# allow-log: I/O error

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=16 OPTIONS="$BY_HAND memory_limit 4194304 timeout_ms 1000"
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=48 oflag=direct status=none; }
pair_up
# the bits of these chunks stay set: nothing is committed
put
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
expect_ok dmsetup reload ja --table "0 $(sectors /dev/mapper/ja) error"
expect_ok dmsetup suspend --noflush ja
expect_ok dmsetup resume ja

(dmsetup message ga 0 wait 1:1 10000 >wait.out 2>&1 || echo "status $?" >>wait.out) &
usleep $((300000 * SLOW))
expect_eq "an answer before" "" "$(cat wait.out)"
before=$(now_ms)
# beyond half of the memory
put || fail "write" "success" "an error; $(status ga)"
wait $!
ms=$(($(now_ms) - before))
grep -q "Stale" wait.out || fail "wait, as the stream is given up" "ESTALE" "$(cat wait.out)"
[ $ms -lt $((5000 * SLOW)) ] ||
	fail "wait, as the stream is given up" "an end at once" "after $ms ms"
say "after $ms ms"
expect_eq "state" journal-failed "$(fact ga state)"
expect_fail --saying "Stale" msg ga wait 1:1 10000
