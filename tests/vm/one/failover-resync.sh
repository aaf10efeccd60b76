# shellcheck shell=dash
# The primary is lost in the middle of a resync, of whose term the peer has nothing yet: what it serves then is its old
# cut, and it says which that is, and of when.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000 chunk_size 65536"
pair_up
work /dev/mapper/a0 --size=1m
expect_caught_up
wait_for 10 '[ "$(fact gb state)" = ok ]' 'b is ok' 'status gb'
at=$(fact gb replicated_set) time=$(fact gb replicated_time_ns) image=$(sum "$(origin b 0)")
[ "$time" -gt 0 ] || fail "time of the cut" "some" "$time"

cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=2m
expect_ok node_down a
# so slow that it does not end
OPTIONS="$OPTIONS resync_rate 1"
expect_ok node_up a
expect_ok msg ga promote
heal_link
wait_for 30 '[ "$(fact gb term | cut -d" " -f1)" = 2 ]' 'b follows into the new term' 'status ga; status gb; dmesg | tail'
expect_eq "sets of it" 2:0 "$(fact gb replicated_set)"
expect_eq "time of what b holds" "$time" "$(fact gb replicated_time_ns)"
cut_link
expect_ok msg gb promote force
expect_eq "what it goes on from" "$at" "$(fact gb image_set)"
expect_eq "and of when" "$time" "$(fact gb image_time_ns)"
expect_eq "the image" "$image" "$(sum "$(origin b 0)")"
