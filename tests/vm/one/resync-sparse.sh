# shellcheck shell=dash
# Where nothing is equal not all is compared: what is equal behind it is found nevertheless, on a link of any speed.
# limit: 240
# memory: 1280

. /afar/guest/afar.sh
MB=112 JOURNAL_MB=16 OPTIONS="timeout_ms 5000"
two_namespaces
load_afar
for n in a b; do
	make_disks $n
	dd if=/dev/urandom of="$(origin $n 0)" bs=1M count=48 oflag=direct 2>/dev/null
done
dd if=/dev/urandom of="$(origin a 0)" bs=1M count=64 seek=48 oflag=direct 2>/dev/null
dd if="$(origin a 0)" of="$(origin b 0)" bs=1M count=64 skip=48 seek=48 iflag=direct oflag=direct 2>/dev/null
expect_ok node_up a
expect_ok node_up b
expect_ok msg ga promote
wait_for 90 '[ "$(fact ga state)" = ok ]' 'the initial sync ends' 'status ga; status gb; dmesg | tail -20'
equal=$(($(fact ga resync_equal_total) >> 20))
say "$equal of 64 MiB were found equal"
# of 16 chunks one is asked about, 8 ahead
[ $equal -ge $((64 - 25)) ] || fail "MiB found equal" "39 at least" $equal
expect_caught_up "after the initial sync"

# a resync of a few chunks, where answers are early
cut_link
work /dev/mapper/a0 --rw=write --bs=256k --size=8m --offset=60m
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after a resync"
