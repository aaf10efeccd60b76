# shellcheck shell=dash
# Both nodes lose their power at the same instant, at each flush of a recorded run of either.
# long
# limit: 1500

. /afar/guest/record.sh

CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="set_interval_ms 60 memory_limit 4194304 chunk_size 131072 clear_interval_ms 10"
record_run 1500 --chunk 131072
expect_points site_point
[ $points -ge 200 ] || fail "flushes of the run" "200 at least" "$points"
