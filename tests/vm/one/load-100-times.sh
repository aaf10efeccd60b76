# shellcheck shell=dash
# The module is loaded and unloaded 100 times, with a group and a volume in between: no leak.
# limit: 240

. /afar/guest/afar.sh
MB=16
mkdisk ja 16 >/dev/null
mkdisk o0a 16 >/dev/null

once() {
	insmod /afar/dm-afar.ko
	group_create self ga /dev/mapper/ja 127.0.0.1:7000 127.0.0.2:7000
	volume_create a0 /dev/mapper/ga 0 /dev/mapper/o0a
	msg ga promote assume-equal
	dd if=/dev/zero of=/dev/mapper/a0 bs=64k count=4 oflag=direct 2>/dev/null
	dmsetup remove a0
	dmsetup remove ga
	rmmod dm_afar
}

load_afar
rmmod dm_afar
in_ns() { shift; "$@"; }

# Compacting empties each processor's list of free pages, too, some megabytes of which do not count as free.
used_kb() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	[ ! -e /proc/sys/vm/compact_memory ] || echo 1 >/proc/sys/vm/compact_memory
	usleep 200000
	awk '/^MemFree:/ {f = $2} END {print -f}' /proc/meminfo
}

: >$AFAR_STATE/was-loaded
for i in $(seq 10); do once; done
slab=$(awk '/^Slab:/ {print $2}' /proc/meminfo)
before=$(used_kb)
for i in $(seq 90); do once; done
after=$(used_kb)
# 45 KB a round would be one group object
grown=$((after - before))
echo "grown by $grown KiB in 90 rounds, slab from $slab KiB to $(awk '/^Slab:/ {print $2}' /proc/meminfo) KiB"
[ $grown -lt 2048 ] || fail "memory in use after 90 more rounds" "less than 2048 KiB more" "$grown KiB"
! grep -E 'afar' /proc/slabinfo || fail "caches of the module" "gone" "see above"
