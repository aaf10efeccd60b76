# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What a two-machine test may use besides lib.sh; read by tests/vm/run before the test.  Waits take
# their seconds times SLOW, which is 4 in the debug flavour.

case $VM_FLAVOUR in
debug*) SLOW=${SLOW:-4} ;;
*) SLOW=${SLOW:-1} ;;
esac

# To stderr: what fails is often inside $(...).
fail() { # TEXT [EXPECTED SEEN]
	{
		echo "failed: $1"
		[ $# -lt 2 ] || echo "  expected: $2"
		[ $# -lt 3 ] || echo "  seen:     $3"
	} >&2
	exit 1
}

skip() { echo "skip: $*" >&2; exit 77; }

expect_eq() { # WHAT WANT GOT
	[ "$2" = "$3" ] || fail "$1" "$2" "$3"
}

wait_for() { # SECONDS CONDITION WHAT [COMMAND that shows what is seen instead]
	local end=$((SECONDS + $1 * SLOW))

	until eval "$2"; do
		[ "$SECONDS" -lt "$end" ] ||
			fail "waited $(($1 * SLOW)) s" "${3:-$2}" "$(eval "${4:-true}" 2>&1)"
		sleep 0.1
	done
}

# A command of the guest with the guest's helpers: on a group_create ..., on a fact g role
on() { # MACHINE WORDS...
	local vm=$1

	shift
	vm_run "$vm" "SLOW=$SLOW; . /afar/guest/lib.sh; $(printf '%q ' "$@")"
}

# The same with a piece of shell.
on_sh() { # MACHINE TEXT
	vm_run "$1" "SLOW=$SLOW; . /afar/guest/lib.sh; set -e; $2"
}

# Two machines on one wire, with addresses as in two_namespaces: 10.77.0.1 and 10.77.0.2.
A_IP=10.77.0.1
B_IP=10.77.0.2

pair_address() { # MACHINE: after each boot
	local ip=$A_IP

	[ "$1" = a ] || ip=$B_IP
	vm_run "$1" "ip addr add $ip/24 dev eth0 && ip link set eth0 up"
}

pair_shape() { # [RATE DELAY_MS [LOSS]]: each direction, as in pair_shape 40mbit 20 1%; nothing: the bare wire
	local vm

	for vm in a b; do
		if [ $# = 0 ]; then
			vm_run "$vm" 'tc qdisc del dev eth0 root 2>/dev/null || true'
		else
			vm_run "$vm" "modprobe sch_netem 2>/dev/null
				tc qdisc replace dev eth0 root netem limit 100000 rate $1 delay ${2}ms ${3:+loss $3}"
		fi
	done
}

pair_boot() { # [OPTIONS of vm_boot for both]: machines a and b; their disks are of the caller's choice
	vm_start a --net wire "$@"
	vm_start b --net wire "$@"
	vm_ready a
	vm_ready b
	pair_address a
	pair_address b
}
