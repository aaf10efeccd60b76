# shellcheck shell=dash
# A primary whose journal is put back to an earlier time is refused, be it after a clean stop or a crash:
# what it has written since has no bits there, and its numbers would be given out again.
# limit: 180

. /afar/guest/afar.sh
. /afar/guest/roles.sh
MB=16 JOURNAL_MB=16 OPTIONS="chunk_size 65536 set_interval_ms 50 timeout_ms 1000"
pair_up

put() { # CHUNK
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4096 count=1 seek=$(($1 * 16)) oflag=direct conv=notrunc 2>/dev/null ||
		fail "write to chunk $1" "success" "an error"
}
keep() { # NAME
	dd if=/dev/mapper/ja of="/tmp/test/$1" bs=1M iflag=direct 2>/dev/null
}
put_back() { # NAME
	expect_ok node_down a
	dd if="/tmp/test/$1" of=/dev/mapper/ja bs=1M oflag=direct conv=fsync 2>/dev/null
	expect_ok node_up a
	expect_ok msg ga promote
}

put 1
expect_caught_up
keep live
expect_ok node_down a
keep clean
expect_ok node_up a
expect_ok msg ga promote
expect_eq "state" ok "$(fact ga state)"
wait_live
put 2
expect_caught_up
cut=$(fact gb committed_set) image=$(sum "$(origin b 0)")

refused_as_split() { # WHEN
	wait_fact ga link split-brain 20
	wait_fact gb link split-brain 20
	expect_eq "cut of the peer, $1" "$cut" "$(fact gb committed_set)"
	expect_eq "image of the peer, $1" "$image" "$(sum "$(origin b 0)")"
}

put_back clean
refused_as_split "the journal of a clean stop is back"
# what is written now has bits again, and numbers: the peer is not made to forget what it has
for i in $(seq 3 40); do put $i; done
sleep 3
refused_as_split "and it is written to"
expect_ok node_down b
expect_ok node_up b
refused_as_split "and the secondary has been restarted"
put_back live
refused_as_split "the journal of a live group is back"
# the secondary has not forgotten it after a restart
expect_ok node_down b
expect_ok node_up b
refused_as_split "after a restart of the secondary"

# and serves, if it is told to: the one that was put back gives in, and may be primary again
expect_ok msg gb promote force
expect_ok work /dev/mapper/b0 --size=1m
log_mark
discard a
follows b a "the one that was put back follows"
switch_over b a
