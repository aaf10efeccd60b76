# shellcheck shell=dash
# Discards and write-zeroes arrive; where the origin cannot do them they are not offered, or are
# writes. (A loop device over tmpfs offers write-zeroes that keep the space, and then declines.)

. /afar/guest/afar.sh
KIND=loop MB=24
pair_up
# bios are cut where the queue says, and a loop device's longest is no multiple of a block
most() { cat "$(sys_dev "$1")/queue/write_zeroes_max_bytes"; }
say "longest write-zeroes: of the origin $(most "$(origin a 0)"), of the volume $(most /dev/mapper/a0) bytes"
expect_eq "longest write-zeroes of the volume, beyond whole blocks" 0 $(($(most /dev/mapper/a0) % 4096))
work /dev/mapper/a0 --rw=write --bs=1m --size=24m
catch_up
payload=$(fact ga payload_bytes_total)
# over chunk ends, not aligned to chunks
expect_ok blkdiscard -z -o 516096 -l 5255168 /dev/mapper/a0
expect_ok blkdiscard -o 9433088 -l 4206592 /dev/mapper/a0
expect_ok blkdiscard -z -o $((24 * 1048576 - 4096)) -l 4096 /dev/mapper/a0
catch_up
expect_eq "payload shipped for zeroes" "$payload" "$(fact ga payload_bytes_total)"
expect_equal
dd if="$(origin b 0)" bs=4096 skip=126 count=1283 iflag=direct 2>/dev/null >zero
[ "$(tr -d '\0' <zero | wc -c)" = 0 ] || fail "zeroed range at b" "only zeroes" "something else"
# in the middle of writes
work_begin /dev/mapper/a0 --bsrange=4k-256k --blockalign=4k
for i in 1 2 3 4 5; do
	expect_ok blkdiscard -z -o $((i * 3145728)) -l 2097152 /dev/mapper/a0
	expect_ok blkdiscard -o $((i * 1048576)) -l 3145728 /dev/mapper/a0
done
work_end
expect_eq "void commands" 0 "$(fact ga inexact)"
expect_ok blkdiscard /dev/mapper/a0
expect_caught_up
