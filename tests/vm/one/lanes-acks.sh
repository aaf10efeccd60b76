# shellcheck shell=dash
# Acknowledgments that go down with a lane are said again: with a set that does not close, nothing else would
# free the memory that they acknowledge, and writes would wait for ever.

. /afar/guest/afar.sh
MB=32 PATHS=2 OPTIONS="lanes 2 timeout_ms 2000 memory_limit 4194304 $BY_HAND"
pair_up
wait_lanes 2/2
for round in 1 2 3; do
	(sleep 0.4; path_netem eth1 loss 100%) &
	work /dev/mapper/a0 --size=5m --offset=$((round * 5))m --rw=write --bs=16k --rate=4m
	wait $!
	path_netem eth1
	wait_lanes 2/2 40
	# the writes are durable there, and the primary knows
	wait_for 10 '[ "$(fact ga memory_used)" -lt 65536 ]' 'the copies are freed' 'status ga; status gb'
	expect_ok msg ga close >/dev/null
done
expect_caught_up
