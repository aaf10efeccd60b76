# shellcheck shell=dash
# Pairs that do not fit are refused, each with its reason: a cloned journal, volumes that differ, block sizes
# that differ, devices that were not declared equal, another group.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
two_namespaces
load_afar
make_disks a
make_disks b
mkdisk small 8 >/dev/null
zap() { dd if=/dev/zero of="$1" bs=1M count=1 oflag=direct 2>/dev/null; }

both_say() { # REASON
	wait_fact ga link "$1" 20
	wait_fact gb link "$1" 20
	image=$(sum "$(origin b 0)")
	work /dev/mapper/a0 --size=64k
	expect_eq "$1: image of b" "$image" "$(sum "$(origin b 0)")"
}

# an image of a's journal on b's
expect_ok node_up a
expect_ok node_down a
dd if=/dev/mapper/ja of=/dev/mapper/jb bs=1M iflag=direct oflag=direct 2>/dev/null
expect_ok node_up a
expect_ok msg ga promote assume-equal
expect_ok node_up b
both_say journal
expect_ok node_down b
zap /dev/mapper/jb

# sizes
expect_ok node_group b
expect_ok volume_create b0 /dev/mapper/gb 0 /dev/mapper/small
both_say volumes
expect_ok node_down b
zap /dev/mapper/jb

# numbers
expect_ok node_group b
expect_ok volume_create b0 /dev/mapper/gb 1 "$(origin b 0)"
both_say volumes
expect_ok node_down b
zap /dev/mapper/jb

# block size
expect_ok node_up b block_size 512
both_say block-size
expect_ok node_down b
zap /dev/mapper/jb

# the same numbers and sizes: taken
expect_ok node_up b
wait_live
catch_up

# the primary's journal is made anew: another group
expect_ok node_down a
zap /dev/mapper/ja
expect_ok node_up a
expect_ok msg ga promote assume-equal
both_say group
# not declared equal
expect_ok node_down a
expect_ok node_down b
zap /dev/mapper/ja
zap /dev/mapper/jb
expect_ok node_up a
expect_ok msg ga promote force
expect_ok node_up b
wait_for 40 '[ "$(fact ga state)" = ok ]' "the initial sync ends" 'status ga; status gb'
expect_caught_up
