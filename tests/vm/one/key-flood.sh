# shellcheck shell=dash
# Connections that cannot prove the key, from many addresses and from the peer's own, do not disturb a live
# session, and do not keep the peer out for long when it comes back; memory and log lines stay bounded.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms $((4000 * SLOW))"
pair_up
log_mark
flood() { # ADDRESS PLAY
	while [ ! -e $AFAR_STATE/enough ]; do
		AFAR_KEY=$SECRET AFAR_FROM=$1 in_a afar-peer primary $B_IP 7000 $((MB * 2048)) "$2" 2 >/dev/null 2>&1 || true
	done
}
for i in 1 2 3 4 5 6; do ip -n a addr add 10.77.0.$((50 + i))/24 dev eth0; done
i=0
for p in garbage wrong_key silent challenge_only no_proof hello_first; do
	i=$((i + 1))
	flood 10.77.0.$((50 + i)) $p &
done
flood $A_IP silent &
flood $A_IP challenge_only &
work_begin /dev/mapper/a0 --rate_iops=100
for i in 1 2 3 4 5; do
	set=$(set_of "$(fact ga replicated_set)")
	wait_for 10 '[ "$(set_of "$(fact ga replicated_set)")" -gt $((set + 3)) ]' 'sets are replicated' 'status ga; status gb'
done
expect_eq "lanes that were closed" 0 "$(log_since | grep -c 'lane .* closed' || true)"
expect_eq "link of a" live "$(fact ga link)"
expect_eq "link of b" live "$(fact gb link)"
kill_connections a "dport = :7000"
wait_live 30
: >$AFAR_STATE/enough
wait_lanes 2/2 40
work_end
wait
[ "$(log_since | grep -c 'afar: gb')" -lt 60 ] || fail "lines in the log" "few" "$(log_since | tail -60)"
expect_eq "state" ok "$(fact ga state)"
expect_caught_up
