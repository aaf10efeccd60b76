# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that leave out one step of core/rule.h, and must see what comes of it: a test that passes
# without the step would prove nothing with it.
#
# Two rules are left to the unit tests of core/. EPOCH: what replay would take without it is a command of
# the same term, with the same payload under the same number, for other terms' records are passed over and
# payloads are checked; nothing that a node can show differs. ROOM: a primary that keeps to its credit
# never gets to the check.

# shellcheck disable=SC2034,SC2209  # for load_afar
VARIANT=test
# shellcheck source=tests/vm/guest/crash.sh
. /afar/guest/crash.sh

# The command must end in `fail`, which says what was seen; it runs in a subshell.
fails() { # COMMAND...
	if ("$@") >/tmp/test/rule.out 2>&1; then
		cat /tmp/test/rule.out
		return 1
	fi
	rm -f "$AFAR_STATE/failed"
	grep -q '^failed: ' /tmp/test/rule.out || {
		cat /tmp/test/rule.out
		fail "$*" "a violation" "another end, see above"
	}
	cat /tmp/test/rule.out
}

rule_off() { # BIT
	echo $((1 << $1)) >/sys/module/dm_afar/parameters/rules_off
}

# Power is lost, with all of the cache, until the missing step is noticed.
rule_seen() { # BIT secondary_losses|quiet_losses
	load_crash
	OPTIONS=${OPTIONS:-set_interval_ms 60 memory_limit 4194304}
	pair_up
	rule_off "$1"
	[ "$2" = quiet_losses ] || load_begin ${LOAD:-}
	# shellcheck disable=SC2034  # secondary_losses
	DROP_ALL=1
	fails "$2" $((25000 * SLOW)) || fail "rule $1 left out" "a violation within $((25 * SLOW)) s" "none"
	[ "$2" = quiet_losses ] || load_kill
	power b restore
}
