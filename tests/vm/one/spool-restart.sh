# shellcheck shell=dash
# What the journal holds survives a crash of the primary: whole sets of it are delivered in order, in the old term,
# and the peer's cut moves with them; only then a new term begins, for what memory held.
# limit: 240

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=96 OVERFLOW='' OPTIONS="memory_limit 4194304 timeout_ms 1000 set_bytes 262144 chunk_size 65536"

# The set of term $1 from which b has followed the next one.
left_set() { # TERM
	log_since | sed -nE "s/.*gb: term $(($1 + 1)) of the peer is followed, from set ([0-9]+) of term $1 on/\1/p" | tail -1
}

pair_up
work /dev/mapper/a0 --size=1m
expect_caught_up
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
before=$(fact ga replicated_set)
work /dev/mapper/a0 --rw=write --bs=64k --size=24m --offset=8m
wait_for 20 '[ "$(fact ga spooled_blocks_total)" -gt 4000 ]' 'most of it is in the journal' 'status ga'
expect_ok node_down a
expect_ok afar-journal check /dev/mapper/ja
expect_ok node_up a
log_mark
expect_ok msg ga promote
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
expect_eq "state" resync-needed "$(fact ga state)"
expect_log 'sets up to [0-9]+ of term 1 are in the journal: the peer gets them first'
last=$(log_since | sed -nE 's/.*sets up to ([0-9]+) of term 1 are.*/\1/p')
[ "$last" -gt $((${before#*:} + 40)) ] || fail "sets in the journal" "more than 40 beyond $before" "up to $last"
# nobody waits meanwhile, and what is written now comes with the resync
work /dev/mapper/a0 --size=1m --offset=40m
knob ga resync_rate 65536
heal_link
wait_for 60 '[ -n "$(left_set 1)" ]' 'the next term begins' 'status ga; status gb; dmesg | tail -20'
expect_eq "the peer's cut by then" "$last" "$(left_set 1)"
expect_eq "term" 2 "$(fact gb term | cut -d' ' -f1)"
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_caught_up "after the resync"
# what was delivered before is equal, and is not sent again
[ "$(fact ga resync_equal_total)" -gt $((12 << 20)) ] || fail "equal" "12 MiB at least" "$(fact ga resync_equal_total)"

# a peer that is not where it was gets nothing of the old term
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
work /dev/mapper/a0 --rw=write --bs=64k --size=24m --offset=8m
wait_for 20 '[ "$(fact ga spooled_blocks_total)" -gt 4000 ]' 'most of it is in the journal' 'status ga'
expect_ok node_down a
expect_ok node_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=1 oflag=direct 2>/dev/null
expect_ok node_up b
expect_ok node_up a
expect_ok msg ga promote
expect_eq "term" 2 "$(fact ga term | cut -d' ' -f1)"
heal_link
wait_for 90 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb; dmesg | tail -20'
expect_eq "term" 3 "$(fact gb term | cut -d' ' -f1)"
expect_caught_up "after a blank journal of the peer"
