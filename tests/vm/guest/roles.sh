# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests in which the nodes change places: who follows whom, and how a split brain ends.

follows() { # FROM TO: TO is a good copy of FROM
	wait_for 60 "[ \$(fact g$1 state) = ok ] && [ \$(fact g$2 state) = ok ] && [ \$(fact g$1 link) = live ]" \
		"g$2 follows g$1" 'status ga; status gb; dmesg | tail -20'
	expect_eq "role of $2" secondary "$(fact "g$2" role)"
	work "/dev/mapper/${1}0" --size=512k
	_set=$(msg "g$1" close) || fail "close" "a set" "$_set"
	wait_for 20 "[ \"\$(fact g$2 committed_set)\" = $_set ]" "set $_set committed" 'status ga; status gb'
	expect_equal "$3"
}

discard() { # NODE: when the other one dials
	msg "g$1" discard-history || expect_log 'discard-history: the peer has not dialled yet'
	wait_for 30 "[ \"\$(fact g$1 role)\" = secondary ]" "g$1 is secondary" 'status ga; status gb'
	expect_ok msg "g$1" discard-history	# once more
}

split() { # until both, or the one that listens, say so
	wait_for 20 "[ \"\$(fact g$1 link)\" = split-brain ]" "split-brain at g$1" 'status ga; status gb'
}

# The application is stopped; nothing is lost, nothing is sent again.
switch_over() { # FROM TO
	expect_ok msg "g$1" demote
	expect_ok msg "g$2" promote
	follows "$2" "$1" "after a planned switch from $1 to $2"
}
