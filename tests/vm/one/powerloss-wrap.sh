# shellcheck shell=dash
# Losses of power while the ring goes round fast: nothing that is needed has been written over.
# limit: 180

. /afar/guest/crash.sh

load_crash
OPTIONS="set_interval_ms 60 memory_limit 16777216"
pair_up
load_begin --rate 400 --sizes 16-64
secondary_losses $((20000 * SLOW)) 16
say "$loss losses"
load_end
catch_up 60
expect_equal
look b
expect_cut b "$term:$committed" --all
take_down b
laps=$(($(afar-journal info /dev/mapper/jb | sed -n 's/^head .* //p') / $(fact ga ring_blocks)))
say "$laps laps"
[ $laps -ge 1 ] || fail "laps of the ring" "1 at least" "$(afar-journal info /dev/mapper/jb)"
