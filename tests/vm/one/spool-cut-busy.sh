# shellcheck shell=dash
# A link that falls silent under full load does not hold the application up: what lanes have goes to the
# spool as well as the rest, and all of it arrives when the link is back.
# limit: 180

. /afar/guest/afar.sh
MB=64 JOURNAL_MB=160 OPTIONS="memory_limit 4194304 timeout_ms $((10000 * SLOW))"
STALL=$((4000 * SLOW))	# ms; well below timeout_ms

# The longest time without a write while the spool takes so much.
expect_progress() { # MB
	read -r _first <"$facts/spooled_blocks_total"
	_moved=$(now_ms) _before=0 longest=0
	while read -r _total <"$facts/spooled_blocks_total" &&
		[ $((_total - _first)) -lt $(($1 * 256)) ]; do
		read -r _ _ _ _ _ _ _sectors _ <"$stat"
		_now=$(now_ms)
		[ "$_sectors" = "$_before" ] || _moved=$_now
		_before=$_sectors
		[ $((_now - _moved)) -le $longest ] || longest=$((_now - _moved))
		[ $longest -lt $STALL ] ||
			fail "the application, with the link cut" "goes on" "no write for $longest ms; $(status ga)"
		usleep 20000
	done
}

pair_up
facts=$(facts ga)
stat=$(sys_dev /dev/mapper/a0)/stat
for bs in 16k 128k; do
	# as much as the journal has room for, however fast the machine
	work_begin /dev/mapper/a0 --bs=$bs --rate=40m
	sleep 1
	cut_link
	expect_progress 32
	say "writes of $bs: $longest ms at most without one"
	heal_link
	work_end
	wait_live 30
	catch_up 60
	expect_equal
done
expect_eq "state" ok "$(fact ga state)"
