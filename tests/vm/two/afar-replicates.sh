# shellcheck shell=bash
# What fio writes to two volumes of one machine is on the other machine's disks, byte for byte.
. "$VM_HERE/pair.sh"

pair_disks 64 48
pair_up
both_status
on_sh a 'set -- --direct=1 --ioengine=libaio --output=/dev/null
	fio --name=random --filename=/dev/mapper/v0 --rw=randwrite --bs=4k --iodepth=16 --size=48m --io_size=12m "$@" &
	fio --name=serial --filename=/dev/mapper/v1 --rw=write --bs=128k --iodepth=4 --size=48m --io_size=24m "$@"
	wait $!
	blkdiscard -z -o 1048576 -l 3145728 /dev/mapper/v0
	fio --name=mixed --filename=/dev/mapper/v1 --rw=randwrite --bsrange=4k-64k --iodepth=8 --size=48m --io_size=8m \
		--fsync=16 "$@"'
set=$(closed a)
message a wait "$set"
wait_committed b "$set" 20
both_status
expect_eq "replicated set on b" "$set" "$(on b fact g replicated_set)"
wait_committed a "$set" 5
expect_eq "lag of a in bytes, sets, ms" "0 0 0" \
	"$(on_sh a 'echo $(fact g lag_bytes) $(fact g lag_sets) $(fact g lag_ms)')"
expect_eq "commands that could not be exact" 0 "$(on a fact g inexact)"
pair_stop
expect_equal_origins
[ "$(tr -d '\0' <"$VM_LOGS/a.0" | head -c 1048576 | wc -c)" -eq 1048576 ] || fail "origin of a" "payload of fio" "zeroes"
