# shellcheck shell=dash
# A planned switch in the middle of which the old primary, the new one, or both lose their power: one of them can
# go on without force wherever a promise to that effect was made, nothing that was completed is lost, and no two
# nodes are primary.
# limit: 300

. /afar/guest/kills.sh

flush() { # NODE
	for _v in $(volumes); do
		dd if=/dev/null of="/dev/mapper/$1$_v" conv=fdatasync,notrunc 2>/dev/null || fail "flush"
	done
}

expect_all() { # NODE
	_seen=$(afar-cutcheck --log $LOG --all /dev/mapper/o0"$1" /dev/mapper/o1"$1" 2>&1) ||
		fail "origins of $1" "all that was completed" "$_seen"
}

# Whoever may, goes on. Sets NEW and OLD, and why it may.
go_on() {
	_why=primary
	if [ "$(fact ga role)" = primary ]; then
		NEW=a OLD=b
		[ "$(fact gb role)" = secondary ] || fail "primaries" "one at most" "two: $(dm status ga gb)"
		[ "$(fact ga state)" != promote-needed ] || expect_ok msg ga promote
	elif [ "$(fact gb role)" = primary ]; then
		NEW=b OLD=a
		[ "$(fact gb state)" != promote-needed ] || expect_ok msg gb promote
	elif [ "$(fact gb granted)" = 1 ]; then
		NEW=b OLD=a _why=granted
		expect_ok msg gb promote
	else
		# it has not heard of it: all is there nevertheless
		NEW=b OLD=a _why=force
		expect_ok msg gb promote force
	fi
}

killed() { # demote|promote NODE...
	_what=$1
	shift
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	kills_load --rate 400 --writes 200
	wait "$load" || fail "afar-load" "success" "$(cat /tmp/test/load.out)"
	flush a
	[ "$_what" != promote ] || expect_ok msg ga demote
	# AT: not at any moment, but with the flush of that number
	[ -z "${AT:-}" ] || for _n; do power "$_n" arm flush "$AT" 0 >/dev/null; done
	if [ "$_what" = demote ]; then
		msg ga demote >/tmp/test/message 2>&1 &
	else
		msg gb promote >/tmp/test/message 2>&1 &
	fi
	_message=$!
	[ -n "${AT:-}" ] && usleep 800000 || usleep $(($(random 250) * 1000))
	kill_nodes "$@"
	wait $_message || true
	[ -z "${AT:-}" ] || for _n; do power "$_n" arm off >/dev/null; done
	for _n; do expect_ok node_up "$_n"; done
	heal_link
	go_on
	wait_for 60 "[ \"\$(fact g$NEW state)\" = ok ] && [ \"\$(fact g$NEW link)\" = live ]" 'all is well again' \
		'dm status ga gb; dmesg | tail -20'
	expect_all $NEW
	expect_all $OLD
	expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0"
	expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1"
	say "$_what, $*${AT:+ at flush $AT}: $(cat /tmp/test/message) $NEW goes on: $_why"
	OUTCOMES="${OUTCOMES:-} $NEW-$_why"
	expect_ok take_down a
	expect_ok take_down b
}

for _round in $(seq "${ROUNDS:-2}"); do
	killed demote a
	killed demote b
	killed demote a b
	killed promote a
	killed promote b
	killed promote a b
done
