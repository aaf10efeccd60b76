# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the demo prints: on the terminal with colours, in the transcript without.

bold='' dim='' red='' green='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' off=$'\e[0m'
fi

put() { # COLOUR TEXT
	printf '%s%s%s\n' "$1" "$2" "${1:+$off}"
	printf '%s\n' "$2" >>"$OUT/transcript.txt"
}

elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

phase() { # TEXT
	put '' ''
	put "$bold" "=== $(elapsed)  $1"
}

note() { put "$dim" "    $1"; }

human() { # BYTES
	local n=$1 unit

	if [ "$n" -lt 1024 ]; then printf '%d B' "$n"; return; fi
	n=$((n * 10))
	for unit in KiB MiB GiB; do
		n=$((n / 1024))
		[ $n -ge 10240 ] || break
	done
	printf '%d.%d %s' $((n / 10)) $((n % 10)) $unit
}

# A command as one would type it there, and the last lines of what it answers.
try() { # NODE COMMAND [LINES]: status as the command's, output also in $answer
	local line status=0

	put "$bold" "$1# $2"
	answer=$(vm_run "$1" ". /afar/guest/lib.sh; { $2
		} 2>&1") || status=$?
	while IFS= read -r line; do
		[ -z "$line" ] || put "$dim" "    $line"
	done < <(tail -n "${3:-20}" <<<"$answer")
	return $status
}

must() { # NODE COMMAND
	try "$@" || die "on $1: '$2' failed: $answer"
}

# ---- one line a second -------------------------------------------------------------------------------

heading() {
	put "$dim" "$(printf '%5s  %-9s %-13s %-10s %13s %13s %13s %11s %8s   %s' \
		time node state link 'local' replicated committed lag '' application)"
	put "$dim" "$(printf '%5s  %-9s %-13s %-10s %13s %13s %13s %11s %8s' \
		'' '' '' '' 'set/number' 'set/number' 'set/number' bytes ms)"
}

declare -A seen_us=() seen_sectors=()
seen_edits=0
lag_bytes=0 lag_ms=0 link_state='' rate=0

# Reads the newest facts of a node into pulse[], and what has changed since the last call.
take() { # NODE
	local us

	# The last but one: a log may end in the middle of a line.
	read -ra pulse < <(tail -c 8192 "$(vm_log "$1")" | grep -a ' pulse ' | tail -2 | head -1) || return 1
	[ ${#pulse[@]} -eq 14 ] || return 1
	us=$((pulse[0] - ${seen_us[$1]:-0}))
	if [ $us -gt 0 ] && [ -n "${seen_us[$1]:-}" ]; then
		rate=$(((pulse[13] - ${seen_sectors[$1]}) * 512 * 1000000 / us))
	fi
	seen_us[$1]=${pulse[0]} seen_sectors[$1]=${pulse[13]}
	link_state=${pulse[4]} lag_bytes=${pulse[11]} lag_ms=${pulse[12]}
}

row() { # NODE
	local app='' n

	take "$1" || return 0
	if [ "$1" = primary ]; then
		app="$(human $rate)/s"
		n=$(grep -ac ' done ' "$(vm_log "$1")") || true
		if [ "$n" -gt 0 ]; then app+=", +$((n - seen_edits)) files"; fi
		seen_edits=$n
	fi
	put '' "$(printf '%5s  %-9s %-13s %-10s %13s %13s %13s %11s %8s   %s' "$(elapsed)" "$1" "${pulse[3]}" \
		"${pulse[4]}" "${pulse[5]}/${pulse[6]}" "${pulse[7]}/${pulse[8]}" "${pulse[9]}/${pulse[10]}" \
		"$(human "${pulse[11]}")" "${pulse[12]}" "$app")"
}

# A row a second until a condition holds; fails when it does not within so many seconds.
watch() { # NODE SECONDS [CONDITION]
	local end=$((SECONDS + $2)) next=$((${EPOCHREALTIME/./} + 1000000)) left

	while :; do
		left=$((next - ${EPOCHREALTIME/./}))
		if [ $left -gt 0 ]; then sleep "$(printf '%d.%06d' $((left / 1000000)) $((left % 1000000)))"; fi
		next=$((next + 1000000))
		vm_alive "$1" || die "$1 has ended by itself: see $(vm_console "$1")"
		row "$1"
		! grep -aq ' failed ' "$(vm_log "$1")" || die "$(grep -a -m1 -o 'failed .*' "$(vm_log "$1")")"
		if [ -n "${3:-}" ] && eval "$3"; then return 0; fi
		if [ $SECONDS -ge $end ]; then
			[ -n "${3:-}" ] || return 0
			return 1
		fi
	done
}
