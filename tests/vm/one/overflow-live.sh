# shellcheck shell=dash
# Overflow on a slow link that is up. What is kept by then would take a minute to arrive; once the application is calm
# it does not go first, as all of it is in the resync, too.
# limit: 180

. /afar/guest/afar.sh
MB=24 OVERFLOW='' OPTIONS="timeout_ms 5000 memory_limit 8388608 chunk_size 65536"
pair_up 64 192
work /dev/mapper/a0 --size=1m
expect_caught_up
netem rate 16mbit delay 5ms
log_mark
# the same 4 MiB again and again
work /dev/mapper/a0 --rw=write --bs=64k --size=4m --offset=4m --loops=30
expect_log 'overflow: memory_limit and the journal are used up'
kept=$(($(fact ga lag_bytes) >> 20)) from=$(now_ms)
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
took=$(($(now_ms) - from))
say "$kept MiB were kept; $took ms until the peer had all"
# at 2 MB/s
[ $((took * 4)) -lt $((kept * 1000)) ] || fail "time" "less than $((kept * 250)) ms, half of what the $kept MiB take" "$took ms"
netem
expect_caught_up "after the overflow"
