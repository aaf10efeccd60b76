# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of the chunk map: does each chunk in which the origins of both nodes differ have its bit on the
# primary's journal? Scenarios, one for each condition of R2, that end in `fail` where it has not.
#
# Each begins with a new pair, of which the primary loses its power in the end.

# shellcheck source=tests/vm/guest/crash.sh
. /afar/guest/crash.sh

CRASHES=a
CHUNK=65536
CLEAR=100	# clear_interval_ms

# Journal and origins of the primary, as they are on its devices: its group is down.
expect_covered() { # WHAT
	echo 1 >/proc/sys/vm/drop_caches
	afar-journal map /dev/mapper/ja >/tmp/test/map || fail "afar-journal map" "status 0" "$(cat /tmp/test/map)"
	differ=0
	for _v in $(volumes); do
		devcmp "$(origin a "$_v")" "$(origin b "$_v")" $CHUNK >/tmp/test/differ || true
		differ=$((differ + $(wc -l </tmp/test/differ)))
		_seen=$(awk -v volume="$_v" '
			NR == FNR && $1 == "volume" { on = $2 == volume }
			NR == FNR && on && $1 ~ /^[0-9]/ { split($1, r, /\.\./); last = r[2] == "" ? r[1] : r[2]
				for (c = r[1]; c <= last + 0; c++) set[c] = 1 }
			NR != FNR && !($1 in set) { printf " %d", $1 }' /tmp/test/map /tmp/test/differ)
		[ -z "$_seen" ] || fail "$1: chunks of volume $_v that differ" "all have their bits: $(cat /tmp/test/map)" \
			"without:$_seen"
	done
}

dirty() { read -r chunks_dirty <"$FACTS_a/chunks_dirty"; }

map_pair() { # [OPTION...]
	OPTIONS="chunk_size $CHUNK clear_interval_ms $CLEAR ${*:-set_interval_ms 50}"
	fresh_pair
	dirty
	expect_eq "chunks that may differ after assume-equal" 0 "$chunks_dirty"
	[ -z "${RULE:-}" ] || rule_off "$RULE"
}

put() { # VOLUME CHUNK [FLAG] [BYTE]
	tr '\0' "${4:-x}" </dev/zero | dd of="/dev/mapper/a$1" bs=4096 count=1 iflag=fullblock seek=$(($2 * CHUNK / 4096)) \
		oflag="direct${3:+,$3}" conv=notrunc 2>/dev/null || fail "write to chunk $2 of a$1" "success" "an error"
}

committed() { # closes the open set
	_set=$(dm message ga close)
	wait_for 20 "read_fact a committed_set; [ \$committed_set = $_set ]" "set $_set committed" "dm status ga gb"
}

wait_clear() { # COUNT
	wait_for 20 "dirty; [ \$chunks_dirty = $1 ]" "$1 chunks may differ" "dm status ga"
}

# The primary's power is lost; what the other node still has to commit it commits.
lose_primary() { # WHAT
	power a powerloss >/dev/null
	cut_link
	wait_for 20 "read_fact b committed_set; read_fact b replicated_set; [ \$committed_set = \$replicated_set ]" \
		"all complete sets are committed" "dm status gb"
	expect_ok take_down a
	power a restore
	expect_covered "$1"
	expect_ok take_down b
	heal_link
}

# The bit is durable before the origin is written.
map_first() {
	map_pair
	cut_link
	put 0 5 dsync
	lose_primary "a write to a clear chunk"
	expect_eq "chunks that differ" 1 $differ
}

# What the peer has committed is flushed here before the bit goes.
clear_flush() {
	map_pair
	put 0 5
	committed
	wait_clear 0
	lose_primary "a chunk that was cleared"
}

# DURABLE is not enough: the set may never be complete.
clear_committed() {
	CLEAR=1500
	map_pair $BY_HAND
	CLEAR=100
	put 0 1
	_set=$(dm message ga close)
	put 1 5 dsync
	put 1 6 dsync
	wait_for 20 "read_fact b commands_total; [ \$commands_total -ge 4 ]" "all commands at the peer" "dm status gb"
	wait_for 20 "read_fact a committed_set; [ \$committed_set = $_set ]" "set $_set committed" "dm status ga gb"
	wait_for 20 'dirty; [ $chunks_dirty -lt 3 ]' "a clear" "dm status ga"
	usleep $((500000 * SLOW))
	lose_primary "a chunk of an open set"
}

# A write that comes while its bit is being cleared waits, and has it set again.
clear_wait() {
	CLEAR=1000
	map_pair
	CLEAR=100
	put 0 5
	put 1 9
	_set=$(dm message ga close)
	wait_for 20 "read_fact b committed_set; [ \$committed_set = $_set ]" "set $_set committed at the peer" "dm status gb"
	# the journal's medium stands still: blocks go to its cache, the flush does not end
	dmsetup suspend --noflush --nolockfs mja
	usleep $((1500000 * SLOW))
	cut_link
	put 0 5 dsync y &
	_put=$!
	usleep $((1000000 * SLOW))
	dmsetup resume mja
	wait $_put || fail "a write after a clear" "success" "an error"
	usleep $((1000000 * SLOW))
	lose_primary "a write during a clear"
	expect_eq "chunks that differ" 1 $differ
}
