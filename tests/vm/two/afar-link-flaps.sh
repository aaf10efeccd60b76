# shellcheck shell=bash
# A link that comes and goes costs time only: the application goes on, the cut never goes back, and in the end it is whole.
. "$VM_HERE/pair.sh"

pair_disks 64 16
pair_up timeout_ms 1500
load_begin a --rate 80 --writers 3 --area 512 --zero 2 --flush 2 --close-every 300 \
	--close-cmd "'dmsetup message g 0 close'"

# Every value of b's committed set, in order, with what it says of its link.
on_sh b 'while :; do echo "$(fact g committed_set) $(fact g link)"; usleep 100000; done' >"$VM_LOGS/cuts" 2>/dev/null &
sampler=$!

# The log is one of records as they are written: 64 bytes each.
records() { echo $(($(stat -c %s "$(vm_log a)") / 64)); }
wait_for 15 '[ "$(records)" -gt 20 ]' "the load has begun"
for cut in b:0.4 a:2.5 b:0.2 a:0.3 b:3; do
	vm_link "${cut%:*}" wire down
	before=$(records)
	wait_for 10 '[ "$(records)" -gt $((before + 4)) ]' "the load goes on while the link is down" both_status
	sleep "${cut#*:}"
	vm_link "${cut%:*}" wire up
	echo "link of ${cut%:*} down for ${cut#*:} s: $(($(records) - before)) records of writes meanwhile"
	sleep "0.$((RANDOM % 9))"
done
load_end a
set=$(closed a)
wait_committed b "$set" 40
both_status
kill $sampler
sets=$(cut -d' ' -f1 "$VM_LOGS/cuts" | uniq)
sort -C -t: -k2,2n <<<"$sets" || fail "committed set of b" "never goes back" "${sets//$'\n'/ }"
[ "$(wc -l <<<"$sets")" -gt 3 ] || fail "cuts of b" "more than 3" "${sets//$'\n'/ }"
pair_stop
expect_equal_origins
expect_cut "at the end" --committed "$set" --all
