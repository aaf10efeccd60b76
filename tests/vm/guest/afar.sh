# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of dm-afar in one guest: a pair of nodes, a in namespace a and b in namespace b.
#
#	groups ga, gb; journals ja, jb; volumes a0, a1 ... and b0, b1 ...; origins o0a, o1a ... o0b, o1b ...
#
# Set before pair_up, if others are wanted:
VOLUMES=1	# of each group
MB=32		# of an origin
JOURNAL_MB=32
KIND=brd	# of the origins, see mkdisk; or loop: knows write-zeroes and discards
OPTIONS=	# words of both groups' table lines
OVERFLOW="overflow throttle"	# so that a load, however heavy, is numbered and shipped; empty: the default
PATHS=1		# 2: over two wires, eth0 and eth1

origin() { # NODE VOLUME -> path
	case $KIND in
	brd) echo "/dev/mapper/o$2$1" ;;
	*) cat "$AFAR_STATE/o$2$1" ;;
	esac
}

mkdisk_loop() { # NAME MB -> path
	mkdir -p /tmp/loop
	grep -q ' /tmp/loop ' /proc/mounts || mount -t tmpfs -o size=4g tmpfs /tmp/loop
	modprobe loop 2>/dev/null || true
	fallocate -l "$2M" "/tmp/loop/$1"
	losetup -f --show "/tmp/loop/$1"
}

volumes() { seq 0 $((VOLUMES - 1)); }

make_disks() { # NODE
	mkdisk "j$1" $JOURNAL_MB >/dev/null
	for _v in $(volumes); do
		case $KIND in
		loop) mkdisk_loop "o$_v$1" $MB ;;
		*) mkdisk "o$_v$1" $MB $KIND ;;
		esac >"$AFAR_STATE/o$_v$1"
	done
}

addresses() { # NODE
	case $1$PATHS in
	a1) echo "$A_IP:7000" ;;
	b1) echo "$B_IP:7000" ;;
	a2) echo "$A_IP:7000,$A2_IP:7000" ;;
	b2) echo "$B_IP:7000,$B2_IP:7000" ;;
	esac
}
other() { [ "$1" = a ] && echo b || echo a; }

# The table line of a node's group.
group_line() { # NODE [OPTION...]
	_n=$1
	shift
	# shellcheck disable=SC2086  # words
	[ $# -gt 0 ] || set -- $OVERFLOW $OPTIONS
	echo "0 8 afar-group /dev/mapper/j$_n $(addresses "$_n") $(addresses "$(other "$_n")") $(group_words "$@")"
}

node_group() { # NODE [OPTION...]
	in_ns "$1" dmsetup create "g$1" --table "$(group_line "$@")"
}

node_volumes() { # NODE
	for _v in $(volumes); do
		volume_create "$1$_v" "/dev/mapper/g$1" "$_v" "$(origin "$1" "$_v")" || return
	done
}

# A volume's table line with another length goes live.
volume_length() { # NODE VOLUME SECTORS
	dmsetup reload "$1$2" --table "0 $3 afar /dev/mapper/g$1 $2 $(origin "$1" "$2")" &&
		dmsetup suspend "$1$2" && dmsetup resume "$1$2"
}

# An origin gets longer, by what nobody knows.
grow_origin() { # NODE VOLUME MB
	_disk=o$2$1
	mkdisk "more$_disk" "$3" >/dev/null
	dd if=/dev/urandom of="/dev/mapper/more$_disk" bs=1M count="$3" oflag=direct status=none
	printf '%s\n' "$(dmsetup table "$_disk")" "$(sectors "/dev/mapper/$_disk") $(($3 * 2048)) linear /dev/mapper/more$_disk 0" >/tmp/test/table
	dmsetup reload "$_disk" /tmp/test/table && dmsetup suspend "$_disk" && dmsetup resume "$_disk"
}

node_up() { # NODE [OPTION...]
	node_group "$@" && node_volumes "$1"
}

node_down() { # NODE
	for _v in $(volumes); do
		dmsetup remove "$1$_v" || return
	done
	dmsetup remove "g$1"
}

nodes_up() { # [MB-OF-JA MB-OF-JB]
	two_namespaces
	[ "$PATHS" = 1 ] || second_path
	load_afar
	for _n in a b; do
		[ $# = 0 ] || { JOURNAL_MB=$1 && shift; }
		make_disks $_n
		expect_ok node_up $_n
	done
}

wait_live() { # [SECONDS]
	wait_for "${1:-15}" '[ "$(fact ga link)" = live ] && [ "$(fact gb link)" = live ]' 'the link is live' 'status ga; status gb'
}

pair_up() { # [MB-OF-JA MB-OF-JB]
	nodes_up "$@"
	expect_ok msg ga promote assume-equal
	wait_live
}

# Work on a volume. The name is the process's, for `wait`.
work() { # DEVICE [FIO OPTION...]
	_dev=$1
	shift
	${WORK_EXEC:-} fio --name=work --filename="$_dev" --direct=1 --ioengine=libaio --iodepth=16 --rw=randwrite --bs=4k \
		--output="/tmp/test/fio.$(basename "$_dev")" --group_reporting "$@"
}

block_stat() { # DEVICE FIELD
	read -r _stat <"$(sys_dev "$1")/stat"
	eval "set -- $2 $_stat"
	shift "$1"
	echo "$1"
}

written() { block_stat "$1" 7; } # sectors

# In the background, until work_end; returns when it is under way.
work_begin() { # DEVICE [FIO OPTION...]
	_before=$(written "$1")
	(WORK_EXEC="exec"; work "$@" --time_based --runtime=600) &
	echo "$!" >>$AFAR_STATE/work
	wait_for 20 "[ \$(written $1) -gt $((_before + 512)) ]" "fio writes to $1" "cat /tmp/test/fio.$(basename "$1")"
}

# All that was begun; a write that failed is a fault.
work_end() {
	while read -r _work; do
		kill -TERM "$_work" 2>/dev/null || true
	done <$AFAR_STATE/work
	while read -r _work; do
		_status=0
		wait "$_work" || _status=$?
		case $_status in
		0 | 128) ;;
		*) fail "fio" "no error" "status $_status: $(cat /tmp/test/fio.*)" ;;
		esac
	done <$AFAR_STATE/work
	rm $AFAR_STATE/work
	! grep -l 'err= *[1-9]' /tmp/test/fio.* || fail "fio" "no error" "$(cat /tmp/test/fio.*)"
}

# Everything that was written is on the other side's origins.
catch_up() { # [SECONDS]
	_set=$(msg ga close) || fail "close" "a set" "$_set"
	# that one, or under load a later one
	wait_for "${1:-20}" '_at=$(fact gb committed_set); [ "${_at%:*}" = "${_set%:*}" ] && [ "${_at#*:}" -ge "${_set#*:}" ]' "set $_set committed" 'status ga; status gb; dmesg | tail -20'
}

expect_equal() { # [WHAT]
	for _v in $(volumes); do
		expect_same "$(origin a "$_v")" "$(origin b "$_v")" "${1:-volume $_v}"
	done
}

expect_caught_up() { # [WHAT]
	catch_up
	expect_equal "$@"
}

# No memory can be had from the caches that a test's mark `append` names with slub_debug=A.
FAILSLAB=/sys/kernel/debug/failslab
need_failslab() { [ -e $FAILSLAB/cache-filter ] || skip "a kernel without failslab"; }
slab_fails() {
	echo 0 >$FAILSLAB/verbose
	echo -1 >$FAILSLAB/times
	echo 0 >$FAILSLAB/ignore-gfp-wait
	echo 1 >$FAILSLAB/cache-filter
	echo 100 >$FAILSLAB/probability
}
slab_works() { echo 0 >$FAILSLAB/probability; }

# The kernel log since `log_mark`.
log_mark() {
	read -r _mark </proc/sys/kernel/random/uuid
	echo "mark $_mark" >$AFAR_STATE/mark
	echo "mark $_mark" >/dev/kmsg
}
log_since() {
	read -r _mark <$AFAR_STATE/mark
	dmesg >$AFAR_STATE/log
	grep -q "$_mark" $AFAR_STATE/log || fail "the kernel log" "goes back to $_mark" "it does not"
	sed "1,/$_mark/d" $AFAR_STATE/log
}
expect_log() { # REGEX
	log_since | grep -qE -- "$1" || fail "kernel log" "$1" "$(log_since | tail -8)"
}

# Runs a command that must fail and leave a line in the log. Lines are rate-limited, so it may run twice.
refused() { # REGEX COMMAND...
	_re=$1
	shift
	log_mark
	expect_fail "$@"
	if ! log_since | grep -qE -- "$_re"; then
		sleep 6
		expect_fail "$@"
	fi
	expect_log "$_re"
}

# Somebody in a's namespace who dials b, each time from another address: who fails to prove the key is not
# listened to again at once.
play() { # PLAY [SECONDS]
	_plays=0
	[ ! -f $AFAR_STATE/plays ] || read -r _plays <$AFAR_STATE/plays
	echo $((_plays + 1)) >$AFAR_STATE/plays
	_from=10.77.0.$((20 + _plays % 200))
	ip -n a addr add $_from/24 dev eth0 2>/dev/null || true
	AFAR_KEY=$SECRET AFAR_FROM=$_from in_a afar-peer primary $B_IP 7000 $((MB * 2048)) "$1" $((${2:-10} * SLOW))
}

# What make_key makes of a key's description by itself.
SECRET="a secret of the tests for ${KEY:=afar:test}"

# A set is open until it is told to close.
BY_HAND="set_interval_ms 3600000 set_bytes 0"

# What is said as TERM:SET.
set_of() { echo "${1#*:}"; }

# Lanes in the session, as in 2/2.
lanes() { status "$1" | awk '{print $21}'; }
wait_lanes() { # LIVE/WANTED [SECONDS]
	wait_for "${2:-20}" "[ \"\$(lanes ga)\" = $1 ]" "$1 lanes" 'status ga; status gb'
}

# Attached volumes, as in 2/2.
attached() { status "$1" | awk '{print $22}'; }
