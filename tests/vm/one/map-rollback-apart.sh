# shellcheck shell=dash
# A primary that was stopped cleanly is put back to that time, journal and origins, promoted while its peer is out of
# reach, and written to: it has given out as many numbers, and set as many bits, as the peer knows of by the time they
# meet. They are others, and it is refused.
# limit: 120

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=16 OPTIONS="chunk_size 65536 set_interval_ms 50 timeout_ms 1000 clear_interval_ms 600000"

put() { # CHUNK
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4096 count=1 seek=$(($1 * 16)) oflag=direct conv=notrunc 2>/dev/null ||
		fail "write to chunk $1" "success" "an error"
}
zap() { dd if=/dev/zero of="$1" bs=1M count=1 oflag=direct status=none; }
disks() { # if|of: to, or from, files
	for _d in ja o0a; do
		case $1 in
		if) dd if=/dev/mapper/$_d of=/tmp/test/$_d bs=1M iflag=direct status=none ;;
		of) dd if=/tmp/test/$_d of=/dev/mapper/$_d bs=1M oflag=direct conv=fsync status=none ;;
		esac
	done
}
start() {
	expect_ok node_up a
	expect_ok msg ga promote
}

# What the peer has of the time that is taken back, and what is written in its place.
round() { # "CHUNK..." "CHUNK..."
	expect_ok node_down a
	disks if
	start
	wait_live
	for c in $1; do put "$c"; done
	expect_caught_up
	cut=$(fact gb committed_set) image=$(sum "$(origin b 0)")
	expect_ok node_down a
	disks of
	cut_link
	start
	for c in $2; do put "$c"; done
	msg ga close >/dev/null
	heal_link
	for g in ga gb; do wait_fact $g link split-brain 20; done
	expect_eq "cut of the peer" "$cut" "$(fact gb committed_set)"
	expect_eq "image of the peer" "$image" "$(sum "$(origin b 0)")"
}

pair_up
put 1
put 2
expect_caught_up
# bits: those of the peer's time are not there, others are
round "3 4" "5 6 7 8 9"

# numbers: no bit was set in the peer's time
expect_ok node_down a
expect_ok node_down b
for d in ja jb; do zap /dev/mapper/$d; done
expect_ok node_up a
expect_ok node_up b
dd if="$(origin a 0)" of="$(origin b 0)" bs=1M iflag=direct oflag=direct status=none
expect_ok msg ga promote assume-equal
wait_live
put 1
put 2
expect_caught_up
round "1 2 1 2" "2 1 2 1 2 1 2 1"
