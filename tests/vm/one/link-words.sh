# shellcheck shell=dash
# A node that stops in order says so, and the peer's status tells it. Two nodes of unequal timeout_ms do not
# close lanes that are merely idle.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=64k
expect_ok in_b dmsetup suspend gb
wait_fact ga link stopped 10
expect_ok in_b dmsetup resume gb
wait_live
expect_ok in_a dmsetup suspend ga
wait_fact gb link stopped 10
expect_ok in_a dmsetup resume ga
wait_live
expect_ok node_down b
wait_fact ga link stopped 10
log_mark
expect_ok node_up b timeout_ms 60000
wait_live 30
wait_lanes 2/2
sleep 5
expect_eq "lanes that were closed" 0 "$(log_since | grep -c 'lane .* closed' || true)"
expect_caught_up
