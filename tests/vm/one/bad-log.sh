# shellcheck shell=dash
# A torn tail of the log is normal; a damaged middle is refused, and not written to, be it
# a header or a payload.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 1000"
J=/dev/mapper/jb
pair_up
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=$1 seek=$2 oflag=direct 2>/dev/null; }
put 4 0
catch_up
expect_ok dmsetup suspend b0
image=$(sum "$(origin b 0)")
for set in 1 2 3; do
	put 8 $((set * 8))
	msg ga wait "$(msg ga close)"
done
seq=$(fact gb replicated_seq)
cut_link
expect_ok node_down b
dd if=$J of=good bs=1M iflag=direct 2>/dev/null
restore() { dd if=good of=$J bs=1M oflag=direct conv=notrunc 2>/dev/null; }

# Positions of the records, by the journal's own tool; those that are not committed come last.
afar-journal dump $J >dump || fail "afar-journal dump" "success" "$(cat dump)"
start=$(afar-journal info $J | sed -n 's/^ring *at \([0-9]*\),.*/\1/p')
sed -n 's/^\([0-9]*\): frame .*/\1/p' dump >records
[ "$(wc -l <records)" -ge 6 ] || fail "records in the log" "6 at least" "$(cat dump)"
record() { echo $((start + $(tail -n "$1" records | head -1))); } # from the end -> block

flip() { # BLOCK BYTE
	dd if=$J of=block bs=4k skip="$1" count=1 iflag=direct 2>/dev/null
	_byte=$(dd if=block bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
	printf "\\$(printf %o $((_byte ^ 16)))" | dd of=block bs=1 seek="$2" conv=notrunc 2>/dev/null
	dd if=block of=$J bs=4k seek="$1" oflag=direct conv=notrunc 2>/dev/null
}

# the middle
for byte in 0 70 140; do
	flip "$(record 4)" $byte
	before=$(sum $J)
	refused 'journal refused: the log is damaged at block' node_group b
	expect_eq "damaged at byte $byte: not written to" "$before" "$(sum $J)"
	restore
done
dd if=/dev/zero of=$J bs=4k seek="$(record 4)" count=2 oflag=direct conv=notrunc 2>/dev/null
before=$(sum $J)
refused 'journal refused: the log is damaged at block' node_group b
expect_eq "a hole: not written to" "$before" "$(sum $J)"
restore

# the tail
flip "$(record 1)" 140
expect_ok node_group b
[ "$(set_of "$(fact gb replicated_seq)")" -lt "$(set_of "$seq")" ] ||
	fail "replicated, with a torn tail" "less than $seq" "$(fact gb replicated_seq)"
expect_eq "state" volumes-missing "$(fact gb state)"
dmsetup remove gb
restore

# a payload of a set that was durable
first=$(sed -n 's/^\([0-9]*\): frame .*/\1/p; s/^  write  *set 2 .*/here/p' dump | grep -B1 here | head -1)
flip $((start + first + 1)) 77
before=$(sum $J)
refused 'journal refused: the log is damaged at block [0-9]+ .bad payload' node_group b
expect_eq "damaged payload: not written to" "$before" "$(sum $J)"
expect_eq "the image" "$image" "$(sum "$(origin b 0)")"
restore

# and as it was
heal_link
expect_ok node_up b
wait_live 30
expect_caught_up
