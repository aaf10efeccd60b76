# shellcheck shell=dash
# What a held secondary has staged behind its hold was reported as replicated. A primary that begins another term, after a
# crash or by `resync`, waits for `release`; if it is lost meanwhile, promote force on the secondary serves all of it.
# limit: 180

. /afar/guest/return.sh
OPTIONS="$FAST set_interval_ms 60"

promise() { # CHUNK: behind a hold
	expect_ok msg gb hold
	put a 0 "$1" 4
	put a 1 "$1" 4
	_set=$(msg ga close)
	expect_ok msg ga wait "$_set"
	_cut=$(fact gb committed_set)
}
expect_held() { # WHEN
	wait_for 20 '[ "$(fact ga link)" = held ]' "the link is held, $1" 'dm status ga gb; dmesg | tail -5'
	expect_eq "what the peer has, $1" "$_set" "$(fact gb replicated_set)"
	expect_eq "what it has committed, $1" "$_cut" "$(fact gb committed_set)"
}

fresh_pair
put a 0 0 10
in_sync a b

promise 20
expect_ok msg ga resync
expect_held "after resync"
expect_ok msg gb release
in_sync a b

# the primary has lost its power, goes on, and is lost for good
promise 40
for v in 0 1; do dd if=/dev/mapper/o${v}a of=/tmp/test/promised.$v bs=1M iflag=direct status=none; done
kill_nodes a
heal_link
expect_ok node_up a
expect_ok msg ga promote
expect_held "after a crash"
kill_nodes a
cut_link
expect_ok dm message gb promote force
for v in 0 1; do expect_same /tmp/test/promised.$v /dev/mapper/o${v}b "volume $v, promised"; done
