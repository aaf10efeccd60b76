# shellcheck shell=bash
# Two machines: a link is cut and heals, and is made slow and fast; one is killed and comes back with its disk as it was.

truncate -s 32M "$VM_LOGS/disk"
vm_start a --net wire --disk "$VM_LOGS/disk"
vm_start b --net wire
vm_ready a
vm_ready b

ping_b() { vm_run a "ping -c 1 -W ${1:-2} 10.77.0.2 >/dev/null"; }

pair_address a
pair_address b
ping_b || fail "ping" "an answer" "none"

vm_link b wire down
! ping_b 1 || fail "ping over a cut link" "no answer" "an answer"
vm_link b wire up
ping_b 5 || fail "ping over a healed link" "an answer" "none"

round_trip() { # -> ms, the shortest of three
	vm_run a 'ping -c 3 -i 0.2 10.77.0.2' | sed -nE 's|^r.* min/.* = ([0-9]+)[./].*|\1|p'
}
pair_shape 40mbit 300
took=$(round_trip)
[ "$took" -ge 600 ] || fail "round trip with 300 ms each way" ">= 600 ms" "$took ms"
pair_shape
took=$(round_trip)
[ "$took" -lt 300 ] || fail "round trip over the bare wire" "< 300 ms" "$took ms"

sum=$(vm_run a 'dd if=/dev/urandom of=/dev/vda bs=1M count=8 conv=fsync 2>/dev/null
	sha256sum </dev/vda; echo written >/dev/virtio-ports/log')
vm_kill a
expect_eq "what the port log had before the kill" "written" "$(cat "$(vm_log a)")"
vm_boot a
expect_eq "the disk after a crash" "$sum" "$(vm_run a 'sha256sum </dev/vda')"
pair_address a
ping_b 5 || fail "ping after a reboot" "an answer" "none"

# Several commands at once, each with its own output and status.
for i in 1 2 3 4 5 6; do
	{ vm_run a "sleep 0.2; echo $i; exit $i" >"$VM_LOGS/at-once.$i" || echo "status $?" >>"$VM_LOGS/at-once.$i"; } &
done
wait
for i in 1 2 3 4 5 6; do
	expect_eq "command $i of six at once" "$i status $i" "$(tr '\n' ' ' <"$VM_LOGS/at-once.$i" | sed 's/ $//')"
done

status=0
VM_TIMEOUT=1 vm_run a 'sleep 600' 2>/dev/null || status=$?
expect_eq "status of a command that takes too long" 124 "$status"
vm_stop b
