# shellcheck shell=dash
# A sector of the log that cannot be read back holds commits up. While there is a primary that is all; promote force
# takes it for damaged: the sets before it are committed, and that cut is served.
# allow-log: Buffer I/O error|I/O error
# limit: 180

. /afar/guest/afar.sh
. /afar/guest/staged.sh
MB=8 JOURNAL_MB=32 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=1m
catch_up

stage_four_sets
good=$(dmsetup table jb)
len=$(sectors /dev/mapper/jb)
disk=${good#* linear }

unreadable() { # BLOCK of the device, or nothing: all can be read
	_bad=$((${1:-0} * 8))
	echo "$good" >/tmp/test/table
	[ $# = 0 ] || printf '%s\n' "0 $_bad linear $disk" "$_bad 8 error" \
		"$((_bad + 8)) $((len - _bad - 8)) linear ${disk% *} $((${disk#* } + _bad + 8))" >/tmp/test/table
	expect_ok dmsetup reload jb /tmp/test/table
	expect_ok dmsetup suspend jb
	expect_ok dmsetup resume jb
}

# The block is of the third set.
expect_cut_before() { # BLOCK of the ring
	disks_back
	heal_link
	expect_ok node_up b
	wait_live 20
	unreadable $((start + $1))
	expect_fail dd if=/dev/mapper/jb of=/dev/null bs=4k skip=$((start + $1)) count=1 iflag=direct
	log_mark
	expect_ok msg gb release
	wait_fact gb state commit-failed 15
	expect_log 'the log cannot be read back'
	sleep 5
	expect_eq "state, with a primary" commit-failed "$(fact gb state)"
	expect_eq "link" "live" "$(fact gb link)"
	cut_link
	wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
	log_mark
	# on a slow machine what is to be committed first may take more than one promote waits for
	wait_for 40 'msg gb promote force 2>/dev/null' 'promote' 'status gb; dmesg | tail -5'
	expect_log "set $((${last#*:} + 1)) is damaged in the log"
	expect_eq "role" primary "$(fact gb role)"
	expect_same /tmp/test/cut "$(origin b 0)" "promoted"
	work /dev/mapper/b0 --size=64k
	expect_ok node_down b
	unreadable
}

expect_cut_before $((at + 1))	# a payload
expect_cut_before "$at"		# a header: what it was of is known from all else
