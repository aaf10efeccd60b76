# shellcheck shell=dash
# An origin that cannot write zeroes: discards are refused, zeroes are written, both nodes are equal.

. /afar/guest/afar.sh
MB=16
pair_up
work /dev/mapper/a0 --rw=write --bs=1m --size=16m
expect_fail blkdiscard /dev/mapper/a0
expect_ok blkdiscard -z -o 516096 -l 5255168 /dev/mapper/a0
expect_caught_up
