# shellcheck shell=dash
# A primary that was stopped cleanly goes on while its peer is away, and then loses its power, or enters overflow. The
# peer does not take it for one that was put back, however far its chunk map has got: not when they meet, and not later.
# limit: 180

. /afar/guest/return.sh
OPTIONS="$FAST set_interval_ms 60 clear_interval_ms 20 memory_limit 4194304"
OVERFLOW=''

again() { # WHEN: they meet more than once
	in_sync a b
	cut_link
	wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'dm status gb'
	put a 1 90 2
	heal_link
	in_sync a b
	expect_eq "the link, $1" "live live" "$(fact ga link) $(fact gb link)"
}

apart() { # from a clean stop on
	expect_ok take_down b
	expect_ok take_down a
	expect_ok node_up a
	expect_ok msg ga promote
	put a 0 10 3
	put a 1 20 3
	msg ga close >/dev/null
}

fresh_pair
put a 0 0 40
in_sync a b

apart
expect_ok node_up b
again "after a clean start"

apart
usleep 300000
kill_nodes a
heal_link
expect_ok node_up a
expect_ok msg ga promote
put a 0 50 2
expect_ok node_up b
again "after a clean start, and a loss of power"

apart
for i in 1 2 3 4 5 6; do put a 0 0 128; done
wait_for 20 '[ "$(fact ga state)" = overflow ]' 'overflow' 'dm status ga'
expect_ok node_up b
again "after a clean start, and overflow"

# and once more from a clean stop, though nobody was met in between
apart
expect_ok take_down a
expect_ok node_up a
expect_ok msg ga promote
put a 0 60 2
expect_ok node_up b
again "after two clean starts"
