# shellcheck shell=dash
# A new pair whose origins differ: the first promote names the node whose data counts. The peer gets all of it
# while applications write, is at no cut until then, and cannot be promoted without that word.

. /afar/guest/afar.sh
VOLUMES=2 MB=48 JOURNAL_MB=16 OPTIONS="timeout_ms 5000 resync_rate 4194304"
two_namespaces
load_afar
for n in a b; do
	make_disks $n
	for v in $(volumes); do
		dd if=/dev/urandom of="$(origin $n "$v")" bs=1M count=$MB oflag=direct 2>/dev/null
	done
	expect_ok node_up $n
done
expect_ok msg ga promote
work_begin /dev/mapper/a0 --size=32m --rate_iops=200
wait_fact gb state no-cut 20
expect_fail msg gb promote force
wait_for 20 '[ "$(fact ga resync_done)" -gt 8 ]' 'the resync gets on' 'status ga'
expect_eq "chunks" 96 "$(fact ga resync_total)"
# sets are replicated, and are no cuts
set=$(msg ga close)
expect_eq "in place" 1 "$(fact ga resync_in_place)"
status=0
afar-wait ga "$set" --timeout 2 || status=$?
expect_eq "afar-wait meanwhile" 1 $status
speed=$(fact ga resync_speed)
rate=$(fact ga resync_rate)
[ "$speed" -gt 0 ] && [ "$speed" -le $((2 * rate)) ] || fail "bytes a second" "some, and not twice $rate" "$speed"
expect_eq "time left is told" yes "$([ "$(fact ga resync_left_ms)" -gt 0 ] && echo yes)"
knob ga resync_rate 0
wait_for 90 '[ "$(fact ga state)" = ok ]' 'the initial sync ends' 'status ga; status gb; dmesg | tail -20'
work_end
expect_caught_up "after the initial sync"
expect_eq "state of the peer" ok "$(fact gb state)"
expect_eq "in place" 0 "$(fact ga resync_in_place)"
expect_eq "needed" 0 "$(fact ga resync_needed)"
expect_ok afar-wait ga "$set" --timeout 2
