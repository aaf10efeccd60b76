# shellcheck shell=dash
# Volumes of which the peer has nothing are added to a running group: they are outside the cut until they have
# joined, and the others go from cut to cut. What got lost of the volume table with a term is made good with the
# next one. A failover in the middle leaves out what is in no cut.
# limit: 300

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=16 JOURNAL_MB=16 OPTIONS="timeout_ms 1000"
pair_up
for n in a b; do
	for v in 2 3 4; do
		mkdisk o$v$n 24 >/dev/null
		dd if=/dev/urandom of=/dev/mapper/o$v$n bs=1M count=$((v == 2 ? 24 : 4)) oflag=direct 2>/dev/null
	done
done
dd if=/dev/mapper/o3a of=/dev/mapper/o3b bs=1M oflag=direct conv=notrunc 2>/dev/null
vol() { volume_create "$1$2" "/dev/mapper/g$1" "$2" "/dev/mapper/o$2$1"; }
fill() { dd if=/dev/urandom of="$1" bs=256k count=8 oflag=direct conv=notrunc 2>/dev/null; }
is_ok() { [ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ] && [ "$(fact ga link)" = live ]; }
volume_is() { expect_eq "status of $1" "$2" "$(status "$1" | awk '{print $6}')"; }

# larger than the peer's journal, and all of it differs
knob ga resync_rate 2097152
work_begin /dev/mapper/a0 --size=4m --rate_iops=100
expect_ok vol a 2
expect_ok vol b 2
expect_ok msg ga add 2
expect_ok msg ga add 2
volume_is a2 member
fill /dev/mapper/a2
wait_fact ga state joining 30
wait_fact gb state joining 10
expect_eq "outside" 25165824 "$(fact ga outside_bytes)"
expect_eq "chunks" 24 "$(fact ga resync_total)"
expect_eq "term" 2 "$(fact gb term | cut -d' ' -f1)"
for i in 1 2; do
	fill /dev/mapper/a1
	catch_up
done
expect_same "$(origin a 1)" "$(origin b 1)" "volume 1 meanwhile"
expect_eq "state" joining "$(fact ga state)"
held=$(msg gb hold)
wait_fact gb state hold 20
expect_ok dd if=/dev/mapper/b0 of=/dev/null bs=1M iflag=direct
expect_fail dd if=/dev/mapper/b2 of=/dev/null bs=4k count=1 iflag=direct
expect_ok msg gb release
knob ga resync_rate 0
wait_for 60 is_ok 'volume 2 joins' 'status ga; status gb; dmesg | tail -20'
work_end
expect_caught_up "after 2 has joined"
expect_same /dev/mapper/o2a /dev/mapper/o2b "volume 2"

# not counted once more
wait_for 20 '[ "$(fact ga chunks_dirty)" -lt 6 ]' 'bits are cleared' 'status ga'

# one is added as equal, and the term is over before the peer hears of it, with nothing else to say
expect_ok vol b 3
cut_link
expect_ok vol a 3
expect_ok msg ga add 3 assume-equal
expect_ok msg ga resync
heal_link
wait_for 60 is_ok 'the peer has the volume' 'status ga; status gb; dmesg | tail -20'
volume_is b3 member
expect_eq "outside, says the peer" 0 "$(fact gb outside_bytes)"

# one is forgotten, and the term is over before the peer hears of it
cut_link
fill /dev/mapper/a0
fill /dev/mapper/a3
fill /dev/mapper/a2
expect_ok dmsetup remove a2
expect_ok msg ga forget 2
expect_ok dmsetup remove a3
expect_ok node_down a
expect_ok node_up a
expect_ok vol a 3
expect_ok msg ga promote
expect_ok msg ga resync
heal_link
wait_for 60 is_ok 'the peer has the same volumes' 'status ga; status gb; dmesg | tail -20'
volume_is b2 forgotten
volume_is b3 member
expect_ok dmsetup remove b2
expect_caught_up "with the volumes of the new term"
expect_same /dev/mapper/o3a /dev/mapper/o3b "volume 3"
expect_eq "volumes" "$(attached ga)" "$(attached gb)"

# with the link down a term is enough for many changes: their chain has an end
cut_link
before=$(fact ga term | cut -d' ' -f1)
for i in 1 2 3; do
	expect_ok vol a 4
	expect_ok msg ga add 4
	expect_ok dmsetup remove a4
	expect_ok msg ga forget 4
done
expect_eq "terms" $((before + 1)) "$(fact ga term | cut -d' ' -f1)"
heal_link
wait_for 60 is_ok 'the peer follows' 'status ga; status gb; dmesg | tail -20'

# failover while one is being added
knob ga resync_rate 1048576
expect_ok vol a 4
expect_ok vol b 4
expect_ok msg ga add 4
wait_fact ga state joining 30
fill /dev/mapper/a0
catch_up
cut=$(sum "$(origin b 0)")
cut_link
log_mark
expect_ok msg gb promote force
expect_log 'volume 4 was being added, and is in no cut: it leaves the group'
volume_is b4 new
expect_eq "volumes" 3/3 "$(attached gb)"
expect_eq "volume 0" "$cut" "$(sum /dev/mapper/b0)"
expect_eq "outside" 0 "$(fact gb outside_bytes)"
fill /dev/mapper/b0
if (fill /dev/mapper/b4); then fail "a write to a volume that has left" "an error" "success"; fi
heal_link
split a
split b
discard a
wait_for 60 is_ok 'the old primary follows' 'status ga; status gb; dmesg | tail -20'
volume_is a4 forgotten
expect_ok dmsetup remove a4
msg gb close >/dev/null
wait_for 20 '[ "$(fact ga committed_set)" = "$(fact gb local_set)" ]' 'all is committed' 'status ga; status gb'
expect_equal "after the failover"
# and it is added by the new primary, with what it has
expect_ok vol a 4
expect_ok msg gb add 4
wait_for 60 is_ok 'volume 4 joins' 'status ga; status gb; dmesg | tail -20'
expect_same /dev/mapper/o4a /dev/mapper/o4b "volume 4"
expect_eq "volumes" 4/4 "$(attached ga)"
