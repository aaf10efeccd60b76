# shellcheck shell=dash
# The link is cut silently, cut by its carrier, reset, delayed, lossy and out of order, under load: what was
# written arrives, whole.

. /afar/guest/afar.sh
VOLUMES=2 MB=16 OPTIONS="timeout_ms 1000 set_bytes 1048576"
pair_up
work_begin /dev/mapper/a0 --rate_iops=300
work_begin /dev/mapper/a1 --bsrange=4k-128k --blockalign=4k --rate_iops=30
cut_link
wait_for 20 '[ "$(fact ga link)" != live ] && [ "$(fact gb link)" != live ]' 'both see that the link is cut' 'status ga; status gb'
heal_link
wait_live 30
cut_link down
usleep 300000
heal_link
wait_live 30
for i in 1 2 3 4 5; do
	usleep 200000
	kill_connections a "dport = :7000"
done
wait_live 30
netem delay 20ms 15ms loss 2% reorder 25% 50%
sleep 3
netem
wait_live 30
work_end
expect_eq "state" ok "$(fact ga state)"
expect_caught_up
