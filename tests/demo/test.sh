#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo's judge on what it must accept, and on each way in which a secondary could be wrong.
set -uo pipefail

judge=$(dirname "${BASH_SOURCE[0]}")/judge.awk
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# Two files as they were delivered, three edits: 1 and 2 were completed, 3 was under way.
printf '%s\n' 'a0  A' 'b0  B' >"$dir/manifest"
log() { # EVENT...: besides the edits
	printf '0 %s\n' 'will 1 A a1' 'done 1' 'will 2 B b1' 'done 2' 'will 3 A a2' "$@" >"$dir/log"
}

judged() { # NAME WANTED-NUMBERS 'SHA FILE'...: what was found
	local name=$1 seen word

	printf '%s\n' "${@:3}" >"$dir/found"
	seen=$(awk -f "$judge" "$dir/manifest" "$dir/log" "$dir/found" 2>"$dir/faults")
	for word in $2; do
		[[ " $seen " == *" $word "* ]] || {
			echo "FAIL demo/judge: $name"
			echo "     expected $word; seen: $seen"
			sed 's/^/     | /' "$dir/faults"
			failed=$((failed + 1))
			return
		}
	done
	echo "ok   demo/judge: $name"
	passed=$((passed + 1))
}

log tree-safe 'safe 1'
judged 'all that was completed' 'faults=0 lost_safe=0 present=2 whole=2' 'a1 A' 'b1 B'
judged 'and what was under way' 'faults=0 lost_safe=0 present=3' 'a2 A' 'b1 B'
judged 'an earlier cut, with what was safe' 'faults=0 lost_safe=0 present=1' 'a1 A' 'b0 B'
judged 'a cut before what was safe' 'faults=1 lost_safe=1 present=0' 'a0 A' 'b0 B'
judged 'an edit without the one before it' 'faults=2 lost_safe=1' 'a0 A' 'b1 B'
judged 'contents of no version' 'faults=1 lost_safe=1 whole=1' 'a1 A' 'xx B'
judged 'contents of another file' 'faults=1 lost_safe=1' 'a1 A' 'a0 B'
judged 'a file is missing' 'faults=1 lost_safe=1' 'a1 A'
judged 'a file that was never written' 'faults=1 lost_safe=0' 'a1 A' 'b1 B' 'c0 C'
judged 'one file of an edit under way' 'faults=0' 'a1 A' 'b1 B' 'zz A.new'
judged 'two of them' 'faults=1' 'a1 A' 'b1 B' 'zz A.new' 'zz B.new'
log tree-safe
judged 'a gap, though nothing was called safe' 'faults=1 lost_safe=0' 'a0 A' 'b1 B'
log
judged 'a tree that was not called safe yet' 'faults=0 lost_safe=0' 'b0 B'
log tree-safe 'safe 1'
printf '0 safe' >>"$dir/log"
judged 'a line without its end was not reported' 'faults=0 lost_safe=0' 'a1 A' 'b0 B'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
