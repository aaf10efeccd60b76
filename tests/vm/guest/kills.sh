# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that take a node down, or both, at a random moment of a state: with its power it loses what was not
# flushed. The secondary must hold exactly the cut that it names, which is not older than the last one that the
# primary heard of; and after all is up again both nodes must come to be equal by themselves.
#
# Each round begins with a new pair: what the primary lost with its power is no part of the next log.

# shellcheck source=tests/vm/guest/crash.sh
. /afar/guest/crash.sh

CRASHES="a b"
JOURNAL_MB=32	# a resync of all that may differ is one set

# From left to right: what the group needs, how fast writes come, and what leads into the state.
state_normal() {
	OPTIONS="$FAST set_interval_ms 60"
	kills_pair
	kills_load --rate 150
}

state_spooling() {
	OPTIONS="$FAST set_interval_ms 60 memory_limit 4194304"
	kills_pair
	netem rate 8mbit
	kills_load --rate 300 --sizes 4-16
	wait_state spooling
}

state_overflow() {
	OVERFLOW='' OPTIONS="$FAST set_interval_ms 60 memory_limit 4194304"
	kills_pair
	netem rate 2mbit
	kills_load --rate 1200 --sizes 8-16
	wait_state overflow
}

# The primary has been down once already: its peer is getting a resync set.
state_resync() {
	OPTIONS="$FAST set_interval_ms 60 resync_rate 262144"
	kills_pair
	kills_load --rate 200
	usleep 500000
	cut_link
	usleep $(($(random 500) * 1000))
	kill_nodes a
	# the state of the disk, and what is written from now on
	for _v in $(volumes); do
		dd if="$(origin a "$_v")" of="/tmp/test/initial.$_v" bs=1M iflag=direct status=none
	done
	INITIAL=1
	expect_ok node_up a
	expect_ok msg ga promote
	kills_load --rate 60
	heal_link
	wait_for 30 '[ "$(fact ga resync_done)" -ge 2 ]' 'the resync goes on' 'dm status ga gb'
}

FAST="timeout_ms 1000 chunk_size 65536"

wait_state() { # STATE
	wait_for 40 "[ \"\$(fact ga state)\" = $1 ]" "state $1" 'dm status ga gb'
}

kills_pair() {
	INITIAL=
	# what the last one was told of its network
	[ -z "${FRESH_DISKS:-}" ] || netem
	fresh_pair
}

kills_load() { # afar-load OPTION...
	rm -f $LOG
	nice -n 10 afar-load --log $LOG --keep-going --writers 4 --area 96 --zero 4 --fua 2 --flush 2 \
		--chunk 65536 --sizes 1-4:90,5-16:10 "$@" \
		/dev/mapper/a0 /dev/mapper/a1 >/tmp/test/load.out 2>&1 &
	load=$!
	wait_for 10 "[ -s $LOG ]" "afar-load writes" "cat /tmp/test/load.out"
}

kills_load_end() {
	[ -n "$load" ] || return 0
	kill -TERM "$load" 2>/dev/null || true
	wait "$load" || true
}

# Power goes at a moment that nobody has chosen.
kill_nodes() { # NODE...
	for _n; do
		power "$_n" powerloss "$(random 1000)" >/dev/null
	done
	case "$*" in *a*)
		# with its power goes its network
		cut_link
		kills_load_end ;;
	esac
	for _n; do
		# what is on its way fails; there may be much of it
		expect_ok take_down "$_n"
		power "$_n" restore
	done
}

# b comes to a cut that is not before one that it had. Leaves its status as `look` does.
expect_not_back() { # TERM:SET
	wait_for 20 "read_fact b committed_set; read_fact b replicated_set; [ \$committed_set = \$replicated_set ]" \
		"all complete sets are committed" "dm status gb"
	look b
	[ "$term" -gt "${1%:*}" ] || [ "$committed" -ge "${1#*:}" ] ||
		fail "the peer's cut" "not before $1" "$term:$committed"
}

# The origins of b are one cut of what a has written: that of set SET, where it is one of this log.
expect_kept() { # TERM SET
	# what was on its way when the primary went down may be there in part
	# shellcheck disable=SC2046  # words
	_seen=$(afar-cutcheck --log $LOG --primary-crashed \
		$([ -z "$INITIAL" ] || for _v in $(volumes); do echo "--initial /tmp/test/initial.$_v"; done) \
		$(for _v in $(volumes); do origin b "$_v"; done) 2>&1) ||
		fail "origins of b" "a cut of what was written, at $1:$2" "$_seen"
}

# One round. In the resync the old cut is that of a log that is gone: only that nothing moved is seen.
kill_in() { # STATE NODE...
	_state=$1
	shift
	"state_$_state"
	usleep $(($(random 800) * 1000))
	look b
	_before=$term:$committed _was=$(sum /dev/mapper/o0b)
	kill_nodes "$@"
	case "$*" in
	a) ;;
	*) # b comes up with what it had shown
		expect_ok node_up b $DEAD_PORT
		find_facts b ;;
	esac
	expect_not_back "$_before"
	if [ "$_state" != resync ]; then
		expect_kept "$term" "$committed"
	elif [ "$committed" = 0 ]; then
		expect_eq "the old cut of the peer" "$_was" "$(sum /dev/mapper/o0b)"
	else
		expect_kept "$term" "$committed"
	fi
	case "$*" in *b*)
		expect_ok take_down b
		expect_ok node_up b ;;
	esac
	case "$*" in *a*)
		expect_ok node_up a
		expect_ok msg ga promote ;;
	esac
	netem
	heal_link
	knob ga resync_rate 0
	case "$*" in *a*) ;; *) kills_load_end ;; esac
	wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is well again' \
		'dm status ga gb; dmesg | tail -20'
	catch_up 40
	expect_same /dev/mapper/o0a /dev/mapper/o0b "volume 0"
	expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1"
	say "$_state, $*: $_before, then $term:$committed"
	expect_ok take_down a
	expect_ok take_down b
}

kills() { # STATE A-TIMES B-TIMES BOTH-TIMES
	for _i in $(seq "$2"); do kill_in "$1" a; done
	for _i in $(seq "$3"); do kill_in "$1" b; done
	for _i in $(seq "$4"); do kill_in "$1" a b; done
}
