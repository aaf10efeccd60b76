# shellcheck shell=dash
# A write completes before anything of it is sent; it is sent, and durable at the peer, before its set is closed;
# the next set is sent before the last is acknowledged; versions of a block wait side by side.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 10000"
pair_up
put() { # BLOCK WORD
	yes "$2" | dd of=/dev/mapper/a0 bs=4096 count=1 seek="$1" oflag=direct iflag=fullblock 2>/dev/null
}

# no set is closed, and the copy is free, because it is durable there
put 0 one
wait_fact gb commands_total 1 5
wait_fact ga memory_used 0 5
expect_eq "closed" 1:0 "$(fact ga local_set)"
expect_eq "replicated" 1:0 "$(fact gb replicated_set)"

# with a journal that does not answer nothing is acknowledged; the next set is sent all the same
set=$(fact ga replicated_set) arrived=$(fact gb commands_total)
expect_ok dmsetup suspend --noflush jb
put 2 five
msg ga close >/dev/null
put 2 six
last=$(msg ga close)
wait_fact gb commands_total $((arrived + 4)) 5
expect_eq "what the primary has heard" "$set" "$(fact ga replicated_set)"
expect_ok dmsetup resume jb
wait_fact ga replicated_set "$last" 10
expect_caught_up

# nothing gets through: a write that waited for it would not return
cut_link
arrived=$(fact gb commands_total)
for word in two three four; do
	timeout $((5 * SLOW)) dd if=/dev/zero of=/dev/mapper/a0 bs=4096 count=1 seek=1 oflag=direct 2>/dev/null ||
		fail "a write with the link cut" "done" "$?"
	put 1 $word
done
used=$(fact ga memory_used)
[ "$used" -ge $((6 * 4096)) ] || fail "six versions of a block" "24576 bytes or more" "$used"
expect_eq "arrived" "$arrived" "$(fact gb commands_total)"
heal_link
catch_up
expect_equal
