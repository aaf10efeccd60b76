# shellcheck shell=dash
# The peer has said DURABLE for sets that it has not committed, and the primary has freed its copies. Then the
# peer's journal is gone: nothing is taken for granted that only that journal had.
# limit: 180

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000 chunk_size 65536"
pair_up
work /dev/mapper/a0 --size=2m
expect_caught_up
knob ga clear_interval_ms 10
expect_ok msg gb hold
work /dev/mapper/a0 --size=4m
set=$(msg ga close)
expect_ok msg ga wait "$set"
wait_for 10 '[ "$(fact ga memory_used)" = 0 ]' 'copies are freed' 'status ga'
expect_ok node_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=1 oflag=direct 2>/dev/null
log_mark
expect_ok node_up b
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is there again' 'status ga; status gb; dmesg | tail -20'
expect_log 'ga: resync begins'
expect_caught_up
work /dev/mapper/a0 --size=1m
expect_caught_up "after later writes"

# once more, in a term that began with a resync, which has ended: it is given up for the new peer
expect_ok node_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=1 oflag=direct 2>/dev/null
log_mark
expect_ok node_up b
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is there again' 'status ga; status gb; dmesg | tail -20'
expect_log 'ga: the peer is not in this term: the peer cannot follow any more, a resync is needed'
expect_caught_up "after the second time"
