# shellcheck shell=dash
# Sets close after their bytes, their writes, their interval, and by message; each knob works live.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND"
pair_up
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs=$1 count=$2 oflag=direct 2>/dev/null; }
closed() { set_of "$(fact ga local_set)"; }

put 4k 10
sleep 1
expect_eq "sets without a reason to close" 0 "$(closed)"
expect_eq "by message" 1:1 "$(msg ga close)"
expect_eq "nothing is open" 1:1 "$(msg ga close)"

knob ga set_writes 4
put 4k 12
expect_eq "sets of 4 writes" 4 "$(closed)"
knob ga set_writes 0

knob ga set_bytes 65536
put 16k 8
expect_eq "sets of 64 KiB" 6 "$(closed)"
put 256k 1
expect_eq "one write larger than a set" 7 "$(closed)"
knob ga set_bytes 0

knob ga set_interval_ms 200
expect_eq "an empty set does not close" 7 "$(sleep 1; closed)"
put 4k 1
wait_for 5 '[ "$(closed)" = 8 ]' 'the set closes after 200 ms' 'status ga'
knob ga set_interval_ms 3600000
put 4k 1
sleep 1
expect_eq "a long interval" 8 "$(closed)"
# a set that is open already closes by the new interval
knob ga set_interval_ms 100
wait_for 5 '[ "$(closed)" = 9 ]' 'the open set closes' 'status ga'
expect_caught_up
expect_eq "lag_bytes" 0 "$(fact ga lag_bytes)"
expect_eq "lag_sets" 0 "$(fact ga lag_sets)"

# wrong values: refused, with the name and the range, and nothing changes
for try in set_bytes:-1 set_bytes: set_writes:many set_writes:1000000001 set_interval_ms:0 set_interval_ms:3600001 \
	close_on_flush:2 memory_limit:4194303 memory_limit:0x500000 stage_memory:1 timeout_ms:499 timeout_ms:99999999999999999999 \
	clear_interval_ms:x clear_interval_ms:99999999999 resync_rate:-1 resync_rate:many; do
	name=${try%%:*} value=${try#*:}
	before=$(fact ga $name)
	refused "$name must be [0-9]+\.\.[0-9]+" knob ga $name "$value"
	expect_eq "$name" "$before" "$(fact ga $name)"
done
for name in block_size chunk_size lanes role replicated_set; do
	if (knob ga $name 1) 2>/dev/null; then fail "write to $name" refused accepted; fi
done
