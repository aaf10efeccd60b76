# shellcheck shell=dash
# The block of the chunk map that was written last goes with its volume: the primary, when it is started again, is
# not taken for one that was put back to an earlier time.

. /afar/guest/afar.sh
VOLUMES=2 MB=16 OPTIONS="chunk_size 65536 clear_interval_ms 10 set_interval_ms 50"
pair_up
work /dev/mapper/a0 --size=64k
expect_caught_up
for round in 1 2 3 4 5; do
	work /dev/mapper/a1 --size=64k --offset=${round}m
	catch_up
	wait_for 10 '[ "$(fact ga chunks_dirty)" = 0 ]' 'no bit is set' 'status ga'
done
# the peer hears of the last of them
work /dev/mapper/a1 --size=4k
catch_up
expect_ok dmsetup remove a1
expect_ok msg ga forget 1
# what is gone before that would be missing
catch_up
expect_ok dmsetup remove b1
VOLUMES=1
catch_up
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
wait_live
work /dev/mapper/a0 --size=64k
expect_caught_up
