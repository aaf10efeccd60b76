# shellcheck shell=bash
# promote force on the secondary of a dead primary: the cut it has, writable, in a new term; nobody claims more.
. "$VM_HERE/pair.sh"

pair_disks 32 16
pair_up timeout_ms 1500
load_begin a --rate 100 --writers 3 --area 512 --flush 2 --close-every 300 --close-cmd "'dmsetup message g 0 close'"
wait_for 15 '[ "$(on b fact g committed_seq)" != 1:0 ] && [ "$(stat -c %s "$(vm_log a)")" -gt 9000 ]' \
	"the load has begun" both_status
sleep 1
vm_kill a
set=$(settle b)
time=$(on b fact g replicated_time_ns)

expect_eq "b's role before" "secondary ok" "$(status b | cut -d' ' -f4,5)"
! message b promote 2>/dev/null || fail "promote without force" "refused while the primary may live" "it went through"
on_sh b '! dd if=/dev/zero of=/dev/mapper/v0 bs=4k count=1 oflag=direct 2>/dev/null' ||
	fail "a write to a secondary's volume" "refused" "it went through"
message b promote force
message b promote force
status b
expect_eq "b's role" "primary resync-needed" "$(status b | cut -d' ' -f4,5)"
expect_eq "b's term" 2 "$(on b fact g term | cut -d' ' -f1)"
expect_eq "what it goes on from" "$set" "$(on b fact g image_set)"
expect_eq "and of when" "$time" "$(on b fact g image_time_ns)"

# Nothing was written to it yet: it must be the cut that it had.
vm_kill b
expect_cut "after promote force" --committed "$set" --min-writes 1 --primary-crashed

node_boot b
node_up b timeout_ms 1500
expect_eq "b after a restart" "primary promote-needed" "$(status b | cut -d' ' -f4,5)"
message b promote
expect_eq "b promoted again" "primary resync-needed" "$(status b | cut -d' ' -f4,5)"
expect_eq "what it goes on from" "$set" "$(on b fact g image_set)"
on_sh b 'echo hello | dd of=/dev/mapper/v0 bs=4k conv=sync oflag=direct 2>/dev/null; dd if=/dev/mapper/v0 bs=4k count=1 iflag=direct 2>/dev/null | grep -q hello' ||
	fail "a write to b's volume" "goes through" "an error"

# The old primary comes back: it has writes that b has not, and says so.
node_boot a
node_up a timeout_ms 1500
on b wait_fact g link split-brain 20
both_status
expect_eq "a's role after its return" "primary promote-needed" "$(status a | cut -d' ' -f4,5)"
on_sh a '! dd if=/dev/zero of=/dev/mapper/v0 bs=4k count=1 oflag=direct 2>/dev/null' ||
	fail "a write to a's volume before a promote" "refused" "it went through"
