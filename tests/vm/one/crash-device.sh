# shellcheck shell=dash
# The test disk that loses its power forgets what was not flushed, and nothing else.
# limit: 180
# allow-log: Buffer I/O error|lost async page write

ko=/afar/bin/$(uname -r)/dm-afar-crash.ko
[ -f "$ko" ] || skip "no dm-afar-crash.ko for this kernel: make -C tests/modules KDIR=..."
modprobe dm_mod 2>/dev/null || true
insmod "$ko" || fail "insmod dm-afar-crash.ko"

size=16384
for n in one two other other2; do
	mkdisk m-$n 8 >/dev/null
done
crash() { dmsetup create "$1" --table "0 $size afar-crash /dev/mapper/m-$1 $2"; }
crash one d
crash two d
crash other e

# put DEV BLOCK CHAR [dd flags]: a block of 4096 times CHAR
put() {
	head -c 4096 /dev/zero | tr '\0' "$3" >/tmp/block
	dd if=/tmp/block of="/dev/mapper/$1" bs=4096 seek="$2" conv=notrunc oflag="direct${4:+,$4}" \
		2>/dev/null
}

# get DEV BLOCK: its character, . for zeroes, ? for a mix
get() {
	dd if="/dev/mapper/$1" bs=4096 skip="$2" count=1 iflag=direct 2>/dev/null >/tmp/got || return 1
	_c=$(tr '\0' . </tmp/got | fold -w1 | sort -u | tr -d '\n')
	[ ${#_c} = 1 ] && echo "$_c" || echo "?"
}

flush() { xfs_io -c fdatasync "/dev/mapper/$1"; }
message() { _d=$1; shift; dmsetup message "$_d" 0 "$@"; }
field() { dmsetup status "$1" | cut -d' ' -f"$((3 + $2))"; }
state() { field "$1" 1; }
holds() { # WHAT DEV BLOCK CHAR
	expect_eq "$1: block $3 of $2" "$4" "$(get "$2" "$3")"
}
forget() { message one powerloss >/dev/null; message one restore; }

say "cache and media"
put one 1 A
holds "a read sees the cache" one 1 A
holds "before a flush" m-one 1 .
expect_eq "status" "powered 1 0 0 1" "$(dmsetup status one | cut -d' ' -f4-8)"
flush one
holds "after a flush" m-one 1 A
expect_eq "status" "powered 0 1 0 1" "$(dmsetup status one | cut -d' ' -f4-8)"

say "a loss of power"
put one 1 B
put one 2 B
put two 3 B
put other 4 B
expect_eq "answer" "dropped 3 written 0" "$(message two powerloss)"
for n in one two; do
	expect_eq "state of $n" lost "$(state $n)"
	expect_fail put $n 5 X
	expect_fail get $n 1
	expect_fail flush $n
done
holds "another domain has power" other 4 B
message one restore
holds "flushed data" one 1 A
holds "new data that was not flushed" one 2 .
holds "the other device of the domain" two 3 .
expect_eq "state" powered "$(state two)"

say "FUA"
put one 8 A
message one arm flush 1
# The flush that follows the FUA write finds no power.
expect_fail put one 9 A dsync
expect_eq "state after the FUA write" lost "$(state one)"
expect_eq "FUA writes" 1 "$(field one 4)"
message two restore
holds "a write with FUA" one 9 A
holds "a write without" one 8 .

say "part of a block"
put one 16 A
flush one
put one 16 B
message one arm flush 1
dd if=/dev/zero bs=512 count=1 2>/dev/null | tr '\0' F >/tmp/sector
expect_fail dd if=/tmp/sector of=/dev/mapper/one bs=512 seek=$((16 * 8 + 3)) conv=notrunc oflag=direct,dsync
message one restore
get one 16 >/dev/null
expect_eq "a sector with FUA in a block that was not flushed" "1536A512F2048A" \
	"$(fold -w1 </tmp/got | uniq -c | tr -d ' \n')"
dd if=/tmp/sector of=/dev/mapper/one bs=512 seek=$((1 * 8 + 1)) conv=notrunc oflag=direct 2>/dev/null
get one 1 >/dev/null
expect_eq "a sector without" "512A512F3072A" "$(fold -w1 </tmp/got | uniq -c | tr -d ' \n')"
forget
holds "the same after a loss" one 1 A

# A flush owes nothing to a write that was still running when the flush was submitted. The media
# holds up the first flush, so that a write and a second flush queue behind it.
say "a flush beside a write"
modprobe dm_delay 2>/dev/null || true
nap=$((SLOW * 300))
dmsetup create m-slow --table "0 $size delay /dev/mapper/m-other2 0 0 /dev/mapper/m-other2 0 $((nap * 4))"
crash slow s
put slow 1 A
flush slow &
usleep $((nap * 1000))
put slow 2 W &
usleep $((nap * 1000))
flush slow &
wait
expect_eq "all done" "powered 1 2 0 2" "$(dmsetup status slow | cut -d' ' -f4-8)"
message slow powerloss >/dev/null
message slow restore
holds "completed before the first flush" slow 1 A
holds "running when the second was submitted" slow 2 .
dmsetup remove slow
dmsetup remove m-slow

say "armed flushes"
for n in 1 3; do
	message one arm flush $n
	for i in 1 2 3 4; do
		put one $((20 + i)) "$n" 2>/dev/null || true
		# Both devices count.
		flush one 2>/dev/null || true
		[ $i -gt $n ] || expect_eq "power after flush $i of $n" \
			"$([ $i = $n ] && echo lost || echo powered)" "$(state two)"
	done
	message one restore
	for i in 1 2 3 4; do
		[ $i -gt $n ] || holds "flush $i of $n" one $((20 + i)) "$n"
		[ $i -le $n ] || expect_fail [ "$(get one $((20 + i)))" = "$n" ]
	done
done
message one arm flush 2
flush two
flush one
expect_eq "two devices, one count" lost "$(state one)"
message one restore
message one arm flush 1
message one arm off
flush one
expect_eq "disarmed" powered "$(state one)"

say "armed writes"
message one arm write 3
for i in 1 2 3; do put two $((40 + i)) W; done
expect_eq "after the third write" lost "$(state one)"
expect_fail put two 44 W
expect_fail message one arm write 1
message one restore
holds "a write before" two 42 .

say "a loss by chance"
# Blocks 100 to 163, in writes of their own.
fill() {
	head -c $((64 * 4096)) /dev/zero | tr '\0' "$1" |
		dd of=/dev/mapper/one bs=4096 iflag=fullblock seek=100 conv=notrunc oflag=direct 2>/dev/null
}
kept() {
	dd if=/dev/mapper/one bs=4096 skip=100 count=64 iflag=direct 2>/dev/null >/tmp/got
	fold -w4096 </tmp/got | cut -c1 | tr "$1\n" "1 " | tr -d ' ' | tr -c '1' 0
}
fill a
flush one
fill b
answer=$(message one powerloss 7)
message one restore
first=$(kept b)
n=$(echo "$first" | tr -d 0 | tr -d '\n' | wc -c)
expect_eq "answer" "dropped $((64 - n)) written $n" "$answer"
[ "$n" -gt 8 ] && [ "$n" -lt 56 ] || fail "survivors by chance" "about half of 64" "$n"
fill b
flush one
fill c
message one powerloss 7 >/dev/null
message one restore
expect_eq "the same seed, the same blocks" "$first" "$(kept c)"
fill d
message one powerloss 8 >/dev/null
message one restore
[ "$first" != "$(kept d)" ] || fail "another seed" "other blocks" "the same"

say "zeroes"
put one 200 Z
put one 201 Z
flush one
queue=/sys/dev/block/$(dmsetup info -c --noheadings --separator : -o major,minor one)/queue
expect_eq "cache" "write back" "$(cat "$queue/write_cache")"
[ "$(cat "$queue/write_zeroes_max_bytes")" -gt 0 ] || fail "write-zeroes" "offered" 0
blkdiscard -z -o $((200 * 4096)) -l 4096 /dev/mapper/one
holds "zeroes in the cache" one 200 .
holds "zeroes not on the media" m-one 200 Z
holds "its neighbour" one 201 Z
forget
holds "zeroes that were not flushed" one 200 Z

say "no loss of power"
put one 210 S
dmsetup suspend one
dmsetup resume one
holds "after a suspend" m-one 210 S
put one 211 S
dmsetup reload one --table "$(dmsetup table one)"
dmsetup resume one
holds "after a new table" one 211 S
put other 212 S
dmsetup remove other
holds "after a removal" m-other 212 S

say "a file system"
mkfs.ext4 -q /dev/mapper/two
mkdir -p /mnt/x
mount /dev/mapper/two /mnt/x
for i in $(seq 20); do
	echo "$i" >"/mnt/x/synced-$i"
	xfs_io -c fsync "/mnt/x/synced-$i"
	echo "$i" >"/mnt/x/not-$i"
done
message two powerloss 5 >/dev/null
umount /mnt/x
message two restore
mount /dev/mapper/two /mnt/x
for i in $(seq 20); do
	expect_eq "synced file $i" "$i" "$(cat "/mnt/x/synced-$i")"
done
umount /mnt/x
expect_ok e2fsck -fn /dev/mapper/two >/dev/null

say "under load"
if command -v afar-load >/dev/null; then
	afar-load --log /tmp/load.log --seconds 3 --writers 4 --limit 1024 --fua 10 --flush 10 --zero 10 \
		/dev/mapper/one >/tmp/load.out || fail "afar-load" "status 0" "$(cat /tmp/load.out)"
	flush one
	expect_ok afar-cutcheck --log /tmp/load.log --all --any-order --initial /dev/mapper/m-one /dev/mapper/one >/dev/null
fi

say "a record"
for n in r1 r2 record i1 i2; do
	mkdisk m-$n 8 >/dev/null
done
dmsetup create r1 --table "0 $size afar-crash /dev/mapper/m-r1 r /dev/mapper/m-record"
crash r2 r
expect_fail dmsetup create bad --table "0 $size afar-crash /dev/mapper/m-other2 r /dev/mapper/m-other"
put r1 1 A
flush r1
put r1 1 B dsync	# FUA, and a flush
put r1 2 C
put r2 3 D
flush r2
flush r1
expect_ok message r1 record-end
put r1 4 E
expect_eq "points" "1 0 flush,2 0 fua,3 0 flush,4 1 flush,5 0 flush," \
	"$(afar-powercut points /dev/mapper/m-record | cut -d' ' -f1,3,4 | tr '\n' ,)"
at_point() { # POINT SEED
	expect_ok afar-powercut image /dev/mapper/m-record "$1" "$2" /dev/mapper/m-i1 /dev/mapper/m-i2 >/dev/null
}
record_holds() { # POINT BLOCK-1-OF-r1 BLOCK-2-OF-r1 BLOCK-3-OF-r2
	at_point "$1" 0
	holds "point $1" m-i1 1 "$2"
	holds "point $1" m-i1 2 "$3"
	holds "point $1" m-i2 3 "$4"
	holds "point $1" m-i1 4 .
}
record_holds 4 B . .
record_holds 1 . . .
record_holds 2 A . .
record_holds 3 B . .
record_holds 5 B . D
# a part of what was not flushed, sector by sector, and the same part again
at_point 4 7
seen=$(sum /dev/mapper/m-i1)
holds "a part" m-i1 2 "?"
at_point 1 0
at_point 4 7
expect_eq "the same seed" "$seen" "$(sum /dev/mapper/m-i1)"
expect_fail --saying 'not so many points' afar-powercut image /dev/mapper/m-record 6 0 /dev/mapper/m-i1 /dev/mapper/m-i2
expect_fail --saying 'more devices' afar-powercut image /dev/mapper/m-record 5 0 /dev/mapper/m-i1
expect_fail --saying 'no record' afar-powercut points /dev/mapper/m-r1
dmsetup remove r2
dmsetup remove r1

say "refusals"
for bad in "16384 afar-crash /dev/mapper/m-other" "16383 afar-crash /dev/mapper/m-other x" \
	"16392 afar-crash /dev/mapper/m-other x" "8 afar-crash /dev/mapper/none x"; do
	expect_fail dmsetup create bad --table "0 $bad"
done
for bad in "arm" "arm flush" "arm flush 0" "arm fish 1" "powerloss x" "restore now" "arm off 1 2 3"; do
	# shellcheck disable=SC2086  # words are wanted
	expect_fail message one $bad
done

dmsetup remove one
dmsetup remove two
seen=$(leaks dm_afar_crash) || fail "kmemleak" "no leak of dm_afar_crash" "$seen"
expect_ok rmmod dm_afar_crash
