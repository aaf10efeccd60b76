# shellcheck shell=dash
# Whoever says promote is killed while it waits: the role stays, and the link comes up again by itself.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=1m
catch_up

# The commit does not end, so promote waits for it.
expect_ok dmsetup suspend --noflush o0b
work /dev/mapper/a0 --size=1m
set=$(msg ga close)
expect_ok msg ga wait "$set"
for signal in TERM KILL; do
	cut_link
	wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
	dmsetup message gb 0 promote force 2>/dev/null &
	pid=$!
	wait_for 10 "[ \"\$(fact gb link)\" = down ]" "promote waits" "status gb"
	kill -$signal $pid
	! wait $pid || fail "promote" "an error" "none"
	expect_eq "role" secondary "$(fact gb role)"
	heal_link
	wait_live 20
done
expect_ok dmsetup resume o0b
wait_fact gb committed_set "$set" 10
work /dev/mapper/a0 --size=1m
expect_caught_up
