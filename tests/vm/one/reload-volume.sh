# shellcheck shell=dash
# A volume can be suspended, reloaded to linear and back, and resumed while it is written to.

. /afar/guest/afar.sh
MB=16
pair_up
live=$(dmsetup table a0)
work_begin /dev/mapper/a0
for flag in "" --noflush; do
	expect_ok timeout $((10 * SLOW)) dmsetup suspend $flag a0
	expect_eq "volumes while a0 is suspended" 0/1 "$(attached ga)"
	expect_eq "state" volumes-missing "$(fact ga state)"
	expect_ok dmsetup resume a0
	expect_eq "volumes" 1/1 "$(attached ga)"
done
for to in "0 $(sectors /dev/mapper/a0) linear $(origin a 0) 0" "$live" "$live"; do
	expect_ok dmsetup reload a0 --table "$to"
	expect_ok timeout $((10 * SLOW)) dmsetup resume $([ "$to" = "$live" ] || echo --noflush) a0
done
expect_eq "table" "$live" "$(dmsetup table a0)"
# a table that is loaded and dropped changes nothing
expect_ok dmsetup reload a0 --table "$live"
expect_ok dmsetup clear a0
work_end
# what was written past the group is made equal again
work /dev/mapper/a0 --rw=write --bs=256k
expect_caught_up
