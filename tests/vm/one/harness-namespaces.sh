# shellcheck shell=dash disable=SC2086,SC2016
# Two namespaces in one guest reach each other; a cut link is silent, and heals to what it was.

two_namespaces
in_a ping -c 1 -W 2 $B_IP >/dev/null || fail "ping over an ideal link" "an answer" "none"

# The delay is 50 ms one way: 100 ms at least.
shape 100mbit 50
ms=$(in_a ping -c 2 -W 3 $B_IP | sed -n 's/.*seq=1 .*time=\([0-9]*\).*/\1/p')
[ "${ms:-0}" -ge 95 ] || fail "round trip of a shaped link" "at least 100 ms" "${ms:-no answer}"

cut_link
expect_fail in_a ping -c 1 -W 1 $B_IP
heal_link
in_a ping -c 1 -W 2 $B_IP >/dev/null || fail "ping over a healed link" "an answer" "none"
tc -n a qdisc show dev eth0 | grep -q 'delay 50' || fail "the healed link's shape" "delay 50ms" "$(tc -n a qdisc show dev eth0)"

cut_link down
expect_fail in_a ping -c 1 -W 1 $B_IP
heal_link
wait_for 5 'in_a ping -c 1 -W 1 $B_IP >/dev/null 2>&1' 'an answer after the carrier came back'
