# shellcheck shell=dash
# A secondary that loses its power at any flush keeps what it called durable, and what it called committed.
# limit: 180

. /afar/guest/crash.sh

load_crash
OPTIONS="set_interval_ms 60 memory_limit 4194304"
pair_up
quiet_losses $((8000 * SLOW)) 2
load_begin
secondary_losses $((22000 * SLOW)) 24
say "$loss losses"
[ $loss -ge 3 ] || fail "losses of power" "3 at least" "$loss"
load_end
expect_caught_up
look b
expect_cut b "$term:$committed" --all
