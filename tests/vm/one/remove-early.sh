# shellcheck shell=dash
# Tables that never went live, and groups that never got through their resume, leave nothing behind.

. /afar/guest/afar.sh
MB=16
two_namespaces
load_afar
make_disks a
for i in 1 2 3; do
	in_a dmsetup create ga --notable
	expect_ok in_a dmsetup load ga --table "$(group_line a)"
	[ $i != 2 ] || expect_ok dmsetup clear ga
	expect_ok dmsetup remove ga
done
# the volume of a group that was not resumed
in_a dmsetup create ga --notable
expect_ok in_a dmsetup load ga --table "$(group_line a)"
log_mark
expect_fail volume_create a0 /dev/mapper/ga 0 "$(origin a 0)"
expect_log "group device: "
expect_ok in_a dmsetup resume ga
expect_ok volume_create a0 /dev/mapper/ga 0 "$(origin a 0)"
# loaded over a live table, and dropped
expect_ok dmsetup load a0 --table "$(dmsetup table a0)"
expect_ok in_a dmsetup load ga --table "$(dmsetup table ga)"
# a volume while the group is suspended
expect_ok dmsetup suspend ga
expect_ok dmsetup remove a0
refused "volume 0: the group is suspended" volume_create a0 /dev/mapper/ga 0 "$(origin a 0)"
expect_ok dmsetup resume ga
expect_ok volume_create a0 /dev/mapper/ga 0 "$(origin a 0)"
expect_eq "volumes" 1/1 "$(attached ga)"
expect_ok node_down a

# a resume that fails, again and again
dd if=/dev/urandom of=/dev/mapper/ja bs=64k count=1 oflag=direct 2>/dev/null
for i in 1 2 3; do
	refused "journal refused: not a journal of dm-afar" node_group a
done
in_a dmsetup create ga --notable
in_a dmsetup load ga --table "$(group_line a)"
expect_fail in_a dmsetup resume ga
expect_fail in_a dmsetup resume ga
dd if=/dev/zero of=/dev/mapper/ja bs=1M count=1 oflag=direct 2>/dev/null
expect_ok in_a dmsetup resume ga
expect_ok dmsetup remove ga
