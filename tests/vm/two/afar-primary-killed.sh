# shellcheck shell=bash
# After a crash of the primary its numbers are given out again for other data: the peer never takes the old ones for those.
. "$VM_HERE/pair.sh"

# Only `close` closes a set.
options="timeout_ms 1500 set_interval_ms 3600000 set_bytes 0"
letters() { # LETTER: the same commands each time, with other payloads
	on_sh a "for v in v0 v1; do
		tr '\\0' $1 </dev/zero | dd of=/dev/mapper/\$v bs=64k count=16 iflag=fullblock oflag=direct 2>/dev/null
	done"
}
# All letters that are in an image, in their order, each run as one.
letter_in() { tr -d '\0' <"$1" | tr -s 'A-Z' | head -c 20; }

pair_disks 32 16
# shellcheck disable=SC2086  # words
pair_up $options
letters B
set=$(closed a)
wait_committed b "$set" 20
for i in 0 1; do
	expect_eq "volume $i on b" B "$(letter_in "$VM_LOGS/b.$i")"
done

# All of X is durable at the peer, but for the command that closes its set.
letters X
wait_for 20 '[ "$(on a fact g memory_used)" -lt 65536 ]' "b has acknowledged X" both_status
numbered=$(on a fact g local_seq)
vm_kill a
expect_eq "cut of b after the kill" "$set" "$(on b fact g committed_set)"

# While b is out of reach, a gives out the same numbers for Y, and closes the same sets.
# With RULES_OFF=16 the term is not raised, and b completes X's set with the end of Y's.
node_boot a --cut
# shellcheck disable=SC2086  # words
node_up a $options
expect_eq "a after the crash" "primary promote-needed" "$(status a | cut -d' ' -f4,5)"
message a promote
letters Y
refused=$(message a close 2>&1) || true
letters Y
message a close >/dev/null 2>&1 || true
vm_link a wire up
if [ -z "${RULES_OFF:-}" ]; then
	expect_eq "a's term" 2 "$(on a fact g term | cut -d' ' -f1)"
	[[ $refused == *"failed"* ]] || fail "close while a resync is needed" "is refused" "$refused"
	on a wait_fact g state ok 60
	message a close >/dev/null
	sleep 1
else
	wait_live a
	sleep 1
fi
both_status
echo "numbers that X had: up to $numbered"
set=$(on b fact g committed_set)

# Also not after a replay of its journal.
vm_kill b
expect_eq "cut of b after a replay" "$set" "$(look_at b)"
for i in 0 1; do
	expect_eq "volume $i on a" Y "$(letter_in "$VM_LOGS/a.$i")"
	expect_eq "volume $i on b" Y "$(letter_in "$VM_LOGS/b.$i")"
done
