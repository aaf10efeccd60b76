# shellcheck shell=dash
# Where the link is down and no memory can be had for what goes to the spool, no write waits long for that: it is as if
# the journal were full.
# flavours: debug
# append: slub_debug=A,afar_spooled
# limit: 60

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=64 OVERFLOW='' OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 65536"
need_failslab

pair_up
cut_link
# of frames, as `append` says
slab_fails
log_mark
dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=256 oflag=direct status=none &
writer=$!
wait_for 30 "! kill -0 $writer 2>/dev/null" 'all is written' 'status ga; dmesg | tail -20'
wait $writer || fail "the writer" "success" "status $?"
slab_works
log_since | grep -q 'spool: no memory for a frame' || fail "the log" "what is missing" "$(log_since | tail -5)"
log_since | grep -q 'overflow: memory_limit and the journal are used up' ||
	fail "the log" "an overflow" "$(log_since | tail -5)"
expect_eq "state" overflow "$(fact ga state)"
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the peer follows' 'status ga; status gb'
expect_caught_up
