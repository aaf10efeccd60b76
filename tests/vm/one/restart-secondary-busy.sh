# shellcheck shell=dash
# A secondary goes away and comes back, again and again, while the primary is written to.

. /afar/guest/afar.sh
VOLUMES=2 MB=16 OPTIONS="set_bytes 262144 timeout_ms 2000"
pair_up
work_begin /dev/mapper/a0 --rate_iops=400
work_begin /dev/mapper/a1 --rw=write --bs=64k --rate_iops=20
for round in 1 2 3; do
	usleep 300000
	expect_ok node_down b
	usleep 200000
	expect_ok node_up b
	wait_live 30
done
work_end
expect_caught_up
wait_fact ga state ok 10
