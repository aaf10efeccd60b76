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
	# from the second time on this node was primary before
	msg ga promote force assume-equal
	dd if=/dev/zero of=/dev/mapper/a0 bs=64k count=4 oflag=direct 2>/dev/null
	dmsetup remove a0
	dmsetup remove ga
	rmmod dm_afar
}

load_afar
rmmod dm_afar
in_ns() { shift; "$@"; }

# Free memory, at its best of some looks: what is freed stays on lists of each processor for a while.
used_kb() {
	for _look in 1 2 3; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		echo 1 >/proc/sys/vm/compact_memory
		sleep 1
		awk '/^MemFree:/ {print -$2}' /proc/meminfo
	done | sort -n | head -1
}
# What is counted exactly.
kernel_kb() {
	awk '/^(SUnreclaim|VmallocUsed|Percpu|KernelStack):/ {n += $2} END {print n}' /proc/meminfo
}

: >$AFAR_STATE/was-loaded
for i in $(seq 10); do once; done
used=$(used_kb) kernel=$(kernel_kb)
for i in $(seq 90); do once; done
used=$(($(used_kb) - used)) kernel=$(($(kernel_kb) - kernel))
echo "90 rounds: slab, vmalloc, percpu and stacks have grown by $kernel KiB, memory in use by $used KiB"
# 45 KB a round would be one group object
[ $kernel -lt 2048 ] || fail "slab, vmalloc, percpu and stacks after 90 more rounds" "less than 2048 KiB more" "$kernel KiB"
# pages: what is free goes up and down by itself, but the copies of each round's writes would be seen
[ $used -lt 20480 ] || fail "memory in use after 90 more rounds" "less than 20480 KiB more" "$used KiB"
! grep -E 'afar' /proc/slabinfo || fail "caches of the module" "gone" "see above"
