# shellcheck shell=dash
# Verify finds each of 100 sectors that were changed behind the secondary's back while applications write as fast
# as they can, and nothing else; says where; and a resync mends them. A suspend, a cut link, a stop and a hold.
# limit: 300

. /afar/guest/crash.sh
. /afar/guest/verify.sh
CRASHES=
VOLUMES=2 MB=16 OPTIONS="timeout_ms 2000 chunk_size 65536 memory_limit 8388608"
pair_up 16 64
watch_differs
refused 'verify: this node is not a running primary' msg gb verify
refused 'verify: takes no word but stop' msg ga verify all
expect_ok msg ga verify stop

# nothing differs, nobody writes
work /dev/mapper/a0 --size=8m
verify
expect_eq "blocks that differ" 0 "$(fact ga verify_found)"
expect_eq "bytes that were busy" 0 "$(fact ga verify_busy)"
expect_eq "bytes" $((VOLUMES * MB << 20)) "$(fact ga verify_total)"

# all even blocks are written all the time
for v in $(volumes); do
	work_begin "/dev/mapper/a$v" --blockalign=8k --norandommap
done
damage b 100 /tmp/test/damage
verify 120
differs >/tmp/test/differs
cmp -s /tmp/test/damage /tmp/test/differs ||
	fail "blocks that differ" "those that were changed" "$(diff /tmp/test/damage /tmp/test/differs)"
expect_eq "blocks that differ" 100 "$(fact ga verify_found)"
expect_log 'ga: verify: volume 0: .* bytes from sector .* differ'
say "busy: $(fact ga verify_busy) of $(fact ga verify_total) bytes; even blocks are half"
verify 120
differs >/tmp/test/differs
cmp -s /tmp/test/damage /tmp/test/differs ||
	fail "blocks that differ, once more" "the same" "$(diff /tmp/test/damage /tmp/test/differs)"
work_end
catch_up

# the chunks keep their bits, and go with a resync
knob ga clear_interval_ms 10
work /dev/mapper/a0 --size=64k
usleep 500000
[ "$(fact ga chunks_dirty)" -ge 60 ] || fail "chunks that may differ" "at least 60" "$(fact ga chunks_dirty)"
refused 'demote: [0-9]* chunks may differ' msg ga demote
expect_ok msg ga resync
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the resync ends' 'status ga; status gb'
catch_up
expect_equal
verify
expect_eq "blocks that differ after the resync" 0 "$(fact ga verify_found)"
expect_eq "ever" 200 "$(fact ga verify_different_total)"

# what is known to differ is known after a clean stop, too
damage b 2 /tmp/test/damage
verify
expect_eq "blocks that differ" 2 "$(fact ga verify_found)"
differs >/tmp/test/differs
knob gb clear_interval_ms 10
for n in a b; do
	expect_ok node_down $n
	expect_ok node_up $n
done
expect_ok msg ga promote
knob ga clear_interval_ms 10
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is well' 'status ga; status gb'
work /dev/mapper/a0 --size=64k
catch_up
expect_equal "after a clean stop, volume $_v"

# it takes its time, can be begun anew, and waits for a volume that is suspended
damage b 2 /tmp/test/damage
knob ga resync_rate 65536
expect_ok msg ga verify
usleep 1000000
expect_ok msg ga verify stop
expect_ok msg ga verify
knob ga resync_rate 0
expect_ok dmsetup suspend a1
wait_for 20 "[ \"\$(fact ga verify_done)\" = $((MB << 20)) ]" 'volume 0 is verified' 'status ga'
usleep 500000
expect_eq "while volume 1 is suspended" "1 $((MB << 20))" "$(fact ga verify_running) $(fact ga verify_done)"
expect_ok dmsetup resume a1
wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga; status gb; dmesg | tail -20'
differs >/tmp/test/differs
cmp -s /tmp/test/damage /tmp/test/differs ||
	fail "blocks that differ, after a suspend" "those that were changed" "$(diff /tmp/test/damage /tmp/test/differs)"

# the link is cut meanwhile
knob ga resync_rate 4194304
expect_ok msg ga verify
wait_for 20 '[ "$(fact ga verify_running)" = 1 ]' 'verify goes on' 'status ga'
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
done=$(fact ga verify_done)
usleep 1500000
expect_eq "while the link is down" "1 $done" "$(fact ga verify_running) $(fact ga verify_done)"
heal_link
wait_live 30
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga; status gb; dmesg | tail -20'
differs >/tmp/test/differs
cmp -s /tmp/test/damage /tmp/test/differs ||
	fail "blocks that differ, after breaks" "those that were changed" "$(diff /tmp/test/damage /tmp/test/differs)"

# the peer cannot say what a volume of it has; this node cannot read one
expect_ok dmsetup suspend b1
verify
expect_eq "what the peer cannot say" $((MB << 20)) "$(fact ga verify_unknown)"
expect_ok dmsetup resume b1
bad=$(dmsetup table o1a)
dmsetup load o1a --table "0 $((MB * 2048)) error"
dmsetup resume o1a
verify
expect_eq "what cannot be read here" $((MB << 20)) "$(fact ga verify_unknown)"
expect_log 'ga: verify: volume 1: the origin cannot be read'
dmsetup load o1a --table "$bad"
dmsetup resume o1a

# where writes are always in the way nothing is compared, and nobody waits
work_begin /dev/mapper/a0 --size=64k --iodepth=32
verify 120
say "busy: $(fact ga verify_busy) bytes"
work_end
catch_up
expect_eq "blocks that differ" 2 "$(fact ga verify_found)"

# the peer holds: it waits; and it can be stopped
expect_ok msg gb hold
work /dev/mapper/a0 --size=1m
expect_ok msg ga verify
usleep 1000000
expect_eq "while the peer holds" "1 0" "$(fact ga verify_running) $(fact ga verify_done)"
log_mark
expect_ok msg ga verify stop
expect_log 'ga: verify: ends after 0 of .* MiB: the operator says so'
expect_eq "after stop" 0 "$(fact ga verify_running)"
expect_ok msg gb release
catch_up
