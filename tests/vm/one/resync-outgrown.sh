# shellcheck shell=dash
# A resync set that is outgrown, as much more is written than there is room for in the peer's journal: nobody has to
# do anything, it is tried again, and the peer keeps its cut until then.
# limit: 240

. /afar/guest/afar.sh
MB=32 OVERFLOW='' OPTIONS="timeout_ms 1000 chunk_size 65536 memory_limit 67108864"
pair_up 192 64
work /dev/mapper/a0 --size=1m
expect_caught_up
cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=20m
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
log_mark
knob ga resync_rate 4194304
heal_link
wait_for 30 '[ "$(fact ga resync_done)" -gt 32 ]' 'the resync goes on' 'status ga; status gb'
# what has been read is written over and over
work /dev/mapper/a0 --rw=write --bs=64k --size=1m --loops=100
expect_log 'the resync set has outgrown'
knob ga resync_rate 0
wait_for 20 'log_since | grep -q "more was written than fits into its set: it is tried again in"' \
	'it is said that it is tried again' 'status ga; log_since'
expect_eq "state meanwhile" resync-needed "$(fact ga state)"
expect_eq "needed" 0 "$(fact ga resync_needed)"
expect_eq "state of the peer" resync-needed "$(fact gb state)"
wait_for 60 '[ "$(fact ga state)" = ok ]' 'it is done in the end' 'status ga; status gb; log_since'
expect_caught_up "after the resync"
