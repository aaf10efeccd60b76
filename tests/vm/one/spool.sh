# shellcheck shell=dash
# With the link cut writes beyond the memory mark go to the primary's journal, nothing is parked until it is
# full, and all of it arrives, in order and whole; the ring is used again and again.

# limit: 240
. /afar/guest/afar.sh
MB=64 JOURNAL_MB=64 OPTIONS="memory_limit 8388608 timeout_ms 1000 set_bytes 1048576 set_interval_ms 60000"

write() { # MB
	dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=$(($1 * 16)) oflag=direct status=none || fail "write"
}

# All that goes to the spool has gone there.
settled() {
	while _total=$(fact ga spooled_blocks_total) && sleep 1 && [ "$(fact ga spooled_blocks_total)" != "$_total" ]; do :; done
}

pair_up
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
expect_eq "parks before" 0 "$(fact ga parks_total)"
write 40
wait_for 10 '[ "$(fact ga memory_used)" -le 4194304 ]' 'memory has gone to the spool' 'status ga'
expect_eq "parks_total" 0 "$(fact ga parks_total)"
expect_eq "state" spooling "$(fact ga state)"
used=$(fact ga ring_used)
[ "$used" -gt $((34 * 256)) ] || fail "ring_used" "more than 34 MiB" "$used blocks"

# what is small goes there with little beside it: the header of a frame for 62 commands
settled
blocks=$(fact ga spooled_blocks_total) memory=$(fact ga memory_used)
work /dev/mapper/a0 --size=8M --rw=write || fail "fio"
wait_for 10 '[ "$(fact ga memory_used)" -le 4194304 ]' 'memory has gone to the spool' 'status ga'
settled
# what was in memory before has gone, too, and some of this has not; a 4 KiB copy counts for 1/16 more
went=$((2048 + (memory - $(fact ga memory_used) * 15 / 16) / 4096))
spooled=$(($(fact ga spooled_blocks_total) - blocks))
echo "spooled for $went blocks: $spooled"
[ $spooled -le $((went * 103 / 100 + 32)) ] || fail "blocks spooled for $went of 4 KiB" "at most 3 % more" "$spooled"

# a restart of lanes, links and tables in the middle of it loses nothing
heal_link
wait_live 20
kill_connections a "dport = :7000"
expect_ok dmsetup suspend ga
expect_ok dmsetup resume ga
wait_live 20
kill_connections a "dport = :7000"
catch_up 60
expect_eq "state" ok "$(fact ga state)"
expect_equal

# beyond the ring's end, and beyond its room: then writes wait, until the peer is back
cut_link
work_begin /dev/mapper/a0 --bs=32k
wait_for 40 '[ "$(fact ga state)" = spool-full ] && [ "$(fact ga parked)" -gt 0 ]' 'the spool is full, writes are parked' 'status ga'
heal_link
wait_live 20
sleep 2
cut_link
sleep 2
heal_link
wait_live 20
work_end
catch_up 90
expect_caught_up
