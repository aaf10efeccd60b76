# shellcheck shell=dash
# An origin of the primary that fails a flush may have dropped what was to be flushed, though the next flush succeeds: no
# bit of the chunk map is cleared any more in that term. A resync makes good what may be lost.
# allow-log: Buffer I/O error|I/O error
# limit: 120

. /afar/guest/crash.sh
OPTIONS="timeout_ms 2000 chunk_size 65536 clear_interval_ms 15000"
# over disks that have a cache to be flushed
disk_line() { # MEDIA NODE MB
	dm create "c$1" "0 $(($3 * 2048)) afar-crash /dev/mapper/$1 $2" >/dev/null
	echo "0 $(($3 * 2048)) linear /dev/mapper/c$1 0"
}
modprobe dm_flakey 2>/dev/null || true
load_crash
pair_up
good=$(dmsetup table o0a)
len=$(sectors /dev/mapper/o0a)
work /dev/mapper/a0 --rw=write --bs=64k --size=1m
catch_up
dirty=$(fact ga chunks_dirty)
[ "$dirty" -ge 16 ] || fail "chunks that may differ" "16 at least" "$dirty"
expect_ok swap_table o0a "0 $len flakey /dev/mapper/cmo0a 0 0 3600 1 error_writes"
log_mark
knob ga clear_interval_ms 50
wait_for 70 'log_since | grep -q "cannot be flushed"' 'a flush that fails' 'dmesg | tail -5'
expect_ok swap_table o0a "$good"
work /dev/mapper/a0 --rw=write --bs=64k --size=64k --offset=4m
catch_up
sleep 2
[ "$(fact ga chunks_dirty)" -ge "$dirty" ] || fail "chunks that may differ, after a good flush" "$dirty at least" "$(fact ga chunks_dirty)"
expect_eq "state" ok "$(fact ga state)"
expect_ok msg ga resync
wait_for 40 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ] && [ "$(fact ga chunks_dirty)" = 0 ]' \
	'the resync ends, and bits go' 'status ga; status gb'
expect_caught_up
