# shellcheck shell=dash
# Every wrong word of hold and release is refused, and changes nothing.
# limit: 240

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND"
nodes_up
refused "hold: this node is fresh" msg gb hold
expect_ok msg gb release
expect_ok msg ga promote assume-equal
wait_live
refused "hold: this node is primary" msg ga hold
expect_ok msg ga release
work /dev/mapper/a0 --size=1m
catch_up
for word in x 1: :1 1:x 1:2:3 "''" 18446744073709551616 18446744073709551615 9223372036854775808 1.5; do
	refused "hold: '.*' is no set" msg gb hold "$word"
done
refused "hold: takes a set at most" msg gb hold 1 2
refused "release: takes no words" msg gb release now
refused "hold: term 2 is not the current one" msg gb hold 2:1
refused "hold: set 0 is past" msg gb hold 0
refused "unknown message 'holds'; known are .*hold" msg gb holds
expect_eq "held_set" none "$(fact gb held_set)"
expect_eq "state" ok "$(fact gb state)"
expect_ok dmsetup suspend gb
refused "the group is suspended" msg gb hold
refused "the group is suspended" msg gb release
expect_ok dmsetup resume gb
expect_eq "held_set" none "$(fact gb held_set)"
# the answer of hold is where commits stop
expect_eq "hold" "$(fact gb committed_set)" "$(msg gb hold)"
wait_fact gb state hold 10
# a volume that is not there cannot be known to be closed
expect_ok dmsetup suspend b0
refused "release: 1 volumes of the volume table are not attached" msg gb release
expect_ok dmsetup resume b0
expect_eq "state" hold "$(fact gb state)"
sum /dev/mapper/b0 >/dev/null
# nor does an event go missing
events=$(dmsetup info -c --noheadings -o events gb)
expect_ok msg gb release
wait_for 5 '[ "$(dmsetup info -c --noheadings -o events gb)" -gt '"$events"' ]' 'an event'
wait_fact gb state ok 5
