# shellcheck shell=dash
# A volume grows while the other one is written to: a longer table line on both nodes, in either order. What is new
# is outside the cut until it has joined, and travels beside the sets; the rest goes from cut to cut meanwhile, can
# be held and read, and both nodes may go down.
# limit: 300

. /afar/guest/afar.sh
. /afar/guest/roles.sh
MB=16 JOURNAL_MB=24 OPTIONS="timeout_ms 1000"
SHORT=33792 LONG=98304 LONGER=98816	# sectors: the first ends within a chunk, the last is not a chunk more

line() { echo "0 $2 afar /dev/mapper/g$1 1 /dev/mapper/o1$1"; } # NODE SECTORS
reload() { expect_ok volume_length "$1" 1 "$2"; } # NODE SECTORS
up() { # NODE SECTORS
	expect_ok node_up "$1"
	expect_ok dmsetup create "${1}1" --table "$(line "$1" "$2")"
}
down() { expect_ok dmsetup remove "${1}1"; expect_ok node_down "$1"; } # NODE
fill() { dd if=/dev/urandom of="$1" bs=64k count="$2" seek="$3" oflag=direct conv=notrunc 2>/dev/null; }
sets() { # a set is committed, and the next one
	catch_up
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=8 oflag=direct conv=notrunc 2>/dev/null
	catch_up
}
expect_all_same() { # WHEN [MB]
	expect_same "$(origin a 0)" "$(origin b 0)" "volume 0 $1"
	if [ -n "${2:-}" ]; then
		expect_eq "volume 1 $1" "$(sum /dev/mapper/o1a "$2")" "$(sum /dev/mapper/o1b "$2")"
	else
		expect_same /dev/mapper/o1a /dev/mapper/o1b "volume 1 $1"
	fi
}

two_namespaces
load_afar
for n in a b; do
	make_disks $n
	mkdisk disk1$n 49 >/dev/null
	dd if=/dev/urandom of=/dev/mapper/disk1$n bs=1M count=49 oflag=direct 2>/dev/null
	dmsetup create o1$n --table "0 $LONGER linear /dev/mapper/disk1$n 0"
done
dd if=/dev/mapper/o1a of=/dev/mapper/o1b bs=512k count=33 iflag=direct oflag=direct conv=notrunc 2>/dev/null
up a $SHORT
up b $SHORT
expect_ok msg ga promote assume-equal
wait_live
fill /dev/mapper/a1 16 100
catch_up
expect_eq "outside" 0 "$(fact ga outside_bytes)"

# a number that is attached is not grown by another disk's line
mkdisk other 60 >/dev/null
refused 'volume 1 is attached already' dmsetup create c1 --table "0 $LONG afar /dev/mapper/ga 1 /dev/mapper/other"
dmsetup remove c1 2>/dev/null || true
expect_eq "volumes" 2/2 "$(attached ga)"
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"

# longer on the secondary: nothing changes before the primary is
reload b $LONG
sets
expect_eq "state of the peer" ok "$(fact gb state)"
expect_eq "volumes of the peer" 2/2 "$(attached gb)"
cut_link
refused 'promote: the table line of volume 1 says 98304 sectors, the volume has 33792' msg gb promote force
heal_link
wait_live

# and on the primary
knob ga resync_rate 262144
work_begin /dev/mapper/a0 --size=3m --rate_iops=50
sum0=$(sum "$(origin b 0)")
reload a $LONG
expect_eq "length" $LONG "$(sectors /dev/mapper/a1)"
wait_fact ga state joining 30
wait_fact gb state joining 10
expect_eq "outside" $(((LONG - SHORT) * 512)) "$(fact ga outside_bytes)"
expect_eq "outside, says the peer" $(((LONG - SHORT) * 512)) "$(fact gb outside_bytes)"
total=$(fact ga resync_total)
[ "$total" -ge 32 ] && [ "$total" -le 33 ] || fail "chunks that join" "32 or 33" "$total"
refused 'demote: 32256 KiB are outside the cut' msg ga demote
fill /dev/mapper/a1 8 400
sets
[ "$(sum "$(origin b 0)")" != "$sum0" ] || fail "the other volume" "goes on" "stands"
held=$(msg gb hold)
wait_fact gb state hold 20
expect_ok dd if=/dev/mapper/b1 of=/dev/null bs=4k count=$((SHORT / 8)) iflag=direct
expect_fail dd if=/dev/mapper/b1 of=/dev/null bs=4k skip=$((SHORT / 8)) count=1 iflag=direct
expect_same /dev/mapper/b0 "$(origin b 0)" "the held volume"
expect_ok msg gb release

# both nodes go down
down b
up b $LONG
wait_live
sets
expect_eq "state" joining "$(fact ga state)"
work_end
knob ga resync_rate 1048576
wait_for 60 '[ "$(fact ga resync_done)" -ge 4 ]' 'chunks are read' 'status ga'
catch_up
down a
up a $LONG
knob ga resync_rate 262144
expect_ok msg ga promote
wait_for 30 '[ "$(fact ga state)" = joining ]' 'it goes on joining' 'status ga; status gb; dmesg | tail -20'
work_begin /dev/mapper/a1 --rate_iops=100
knob ga resync_rate 0
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ]' 'all has joined' 'status ga; status gb; dmesg | tail -20'
work_end
expect_eq "outside" 0 "$(fact ga outside_bytes)"
catch_up
expect_eq "outside, says the peer" 0 "$(fact gb outside_bytes)"
[ "$(fact ga resync_equal_total)" -ge 2097152 ] || fail "what had joined" "is compared, and not sent again" "$(fact ga resync_equal_total)"
expect_all_same "has grown" 48

# once more, first on the primary: the secondary waits for its line
reload a $LONGER
wait_for 30 '[ "$(fact gb state)" = volumes-missing ]' 'the peer misses the longer volume' 'status ga; status gb; dmesg | tail -20'
expect_eq "missing" 1 "$(fact gb missing)"
reload b $LONGER
wait_for 30 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ]' 'it joins' 'status ga; status gb; dmesg | tail -20'
fill /dev/mapper/a1 1 770
catch_up
expect_all_same "has grown again"

# grown and written to with the link down: what was written is in the first cut, before the rest has joined
for n in a b; do expect_ok grow_origin $n 1 8; done
knob ga resync_rate 262144
reload b $((LONGER + 16384))
cut_link
reload a $((LONGER + 16384))
fill /dev/mapper/a1 8 800
written=$(dd if=/dev/mapper/a1 bs=64k count=8 skip=800 iflag=direct 2>/dev/null | md5sum)
heal_link
wait_for 30 '[ "$(fact ga state)" = joining ] && [ "$(fact gb state)" = joining ]' 'the rest joins' 'status ga; status gb; dmesg | tail -20'
cut_link
log_mark
expect_ok msg gb promote force
expect_log "volume 1: where nothing was written from sector $LONGER on"
expect_eq "what was written" "$written" "$(dd if=/dev/mapper/b1 bs=64k count=8 skip=800 iflag=direct 2>/dev/null | md5sum)"
expect_eq "outside the cut of the next peer" 8388608 "$(fact gb outside_bytes)"
fill /dev/mapper/b1 2 780
heal_link
split a
split b
discard a
wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ] && [ "$(fact ga link)" = live ]' 'all has joined, the other way round' 'status ga; status gb; dmesg | tail -20'
msg gb close >/dev/null
wait_for 20 '[ "$(fact ga committed_set)" = "$(fact gb local_set)" ]' 'all is committed' 'status ga; status gb'
expect_all_same "after a failover"
LONGER=$((LONGER + 16384))
switch_over b a

# the length is durable, on both
down a
down b
up b $LONGER
expect_ok node_up a
expect_fail dmsetup create a1 --table "$(line a $LONG)"
expect_ok dmsetup create a1 --table "$(line a $LONGER)"
expect_ok msg ga promote
wait_live
sets
expect_all_same "in the end"
