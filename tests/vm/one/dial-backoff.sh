# shellcheck shell=dash
# A primary that finds nobody dials after 0.1 s, then after twice as long each time, up to 8 s, on each lane; a peer
# that is there again waits no longer than that, and after a session that was good it begins anew.
# limit: 180

. /afar/guest/afar.sh
MB=16 LANES=2
OPTIONS="timeout_ms 2000 lanes $LANES"

dials() { # since the namespace was made
	in_a awk '/^Tcp:/ { if (n) { print $n; exit } for (i = 1; i <= NF; i++) if ($i == "ActiveOpens") n = i }' /proc/net/snmp
}

# After 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7 s; who is slow is later.
expect_backing_off() { # WHEN
	_before=$(dials)
	usleep 10000000
	_seen=$(($(dials) - _before))
	[ $_seen -ge $((2 * LANES)) ] && [ $_seen -le $((7 * LANES)) ] ||
		fail "dials in 10 s, $1" "$((2 * LANES)) to $((7 * LANES))" "$_seen"
	echo "$1: $_seen dials in 10 s"
}

pair_up
expect_ok node_down b
expect_backing_off "when the peer has gone"
usleep 10000000
before=$(dials)
usleep 17000000
seen=$(($(dials) - before))
[ $seen -ge $LANES ] && [ $seen -le $((3 * LANES)) ] ||
	fail "dials in 17 s, after some time" "$LANES to $((3 * LANES)), one in 8 s on each lane" "$seen"
expect_ok node_up b
wait_live 12
expect_caught_up
expect_ok node_down b
expect_backing_off "when it has gone once more"
