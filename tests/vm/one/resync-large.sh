# shellcheck shell=dash
# A resync set that is larger than what a commit holds in memory: all of it is verified, then it is written in
# parts. Power that is lost in the middle, a suspend that does not wait for its end, a payload that is damaged.
# limit: 240

. /afar/guest/crash.sh
CRASHES=b MB=48 JOURNAL_MB=80 OPTIONS="timeout_ms 1000 stage_memory 4194304"
load_crash
pair_up
work /dev/mapper/a0 --size=2m
work /dev/mapper/a1 --size=2m
catch_up
old=$(sum /dev/mapper/o0b) old1=$(sum /dev/mapper/o1b)
expect_old_cut() { # WHEN
	expect_eq "volume 0 of the peer, $1" "$old" "$(sum /dev/mapper/o0b)"
	expect_eq "volume 1 of the peer, $1" "$old1" "$(sum /dev/mapper/o1b)"
}
rot() { dd of=/dev/mapper/jb bs=4096 count=1 seek=$((start + at)) oflag=direct conv=notrunc status=none "$@"; }

# all of it in the peer's journal, and nothing committed
expect_ok msg gb hold
wait_fact gb state hold 10
cut_link
work /dev/mapper/a0 --rw=write --bs=256k --size=24m
work /dev/mapper/a1 --rw=write --bs=256k --size=16m
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
# a peer that is held would not commit the whole sets that the journal holds: they are given up
expect_ok msg ga resync
work_begin /dev/mapper/a1 --size=4m --rate_iops=150
heal_link
wait_for 60 '_at=$(fact gb replicated_set); [ "${_at%:*}" = 2 ] && [ "${_at#*:}" -ge 1 ]' 'the set is there' 'status ga; status gb; dmesg | tail -20'
work_end
expect_old_cut "held"
cut_link
for i in 1 2; do
	expect_ok node_down b
	[ $i != 1 ] || expect_ok node_up b
done


# verified as a whole, before anything of it is written
afar-journal dump /dev/mapper/jb >/tmp/test/dump || fail "the dump" "" "$(tail -5 /tmp/test/dump)"
start=$(afar-journal info /dev/mapper/jb | sed -n 's/^ring *at \([0-9]*\),.*/\1/p')
at=$(awk '/^[0-9]+: / { at = $1 + 0 } /^  write / && $3 == 1 { last = at + 1 } END { print last }' /tmp/test/dump)
[ -n "$at" ] || fail "the dump" "a write of set 1" "$(tail -20 /tmp/test/dump)"
dd if=/dev/mapper/jb of=/tmp/test/good bs=4096 count=1 skip=$((start + at)) iflag=direct 2>/dev/null
rot if=/dev/urandom
expect_ok node_up b
expect_ok msg gb release
wait_fact gb state journal-damaged 30
expect_old_cut "with a set that is damaged"
expect_ok node_down b
rot if=/tmp/test/good

# a suspend gets its turn: each part takes three seconds
modprobe dm_delay 2>/dev/null || true
swap() { dmsetup reload "$1" --table "$2" && dmsetup suspend "$1" && dmsetup resume "$1"; }
len=$(sectors /dev/mapper/o0b)
for v in 0 1; do
	expect_ok dmsetup rename o${v}b p${v}b
	expect_ok dmsetup create o${v}b --table "0 $len delay /dev/mapper/p${v}b 0 0 /dev/mapper/p${v}b 0 3000"
done
expect_ok node_up b
# whether the run ends first or not: a suspend takes no longer than a part
expect_ok timeout $((20 * SLOW)) dmsetup suspend b0
expect_ok dmsetup resume b0
usleep 500000
expect_ok timeout $((20 * SLOW)) dmsetup suspend gb
expect_ok dmsetup resume gb

# power goes, at the first part and later
for delay in 100000 4000000; do
	usleep $delay
	power b powerloss >/dev/null
	expect_ok take_down b
	power b restore
	expect_ok node_up b
done
for v in 0 1; do
	expect_ok swap o${v}b "0 $len linear /dev/mapper/p${v}b 0"
done
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
catch_up
expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0"
expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1"
