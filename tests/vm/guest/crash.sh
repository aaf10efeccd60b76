# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of what nodes hold after a crash or a loss of power, under a load that is logged:
# a pair as in afar.sh, on test disks (tests/modules/README.md), written to by afar-load, judged by
# afar-cutcheck (tests/cut/README.md). What is wrong ends in `fail`.
#
# An exec of a dynamic program costs 50 ms and more here, and what follows is called often: it takes dm
# (tests/cut/dm.c), which is static, and does several things at once.

# shellcheck source=tests/vm/guest/afar.sh
. /afar/guest/afar.sh

VOLUMES=2	# not less, not more
MB=8
JOURNAL_MB=16
CRASHES=b	# nodes whose journal and origins lose their power, each node's at once
DOMAIN=		# if it has a name, all of them at once
RECORD=		# a node: what the disks do that lose power with its own is recorded, see record.sh
LOG=/tmp/test/log
DEAD_PORT=7001	# where nobody dials

# Instead of afar.sh's: each disk is an afar-crash of its node's domain.
make_disks() { # NODE
	mkdisk "mj$1" $JOURNAL_MB >/dev/null
	_log=
	[ "${RECORD:-}" != "$1" ] || _log=$(mkdisk record 256)
	dm create "j$1" "$(disk_line "mj$1" "$1" $JOURNAL_MB)${_log:+ $_log}"
	for _v in $(volumes); do
		mkdisk "mo$_v$1" $MB >/dev/null
		dm create "o$_v$1" "$(disk_line "mo$_v$1" "$1" $MB)"
	done
}

disk_line() { # MEDIA NODE MB
	case " $CRASHES " in
	*" $2 "*) echo "0 $(($3 * 2048)) afar-crash /dev/mapper/$1 ${DOMAIN:-$2}" ;;
	*) echo "0 $(($3 * 2048)) linear /dev/mapper/$1 0" ;;
	esac
}

load_crash() {
	_ko=/afar/bin/$(uname -r)/dm-afar-crash.ko
	[ -f "$_ko" ] || skip "no dm-afar-crash.ko for this kernel"
	modprobe dm_mod 2>/dev/null || true
	grep -q '^dm_afar_crash ' /proc/modules || insmod "$_ko" || fail "insmod $_ko"
}

# Journals as new: a pair that has been taken down begins afresh, with equal origins.
blank() {
	for _n in a b; do
		dd if=/dev/zero of="/dev/mapper/j$_n" bs=1M count=$JOURNAL_MB oflag=direct conv=fsync 2>/dev/null
		for _v in $(volumes); do
			dd if=/dev/zero of="/dev/mapper/o$_v$_n" bs=1M count=$MB oflag=direct conv=fsync 2>/dev/null
		done
	done
	rm -f $LOG
}

power() { # NODE MESSAGE...
	_disk=j$1
	shift
	dm message "$_disk" "$@"
}

# Each loss is an event of the node's journal; waits until there have been more than EVENTS.
wait_lost() { # NODE EVENTS
	dm wait "j$1" "$2" $((20 * SLOW)) || fail "a loss of power" "within $((20 * SLOW)) s" "$(dm status "j$1" ga gb)"
}

# ---- a node, in few execs ----

# Sets LINE; no subshell.
group_table() { # NODE [PORT]
	case $1 in
	a) LINE="0 8 afar-group /dev/mapper/ja $A_IP:${2:-7000} $B_IP:7000" ;;
	b) LINE="0 8 afar-group /dev/mapper/jb $B_IP:${2:-7000} $A_IP:7000" ;;
	esac
	# shellcheck disable=SC2086  # words
	set -- key none $OVERFLOW $OPTIONS
	LINE="$LINE $# $*"
}

group_up() { # NODE [PORT]
	group_table "$@"
	dm -n "$1" create "g$1" "$LINE"
}

volumes_up() { # NODE
	set -- "$1" $((MB * 2048))
	dm create "${1}0" "0 $2 afar /dev/mapper/g$1 0 /dev/mapper/o0$1" , \
		create "${1}1" "0 $2 afar /dev/mapper/g$1 1 /dev/mapper/o1$1"
}

node_up() { # NODE [PORT]
	group_table "$@"
	set -- "$1" $((MB * 2048))
	dm -n "$1" create "g$1" "$LINE" , \
		create "${1}0" "0 $2 afar /dev/mapper/g$1 0 /dev/mapper/o0$1" , \
		create "${1}1" "0 $2 afar /dev/mapper/g$1 1 /dev/mapper/o1$1"
}

take_down() { # NODE
	dm remove "${1}0" "${1}1" "g$1"
}

# A fact without an exec: into the variable of its name. FACTS_a and FACTS_b: see find_facts.
read_fact() { # NODE NAME
	eval "read -r $2 <\$FACTS_$1/$2"
}
find_facts() { # NODE
	eval "FACTS_$1=$(facts "g$1")"
}

# The status line of a node's group, in variables.
look() { # NODE
	# shellcheck disable=SC2046,SC2034  # words are wanted; not all are used
	{
		set -- $(dm status "g$1")
		role=${4:-} state=${5:-} link=${6:-} term=${7:-} replicated=${11:-} replicated_seq=${12:-}
		committed=${13:-} committed_seq=${14:-}
	}
}

# Two nodes that have never been promoted: those of before have been taken down, and their disks are as new.
fresh_nodes() {
	if [ -n "${FRESH_DISKS:-}" ]; then
		blank
	else
		load_crash
		two_namespaces
		load_afar
		make_disks a
		make_disks b
		FRESH_DISKS=1
	fi
	expect_ok node_up a
	expect_ok node_up b
	find_facts a
	find_facts b
}

fresh_pair() {
	fresh_nodes
	expect_ok dm message ga promote assume-equal
	wait_for 15 "read_fact a link; [ \$link = live ]" 'the link is live' 'dm status ga gb'
}

# ---- load and judgement ----

# Writers on both volumes, with overlaps; sets are closed by messages as well as by the group's policy.
load_begin() { # [afar-load OPTION...]
	# shellcheck disable=SC2046  # words
	nice -n 10 afar-load --log $LOG --writers 4 --area 96 --zero 4 --fua 2 --flush 2 --rate 120 \
		--sizes 1-4:90,5-16:8,32:2 --close-cmd 'dm message ga close' --close-every 500 "$@" \
		$(for _v in $(volumes); do echo "/dev/mapper/a$_v"; done) >/tmp/test/load.out 2>&1 &
	load=$!
	wait_for 10 "[ -s $LOG ]" "afar-load writes" "cat /tmp/test/load.out"
}

load_end() {
	kill -TERM "$load" 2>/dev/null || true
	_status=0
	wait "$load" || _status=$?
	[ $_status = 0 ] || fail "afar-load" "status 0" "status $_status: $(cat /tmp/test/load.out)"
}

# The origins of a node, as they are, are the cut after a set.
expect_cut() { # NODE SET [afar-cutcheck OPTION...]
	_node=$1
	_set=$2
	shift 2
	# shellcheck disable=SC2046  # words
	_seen=$(afar-cutcheck --log $LOG --committed "$_set" "$@" \
		$(for _v in $(volumes); do origin "$_node" "$_v"; done) 2>&1) ||
		fail "origins of $_node" "the cut after set $_set" "$_seen"
}

# Nothing arrives: waits until all complete sets are on the origins, and judges them.
expect_cut_when_done() { # NODE
	find_facts "$1"
	wait_for 15 "read_fact $1 committed_set; read_fact $1 replicated_set; [ \$committed_set = \$replicated_set ]" \
		"all complete sets are committed" "dm status g$1"
	# shellcheck disable=SC2154  # read_fact
	expect_cut "$1" "$committed_set"
}

# ---- the secondary loses its power ----

# What the primary has heard, it may rely on: DURABLE and COMMITTED. With volumes missing nothing is
# committed, so what the node says first is what it has kept. A journal that is called damaged does not
# come up at all.
expect_claims_kept() { # [PORT]
	look a
	heard_replicated=$replicated
	heard_committed=$committed
	_out=$(group_up b "$@" 2>&1) ||
		fail "the secondary comes up" "a journal that is torn, at most" "$_out: $(dmesg | tail -3)"
	look b
	[ "$replicated" -ge "$heard_replicated" ] ||
		fail "replicated sets after a loss of power" ">= $heard_replicated" "$replicated"
	[ "$committed" -ge "$heard_committed" ] ||
		fail "committed sets after a loss of power" ">= $heard_committed" "$committed"
	expect_ok volumes_up b
}

# The primary must be able to deliver all that is missing (R5).
expect_session() {
	find_facts a
	_end=$(($(now_ms) + 20000 * SLOW))
	until read_fact a link; [ "$link" = live ]; do
		case $link in
		*resync* | *split*) _end=0 ;;
		esac
		[ "$(now_ms)" -lt $_end ] || fail "a session after a loss of power" "live" "$link; $(dm status ga)"
		usleep 20000
	done
}

# Power is back; then all must go on. Where nothing arrives, what is there can be judged.
expect_recovery() { # [judge]
	if [ "${1:-}" = judge ]; then
		expect_claims_kept $DEAD_PORT
		expect_cut_when_done b
		expect_ok take_down b
		expect_ok node_up b
	else
		expect_claims_kept
	fi
	expect_session
}

# Power is lost once more while the node recovers.
lose_while_recovering() { # N SEED
	power b arm flush "$1" "$2"
	if node_up b $DEAD_PORT 2>/dev/null; then usleep 100000; fi
	dm -k remove b0 b1 gb 2>/dev/null || true
	dm message jb restore , message jb arm off
}

# Power is lost at the N-th flush or write from now; SEED says what of the cache survives.
lose_at() { # flush|write N SEED
	_events=$(dm events jb , message jb arm "$@") || fail "arm $*" "success" "$_events"
	wait_lost b "$_events"
	expect_ok take_down b
	power b restore
}

random() { # BELOW
	read -r _random </proc/sys/kernel/random/uuid
	echo $((0x$(echo "$_random" | cut -c1-7) % $1))
}

# Losses of power under load. Every third time all of the cache is lost, else a part.
secondary_losses() { # MILLISECONDS [MOST]
	_until=$(($(now_ms) + $1))
	loss=0
	while _now=$(now_ms); [ "$_now" -lt $_until ] && [ $loss -lt "${2:-1000000}" ]; do
		loss=$((loss + 1))
		_seed=$((loss % 3 && !${DROP_ALL:-0} ? loss : 0))
		# Each flush from here on in turn, and others.
		case $((loss % 4)) in
		0) _at="write $((1 + $(random 400)))" ;;
		1) _at="flush $((1 + $(random 120)))" ;;
		*) _at="flush $((1 + loss / 2 % 30))" ;;
		esac
		_again=
		# shellcheck disable=SC2086  # words
		lose_at $_at $_seed
		if [ $((loss % 5)) = 0 ]; then
			_again=$((1 + loss / 5 % 5))
			lose_while_recovering $_again $((loss * 7))
		fi
		say "$_now ms, loss $loss: $_at, seed $_seed${_again:+, and at flush $_again of the recovery}"
		# shellcheck disable=SC2046  # nothing or a word
		expect_recovery $([ $((loss % 2)) = 0 ] || echo judge)
	done
}

# Losses of power when all is quiet: what was said last has had no flush after it but its own.
quiet_losses() { # MILLISECONDS [MOST]
	_until=$(($(now_ms) + $1))
	find_facts a
	loss=0
	while _now=$(now_ms); [ "$_now" -lt $_until ] && [ $loss -lt "${2:-1000000}" ]; do
		loss=$((loss + 1))
		say "$_now ms, quiet loss $loss"
		afar-load --log $LOG --writes 10 --sizes 1-4 /dev/mapper/a0 /dev/mapper/a1 >/dev/null
		_set=$(dm message ga close)
		wait_for 20 "read_fact a committed_set; [ \$committed_set = $_set ]" "set $_set committed" "dm status ga gb"
		power b powerloss >/dev/null
		expect_ok take_down b
		power b restore
		expect_recovery judge
	done
}

# Ends what load_begin began, though nothing may go on: a volume that is suspended lets its writes pass.
load_kill() {
	kill -KILL "$load" 2>/dev/null || true
	dm suspend a0 a1
	wait "$load" || true
	dm resume a0 a1
}
