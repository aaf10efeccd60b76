# shellcheck shell=dash
# Two nodes are a pair only if both have the same key, or both are told that there is none: else both say so,
# nothing is replicated, and the right key mends it. A key is changed as the admin guide says, under load.

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
nodes_up
dmsetup table ga | grep -q ' key afar:test ' || fail "table" "key afar:test" "$(dmsetup table ga)"
! dmsetup table --showkeys ga | grep -q 'secret' || fail "table" "no secret" "$(dmsetup table --showkeys ga)"
make_key afar:other "another secret of the tests"
reload() { # NODE KEY
	_line=$(dmsetup table "g$1" | sed "s/ key [^ ]*/ key $2/")
	in_ns "$1" dmsetup reload "g$1" --table "$_line" && in_ns "$1" dmsetup resume "g$1"
}
both_say_key() { # WHAT
	wait_fact ga link key 20
	wait_fact gb link key 20
	work /dev/mapper/a0 --size=64k
	expect_eq "$1: image of b" "$_image" "$(sum "$(origin b 0)")"
	expect_eq "$1: state of a" ok "$(fact ga state)"
}

# a key on one side only, and two that differ; from the first connection on
_image=$(sum "$(origin b 0)")
log_mark
expect_ok reload b none
expect_ok msg ga promote assume-equal
both_say_key "b has none"
expect_eq "state of b" fresh "$(fact gb state)"
expect_log 'ga: link: key: the nodes have different keys'
expect_log 'gb: connection from 10.77.0.1:[0-9]*: refused: the nodes have different keys'
# never two that are equal on the way
expect_ok reload a afar:other
expect_ok reload b afar:test
both_say_key "a has another"
expect_ok reload a none
both_say_key "a has none"
sleep 3
_lines=$(log_since | grep -c 'gb: connection from' || true)
[ "$_lines" -le 6 ] || fail "lines in the log" "6 at most" "$_lines: $(log_since)"
expect_ok reload a afar:test
wait_live 30
expect_caught_up

# neither has one
expect_ok reload a none
expect_ok reload b none
wait_live 30
work /dev/mapper/a0 --size=64k
expect_caught_up

# a new key, under load: one side, then the other; what is written meanwhile waits in memory
work_begin /dev/mapper/a0 --rate_iops=100
expect_ok reload b afar:other
wait_fact ga link key 20
expect_ok reload a afar:other
wait_live 30
# the secret behind a description is taken when the table is loaded, and not again
keyctl unlink "$(keyctl search @u logon afar:other)" @u
kill_connections a "dport = :7000"
wait_live 30
expect_fail reload a afar:other
work_end
expect_eq "state" ok "$(fact ga state)"
expect_caught_up
