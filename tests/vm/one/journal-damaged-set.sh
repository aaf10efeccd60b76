# shellcheck shell=dash
# A payload that is damaged in the log makes its set partial: the sets before it are committed, nothing more is
# taken, and promote force serves the cut before it.
# limit: 180

. /afar/guest/afar.sh
MB=8 JOURNAL_MB=32 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=1m
catch_up

# Staged while held: what is not committed is known not to have been begun, whatever happens.
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

# A payload of the third.
afar-journal dump /dev/mapper/jb >/tmp/test/dump
start=$(afar-journal info /dev/mapper/jb | sed -n 's/^ring *at \([0-9]*\),.*/\1/p')
at=$(awk -v set=$((${last#*:} + 1)) '/^[0-9]+: / { at = $1 + 0 } /^  write / && $3 == set { print at + 1; exit }' /tmp/test/dump)
[ -n "$at" ] || fail "the dump" "a write of set $((${last#*:} + 1))" "$(tail -20 /tmp/test/dump)"
dd if=/dev/urandom of=/dev/mapper/jb bs=512 count=1 seek=$(((start + at) * 8 + 3)) oflag=direct conv=notrunc 2>/dev/null
for dev in jb o0b; do
	dd if=/dev/mapper/$dev of=/tmp/test/$dev bs=1M iflag=direct 2>/dev/null
done

# found when the hold is released: what is before it is committed, and the peer is told
heal_link
expect_ok node_up b
wait_live 20
expect_ok msg gb release
wait_fact gb state journal-damaged 15
wait_fact gb committed_set "$last" 5
work /dev/mapper/a0 --size=64k
wait_fact ga link failed 20
expect_same /tmp/test/cut "$(origin b 0)" "the image is the last set before it"
cut_link
expect_ok msg gb promote force
expect_eq "state" resync-needed "$(fact gb state)"
expect_same /tmp/test/cut "$(origin b 0)" "promoted"
work /dev/mapper/b0 --size=64k
expect_ok node_down b

# found by promote itself
for dev in jb o0b; do
	dd if=/tmp/test/$dev of=/dev/mapper/$dev bs=1M oflag=direct conv=notrunc 2>/dev/null
done
expect_ok node_up b
log_mark
expect_ok msg gb promote force
expect_log "set $((${last#*:} + 1)) is damaged in the log"
expect_eq "role" primary "$(fact gb role)"
expect_same /tmp/test/cut "$(origin b 0)" "promoted at once"
expect_ok node_down b

# Not held, it may have gone down in the middle of a commit of all of them.
for dev in jb o0b; do
	dd if=/tmp/test/$dev of=/dev/mapper/$dev bs=1M oflag=direct conv=notrunc 2>/dev/null
done
expect_ok node_up b
expect_ok msg gb release
expect_ok node_down b
expect_ok node_up b
wait_fact gb state journal-damaged 15
wait_fact gb committed_set "$last" 5
refused "promote: this node has no cut" msg gb promote force
expect_ok msg gb promote force no-cut
expect_eq "role" primary "$(fact gb role)"
