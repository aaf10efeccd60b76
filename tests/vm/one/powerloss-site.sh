# shellcheck shell=dash
# Both nodes lose their power at the same instant, at flushes all over a recorded run of either: the secondary has
# kept what it had claimed, and after the primary's return both are equal.
# limit: 400

. /afar/guest/record.sh

CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="set_interval_ms 60 memory_limit 4194304 chunk_size 131072 clear_interval_ms 10"
record_run 700 --chunk 131072
expect_points site_point 6
[ $points -ge 20 ] || fail "flushes of the run" "20 at least" "$points"
