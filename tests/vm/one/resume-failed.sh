# shellcheck shell=dash
# A primary's group that cannot be resumed, as its port is taken, and is removed then, was stopped cleanly all the same: it
# goes on in the same term. A local address may stand in the line twice.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
addresses() { # NODE: once for each lane
	case $1 in
	a) echo "$A_IP:7000,$A_IP:7000" ;;
	b) echo "$B_IP:7000,$B_IP:7000" ;;
	esac
}
pair_up
wait_lanes 2/2
work /dev/mapper/a0 --size=1m
catch_up
term=$(fact ga term)
wait_for 10 '[ "$(fact ga committed_set)" = "$_set" ]' 'the primary knows' 'status ga'

expect_ok dmsetup suspend ga
mkdisk jc 16 >/dev/null
expect_ok in_a dmsetup create gc --table "0 8 afar-group /dev/mapper/jc $A_IP:7000 $B_IP:7001 2 key none"
expect_fail dmsetup resume ga
expect_ok node_down a
expect_ok dmsetup remove gc
expect_ok node_up a
expect_ok msg ga promote
expect_eq "term" "$term" "$(fact ga term)"
wait_live
expect_caught_up

# a knob of the table line stays what it is, whatever the mode of its file
dir=$(facts ga)
expect_ok chmod u+w "$dir/chunk_size"
was=$(fact ga chunk_size)
if echo 65536 >"$dir/chunk_size"; then fail "a new chunk_size" "EPERM" "success"; fi
expect_eq "chunk_size" "$was" "$(fact ga chunk_size)"
