# shellcheck shell=dash
# A primary that was stopped cleanly, and then loses its power: what it had completed, and its peer has, is on its
# origins, though nobody had flushed them, for it goes on in the same term without a resync.
# limit: 180

. /afar/guest/return.sh
OPTIONS="$FAST set_interval_ms 60 clear_interval_ms 60000"

stop_and_lose() {
	for _v in 0 1; do
		dd if=/dev/urandom of=/dev/mapper/a$_v bs=64k seek="$1" count=5 oflag=direct conv=notrunc status=none
	done
	catch_up
	wait_for 10 '[ "$(fact ga committed_set)" = "$_set" ]' 'the primary knows' 'status ga'
	_term=$(fact ga term)
	[ -z "${RULE:-}" ] || rule_off "$RULE"
	expect_ok take_down a
	power a powerloss >/dev/null
	power a restore
	expect_ok node_up a
	expect_ok msg ga promote
	expect_eq "term after a clean stop" "$_term" "$(fact ga term)"
	wait_for 20 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' "the peer follows" 'dm status ga gb'
	expect_equal
}

fresh_pair
if [ -n "${RULE:-}" ]; then
	fails stop_and_lose 10 && grep -q 'failed: volume' /tmp/test/rule.out ||
		fail "rule $RULE left out" "origins that differ" "$(grep -A2 '^failed' /tmp/test/rule.out || echo 'they are equal')"
	exit 0
fi
for at in 10 20 30; do
	stop_and_lose $at
done
