# shellcheck shell=dash
# An overflow while the peer is away, and much more is written than memory and journal held: it comes back, gets
# first what was closed by then, and its cut moves; then all the rest in one set.
# limit: 240
# memory: 1280

. /afar/guest/afar.sh
MB=96 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 set_bytes 262144 chunk_size 65536"
pair_up 16 192
work /dev/mapper/a0 --size=1m
expect_caught_up
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
before=$(fact ga replicated_set)
work /dev/mapper/a0 --rw=write --bs=64k --size=90m --offset=4m
expect_eq "state" overflow "$(fact ga state)"
last=$(fact ga local_set)
[ "${last#*:}" -gt $((${before#*:} + 20)) ] || fail "sets closed before the overflow" "more than 20 beyond $before" "$last"
log_mark
heal_link
left_set() { log_since | sed -nE 's/.*gb: term 2 of the peer is followed, from set ([0-9]+) of term 1 on/\1/p' | tail -1; }
wait_for 60 '[ -n "$(left_set)" ]' 'the next term begins' 'status ga; status gb; dmesg | tail -20'
expect_eq "the peer's cut by then" "${last#*:}" "$(left_set)"
wait_for 90 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
# that is equal by now, and is not sent again
[ "$(fact ga resync_equal_total)" -gt $((8 << 20)) ] || fail "equal" "8 MiB at least" "$(fact ga resync_equal_total)"
expect_caught_up "after the overflow"
