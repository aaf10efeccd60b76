# shellcheck shell=dash
# Many bits are set by few writes of the map; where all are set the map costs nothing.
# limit: 180

. /afar/guest/afar.sh
MB=64 OPTIONS="chunk_size 65536 clear_interval_ms 3600000"
pair_up
# a disk in memory flushes at once, and on a slow machine nothing would gather meanwhile
medium=$(dmsetup table ja | cut -d' ' -f4,5)
dmsetup load ja --table "0 $(sectors /dev/mapper/ja) delay $medium 20 $medium 20"
dmsetup resume ja
work /dev/mapper/a0 --iodepth=64 --io_size=16m --randrepeat=0
dirty=$(fact ga chunks_dirty) writes=$(fact ga map_writes_total) flushes=$(fact ga map_flushes_total)
say "$dirty chunks set by $writes blocks and $flushes flushes"
[ "$dirty" -gt 800 ] || fail "chunks set" "> 800" "$dirty"
[ "$flushes" -lt $((dirty / 2)) ] || fail "flushes for $dirty chunks" "< $((dirty / 2))" "$flushes"
[ "$writes" -lt $((dirty / 2)) ] || fail "blocks written for $dirty chunks" "< $((dirty / 2))" "$writes"
work /dev/mapper/a0 --rw=write --bs=64k --size=64m
expect_eq "chunks set" 1024 "$(fact ga chunks_dirty)"
writes=$(fact ga map_writes_total)
work /dev/mapper/a0 --io_size=8m --randrepeat=0
expect_eq "blocks of the map written where all is set" "$writes" "$(fact ga map_writes_total)"
expect_caught_up
