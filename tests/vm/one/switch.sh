# shellcheck shell=dash
# A planned switch, there and back: the primary steps down when the peer has all of it, the peer is promoted without
# force, nothing is sent again; and whatever is in the way is said, and changes nothing.
# limit: 240

. /afar/guest/afar.sh
VOLUMES=2 MB=32 JOURNAL_MB=32 OPTIONS="timeout_ms 2000"

refused_write() { dd if=/dev/zero of="$1" bs=4k count=1 oflag=direct status=none; }

# All of it is at the other node, whichever that is.
arrived() { # FROM TO
	# where sets close at flushes, that is when it closes
	dd if=/dev/null of="/dev/mapper/${1}0" conv=fdatasync,notrunc 2>/dev/null || fail "flush"
	_set=$(msg "g$1" close) || fail "close" "a set" "$_set"
	wait_for 20 "[ \"\$(fact g$2 committed_set)\" = $_set ]" "set $_set committed" 'status ga; status gb'
	expect_equal
}

switch() { # FROM TO
	_began=$(now_ms)
	expect_ok msg "g$1" demote
	_took=$(($(now_ms) - _began))
	expect_eq "role" secondary "$(fact "g$1" role)"
	expect_fail refused_write "/dev/mapper/${1}0"
	expect_ok msg "g$1" demote	# once more
	[ -z "${BETWEEN:-}" ] || $BETWEEN
	log_mark
	sent=$(fact "g$2" payload_bytes_total)
	expect_eq "granted" 1 "$(fact "g$2" granted)"
	_began=$(now_ms)
	expect_ok msg "g$2" promote
	_took=$((_took + $(now_ms) - _began))
	say "the application could not write for $_took ms"
	[ $_took -lt $((3000 * SLOW)) ] || fail "a switch" "less than $((3 * SLOW)) s" "$_took ms"
	expect_eq "role" primary "$(fact "g$2" role)"
	wait_live
	wait_for 20 "[ \$(fact g$2 state) = ok ] && [ \$(fact g$1 state) = ok ]" 'all is well' 'status ga; status gb'
	expect_log "g$2: resync begins: 0 chunks"
	expect_eq "payload that was sent" "$sent" "$(fact "g$2" payload_bytes_total)"
	work "/dev/mapper/${2}0" --size=2m
	work "/dev/mapper/${2}1" --size=1m
	arrived "$2" "$1"
}

restart() {
	for n in a b; do
		expect_ok node_down $n
		expect_ok node_up $n
	done
}

pair_up
expect_fail msg gb promote
work /dev/mapper/a0 --size=4m
switch a b

# in the way: an open volume, no peer, a peer that has not caught up
exec 5</dev/mapper/b1
refused 'demote: volume 1 .* is open' msg gb demote
exec 5<&-
expect_eq "role after that" primary "$(fact gb role)"
netem rate 2mbit
work /dev/mapper/b0 --rw=write --bs=64k --size=8m
refused 'demote: the peer has not committed .* sets yet; say it again' msg gb demote
expect_eq "role after that" primary "$(fact gb role)"
work /dev/mapper/b1 --size=64k
netem
cut_link
wait_for 20 '[ "$(fact gb link)" != live ]' 'the link is down' 'status gb'
refused 'demote: the peer is not connected' msg gb demote
work /dev/mapper/b1 --size=64k
heal_link
wait_live
arrived b a
switch b a

# the word of the old primary is durable, on both sides
BETWEEN=restart
switch a b
BETWEEN=
switch b a

# a grant ends when there is a primary again, whoever that is; a term that was declared equal begins anew for who
# is not fresh
expect_ok msg ga demote
expect_ok msg ga promote force assume-equal
wait_for 20 '[ "$(fact gb granted)" = 0 ]' 'the grant ends' 'status ga; status gb'
expect_fail msg gb promote
wait_for 30 '[ "$(fact ga state)" = ok ] && [ "$(fact ga link)" = live ]' 'all is well' 'status ga; status gb'
work /dev/mapper/a0 --size=1m
arrived a b

# a volume that is not there may be open
expect_ok dmsetup suspend a1
refused 'demote: 1 volumes of the volume table are not attached' msg ga demote
expect_ok dmsetup resume a1

# the word does not get through: nobody is primary, and force loses nothing
cut_link
log_mark
expect_ok msg ga demote
expect_log 'did not confirm that it heard'
expect_eq "role" secondary "$(fact ga role)"
heal_link
expect_fail msg gb promote
expect_ok msg gb promote force
wait_live 30
wait_for 20 '[ "$(fact gb state)" = ok ]' 'all is well' 'status ga; status gb'
work /dev/mapper/b0 --size=1m
arrived b a

# sets that close at flushes only
OPTIONS="timeout_ms 2000 close_on_flush 1"
BETWEEN=restart
switch b a
BETWEEN=
work /dev/mapper/a0 --size=1m
switch a b
