# shellcheck shell=dash
# Thousands of small sets that may not be committed yet: staged in the memory that the knob allows, kept over a
# restart, read back from the journal and committed when the volume is there again.

. /afar/guest/afar.sh
JOURNAL_MB=96 OPTIONS="set_writes 2 timeout_ms 2000 stage_memory 4194304"
pair_up

expect_ok dmsetup remove b0
work /dev/mapper/a0 --bs=4k --size=20m
set=$(msg ga close)
expect_ok msg ga wait "$set" 10000
wait_fact gb replicated_set "$set" 20
memory=$(fact gb memory_used)
echo "sets $(set_of "$set"), frames $(fact gb frames_total), memory $memory"
[ "$(set_of "$set")" -gt 2000 ] || fail "sets" "more than 2000" "$set"
[ "$memory" -le $((4 << 20)) ] || fail "memory of frames" "4 MiB at most" "$memory"

# as they were replayed
expect_ok dmsetup remove gb
expect_ok node_group b
expect_eq "after a restart" "$set" "$(fact gb replicated_set)"
wait_live
work /dev/mapper/a0 --bs=4k --size=10m --offset=5m
set=$(msg ga close)
wait_fact gb replicated_set "$set" 20
expect_eq "with no volume" 0 "$(fact gb runs_total)"
expect_ok node_volumes b
wait_fact gb committed_set "$set" 20
expect_equal
