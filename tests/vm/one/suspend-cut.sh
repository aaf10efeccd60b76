# shellcheck shell=dash
# With the link cut, neither a suspend nor a removal waits for the network.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 20000"
pair_up
work /dev/mapper/a0 --size=1m
cut_link
work /dev/mapper/a0 --size=8m --rw=write --bs=256k
quick() { # COMMAND...
	before=$(now_ms)
	expect_ok "$@"
	ms=$(($(now_ms) - before))
	echo "$*: $ms ms"
	[ $ms -lt $((5000 * SLOW)) ] || fail "$*" "done at once" "$ms ms"
}
quick dmsetup suspend ga
quick dmsetup resume ga
sleep 2
# now it dials somebody who does not answer
quick dmsetup suspend ga
quick dmsetup resume ga
sleep 2
quick node_down a
quick node_down b
