# shellcheck shell=dash
# A resync sends what differs: chunks that are set and equal at the peer are compared by hash, after a restart
# of the primary, and for a new pair on disks that were copied; what is all zeroes takes no payload.
# limit: 180

. /afar/guest/afar.sh
VOLUMES=2 MB=33 JOURNAL_MB=96 OPTIONS="timeout_ms 1000 chunk_size 65536 clear_interval_ms 3600000"

# Payload that went over the wire since the node was made, at most so many KiB.
payload_below() { # KIB WHAT
	_sent=$(($(fact ga payload_bytes_total) / 1024))
	[ $_sent -lt "$1" ] || fail "$2" "less than $1 KiB of payload" "$_sent KiB; $(dmesg | grep 'resync: ' | tail -2)"
}

pair_up
# 384 chunks have their bits set, and the peer has all of it
work /dev/mapper/a0 --rw=write --bs=256k --size=16m
work /dev/mapper/a1 --rw=write --bs=256k --size=8m
expect_caught_up
cut_link
work /dev/mapper/a0 --size=1m --offset=2m
work /dev/mapper/a1 --rw=write --bs=64k --size=1m --offset=24m
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
log_mark
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the resync"
payload_below 2600 "resync of 400 chunks of which 32 differ"
[ "$(fact ga resync_equal_total)" -ge $((23 << 20)) ] || fail "equal" "23 MiB at least" "$(fact ga resync_equal_total)"
expect_log 'resync: 400 chunks read, the last are in set 1; 23 of 25 MiB were equal'
work /dev/mapper/a0 --size=1m
expect_caught_up "after later writes"

# a new pair: the disks are copies but for three blocks, one of them where the other side has zeroes, and 4 MiB that
# are zeroes on one side only
expect_ok node_down a
expect_ok node_down b
for n in a b; do
	dd if=/dev/zero of=/dev/mapper/j$n bs=1M count=1 oflag=direct 2>/dev/null
done
for at in 5 1000 8000; do
	dd if=/dev/urandom of="$(origin b 1)" bs=4k count=1 seek=$at oflag=direct 2>/dev/null
done
dd if=/dev/zero of="$(origin a 0)" bs=1M count=4 seek=8 oflag=direct 2>/dev/null
# chunks of two commands each, and the last of one
OPTIONS="timeout_ms 1000 chunk_size 2097152"
for n in a b; do
	expect_ok node_up $n
done
expect_ok msg ga promote
wait_for 90 '[ "$(fact ga state)" = ok ]' 'the initial sync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the initial sync"
payload_below 2200 "initial sync of disks that differ in two commands, and in zeroes"
expect_eq "zeroes" $((5 << 20)) "$(fact ga resync_zero_total)"
