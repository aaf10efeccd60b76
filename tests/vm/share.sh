# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the guests see at /afar: module, helpers, test programs.  Sourced by tests/vm/run and
# tests/demo/run after lib.sh and vm_images.

module_sources() { # DIR: a copy, so that kernels do not share object files
	local built=(--exclude='*.o' --exclude='*.ko' --exclude='*.mod' --exclude='*.mod.c' --exclude='.*.cmd'
		--exclude='*.o.d' --exclude='Module.symvers' --exclude='modules.order' --exclude='.tmp*')

	mkdir -p "$1"
	rsync -a --delete "${built[@]}" "$VM_TOP/Kbuild" "$VM_TOP/include" "$VM_TOP/drivers" "$1/"
}

# Builds the module; words behind are for make.  One at a time: see the lock in make_share().
build_variant() { # OUT VARIANT [WORD...]
	local dir=$VM_BUILD/module-$2-$VM_FLAVOUR-$KVER log=$VM_BUILD/module-$2-$VM_FLAVOUR.log ko

	module_sources "$dir"
	if ! make -j"$(nproc)" -C "$KDIR" M="$dir" "${@:3}" modules >"$log" 2>&1; then
		grep -E 'error|Error' "$log" | head -20 >&2
		vm_die "dm-afar.ko ($2) does not build for $KVER: $log"
		return 1
	fi
	ko=$(find "$dir" -name dm-afar.ko | head -1)
	mkdir -p "$1"
	cp "$ko" "$1/dm-afar.ko"
}

# dm-afar.ko is what ships; test/dm-afar.ko has rules that can be switched off, and in the debug
# flavour, whose kernel has KUnit, kunit/dm-afar.ko runs the unit tests when it is loaded.
build_module() { # OUT
	[ -f "$VM_TOP/Kbuild" ] || return 0
	build_variant "$1" ship || return
	build_variant "$1/test" test AFAR_TEST=1 || return
	case $VM_FLAVOUR in
	debug*) build_variant "$1/kunit" kunit AFAR_TEST=1 AFAR_KUNIT=1 || return ;;
	esac
}

# Programs and modules of the tests, for this kernel; what is up to date costs a second.
build_test_bin() { # OUT
	local log=$VM_BUILD/test-bin.log

	[ -f "$VM_TOP/Makefile" ] || return 0
	(
		flock 7
		if ! make -s -C "$VM_TOP" test-bin KDIR="$KDIR" >"$log" 2>&1; then
			grep -E 'error|Error' "$log" | head -20 >&2
			vm_die "the programs of the tests do not build: $log"
			exit 1
		fi
		rsync -a --exclude='.*' "$VM_TOP/build/test-bin/" "$1/"
	) 7>"$VM_BUILD/.lock.test-bin"
}

make_share() {
	local share=$VM_BUILD/share-$VM_FLAVOUR

	mkdir -p "$VM_BUILD"
	(
		flock 6
		rm -rf "$share.new"
		mkdir -p "$share.new/bin"
		build_module "$share.new" || exit 1
		build_test_bin "$share.new/bin" || exit 1
		cp -a "$VM_HERE/guest" "$VM_HERE/one" "$share.new/"
		rm -rf "$share"
		mv "$share.new" "$share"
		# Another run may replace the share while our guests have it mounted.
		cp -a "$share" "$VM_RUN/share"
	) 6>"$VM_BUILD/.lock.share-$VM_FLAVOUR" || exit 2
	export VM_SHARE=$VM_RUN/share
}
