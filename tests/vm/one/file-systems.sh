# shellcheck shell=dash
# ext4 and xfs on the volumes of a group: their copies on the secondary are clean after the last close.

. /afar/guest/afar.sh
VOLUMES=2 MB=320 JOURNAL_MB=64
pair_up
mkfs.ext4 -q /dev/mapper/a0 64m
mkfs.xfs -q -f /dev/mapper/a1
for v in 0 1; do
	mkdir -p /mnt/$v
	mount /dev/mapper/a$v /mnt/$v
	dd if=/dev/urandom of=/mnt/$v/data bs=64k count=32 conv=fsync 2>/dev/null
	cp -r /bin/busybox /etc /mnt/$v/
	rm -r /mnt/$v/etc
	sha256sum /mnt/$v/data /mnt/$v/busybox >sums.$v
	umount /mnt/$v
done
catch_up
expect_equal
expect_ok node_down b
e2fsck -fn /dev/mapper/o0b >log 2>&1 || fail "e2fsck of the copy" "clean" "$(cat log)"
xfs_repair -n /dev/mapper/o1b >log 2>&1 || fail "xfs_repair of the copy" "clean" "$(cat log)"
for v in 0 1; do
	mount -o ro /dev/mapper/o${v}b /mnt/$v
	sha256sum -c sums.$v >log || fail "files of the copy" "as they were" "$(cat log)"
	umount /mnt/$v
done
