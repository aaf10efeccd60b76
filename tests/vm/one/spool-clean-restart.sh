# shellcheck shell=dash
# What the spool leaves in the ring before a clean stop is overwritten after it, and no superblock says any
# more that the log begins there: a primary that crashes then comes up again.

. /afar/guest/afar.sh
MB=32 JOURNAL_MB=24 OPTIONS="memory_limit 4194304 timeout_ms 2000"

# Spools more than BLOCKS: what is beyond the mark, which is half of memory_limit. Few chunks of the volume are
# written to, and often, so that a resync of them is no larger than the peer takes.
spool() { # 64-KIB BLOCKS
	expect_ok dmsetup suspend gb
	wait_for 10 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
	for _i in 1 2 3 4; do
		dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=$(($1 / 4)) oflag=direct status=none || fail "write"
	done
	wait_for 20 "[ \$(fact ga ring_used) -gt $2 ]" "more than $2 blocks of the ring in use" 'status ga'
}

pair_up
ring=$(fact ga ring_blocks) spooled=0
# each time less than what moves the durable head: an eighth of the ring
until [ $spooled -ge $((ring / 4)) ]; do
	spool 36 100
	used=$(fact ga spooled_blocks_total)
	[ "$used" -lt $((ring / 8)) ] || fail "spooled at once" "less than $((ring / 8)) blocks" "$used"
	spooled=$((spooled + used))
	expect_ok dmsetup resume gb
	wait_live
	expect_ok msg ga wait "$(msg ga close)"
	expect_ok node_down a
	expect_ok node_up a
	expect_ok msg ga promote
	expect_eq "state after a clean stop" ok "$(fact ga state)"
	wait_live
done
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
expect_equal

spool 336 $((ring * 3 / 4))
used=$(fact ga ring_used)
expect_eq "state" spooling "$(fact ga state)"
say "$spooled blocks before, $used now, $ring in the ring"
[ $((spooled + used)) -gt $((ring + 64)) ] ||
	fail "blocks written" "more than the ring has, $ring" "$spooled and $used"
# the peer has none of it, so this stop is as good as a crash
expect_ok node_down a
expect_ok afar-journal check /dev/mapper/ja
expect_ok node_up a
expect_eq "state" promote-needed "$(fact ga state)"
expect_ok msg ga promote
expect_eq "state" resync-needed "$(fact ga state)"
# it gets first what the ring holds
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
expect_ok dmsetup resume gb
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb'
expect_eq "term" 2 "$(fact ga term | cut -d' ' -f1)"
expect_caught_up
