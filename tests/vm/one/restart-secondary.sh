# shellcheck shell=dash
# A secondary that is made again has what it had staged: complete sets are committed, the rest goes on.

. /afar/guest/afar.sh
OPTIONS="$BY_HAND timeout_ms 2000"
pair_up
work /dev/mapper/a0 --size=1m
catch_up
old=$(fact gb committed_set)

# complete, and not committed, because the volume is not there; then a part of another set
expect_ok dmsetup suspend b0
expect_eq "state" volumes-missing "$(fact gb state)"
work /dev/mapper/a0 --size=8m
set=$(msg ga close)
expect_ok msg ga wait "$set"
commands=$(fact gb commands_total)
work /dev/mapper/a0 --rw=write --bs=64k --size=1m --offset=16m
wait_for 10 "[ \"\$(fact gb commands_total)\" -ge $((commands + 16)) ]" 'part of a set has arrived' 'status gb'
expect_eq "replicated" "$set" "$(fact gb replicated_set)"
expect_eq "committed" "$old" "$(fact gb committed_set)"
seq=$(fact gb replicated_seq)
expect_ok node_down b

expect_ok node_group b
expect_eq "state before the volumes are there" volumes-missing "$(fact gb state)"
expect_eq "replicated, after replay" "$set" "$(fact gb replicated_set)"
expect_eq "its number, after replay" "$seq" "$(fact gb replicated_seq)"
expect_eq "committed, after replay" "$old" "$(fact gb committed_set)"
expect_ok node_volumes b
wait_fact gb committed_set "$set" 10
wait_live
# only what had not arrived is sent again
expect_caught_up
expect_eq "commands since the restart" 1 "$(fact gb commands_total)"
