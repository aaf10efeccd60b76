# shellcheck shell=dash
# A write that fails on the primary: the application is told, what the disk has is sent, both nodes are
# equal; what cannot be read back is void, and counted.
# allow-log: Buffer I/O error|critical .* error|I/O error

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 2000"
modprobe dm_flakey 2>/dev/null || true
pair_up
work /dev/mapper/a0 --rw=write --bs=256k --size=16m
catch_up
good=$(dmsetup table o0a)
len=$(sectors /dev/mapper/o0a)
read -r _ _ _ dev start <<END
$good
END

expect_ok swap_table o0a "0 $len flakey $dev $start 0 3600 1 error_writes"
expect_fail --saying "rror" dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=4 oflag=direct
expect_fail --saying "rror" dd if=/dev/urandom of=/dev/mapper/a0 bs=12k count=1 seek=33 oflag=direct
expect_ok swap_table o0a "$good"
expect_ok dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=4 seek=40 oflag=direct status=none
expect_caught_up
expect_eq "void commands" 0 "$(fact ga inexact)"

log_mark
expect_ok swap_table o0a "0 $len error"
expect_fail --saying "rror" dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=1 seek=8 oflag=direct
expect_ok swap_table o0a "$good"
expect_log "volume 0: a write failed and cannot be read back"
expect_eq "void commands" 1 "$(fact ga inexact)"
expect_caught_up
