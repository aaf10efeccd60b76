# shellcheck shell=dash
# A primary that loses its power in the middle of writes begins a new term; the peer keeps its cut, and
# commands of the old term are never committed, though numbers begin again.
# limit: 180

. /afar/guest/crash.sh

CRASHES="a b"
load_crash
OPTIONS="set_interval_ms 60"
pair_up
load_begin --keep-going
usleep $((2000000 * SLOW))
# The set that is open stays open: its commands arrive, and are never committed.
knob ga set_interval_ms 3600000
knob ga set_bytes 0
kill -TERM $load
wait $load || true
begin_payload=$(fact gb commands_total)
afar-load --log $LOG --writes 40 --sizes 4 --area 64 --writers 1 /dev/mapper/a0 /dev/mapper/a1 >/dev/null
wait_for 20 "[ \$(fact gb commands_total) -ge $((begin_payload + 40)) ]" "40 commands of the open set" "fact gb commands_total"
afar-load --log $LOG --keep-going --sizes 8 --writers 4 --rate 100 /dev/mapper/a0 /dev/mapper/a1 >/dev/null 2>&1 &
load=$!
usleep $(($(random 300) * 1000))
_events=$(dm events ja , message ja arm write $((1 + $(random 20))) 7)
wait_lost a "$_events"
# With its power goes its network: what it does from here on is no part of this.
cut_link
kill -TERM $load
wait $load || true
say "power lost"

look b
cut="$term:$committed"
was=$(sum /dev/mapper/o0b) was1=$(sum /dev/mapper/o1b)
old_term=$term
expect_eq "all complete sets are committed" "$replicated" "$committed"
[ "$committed" -gt 3 ] || fail "sets before the loss" "> 3" "$committed"
expect_cut b "$cut" --primary-crashed

expect_ok take_down a
power a restore
expect_ok node_up a
expect_eq "state before promote" promote-needed "$(fact ga state)"
expect_fail dm message ga close
expect_ok msg ga promote
look a
expect_eq "role" primary "$role"
expect_eq "state" resync-needed "$state"
expect_eq "term" $((old_term + 1)) "$term"
# The same numbers as before, with other payloads: the application goes on.
afar-load --log /tmp/test/log2 --writes 60 --sizes 4 --area 64 --writers 1 /dev/mapper/a0 /dev/mapper/a1 >/dev/null
expect_fail msg ga close

expect_kept() { # WHEN
	look b
	expect_eq "cut of the peer, $1" "$cut" "$term:$committed"
	expect_eq "volume 0 of the peer, $1" "$was" "$(sum /dev/mapper/o0b)"
	expect_eq "volume 1 of the peer, $1" "$was1" "$(sum /dev/mapper/o1b)"
}

expect_kept "with the new term"
power b powerloss 5 >/dev/null
expect_ok take_down b
power b restore
expect_ok node_up b
usleep $((500000 * SLOW))
expect_kept "after a loss of its power"

# A clean restart keeps the term, and what it says.
expect_ok take_down a
expect_ok node_up a
expect_ok msg ga promote
look a
expect_eq "state after another restart" resync-needed "$state"
expect_kept "after another restart of the primary"

# What the peer lacks comes with the new term: too much for one set.
expect_ok dm message ga resync in-place
heal_link
wait_for 40 '[ "$(fact ga state)" = ok ]' "the resync ends" "dm status ga gb"
catch_up
expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0 after the resync"
expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1 after the resync"
