# shellcheck shell=dash
# A secondary's origin that fails: the run stays in the journal and is committed when the origin works again.
# allow-log: Buffer I/O error|critical .* error|I/O error

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 2000"
modprobe dm_flakey 2>/dev/null || true
pair_up
good=$(dmsetup table o0b)
len=$(sectors /dev/mapper/o0b)
expect_ok swap_table o0b "0 $len error"
work /dev/mapper/a0 --rw=write --bs=256k --size=4m
set=$(msg ga close)
expect_ok msg ga wait "$set"
wait_fact gb state commit-failed 10
expect_ok node_down b
expect_ok swap_table o0b "$good"
expect_ok node_up b
wait_fact gb committed_set "$set" 10
expect_ok swap_table o0b "0 $len error"
work /dev/mapper/a0 --rw=write --bs=256k --size=4m --offset=8m
wait_fact gb state commit-failed 10
events=$(dmsetup info -c --noheadings -o events gb)
expect_ok swap_table o0b "$good"
expect_caught_up
wait_fact gb state ok 5
# who waits for the state is told
wait_for 5 '[ "$(dmsetup info -c --noheadings -o events gb)" -gt '"$events"' ]' 'an event'
