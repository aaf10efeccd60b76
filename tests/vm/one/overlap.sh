# shellcheck shell=dash
# Many writers fight for the same 64 KiB: both nodes agree on who won.

. /afar/guest/afar.sh
MB=16 OPTIONS="set_writes 50"
pair_up
for round in 1 2 3; do
	work /dev/mapper/a0 --bsrange=4k-32k --blockalign=4k --size=64k --io_size=128k --numjobs=64 --thread --iodepth=4 \
		--randrepeat=0
	expect_caught_up "volume 0, round $round"
done
[ "$(fact ga overlaps_total)" -gt 0 ] || fail "writes that waited for another" "some" 0
