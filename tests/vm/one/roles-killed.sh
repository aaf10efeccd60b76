# shellcheck shell=dash
# Each step that gives a node its role, or brings one back, is cut short by a loss of power on either node, or both, at
# a random moment: who serves keeps what it has, what was said is said again, and both come to hold the same.
# limit: 400

. /afar/guest/kills.sh
. /afar/guest/roles.sh

SLOWLY=2097152	# bytes a second: a resync takes some seconds
: "${ALL:=first sync failover return comeback verify hold}"

# What was said may have been heard, or not; it is said until it is done.
insist() { # GROUP WORDS...
	wait_for 30 "dm message $* >/tmp/test/said 2>&1" "$*" 'cat /tmp/test/said; dm status ga gb; dmesg | tail'
}

write_some() { # NODE: into both volumes, 2 MiB in all, safe from a loss of its power
	for _v in $(volumes); do
		dd if=/dev/urandom of="/dev/mapper/$1$_v" bs=64k count=16 seek=$(($(random 112))) oflag=direct conv=notrunc,fsync status=none ||
			fail "a write to $1$_v"
	done
}

log_of_load() { # with the power of a goes the end of its log
	kills_load --rate 300
	usleep $((400000 + $(random 600) * 1000))
}

# Nodes lose their power within MS, and come up again.
lose() { # MS NODE...
	usleep $(($(random "$1") * 1000))
	shift
	kill_nodes "$@"
	for _n; do expect_ok node_up "$_n"; done
}

serve() { # NODE: as it did before
	[ "$(fact "g$1" state)" != promote-needed ] || insist "g$1" promote
	knob "g$1" resync_rate 0
}

settled() { # PRIMARY SECONDARY
	wait_for 60 "[ \$(fact g$1 state) = ok ] && [ \$(fact g$2 state) = ok ] && [ \$(fact g$1 link) = live ]" \
		"g$2 follows g$1" 'dm status ga gb; dmesg | tail -20'
	expect_eq "roles" "primary secondary" "$(fact "g$1" role) $(fact "g$2" role)"
	write_some "$1"
	_set=$(msg "g$1" close) || fail "close" "a set" "$_set"
	wait_for 20 "[ \$(fact g$2 committed_set) = $_set ]" "set $_set committed" 'dm status ga gb'
	expect_equal
}

cut_off() { # a has something that nobody else has, and is gone; b serves
	cut_link
	write_some a
	expect_ok take_down a
	insist gb promote force
	write_some b
}

# The first promote.
case_first() {
	OPTIONS=$FAST
	fresh_nodes
	msg ga promote assume-equal >/tmp/test/message 2>&1 &
	lose 200 "$@"
	heal_link
	# what was declared may be forgotten by half: all is compared then
	dm message ga promote assume-equal 2>/dev/null || insist ga promote
	settled a b
}

# The initial sync: no image to go on with until it has ended.
case_sync() {
	OPTIONS="$FAST resync_rate $SLOWLY"
	fresh_nodes
	for _v in $(volumes); do
		dd if=/dev/urandom of="$(origin a "$_v")" bs=1M count=$MB oflag=direct conv=fsync status=none
	done
	insist ga promote
	lose 4000 "$@"
	if [ "$(fact gb state)" = no-cut ]; then
		expect_fail dm message gb promote force
	fi
	heal_link
	serve a
	settled a b
}

# promote force, when the primary is gone: all complete sets, and nothing else.
case_failover() {
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	log_of_load
	kill_nodes a
	look b
	_whole=$replicated
	# with one of its flushes, if there are so many
	power b arm flush $((1 + $(random 6))) 0 >/dev/null
	msg gb promote force >/tmp/test/message 2>&1 || true
	kill_nodes b
	power b arm off >/dev/null
	expect_ok node_up b
	say "$(cat /tmp/test/message) role: $(fact gb role)"
	[ "$(fact gb role)" = primary ] || insist gb promote force
	serve b
	expect_kept 1 "$_whole"
	_image=$(fact gb image_set)
	[ "${_image#*:}" -ge "$_whole" ] || fail "the cut that b goes on from" "1:$_whole at least" "$_image"
	write_some b
	expect_ok node_up a
	heal_link
	split a
	log_mark
	discard a
	settled b a
}

# discard-history, and what comes of it.
case_return() {
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	log_of_load
	kills_load_end
	cut_off
	knob gb resync_rate $SLOWLY
	_served=$(sum "$(origin b 0)") _served1=$(sum "$(origin b 1)")
	expect_ok node_up a
	heal_link
	split a
	insist ga discard-history
	lose 3000 "$@"
	heal_link
	expect_eq "role of who has given up" secondary "$(fact ga role)"
	expect_eq "volume 0 of who serves" "$_served" "$(sum "$(origin b 0)")"
	expect_eq "volume 1 of who serves" "$_served1" "$(sum "$(origin b 1)")"
	serve b
	expect_ok msg ga discard-history
	settled b a
}

# An old primary that was stopped cleanly follows by itself.
case_comeback() {
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	log_of_load
	kills_load_end
	catch_up
	wait_for 20 "[ \$(fact ga committed_set) = $_set ]" "a has heard of it" 'dm status ga gb'
	expect_ok take_down a
	insist gb promote force
	write_some b
	knob gb resync_rate $SLOWLY
	expect_ok node_up a
	lose 2500 "$@"
	heal_link
	serve b
	settled b a
}

# Nothing is called different that is not, however often it begins anew.
case_verify() {
	OPTIONS="$FAST set_interval_ms 60 resync_rate $SLOWLY"
	kills_pair
	log_of_load
	expect_ok msg ga verify
	lose 3000 "$@"
	heal_link
	serve a
	kills_load_end
	settled a b
	knob ga resync_rate 0
	insist ga verify
	wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'dm status ga gb'
	expect_eq "bytes gone through" "$(fact ga verify_total)" "$(fact ga verify_done)"
	expect_eq "not compared" "0 0" "$(fact ga verify_busy) $(fact ga verify_unknown)"
	expect_eq "blocks that differ" 0 "$(fact ga verify_found)"
	expect_eq "ever" 0 "$(fact ga verify_different_total)"
}

# A hold outlives all of it.
case_hold() {
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	log_of_load
	insist gb hold
	wait_for 20 '[ "$(fact gb state)" = hold ]' 'b is held' 'dm status gb'
	_held=$(fact gb held_set) _image=$(sum "$(origin b 0)")
	lose 800 "$@"
	expect_eq "where b is held" "$_held" "$(fact gb held_set)"
	wait_fact gb state hold 20
	expect_eq "what b holds" "$_image" "$(sum "$(origin b 0)")"
	heal_link
	serve a
	kills_load_end
	insist gb release
	settled a b
}

for _round in $(seq "${ROUNDS:-1}"); do
	for _case in $ALL; do
		case $_case$(((_round + $(random 3)) % 3)) in
		failover* | *0) _nodes=b ;;
		*1) _nodes=a ;;
		*2) _nodes="a b" ;;
		esac
		load=
		# shellcheck disable=SC2086  # words
		case_$_case $_nodes
		say "$_case, $_nodes: term $(fact ga term | cut -d' ' -f1)"
		expect_ok take_down a
		expect_ok take_down b
	done
done
