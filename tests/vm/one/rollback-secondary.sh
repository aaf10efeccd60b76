# shellcheck shell=dash
# The disks of a secondary are put back to an earlier image, journal and origins: what it has lost since is sent
# again, and nothing is taken for granted. With the origins alone put back, which no journal can know, verify finds
# it and a resync mends it.
# limit: 240

. /afar/guest/afar.sh
VOLUMES=2 MB=16 JOURNAL_MB=96 OPTIONS="timeout_ms 1000 chunk_size 65536"

save() { for d in jb o0b o1b; do dd if=/dev/mapper/$d of=/tmp/test/$d bs=1M iflag=direct status=none; done; }
restore() { # DISK...
	for d; do dd if=/tmp/test/"$d" of=/dev/mapper/"$d" bs=1M oflag=direct status=none; done
}

pair_up
knob ga clear_interval_ms 10
work /dev/mapper/a0 --size=2m
expect_caught_up
expect_ok node_down b
save
expect_ok node_up b
wait_live
work /dev/mapper/a0 --rw=write --bs=64k --size=2m --offset=4m
work /dev/mapper/a1 --size=1m
expect_caught_up
wait_for 20 '[ "$(fact ga chunks_dirty)" = 0 ]' 'no bit is set' 'status ga'
expect_ok node_down b
restore jb o0b o1b
expect_ok node_up b
wait_for 90 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is there again' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after all disks were put back"

wait_for 20 '[ "$(fact ga chunks_dirty)" = 0 ]' 'no bit is set' 'status ga'
expect_ok node_down b
restore o1b
expect_ok node_up b
wait_live
expect_ok msg ga verify
wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga'
[ "$(fact ga verify_found)" -gt 100 ] || fail "blocks that differ" "more than 100" "$(fact ga verify_found)"
expect_ok msg ga resync
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after an origin was put back"
