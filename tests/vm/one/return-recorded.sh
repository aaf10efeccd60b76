# shellcheck shell=dash
# Both nodes lose their power at the same instant, at flushes all over a recorded failover, split brain and return: the
# same commands, said again, lead to the same end, and nothing that the new primary had completed is lost.
# limit: 400

. /afar/guest/kills.sh
. /afar/guest/record.sh

CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="$FAST set_interval_ms 60"
JOURNAL_MB=16

# A block of each volume, flushed.
put() { # NODE CHAR BLOCK
	head -c 4096 /dev/zero | tr '\0' "$2" >/tmp/test/block
	for _v in 0 1; do
		dd if=/tmp/test/block of="/dev/mapper/$1$_v" bs=4k seek="$3" oflag=direct conv=notrunc,fdatasync status=none ||
			fail "a write to $1$_v" "success" "failed"
	done
}
expect_block() { # CHAR BLOCK: on both volumes of both nodes
	for _d in o0a o1a o0b o1b; do
		_seen=$(dd if=/dev/mapper/$_d bs=4k skip="$2" count=1 iflag=direct status=none | tr '\0' . | fold -w1 | sort -u | tr -d '\n')
		expect_eq "point $point: block $2 of $_d" "$1" "$_seen"
	done
}
# What an administrator does, in this order, however far it has come: b is to serve, a is to follow.
come_to_serve() {
	if [ "$(fact gb role)" = primary ]; then
		[ "$(fact gb state)" != promote-needed ] || expect_ok msg gb promote
	else
		expect_ok msg gb promote force
	fi
}
come_back() {
	wait_for 30 '[ "$(fact ga role)" = secondary ] || msg ga discard-history 2>/dev/null' 'a gives up its history' 'dm status ga gb'
	wait_for 60 '[ "$(fact gb state)" = ok ] && [ "$(fact ga state)" = ok ] && [ "$(fact gb link)" = live ]' \
		"point $point: all is well again" 'dm status ga gb; dmesg | tail -20'
}

fresh_pair
put a A 1
catch_up
cut_link
put a X 2
point_now; begun=$point
expect_ok msg gb promote force
point_now; promoted=$point
put b B 1
put b C 3
point_now; written=$point
heal_link
come_back
_set=$(msg gb close)
wait_for 20 "read_fact a committed_set; [ \$committed_set = $_set ]" "set $_set committed on a" 'dm status ga gb'
point_now; end=$point
expect_block B 1
expect_block . 2
expect_ok power a record-end
expect_ok take_down a
expect_ok take_down b
say "points: failover from $begun on, writes from $promoted to $written, return to $end"

points=0
point=$begun
while [ $((point += 1)) -le "$end" ]; do
	points=$((points + 1))
	site_up $point
	[ $point -le "$promoted" ] || expect_eq "point $point: role of b after promote" primary "$(fact gb role)"
	come_to_serve
	come_back
	[ $point -gt "$promoted" ] || expect_block A 1
	expect_block . 2
	if [ $point -gt "$written" ]; then
		expect_block B 1
		expect_block C 3
	fi
	expect_same /dev/mapper/o0a /dev/mapper/o0b "point $point: volume 0"
	expect_same /dev/mapper/o1a /dev/mapper/o1b "point $point: volume 1"
	expect_ok take_down a
	expect_ok take_down b
done
[ $points -ge 30 ] || fail "flushes of the run" "30 at least" "$points"
