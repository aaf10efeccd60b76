# shellcheck shell=dash
# A peer that holds, and an overflow while it does: what it has acknowledged beyond its hold is not given up for a
# resync that could have waited. Released, it commits all of that, and then the resync comes.
# limit: 180

. /afar/guest/afar.sh
MB=24 OVERFLOW='' OPTIONS="timeout_ms 5000 memory_limit 8388608 chunk_size 65536 set_bytes 1048576"
pair_up 16 64
work /dev/mapper/a0 --size=1m
expect_caught_up
expect_ok msg gb hold
held=$(fact gb committed_set)
# more than the peer's journal, and this node's, and its memory, take
work /dev/mapper/a0 --rw=write --bs=64k --size=4m --offset=4m --loops=40
wait_fact ga state overflow 20
replicated=$(fact gb replicated_set)
[ "${replicated#*:}" -gt $((${held#*:} + 5)) ] || fail "sets beyond the hold" "more than 5 beyond $held" "$replicated"
# much longer than it takes to see that the application is calm
sleep 4
# no less: it may still have got what the journal holds
now=$(fact gb replicated_set)
[ "${now%:*}" = "${replicated%:*}" ] && [ "${now#*:}" -ge "${replicated#*:}" ] ||
	fail "what the peer has" "$replicated or later" "$now"
replicated=$now
expect_eq "what it has committed" "$held" "$(fact gb committed_set)"
expect_eq "state" overflow "$(fact ga state)"
log_mark
expect_ok msg gb release
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
left=$(log_since | sed -nE 's/.*gb: term 2 of the peer is followed, from set ([0-9]+) of term 1 on/\1/p' | tail -1)
[ "${left:-0}" -ge "${replicated#*:}" ] || fail "the peer's cut when the next term began" "$replicated or later" "${left:-none}"
expect_caught_up "after the overflow"
