# shellcheck shell=dash
# A payload that went bad in the journal, late in a set: no origin block is written. Without the verification
# before the first of them, they are.
# limit: 180

. /afar/guest/rule.sh
CRASHES=
load_crash
OPTIONS="set_interval_ms 3600000 set_bytes 0"
pair_up
put() { dd if=/dev/urandom of="/dev/mapper/a$1" bs=4k count=8 seek="$2" oflag=direct 2>/dev/null; }
put 0 0
catch_up

# Staged, and not committed while the volumes are missing.
take_down b
expect_ok group_up b
expect_session
for i in 2 3 4; do
	put 0 $((i * 16))
	put 1 $((i * 16))
done
expect_ok msg ga wait "$(msg ga close)"
expect_eq "replicated" 1:2 "$(fact gb replicated_set)"
expect_eq "committed" 1:1 "$(fact gb committed_set)"
# Once more, so that the superblock promises that all is stable: then replay believes it.
dm remove gb
expect_ok group_up b $DEAD_PORT
dm remove gb
was0=$(sum /dev/mapper/o0b) was1=$(sum /dev/mapper/o1b)

# The first payload block of the last record that has one.
afar-journal dump /dev/mapper/jb >dump
start=$(afar-journal info /dev/mapper/jb | sed -n 's/^ring *at \([0-9]*\),.*/\1/p')
at=$(awk '/^[0-9]+: / { at = $1 + 0 } /^  write / { last = at } END { print last + 1 }' dump)
dd if=/dev/urandom of=/dev/mapper/jb bs=512 count=1 seek=$(((start + at) * 8 + 3)) oflag=direct conv=notrunc 2>/dev/null
dd if=/dev/mapper/jb of=journal bs=1M iflag=direct 2>/dev/null

writes_nothing() {
	expect_ok node_up b $DEAD_PORT
	wait_for 15 'case $(fact gb state) in ok | volumes-missing | commit-failed) [ "$(fact gb committed_set)" = 1:2 ] ;; esac' \
		"the run has ended" "dm status gb"
	expect_eq "volume 0" "$was0" "$(sum /dev/mapper/o0b)"
	expect_eq "volume 1" "$was1" "$(sum /dev/mapper/o1b)"
	expect_eq "state" journal-damaged "$(fact gb state)"
	expect_eq "committed" 1:1 "$(fact gb committed_set)"
}

writes_nothing
say "verified: nothing written"
take_down b
dd if=journal of=/dev/mapper/jb bs=1M oflag=direct conv=notrunc 2>/dev/null
rule_off 6
fails writes_nothing || fail "rule 6 left out" "origins are written" "they are not"
