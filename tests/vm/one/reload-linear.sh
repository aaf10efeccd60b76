# shellcheck shell=dash
# A volume's device is given another table, while a write to it takes its time, and its group is suspended at that
# moment: the device works afterwards, with that table, and nothing is halted for ever.
# limit: 180

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 2000"
modprobe dm_delay 2>/dev/null || true
pair_up
size=$(sectors /dev/mapper/o0a)
line=$(dmsetup table o0a)
dev=${line#* linear }
slow() { # MILLISECONDS of each write
	dmsetup reload o0a --table "0 $size delay ${dev% *} ${dev#* } 0 ${dev% *} ${dev#* } $1" &&
		dmsetup suspend o0a && dmsetup resume o0a
}

for pause in 100000 400000 900000 0; do
	expect_ok slow $((1500 * SLOW))
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=1 oflag=direct conv=notrunc status=none &
	writer=$!
	wait_for 10 '[ "$(dmsetup status o0a | cut -d" " -f5)" = 1 ]' 'the write is on its way' 'dmsetup status o0a'
	expect_ok dmsetup reload a0 --table "0 $size linear /dev/mapper/o0a 0"
	dmsetup resume a0 &
	other=$!
	usleep $pause
	expect_ok dmsetup suspend ga
	wait $writer
	expect_ok dmsetup resume ga
	wait_for 20 "! kill -0 $other 2>/dev/null" 'the other table is live' 'dmsetup info a0'
	wait $other || fail "resume of a0 with another table" "success" "status $?"
	expect_eq "table" linear "$(dmsetup table a0 | awk '{print $3}')"
	expect_ok slow 0
	dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=1 seek=9 oflag=direct conv=notrunc status=none &
	writer=$!
	wait_for 20 "! kill -0 $writer 2>/dev/null" 'the device works' 'dmsetup info a0'
	wait $writer || fail "a write to a0" "success" "status $?"
	expect_ok dmsetup remove a0
	# what was written past the group is what assume-equal must not be said of: a resync
	expect_ok node_volumes a
	expect_ok msg ga resync
	wait_for 30 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'the resync ends' 'status ga; status gb'
done
