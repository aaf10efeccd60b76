# shellcheck shell=dash
# The module is loaded and unloaded 100 times, with a pair that replicates in between: no leak.
# limit: 400
# append: page_owner=on

. /afar/guest/afar.sh
MB=16
for d in ja jb o0a o0b; do
	mkdisk $d 16 >/dev/null
	# a disk in memory takes its pages when they are written first
	dd if=/dev/zero of=/dev/mapper/$d bs=1M count=16 oflag=direct 2>/dev/null
done

once() { # [leaks]
	insmod /afar/dm-afar.ko
	group_create self ga /dev/mapper/ja 127.0.0.1:7000 127.0.0.2:7000
	volume_create a0 /dev/mapper/ga 0 /dev/mapper/o0a
	group_create self gb /dev/mapper/jb 127.0.0.2:7000 127.0.0.1:7000
	volume_create b0 /dev/mapper/gb 0 /dev/mapper/o0b
	# from the second time on this node was primary before
	msg ga promote force assume-equal
	# which begins with a resync set, of no chunk: the peer has a history
	wait_for 15 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the peer follows' 'status ga; status gb'
	dd if=/dev/zero of=/dev/mapper/a0 bs=64k count=4 oflag=direct 2>/dev/null
	catch_up
	dmsetup remove a0
	dmsetup remove b0
	dmsetup remove ga
	dmsetup remove gb
	if [ -n "${1:-}" ]; then
		_seen=$(leaks dm_afar) || fail "kmemleak" "no leak of dm_afar" "$_seen"
		_seen=$(pages) || fail "pages that dm_afar has got" "all are free" "$_seen"
	fi
	rmmod dm_afar
}

# Who got each page that is in use, on a kernel that knows. Those of caches are not the module's own.
pages() {
	[ -s /sys/kernel/debug/page_owner ] || return 0
	awk -v RS= '/\[dm_afar\]/ && !/slab/ { print; bad = 1 } END { exit bad }' /sys/kernel/debug/page_owner
}

load_afar
rmmod dm_afar
in_ns() { shift; "$@"; }

# Pages that nothing accounts for. What is free on the lists of each processor, up to 40 MiB, is free.
used_kb() {
	for _look in 1 2 3; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		echo 1 >/proc/sys/vm/compact_memory
		sleep 1
		awk '/^MemTotal:/ { n += $2 }
			/^(MemFree|Buffers|Cached|AnonPages|Slab|KernelStack|PageTables|VmallocUsed|Percpu):/ { n -= $2 }
			$1 == "count:" { n -= $2 * 4 }
			END { print n }' /proc/meminfo /proc/zoneinfo
	done | sort -n | head -1
}
# What is counted exactly.
kernel_kb() {
	awk '/^(SUnreclaim|VmallocUsed|Percpu|KernelStack):/ {n += $2} END {print n}' /proc/meminfo
}

for i in $(seq 9); do once; done
once leaks
used=$(used_kb) kernel=$(kernel_kb)
for i in $(seq 89); do once; done
once leaks
used=$(($(used_kb) - used)) kernel=$(($(kernel_kb) - kernel))
echo "90 rounds: slab, vmalloc, percpu and stacks have grown by $kernel KiB, memory in use by $used KiB"
# 8 KB a round: less than a lane, a tenth of a group
[ $kernel -lt 720 ] || fail "slab, vmalloc, percpu and stacks after 90 more rounds" "less than 720 KiB more" "$kernel KiB"
# 45 KB a round: two pages of each lane, and less than the copies of its writes
[ $used -lt 4096 ] || fail "memory in use after 90 more rounds" "less than 4096 KiB more" "$used KiB"
! grep -E 'afar' /proc/slabinfo || fail "caches of the module" "gone" "see above"
