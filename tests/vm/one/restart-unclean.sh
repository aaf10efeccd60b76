# shellcheck shell=dash
# A primary that stopped with unacknowledged writes begins a new term: the peer keeps its cut, says why,
# and never takes a number of the old term; the primary's own writes go on.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=4m
expect_caught_up
cut=$(fact gb committed_set) image=$(sum "$(origin b 0)")
term=$(fact gb term)
cut_link
work /dev/mapper/a0 --rw=write --size=4m --bs=64k
expect_ok node_down a
heal_link

expect_ok node_up a
expect_eq "state" promote-needed "$(fact ga state)"
expect_ok msg ga promote
expect_eq "state of the primary" resync-needed "$(fact ga state)"
expect_eq "term" 2 "$(fact ga term | cut -d' ' -f1)"
wait_fact ga link resync-needed 15
wait_fact gb link resync-needed 15
log_mark
expect_fail msg ga close
expect_log "close: a resync is needed"
work /dev/mapper/a0 --rw=write --size=16m --bs=256k
expect_eq "copies held for a peer that cannot take them" 0 "$(fact ga memory_used)"

expect_eq "the peer's cut" "$cut" "$(fact gb committed_set)"
expect_eq "the peer's term" "$term" "$(fact gb term)"
expect_eq "the peer's image" "$image" "$(sum "$(origin b 0)")"
expect_ok node_down b
expect_ok node_up b
wait_fact gb link resync-needed 15
expect_eq "the peer's cut after its restart" "$cut" "$(fact gb committed_set)"
expect_eq "the peer's image after its restart" "$image" "$(sum "$(origin b 0)")"

# once more, with nothing written: still another term
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_eq "state" resync-needed "$(fact ga state)"
wait_fact gb link resync-needed 15
expect_eq "the peer's image" "$image" "$(sum "$(origin b 0)")"
