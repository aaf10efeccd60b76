# shellcheck shell=dash
# Either copy of a block of the volume table has the last change: should one rot, no volume comes back, and
# none goes; on both nodes.

. /afar/guest/afar.sh
VOLUMES=2 MB=8 OPTIONS="timeout_ms 1000 set_interval_ms 100"
pair_up
either_copy() { # NODE VOLUMES
	for block in 2 3; do
		dd if="/dev/mapper/j$1" of=/tmp/test/block bs=4k skip=$block count=1 iflag=direct 2>/dev/null
		dd if=/dev/urandom of="/dev/mapper/j$1" bs=4k seek=$block count=1 oflag=direct conv=notrunc 2>/dev/null
		expect_ok node_group "$1"
		expect_eq "volumes of g$1 without block $block" "$2" "$(attached "g$1")"
		expect_ok dmsetup remove "g$1"
		dd if=/tmp/test/block of="/dev/mapper/j$1" bs=4k seek=$block oflag=direct conv=notrunc 2>/dev/null
	done
}
expect_ok dmsetup remove a1
expect_ok msg ga forget 1
catch_up
expect_ok dmsetup remove b1
wait_for 10 '[ "$(attached gb)" = 1/1 ]' 'b follows' 'status gb'
VOLUMES=1
for node in a b; do
	expect_ok node_down $node
done
for node in a b; do
	either_copy $node 0/1
done
# fresh, with a volume of its own
dd if=/dev/zero of=/dev/mapper/ja bs=1M count=1 oflag=direct conv=notrunc 2>/dev/null
expect_ok node_up a
expect_ok node_down a
either_copy a 0/1
