# shellcheck shell=dash
# A resync while all that it reads is written all the time, with many writes on their way at once: what goes
# unread is read soon after, and the set closes though nobody pauses.

. /afar/guest/afar.sh
MB=32 JOURNAL_MB=96 OPTIONS="timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=4m
expect_caught_up
cut_link
work /dev/mapper/a0 --rw=write --size=4m --bs=256k
expect_ok node_down a
expect_ok node_up a
expect_ok msg ga promote
work_begin /dev/mapper/a0 --size=1m --iodepth=32 --rate_iops=1500
heal_link
wait_for 40 '[ "$(fact ga state)" = ok ] || [ "$(fact ga state)" = spooling ]' 'the resync ends under load' \
	'status ga; status gb; dmesg | tail -20'

expect_eq "term" 2 "$(fact ga term | cut -d' ' -f1)"
work_end
expect_caught_up "after a resync under load"
