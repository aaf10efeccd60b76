# shellcheck shell=dash
# Both nodes lose their power at the same instant, at each flush of a recorded planned switch: one of them goes on
# with all that was completed, the other follows, and what demote and promote had said is still so.
# limit: 400
#
# With RULE set a step is left out (rule.sh), and one of the flushes must show it.

ROUNDS=0
. /afar/one/switch-killed.sh
. /afar/guest/record.sh

CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="$FAST set_interval_ms 60"
JOURNAL_MB=16

record_switch() {
	fresh_pair
	[ -z "${RULE:-}" ] || rule_off "$RULE"
	kills_load --rate 400 --writes 100
	wait "$load" || fail "afar-load" "success" "$(cat /tmp/test/load.out)"
	flush a
	point_now; begun=$point
	expect_ok msg ga demote
	point_now; demoted=$point
	expect_ok msg gb promote
	point_now; promoted=$point
	follows_now() { read_fact a committed_set; [ "$committed_set" = "$_set" ]; }
	dd if=/dev/urandom of=/dev/mapper/b0 bs=4k count=8 oflag=direct conv=notrunc,fdatasync status=none
	_set=$(msg gb close)
	wait_for 20 follows_now "set $_set committed on a" 'dm status ga gb'
	wait_for 10 '[ "$(fact gb state)" = ok ]' 'b is primary' 'dm status ga gb'
	point_now; end=$point
	expect_ok power a record-end
	expect_ok take_down a
	expect_ok take_down b
	say "points: demote from $begun on, promote from $demoted on, writes from $promoted to $end"
}

expect_switch() {
	outcomes=
	point=$begun
	while [ $((point += 1)) -le "$end" ]; do
		site_up $point
		go_on
		if [ $point -gt "$demoted" ] && { [ $NEW = a ] || [ $_why = force ]; }; then
			fail "point $point: who goes on after demote" "b, without force" "$NEW, $_why"
		fi
		[ $point -le "$promoted" ] || [ $_why = primary ] || fail "point $point: after promote" "b is primary" "$_why"
		wait_for 60 "[ \"\$(fact g$NEW state)\" = ok ] && [ \"\$(fact g$NEW link)\" = live ]" "point $point: all is well again" \
			'dm status ga gb; dmesg | tail -20'
		if [ $point -le "$promoted" ]; then
			expect_all $NEW
			expect_all $OLD
		fi
		expect_same /dev/mapper/o0a /dev/mapper/o0b "point $point: volume 0"
		expect_same /dev/mapper/o1a /dev/mapper/o1b "point $point: volume 1"
		outcomes="$outcomes $NEW-$_why"
		expect_ok take_down a
		expect_ok take_down b
	done
}

record_switch
if [ -n "${RULE:-}" ]; then
	echo 0 >/sys/module/dm_afar/parameters/rules_off
	fails expect_switch && grep -qE 'who goes on after demote|after promote' /tmp/test/rule.out ||
		fail "rule $RULE left out" "a node that has forgotten its role" "another end: $outcomes"
	exit 0
fi
expect_switch
say "outcomes:$outcomes"
for want in a-primary b-granted b-primary; do
	case $outcomes in
	*$want*) ;;
	*) fail "ways in which it went on" "$want is among them" "$outcomes" ;;
	esac
done
