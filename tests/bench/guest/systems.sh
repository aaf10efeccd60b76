# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The systems side by side: each has the same raw disks below it, and the same calls.
#
#   NAME_up           builds it up on the disks; afterwards $DEV is what the application writes to
#   NAME_settle       returns when all that was written is on the peer's disk
#   NAME_down         takes it apart
#
# One machine with both nodes: ROLE is empty. Two machines: ROLE is primary or secondary, and each
# side does its part.

# The disks that are replicated, and those for journals: with room for a resync of all of the former.
A_DATA=/dev/ram0 A_META=/dev/ram1
B_DATA=/dev/ram2 B_META=/dev/ram3
SIZE_MB=256 META_MB=640

# The other machine, see bench answer.
peer_says() { # WHAT
	echo "$1" | nc "$B_ADDR" 7991
}

here() { # SIDE: is it this machine's?
	[ -z "${ROLE:-}" ] || [ "$ROLE" = "$1" ]
}

# ---- the disk itself, with nothing between -------------------------------------------------------

raw_up() { DEV=$A_DATA; }
raw_settle() { :; }
raw_down() { :; }
raw_overflow() { :; }
raw_overflow_end() { :; }

# ---- dm-linear: no replication at all -------------------------------------------------------------

linear_up() {
	here primary || return 0
	modprobe dm_mod 2>/dev/null || true
	dmsetup create app --table "0 $(blockdev --getsz $A_DATA) linear $A_DATA 0"
	DEV=/dev/mapper/app
}

linear_settle() { :; }
linear_overflow() { :; }
linear_overflow_end() { :; }

linear_down() { dmsetup remove app 2>/dev/null || true; }

# ---- DRBD -----------------------------------------------------------------------------------------

# Metadata is internal, so DRBD's disk is a little smaller than the others'.
drbd_node() { # MINOR DATA MINE PEER PROTOCOL
	local meta=(drbdmeta --force "$1" v08 "$2" internal)

	"${meta[@]}" create-md >/dev/null </dev/null
	drbdsetup new-resource "r$1"
	drbdsetup new-minor "r$1" "$1" 0
	drbdsetup attach "$1" "$2" "$2" internal
	drbdsetup connect "r$1" "$3" "$4" --protocol="$5" ${DRBD_NET:-}
}

# What /proc/drbd says of a minor, into D; without a process, as it is asked often.
declare -A D
drbd_read() { # MINOR
	local line more word

	D=()
	while read -r line; do
		[[ $line == "$1: cs:"* ]] || continue
		read -r more
		for word in $line $more; do
			[[ $word != ?*:?* ]] || D[${word%%:*}]=${word#*:}
		done
	done </proc/drbd
}

drbd_connected() { # MINOR
	drbd_read "$1"
	[ "${D[cs]:-}" = Connected ]
}

drbd_up() { # PROTOCOL
	local i addr_a=${A_ADDR:-127.0.0.1} addr_b=${B_ADDR:-127.0.0.1}

	modprobe drbd disable_sendpage=0 2>/dev/null || modprobe drbd
	! here secondary || drbd_node 1 $B_DATA "$addr_b:7789" "$addr_a:7788" "$1"
	! here primary || drbd_node 0 $A_DATA "$addr_a:7788" "$addr_b:7789" "$1"
	here primary || return 0
	for ((i = 0; i < 300; i++)); do
		drbd_connected 0 && break
		sleep 0.1
	done
	drbd_connected 0 || { cat /proc/drbd >&2; return 1; }
	drbdsetup new-current-uuid --clear-bitmap 0
	drbdsetup primary 0
	DEV=/dev/drbd0
}

drbd_a_up() { drbd_up A; }
drbd_c_up() { drbd_up C; }


# Nothing of the application's, of the network's or of the disk's is under way, and both have the same.
drbd_idle() { # MINOR
	drbd_read "$1"
	[ "${D[cs]:-} ${D[ds]:-} ${D[lo]:-} ${D[pe]:-} ${D[ua]:-} ${D[ap]:-}" = "Connected UpToDate/UpToDate 0 0 0 0" ]
}

# Under protocol A no count says that a write is still on its way: what the primary has sent must be
# what the secondary has written.
drbd_settle() {
	local sent got end=$((SECONDS + 300))

	while [ $SECONDS -lt $end ]; do
		if drbd_idle 0; then
			sent=${D[ns]}
			drbd_got
			[ "$got" = busy ] || [ "$sent" -gt "$got" ] || return 0
		fi
		sleep 0.02
	done
	echo "DRBD's secondary does not catch up:" >&2
	cat /proc/drbd >&2
	return 1
}

drbd_got() { # -> got
	got=busy
	if [ -n "${ROLE:-}" ]; then
		got=$(peer_says drbd)
		: "${got:=busy}"
	elif drbd_idle 1; then
		got=${D[nr]}
	fi
}

drbd_a_settle() { drbd_settle; }
drbd_c_settle() { drbd_settle; }

drbd_down() {
	local i

	for i in 0 1; do
		drbd_read "$i"
		[ -n "${D[cs]:-}" ] || continue
		drbdsetup secondary "$i" 2>/dev/null || true
		drbdsetup down "r$i" 2>/dev/null || true
	done
}

drbd_a_down() { drbd_down; }
drbd_c_down() { drbd_down; }

# ---- dm-afar --------------------------------------------------------------------------------------

afar_node() { # SIDE META DATA MINE PEER
	dmsetup create "g_$1" --table "0 8 afar-group $2 $4 $5 $(wc -w <<<"$AFAR_OPTIONS") $AFAR_OPTIONS"
	dmsetup create "v_$1" --table "0 $(blockdev --getsz "$3") afar /dev/mapper/g_$1 0 $3"
}

afar_fact() { # SIDE NAME
	fact "g_$1" "$2"
}

afar_up() {
	local i addr_a=${A_ADDR:-127.0.0.1} addr_b=${B_ADDR:-127.0.0.1}

	grep -q '^dm_afar ' /proc/modules || load_afar
	! here secondary || dd if=/dev/zero of=$B_META bs=1M count=2 oflag=direct status=none
	! here primary || dd if=/dev/zero of=$A_META bs=1M count=2 oflag=direct status=none
	! here secondary || afar_node b $B_META $B_DATA "$addr_b:7792" "$addr_a:7791"
	here primary || return 0
	afar_node a $A_META $A_DATA "$addr_a:7791" "$addr_b:7792"
	dmsetup message g_a 0 promote assume-equal
	for ((i = 0; i < 300; i++)); do
		[ "$(afar_fact a link)" = live ] && break
		sleep 0.1
	done
	[ "$(afar_fact a link)" = live ] || { dmsetup status g_a >&2; return 1; }
	DEV=/dev/mapper/v_a
	read -r AFAR_TERM _ <"$(facts g_a)/term"
}

# The peer's commits are told to the primary. After an overflow there are sets again when the resync is done.
afar_settle() {
	local facts set state=''

	here primary || return 0
	facts=$(facts g_a)
	# builtins only: a process each time would be a load of its own
	until read -r state <"$facts/state" && [ "$state" = ok ] &&
		set=$(dmsetup message g_a 0 close 2>/dev/null); do
		sleep 0.1
	done
	until read -r state <"$facts/committed_set" && [ "${state#*:}" -ge "${set#*:}" ]; do sleep 0.02; done
}

# The peer cannot be reached; then as much as memory and journal take, and more.
afar_overflow() {
	ip link set "${LINK:-lo}" down
	fio --name=fill --filename="$DEV" --direct=1 --ioengine=libaio --size="${SIZE_MB}m" --rw=write --bs=128k \
		--iodepth=8 --loops=5 --output=/dev/null >/dev/null 2>&1
	[ "$(afar_fact a state)" = overflow ] || { dmsetup status g_a >&2; afar_overflow_end; return 1; }
}

afar_overflow_end() {
	ip link set "${LINK:-lo}" up
}

# What a row was measured with, and what went over the socket for a byte of payload; flushes for a run that was committed.
afar_notes() {
	local term

	# each ends with a resync, in a term of its own
	read -r term _ <"$(facts g_a)/term"
	figure overflow $((term != AFAR_TERM))
	AFAR_TERM=$term
	figure memory_mib $(($(afar_fact a memory_limit) >> 20))
	figure journal_mib $(($(afar_fact a ring_blocks) >> 8))
	figure lanes "$(dmsetup status g_a | awk '{ sub(/.*\//, "", $21); print $21 }')"
	figure wire_ratio "$(awk "BEGIN { printf \"%.4f\", $(afar_fact a socket_bytes_total) / $(afar_fact a payload_bytes_total) }")"
	[ -z "${ROLE:-}" ] || return 0
	figure flushes_per_run "$(awk "BEGIN { printf \"%.2f\", $(afar_fact b origin_flushes_total) / ($(afar_fact b runs_total) + 1e-9) }")"
}

afar_down() {
	local n

	for n in v_a v_b g_a g_b; do
		[ ! -e "/dev/mapper/$n" ] || dmsetup remove "$n"
	done
}
