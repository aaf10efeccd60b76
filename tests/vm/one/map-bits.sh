# shellcheck shell=dash
# Bits of the chunk map: set before the origin is written, cleared some time after the peer has committed,
# read back by every start, never cleared by one; nothing is written to the map when nothing changes.
# limit: 180
# allow-log: Buffer I/O error|chunk map: (no good copy|copy [01] of) block 0

. /afar/guest/afar.sh
KIND=loop MB=16 OPTIONS="chunk_size 65536 clear_interval_ms 100 set_interval_ms 50 timeout_ms 1000"
nodes_up
expect_eq "chunks" 256 "$(fact ga chunks_total)"
expect_eq "chunks that may differ while nothing is known" 256 "$(fact ga chunks_dirty)"
expect_ok msg ga promote assume-equal
expect_eq "chunks that may differ after assume-equal" 0 "$(fact ga chunks_dirty)"
wait_live
wait_fact gb chunks_dirty 0 5

put() { # CHUNK
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4096 count=1 seek=$(($1 * 16)) oflag=direct conv=notrunc 2>/dev/null ||
		fail "write to chunk $1" "success" "an error"
}
expect_map() { # RANGES, as the journal has them
	echo 1 >/proc/sys/vm/drop_caches
	_map=$(afar-journal map /dev/mapper/ja) || fail "afar-journal map" "status 0" "$_map"
	expect_eq "chunks on disk that may differ" "$1" "$(echo "$_map" | sed -n 's/^ *\([0-9][0-9.]*\)$/\1/p' | tr '\n' ' ')"
}

put 3
catch_up
wait_fact ga chunks_dirty 0 10
expect_map ""
expect_equal
writes=$(fact ga map_writes_total)
sleep 1
expect_eq "blocks of the map written by an idle group" "$writes" "$(fact ga map_writes_total)"

# every kind of write
cut_link
put 5
expect_ok blkdiscard -o $((7 * 65536)) -l 4096 /dev/mapper/a0
expect_ok blkdiscard -z -o $((10 * 65536 - 4096)) -l 8192 /dev/mapper/a0
expect_eq "chunks that may differ" 4 "$(fact ga chunks_dirty)"
expect_map "5 7 9..10 "
writes=$(fact ga map_writes_total) flushes=$(fact ga map_flushes_total)
work /dev/mapper/a0 --offset=$((5 * 65536)) --size=65536 --io_size=1m
expect_eq "blocks of the map written for a chunk that is set" "$writes" "$(fact ga map_writes_total)"
expect_eq "flushes for it" "$flushes" "$(fact ga map_flushes_total)"

# the journal stands still: what is set goes on, what is not waits, and its origin is not written
sum=$(sum "$(origin a 0)" 1)
dmsetup suspend --noflush --nolockfs ja
put 5
[ "$sum" != "$(sum "$(origin a 0)" 1)" ] || fail "a write to a chunk that is set" "is on the origin" "is not"
sum=$(sum "$(origin a 0)")
put 12 &
put=$!
put 13 &
put2=$!
sleep 1
expect_eq "the origin, while bits are being set" "$sum" "$(sum "$(origin a 0)")"
dmsetup resume ja
wait $put
wait $put2
expect_eq "chunks that may differ" 6 "$(fact ga chunks_dirty)"
heal_link
wait_live 20
expect_caught_up
wait_fact ga chunks_dirty 0 10
expect_map ""
[ "$(status ga | awk '{print $26}')" = 0/256 ] || fail "status" "0/256" "$(status ga)"

# a clean restart takes the bits over, and clears them without another write
knob ga clear_interval_ms 3600000
put 20
catch_up
wait_for 10 '[ "$(fact ga committed_set)" = "$(fact gb committed_set)" ]' 'the primary has heard of it'
expect_ok node_down a
expect_ok node_up a
expect_eq "chunks that may differ after a restart" 1 "$(fact ga chunks_dirty)"
expect_ok msg ga promote
expect_eq "state" ok "$(fact ga state)"
wait_live 20
wait_fact ga chunks_dirty 0 10

# an unclean one keeps them
cut_link
put 30
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
expect_eq "state" resync-needed "$(fact ga state)"
expect_eq "chunks that may differ" 1 "$(fact ga chunks_dirty)"
put 31
put 30
expect_ok blkdiscard -o $((33 * 65536)) -l 4096 /dev/mapper/a0
expect_ok blkdiscard -z -o $((40 * 65536)) -l 131072 /dev/mapper/a0
expect_eq "chunks that may differ" 5 "$(fact ga chunks_dirty)"
expect_map "30..31 33 40..41 "
heal_link
wait_for 20 '[ "$(fact ga state) $(fact ga chunks_dirty)" = "ok 0" ]' 'the bits are cleared after the resync' 'status ga'
cut_link
work /dev/mapper/a0 --rw=randwrite --size=4m --io_size=4m
dirty=$(fact ga chunks_dirty)
[ "$dirty" -gt 32 ] || fail "chunks that may differ after random writes" "> 32" "$dirty"

# a damaged copy, two
expect_ok node_down a
start=$(afar-journal info /dev/mapper/ja | sed -n 's/^chunk maps *at \([0-9]*\),.*/\1/p')
dd if=/dev/urandom of=/dev/mapper/ja bs=4096 count=1 seek="$start" oflag=direct conv=notrunc 2>/dev/null
log_mark
expect_ok node_up a
expect_log "chunk map: copy 0 of block 0 is damaged .bad magic., copy 1 serves"
expect_ok node_down a
dd if=/dev/urandom of=/dev/mapper/ja bs=4096 count=2 seek="$start" oflag=direct conv=notrunc 2>/dev/null
log_mark
expect_ok node_up a
expect_log "chunk map: no good copy of block 0 .bad magic.: chunks 0 to 255 of volume 0 count as different"
expect_eq "chunks that may differ without a good copy" 256 "$(fact ga chunks_dirty)"
expect_ok msg ga promote
put 100

# more chunks than the journal has room for
mkdisk huge 50000 >/dev/null
refused "volume 1: the journal has no room for its chunk map; one of 54 MiB has, or one with a larger chunk_size" \
	volume_create a1 /dev/mapper/ga 1 /dev/mapper/huge
