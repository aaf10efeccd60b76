# shellcheck shell=dash
# A secondary that is promoted by force has committed its complete sets and dropped the others; that both
# nodes were written to is seen by both.

. /afar/guest/afar.sh
. /afar/guest/roles.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 1000"
nodes_up
refused "promote: unknown word 'now'" msg ga promote now
expect_ok msg ga promote assume-equal
wait_live
refused "promote: the peer may be primary" msg gb promote
refused "promote: the peer may be primary.*force assume-equal" msg gb promote assume-equal
expect_ok msg ga promote assume-equal
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
expect_eq "role of b" secondary "$(fact gb role)"

work /dev/mapper/a0 --size=4m
catch_up
expect_ok dmsetup suspend b0
work /dev/mapper/a0 --size=4m --offset=4m --rw=write
before=$(date +%s)
set=$(msg ga close)
after=$(date +%s)
expect_ok msg ga wait "$set"
seq=$(fact ga replicated_seq)
mkdisk cut $MB >/dev/null
dd if=/dev/mapper/o0a of=/dev/mapper/cut bs=1M iflag=direct oflag=direct 2>/dev/null
commands=$(fact gb commands_total)
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
wait_for 10 "[ \"\$(fact gb commands_total)\" -ge $((commands + 16)) ]" 'part of a set has arrived' 'status gb'
cut_link
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down'
refused "promote: 1 volumes of the volume table are not attached" msg gb promote force
expect_ok dmsetup resume b0
expect_ok msg gb promote force
expect_eq "role" primary "$(fact gb role)"
expect_eq "state" resync-needed "$(fact gb state)"
expect_eq "term" 2 "$(fact gb term | cut -d' ' -f1)"
expect_eq "what b serves: set and number" "$set $seq" "$(fact gb image_set) $(fact gb image_seq)"
time=$(fact gb image_time_ns)
[ $((time / 1000000000)) -ge "$before" ] && [ $((time / 1000000000)) -le "$after" ] ||
	fail "image_time_ns" "when the set was closed: $before to $after s" "$time"
expect_same /dev/mapper/cut "$(origin b 0)" "the image is the last complete set"
work /dev/mapper/b0 --size=1m
expect_ok msg gb promote force

# both have written: split brain, on both sides, and both go on
heal_link
wait_fact ga link split-brain 20
wait_fact gb link split-brain 20
expect_eq "state of a" ok "$(fact ga state)"
work /dev/mapper/a0 --size=1m
work /dev/mapper/b0 --size=1m
image=$(sum "$(origin b 0)")
expect_ok node_down b
expect_ok node_up b
expect_eq "role of b after its restart" primary "$(fact gb role)"
# a dials: from then on it takes force
split b
refused 'promote: the peer was primary' msg gb promote
expect_ok msg gb promote force
expect_ok msg gb promote
expect_eq "image of b after its restart" "$image" "$(sum "$(origin b 0)")"
wait_fact gb link split-brain 20
