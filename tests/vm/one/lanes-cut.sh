# shellcheck shell=dash
# Four lanes over two wires of unequal delay, one of which is cut under load: sets go on being replicated over
# the other at once, long before timeout_ms; the lanes come back by themselves; little is sent twice.

. /afar/guest/afar.sh
MB=32 PATHS=2 OPTIONS="lanes 4 timeout_ms 20000 set_bytes 1048576 chunk_size 65536 clear_interval_ms 20"
pair_up
path_netem eth0 delay 2ms
path_netem eth1 delay 30ms
wait_lanes 4/4
log_mark
work_begin /dev/mapper/a0 --rate_iops=250

for round in 1 2; do
	dup=$(fact gb duplicates_total) commands=$(fact gb commands_total)
	path_netem eth1 loss 100%
	# a lane with nothing on its way is heard of at its next sign of life, after timeout_ms / 4
	wait_for 10 '[ "$(lanes ga)" = 2/4 ]' 'the primary gives up two lanes before timeout_ms' 'status ga; status gb'
	set=$(set_of "$(fact ga replicated_set)")
	wait_for 4 '[ "$(set_of "$(fact ga replicated_set)")" -gt $((set + 5)) ]' 'sets are replicated meanwhile' 'status ga; status gb'
	expect_eq "link" live "$(fact ga link)"
	dup=$(($(fact gb duplicates_total) - dup)) commands=$(($(fact gb commands_total) - commands))
	[ $((dup * 4)) -le $commands ] || fail "duplicates" "a quarter of $commands at most" $dup
	path_netem eth1 delay 30ms
	wait_lanes 4/4 40
done
# the address goes away, and the quick wire
ip -n a addr del $A_IP/24 dev eth0
path_netem eth0 loss 100%
wait_lanes 2/4
set=$(set_of "$(fact ga replicated_set)")
wait_for 4 '[ "$(set_of "$(fact ga replicated_set)")" -gt $((set + 2)) ]' 'sets are replicated over the slow wire' 'status ga; status gb'
ip -n a addr add $A_IP/24 dev eth0
path_netem eth0
wait_lanes 4/4 40
work_end
expect_eq "state" ok "$(fact ga state)"
expect_eq "writes that had to wait" 0 "$(fact ga parks_total)"
expect_eq "sessions that ended" 0 "$(log_since | grep -c 'link: ' || true)"
expect_caught_up
