# shellcheck shell=dash
# A log that cannot be read back for a while holds commits up, and nothing else; one that is damaged for good
# ends it, before any origin is written.
# allow-log: Buffer I/O error|I/O error
# limit: 180

. /afar/guest/afar.sh
MB=32 JOURNAL_MB=64 OPTIONS="$BY_HAND timeout_ms 2000 stage_memory 4194304"
pair_up
work /dev/mapper/a0 --size=1m
catch_up
good=$(dmsetup table jb)
len=$(sectors /dev/mapper/jb)

# More than stays in memory, and nothing is committed while the volume is missing.
expect_ok dmsetup suspend b0
work /dev/mapper/a0 --rw=write --bs=64k --size=8m
first=$(msg ga close)
expect_ok msg ga wait "$first"
[ "$(fact gb memory_used)" -lt 6000000 ] || fail "staged in memory" "4194304 or so" "$(fact gb memory_used)"
expect_ok swap_table jb "0 $len error"
log_mark
expect_ok dmsetup resume b0
wait_fact gb state commit-failed 10
expect_log "the log cannot be read back"
sleep 4
expect_eq "state" commit-failed "$(fact gb state)"
expect_eq "link" live "$(fact gb link)"
expect_ok swap_table jb "$good"
wait_fact gb committed_set "$first" 10
wait_fact gb state ok 5
work /dev/mapper/a0 --size=1m
expect_caught_up

# Damaged: the last megabyte of what is in use, and, as that may be in memory on a busy machine, one before it.
expect_ok dmsetup suspend b0
work /dev/mapper/a0 --rw=write --bs=64k --size=8m
msg ga wait "$(msg ga close)"
image=$(sum "$(origin b 0)")
afar-journal info /dev/mapper/jb >/tmp/test/info
start=$(sed -n 's/^ring *at \([0-9]*\),.*/\1/p' /tmp/test/info)
used=$(fact gb ring_used)
head=$(sed -n 's/^head *position //p' /tmp/test/info)
blocks=$(fact gb ring_blocks)
for at in $((used - 300)) $((used / 2 - 300)); do
	dd if=/dev/urandom of=/dev/mapper/jb bs=4k count=256 seek=$((start + (head + at) % blocks)) oflag=direct conv=notrunc 2>/dev/null
done
expect_ok dmsetup resume b0
wait_fact gb state journal-damaged 15
expect_eq "the origin" "$image" "$(sum "$(origin b 0)")"
