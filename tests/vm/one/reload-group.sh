# shellcheck shell=dash
# A group's table line loads again as dmsetup prints it; options and addresses can be changed live.

. /afar/guest/afar.sh
MB=16
OPTIONS="timeout_ms 2000 set_interval_ms 50"
pair_up

reload() { # NODE LINE
	in_ns "$1" dmsetup reload "g$1" --table "$2" && in_ns "$1" timeout $((10 * SLOW)) dmsetup resume "g$1"
}

work_begin /dev/mapper/a0
for n in a b; do
	line=$(dmsetup table g$n)
	echo "$line"
	expect_ok reload $n "$line"
	expect_eq "table of g$n" "$line" "$(dmsetup table g$n)"
	expect_eq "volumes" 1/1 "$(attached g$n)"
done
wait_live

# options
ja=$(dmsetup table ga | awk '{print $4}')
jb=$(dmsetup table gb | awk '{print $4}')
knob ga set_bytes 1048576
expect_ok reload a "0 8 afar-group $ja $A_IP:7000 $B_IP:7000 6 timeout_ms 2500 key afar:test set_writes 100"
expect_eq "set_writes, from the line" 100 "$(fact ga set_writes)"
expect_eq "timeout_ms, from the line" 2500 "$(fact ga timeout_ms)"
expect_eq "set_bytes, which the line does not name" 1048576 "$(fact ga set_bytes)"
wait_live

# addresses: b moves to another port
expect_ok reload b "0 8 afar-group $jb $B_IP:7001 $A_IP:7000 4 key afar:test timeout_ms 2000"
expect_ok reload a "0 8 afar-group $ja $A_IP:7000 $B_IP:7001 4 key afar:test timeout_ms 2000"
wait_live

# What a live group cannot change is refused when it is loaded, and the group goes on.
before=$(dmsetup table ga)
mkdisk other 32 >/dev/null
other=$(sum /dev/mapper/other)
refused 'the journal of a live group cannot be changed' \
	in_a dmsetup reload ga --table "0 8 afar-group /dev/mapper/other $A_IP:7000 $B_IP:7001 2 key afar:test"
expect_eq "the other device" "$other" "$(sum /dev/mapper/other)"
refused 'journal refused: it is of group' in_a dmsetup reload ga --table "0 8 afar-group $ja $A_IP:7000 $B_IP:7001 4 key afar:test \
	group 01234567-89ab-cdef-0123-456789abcdef"
expect_fail in_a dmsetup reload ga --table "0 8 afar-group $ja $A_IP:7000 $B_IP:7001 4 key afar:test block_size 512"
expect_fail in_a dmsetup reload ga --table "0 8 afar-group $ja $A_IP:7000 $B_IP:7001 4 key afar:test chunk_size 65536"
expect_fail in_a dmsetup reload ga --table "0 8 afar-group $ja $A_IP:7000 $B_IP:7001"
expect_fail in_a dmsetup reload ga --table "0 8 zero"
expect_eq "table of ga" "$before" "$(dmsetup table ga)"
work_end
expect_caught_up
wait_fact ga state ok 10
