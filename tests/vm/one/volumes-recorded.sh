# shellcheck shell=dash
# Both nodes lose their power at the same instant, at each flush of a recorded forget and add of a volume: they agree
# on which volumes there are, what forget and add had said is still so, and the same commands lead to the same end.
# limit: 400

. /afar/guest/kills.sh
. /afar/guest/record.sh

CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="$FAST set_interval_ms 60"
JOURNAL_MB=16

put() { # CHAR BLOCK VOLUME...: a block, flushed
	head -c 4096 /dev/zero | tr '\0' "$1" >/tmp/test/block
	_block=$2
	shift 2
	for _v; do
		dd if=/tmp/test/block of="/dev/mapper/a$_v" bs=4k seek="$_block" oflag=direct conv=notrunc,fdatasync status=none ||
			fail "a write to a$_v" "success" "failed"
	done
}
volume_1() { # NODE
	dm create "${1}1" "0 $((MB * 2048)) afar /dev/mapper/g$1 1 /dev/mapper/o1$1"
}
member() { # NODE -> member|new|forgotten
	dm status "${1}1" | awk '{ print $NF }'
}
both_ok() {
	[ "$(fact ga state) $(fact gb state) $(fact ga link)" = 'ok ok live' ]
}

fresh_pair
put A 1 0 1
catch_up
point_now; begun=$point
expect_ok dm remove a1
expect_ok msg ga forget 1
point_now; forgotten=$point
put B 2 0
catch_up
expect_ok dm remove b1
expect_ok volume_1 a
expect_ok volume_1 b
expect_eq "volume 1, forgotten" "new new" "$(member a) $(member b)"
point_now; again=$point
expect_ok msg ga add 1 assume-equal
point_now; added=$point
put C 3 0 1
catch_up
point_now; end=$point
expect_equal
expect_ok power a record-end
expect_ok take_down a
expect_ok take_down b
say "points: forget from $begun to $forgotten, add from $again to $added, writes to $end"

seen=
point=$begun
while [ $((point += 1)) -le "$end" ]; do
	site_up $point
	now=$(member a)
	if [ $point -gt "$added" ]; then
		expect_eq "point $point: volume 1 after add" member "$now"
	elif [ $point -gt "$forgotten" ] && [ $point -le "$again" ]; then
		expect_eq "point $point: volume 1 after forget" new "$now"
	fi
	expect_ok msg ga promote
	wait_for 60 both_ok "point $point: all is well again" 'dm status ga gb a1 b1; dmesg | tail -20'
	seen="$seen $now-$(member b)"
	# it was attached when its primary forgot it
	[ "$(member b)" != forgotten ] || { expect_ok dm remove b1 && expect_ok volume_1 b; }
	# said once more, whether it is there or not: the origins are equal
	expect_ok msg ga add 1 assume-equal
	put D 4 0 1
	catch_up
	wait_for 20 '[ "$(member a) $(member b)" = "member member" ]' "point $point: volume 1 is there" 'dm status a1 b1'
	expect_same /dev/mapper/o0a /dev/mapper/o0b "point $point: volume 0"
	expect_same /dev/mapper/o1a /dev/mapper/o1b "point $point: volume 1"
	expect_ok take_down a
	expect_ok take_down b
done
say "volume 1 on a and b:$seen"
for want in member-member new-; do
	case $seen in
	*$want*) ;;
	*) fail "what the nodes had kept" "$want is among it" "$seen" ;;
	esac
done
