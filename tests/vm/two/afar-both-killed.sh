# shellcheck shell=bash
# Both machines die at once: the secondary has a cut, not older than the last it has shown; the primary has all its own.
. "$VM_HERE/pair.sh"

pair_disks 32 16
pair_up timeout_ms 1500
load_begin a --rate 100 --writers 3 --area 512 --zero 2 --flush 2 --close-every 300 \
	--close-cmd "'dmsetup message g 0 close'"
wait_for 15 '[ "$(stat -c %s "$(vm_log a)")" -gt 9000 ]' "the load has begun" both_status
sleep "1.$((RANDOM % 900 + 100))"
seen=$(on b fact g committed_set)
kill -KILL "$(vm_pid a)" "$(vm_pid b)"
vm_kill a
vm_kill b

set=$(look_at b)
echo "$seen before, $set after"
[ "${set%:*}" = 1 ] && [ "${set#*:}" -ge "${seen#*:}" ] || fail "cut of b" "not before $seen" "$set"
expect_cut "the secondary" --committed "$set" --min-writes 1 --primary-crashed
mapfile -t image < <(images a)
answer=$("$VM_TOP/build/test-bin/afar-cutcheck" --log "$(vm_log a)" --all --primary-crashed "${image[@]}") ||
	fail "the primary's own volumes" "all that it had completed" "$(tail -8 <<<"$answer")"

node_boot a
node_boot b
node_up b timeout_ms 1500
node_up a timeout_ms 1500
expect_eq "a after the crash" "primary promote-needed" "$(status a | cut -d' ' -f4,5)"
message a promote
message a resync in-place
on a wait_fact g state ok 60
both_status
expect_eq "a's term" 2 "$(on a fact g term | cut -d' ' -f1)"
expect_eq "b's term" 2 "$(on b fact g term | cut -d' ' -f1)"
