# shellcheck shell=dash
# While the nodes are apart a volume grows on one of them, and is forgotten on the other. Whoever gives up its history
# then gets all that differs: with a chunk map that went, or was made anew, went what it said.
# limit: 240

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=16 JOURNAL_MB=96 OPTIONS="timeout_ms 1000 chunk_size 65536 clear_interval_ms 50"

fill() { # VOLUME CHUNK COUNT
	dd if=/dev/urandom of="/dev/mapper/$1" bs=64k seek="$2" count="$3" oflag=direct conv=notrunc,fsync status=none ||
		fail "a write to $1"
}
clean() { # GROUP
	wait_for 20 "[ \$(fact $1 chunks_dirty) = 0 ]" "no bit is set" "status $1"
}

pair_up
fill a0 0 64
fill a1 0 64
expect_caught_up
clean ga

# a is lost with something of its own; the volume grows where b serves
cut_link
fill a1 100 20
expect_ok node_down a
expect_ok msg gb promote force
grow_origin b 1 8
expect_ok volume_length b 1 $((24 * 2048))
fill b0 7 3
fill b1 300 10
expect_ok node_up a
heal_link
split a
discard a
wait_for 40 '[ "$(fact ga state)" = volumes-missing ]' 'it wants the longer line' 'status ga; dmesg | tail'
grow_origin a 1 8
expect_ok volume_length a 1 $((24 * 2048))
follows b a "a volume has grown on the other node"
clean gb

# b forgets a volume that it has written to; a was promoted meanwhile
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
expect_ok msg ga promote force
fill a1 10 3
fill b1 200 5
expect_ok dmsetup remove b1
expect_ok msg gb forget 1
fill b0 100 2
heal_link
split a
split b
discard b
wait_for 40 '[ "$(fact gb state)" = volumes-missing ]' 'the forgotten volume is wanted again' 'status gb; dmesg | tail'
expect_ok volume_create b1 /dev/mapper/gb 1 "$(origin b 1)"
follows a b "a volume was forgotten on this node"
