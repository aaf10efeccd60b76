# shellcheck shell=dash
# A primary that was lost comes back to a peer that has been promoted: by itself if the peer has all that it ever
# wrote; else both keep what they have, the live one serves, and `discard-history` on one ends it, at the cost of
# what differs. Both ways round, and more than once.
# limit: 300

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"

pair_up
refused 'discard-history: the link is not in split-brain' msg ga discard-history
work /dev/mapper/a0 --size=8m
work /dev/mapper/a1 --size=2m
expect_caught_up

# lost with something that the peer does not have
cut=$(fact gb committed_set)
cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=1m --offset=16m
expect_ok node_down a
expect_ok msg gb promote force
work /dev/mapper/b1 --rw=write --bs=64k --size=1m --offset=8m
expect_ok node_up a
heal_link
split a
split b
expect_eq "role of the live one" primary "$(fact gb role)"
work /dev/mapper/b0 --size=512k
expect_eq "where the histories part" "$cut" "$(fact ga split_set)"
expect_eq "and when" "$(fact gb image_time_ns)" "$(fact ga split_time_ns)"
[ "$(fact ga chunks_dirty)" -ge 16 ] || fail "chunks that would be lost" "16 at least" "$(fact ga chunks_dirty)"
# two that serve are not begun by mistake
refused "promote: the peer was primary when it dialled last: this node follows it .* after 'discard-history'" msg ga promote
refused 'promote: this node was primary before' msg ga promote assume-equal
expect_eq "state" promote-needed "$(fact ga state)"
before=$(sum "$(origin b 1)") sent=$(fact gb payload_bytes_total)
# what would be lost can be looked at, and is not touched by it
expect_same /dev/mapper/a0 "$(origin a 0)" "the old image"
expect_same /dev/mapper/a1 "$(origin a 1)" "the old image"
head -c 65536 /dev/mapper/a1 >/tmp/test/a1.begin
write_a() { dd if=/dev/zero of=/dev/mapper/a0 bs=4k count=1 oflag=direct status=none; }
expect_fail write_a
exec 5</dev/mapper/a0
# who reads notices nothing of the refusal
(while head -c 65536 /dev/mapper/a1 | cmp -s - /tmp/test/a1.begin || { : >/tmp/test/a1.failed; break; }; do :; done) &
reader=$!
refused 'discard-history: volume . .* is open' msg ga discard-history
sleep 2
kill $reader
wait $reader || true
[ ! -e /tmp/test/a1.failed ] || fail "a reader meanwhile" "goes on" "an error"
expect_eq "role of who keeps it open" primary "$(fact ga role)"
head -c 4096 <&5 >/dev/null || fail "a read after that" "goes on" "an error"
exec 5<&-
log_mark
discard a
read_a() { dd if=/dev/mapper/a0 of=/dev/null bs=4k count=1 iflag=direct status=none; }
expect_fail read_a
follows b a "after discard-history"
expect_eq "volume 1 of the live one" "$before" "$(sum "$(origin b 1)")"
sent=$((($(fact gb payload_bytes_total) - sent) / 1024))
[ $sent -lt 6144 ] || fail "payload" "what differs: less than 6 MiB of 64" "$sent KiB"

# stopped cleanly, and the peer goes on without it: it has all of it
expect_ok node_down b
expect_ok msg ga promote force
work /dev/mapper/a0 --size=1m
cut_link
expect_ok node_up b
# not while somebody looks at it
exec 5</dev/mapper/b1
log_mark
heal_link
wait_for 30 'log_since | grep -q "this node would follow the peer: volume 1 .* is open"' \
	'it says who keeps it from following' 'status ga; status gb; dmesg | tail'
# it dials each 8 s at most
sleep 9
expect_eq "lines of that" 1 "$(log_since | grep -c 'would follow the peer')"
expect_eq "role meanwhile" primary "$(fact gb role)"
exec 5<&-
wait_for 30 '[ "$(fact gb role)" = secondary ]' 'the old primary follows' 'status ga; status gb; dmesg | tail'
expect_log 'gb: the peer is primary, and has all that this node ever wrote'
follows a b "after a clean stop"

# both are primary, and both are written to; and the other one gives in this time
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
expect_ok msg gb promote force
work /dev/mapper/a0 --rw=write --bs=64k --size=1m --offset=4m
work /dev/mapper/b0 --rw=write --bs=64k --size=1m --offset=12m
work /dev/mapper/b1 --size=1m
# more parts of a volume than one message names
work /dev/mapper/b0 --rw=write:64k --bs=64k --size=32m
heal_link
split a
split b
work /dev/mapper/a1 --size=64k
work /dev/mapper/b1 --size=64k
before=$(sum "$(origin a 0)")
exec 5</dev/mapper/b0
refused 'discard-history: volume 0 .* is open' msg gb discard-history
exec 5<&-
work /dev/mapper/b1 --size=64k
log_mark
discard b
expect_eq "volume 0 of the one that goes on" "$before" "$(sum "$(origin a 0)")"
follows a b "after a split brain"

# a term of which nothing is committed is given up, too
expect_ok msg ga demote
expect_ok msg gb promote
wait_for 20 '[ "$(fact gb state)" = ok ] && [ "$(fact gb link)" = live ]' 'all is well' 'status ga; status gb'
cut_link
wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
expect_ok msg ga promote force
work /dev/mapper/a1 --rw=write --bs=64k --size=1m --offset=20m
heal_link
split a
log_mark
discard a
follows b a "after a term of nothing"
expect_ok msg gb demote
expect_ok msg ga promote
follows a b "after a planned switch"

# and it can take over at once
expect_ok msg ga demote
expect_ok msg gb promote
follows b a "after a planned switch"

# one that was stopped cleanly, and hears of another one while it is being started, is not promoted beside it
expect_ok msg gb demote
expect_ok msg ga promote
follows a b "after a planned switch"
expect_ok node_down a
expect_ok msg gb promote force
expect_ok node_group a
# a primary dials every eight seconds at least
sleep 9
expect_ok node_volumes a
refused 'promote: the peer (was|may be) primary' msg ga promote
follows b a "after a clean stop"
