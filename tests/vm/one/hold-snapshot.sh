# shellcheck shell=dash
# The held image of a file system in use can be mounted from a snapshot, and written to there; a held
# volume that is open is not released.
# limit: 180

. /afar/guest/afar.sh
MB=48
modprobe dm_snapshot 2>/dev/null || true
pair_up
mkfs.ext4 -q /dev/mapper/a0
mkdir -p /mnt/a /mnt/b
mount /dev/mapper/a0 /mnt/a
dd if=/dev/urandom of=/mnt/a/before bs=64k count=16 conv=fsync 2>/dev/null
sha256sum /mnt/a/before | sed 's, .*,,' >/tmp/test/before
sync -f /mnt/a
set=$(msg ga close)
expect_eq "hold" "$set" "$(msg gb hold "$set")"
(until [ -e /tmp/test/enough ]; do dd if=/dev/urandom of=/mnt/a/after bs=64k count=16 conv=fsync 2>/dev/null; done) &
writer=$!
wait_fact gb state hold 20
image=$(sum "$(origin b 0)")

mkdisk cow 32 >/dev/null
expect_ok dmsetup create look --table "0 $(sectors /dev/mapper/b0) snapshot /dev/mapper/b0 /dev/mapper/cow N 8"
refused "release: volume 0 \(dm-[0-9]+\) is open" msg gb release
expect_ok mount /dev/mapper/look /mnt/b
expect_eq "a file of before" "$(cat /tmp/test/before)" "$(sha256sum /mnt/b/before | sed 's, .*,,')"
[ ! -s /mnt/b/after ] || fail "a file of after the cut" "none" "$(ls -l /mnt/b)"
dd if=/dev/urandom of=/mnt/b/mine bs=64k count=16 conv=fsync 2>/dev/null
umount /mnt/b
e2fsck -fn /dev/mapper/look >/tmp/test/fsck 2>&1 || fail "e2fsck of the snapshot" "clean" "$(cat /tmp/test/fsck)"
refused "release: volume 0 \(dm-[0-9]+\) is open" msg gb release
expect_ok dmsetup remove look

# read-only, and as it is
expect_ok mount -o ro,noload /dev/mapper/b0 /mnt/b
refused "release: volume 0 \(dm-[0-9]+\) is open" msg gb release
expect_eq "state" hold "$(fact gb state)"
umount /mnt/b
expect_eq "the held image" "$image" "$(sum "$(origin b 0)")"
expect_eq "the held volume" "$image" "$(sum /dev/mapper/b0)"

expect_ok msg gb release
: >/tmp/test/enough
wait $writer
umount /mnt/a
expect_caught_up
