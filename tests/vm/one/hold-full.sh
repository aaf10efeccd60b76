# shellcheck shell=dash
# A hold that outlasts the ring: the primary keeps what does not fit, nothing is sent twice, nothing is lost.
# limit: 180

. /afar/guest/afar.sh
MB=48 JOURNAL_MB=16 OPTIONS="memory_limit 8388608 timeout_ms 2000"
pair_up
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
catch_up
held=$(msg gb hold)
wait_fact gb state hold 10
image=$(sum "$(origin b 0)")
work_begin /dev/mapper/a0 --bs=16k
# no more comes: ring and memory are full
wait_for 60 'shipped=$(fact ga shipped_total); usleep 500000; [ "$(fact ga parked)" -gt 0 ] && [ "$(fact ga shipped_total)" = "$shipped" ]' \
	'ring and memory are full' 'status ga; status gb'
used=$(fact gb ring_used)
sleep $((4 * SLOW))
# longer than any timeout: the session lives, and nothing is tried in vain
expect_eq "link" live "$(fact ga link)"
expect_eq "state of the primary" spool-full "$(fact ga state)"
expect_eq "commands shipped meanwhile" "$shipped" "$(fact ga shipped_total)"
expect_eq "ring in use" "$used" "$(fact gb ring_used)"
[ "$used" -le "$(fact gb ring_blocks)" ] || fail "ring in use" "no more than there is" "$used"
# a full ring is replayed, and stays held
expect_ok node_down b
expect_ok node_up b
wait_live 20
wait_fact gb state hold 10
expect_eq "held" "$held" "$(fact gb committed_set)"
expect_eq "the held image" "$image" "$(sum /dev/mapper/b0)"
expect_ok msg gb release
wait_for 20 '[ "$(fact ga parked)" = 0 ]' 'nothing is parked' 'status ga; status gb'
work_end
expect_caught_up
expect_eq "commands that came twice" 0 "$(fact gb duplicates_total)"
