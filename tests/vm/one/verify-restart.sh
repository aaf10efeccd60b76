# shellcheck shell=dash
# A verify outlives a stop of the primary, and a loss of its power: what was looked at is not looked at again, and
# what differs is found. It does not outlive the operator's word, nor the role; and with another peer it begins anew.
# limit: 240

. /afar/guest/crash.sh
. /afar/guest/verify.sh
CRASHES=a
RATE=2097152
VOLUMES=2 MB=16 OPTIONS="timeout_ms 1000 chunk_size 65536 resync_rate $RATE"

is_well() { wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is well' 'status ga; status gb; dmesg | tail -20'; }
gone_through() { wait_for 60 "[ \"\$(fact ga verify_done)\" -ge $1 ]" "$1 bytes are gone through" 'status ga'; }
ends() { wait_for 60 '[ "$(fact ga verify_running)" = 0 ]' 'verify ends' 'status ga; status gb; dmesg | tail -20'; }
begins() { # there is none, and then one
	expect_eq "running" 0 "$(fact ga verify_running)"
	expect_ok msg ga verify
}
starts() { # the primary, again
	expect_ok node_up a
	log_mark
	expect_ok msg ga promote
}

fresh_pair
watch_differs
for v in $(volumes); do
	work "/dev/mapper/a$v" --size=2m
done
expect_caught_up

# a stop, before anything is found
begins
gone_through 4194304
# said again it changes nothing
expect_ok msg ga verify
[ "$(fact ga verify_done)" -ge 4194304 ] || fail "gone through, said again" "as before" "$(fact ga verify_done)"
expect_ok take_down a
starts
expect_log 'ga: verify: goes on after 1[56] of 32 MiB'
[ "$(fact ga verify_done)" -ge 15728640 ] || fail "gone through after a stop" "at least 15 MiB" "$(fact ga verify_done)"
expect_eq "to go through" $((VOLUMES * MB << 20)) "$(fact ga verify_total)"

ends
expect_eq "gone through" "$(fact ga verify_total)" "$(fact ga verify_done)"
expect_eq "blocks that differ" 0 "$(fact ga verify_found)"

# a loss of power, while some of what differs is found, and some is not
damage b 16 /tmp/test/damage
begins
gone_through 14000000
usleep 1500000
power a powerloss 1 >/dev/null
expect_ok take_down a
power a restore
starts
expect_log 'ga: verify: goes on after 1[56] of 32 MiB'
ends
differs >/tmp/test/differs
cmp -s /tmp/test/damage /tmp/test/differs ||
	fail "blocks that differ, after a loss of power" "those that were changed" "$(diff /tmp/test/damage /tmp/test/differs)"
expect_eq "gone through" "$(fact ga verify_total)" "$(fact ga verify_done)"
expect_ok msg ga resync
is_well
expect_caught_up

# another peer
begins
gone_through 4194304
expect_ok take_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=1 oflag=direct 2>/dev/null
knob ga resync_rate 0
log_mark
expect_ok node_up b
is_well
ends
expect_log "ga: verify: the peer's journal is another one now: begins anew"
expect_eq "gone through" "$(fact ga verify_total)" "$(fact ga verify_done)"
knob ga resync_rate $RATE

# the operator's word
begins
gone_through 4194304
expect_ok msg ga verify stop
expect_ok take_down a
starts
expect_eq "after a stop that was said" 0 "$(fact ga verify_running)"
is_well

# the role
begins
gone_through 4194304
expect_ok msg ga demote
expect_ok msg gb promote
# its term begins with a resync, of nothing
wait_for 20 '[ "$(fact gb state)" = ok ]' "the peer follows" "dm status ga gb"
expect_ok msg gb demote
expect_ok msg ga promote
expect_eq "of a node that was secondary meanwhile" 0 "$(fact ga verify_running)"
expect_caught_up
