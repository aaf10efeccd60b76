# shellcheck shell=dash
# Peers that connect and say nothing do not keep the proper one out.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
pair_up
log_mark
for i in $(seq 40); do
	play silent 30 >/dev/null 2>&1 &
	usleep 20000
done
sleep 1
# whoever has been sent away is named, now and then
wait_for 10 "log_since | grep -q 'gb: connection from 10.77.0.*: closed before it has proven the key'" 'a line in the log' 'dmesg | tail'
lines=$(log_since | grep -c 'before it has proven the key')
[ "$lines" -le 10 ] || fail "lines in the log" "10 in five minutes" "$lines"
work /dev/mapper/a0 --size=1m
kill_connections a "dport = :7000"
wait_live 30
expect_caught_up
wait
