# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests in which a block of the log goes bad that has a set behind a hold.

# Four sets are staged behind a hold, so what is not committed is known not to have been begun. b is down then, with its
# disks as they are in /tmp/test, the link is cut, and the log alone has the sets. Leaves the second set in $last, what
# the origin is after it in /tmp/test/cut, where the ring begins in $start, and a record of the third in $at, blocks.
# shellcheck disable=SC2034  # start: the tests
stage_four_sets() {
	expect_ok msg gb hold
	wait_fact gb state hold 10
	for i in 1 2 3 4; do
		[ $i != 3 ] || dd if=/dev/mapper/o0a of=/tmp/test/cut bs=1M iflag=direct 2>/dev/null
		work /dev/mapper/a0 --rw=write --bs=16k --size=256k --offset=$((i * 128))k
		set=$(msg ga close)
		expect_ok msg ga wait "$set"
		[ $i != 2 ] || last=$set
	done
	cut_link
	# Once more than needed: then the superblock promises that all of it is stable, and replay believes it.
	for i in 1 2; do
		expect_ok node_down b
		[ $i != 1 ] || expect_ok node_up b
	done
	afar-journal dump /dev/mapper/jb >/tmp/test/dump
	start=$(afar-journal info /dev/mapper/jb | sed -n 's/^ring *at \([0-9]*\),.*/\1/p')
	at=$(awk -v set=$((${last#*:} + 1)) '/^[0-9]+: / { at = $1 + 0 } /^  write / && $3 == set { print at; exit }' /tmp/test/dump)
	[ -n "$at" ] || fail "the dump" "a write of set $((${last#*:} + 1))" "$(tail -20 /tmp/test/dump)"
	keep_disks
}
keep_disks() {
	for dev in jb o0b; do
		dd if=/dev/mapper/$dev of=/tmp/test/$dev bs=1M iflag=direct 2>/dev/null
	done
}
disks_back() {
	for dev in jb o0b; do
		dd if=/tmp/test/$dev of=/dev/mapper/$dev bs=1M oflag=direct conv=notrunc 2>/dev/null
	done
}
