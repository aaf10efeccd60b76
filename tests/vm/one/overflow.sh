# shellcheck shell=dash
# Memory and journal are used up while the link is down: nobody waits, only the chunk map knows what is written
# (R6). One set brings all of it, however much is written meanwhile, and the peer is at a cut always.
# limit: 180

. /afar/guest/afar.sh
MB=48 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 65536"
pair_up 16 192
work /dev/mapper/a0 --size=1m
expect_caught_up
log_mark
cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=30m --offset=4m
expect_eq "state" overflow "$(fact ga state)"
expect_eq "writes that wait" 0 "$(fact ga parked)"
expect_log "overflow: memory_limit and the journal are used up: the peer cannot follow any more, a resync is needed"
expect_eq "lines of it" 1 "$(log_since | grep -c 'overflow:')"
knob ga resync_rate 4194304
work /dev/mapper/a0 --size=1m
heal_link
path_netem eth0 rate 16mbit
wait_for 60 '[ "$(fact ga resync_done)" -gt 60 ]' 'the resync goes on' 'status ga; status gb'
expect_eq "term" 2 "$(fact gb term | cut -d' ' -f1)"
expect_eq "state of the peer" ok "$(fact gb state)"
total=$(fact ga resync_total)
[ "$total" -lt 600 ] || fail "chunks that are sent" "those that were written" "$total"

# more than there is room for during the resync, too: it goes on, as one set of one term
knob ga resync_rate 65536
work /dev/mapper/a0 --rw=write --bs=64k --size=2m --offset=4m --loops=16
work /dev/mapper/a0 --rw=write --bs=64k --size=30m --offset=8m
expect_eq "writes that wait" 0 "$(fact ga parked)"
expect_eq "state" resync "$(fact ga state)"
# what has no number is in the resync set
expect_eq "the set that has all of it" 2:1 "$(msg ga close)"
expect_fail msg ga wait 2:1 500
expect_eq "the peer's cut meanwhile" 2:0 "$(fact gb committed_set)"
[ "$(fact ga resync_total)" -gt "$total" ] || fail "chunks on the list again" "more than $total" "$(fact ga resync_total)"
path_netem eth0
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the resync"
expect_eq "term in the end" 2 "$(fact gb term | cut -d' ' -f1)"
work /dev/mapper/a0 --size=1m
expect_caught_up "after later writes"

# throttle: they wait; fail: they fail; and back
cut_link
knob ga overflow throttle
expect_eq "overflow" throttle "$(fact ga overflow)"
timeout $((30 * SLOW)) fio --name=more --filename=/dev/mapper/a0 --direct=1 --rw=write --bs=64k --size=40m --ioengine=libaio --iodepth=4 \
	--output=/tmp/test/fio.more &
wait_for 20 '[ "$(fact ga parked)" -gt 0 ] && [ "$(fact ga state)" = spool-full ]' 'writes wait' 'status ga'
knob ga overflow fail
wait_for 10 '[ "$(fact ga parked)" = 0 ]' 'none waits any more' 'status ga'
wait || true
grep -q 'err= 5' /tmp/test/fio.more || fail "fio" "I/O errors" "$(cat /tmp/test/fio.more)"
expect_eq "state" spool-full "$(fact ga state)"
refused_write() { dd if=/dev/zero of=/dev/mapper/a0 bs=4k count=1 oflag=direct status=none; }
expect_fail refused_write
expect_fail knob ga overflow wait
heal_link
wait_for 30 '[ "$(fact ga state)" = ok ]' 'what had room is delivered' 'status ga; status gb'
expect_caught_up "after writes that failed"
expect_eq "no other term" 2 "$(fact gb term | cut -d' ' -f1)"
