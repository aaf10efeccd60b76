# shellcheck shell=dash
# What cannot be asked of a node in its role is refused, with the reason, and changes nothing; what it is already
# it can be told again.

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=1 MB=16 OPTIONS="timeout_ms 1000"

same() { # NODE COMMAND...: it says yes, and nothing changes
	_node=$1
	shift
	_before="$(fact "g$_node" role) $(fact "g$_node" state) $(fact "g$_node" term)"
	expect_ok "$@"
	expect_eq "g$_node after '$*'" "$_before" "$(fact "g$_node" role) $(fact "g$_node" state) $(fact "g$_node" term)"
}

nodes_up
same a msg ga demote
for word in resync verify close; do
	refused 'not a running primary' msg ga $word
done
refused 'wait: .*not a running primary' msg ga wait 1
refused 'hold: ' msg ga hold
same a msg ga discard-history

expect_ok msg ga promote assume-equal
wait_live
for words in promote "promote force" "promote assume-equal"; do
	# shellcheck disable=SC2086  # words
	same a msg ga $words
done
refused 'hold: this node is primary' msg ga hold
same a msg ga release
refused 'discard-history: ' msg ga discard-history

same b msg gb demote
for word in resync verify close "add 0"; do
	# shellcheck disable=SC2086  # words
	refused 'not a running primary' msg gb $word
done
same b msg gb discard-history
work /dev/mapper/a0 --size=1m
expect_caught_up

# nobody takes over from who is there
refused 'promote: the primary is connected' msg gb promote force
expect_eq "role" secondary "$(fact gb role)"
expect_eq "state of the primary" ok "$(fact ga state)"

# both primary, and apart
cut_link
wait_for 20 '[ "$(fact ga link)" != live ]' 'the link is down' 'status ga'
expect_ok msg gb promote force
work /dev/mapper/a0 --size=64k
heal_link
split a
refused 'demote: the peer is not connected' msg ga demote

# words that a message does not take
for wrong in 'demote now:demote: takes no words' 'discard-history now:discard-history: takes no words' \
	'close 1:close: takes no words' 'release 1:release: takes no words' 'hold 1 2:hold: takes a set at most' \
	'hold x:hold: .x. is no set' 'wait:wait: takes a set' 'wait x:wait: .x. is no set' 'wait 1 x:wait: milliseconds must be' \
	'resync foo:resync: takes no word but in-place' 'resync in-place x:resync: takes no word but in-place' \
	'verify x:verify: takes no word but stop' 'verify stop x:verify: takes no word but stop' \
	'add:add: takes a volume number' 'add 0 equal:add: takes a volume number' 'add 256:add: volume number must be 0..255' \
	'forget:forget: takes a volume number' 'forget 256:forget: volume number must be 0..255' \
	'promote now:promote: unknown word' 'fish:unknown message .fish.; known are'; do
	was=$(fact ga role).$(fact gb role)
	for g in ga gb; do
		# shellcheck disable=SC2086  # words
		refused "${wrong#*:}" msg $g ${wrong%%:*}
	done
	expect_eq "roles after ${wrong%%:*}" "$was" "$(fact ga role).$(fact gb role)"
done

# primary, down
expect_ok node_down a
expect_ok node_up a
expect_eq "state" promote-needed "$(fact ga state)"
refused 'demote: this node was primary before it went down' msg ga demote
dirty=$(fact ga chunks_dirty)
[ "$dirty" -gt 0 ] || fail "chunks that may differ" "some" "$dirty"
refused "promote: this node was primary before" msg ga promote assume-equal
expect_eq "state" promote-needed "$(fact ga state)"
expect_eq "chunks that may differ" "$dirty" "$(fact ga chunks_dirty)"
for word in resync verify close; do
	refused 'not a running primary' msg ga $word
done
