# shellcheck shell=dash
# What is staged is committed out of memory, held or not: nothing is read back from the journal. Above stage_memory
# it is.

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=96 OPTIONS="$BY_HAND"
pair_up

reads() { block_stat /dev/mapper/jb 3; }
fill() { # TIMES 64 KiB
	dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count="$1" oflag=direct conv=notrunc status=none
}
held() { # TIMES 64 KiB, which are all staged before the first of it is committed
	expect_ok msg gb hold
	fill "$1"
	_set=$(msg ga close)
	wait_for 20 "[ \"\$(fact gb replicated_set)\" = '$_set' ]" "set $_set is staged" 'status ga; status gb'
	expect_ok msg gb release
	expect_caught_up
}

before=$(reads)
fill 256
expect_caught_up
for _i in 1 2 3 4 5 6 7 8; do
	fill 4
	msg ga close >/dev/null
done
expect_caught_up
expect_eq "sectors read from the journal, commits follow at once" 0 $(($(reads) - before))
held 256
expect_eq "sectors read from the journal, commits were held" 0 $(($(reads) - before))

knob gb stage_memory 4194304
held 256
back=$(($(reads) - before))
[ $back -ge $((8 * 2048)) ] || fail "sectors read back above stage_memory" "8 MiB at least" "$back"
