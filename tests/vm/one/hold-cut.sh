# shellcheck shell=dash
# Under load a secondary stops at the current cut, and later at a set named in advance, exactly; there it
# can be read and does not change, while it goes on receiving. Released, it catches up.
# limit: 180

. /afar/guest/crash.sh

load_crash
OPTIONS="set_interval_ms 60 memory_limit 16777216"
JOURNAL_MB=32
pair_up
find_facts b
load_begin --close-every 200
wait_for 10 'read_fact b committed_set; [ "${committed_set#*:}" -gt 10 ]' 'commits' 'dm status gb'
expect_fail dd if=/dev/mapper/b0 of=/dev/null bs=4k count=1 iflag=direct

# It stays at one cut, which the answer names, whatever arrives.
stands() { # SET
	wait_fact gb state hold 10
	expect_eq "held_set" "$1" "$(fact gb held_set)"
	_sums="$(sum /dev/mapper/b0) $(sum /dev/mapper/b1)"
	expect_cut b "$1"
	read_fact b replicated_set
	_from=$replicated_set
	wait_for 10 'read_fact b replicated_set; [ "${replicated_set#*:}" -gt $((${_from#*:} + 5)) ]' 'it goes on receiving' 'dm status gb'
	expect_same /dev/mapper/b0 "$(origin b 0)"
	expect_eq "the held image" "$_sums" "$(sum /dev/mapper/b0) $(sum /dev/mapper/b1)"
	expect_eq "committed" "$1" "$(fact gb committed_set)"
}

held=$(msg gb hold)
stands "$held"
expect_eq "hold, said again" "$held" "$(msg gb hold)"
expect_eq "hold of this set" "$held" "$(msg gb hold "$held")"
refused "past" msg gb hold $((${held#*:} - 1))
# never written to, not through the page cache either
expect_fail dd if=/dev/zero of=/dev/mapper/b0 bs=4k count=1 oflag=direct conv=notrunc
blockdev --setrw /dev/mapper/b0
expect_fail dd if=/dev/zero of=/dev/mapper/b0 bs=4k count=1 oflag=direct conv=notrunc
# what is cached of this image must not be seen in the next one
cat /dev/mapper/b0 >/dev/null

# a hold that is reached moves on to a set that is yet to come
read_fact b replicated_set
named=${held%:*}:$((${replicated_set#*:} + 20))
exec 9</dev/mapper/b0
refused "volume 0 \(dm-[0-9]+\) is open" msg gb hold "$named"
expect_eq "state" hold "$(fact gb state)"
exec 9<&-
expect_eq "hold of a set to come" "$named" "$(msg gb hold "$named")"
stands "$named"
dd if=/dev/mapper/b0 of=/tmp/test/cached bs=1M 2>/dev/null
expect_same /tmp/test/cached "$(origin b 0)" "what is read through the page cache"
rm /tmp/test/cached

expect_ok msg gb release
expect_ok msg gb release
expect_eq "held_set" none "$(fact gb held_set)"
wait_fact gb state ok 10
expect_fail dd if=/dev/mapper/b0 of=/dev/null bs=4k count=1 iflag=direct
# one that is on the way can be called off, and be brought forward
far=${held%:*}:$((${named#*:} + 100000))
expect_eq "hold of a far set" "$far" "$(msg gb hold "$far")"
expect_eq "state" holding "$(fact gb state)"
expect_fail dd if=/dev/mapper/b0 of=/dev/null bs=4k count=1 iflag=direct
stands "$(msg gb hold)"
expect_ok msg gb release
load_end
expect_caught_up
look b
expect_cut b "$term:$committed" --all
