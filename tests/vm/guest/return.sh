# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests in which a primary loses its power, its peer is promoted, and it comes back: what differs then is what
# the chunk maps of both say.

# shellcheck source=tests/vm/guest/kills.sh
. /afar/guest/kills.sh
# shellcheck source=tests/vm/guest/roles.sh
. /afar/guest/roles.sh

# shellcheck disable=SC2034  # crash.sh
CRASHES="a b" load=
OPTIONS="$FAST set_interval_ms 60 clear_interval_ms 20"

put() { # NODE VOLUME CHUNK COUNT: safe from a loss of its power
	dd if=/dev/urandom of="/dev/mapper/$1$2" bs=64k seek="$3" count="$4" oflag=direct conv=notrunc,fsync status=none ||
		fail "a write to $1$2"
}

# All that FROM has is at TO, and FROM knows.
in_sync() { # FROM TO
	wait_for 60 "[ \$(fact g$1 state) = ok ] && [ \$(fact g$2 state) = ok ] && [ \$(fact g$1 link) = live ]" \
		"g$2 follows g$1" 'dm status ga gb; dmesg | tail -20'
	_set=$(msg "g$1" close) || fail "close" "a set" "$_set"
	wait_for 20 "[ \$(fact g$2 committed_set) = $_set ]" "set $_set committed" 'dm status ga gb'
	expect_equal
	wait_for 20 "[ \$(fact g$1 chunks_dirty) = 0 ]" "no bit is set" "dm status g$1"
}

# NODE is lost, TO goes on.
lost() { # NODE TO
	kill_nodes "$1"
	cut_link
	expect_ok dm message "g$2" promote force
}

# NODE is there again, and gives up what it wrote last.
give_up() { # NODE
	expect_ok node_up "$1"
	heal_link
	split "$1"
	log_mark
	discard "$1"
}

# What the resync that began last has to read.
expect_chunks() { # PATTERN [WHAT]
	wait_for 40 'log_since | grep -q "resync begins"' 'the resync begins' 'dm status ga gb; dmesg | tail -20'
	_chunks=$(log_since | sed -n 's/.*resync begins.*: \([0-9]*\) chunks.*/\1/p' | tail -n 1)
	# shellcheck disable=SC2254  # a pattern
	case $_chunks in
	$1) ;;
	*) fail "chunks to be read${2:+, $2}" "$1" "$_chunks" ;;
	esac
}
