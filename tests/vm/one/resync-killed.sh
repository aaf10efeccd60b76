# shellcheck shell=dash
# Power is lost on either node in the middle of a resync: until the set is committed the secondary is at its old
# cut, on both volumes, whatever arrived; then at the new one.
# limit: 180

. /afar/guest/crash.sh
CRASHES="a b" MB=8 OPTIONS="timeout_ms 1000 chunk_size 65536 resync_rate 131072"
load_crash
pair_up
work /dev/mapper/a0 --size=2m
work /dev/mapper/a1 --size=2m
catch_up
old=$(sum /dev/mapper/o0b) old1=$(sum /dev/mapper/o1b)

lose() { # NODE
	power "$1" powerloss >/dev/null
	expect_ok take_down "$1"
	power "$1" restore
}
expect_old_cut() { # WHEN
	expect_eq "volume 0 of the peer, $1" "$old" "$(sum /dev/mapper/o0b)"
	expect_eq "volume 1 of the peer, $1" "$old1" "$(sum /dev/mapper/o1b)"
}
begin() { # the primary comes back, and reads slowly
	expect_ok node_up a
	expect_ok msg ga promote
}

cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
work /dev/mapper/a1 --rw=write --bs=64k --size=1m
lose a
begin
heal_link
wait_for 20 '[ "$(fact ga resync_done)" -ge 4 ]' 'the resync gets on' 'status ga; status gb'
total=$(fact ga resync_total)
[ "$total" -ge 16 ] || fail "chunks" ">= 16" "$total"
expect_old_cut "in the middle"

lose b
expect_ok node_up b
wait_live 20
expect_old_cut "after a loss of its power"
expect_eq "the resync goes on" resync "$(fact ga state)"

lose a
expect_old_cut "after the primary's"
begin
wait_for 20 '[ "$(fact ga resync_done)" -ge 4 ]' 'another resync gets on' 'status ga; status gb'
expect_eq "term" 3 "$(fact gb term | cut -d' ' -f1)"
# both, at once
power a powerloss >/dev/null
lose b
lose a
expect_old_cut "after both"
expect_ok node_up b
begin
expect_old_cut "with another term"
knob ga resync_rate 0
wait_for 40 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb'
catch_up
expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0"
expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1"
lose b
expect_ok node_up b
wait_live 20
expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0 after another loss of power"
expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1 after another loss of power"
