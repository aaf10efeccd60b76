# shellcheck shell=dash
# A frame that takes longer than timeout_ms on a slow link arrives; the lane lives on.
. /afar/guest/afar.sh

# with a second lane its signs of life would wait in the same queue
OPTIONS="timeout_ms 700 lanes 1"
pair_up
shape 3mbit 1
log_mark
dd if=/dev/urandom of=/dev/mapper/a0 bs=1M count=2 oflag=direct 2>/dev/null || fail "write"
catch_up 30
expect_eq "lanes that were given up" 0 "$(log_since | grep -c 'lane .* closed')"
expect_equal
