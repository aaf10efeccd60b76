#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# afar-journal on journals that are good, torn and damaged; afar-wait on a directory that looks like
# a group's.
#
# usage: tools/test.sh [BIN]
#
# Without BIN the programs are built first.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${1:-$here/../build/tools}
[ $# -gt 0 ] || make -s -C "$here" OUT="$bin" all "$bin/test-image" >/dev/null || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# expect NAME STATUS PATTERN COMMAND...: exit status, and a line of the output
expect() {
	local name=$1 status=$2 pattern=$3 out got

	shift 3
	out=$("$@" 2>&1)
	got=$?
	if [ "$got" = "$status" ] && grep -qE -- "$pattern" <<<"$out"; then
		echo "ok   $name"
		passed=$((passed + 1))
		return
	fi
	echo "FAIL $name"
	echo "     $*"
	echo "     expected status $status and a line like '$pattern'; status was $got and the output:"
	head -30 <<<"$out" | while read -r line; do echo "     | $line"; done
	failed=$((failed + 1))
}

journal=$bin/afar-journal
good=$dir/good
img=$dir/img
declare -A at
while read -r what position; do at[$what]=$position; done < <("$bin/test-image" "$good")

fresh() { cp "$good" "$img"; }

# flip BLOCK BYTE: turn all bits of one byte of a block of the device
flip() {
	local offset=$(($1 * 4096 + $2)) byte

	byte=$(od -An -tu1 -j "$offset" -N1 "$img")
	# shellcheck disable=SC2059  # the byte is made of a format
	printf "\\x$(printf %x $((255 - byte)))" | dd of="$img" bs=1 seek="$offset" conv=notrunc status=none
}

zero() { dd if=/dev/zero of="$img" bs=4096 seek="$1" count="${2:-1}" conv=notrunc status=none; }
ring() { echo $((at[ring_start] + $1 % at[ring_blocks])); }

fresh
expect 'info: superblock' 0 '^term +2 7474' "$journal" info "$img"
expect 'info: chain' 0 '^ended term +1 6f6f6f.* set 7, number 70' "$journal" info "$img"
expect 'info: volume table' 0 '^volume 0 .*, 2048 sectors' "$journal" info "$img"
expect 'info: json' 0 '"volumes": \[' "$journal" info --json "$img"
if command -v python3 >/dev/null; then
	# shellcheck disable=SC2016  # for the inner shell
	expect 'info: json is json' 0 '^2$' sh -c '"$1" info --json "$2" |
		python3 -c "import json, sys; print(json.load(sys.stdin)[\"term\"][\"counter\"])"' \
		sh "$journal" "$img"
fi
expect 'dump: a frame' 0 "^${at[first]}: frame epoch 3 stable ${at[first]} term 2" "$journal" dump "$img"
expect 'dump: a commit record' 0 "^${at[commit]}: commit epoch 3" "$journal" dump "$img"
expect 'dump: a sync command' 0 '^  sync +set 2 number 9 first 6 blocks 10 time 2023-11-14' "$journal" dump "$img"
expect 'dump: a dead record' 0 "^${at[last]}: frame .* \(dead\)" "$journal" dump "$img"
expect 'dump: the end' 0 "^${at[end]}: the log ends here" "$journal" dump "$img"
expect 'check: good' 0 '^journal is good' "$journal" check "$img"
expect 'check: committed' 0 '^committed: set 1, number 5' "$journal" check "$img"
expect 'check: replicated' 0 '^replicated: set 2, number 9' "$journal" check "$img"
expect 'check: partial set' 0 '^set 3: from number 10, 1 commands$' "$journal" check "$img"
sum=$(cksum <"$img")
"$journal" check "$img" >/dev/null
expect 'nothing is written' 0 "^$sum$" cksum <"$img"

fresh; flip 0 100
expect 'check: one superblock damaged' 0 '^warning: superblock copy 0: bad checksum' "$journal" check "$img"
flip 1 100
expect 'check: both superblocks damaged' 1 '^refused: both superblocks are damaged' "$journal" check "$img"
fresh; flip 0 12
expect 'check: another byte of the superblock' 0 '^warning: superblock copy 0' "$journal" check "$img"
fresh; flip 3 200
expect 'check: one table block damaged' 0 '^warning: volume table block 0 copy 1' "$journal" check "$img"
flip 2 200
expect 'check: both table blocks damaged' 1 '^refused: both copies of a block' "$journal" check "$img"
fresh; truncate -s 8M "$img"
expect 'check: truncated' 1 '^refused: truncated' "$journal" check "$img"
: >"$img"; truncate -s 16M "$img"
expect 'check: not formatted' 1 '^not formatted' "$journal" check "$img"
printf x | dd of="$img" bs=1 seek=900000 conv=notrunc status=none
expect 'check: zero superblocks, data behind' 1 '^refused: only its superblocks are zero' "$journal" check "$img"
"$bin/test-image" "$img" new
expect 'check: a formatting that was cut short' 1 '^not formatted' "$journal" check "$img"
zero 3
expect 'check: and earlier' 1 '^not formatted' "$journal" check "$img"
cp "$img" "$dir/new"
flip 2 200
expect 'check: such a table, with something in it' 1 '^refused: only its superblocks are zero' "$journal" check "$img"
mv "$dir/new" "$img"
dd if="$good" of="$img" bs=4096 skip=2 seek=2 count=1 conv=notrunc status=none
expect 'check: such a table, with a volume' 1 '^refused: only its superblocks are zero' "$journal" check "$img"
head -c 16M /dev/urandom >"$img"
expect 'check: foreign' 1 '^refused: not a journal' "$journal" check "$img"

fresh
expect 'map: what it says' 0 '^volume 0 +1 of 1 chunks of 1048576 bytes may differ$' "$journal" map "$img"
expect 'map: which chunks' 0 '^  0$' "$journal" map "$img"
expect 'map: base' 0 '^base +journal 70707070-.*, term 2 7474.*, set 1, number 5$' "$journal" map "$img"
expect 'map: generation' 0 '^generation +8$' "$journal" map "$img"
flip $((at[map] + 1)) 3000
expect 'map: one copy damaged' 0 "^warning: chunk map block 3 copy 1: bad checksum" "$journal" map "$img"
expect 'map: the other one serves' 0 '^volume 0 +0 of 1 chunks' "$journal" map "$img"
expect 'check: a copy of the map damaged' 0 "^warning: chunk map block 3 copy 1: bad checksum" "$journal" check "$img"
flip "${at[map]}" 200
expect 'map: no good copy' 0 '^volume 0 +1 of 1 chunks' "$journal" map "$img"
expect 'map: no good copy' 0 '^warning: .*: chunks 0..0 of volume 0 count as different' "$journal" map "$img"
fresh; zero "${at[map]}" 2
expect 'map: no copy at all' 0 '^volume 0 +1 of 1 chunks' "$journal" map "$img"

fresh; flip "$(ring "${at[last]}")" 50
expect 'check: last record torn' 0 "^torn tail: position ${at[last]}: " "$journal" check "$img"
fresh; flip "$(ring $((at[last] + 1)))" 50
expect 'check: last payload torn' 0 "^torn tail: position ${at[last]}: bad payload" "$journal" check "$img"
fresh; zero "$(ring "${at[last]}")" 3
expect 'check: last record lost' 0 "^end: position ${at[last]}: " "$journal" check "$img"
for byte in 0 4 16 24 50 64 72 80 130; do
	fresh; flip "$(ring "${at[second]}")" "$byte"
	expect "check: byte $byte of a record in the middle" 1 "^DAMAGED: position ${at[second]}: " "$journal" check "$img"
done
fresh; zero "$(ring "${at[second]}")" 1
expect 'check: a hole in the log' 1 "^DAMAGED: position ${at[second]}: " "$journal" check "$img"
expect 'dump: a hole in the log' 1 "^${at[second]}: DAMAGED" "$journal" dump "$img"
fresh; flip "$(ring $((at[second] + 2)))" 7
expect 'check: payload of a complete set' 1 "^DAMAGED: position ${at[second]}: payload of number 6 in set 2$" "$journal" check "$img"
fresh; flip "$(ring $((at[second] + 5)))" 7
expect "check: payload that a later record vouches for" 1 "^DAMAGED: position $((at[second] + 3)): bad payload" "$journal" check "$img"
fresh; flip "$(ring $((at[second] + 2)))" 3000
expect 'check: padding is not summed' 0 '^journal is good' "$journal" check "$img"

expect 'usage' 2 '^usage:' "$journal" check
expect 'usage: unknown command' 2 '^usage:' "$journal" repair "$img"
expect 'no such file' 2 'No such file' "$journal" info "$dir/none"
expect 'help' 0 '^usage:' "$journal" --help

# ---- afar-wait

wait=$bin/afar-wait
mkdir "$dir/afar"
echo 1:57 >"$dir/afar/replicated_set"
expect 'wait: replicated' 0 '' "$wait" "$dir/afar" 1:57
expect 'wait: without a term' 0 '' "$wait" "$dir/afar" 12
expect 'wait: times out' 1 '' "$wait" "$dir/afar" 1:58 --timeout 1
expect 'wait: term is over' 3 'term 2 is over' "$wait" "$dir/afar" 2:1 --timeout 1
expect 'wait: no such group' 2 'no such group' "$wait" no-such-group 1:1
expect 'wait: no set' 2 '^usage:' "$wait" "$dir/afar" 1:x
expect 'wait: no set' 2 '^usage:' "$wait" "$dir/afar" 1:-1
expect 'wait: bad timeout' 2 '^usage:' "$wait" "$dir/afar" 1:1 --timeout 1s
(sleep 0.5; echo 1:60 >"$dir/new"; mv "$dir/new" "$dir/moved"; cat "$dir/moved" >"$dir/afar/replicated_set") &
expect 'wait: until it is' 0 '' "$wait" "$dir/afar" 1:60 --timeout 20
wait

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
