# shellcheck shell=bash disable=SC2030,SC2031,SC2054  # the trial of KVM has its own VM_LOGS; QEMU's commas
# SPDX-License-Identifier: GPL-2.0
#
# Virtual machines for tests: sourced by tests/vm/run and, through it, by tests/vm/two/*.sh.
#
#   vm_boot NAME [--flavour F] [--mem MB] [--smp N] [--disk FILE]... [--net ID]... [--append ARGS]
#       starts a machine and waits until it takes commands.  Disks are /dev/vda, vdb, ... in the order
#       given, raw, and survive the machine.  --net ID is a NIC (eth0, eth1, ... in the order given)
#       on a wire to the one other machine that names ID.  Without options: those of NAME's last start.
#   vm_start, vm_ready NAME           the two halves of vm_boot, to start several at once
#   vm_run [-i] NAME COMMAND          runs COMMAND in the guest: its output, its status; -i passes stdin.
#                                     May run many times at once.  VM_TIMEOUT seconds (60 * SLOW), then 124.
#   vm_kill NAME                      a crash: SIGKILL
#   vm_stop NAME                      a clean power-off
#   vm_link NAME ID up|down           carrier of that NIC
#   vm_alive NAME                     is it running
#   vm_console NAME, vm_log NAME      paths: kernel log of all boots, what was written to the port `log`
#   vm_out NAME                       path: the guest's /out
#   vm_check_log NAME                 fails, and prints what offends, unless the kernel log is clean
#                                     but for lines that match VM_ALLOW_LOG (an extended regex)
#   vm_cleanup                        kills all that run
#
# VM_FLAVOUR, VM_LOGS (a directory for what the machines leave), VM_SHARE (the guest's /afar) may be
# set, VM_ACCEL (kvm, tcg) and VM_CPU to try another machine, and VM_PATIENCE to multiply all waits.

export VM_HERE VM_TOP
VM_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VM_TOP=$(cd "$VM_HERE/../.." && pwd)
VM_BUILD=${VM_BUILD:-$VM_TOP/build/vm}
VM_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/dm-afar
VM_FLAVOUR=${VM_FLAVOUR:-stock}
VM_LOGS=${VM_LOGS:-$VM_BUILD/logs/manual}
VM_PATIENCE=${VM_PATIENCE:-1}
VMCTL=$VM_BUILD/vmctl
# Sockets have paths of at most 107 bytes: they cannot live in the build directory.
VM_RUN=${VM_RUN:-}

vm_die() { echo "vm: $*" >&2; return 1; }

# ---- what is needed before the first machine -----------------------------------------------------

vm_tool() {
	local src=$VM_HERE/src

	[ "$VMCTL" -nt "$src/vmctl.c" ] && [ "$VMCTL" -nt "$src/line.h" ] && return
	mkdir -p "$VM_BUILD"
	gcc -O2 -Wall -Wextra -o "$VMCTL.$$" "$src/vmctl.c" && mv "$VMCTL.$$" "$VMCTL"
}

# Sets KVER KIMG KMODS KDIR INITRD TOOLS for a flavour; the answer is kept for this run.
vm_images() { # FLAVOUR
	local var=VM_IMAGES_${1//[^a-z0-9]/_}

	if [ -z "${!var:-}" ]; then
		local text
		text=$("$VM_HERE/initramfs" "$1") || return 1
		export "$var=$text"
	fi
	eval "${!var}"
}

vm_prepare() {
	vm_tool || return 1
	if [ -z "$VM_RUN" ]; then
		VM_RUN=$(mktemp -d "${TMPDIR:-/tmp}/afar-vm.XXXXXX")
		VM_RUN_OWNER=$BASHPID
		# On a busy host a guest takes it for a fraction of what it is, and its clock runs ten times too fast.
		VM_TSC=$("$VMCTL" tsc)
		export VM_RUN VM_TSC
	fi
	# A wire holds this many packets; with the kernel's default of 10 a full one makes QEMU spin.
	if [ "$(cat /proc/sys/net/unix/max_dgram_qlen 2>/dev/null || echo 999)" -lt 256 ]; then
		echo 512 2>/dev/null >/proc/sys/net/unix/max_dgram_qlen || true
	fi
}

# KVM is taken only if a trial boot under it comes up: some hosts offer one under which guests hang.
vm_accel() {
	local key file answer=tcg

	if [ -n "${VM_ACCEL:-}" ]; then
		printf '%s\n' "$VM_ACCEL"
		return
	fi
	key=$(uname -r; qemu-system-x86_64 --version | head -1)
	file=$VM_CACHE/accel-$(sha256sum <<<"$key" | cut -c1-12)
	if [ ! -s "$file" ]; then
		if [ -w /dev/kvm ] && vm_try_kvm; then answer=kvm; fi
		echo "$answer" >"$file"
	fi
	cat "$file"
}

vm_try_kvm() {
	(
		VM_ACCEL=kvm
		VM_LOGS=$VM_RUN/kvm-trial
		VM_SHARE=$VM_HERE/guest
		vm_start kvm-trial --flavour stock || exit 1
		vm_sockets kvm-trial || exit 1
		sleep 0.2
		VM_TIMEOUT=10 vm_run kvm-trial 'sha256sum /bin/busybox' >/dev/null 2>&1
		ok=$?
		vm_kill kvm-trial
		exit $ok
	) >/dev/null 2>&1
}

# ---- one machine ---------------------------------------------------------------------------------

vm_mac() { # NAME ID
	local h

	h=$(printf '%s/%s' "$1" "$2" | sha256sum)
	printf '52:54:00:%s:%s:%s\n' "${h:0:2}" "${h:2:2}" "${h:4:2}"
}

# The end of a wire: the first machine that names ID is end 0 for as long as the run lasts.
vm_wire_end() { # NAME ID -> 0 or 1
	local dir=$VM_RUN/wire-$2 i

	mkdir -p "$dir"
	for i in 0 1; do
		# set -C: two machines that start at once must not take the same end.
		if (set -C; echo "$1" >"$dir/$i") 2>/dev/null || [ "$(cat "$dir/$i")" = "$1" ]; then
			echo "$i"
			return
		fi
	done
	vm_die "wire $2 has two ends already: $(cat "$dir/0") and $(cat "$dir/1")"
}

vm_pid() { cat "$VM_RUN/$1/pid" 2>/dev/null; }

vm_alive() { # NAME
	local pid

	pid=$(vm_pid "$1") && kill -0 "$pid" 2>/dev/null
}

vm_console() { printf '%s\n' "$VM_LOGS/$1.console"; }
vm_log() { printf '%s\n' "$VM_LOGS/$1.log"; }
vm_out() { printf '%s\n' "$VM_LOGS/$1.out"; }

# Appends to the caller's `q`: QEMU's arguments for what every machine has.
vm_args_common() { # NAME FLAVOUR MB CPUS APPEND
	local dir=$VM_RUN/$1 i accel cpu=${VM_CPU:-Haswell,-erms}
	local append="console=ttyS0 loglevel=6 panic=-1 oops=panic panic_on_warn=1 mitigations=off"

	accel=$(vm_accel)
	case $accel in
	kvm) accel=kvm; cpu=host ;;
	# Without ERMS the kernel copies by words: emulated, that is three times as fast as by bytes.
	# Programs that lie elsewhere each time are translated anew each time: commands take four times as long.
	tcg) accel=tcg,thread=multi
		append+="${VM_TSC:+ tsc_early_khz=$VM_TSC} norandmaps" ;;
	esac
	# An emulated machine's clock stands still now and then: no watchdog of clocks may judge it.
	append+=" tsc=reliable no_timer_check random.trust_cpu=on audit=0 $5"
	[ -z "${VM_NO_LEAKS:-}" ] || append+=" kmemleak=off"
	vm_images "$2" || return 1
	q+=(-name "$1" -nodefaults -no-user-config -display none -no-reboot)
	q+=(-machine q35 -accel "$accel" -cpu "$cpu" -smp "$4" -m "$3")
	q+=(-kernel "$KIMG" -initrd "$INITRD" -append "$append")
	q+=(-pidfile "$dir/pid" -qmp "unix:$dir/qmp,server=on,wait=off")
	if [ "${VM_SERIAL:-}" = stdio ]; then
		q+=(-serial mon:stdio)
	else
		q+=(-chardev "file,id=console,append=on,path=$(vm_console "$1")" -serial chardev:console)
	fi
	q+=(-device "virtio-serial-pci,max_ports=31")
	for ((i = 0; i < 12; i++)); do
		q+=(-chardev "socket,id=run$i,path=$dir/run.$i,server=on,wait=off")
		q+=(-device "virtserialport,chardev=run$i,name=run.$i")
	done
	q+=(-chardev "file,id=log,append=on,path=$(vm_log "$1")" -device virtserialport,chardev=log,name=log)
	vm_args_share afar "${VM_SHARE:-$VM_BUILD/share-$2}" ,readonly=on
	vm_args_share tools "$TOOLS" ,readonly=on
	vm_args_share out "$(vm_out "$1")" ""
}

vm_args_share() { # TAG DIR OPTIONS
	mkdir -p "$2"
	q+=(-fsdev "local,id=$1,path=$2,security_model=none,multidevs=remap$3")
	q+=(-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

vm_args_net() { # NAME ID
	local end dir=$VM_RUN/wire-$2

	end=$(vm_wire_end "$1" "$2") || return 1
	q+=(-netdev "dgram,id=wire-$2,local.type=unix,local.path=$dir/s$end,remote.type=unix,remote.path=$dir/s$((1 - end))")
	q+=(-device "virtio-net-pci,id=nic-$2,netdev=wire-$2,mac=$(vm_mac "$1" "$2")")
}

vm_start() { # NAME [OPTIONS]
	local name=$1 flavour=$VM_FLAVOUR mb='' cpus=2 append='' disks=0
	local -a q=() more=()

	shift
	vm_prepare || return 1
	! vm_alive "$name" || vm_die "$name runs already" || return 1
	mkdir -p "$VM_RUN/$name" "$VM_LOGS"
	# No options: start it again as it was.
	if [ $# -eq 0 ] && [ -f "$VM_RUN/$name/options" ]; then
		mapfile -d '' -t more <"$VM_RUN/$name/options"
		set -- "${more[@]}"
	fi
	printf '%s\0' "$@" >"$VM_RUN/$name/options"
	[ $# -gt 0 ] || : >"$VM_RUN/$name/options"
	more=()
	while [ $# -gt 0 ]; do
		[ $# -ge 2 ] || vm_die "$1 wants an argument" || return 1
		case $1 in
		--flavour) flavour=$2 ;;
		--mem) mb=$2 ;;
		--smp) cpus=$2 ;;
		--append) append+=" $2" ;;
		--disk)
			more+=(-drive "file=$2,if=none,id=disk$disks,format=raw,cache=writeback,aio=threads")
			more+=(-device "virtio-blk-pci,drive=disk$disks,serial=disk$disks")
			disks=$((disks + 1)) ;;
		--net)
			local -a keep=("${q[@]}")
			q=()
			vm_args_net "$name" "$2" || return 1
			more+=("${q[@]}")
			q=("${keep[@]}") ;;
		*) vm_die "vm_boot: unknown option $1" || return 1 ;;
		esac
		shift 2
	done
	if [ -z "$mb" ]; then
		case $flavour in debug*) mb=1024 ;; *) mb=768 ;; esac
	fi
	echo "$flavour" >"$VM_RUN/$name/flavour"
	vm_args_common "$name" "$flavour" "$mb" "$cpus" "$append" || return 1
	rm -f "$VM_RUN/$name"/{pid,qmp,cut,run.*}
	# vmctl guard: no machine outlives the run, however that ends.
	if [ "${VM_SERIAL:-}" = stdio ]; then
		"$VMCTL" guard $$ qemu-system-x86_64 "${q[@]}" "${more[@]}" 2>>"$VM_LOGS/$name.qemu"
		return
	fi
	# No job of this shell: a test may `wait` for its own.
	(
		"$VMCTL" guard "${VM_GUARD_PID:-$$}" qemu-system-x86_64 "${q[@]}" "${more[@]}" \
			>>"$VM_LOGS/$name.qemu" 2>&1 </dev/null &
		echo $! >"$VM_RUN/$name/guard"
	)
}

vm_guarded() { kill -0 "$(cat "$VM_RUN/$1/guard")" 2>/dev/null; } # NAME: QEMU lives, or is about to

# QEMU makes its pid file first, and its sockets within a fraction of a second, the last one last.
vm_sockets() { # NAME
	local i

	for ((i = 0; i < 400; i++)); do
		[ ! -S "$VM_RUN/$1/run.11" ] || return 0
		vm_guarded "$1" || return 1
		sleep 0.05
	done
	return 1
}

vm_answers() { # NAME -> 0, or the status of its first command: 124 is silence
	local limit=$((60 * VM_PATIENCE)) status=1

	case $(cat "$VM_RUN/$1/flavour") in debug*) limit=$((limit * 4)) ;; esac
	while vm_sockets "$1"; do
		status=0
		VM_TIMEOUT=$limit vm_run "$1" true 2>/dev/null || status=$?
		# 125: a socket that nobody listens on yet, or a machine that has died.
		if [ $status != 125 ] || ! vm_guarded "$1"; then break; fi
		sleep 0.1
	done
	return $status
}

# An emulated machine hangs in its boot now and then, long before anything of ours is loaded.
vm_ready() { # NAME
	local status=0

	vm_answers "$1" || status=$?
	# one whose link was cut would come up with it
	if [ $status = 124 ] && [ ! -e "$VM_RUN/$1/cut" ]; then
		echo "$1 hangs in its boot: started once more"
		vm_kill "$1"
		mv "$(vm_console "$1")" "$(vm_console "$1").hung"
		vm_start "$1" || return 1
		status=0
		vm_answers "$1" || status=$?
	fi
	[ $status != 0 ] || return 0
	vm_die "$1 did not come up ($status); the end of $(vm_console "$1"):" || true
	tail -20 "$(vm_console "$1")" >&2
	tail -3 "$VM_LOGS/$1.qemu" >&2
	return 1
}

vm_boot() {
	vm_start "$@" && vm_ready "$1"
}

vm_run() { # [-i] NAME COMMAND
	local -a i=()

	if [ "$1" = -i ]; then i=(-i); shift; fi
	"$VMCTL" run "${i[@]}" "$VM_RUN/$1" "${VM_TIMEOUT:-$((60 * ${SLOW:-1}))}" "$2"
}

vm_gone() { # NAME SECONDS: waits until the machine has ended
	local i

	for ((i = 0; i < $2 * 20; i++)); do
		vm_alive "$1" || { rm -f "$VM_RUN/$1/pid"; return 0; }
		sleep 0.05
	done
	return 1
}

vm_kill() { # NAME
	local pid

	pid=$(vm_pid "$1") || return 0
	kill -KILL "$pid" 2>/dev/null || true
	vm_gone "$1" 10
}

vm_stop() { # NAME
	vm_alive "$1" || return 0
	VM_TIMEOUT=$((30 * VM_PATIENCE)) vm_run "$1" 'sync; (sleep 0.2; poweroff -f) >/dev/null 2>&1 </dev/null &' || true
	vm_gone "$1" $((30 * VM_PATIENCE)) && return
	vm_kill "$1"
	vm_die "$1 did not power off"
}

vm_qmp() { # NAME JSON
	(
		flock 7
		"$VMCTL" qmp "$VM_RUN/$1/qmp" "$2"
	) 7>"$VM_RUN/$1/qmp.lock"
}

vm_link() { # NAME ID up|down
	local up=true

	rm -f "$VM_RUN/$1/cut"
	if [ "$3" != up ]; then
		up=false
		: >"$VM_RUN/$1/cut"
	fi
	vm_qmp "$1" "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"nic-$2\",\"up\":$up}}" >/dev/null
}

# ---- the kernel log ------------------------------------------------------------------------------

VM_BAD_LOG='WARNING: |BUG: |BUG at |Oops|Kernel panic|general protection|Call Trace:|unable to handle'
VM_BAD_LOG+='|blocked for more than|hung task|KASAN: |UBSAN: |ODEBUG: |possible (recursive|circular|irq lock)'
VM_BAD_LOG+='|inconsistent lock state|suspicious RCU|bad unlock balance|held lock freed|still locked'
VM_BAD_LOG+='|lock held when returning|DEBUG_LOCKS_WARN|MAX_[A-Z_]* too low|sleeping function called|scheduling while atomic'
VM_BAD_LOG+='|kmemleak: .*disabled|refcount_t: |list_(add|del) corruption'
VM_BAD_LOG+='|Buffer I/O error|lost async page write|rcu: INFO: |self-detected stall|soft lockup|hard LOCKUP'
VM_BAD_LOG+='|Objects remaining|cannot create duplicate|kobject.*tried to|page allocation failure|Out of memory'
VM_BAD_LOG+='|not ok [0-9]'

# What every boot says here and means no harm.
VM_GOOD_LOG='Kernel command line:|loading out-of-tree module taints'

vm_check_log() { # NAME
	local bad

	bad=$(grep -anE "$VM_BAD_LOG" "$(vm_console "$1")" | grep -avE "$VM_GOOD_LOG" || true)
	[ -z "${VM_ALLOW_LOG:-}" ] || bad=$(grep -avE "$VM_ALLOW_LOG" <<<"$bad" || true)
	[ -n "$bad" ] || return 0
	echo "failed: the kernel log of $1 is not clean: $(wc -l <<<"$bad") lines, the first of them:"
	sed -n "${bad%%:*},+24p" "$(vm_console "$1")" | cut -c1-150
	return 1
}

# ---- the end -------------------------------------------------------------------------------------

vm_cleanup() {
	local dir

	[ -n "$VM_RUN" ] || return 0
	for dir in "$VM_RUN"/*/; do
		[ ! -f "$dir/pid" ] || vm_kill "$(basename "$dir")" || true
	done
	[ "${VM_RUN_OWNER:-}" != "$BASHPID" ] || rm -rf "$VM_RUN"
}
