# shellcheck shell=dash
# Where memory is so short that no bio can be had but those in reserve, and all that file systems share of these wait for
# a volume, the volume's writes go on: what they wait for, bits of the chunk map, takes bios of dm-afar's own.
# flavours: debug
# append: slub_debug=A,bio-*
# limit: 60

. /afar/guest/afar.sh
VOLUMES=2 MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"
need_failslab

pair_up
cut_link
# of all bios, as `append` says; their sets have some in reserve
slab_fails
# through the page cache, each into a chunk of its own: both of the reserve wait for a bit at some time
writer() { # VOLUME FIRST
	for _i in $(seq "$2" 128 1000); do
		dd if=/dev/zero of="/dev/mapper/a$1" bs=4k count=1 seek=$((_i * 16)) conv=notrunc,fsync status=none || return
	done
}
begun=$(written /dev/mapper/a0)
writers=
for i in 0 1 2 3 4 5 6 7; do
	writer $((i % VOLUMES)) $i &
	writers="$writers $!"
done
running() { for _w in $writers; do ! kill -0 "$_w" 2>/dev/null || return 0; done; return 1; }
wait_for 30 '! running' 'all is written' 'status ga; dmesg | tail -20'
for w in $writers; do
	wait "$w" || fail "a writer" "success" "status $?"
done
slab_works
[ $(($(written /dev/mapper/a0) - begun)) -ge 250 ] || fail "sectors written" "250 at least" "$(($(written /dev/mapper/a0) - begun))"
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the peer follows' 'status ga; status gb'
expect_caught_up
