# shellcheck shell=dash
# A resync larger than any set the peer takes: nothing happens without the operator's word, the peer keeps its
# cut; with it, the peer is at no cut until the end, survives a restart of either node meanwhile, and is then.

. /afar/guest/afar.sh
MB=96 JOURNAL_MB=32 OPTIONS="timeout_ms 1000 resync_rate 16777216"
pair_up
work /dev/mapper/a0 --size=4m
expect_caught_up
cut_link
work /dev/mapper/a0 --rw=write --size=64m --bs=256k
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
log_mark
heal_link
# first it gets the whole sets that the journal holds
wait_for 40 '[ "$(fact ga state)" = resync-no-room ]' 'the set is found too large' 'status ga; status gb'
expect_log "resync: the set would take [0-9]+ MiB, there is room for one of [0-9]+ MiB"
image=$(sum "$(origin b 0)")
work /dev/mapper/a0 --size=1m
usleep 1000000
expect_eq "the peer's image" "$image" "$(sum "$(origin b 0)")"
expect_eq "committed of the new term" 2:0 "$(fact gb committed_set)"

expect_ok msg ga resync in-place
wait_fact gb state no-cut 15
expect_fail msg gb promote force
wait_for 20 '[ "$(fact ga resync_done)" -gt 4 ]' 'the resync gets on' 'status ga'
expect_eq "state" resync "$(fact ga state)"
# the peer ends and comes again in the middle
expect_ok node_down b
expect_ok node_up b
expect_eq "state of the peer" no-cut "$(fact gb state)"
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after a resync in place"
expect_eq "state of the peer" ok "$(fact gb state)"
expect_ok node_down b
expect_ok node_up b
wait_live
expect_eq "state of the peer after its restart" ok "$(fact gb state)"
work /dev/mapper/a0 --size=4m
expect_caught_up "after later writes"

# the primary ends in the middle: it begins again, where the peer has nothing yet
cut_link
work /dev/mapper/a0 --rw=write --size=64m --bs=256k
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_ok msg ga resync in-place
work_begin /dev/mapper/a0 --size=48m --rate_iops=100
knob ga resync_rate 16777216
heal_link
wait_fact gb state no-cut 15
work_end
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_ok msg ga resync in-place
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after a resync in place that was begun twice"
