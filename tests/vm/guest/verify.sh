# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of verify: damage behind the secondary's back, and what is said of it.

T=/sys/kernel/tracing

watch_differs() {
	grep -q " $T " /proc/mounts || mount -t tracefs tracefs $T || fail "no tracefs"
	echo 1 >$T/events/afar/afar_differs/enable
}

# Blocks that verify has named since the last time, as "volume block", sorted.
differs() {
	sed -n 's/.*afar_differs: .* volume \([0-9]*\) sector \([0-9]*\) bytes \([0-9]*\)$/\1 \2 \3/p' $T/trace |
		awk '{ for (at = 0; at < $3; at += 4096) print $1, ($2 * 512 + at) / 4096 }' | sort -u
	echo >$T/trace
}

verify() { # [SECONDS]: from the beginning to the end
	expect_ok msg ga verify
	wait_for "${1:-60}" '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga; status gb; dmesg | tail -20'
	expect_eq "bytes gone through" "$(fact ga verify_total)" "$(fact ga verify_done)"
}

# A sector here and there; only odd blocks. Leaves what it has changed in the file.
damage() { # NODE SECTORS FILE
	: >"$3.some"
	_apart=$((MB * 256 / 2 / ($2 / VOLUMES) - 1))
	for _v in $(volumes); do
		for _i in $(seq 0 $(($2 / VOLUMES - 1))); do
			_block=$((2 * (_i * _apart + $(random $_apart)) + 1))
			echo "$_v $_block" >>"$3.some"
			dd if=/dev/urandom of="$(origin "$1" "$_v")" bs=512 count=1 seek=$((_block * 8 + $(random 8))) \
				oflag=direct status=none || fail "damage"
		done
	done
	sort -u "$3.some" >"$3"
}
