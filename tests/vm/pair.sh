# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A replicated pair on two machines: read by tests of tests/vm/two.  Machines a and b, on each a group
# `g` of two volumes `v0` and `v1`.  Journal and origins are files of the host, $VM_LOGS/NODE.j, .0 and
# .1: they outlive the machine, and what the origins hold is looked at from here when it is down.
#
#   pair_disks J O             makes them: zeroes, J and O megabytes
#   node_boot NODE [--cut]     boots it, with its carrier taken away if --cut
#   node_up NODE [OPTION...]   module, group (with these table options) and volumes
#   pair_up [OPTION...]        both of that for both, a primary, the link live
#   load NODE WORDS...         afar-load on both volumes; the log is vm_log NODE.  Answers at its end.
#   load_end NODE              ends it; what it says is in $VM_LOGS/load if load_begin began it
#   load_begin NODE WORDS...   the same in the background, endless
#   closed NODE                closes the open set and says which one has all that was written
#   settle NODE                waits until all that is complete there is committed, and says up to where
#   look_at NODE               NODE has been killed: boots it without a link, lets it finish what it
#                              has, ends it again, and says at which set it stands
#   cutcheck WORDS...          afar-cutcheck with the log of a, on the images of b
#
# RULES_OFF=MASK in the environment breaks rules of drivers/md/dm-afar/core/rule.h: a test of what a rule
# is for must fail then.

JOURNAL=/dev/vda

images() { # NODE
	printf '%s\n' "$VM_LOGS/$1.0" "$VM_LOGS/$1.1"
}

pair_disks() { # JOURNAL-MB ORIGIN-MB
	local node

	for node in a b; do
		truncate -s "$1M" "$VM_LOGS/$node.j"
		truncate -s "$2M" "$VM_LOGS/$node.0" "$VM_LOGS/$node.1"
	done
}

node_start() { # NODE
	vm_start "$1" --smp 1 --net wire --disk "$VM_LOGS/$1.j" --disk "$VM_LOGS/$1.0" --disk "$VM_LOGS/$1.1"
}

node_boot() { # NODE [--cut]
	node_start "$1"
	vm_sockets "$1"
	[ "${2:-}" != --cut ] || vm_link "$1" wire down
	vm_ready "$1"
	pair_address "$1"
}

node_up() { # NODE [OPTION...]
	local node=$1 mine=$A_IP peer=$B_IP

	shift
	if [ "$node" = b ]; then mine=$B_IP peer=$A_IP; fi
	# throttle: a load, however heavy, is numbered and shipped
	on_sh "$node" "
		${RULES_OFF:+VARIANT=test} load_afar ${RULES_OFF:+rules_off=$RULES_OFF}
		dmsetup create g --table \"0 8 afar-group $JOURNAL $mine:7000 $peer:7000 \$(group_words overflow throttle $*)\"
		for i in 0 1; do
			origin=/dev/vd\$(echo \$i | tr 01 bc)
			dmsetup create v\$i --table \"0 \$(sectors \$origin) afar /dev/mapper/g \$i \$origin\"
		done"
}

pair_up() { # [OPTION...]
	node_start a
	node_start b
	vm_ready a
	vm_ready b
	pair_address a
	pair_address b
	node_up b "$@"
	node_up a "$@"
	message a promote assume-equal
	wait_live a
}

message() { on_sh "$1" "dmsetup message g 0 ${*:2}"; }
status() { on_sh "$1" 'dmsetup status g'; }
both_status() { echo "a: $(status a)"; echo "b: $(status b)"; }

wait_live() { # NODE
	on "$1" wait_fact g link live 20
}

load() { # NODE WORDS...
	VM_TIMEOUT=3600 on_sh "$1" "exec afar-load --log /dev/virtio-ports/log ${*:2} /dev/mapper/v0 /dev/mapper/v1"
}

load_begin() { # NODE WORDS...
	load "$@" --seconds 3600 >"$VM_LOGS/load" 2>&1 &
	loader=$!
}

load_end() { # NODE
	kill -0 $loader 2>/dev/null || fail "the load on $1" "goes on" "$(cat "$VM_LOGS/load")"
	on_sh "$1" 'kill $(pidof afar-load)'
	wait $loader || fail "the load on $1" "ends well" "$(cat "$VM_LOGS/load")"
}

closed() { message "$1" close; }

wait_committed() { # NODE TERM:SET SECONDS
	on "$1" wait_fact g committed_set "$2" "$3"
}

# committed_set is exact when nothing arrives any more: no link, or nothing written.
settle() { # NODE -> TERM:SET
	on_sh "$1" 'wait_for 20 "[ \$(fact g committed_set) = \$(fact g replicated_set) ]" \
		"what is complete is committed" "dmsetup status g"
		fact g committed_set'
}

look_at() { # NODE -> TERM:SET
	node_boot "$1" --cut
	node_up "$1"
	settle "$1"
	vm_kill "$1"
}

cutcheck() { # WORDS...
	local -a image

	mapfile -t image < <(images b)
	"$VM_TOP/build/test-bin/afar-cutcheck" --log "$(vm_log a)" "$@" "${image[@]}"
}

expect_cut() { # WHAT WORDS...
	local answer

	answer=$(cutcheck "${@:2}") || fail "$1: the images of b are no cut of what a wrote" \
		"afar-cutcheck ${*:2} finds one" "$(tail -8 <<<"$answer")"
	echo "$1: $(tail -1 <<<"$answer")"
}

expect_equal_origins() { # both machines are down
	local i seen

	for i in 0 1; do
		seen=$(cmp "$VM_LOGS/a.$i" "$VM_LOGS/b.$i" 2>&1) || fail "origins of volume $i" "equal" "$seen"
	done
}

# Takes groups apart and stops both machines, so that their images can be looked at.
pair_stop() {
	local vm

	for vm in a b; do
		! vm_alive "$vm" || on_sh "$vm" 'teardown; finish'
	done
	for vm in a b; do vm_stop "$vm"; done
}
