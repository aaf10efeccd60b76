# shellcheck shell=dash
# A volume that is lost during a resync holds up the others, until it is forgotten.

. /afar/guest/afar.sh
VOLUMES=2 MB=16 JOURNAL_MB=32 OPTIONS="timeout_ms 1000 chunk_size 65536 resync_rate 131072"
pair_up
work /dev/mapper/a0 --size=2m
expect_caught_up
cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
work /dev/mapper/a1 --rw=write --bs=64k --size=1m
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
heal_link
wait_for 20 '[ "$(fact ga resync_done)" -ge 2 ]' 'the resync gets on' 'status ga; status gb'
expect_ok dmsetup remove a1
knob ga resync_rate 0
usleep 500000
expect_eq "state with a volume missing" volumes-missing "$(fact ga state)"
expect_ok msg ga forget 1
expect_ok dmsetup remove b1
wait_for 20 'case $(fact gb link)$(fact ga state) in *ok | *volumes*) ;; *) false ;; esac' 'the end of it' 'status ga; status gb'
if [ "$(fact ga state)" != ok ]; then
	expect_ok msg gb forget 1
	wait_for 40 '[ "$(fact ga state)" = ok ]' 'the resync ends' 'status ga; status gb'
fi
VOLUMES=1
expect_caught_up "the volume that is left"
