# shellcheck shell=dash
# A journal that is foreign, damaged, truncated or of another version is refused, with the reason in the log,
# and not written to; with one good copy of each block it serves.

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=17
two_namespaces
load_afar
make_disks a
J=/dev/mapper/ja
mkfs.ext4 -q $J
for i in 1 2; do
	before=$(sum $J)
	refused 'journal refused: not a journal of dm-afar' node_group a
	expect_eq "foreign journal $i" "$before" "$(sum $J)"
	# without its first blocks, as ext4 leaves them
	dd if=/dev/zero of=$J bs=4k count=1 oflag=direct conv=notrunc 2>/dev/null
done
dd if=/dev/zero of=$J bs=4k count=2 oflag=direct conv=notrunc 2>/dev/null
before=$(sum $J)
refused 'journal refused: only its superblocks are zero' node_group a
expect_eq "half a journal" "$before" "$(sum $J)"

# a good one, to be spoilt
dd if=/dev/zero of=$J bs=1M count=1 oflag=direct conv=notrunc 2>/dev/null
expect_ok node_up a
expect_ok node_down a
dd if=$J of=good bs=1M iflag=direct 2>/dev/null
for blocks in 2 4; do
	dd if=/dev/zero of=$J bs=4k count=$blocks oflag=direct conv=notrunc 2>/dev/null
	before=$(sum $J)
	refused 'journal refused: only its superblocks are zero' node_group a
	expect_eq "without its first $blocks blocks" "$before" "$(sum $J)"
done
restore() { dd if=good of=$J bs=1M oflag=direct conv=notrunc 2>/dev/null; }
flip() { # BLOCK BYTE: another value
	dd if=$J of=block bs=4k skip="$1" count=1 iflag=direct 2>/dev/null
	_byte=$(dd if=block bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
	printf "\\$(printf %o $((_byte ^ 16)))" | dd of=block bs=1 seek="$2" conv=notrunc 2>/dev/null
	dd if=block of=$J bs=4k seek="$1" oflag=direct conv=notrunc 2>/dev/null
}
restore
serves() { # WHAT
	expect_ok node_up a
	expect_eq "$1: volumes" 1/1 "$(attached ga)"
	expect_ok node_down a
	restore
}
is_refused() { # WHAT REGEX
	_hash=$(sum $J)
	refused "$2" node_group a
	expect_eq "$1: not written to" "$_hash" "$(sum $J)"
	restore
}

for copy in 0 1; do
	for byte in 0 8 16 100 4000; do
		flip $copy $byte
		log_mark
		serves "superblock $copy, byte $byte"
		expect_log "superblock copy $copy is damaged"
	done
	dd if=/dev/zero of=$J bs=4k seek=$copy count=1 oflag=direct conv=notrunc 2>/dev/null
	serves "superblock $copy zero"
	flip $((2 + copy)) 70
	serves "volume table, copy $copy"
done
flip 0 100; flip 1 200
is_refused "both superblocks" 'journal refused: both superblocks are damaged'
flip 2 70; flip 3 4090
is_refused "both copies of the volume table" 'both copies of volume table block 0 are damaged'
# another version, or something in it that this one does not know: whichever copy says so
change() { # COPY BYTE VALUE: with a checksum that is right
	dd if=$J of=block bs=4k skip="$1" count=1 iflag=direct 2>/dev/null
	printf "\\$(printf %o "$3")" | dd of=block bs=1 seek="$2" conv=notrunc 2>/dev/null
	afar-peer seal <block >sealed || fail "afar-peer seal"
	dd if=sealed of=$J bs=4k seek="$1" oflag=direct conv=notrunc 2>/dev/null
}
for copy in 0 1; do
	flip $copy 12
	serves "version with a bad checksum"
	change $copy 12 2
	is_refused "version 2 in copy $copy" 'journal refused: written by another version of dm-afar'
	change $copy 16 1
	is_refused "a feature in copy $copy" 'journal refused: written by another version of dm-afar'
done
change 0 12 2; change 1 12 2
is_refused "version 2 in both copies" 'journal refused: written by another version of dm-afar'
# two journals
dd if=$J of=one bs=4k count=1 iflag=direct 2>/dev/null
dd if=/dev/zero of=$J bs=1M count=1 oflag=direct conv=notrunc 2>/dev/null
expect_ok node_up a
expect_ok node_down a
dd if=one of=$J bs=4k count=1 oflag=direct conv=notrunc 2>/dev/null
is_refused "superblocks of two journals" 'superblocks of two journals'
# truncated
line=$(dmsetup table ja)
dmsetup load ja --table "$(echo "$line" | sed "s/^0 [0-9]*/0 $((16 * 2048))/")"
dmsetup suspend ja
dmsetup resume ja
before=$(sum $J)
refused 'journal: truncated: formatted with 4352 blocks, the device has 4096' node_group a
expect_eq "truncated: not written to" "$before" "$(sum $J)"
dmsetup load ja --table "$line"
dmsetup suspend ja
dmsetup resume ja
serves "whole again"
