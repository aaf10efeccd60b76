# shellcheck shell=dash
# A ring in memory is not exceeded, whatever comes; what is in it is not sent again while the node lives,
# and promote force commits it. A journal formatted one way refuses the other.
# limit: 180

. /afar/guest/afar.sh
MB=48 JOURNAL_MB=1 OPTIONS="ring_memory 16777216 memory_limit 33554432 timeout_ms 1000"
nodes_up
expect_ok node_down a
refused "ring_memory is 16777216 since the journal was formatted" node_group a ring_memory 33554432
refused "journal: is smaller than 16 MiB" node_group a lanes 1
expect_ok node_up a
expect_eq "line" "ring_memory 16777216" "$(dmsetup table ga | grep -o 'ring_memory [0-9]*')"
refused "cannot be changed" in_a dmsetup load ga --table "$(group_line a ring_memory 33554432)"
mkdisk large 32 >/dev/null
line="0 8 afar-group /dev/mapper/large $A_IP:7009 $B_IP:7009"
expect_ok in_a dmsetup create large_g --table "$line 2 key none"
expect_ok dmsetup remove large_g
refused "ring_memory is 0 since the journal was formatted" in_a dmsetup create large_g --table "$line 4 key none ring_memory 16777216"
mkdisk whole 1 >/dev/null
dmsetup create tiny --table "0 2040 linear /dev/mapper/whole 0"
refused "journal: is smaller than 1 MiB" in_a dmsetup create tiny_g --table "0 8 afar-group /dev/mapper/tiny $A_IP:7009 $B_IP:7009 4 key none ring_memory 16777216"

expect_ok msg ga promote assume-equal
wait_live
work /dev/mapper/a0 --size=2m
catch_up
# a volume that is not there: nothing is committed, the ring fills
expect_ok dmsetup suspend b0
work_begin /dev/mapper/a0 --bs=16k
most=0
full='used=$(fact gb memory_used); [ "$used" -le $most ] || most=$used
	shipped=$(fact ga shipped_total); usleep 1500000; [ "$(fact ga parked)" -gt 0 ] && [ "$(fact ga shipped_total)" = "$shipped" ] &&
	[ "$(fact gb memory_used)" = "$used" ]'
wait_for 60 "$full" 'ring and memory are full' 'status ga; status gb'
[ "$most" -gt 4000000 ] || fail "bytes in the ring" "a good part of it" "$most"
[ "$most" -le 17825792 ] || fail "bytes in the ring" "16777216 at most, and a little for each frame" "$most"
expect_eq "limit" "$most/16777216" "$(status gb | awk '{print $18}')"
# arrived, and so not sent again; but not safe there
[ "$(fact ga replicated_set)" = "$(fact gb committed_set)" ] || fail "replicated" "what is committed" "$(status ga)"
shipped=$(fact ga shipped_total)
log_mark
kill_connections a
wait_for 10 'log_since | grep -q "lane 0 with .* closed"' 'the connection is gone'
wait_live 20
sleep 1
[ "$(fact ga shipped_total)" -lt $((shipped + 100)) ] || fail "shipped after a reconnect" "about $shipped" "$(fact ga shipped_total)"
expect_ok dmsetup resume b0
wait_for 20 '[ "$(fact ga parked)" = 0 ]' 'nothing is parked' 'status ga; status gb'
work_end
expect_caught_up
expect_eq "copies kept by the primary" 0 "$(fact ga memory_used)"

# the primary is lost: what is whole in memory is committed
expect_ok dmsetup suspend b0
work /dev/mapper/a0 --rw=write --bs=64k --size=2m
msg ga close >/dev/null
mkdisk cut $MB >/dev/null
dd if=/dev/mapper/o0a of=/dev/mapper/cut bs=1M iflag=direct oflag=direct 2>/dev/null
wait_for 10 '[ "$(fact gb memory_used)" -gt 2000000 ]' 'all has arrived' 'status gb'
usleep 500000
cut_link
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down'
expect_ok dmsetup resume b0
expect_ok msg gb promote force
expect_same /dev/mapper/cut "$(origin b 0)" "the image is the last complete set"
