# shellcheck shell=dash
# The primary is lost in the middle of an initial sync: its peer has no cut, and serves what it has only if that is said.
# It counts all chunks as different; the old primary, once it has given up its history, gets all that differs.

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=16 OPTIONS="timeout_ms 1000 chunk_size 65536 resync_rate 1048576"
nodes_up
for v in $(volumes); do
	dd if=/dev/urandom of="$(origin a "$v")" bs=1M count=$MB oflag=direct status=none
done
expect_ok msg ga promote
wait_fact gb state no-cut 20
wait_for 20 '[ "$(fact ga resync_done)" -gt 8 ]' 'the sync gets on' 'status ga'
cut_link
expect_ok node_down a
wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
for words in "promote" "promote no-cut"; do
	# shellcheck disable=SC2086  # words
	expect_fail msg gb $words
done
refused 'promote: this node has no cut' msg gb promote force
expect_eq "role" secondary "$(fact gb role)"
for time in first second; do
	expect_ok msg gb promote force no-cut
	expect_eq "role, the $time time" primary "$(fact gb role)"
done
expect_eq "chunks that may differ" "$(fact gb chunks_total)" "$(fact gb chunks_dirty)"
work /dev/mapper/b1 --size=1m

expect_ok node_up a
heal_link
split a
log_mark
knob gb resync_rate 0
discard a
follows b a "after a promotion without a cut"
