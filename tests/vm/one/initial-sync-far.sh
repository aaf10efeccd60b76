# shellcheck shell=dash
# An initial sync over a long way, and a primary that is started again in the middle of it: from the first set on the
# peer knows that it is at no cut, until it has everything; a term that ends early takes nothing for granted.

. /afar/guest/afar.sh
MB=24 JOURNAL_MB=16 OPTIONS="timeout_ms 5000 lanes 4 resync_rate $((1048576 / SLOW))"
two_namespaces
load_afar
for n in a b; do
	make_disks $n
	dd if=/dev/urandom of="$(origin $n 0)" bs=1M count=$MB oflag=direct 2>/dev/null
	expect_ok node_up $n
done
path_netem eth0 delay 100ms
expect_ok msg ga promote
work_begin /dev/mapper/a0 --size=16m --rate_iops=100
watch() { # SETS: the peer's state as it commits them
	_until=$(($(set_of "$(fact gb committed_set)") + $1))
	while [ "$(set_of "$(fact gb committed_set)")" -lt $_until ]; do
		case $(fact gb state) in
		no-cut | fresh) ;;
		*) [ "$(fact ga state)" = ok ] || fail "state of the peer" no-cut "$(status gb), $(status ga)" ;;
		esac
	done
}
wait_for 20 '[ "$(fact gb role)$(fact gb term | cut -d" " -f1)" = secondary1 ]' 'the peer follows' 'status ga; status gb'
watch 8
expect_fail msg gb promote force
refused "hold: there is no cut" msg gb hold
work_end
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
wait_for 20 '[ "$(fact gb term | cut -d" " -f1)" = 2 ]' 'the peer follows again' 'status ga; status gb'
expect_eq "state of the peer" no-cut "$(fact gb state)"
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the initial sync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the initial sync"
expect_eq "state of the peer" ok "$(fact gb state)"
