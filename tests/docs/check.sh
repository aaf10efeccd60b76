#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do the documents say what the code does? Compares
#
#   - structs, members, offsets, sizes and constants of include/afar with afar-format.rst and
#     afar-protocol.rst (the compiler says what they are)
#   - reasons, states, link states, status tokens and their order, knobs and their ranges, messages,
#     files in sysfs, rules that can be left out
#   - names of tests, files and documents that the documents point at
#   - rows of requirements and figures, each with its tests
#
# Each drift is a line that names the thing. Last line `N passed, N failed`.
#
# usage: tests/docs/check.sh [--self-test | --no-self-test]
#
# The self-test changes one thing at a time in a copy, and expects it to be named. Without an option
# both are done.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

usage() { sed -n 's/^# \{0,1\}//; 3,18p' "${BASH_SOURCE[0]}"; exit "$1"; }

count() { # "N passed, N failed"
	local p f

	# whatever else it says, it is a failure
	[[ $1 =~ ^[0-9]+\ passed,\ [0-9]+\ failed$ ]] || { echo "$1"; set -- '0 passed, 1 failed'; }
	read -r p _ f _ <<<"$1"
	passed=$((passed + p)) failed=$((failed + f))
}

check() {
	perl "$here/check.pl" "$top" >"$dir/said" 2>&1
	sed '$d' "$dir/said"
	count "$(tail -1 "$dir/said")"
}

fresh() {
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree/drivers/md/dm-afar"
	cp -r "$top/include" "$top/Documentation" "$top/README.md" "$top/tests" "$top/tools" "$dir/tree/"
	(cd "$top/drivers/md/dm-afar" &&
		find . -name '*.[ch]' -exec cp --parents -t "$dir/tree/drivers/md/dm-afar" {} +)
}

# mutate NAME FILE PERL PATTERN: change the file in a copy; a line of the output must match
mutate() {
	local name=$1 file=$dir/tree/$2 change=$3 pattern=$4 out

	cp "$file" "$dir/saved"
	perl -0pi -e "$change" "$file"
	if cmp -s "$file" "$dir/saved"; then
		out="the change does not change anything"
	else
		out=$(perl "$here/check.pl" "$dir/tree" 2>&1)
	fi
	cp "$dir/saved" "$file"
	if grep -qE -- "$pattern" <<<"$out"; then
		echo "ok   docs/self-test/$name"
		passed=$((passed + 1))
		return
	fi
	echo "FAIL docs/self-test/$name"
	echo "     after $change in $2"
	echo "     expected a line like '$pattern', saw:"
	grep -vE '^ok ' <<<"$out" | head -10
	failed=$((failed + 1))
}

# shellcheck disable=SC2016  # what looks like the shell's is Perl's
self_test() {
	local inc=include/afar src=drivers/md/dm-afar doc=Documentation
	local admin=$doc/admin-guide/afar.rst abi=$doc/ABI/testing/sysfs-block-dm-afar

	fresh
	# the code changes
	mutate member-renamed $inc/frame.h 's/__le64 sector;/__le64 block;/; s/, sector, 24/, block, 24/' "'block' is in the code, not in the document"
	mutate member-moved $inc/message.h 's/(\t__le64 committed;\n\t__le64 committed_seq;\n)(\t__le64 credit;\n)(\t__le64 reserved\[3\])/$2$1$3/' "error: static assertion|member of struct afar_ack"
	mutate member-moved-unseen $inc/message.h 's/(\t__le64 replicated;\n)(\t__le64 replicated_seq;\n)(\t__le64 committed;\n\t__le64 committed_seq;\n\t__le64 credit;)/$2$1$3/; s/afar_ack, replicated_seq, 8/afar_ack, replicated, 8/' "member of struct afar_ack 'replicated'"
	mutate member-split $inc/message.h 's/__le32 reserved\[3\]/__le32 hint;\n\t__le32 reserved[2]/; s/afar_bye, reserved, 4/afar_bye, hint, 4/' "member of struct afar_bye 'hint' is in the code"
	mutate size-changed $inc/message.h 's/__le32 reserved\[3\];/__le32 reserved[7];/; s/afar_bye, 16/afar_bye, 32/' "struct afar_bye has 32 bytes, the document says 16"
	mutate struct-added $inc/types.h 's/(struct afar_term_le \{)/struct afar_new {\n\t__le64 x;\n};\n$1/' "struct afar_new has no table"
	mutate assert-forgotten $inc/frame.h 's/AFAR_ASSERT_SIZE\(struct afar_command, 64\);//' "struct afar_command has no AFAR_ASSERT_SIZE"
	mutate offset-forgotten $inc/frame.h 's/AFAR_ASSERT_OFFSET\(struct afar_head, term, 40\);//' "struct afar_head, term has no AFAR_ASSERT_OFFSET"
	mutate assert-wrong $inc/frame.h 's/afar_head, term, 40/afar_head, term, 48/' "static assertion failed"
	mutate constant-changed $inc/message.h 's/AFAR_LANES\t\t16/AFAR_LANES\t\t32/' "constant 'AFAR_LANES': the code says '32'"
	mutate enum-added $inc/frame.h 's/(\tAFAR_BYE\t= 22,\n)/$1\tAFAR_DROP = 23,\n/' "constant 'AFAR_DROP' is in the code"
	mutate reason-renamed $inc/message.h 's/"key"/"absent"/' "reason 'absent' is in the code"
	mutate reason-reworded $inc/message.h 's/the peer belongs to another group/the peer is of another group/' "reason 'group': the code says '3: the peer is of another group'"
	mutate reason-link-state $inc/message.h 's/"key"/"absent"/' "link state 'absent' is in the code"
	mutate state-added $src/group.c 's/return "resync-needed";/return "behind";/' "state 'behind' is in the code"
	mutate token-moved $src/status.c 's/f\.lag\.bytes, f\.lag\.sets/f.lag.sets, f.lag.bytes/' "status token no 11 is 'lag-sets' in the code"
	mutate token-removed $src/status.c 's/%llu ", f\.memory, f\.memory_limit, f\.ring_used, f\.ring_blocks,\s+f\.parked/", f.memory, f.memory_limit, f.ring_used, f.ring_blocks/' "status token 'parked' is in the document, not in the code"
	mutate token-added $src/status.c 's/%u\/%u %llu ", READ_ONCE/%u\/%u %llu %llu ", f.extra, READ_ONCE/' "status token 'extra"
	mutate volume-word $src/volume_target.c 's/"forgotten"/"removed"/' "word of a volume 'removed' is in the code"
	mutate volume-token $src/volume_target.c 's/DMEMIT\("%s %s %s",/DMEMIT("%s %s %s %u",/' "word of a volume 'member' is in the document"
	mutate knob-default $src/core/options.h 's/(TIMEOUT,\s+timeout_ms,\s+)10000/${1}5000/' "knob 'timeout_ms': the code says '5000"
	mutate knob-range $src/core/options.h 's/(set_interval_ms, 200,\s+1,\s+)3600000/${1}60000/' "knob 'set_interval_ms': the ABI does not say 60000"
	mutate knob-fixed $src/core/options.h 's/(lanes,\s+2,\s+1,\s+16,\s+)true/${1}false/' "sysfs file 'lanes': the code says 'rw'"
	mutate knob-added $src/core/options.h 's/(\tX\(LANES,)/\tX(DEPTH,\tdepth,\t1,\t1,\t9,\tfalse) \\\n$1/' "sysfs file 'depth' is in the code"
	mutate sysfs-removed $src/sysfs.c 's/\tX\(parked, [^\n]*\n//' "sysfs file 'parked' is in the document, not in the code"
	mutate message-added $src/message.c 's/(\tif \(!strcmp\(argv\[0\], "close"\)\))/\tif (!strcmp(argv[0], "freeze"))\n\t\treturn 0;\n$1/' "message 'freeze' is in the code"
	mutate message-word $src/message.c 's/argv\[i\], "assume-equal"/argv[i], "equal"/' "message 'promote equal' is in the code"
	mutate rule-added $src/core/rule.h 's/\tAFAR_RULE_EPOCH,\n/\tAFAR_RULE_LATE,\n\tAFAR_RULE_EPOCH,\n/' "rule 'LATE' is in the code"
	# the documents change
	mutate doc-offset $doc/afar-format.rst 's/\n40      24    term /\n48      24    term /' "member of struct afar_head 'term': the code says 'offset 40"
	mutate doc-size $doc/afar-format.rst 's/struct afar_super, 4096 bytes/struct afar_super, 4095 bytes/' "struct afar_super has 4096 bytes"
	mutate doc-row-lost $doc/afar-format.rst 's/\n[^\n]*  map_generation [^\n]*//' "member of struct afar_command 'map_generation' is in the code"
	mutate doc-struct-lost $doc/afar-protocol.rst 's/struct afar_range, 16 bytes/A range/' "struct afar_range has no table"
	mutate doc-constant $doc/afar-format.rst 's/(AFAR_SET_MIN``\s+)992/${1}990/' "constant 'AFAR_SET_MIN'"
	mutate doc-token $admin 's/\n13  lag-sets [^\n]*//' "status token 'lag-sets' is in the code"
	mutate doc-token-number $admin 's/\n17  parked/\n18  parked/' "status token no 17 is numbered 18"
	mutate doc-state $admin 's/``commit-failed``  /``commit-broken``  /' "state 'commit-broken' is in the document"
	mutate doc-message $admin 's/\n``close``\n/\n``close all``\n\n``flush``\n/' "message 'flush' is in the document"
	mutate doc-abi-mode $abi 's/(memory_limit\nAccess:\t\t)rw/${1}ro/' "sysfs file 'memory_limit': the code says 'rw'"
	mutate doc-abi-lost $abi 's/What:\t\t\/sys\/block\/dm-N\/afar\/lag_ms\n.*?\n\n//s' "sysfs file 'lag_ms' is in the code"
	mutate doc-test-gone $doc/afar-recovery.rst 's/epochs_never_fall_along_the_ring/epochs_never_rise/' "test 'epochs_never_rise'"
	mutate doc-row-gone $doc/afar-requirements.rst 's/\nD13 .*?\n(D14 )/\n$1/s' "row 'D13' is in the code"
	mutate doc-row-test-gone $doc/afar-requirements.rst 's/figure_11_recovery/figure_11_rescue/' "test 'figure_11_rescue' of afar-requirements.rst is not there"
	mutate doc-row-empty $doc/afar-requirements.rst 's/(\nD20 .*?)not yet/$1perhaps/' "row 'D20': neither a test nor"
	mutate doc-path-gone README.md 's/`committer.c`/`destage.c`/' "README.md: 'destage.c' is not there"
	mutate doc-link-gone README.md 's/Documentation\/afar-locking\.rst/Documentation\/afar-lock.rst/' "'Documentation/afar-lock.rst' is not there"
	mutate doc-status README.md 's/(0 8 afar-group primary ok live .*) \S+\n/$1\n/' "README.md: a status line has [0-9]+ tokens"
	mutate doc-role-test-gone $doc/afar-roles.rst 's/``switch-killed``/``switch-mauled``/' "test 'switch-mauled' of afar-roles.rst is not there"
	mutate doc-section-empty $doc/afar-recovery.rst 's/\nDevices that fail\n=+\n.*?\n(?=Where this differs)/\nDevices that fail\n=================\n\n@\n\n/s' "nothing under 'Devices that fail'"
	mutate doc-blank README.md 's/\n\n/ \n\n/' "README.md:[0-9]+: trailing blank"
}

case ${1:-} in
'') check; self_test ;;
--self-test) self_test ;;
--no-self-test) check ;;
-h|--help) usage 0 ;;
*) usage 2 >&2 ;;
esac

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
