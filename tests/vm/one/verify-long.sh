# shellcheck shell=dash
# Ten minutes of verify under full load: nothing is reported where nothing is wrong.
# long
# limit: 1800

. /afar/guest/crash.sh
. /afar/guest/verify.sh
CRASHES=
# what is on its way is what each look waits for
VOLUMES=2 MB=32 JOURNAL_MB=32 OPTIONS="timeout_ms 2000 memory_limit 16777216"
pair_up
for v in $(volumes); do
	work_begin "/dev/mapper/a$v" --norandommap
done
until=$(($(now_ms) + 600000)) times=0
while [ "$(now_ms)" -lt $until ]; do
	verify 600
	times=$((times + 1))
	expect_eq "blocks that differ, time $times" 0 "$(fact ga verify_found)"
	[ "$(fact ga verify_busy)" -lt 1048576 ] || fail "bytes that were busy" "less than 1 of 64 MiB" "$(fact ga verify_busy)"
	expect_eq "bytes that nobody knows" 0 "$(fact ga verify_unknown)"
done
say "$times times"
work_end
catch_up
expect_equal
