# shellcheck shell=dash
# Volumes are added and forgotten while the others are written to, at their place in the order of all
# writes; a number is used again, and what was staged for the old volume never reaches the new one's disk.
# limit: 240

. /afar/guest/afar.sh
VOLUMES=2 MB=16 OPTIONS="timeout_ms 1000 set_interval_ms 100"
pair_up
for v in 2 3 4; do
	mkdisk o${v}a 16 >/dev/null
	mkdisk o${v}b 16 >/dev/null
done
vol() { volume_create "$1$2" "/dev/mapper/g$1" "$2" "/dev/mapper/o${3:-$2}$1"; }
fill() { dd if=/dev/urandom of="$1" bs=256k count=${2:-8} oflag=direct 2>/dev/null; }
volume_is() { expect_eq "status of $1" "$2" "$(status "$1" | awk '{print $6}')"; }
missing() { fact "$1" missing; }
work_begin /dev/mapper/a0 --rate_iops=300

# not a member yet: read-only, and nothing is missing without it
expect_ok vol a 2
volume_is a2 new
expect_eq "volumes of ga" 2/2 "$(attached ga)"
expect_eq "read-only" 1 "$(blockdev --getro /dev/mapper/a2)"
if (fill /dev/mapper/a2 1); then fail "a write to a volume that is not added" "an error" "success"; fi
refused "add: volume 5 is not attached" msg ga add 5 assume-equal
refused "add: this node is not a running primary" msg gb add 2 assume-equal
refused "add: takes a volume number" msg ga add
refused "add: takes a volume number" msg ga add 2 equal
refused "add: volume number must be 0..255" msg ga add 256 assume-equal
refused "forget: takes a volume number" msg ga forget
refused "forget: takes a volume number" msg ga forget 1 2
refused "forget: volume number must be 0..255" msg ga forget 256
refused "forget: volume 1 is attached" msg ga forget 1
refused "forget: volume 1 is attached" msg gb forget 1
expect_ok msg ga forget 7

# added: the secondary stages, and commits when its volume is there
expect_ok msg ga add 2 assume-equal
expect_ok msg ga add 2 assume-equal
volume_is a2 member
fill /dev/mapper/a2
set=$(msg ga close)
expect_ok msg ga wait "$set"
wait_for 10 '[ "$(fact gb state)" = volumes-missing ]' 'the new volume is missing' 'status gb'
expect_eq "missing" 2 "$(missing gb)"
expect_eq "missing in status" 2 "$(status gb | awk '{print $25}')"
expect_eq "volumes of gb" 2/3 "$(attached gb)"
expect_eq "missing at the primary" - "$(missing ga)"
# of another length it is not the one
mkdisk short 8 >/dev/null
expect_ok volume_create b2 /dev/mapper/gb 2 /dev/mapper/short
usleep 300000
expect_eq "missing" 2 "$(missing gb)"
volume_is b2 new
expect_ok dmsetup remove b2
expect_ok vol b 2
catch_up
volume_is b2 member
expect_eq "state" ok "$(fact gb state)"
expect_eq "missing" - "$(missing gb)"
expect_same /dev/mapper/o2a /dev/mapper/o2b "volume 2"

# attached beforehand, and both nodes restarted with it
expect_ok vol b 3
volume_is b3 new
expect_ok vol a 3
expect_ok msg ga add 3 assume-equal
fill /dev/mapper/a3
catch_up
volume_is b3 member
expect_same /dev/mapper/o3a /dev/mapper/o3b "volume 3"
expect_ok dmsetup remove b3
expect_ok dmsetup remove b2
expect_ok node_down b
expect_ok node_up b
expect_eq "missing after a restart" 2,3 "$(missing gb)"
expect_ok vol b 2
expect_ok vol b 3
wait_live
catch_up

# forgotten while its last writes are staged: another disk cannot take their number
cut_link
fill /dev/mapper/a3
fill /dev/mapper/a2
expect_ok dmsetup remove a3
expect_ok msg ga forget 3
expect_ok msg ga forget 3
expect_eq "volumes of ga" 3/3 "$(attached ga)"
before=$(sum /dev/mapper/o4a)
expect_eq "equal disks" "$before" "$(sum /dev/mapper/o4b)"
expect_ok vol a 3 4
expect_ok msg ga add 3 assume-equal
volume_is a3 member
expect_ok dmsetup remove b3
refused "volume 3 has its origin on" vol b 3 4
expect_eq "the new disk" "$before" "$(sum /dev/mapper/o4b)"
expect_ok vol b 3
heal_link
wait_live 20
# the old volume gets its last writes, is forgotten, and the new one awaited
wait_for 20 '[ "$(missing gb)" = 3 ]' 'the new volume 3 is missing' 'status ga; status gb'
volume_is b3 forgotten
expect_same /dev/mapper/o3a /dev/mapper/o3b "the old volume 3"
old=$(sum /dev/mapper/o3b)
fill /dev/mapper/a3 16
expect_ok dmsetup suspend b3
refused "volume 3 was forgotten" dmsetup resume b3
expect_ok dmsetup remove b3
expect_ok vol b 3 4
catch_up
expect_same /dev/mapper/o4a /dev/mapper/o4b "the new volume 3"
expect_eq "the old disk" "$old" "$(sum /dev/mapper/o3b)"
expect_same /dev/mapper/o2a /dev/mapper/o2b "volume 2"

# changes and restarts: the tables of both nodes are compared at the cut that both have
cut_link
for i in 1 2 3; do
	expect_ok dmsetup remove a3
	expect_ok msg ga forget 3
	expect_ok vol a 3 4
	expect_ok msg ga add 3 assume-equal
done
expect_ok dmsetup remove b3
expect_ok dmsetup remove b2
expect_ok node_down b
heal_link
expect_ok node_up b
expect_ok vol b 2
for i in 1 2 3; do
	wait_for 20 'vol b 3 4 2>/dev/null' 'volume 3 can be attached' 'status gb'
	wait_for 20 '[ "$(status b3 | awk "{print \$6}")" = forgotten ] || [ '$i' = 3 ]' 'volume 3 is forgotten' 'status b3; status gb'
	[ $i = 3 ] || expect_ok dmsetup remove b3
done
wait_for 20 '[ "$(fact gb state)" = ok ] || { dmsetup remove b3; vol b 3 4; false; }' 'all volumes are there' 'status ga; status gb; status b3'
fill /dev/mapper/a3
catch_up
expect_same /dev/mapper/o4a /dev/mapper/o4b "volume 3 in the end"

# a clean restart of both
work_end
expect_caught_up
for v in 2 3; do
	expect_ok dmsetup remove a$v
	expect_ok dmsetup remove b$v
done
expect_ok node_down a
expect_ok node_down b
expect_ok node_up b
expect_ok node_up a
expect_eq "missing at the primary" 2,3 "$(missing ga)"
refused "promote: 2 volumes of the volume table are not attached" msg ga promote
expect_ok vol a 2
expect_ok vol a 3 4
expect_ok msg ga promote
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
wait_live
expect_ok vol b 2
expect_ok vol b 3 4
expect_caught_up

# forgotten by both, down to the last one
for v in 3 2 1; do
	expect_ok dmsetup remove a$v
	expect_ok msg ga forget $v
done
expect_ok dmsetup remove a0
refused "forget: volume 0 is the last one" msg ga forget 0
expect_ok volume_create a0 /dev/mapper/ga 0 "$(origin a 0)"
expect_ok dmsetup remove b1
refused "forget: the primary has volume 0|forget: volume 0 is attached" msg gb forget 0
# what is to be forgotten is needed until then, which may have been already
case $(missing gb) in
1 | -) ;;
*) fail "missing" "1, or nothing" "$(status gb)" ;;
esac
expect_ok volume_create b1 /dev/mapper/gb 1 "$(origin b 1)"
catch_up
expect_eq "volumes of gb" 1/1 "$(attached gb)"
VOLUMES=1
fill /dev/mapper/a0
expect_caught_up
