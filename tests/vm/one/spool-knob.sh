# shellcheck shell=dash
# Where memory_limit is lowered below what is in memory while the link is down, and where the group was suspended in
# between, writes still go on: what is in memory goes to the spool.
# limit: 180

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=128 OPTIONS="timeout_ms 1000 memory_limit 67108864"
pair_up

expect_writes_go_on() { # OFFSET-MB WHEN
	dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=32 seek=$(($1 * 16)) oflag=direct conv=notrunc status=none &
	_writer=$!
	wait_for 20 "! kill -0 $_writer 2>/dev/null" "writes, $2" 'status ga; dmesg | tail -5'
	wait $_writer || fail "writes, $2" "success" "status $?"
	expect_eq "state, $2" spooling "$(fact ga state)"
}

cut_link
wait_for 10 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
# less than half of the limit: nothing has to be spooled yet
work /dev/mapper/a0 --rw=write --bs=64k --size=28m
expect_eq "state" ok "$(fact ga state)"
usleep 500000
knob ga memory_limit 4194304
expect_writes_go_on 32 "with a lower limit"

knob ga memory_limit 67108864
work /dev/mapper/a0 --rw=write --bs=64k --size=24m
usleep 500000
expect_ok dmsetup suspend ga
knob ga memory_limit 4194304
expect_ok dmsetup resume ga
expect_writes_go_on 40 "after a suspend"

heal_link
wait_live 30
expect_caught_up
