# shellcheck shell=dash
# A-B-A: during a resync a chunk gets B under a number, then A again without one, for there is no room. It looks
# equal to what the peer has, which will get the B. So what a number has touched is sent, however it looks (R7).
# limit: 240

. /afar/guest/rule.sh
CRASHES=
MB=48 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 65536"

put() { # FILE: what chunk 40 of a0 becomes
	dd if="$1" of=/dev/mapper/a0 bs=64k count=1 seek=40 oflag=direct status=none
}

begin() {
	pair_up 16 192
	for x in A B; do
		dd if=/dev/urandom of=/tmp/$x bs=64k count=1 status=none
	done
}

# A resync goes on when this returns.
resync_begun() {
	put /tmp/A
	expect_caught_up
	# the bit of chunk 40 goes, so that it is on no scan list
	knob ga clear_interval_ms 10
	work /dev/mapper/a0 --size=64k
	wait_for 20 '[ "$(fact ga chunks_dirty)" = 0 ]' 'no bit is set' 'status ga'
	cut_link
	work /dev/mapper/a0 --rw=write --bs=64k --size=30m --offset=4m
	expect_eq "state" overflow "$(fact ga state)"
	knob ga resync_rate 1048576
	heal_link
	wait_for 30 '[ "$(fact ga resync_done)" -gt 8 ]' 'the resync goes on' 'status ga; status gb'
	knob ga resync_rate 65536
}

a_b_a() { # ROUNDS
	for round in $(seq "$1"); do
		resync_begun
		shipped=$(fact ga shipped_total)
		put /tmp/B
		wait_for 10 '[ "$(fact ga shipped_total)" -gt '"$shipped"' ]' 'B is shipped' 'status ga'
		cut_link
		work /dev/mapper/a0 --rw=write --bs=64k --size=8m --offset=40m --loops=4
		put /tmp/A
		knob ga resync_rate 0
		heal_link
		wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
		say "round $round"
		expect_caught_up "round $round"
	done
}

begin
a_b_a 1
rule_off 14
fails a_b_a 3 || fail "rule 14 left out" "origins that differ" "they do not"
grep -q '^failed: round' /tmp/test/rule.out || fail "rule 14 left out" "origins that differ" "$(cat /tmp/test/rule.out)"
