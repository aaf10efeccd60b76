# shellcheck shell=dash
# With the memory limit reached and the link cut, volumes and groups can be suspended without the link.

. /afar/guest/afar.sh
OPTIONS="memory_limit 4194304 timeout_ms 1000"
pair_up
work_begin /dev/mapper/a0
cut_link
wait_for 10 '[ "$(fact ga parked)" -gt 0 ]' 'writes are parked' 'status ga'
sleep 1
used=$(fact ga memory_used)
[ "$used" -le $((4194304 + 1048576)) ] || fail "memory_used" "at most the limit and one command" "$used"
for what in "--noflush a0" "a0" "--noflush ga" "ga"; do
	before=$(now_ms)
	# shellcheck disable=SC2086  # words
	expect_ok timeout $((15 * SLOW)) dmsetup suspend $what
	echo "suspend $what: $(($(now_ms) - before)) ms"
	expect_ok dmsetup resume "${what#--noflush }"
done
heal_link
wait_live 20
wait_for 10 '[ "$(fact ga parked)" = 0 ] || [ "$(fact ga lag_ms)" -lt 5000 ]' 'writes go on' 'status ga'
work_end
expect_caught_up
