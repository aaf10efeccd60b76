# shellcheck shell=dash
# While a resync is about to begin, and waits for writes without a number to end, close does not answer with a set: what
# was completed before is in none yet. The first set that it answers with has all of it (R10).
# limit: 180

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=64 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 65536"
modprobe dm_delay 2>/dev/null || true
nodes_up 16 64
expect_ok msg ga promote assume-equal
wait_live
cut_link
i=0
while [ "$(fact ga state)" != overflow ] && [ $((i += 1)) -lt 40 ]; do
	work /dev/mapper/a0 --rw=write --bs=64k --size=8m
done
expect_eq "state" overflow "$(fact ga state)"
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
refused 'close: a resync is needed' msg ga close

# a write that was completed, and one that takes its time
dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=1 seek=7 oflag=direct conv=notrunc status=none
line=$(dmsetup table o0a)
dev=${line#* linear }
size=$(sectors /dev/mapper/o0a)
expect_ok swap_table o0a "0 $size delay ${dev% *} ${dev#* } 0 ${dev% *} ${dev#* } 15000"
dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=1 seek=9 oflag=direct conv=notrunc status=none &
slow=$!
heal_link
tries=0
until set=$(msg ga close 2>/dev/null); do
	tries=$((tries + 1))
	usleep 100000
	[ $tries -lt $((400 * SLOW)) ] || fail "close" "a set, at last" "$(status ga)"
done
[ "$(set_of "$set")" -ge 1 ] || fail "close, before the resync has begun" "refused" "$set, state $(fact ga state)"
[ $tries -ge 5 ] || fail "close, while a write without a number is on its way" "refused" "$set after $tries tries"
wait $slow
expect_ok swap_table o0a "$line"
expect_ok msg ga wait "$set"
wait_for 30 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb'
expect_caught_up
