# shellcheck shell=dash
# The primary's disk fails where a resync reads: nothing of it becomes a cut, the peer keeps the one that it has, and
# the resync ends when the disk can be read again; or without what it cannot read, if the operator says so.
# limit: 180

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"

disk() { # whole|broken: 4 KiB of it cannot be read
	dmsetup reload o0a "/tmp/test/$1" && dmsetup suspend o0a && dmsetup resume o0a
}

# The peer lacks what lies around the hole, and the primary has nothing of it in memory.
differ() {
	cut_link
	wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
	work /dev/mapper/a0 --rw=write --bs=64k --offset=1m --size=2m
	expect_ok node_down a
	expect_ok disk broken
	expect_ok node_up a
	expect_ok msg ga promote
	expect_ok msg ga resync
	log_mark
	heal_link
	wait_for 30 'log_since | grep -q "it is tried again, and the peer keeps its cut"' 'the hole is found' 'status ga; dmesg | tail'
	expect_eq "state" resync "$(fact ga state)"
}

pair_up
work /dev/mapper/a0 --size=8m
expect_caught_up
dmsetup table o0a >/tmp/test/whole
read -r _ len _ dev at </tmp/test/whole
printf '%s\n' "0 4096 linear $dev $at" "4096 8 error" "4104 $((len - 4104)) linear $dev $((at + 4104))" >/tmp/test/broken
old=$(sum "$(origin b 0)")

differ
work /dev/mapper/a0 --size=512k
sleep 3
expect_eq "state" resync "$(fact ga state)"
expect_eq "the old cut" "$old" "$(sum "$(origin b 0)")"
expect_eq "inexact" 0 "$(fact ga inexact)"
expect_ok disk whole
wait_for 30 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail'
expect_caught_up "when the disk is whole again"

differ
expect_ok msg ga resync in-place
wait_for 40 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ]' 'the resync ends without the hole' 'status ga; status gb; dmesg | tail'
[ "$(fact ga inexact)" -gt 0 ] || fail "inexact" "more than 0" 0
expect_ok disk whole
expect_ok msg ga resync
wait_for 40 '[ "$(fact ga state)" = ok ] && [ "$(fact ga inexact)" = 0 ]' 'another resync reads it' 'status ga; status gb; dmesg | tail'
expect_caught_up "in the end"
