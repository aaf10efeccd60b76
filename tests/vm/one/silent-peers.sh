# shellcheck shell=dash
# Peers that connect and say nothing do not keep the proper one out.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
pair_up
for i in $(seq 40); do
	play silent 30 >/dev/null 2>&1 &
	usleep 20000
done
sleep 1
work /dev/mapper/a0 --size=1m
kill_connections a "dport = :7000"
wait_live 30
expect_caught_up
wait
