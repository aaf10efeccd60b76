# shellcheck shell=dash
# A primary that stopped with unacknowledged writes begins a new term, with a resync set: the peer keeps its
# cut until all of it is there, gets what may differ and no more, and goes on from there; writes go on meanwhile.

. /afar/guest/afar.sh
VOLUMES=2 MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=4m
work /dev/mapper/a1 --size=4m
expect_caught_up
cut=$(fact gb committed_set)
cut_link
work /dev/mapper/a0 --rw=write --size=4m --bs=64k
work /dev/mapper/a1 --rw=randwrite --size=2m --offset=8m
expect_ok node_down a

expect_ok node_up a
expect_eq "state" promote-needed "$(fact ga state)"
expect_ok msg ga promote
expect_eq "state without the peer" resync-needed "$(fact ga state)"
expect_eq "term" 2 "$(fact ga term | cut -d' ' -f1)"
work /dev/mapper/a0 --rw=write --size=1m --bs=256k --offset=16m
expect_eq "the peer's cut" "$cut" "$(fact gb committed_set)"
heal_link
wait_for 20 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the resync"
expect_eq "term of the peer" 2 "$(fact gb term | cut -d' ' -f1)"
work /dev/mapper/a0 --size=4m
work /dev/mapper/a1 --size=4m
expect_caught_up "after later writes"

# a clean stop is one again, and the bits go
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_eq "term after a clean stop" 2 "$(fact ga term | cut -d' ' -f1)"
wait_live
work /dev/mapper/a0 --size=2m
expect_caught_up "after a clean stop"

# while writes go on, on all that is being read
cut_link
work /dev/mapper/a0 --rw=write --size=4m --bs=256k
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
work_begin /dev/mapper/a0 --size=4m --rate_iops=150
heal_link
wait_for 40 '[ "$(fact ga state)" = ok ]' 'the resync ends under load' 'status ga; status gb; dmesg | tail -20'
work_end
expect_caught_up "after a resync under load"
expect_eq "term" 3 "$(fact gb term | cut -d' ' -f1)"
