# shellcheck shell=dash
# A day in the life of a pair: initial sync while an application writes, verify, a planned switch and back, a
# failover, the old primary's return, writes on both sides while they are apart, the end of the split brain, new
# disks, a volume that grows; verify after each.
# limit: 300

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"

verified() { # PRIMARY [MB more than VOLUMES of MB each]
	expect_ok msg "g$1" verify
	wait_for 60 "[ \"\$(fact g$1 verify_running)\" = 0 ]" 'verify ends' 'status ga; status gb; dmesg | tail -20'
	expect_eq "blocks that differ" 0 "$(fact "g$1" verify_found)"
	expect_eq "bytes" $(((VOLUMES * MB + ${2:-0}) << 20)) "$(fact "g$1" verify_done)"
}

# from nothing
two_namespaces
load_afar
for n in a b; do
	make_disks $n
	dd if=/dev/urandom of="$(origin $n 0)" bs=1M count=$MB oflag=direct status=none
	expect_ok node_up $n
done
expect_ok msg ga promote
work_begin /dev/mapper/a0 --size=16m --rate_iops=200
wait_for 90 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the initial sync ends' 'status ga; status gb; dmesg | tail -20'
expect_ok msg ga verify
work_end
wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga'
expect_eq "blocks that differ, under load" 0 "$(fact ga verify_found)"
expect_caught_up "after the initial sync"

# maintenance of a's host
switch_over a b
expect_ok node_down a
work /dev/mapper/b1 --size=1m
expect_ok node_up a
follows b a "after maintenance"
switch_over b a

# a is lost with something that b does not have; it comes back, and gives that up
cut_link
work /dev/mapper/a1 --rw=write --bs=64k --size=1m --offset=4m
expect_ok node_down a
expect_ok msg gb promote force
work /dev/mapper/b0 --size=1m
expect_ok node_up a
heal_link
split a
log_mark
discard a
follows b a "after a failover"
verified b
switch_over b a

# the link is down, somebody promotes b too, and both are written to
cut_link
wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
expect_ok msg gb promote force
work /dev/mapper/a0 --rw=write --bs=64k --size=1m --offset=8m
work /dev/mapper/b0 --rw=write --bs=64k --size=2m --offset=9m
heal_link
split b
log_mark
discard b
follows a b "after a split brain"
verified a

# the peer's disks are replaced
expect_ok node_down b
for d in jb o0b o1b; do
	dd if=/dev/zero of=/dev/mapper/$d bs=1M oflag=direct status=none 2>/dev/null || true
done
expect_ok node_up b
wait_for 90 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the new disks are in sync' 'status ga; status gb; dmesg | tail -20'
follows a b "after new disks"
verified a

# a volume grows while it is written to
for n in b a; do expect_ok grow_origin $n 0 8; done
work_begin /dev/mapper/a0 --size=16m --rate_iops=200
for n in b a; do expect_ok volume_length $n 0 $(((MB + 8) * 2048)); done
work /dev/mapper/a0 --rw=write --bs=64k --offset=36m --size=2m
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ] && [ "$(fact ga link)" = live ]' 'the new part has joined' 'status ga; status gb; dmesg | tail -20'
work_end
expect_caught_up "after it has grown"
verified a 8
