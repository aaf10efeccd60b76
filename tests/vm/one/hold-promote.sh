# shellcheck shell=dash
# promote force ends a hold: it wants the volumes closed, and commits what is complete beyond it.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=2m
catch_up
held=$(msg gb hold)
wait_fact gb state hold 10
cat /dev/mapper/b0 >/dev/null
work /dev/mapper/a0 --size=2m --offset=2m
set=$(msg ga close)
expect_ok msg ga wait "$set"
mkdisk cut $MB >/dev/null
dd if=/dev/mapper/o0a of=/dev/mapper/cut bs=1M iflag=direct oflag=direct 2>/dev/null
# part of a set
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
expect_eq "committed" "$held" "$(fact gb committed_set)"
cut_link
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down'
exec 9</dev/mapper/b0
refused "promote: volume 0 \(dm-[0-9]+\) is open" msg gb promote force
expect_eq "role" secondary "$(fact gb role)"
expect_eq "state" hold "$(fact gb state)"
expect_eq "committed" "$held" "$(fact gb committed_set)"
exec 9<&-
log_mark
expect_ok msg gb promote force
expect_log "promote: the hold ends, complete sets are committed"
expect_eq "role" primary "$(fact gb role)"
expect_eq "held_set" none "$(fact gb held_set)"
expect_same /dev/mapper/cut "$(origin b 0)" "the image is the last complete set"
dd if=/dev/mapper/b0 of=/tmp/test/cached bs=1M 2>/dev/null
expect_same /tmp/test/cached /dev/mapper/cut "what is read through the page cache"
rm /tmp/test/cached
work /dev/mapper/b0 --size=1m
refused "hold: this node is primary" msg gb hold
expect_ok msg gb release
# durable: no hold comes back
expect_ok node_down b
expect_ok node_up b
expect_eq "held_set" none "$(fact gb held_set)"
