# shellcheck shell=dash
# A group whose journal has failed while nothing was on its way can be suspended and resumed: nothing hangs,
# be it that the failure was known before, or is found at the suspend. Where a clean mark may stand on disk
# nothing is written.
# allow-log: I/O error

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=32 OPTIONS="clear_interval_ms 3600000 timeout_ms 2000"
put() { # BLOCK
	timeout $((10 * SLOW)) dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=1 seek="$1" \
		oflag=direct status=none
}
get() {
	timeout $((10 * SLOW)) dd if=/dev/mapper/a0 of=/dev/null bs=4k count=16 iflag=direct status=none
}
bad() { expect_ok swap_table ja "0 $len error"; }

# All is acknowledged; of 16 chunks four have their bits.
quiet() {
	expect_ok msg ga promote assume-equal
	wait_live
	work /dev/mapper/a0 --rw=write --bs=64k --size=4m
	expect_ok msg ga wait "$(msg ga close)"
	expect_caught_up
}

suspend_resume() {
	expect_ok timeout $((15 * SLOW)) dmsetup suspend ga
	expect_ok timeout $((15 * SLOW)) dmsetup resume ga
	expect_eq "state" journal-failed "$(fact ga state)"
	expect_eq "volumes" 1/1 "$(attached ga)"
	expect_ok get
}

nodes_up
good=$(dmsetup table ja)
len=$(sectors /dev/mapper/ja)

# known: a write to a chunk without its bit has found it
quiet
bad
expect_fail --saying "Input/output error" put 4095
expect_eq "state" journal-failed "$(fact ga state)"
suspend_resume
suspend_resume
expect_ok put 3
expect_fail --saying "Input/output error" put 4095
wait_fact ga link failed 10
expect_ok node_down a
expect_ok node_down b
dd if="$(origin a 0)" of="$(origin b 0)" bs=1M iflag=direct oflag=direct status=none

# not known: it is the clean mark that cannot be written
expect_ok swap_table ja "$good"
for n in a b; do
	dd if=/dev/zero of=/dev/mapper/j$n bs=1M count=1 oflag=direct status=none
	expect_ok node_up $n
done
quiet
bad
expect_eq "state" ok "$(fact ga state)"
suspend_resume
expect_fail --saying "Input/output error" put 3
expect_fail --saying "Input/output error" put 4095
suspend_resume
expect_equal
expect_ok node_down a

# the mark is not there, so this is a restart as after a crash
expect_ok swap_table ja "$good"
expect_ok node_up a
expect_ok msg ga promote
wait_fact ga state ok 20
expect_ok put 4095
expect_ok msg ga wait "$(msg ga close)"
expect_equal
