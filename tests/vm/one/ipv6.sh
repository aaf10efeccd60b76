# shellcheck shell=dash
# IPv6 addresses; and an address that is not there yet when the group is resumed.

. /afar/guest/afar.sh
MB=16
two_namespaces
load_afar
make_disks a
make_disks b
A=[fd77::1]:7000 B=[fd77::2]:7000
expect_ok group_create a ga /dev/mapper/ja $A $B timeout_ms 1000
expect_ok group_create b gb /dev/mapper/jb $B $A timeout_ms 1000
dmsetup table ga | grep -qF "$A $B" || fail "table" "$A $B" "$(dmsetup table ga)"
node_volumes a
node_volumes b
expect_ok msg ga promote assume-equal
work /dev/mapper/a0 --size=1m
sleep 1
ip -n a addr add fd77::1/64 dev eth0 nodad
ip -n b addr add fd77::2/64 dev eth0 nodad
wait_live 30
expect_caught_up
expect_ok in_a dmsetup reload ga --table "$(dmsetup table ga)"
expect_ok in_a dmsetup resume ga
wait_live 30

# an address of one link: which, is part of it, and what the table says can be loaded again
index=$(ip -n a -o link show eth0 | cut -d: -f1)
mkdisk link 20 >/dev/null
expect_ok group_create a gl /dev/mapper/link [fe80::1%eth0]:7001 [fe80::2%eth0]:7001
line=$(dmsetup table gl)
echo "$line" | grep -qF "[fe80::1%$index]:7001 [fe80::2%$index]:7001" || fail "table" "[fe80::1%$index]:7001 ..." "$line"
expect_ok in_a dmsetup reload gl --table "$line"
expect_ok in_a dmsetup resume gl
expect_eq "table, loaded again" "$line" "$(dmsetup table gl)"
