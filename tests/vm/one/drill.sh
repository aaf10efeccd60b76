# shellcheck shell=dash
# A drill: the secondary is cut off, promoted by force, and written to, while the primary serves on. When they meet
# again the primary loses nothing and waits for nobody; the drill is given up on the other node, and what was
# written by both since then is all that is sent. Also when both have come to the same term counter.
# limit: 240

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"

drill() { # what else happens at a meanwhile
	cut_link
	wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
	expect_ok msg gb promote force
	work /dev/mapper/b0 --rw=write --bs=64k --size=2m --offset=8m
	work /dev/mapper/b1 --rw=write --bs=64k --size=1m
	work /dev/mapper/a0 --rw=write --bs=64k --size=1m --offset=20m
	"$@"
	before=$(sum "$(origin a 0)")
	work_begin /dev/mapper/a1 --rate_iops=100 --size=1m
	heal_link
	split a
	split b
	expect_eq "role in production" primary "$(fact ga role)"
	expect_eq "volume 0 in production" "$before" "$(sum "$(origin a 0)")"
	log_mark
	sent=$(fact ga payload_bytes_total)
	discard b
	wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ]' 'b follows' 'status ga; status gb; dmesg | tail -20'
	work_end
	sent=$((($(fact ga payload_bytes_total) - sent) / 1024))
	say "$sent KiB were sent"
	[ $sent -lt 8192 ] || fail "payload" "what differs: less than 8 MiB of 64" "$sent KiB"
	follows a b "after the drill"
}

same_counter() { # a primary that restarts uncleanly raises its term, too
	expect_ok node_down a
	expect_ok node_up a
	expect_ok msg ga promote
	expect_eq "term counters" "$(fact gb term | cut -d' ' -f1)" "$(fact ga term | cut -d' ' -f1)"
}

pair_up
work /dev/mapper/a0 --size=8m
work /dev/mapper/a1 --size=2m
expect_caught_up
drill true
drill same_counter
