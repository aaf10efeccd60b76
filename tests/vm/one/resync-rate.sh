# shellcheck shell=dash
# resync_rate holds, and a new value of it at once: what was owed at a low rate is not paid at a high one.
# limit: 120

. /afar/guest/afar.sh
MB=32 OPTIONS="timeout_ms 2000 resync_rate 4096"
pair_up
work /dev/mapper/a0 --size=1m
catch_up
begun=$(now_ms)
expect_ok msg ga verify
sleep 3
done=$(fact ga verify_done)
[ "$done" -lt 4194304 ] || fail "verified in 3 s at 4096 bytes/s" "what is read at once" "$done bytes"
# 32 MB at 4 MB/s
knob ga resync_rate 4194304
wait_for 22 '[ "$(fact ga verify_total)" -gt 0 ] && [ "$(fact ga verify_done)" = "$(fact ga verify_total)" ]' \
	'verify ends' 'grep . $(facts ga)/verify_*'
took=$(($(now_ms) - begun))
[ $took -ge 6000 ] || fail "32 MB at 4 MB/s" "6 s at least" "$took ms"
expect_eq "blocks that differ" 0 "$(fact ga verify_found)"
