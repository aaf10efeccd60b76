# shellcheck shell=dash
# What is in the spool cannot be read back: nobody waits for it, no gap comes of it, and a resync brings what it held.
# allow-log: Buffer I/O error|I/O error
# limit: 180

. /afar/guest/afar.sh
MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 memory_limit 4194304 chunk_size 65536"
pair_up
work /dev/mapper/a0 --size=1m
expect_caught_up
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
work /dev/mapper/a0 --rw=write --bs=64k --size=16m --offset=8m
wait_for 20 '[ "$(fact ga spooled_blocks_total)" -gt 2000 ]' 'most of it is in the journal' 'status ga'
wait_for 20 '_at=$(fact ga spooled_blocks_total); usleep 500000; [ "$(fact ga spooled_blocks_total)" = "$_at" ]' 'the spool is quiet' 'status ga'
image=$(sum /dev/mapper/o0b) cut=$(fact gb committed_set)

# damaged in the middle of what is in use
afar-journal info /dev/mapper/ja >/tmp/test/info
start=$(sed -n 's/^ring *at \([0-9]*\),.*/\1/p' /tmp/test/info)
head=$(sed -n 's/^head *position //p' /tmp/test/info)
blocks=$(fact ga ring_blocks) used=$(fact ga ring_used)
dd if=/dev/urandom of=/dev/mapper/ja bs=4k count=256 seek=$((start + (head + used / 2) % blocks)) oflag=direct conv=notrunc 2>/dev/null
log_mark
heal_link
wait_for 60 'log_since | grep -q "spool: frame at .* cannot be read back"' 'it is noticed' 'status ga; status gb; dmesg | tail -20'
# meanwhile the application writes
work /dev/mapper/a0 --size=1m
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is there again' 'status ga; status gb; dmesg | tail -20'
expect_log 'gb: term 2 of the peer is followed, from set [0-9]* of term 1 on'
expect_caught_up
say "from $cut, image $image"
