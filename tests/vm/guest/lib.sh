# shellcheck shell=dash disable=SC2086  # names without blanks
# SPDX-License-Identifier: GPL-2.0
#
# Helpers for what runs inside a guest: POSIX shell on busybox.  Read by guest/run-one before a test;
# a command of a two-machine test, or a person in a guest's shell, reads it by `. /afar/guest/lib.sh`.
#
# Every wait takes its seconds times SLOW, which is 4 in the debug flavour.

[ -z "${AFAR_LIB:-}" ] || return 0
AFAR_LIB=1
export PATH=/afar/bin:$PATH DM_DISABLE_UDEV=1
AFAR_STATE=/run/afar-test
mkdir -p $AFAR_STATE
case $(uname -r) in
*debug*) SLOW=${SLOW:-4} ;;
*) SLOW=${SLOW:-1} ;;
esac

# ---- what a test says ------------------------------------------------------------------------------

say() { echo "$*"; }

# To stderr: what fails is often inside $(...).
fail() { # TEXT [EXPECTED SEEN]
	: >$AFAR_STATE/failed
	{
		echo "failed: $1"
		[ $# -lt 2 ] || echo "  expected: $2"
		[ $# -lt 3 ] || echo "  seen:     $3"
	} >&2
	exit 1
}

skip() { echo "skip: $*" >&2; exit 77; }

expect_eq() { # WHAT WANT GOT
	[ "$2" = "$3" ] || fail "$1" "$2" "$3"
}

expect_ok() { # COMMAND...
	_status=0
	_out=$("$@" 2>&1) || _status=$?
	[ $_status = 0 ] || fail "$*" "success" "status $_status: $_out"
	[ -z "$_out" ] || echo "$_out"
}

# A refusal must say why: with a pattern first, its text is checked as well.
expect_fail() { # [--saying REGEX] COMMAND...
	_saying=
	if [ "$1" = --saying ]; then _saying=$2; shift 2; fi
	if _out=$("$@" 2>&1); then fail "$*" "failure" "success: $_out"; fi
	[ -z "$_saying" ] || echo "$_out" | grep -qE -- "$_saying" ||
		fail "$* failed with another message" "$_saying" "$_out"
}

now_ms() { read -r _t _ </proc/uptime; echo "${_t%.*}${_t#*.}0"; }

wait_for() { # SECONDS CONDITION WHAT [COMMAND that shows what is seen instead]
	_end=$(($(now_ms) + $1 * 1000 * SLOW))
	until eval "$2"; do
		[ "$(now_ms)" -lt $_end ] || fail "waited $(($1 * SLOW)) s" "${3:-$2}" "$(eval "${4:-true}" 2>&1)"
		usleep 30000
	done
}

# ---- disks -----------------------------------------------------------------------------------------

# A disk is a piece of one large brd: memory is taken only by what is written.  null_blk on request:
# it knows discards and has a volatile cache that flushes reach.
mkdisk() { # NAME MB [brd|null_blk] -> path
	case ${3:-brd} in
	brd) mkdisk_brd "$1" "$2" ;;
	null_blk) mkdisk_null "$1" "$2" ;;
	*) fail "mkdisk: no kind ${3}" ;;
	esac
}

mkdisk_brd() {
	if [ ! -b /dev/ram0 ]; then
		modprobe brd rd_nr=1 rd_size=$((64 * 1024 * 1024)) || fail "no brd"
		echo 0 >$AFAR_STATE/next-sector
	fi
	read -r _at <$AFAR_STATE/next-sector
	echo $((_at + $2 * 2048)) >$AFAR_STATE/next-sector
	dmsetup create "$1" --table "0 $(($2 * 2048)) linear /dev/ram0 $_at" || fail "mkdisk $1"
	echo "/dev/mapper/$1"
}

mkdisk_null() {
	if [ ! -d /sys/kernel/config/nullb ]; then
		modprobe configfs 2>/dev/null || true
		grep -q ' /sys/kernel/config ' /proc/mounts || mount -t configfs config /sys/kernel/config
		modprobe null_blk nr_devices=0 || fail "no null_blk"
	fi
	_d=/sys/kernel/config/nullb/$1
	mkdir "$_d"
	echo "$2" >"$_d/size"
	echo 1 >"$_d/memory_backed"
	echo 1 >"$_d/discard"
	echo 512 >"$_d/blocksize"
	echo 1 >"$_d/power"
	read -r _n <"$_d/index"
	# The configfs name is the disk's name only in later kernels.
	[ -b "/dev/$1" ] && echo "/dev/$1" || echo "/dev/nullb$_n"
}

sectors() { blockdev --getsz "$1"; }

# Of devices as they are, past the page cache.
sum() { # DEVICE [MB] -> a hash of its first MB, or of all
	devsum "$1" 0 ${2:+"$2"}
}

expect_same() { # DEVICE DEVICE [WHAT]
	_seen=$(devcmp "$1" "$2") || fail "${3:-$1 and $2}" "the same content" "$_seen"
}

# A device of a table that fails, or works again, while others use it.
swap_table() { # NAME LINE
	dmsetup reload "$1" --table "$2" && dmsetup suspend --noflush "$1" && dmsetup resume "$1"
}

# ---- two hosts in one kernel -----------------------------------------------------------------------

A_IP=10.77.0.1
B_IP=10.77.0.2
A2_IP=10.78.0.1	# of a second path, see second_path
B2_IP=10.78.0.2

two_namespaces() {
	modprobe veth 2>/dev/null || true
	modprobe sch_netem 2>/dev/null || true
	ip netns add a
	ip netns add b
	ip link add eth0 netns a type veth peer name eth0 netns b || fail "no veth"
	ip -n a addr add $A_IP/24 dev eth0
	ip -n b addr add $B_IP/24 dev eth0
	for _ns in a b; do
		ip -n $_ns link set lo up
		ip -n $_ns link set eth0 up
	done
	rm -f $AFAR_STATE/shape
}

# Another wire between the two, eth1, for lanes that share nothing with those on eth0.
second_path() {
	ip link add eth1 netns a type veth peer name eth1 netns b || fail "no veth"
	ip -n a addr add $A2_IP/24 dev eth1
	ip -n b addr add $B2_IP/24 dev eth1
	for _ns in a b; do ip -n $_ns link set eth1 up; done
}

# nsenter and not `ip netns exec`: that one mounts another /sys, without debugfs.
in_ns() { _ns=$1; shift; nsenter --net="/run/netns/$_ns" "$@"; }
in_a() { in_ns a "$@"; }
in_b() { in_ns b "$@"; }

netem() { path_netem eth0 "$@"; }

path_netem() { # eth0|eth1 ARGS of netem, or nothing: an ideal link
	_path=$1
	shift
	for _ns in a b; do
		if [ $# -gt 0 ]; then
			tc -n $_ns qdisc replace dev "$_path" root netem limit 100000 "$@" || fail "netem $*"
		else
			tc -n $_ns qdisc del dev "$_path" root 2>/dev/null || true
		fi
	done
}

# DELAY_MS is one way.
shape() { # RATE DELAY_MS [LOSS], as in: shape 100mbit 20 1%
	echo "rate $1 delay ${2}ms ${3:+loss $3}" >$AFAR_STATE/shape
	netem rate "$1" delay "${2}ms" ${3:+loss "$3"}
}

# Silent: neither end is told, packets vanish.  `cut_link down` takes the carrier away instead.
cut_link() { # [down]
	if [ "${1:-}" = down ]; then
		ip -n a link set eth0 down
		ip -n b link set eth0 down
	else
		netem loss 100%
	fi
}

heal_link() {
	ip -n a link set eth0 up
	ip -n b link set eth0 up
	if [ -f $AFAR_STATE/shape ]; then
		# shellcheck disable=SC2046  # words are wanted
		netem $(cat $AFAR_STATE/shape)
	else
		netem
	fi
}

# Ends established TCP connections at once, with a reset: a lane that breaks, while the link is fine.
kill_connections() { # NS [ss filter]
	_ns=$1
	shift
	in_ns "$_ns" ss -K -t "$@" >/dev/null 2>&1 || true
}

# ---- dm-afar ---------------------------------------------------------------------------------------

# VARIANT=test: the module whose rules can be switched off (rules_off=); kunit: with the unit tests.
load_afar() { # [PARAMETERS]
	_ko=/afar/${VARIANT:+$VARIANT/}dm-afar.ko
	[ -f "$_ko" ] || skip "no $_ko for this kernel"
	for _m in dm_mod libcrc32c crc32c_intel hmac sha256_generic sha256 $(modinfo -F depends "$_ko" | tr ',' ' '); do
		modprobe "$_m" 2>/dev/null || true
	done
	insmod "$_ko" "$@" || fail "insmod dm-afar.ko $*"
}

# The words of a group's table behind its addresses. KEY names the key, which is made if it is not there;
# none: the table says so.
group_words() { # [OPTION...]
	[ "${KEY:=afar:test}" = none ] || make_key "$KEY"
	echo "$(($# + 2)) key $KEY${*:+ $*}"
}

make_key() { # DESCRIPTION [SECRET]
	[ $# = 2 ] || [ ! -e "$AFAR_STATE/key.$1" ] || return 0
	keyctl add logon "$1" "${2:-a secret of the tests for $1}" @u >/dev/null || fail "keyctl add $1"
	: >"$AFAR_STATE/key.$1"
}

group_create() { # NS NAME JOURNAL LOCAL PEER [OPTION...]
	_ns=$1 _name=$2 _line="0 8 afar-group $3 $4 $5"
	shift 5
	_line="$_line $(group_words "$@")"
	in_ns "$_ns" dmsetup create "$_name" --table "$_line"
}

volume_create() { # NAME GROUPDEV NUMBER ORIGIN
	dmsetup create "$1" --table "0 $(sectors "$4") afar $2 $3 $4"
}

msg() { # GROUP WORDS...
	_g=$1
	shift
	dmsetup message "$_g" 0 "$@"
}

status() { dmsetup status "$1"; }

# The directory of a group's facts and knobs.
sys_dev() { # DEVICE -> its directory in sysfs
	_dev=$(stat -L -c '%t %T' "$1") || return 1
	echo "/sys/dev/block/$((0x${_dev% *})):$((0x${_dev#* }))"
}

# What a wait asks again and again runs no other program: on the debug kernel each costs 25 ms.
group_dir() { # GROUP: leaves the directory in _facts
	for _facts in /sys/block/dm-*/afar; do
		! read -r _dm 2>/dev/null <"${_facts%/afar}/dm/name" || [ "$_dm" != "$1" ] || return 0
	done
	echo "no group $1" >&2
	return 1
}

facts() { # GROUP
	group_dir "$1" && echo "$_facts"
}

fact() { # GROUP NAME
	group_dir "$1" && while IFS= read -r _fact || [ -n "$_fact" ]; do echo "$_fact"; done <"$_facts/$2"
}

knob() { # GROUP NAME VALUE
	group_dir "$1" && echo "$3" >"$_facts/$2"
}

wait_fact() { # GROUP NAME VALUE SECONDS
	wait_for "$4" "[ \"\$(fact $1 $2)\" = '$3' ]" "$1: $2 = $3" "fact $1 $2"
}

# ---- the end ---------------------------------------------------------------------------------------

# Takes apart whatever is there, users first; what cannot go is a fault.
teardown() {
	# shellcheck disable=SC2013  # words are what is wanted
	for _m in $(awk '$1 ~ /^\/dev\// {print $2}' /proc/mounts); do
		umount "$_m" || true
	done
	[ -e /dev/mapper/control ] || return 0
	for _try in 1 2 3 4 5 6 7 8; do
		_left=$(dmsetup ls 2>/dev/null | awk '$0 !~ /No devices/ {print $1}')
		[ -n "$_left" ] || break
		# One by one: dmsetup ends at the first that is in use.
		for _d in $_left; do dmsetup remove "$_d" >/dev/null 2>&1 || true; done
		[ "$_try" -lt 4 ] || usleep 300000
	done
	[ -z "$_left" ] || fail "teardown" "every dm device can be removed" "left: $(dmsetup info -c --noheadings -o name,open,attr)"
	for _d in /sys/kernel/config/nullb/*/; do
		[ ! -d "$_d/power" ] && [ ! -f "$_d/power" ] || rmdir "$_d" || true
	done
	for _ns in /run/netns/*; do
		[ ! -e "$_ns" ] || ip netns del "${_ns##*/}"
	done
}

# kmemleak reports what two scans found, and judges only what is five seconds old when the second begins.
leaks() { # MODULE
	[ -e /sys/kernel/debug/kmemleak ] && ! grep -q kmemleak=off /proc/cmdline || return 0
	sleep 6 &
	echo scan >/sys/kernel/debug/kmemleak
	wait $!
	echo scan >/sys/kernel/debug/kmemleak
	awk -v RS='unreferenced object' -v module="[$1]" 'index($0, module) { printf "unreferenced object%s", $0; bad = 1 }
		END { exit bad }' /sys/kernel/debug/kmemleak
}

# After a test that went well: nothing may be left behind.  The scan comes before the module goes: after
# that its addresses have no names.
finish() {
	if grep -q '^dm_afar ' /proc/modules; then
		_seen=$(leaks dm_afar) || fail "kmemleak" "no leak of dm_afar" "$_seen"
		_seen=$(rmmod dm_afar 2>&1) || fail "rmmod dm_afar" "unloads when nothing uses it" "$_seen"
	fi
}

# After one that did not: what one wants to see first.
diagnose() {
	echo "--- dmsetup table, status"
	dmsetup table 2>&1 | head -40
	dmsetup status 2>&1 | head -40
	for _path in /run/netns/*; do
		[ -e "$_path" ] || break
		echo "--- ss in ${_path##*/}"
		in_ns "${_path##*/}" ss -tni 2>/dev/null | head -12
	done
	ps -o pid,stat,comm 2>/dev/null | awk '$2 ~ /D/' | while read -r _pid _stat _comm; do
		echo "--- blocked: $_comm ($_pid)"
		head -12 "/proc/$_pid/stack" 2>/dev/null
	done
}
