# shellcheck shell=dash
# After a clean stop the primary goes on in the same term, with the next set and the next number.
# allow-log: Buffer I/O error

. /afar/guest/afar.sh
OPTIONS="timeout_ms 2000"
pair_up
work /dev/mapper/a0 --size=8m
set=$(msg ga close)
expect_ok msg ga wait "$set"
term=$(fact ga term) seq=$(fact ga local_seq)
expect_ok node_down a
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down'

expect_ok node_up a
expect_eq "role" primary "$(fact ga role)"
expect_eq "state" promote-needed "$(fact ga state)"
expect_fail dd if=/dev/zero of=/dev/mapper/a0 bs=4k count=1 oflag=direct
expect_ok msg ga promote
expect_ok msg ga promote
expect_eq "state" ok "$(fact ga state)"
expect_eq "term" "$term" "$(fact ga term)"
expect_eq "last number given out" "$seq" "$(fact ga local_seq)"
expect_eq "last closed set" "$set" "$(fact ga local_set)"
wait_live
dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=1 oflag=direct 2>/dev/null
next=$(msg ga close)
expect_eq "set after the restart" $(($(set_of "$set") + 1)) "$(set_of "$next")"
expect_eq "number after the restart" $(($(set_of "$seq") + 2)) "$(set_of "$(fact ga local_seq)")"
expect_caught_up
# promoted and stopped without a write
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_eq "term" "$term" "$(fact ga term)"
wait_live
