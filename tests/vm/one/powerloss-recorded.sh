# shellcheck shell=dash
# At each flush of a recorded run the secondary's disks hold what it had called durable or committed by then,
# and a journal that was just being formatted is formatted anew.
# limit: 400

. /afar/guest/record.sh

OPTIONS="set_interval_ms 60 memory_limit 4194304"
record_run 700
expect_points secondary_point
[ $points -ge 60 ] || fail "flushes of the run" "60 at least" "$points"
