# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of cuts over four lanes that have nothing in common: a wire for each, of unequal delay, with
# loss, reordering and duplication; wires are cut at random, and the secondary is stopped at random.

# shellcheck source=tests/vm/guest/crash.sh
. /afar/guest/crash.sh

OPTIONS="lanes 4 set_interval_ms 90 set_bytes 262144 timeout_ms 4000"
WIRES="0 1 2 3"

ip_on() { # NODE WIRE
	[ "$1" = a ] && _host=1 || _host=2
	[ "$2" = 0 ] && echo "10.77.0.$_host" || echo "10.8$2.0.$_host"
}

list_of() { # NODE PORT -> addresses of the table line
	for _w in $WIRES; do printf '%s%s:%s' "$([ "$_w" = 0 ] || echo ,)" "$(ip_on "$1" "$_w")" "$2"; done
}

# Instead of crash.sh's.
group_table() { # NODE [PORT]
	# shellcheck disable=SC2086  # words
	set -- "$1" "${2:-7000}" key none $OVERFLOW $OPTIONS
	eval "LINE=\"0 8 afar-group /dev/mapper/j$1 \$LIST_$1 \$LIST_$([ "$1" = a ] && echo b || echo a)\""
	[ "$2" = 7000 ] || LINE="0 8 afar-group /dev/mapper/j$1 $(list_of "$1" "$2") $(list_of "$([ "$1" = a ] && echo b || echo a)" 7000)"
	shift 2
	LINE="$LINE $# $*"
}

lay_wires() {
	for _w in 1 2 3; do
		ip link add eth$_w netns a type veth peer name eth$_w netns b || fail "no veth"
		for _ns in a b; do
			ip -n $_ns addr add "$(ip_on $_ns $_w)/24" dev eth$_w
			ip -n $_ns link set eth$_w up
		done
	done
	for _w in $WIRES; do shape_wire "$_w"; done
	LIST_a=$(list_of a 7000)
	LIST_b=$(list_of b 7000)
}

shape_wire() {
	case $1 in
	0) path_netem eth0 delay 1ms 1ms ;;
	1) path_netem eth1 delay 6ms 4ms loss 1% duplicate 2% reorder 25% 50% ;;
	2) path_netem eth2 delay 20ms 10ms loss 2% duplicate 2% reorder 25% 50% ;;
	3) path_netem eth3 delay 60ms 20ms loss 1% duplicate 5% reorder 10% 50% ;;
	esac
}

# In the background: now this wire, now that one breaks, is silent for a while, or has no carrier.
cut_wires() {
	while :; do
		_w=$(random 4)
		case $(random 3) in
		0) kill_connections a dst "$(ip_on b "$_w")" ;;
		1)
			path_netem "eth$_w" loss 100%
			usleep $(($(random 1500) * 1000))
			shape_wire "$_w"
			;;
		2)
			ip -n b link set "eth$_w" down
			usleep $(($(random 800) * 1000))
			ip -n b link set "eth$_w" up
			;;
		esac
		usleep $(($(random 700) * 1000))
	done
}

cut_wires_begin() {
	cut_wires >/tmp/test/cut-wires.out 2>&1 &
	cutter=$!
}

# Wires are whole afterwards.
cut_wires_end() {
	kill -TERM "$cutter" 2>/dev/null || true
	wait "$cutter" 2>/dev/null || true
	for _w in $WIRES; do
		ip -n b link set "eth$_w" up
		shape_wire "$_w"
	done
}

# Taken down, its power lost at once or at a flush to come, or its group suspended with what was on its way.
# It comes up where nobody dials, so what it holds can be judged; then it goes on.
stop_at_random() { # TIMES
	_stops=0
	while [ $_stops -lt "$1" ]; do
		_stops=$((_stops + 1))
		usleep $(($(random 800) * 1000 * SLOW))
		case $((_stops % 4)) in
		0) dm message jb powerloss $_stops >/dev/null ;;
		1) lose_at flush $((1 + $(random 20))) $_stops ;;
		2) dm suspend gb ;;
		esac
		if [ $((_stops % 4)) != 1 ]; then
			expect_ok take_down b
			[ $((_stops % 4)) != 0 ] || power b restore
		fi
		expect_claims_kept $DEAD_PORT
		expect_cut_when_done b
		# shellcheck disable=SC2154  # read_fact
		say "$_stops: at set $committed_set"
		expect_ok take_down b
		expect_ok node_up b
		expect_session
		find_facts b
		wait_for 30 "read_fact b committed_set; [ \$committed_set != $committed_set ]" "another set" "dm status ga gb"
	done
}

cut_over_lanes() { # TIMES
	two_namespaces
	lay_wires
	load_afar
	load_crash
	make_disks a
	make_disks b
	expect_ok node_up a
	expect_ok node_up b
	expect_ok msg ga promote assume-equal
	wait_live
	load_begin --close-every 100
	cut_wires_begin
	stop_at_random "$1"
	cut_wires_end
	load_end
	catch_up 60
	expect_equal
	look b
	expect_cut b "$term:$committed" --all
	say "duplicates $(fact gb duplicates_total) of $(fact gb commands_total) commands"
}
