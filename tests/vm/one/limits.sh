# shellcheck shell=dash
# Flushes do not grow with the writes: two of each origin per run at most, and one of the journal per group
# commit. When nothing is written nothing runs but the signs of life.
# limit: 180

. /afar/guest/crash.sh

load_crash
JOURNAL_MB=32 OPTIONS="$BY_HAND timeout_ms 8000"
pair_up
find_facts a
find_facts b

# What the devices of b have seen: flushes and FUA writes of each.
seen() { # DISK -> flushes, fua
	# shellcheck disable=SC2046  # words
	set -- $(dmsetup status "$1")
	echo "$6 $7"
}
count() {
	for _f in runs_total origin_flushes_total journal_flushes_total frames_total commands_total; do
		read_fact b $_f
	done
	o0=$(seen o0b) o1=$(seen o1b) j=$(seen jb)
}
delta() { echo $(($1 - $2)); }

dd if=/dev/urandom of=/dev/mapper/a0 bs=4k count=1 oflag=direct 2>/dev/null
catch_up
count
runs=$runs_total oflushes=$origin_flushes_total jflushes=$journal_flushes_total frames=$frames_total
commands=$commands_total was0=$o0 was1=$o1 wasj=$j

# All of it waits for the link, so frames are as full as they can be.
cut_link
for set in 1 2 3 4 5; do
	work /dev/mapper/a0 --number_ios=300
	work /dev/mapper/a1 --number_ios=100
	msg ga close >/dev/null
done
heal_link
wait_live 30
catch_up 40
count
runs=$(delta "$runs_total" "$runs") commands=$(delta "$commands_total" "$commands")
frames=$(delta "$frames_total" "$frames") jflushes=$(delta "$journal_flushes_total" "$jflushes")
oflushes=$(delta "$origin_flushes_total" "$oflushes")
say "$commands commands in $frames frames, $runs runs, $jflushes flushes of the journal, $oflushes of origins"
[ "$commands" -ge 2000 ] || fail "commands" "2000 at least" "$commands"
for n in 0 1; do
	eval "at=\$o$n was=\$was$n"
	flushes=$((${at% *} - ${was% *}))
	[ $flushes -le $((2 * runs)) ] || fail "flushes of origin $n" "2 for each of $runs runs at most" "$flushes"
	[ $flushes -gt 0 ] || fail "flushes of origin $n" "some" "0"
done
[ "$oflushes" -le $((2 * 2 * runs)) ] || fail "flushes of origins" "$((4 * runs)) at most" "$oflushes"
# a group holds one record at least: a frame, or the commit record of a run
[ "$jflushes" -le $((frames + runs)) ] || fail "flushes of the journal" "$((frames + runs)) at most" "$jflushes"
[ "$jflushes" -lt $((commands / 8)) ] || fail "flushes of the journal" "far fewer than $commands commands" "$jflushes"
# and the device has had no others but those of superblocks, which are FUA writes
flushes=$((${j% *} - ${wasj% *})) fua=$((${j#* } - ${wasj#* }))
expect_eq "flushes that the journal's device has seen, but for superblocks" "$jflushes" $((flushes - fua))

# Idle: by thread, how often it went to sleep.
switches() {
	for _p in $(grep -l '^afar_' /proc/[0-9]*/comm); do
		_p=${_p%/comm}
		read -r _comm <"$_p/comm"
		echo "$_comm $(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "$_p/status")"
	done | sort
}
# lanes look after each other for some seconds after the last message
sleep 7
from=$(now_ms)
switches >/tmp/test/before
sleep 8
switches >/tmp/test/after
took=$(($(now_ms) - from))
join /tmp/test/before /tmp/test/after >/tmp/test/both 2>/dev/null ||
	awk 'NR == FNR { was[$1] = $2; next } { print $1, was[$1], $2 }' /tmp/test/before /tmp/test/after >/tmp/test/both
say "$(awk '{ print $1 ": " $3 - $2 }' /tmp/test/both)"
# each side says something every two seconds, which wakes four threads of a lane
awk -v woken=$(((took + 499) / 500)) '{ most = $1 ~ /^afar_(tx|ack|rx|dur)/ ? woken : 0; if ($3 - $2 > most) { print; bad = 1 } } END { exit bad || NR < 8 }' \
	/tmp/test/both >/tmp/test/woken || fail "threads while nothing is written" "asleep" "$(cat /tmp/test/woken)"
