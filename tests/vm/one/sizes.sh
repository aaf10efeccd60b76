# shellcheck shell=dash
# Writes of all sizes and places, direct, buffered and synchronous, arrive as they were.

. /afar/guest/afar.sh
VOLUMES=2 MB=24 OPTIONS="block_size 512"
pair_up
expect_eq "logical block size" 512 "$(blockdev --getss /dev/mapper/a0)"
work /dev/mapper/a0 --bssplit=512/20:1536/20:4k/20:13k/10:100k/10:1m/20 --blockalign=512 --io_size=24m
work /dev/mapper/a1 --bssplit=4k/30:256k/30:1m/40 --blockalign=4k --sync=1 --io_size=16m --iodepth=4
work /dev/mapper/a0 --bs=4k --fsync=8 --io_size=1m
expect_caught_up
dd if=/dev/urandom of=/dev/mapper/a0 bs=1M count=3 seek=1 conv=fsync,notrunc 2>/dev/null
dd if=/dev/urandom of=/dev/mapper/a1 bs=3000 count=301 seek=777 conv=fsync,notrunc 2>/dev/null
# the last sectors of the device
dd if=/dev/urandom of=/dev/mapper/a1 bs=512 count=3 seek=$((MB * 2048 - 3)) oflag=direct conv=notrunc 2>/dev/null
expect_caught_up
expect_eq "void commands" 0 "$(fact ga inexact)"
