# shellcheck shell=dash
# Where the link is down and there is no memory for what a chunk's bit needs besides the copy of a write, the write does
# not wait long for it: the stream is given up.
# flavours: debug
# append: slub_debug=A,kmalloc-4k
# limit: 90

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=64 OVERFLOW='' OPTIONS="timeout_ms 1000 chunk_size 65536"
need_failslab
pair_up
cut_link
cat /proc/uptime >/dev/null
slab_fails
log_mark
dd if=/dev/zero of=/dev/mapper/a0 bs=64k count=512 oflag=direct status=none &
writer=$!
wait_for 30 "! kill -0 $writer 2>/dev/null" 'all is written' 'status ga; dmesg | tail -20'
slab_works
wait $writer || fail "the writer" "success" "status $?"
log_since | grep -q 'there is no memory for copies' || fail "the log" "what is missing" "$(log_since | tail -5)"
heal_link
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the peer follows' 'status ga; status gb'
expect_caught_up
