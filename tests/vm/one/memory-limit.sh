# shellcheck shell=dash
# At the memory limit writes are parked, reads are not; when the link is back all goes on.

. /afar/guest/afar.sh
MB=32 OPTIONS="memory_limit 4194304 timeout_ms 1000"
pair_up
work_begin /dev/mapper/a0 --bs=16k
cut_link
# for good: before the journal is full, too, some are for a moment, until the spool has taken more
wait_for 40 '[ "$(fact ga state)" = spool-full ] && [ "$(fact ga parked)" -gt 0 ]' 'writes are parked' 'status ga'
for i in 1 2 3 4 5; do
	used=$(fact ga memory_used)
	[ "$used" -le $((4194304 + 65536)) ] || fail "memory_used" "at most the limit and one write" "$used"
	usleep 200000
done
seq=$(fact ga local_seq)
expect_ok timeout $((5 * SLOW)) dd if=/dev/mapper/a0 of=/dev/null bs=64k count=8 iflag=direct status=none
expect_eq "numbers given out at the limit" "$seq" "$(fact ga local_seq)"
# the limit can be raised meanwhile
knob ga memory_limit 8388608
wait_for 10 '[ "$(fact ga memory_used)" -gt 6000000 ]' 'memory_used grows' 'status ga'
[ "$(fact ga lag_ms)" -gt 500 ] || fail "lag_ms" "more than 500" "$(fact ga lag_ms)"
heal_link
wait_live 20
knob ga memory_limit 67108864
wait_for 10 '[ "$(fact ga parked)" = 0 ]' 'nothing is parked' 'status ga'
work_end
expect_caught_up
expect_eq "memory_used" 0 "$(fact ga memory_used)"
