# shellcheck shell=dash
# With close_on_flush, ext4 and xfs at random cuts recover from their journals and are clean, and what
# was fsync()ed before a file was renamed is there whole.
# limit: 240
# memory: 1024

. /afar/guest/afar.sh
VOLUMES=2 MB=320 JOURNAL_MB=64 OPTIONS="close_on_flush 1 set_interval_ms 50 set_bytes 262144"
pair_up
modprobe dm_snapshot 2>/dev/null || true
for v in 0 1; do
	mkdir -p /mnt/a$v /mnt/b$v
	mkdisk cow$v 64 >/dev/null
done
mkfs.ext4 -q /dev/mapper/a0 96m
mkfs.xfs -q -f /dev/mapper/a1
# on a slow machine the first cut would be amid these, which is no file system yet
catch_up 60
load=
for v in 0 1; do
	mount /dev/mapper/a$v /mnt/a$v
	afar-transact files --pause-us 4000 /mnt/a$v >/tmp/test/files.$v 2>&1 &
	load="$load $!"
done

# The origin stays as it is: what recovery writes goes to a snapshot.
mount_copy() { # VOLUME [OPTION]
	dd if=/dev/zero of=/dev/mapper/cow$1 bs=64k count=1 oflag=direct 2>/dev/null
	expect_ok dmsetup create s$1 --table "0 $(sectors /dev/mapper/o${1}b) snapshot /dev/mapper/o${1}b /dev/mapper/cow$1 N 8"
	expect_ok mount ${2:+-o $2} /dev/mapper/s$1 /mnt/b$1
	_files=$(afar-transact check-files /mnt/b$1) || fail "files of volume $1" "whole" "$_files"
	expect_ok umount /mnt/b$1
}

# mkfs writes more than a set takes before it flushes
forced=$(fact ga forced_closes_total)
n=0
while [ $n -lt 4 ]; do
	n=$((n + 1))
	usleep $((300000 + n * 137000))
	[ $((n % 2)) = 0 ] || expect_ok dmsetup suspend gb
	expect_ok node_down b
	# where nobody dials: complete sets are committed, nothing new comes
	expect_ok in_b dmsetup create gb --table "0 8 afar-group /dev/mapper/jb $B_IP:7001 $A_IP:7000 2 key none"
	expect_ok node_volumes b
	wait_for 15 '[ "$(fact gb committed_set)" = "$(fact gb replicated_set)" ]' 'complete sets are committed' 'status gb'
	at=$(fact gb committed_set)
	expect_ok node_down b
	mount_copy 0
	say "$n: set $at, $_files files on ext4"
	e2fsck -fn /dev/mapper/s0 >log 2>&1 || fail "e2fsck at set $at" "clean" "$(cat log)"
	mount_copy 1 nouuid
	say "$n: set $at, $_files files on xfs"
	xfs_repair -n /dev/mapper/s1 >log 2>&1 || fail "xfs_repair at set $at" "clean" "$(cat log)"
	expect_ok dmsetup remove s0
	expect_ok dmsetup remove s1
	expect_ok node_up b
	wait_live
done
expect_eq "forced closes since" "$forced" "$(fact ga forced_closes_total)"
for pid in $load; do
	kill -TERM "$pid"
	wait "$pid" || fail "afar-transact" "status 0" "$(cat /tmp/test/files.*)"
done
umount /mnt/a0
umount /mnt/a1
expect_caught_up
