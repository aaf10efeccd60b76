# shellcheck shell=dash
# Disks of both kinds keep what is written, apart from each other, and a file system works on them.

one=$(mkdisk one 64)
two=$(mkdisk two 300)
nul=$(mkdisk nul 32 null_blk)
expect_eq "size of one" $((64 * 2048)) "$(sectors "$one")"
expect_eq "size of nul" $((32 * 2048)) "$(sectors "$nul")"

before=$(sum "$one")
for d in "$two" "$nul"; do
	dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
	dd if=/tmp/data of="$d" bs=1M oflag=direct 2>/dev/null
	expect_eq "first 4 MB of $d" "$(sum /tmp/data)" "$(sum "$d" 4)"
done
expect_eq "disk one is untouched" "$before" "$(sum "$one")"

same=$(mkdisk same 64)
expect_same "$one" "$same"
dd if=/tmp/data of="$same" bs=1k count=1 seek=7 oflag=direct conv=notrunc 2>/dev/null
expect_fail --saying "sector 14 differs" devcmp "$one" "$same"

mkfs.ext4 -q "$one"
mkfs.xfs -q -f "$two"
for d in "$one" "$two"; do
	mkdir -p /mnt/x
	mount "$d" /mnt/x
	cp /tmp/data /mnt/x/
	umount /mnt/x
done
expect_ok e2fsck -fn "$one"
expect_ok xfs_repair -n "$two" 2>/dev/null >/dev/null
fio --name=v --filename="$nul" --rw=randwrite --bs=4k --size=8M --verify=crc32c --ioengine=libaio \
	--iodepth=8 --direct=1 --minimal >/dev/null || fail "fio --verify on null_blk" success "status $?"
