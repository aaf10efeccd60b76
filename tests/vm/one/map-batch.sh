# shellcheck shell=dash
# Many bits are set by few writes of the map; where all are set the map costs nothing.
# limit: 180

. /afar/guest/afar.sh
MB=64 OPTIONS="chunk_size 65536 clear_interval_ms 3600000"
pair_up
work /dev/mapper/a0 --iodepth=64 --io_size=16m --randrepeat=0
dirty=$(fact ga chunks_dirty) writes=$(fact ga map_writes_total) flushes=$(fact ga map_flushes_total)
say "$dirty chunks set by $writes blocks and $flushes flushes"
[ "$dirty" -gt 800 ] || fail "chunks set" "> 800" "$dirty"
# on a slow kernel fewer writes come while a round is under way
most=$((SLOW > 1 ? dirty * 9 / 10 : dirty / 2))
[ "$flushes" -lt $most ] || fail "flushes for $dirty chunks" "< $most" "$flushes"
[ "$writes" -lt $most ] || fail "blocks written for $dirty chunks" "< $most" "$writes"
work /dev/mapper/a0 --rw=write --bs=64k --size=64m
expect_eq "chunks set" 1024 "$(fact ga chunks_dirty)"
writes=$(fact ga map_writes_total)
work /dev/mapper/a0 --io_size=8m --randrepeat=0
expect_eq "blocks of the map written where all is set" "$writes" "$(fact ga map_writes_total)"
expect_caught_up
