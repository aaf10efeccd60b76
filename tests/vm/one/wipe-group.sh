# shellcheck shell=dash
# A group whose table is taken away: its volumes answer EIO, and all can be removed.
# allow-log: Buffer I/O error

. /afar/guest/afar.sh
MB=16
pair_up
expect_fail --saying "busy|Busy" dmsetup remove ga

work /dev/mapper/a0 --size=1m || fail fio
facts=$(facts ga)
expect_ok timeout $((10 * SLOW)) dmsetup wipe_table ga
expect_fail --saying "rror" timeout $((10 * SLOW)) dd if=/dev/zero of=/dev/mapper/a0 bs=4k count=1 oflag=direct
expect_fail --saying "rror" timeout $((10 * SLOW)) dd if=/dev/mapper/a0 of=/dev/null bs=4k count=1 iflag=direct
expect_eq "state of the volume" "detached" "$(dmsetup status a0 | awk '{print $5}')"
expect_eq "state of the group" detached "$(cat "$facts/state")"
# knobs of what is detached can be turned, and do no harm
echo 1000 >"$facts/set_interval_ms"
echo 3600000 >"$facts/set_interval_ms"
expect_ok dmsetup suspend a0
expect_ok dmsetup resume a0
expect_ok dmsetup remove a0
expect_ok dmsetup remove ga
[ ! -d "$facts" ] || fail "sysfs directory" "gone" "$facts"

# the other side does not care
wait_for 10 '[ "$(fact gb link)" != live ]' 'the link is down at b'
expect_ok timeout $((10 * SLOW)) dmsetup wipe_table gb
expect_eq "state of the volume" "detached" "$(dmsetup status b0 | awk '{print $5}')"
expect_ok node_down b

# and both can be made again
expect_ok node_up a
expect_ok node_up b
expect_ok msg ga promote
wait_live
expect_eq "state" ok "$(fact ga state)"
expect_caught_up
