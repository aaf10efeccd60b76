#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Provides a kernel to test under, and to build the module for.
#
# usage: tests/kernel.sh FLAVOUR
#
#   stock       Debian's linux-image-amd64 of this release
#   debug       built from linux-source-6.1 with tests/vm/debug.config: KASAN, lockdep, kmemleak, ...
#   stock-6.12  linux-image-amd64 of this release's backports
#
# Prints shell assignments: KVER (uname -r), KIMG (what QEMU boots), KMODS (the directory that holds
# lib/modules/$KVER), KDIR (for `make -C $KDIR M=...`).  Downloads and builds what is missing into
# the cache; nothing is installed.  Progress goes to stderr.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dm-afar
apt_opts=()

say() { printf '%s\n' "kernel.sh: $*" >&2; }
die() { say "$*"; exit 1; }

candidate() { # PACKAGE -> version apt would install, or nothing
	apt-cache "${apt_opts[@]}" policy "$1" 2>/dev/null |
		sed -n 's/^  Candidate: //p' | grep -v '^(none)$' || true
}

depends() { # PACKAGE PATTERN -> first dependency that matches
	apt-cache "${apt_opts[@]}" depends "$1${2:+=$2}" 2>/dev/null |
		sed -n 's/^ *Depends: //p' | grep -m1 -E "$3" || true
}

fetch() { # PACKAGE VERSION ARCH -> path of the .deb
	local file="$cache/dl/${1}_${2//:/%3a}_$3.deb"

	if [ ! -s "$file" ]; then
		say "downloading $1 $2"
		mkdir -p "$cache/dl/tmp.$$"
		# _apt may not enter the cache directory; root downloads then, and apt says so.
		(cd "$cache/dl/tmp.$$" &&
			apt-get "${apt_opts[@]}" -qq -o APT::Sandbox::User=root download "$1=$2") >&2
		mv "$cache/dl/tmp.$$/"*.deb "$file"
		rmdir "$cache/dl/tmp.$$"
	fi
	printf '%s\n' "$file"
}

emit() { # KVER KIMG KMODS KDIR, kept for the next time
	local f

	f=$(printf 'KVER=%q\nKIMG=%q\nKMODS=%q\nKDIR=%q\n' "$@")
	printf '%s\n' "$f"
}

# Headers of Debian name their place under /usr; unpacked in the cache they need another root.
headers() { # KVER VERSION KBUILD-PACKAGE -> KDIR
	local kver=$1 ver=$2 dir="$cache/headers/$1_$2" common=${1%-amd64}-common pkg

	if [ -f "/usr/src/linux-headers-$kver/Module.symvers" ] &&
	   [ "$(dpkg-query -W -f '${Version}' "linux-headers-$kver" 2>/dev/null)" = "$ver" ]; then
		printf '%s\n' "/usr/src/linux-headers-$kver"
		return
	fi
	if [ ! -f "$dir/.done" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		dpkg -x "$(fetch "linux-headers-$kver" "$ver" amd64)" "$dir"
		dpkg -x "$(fetch "linux-headers-$common" "$ver" all)" "$dir"
		pkg=$(depends "linux-headers-$kver" "$ver" '^linux-kbuild-')
		dpkg -x "$(fetch "$pkg" "$(candidate "$pkg")" amd64)" "$dir"
		# Links of the packages are absolute or lead through /usr/lib: both to this root.
		find "$dir/usr" -type l -lname '/*' | while read -r pkg; do
			ln -sfn "$dir$(readlink "$pkg")" "$pkg"
		done
		grep -rlI --include='Makefile*' --include='.kernelvariables' '/usr/src/linux-headers' \
			"$dir/usr/src" 2>/dev/null |
			xargs -r sed -i "s,\([^$]\|^\)/usr/src/linux-headers,\1$dir/usr/src/linux-headers,g"
		touch "$dir/.done"
	fi
	printf '%s\n' "$dir/usr/src/linux-headers-$kver"
}

stock() { # META-PACKAGE's kernel
	local image ver kver dir

	image=$(depends linux-image-amd64 "$(candidate linux-image-amd64)" '^linux-image-[0-9]')
	[ -n "$image" ] || die "apt knows no linux-image-amd64: run apt-get update"
	ver=$(candidate "$image")
	[ -n "$ver" ] || die "apt knows no version of $image: run apt-get update"
	kver=${image#linux-image-}
	dir="$cache/img/${kver}_$ver"
	if [ ! -f "$dir/.done" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		dpkg -x "$(fetch "$image" "$ver" amd64)" "$dir"
		rm -rf "${dir:?}/usr"
		depmod -b "$dir" "$kver"
		unpack "$dir/boot/vmlinuz-$kver" "$dir/vmlinux" || cp "$dir/boot/vmlinuz-$kver" "$dir/vmlinux"
		touch "$dir/.done"
	fi
	emit "$kver" "$dir/vmlinux" "$dir" "$(headers "$kver" "$ver")"
}

# QEMU starts an unpacked kernel by its PVH entry: an emulated processor unpacks for three seconds.
unpack() { # BZIMAGE OUT
	local sects offset length cat

	sects=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
	offset=$(od -An -tu4 -j $((0x248)) -N4 "$1")
	length=$(od -An -tu4 -j $((0x24c)) -N4 "$1")
	offset=$(((${sects:-4} + 1) * 512 + offset))
	case $(od -An -tx1 -j $offset -N4 "$1" | tr -d ' ') in
	fd377a58) cat="xz -dc --single-stream" ;;
	28b52ffd) cat="zstd -dc" ;;
	02214c18) cat="lz4 -dc" ;;
	1f8b*) cat="gzip -dc" ;;
	*) return 1 ;;
	esac
	# What follows the stream is its length: not all unpackers like that.
	tail -c +$((offset + 1)) "$1" | head -c "$length" | $cat >"$2" 2>/dev/null || true
	# The PVH entry is one of the notes that name Xen as their owner.
	readelf -n "$2" 2>/dev/null | grep -q Xen
}

# The lines of apt's sources that name the release's own suite: options, URI and components.
release_sources() { # CODENAME -> "[signed-by=...] URI"
	local f

	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$f" ] || sed -nE "s/^deb +(\[[^]]*\])? *([^ ]+) +$1 .*/\1 \2/p" "$f"
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$f" ] || awk -v RS= -F'\n' -v suite="$1" '{
			uri = key = ""; ours = 0
			for (i = 1; i <= NF; i++) {
				n = split($i, w, " ")
				if (w[1] == "URIs:") uri = w[2]
				if (w[1] == "Signed-By:") key = "[signed-by=" w[2] "]"
				if (w[1] == "Suites:") for (j = 2; j <= n; j++) if (w[j] == suite) ours = 1
			}
			if (ours && uri != "") print key, uri
		}' "$f"
	done
}

# A suite that the machine's sources need not have: their own lines with another suite, in a
# configuration of our own.  Nothing in /etc changes.
use_suite() { # SUFFIX, as in backports
	local dir="$cache/apt-$1" codename source

	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	source=$(release_sources "$codename" | head -1)
	[ -n "$source" ] || die "apt's sources name no suite $codename"
	apt_opts=(-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=-
		-o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root)
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	if [ ! -f "$dir/.done" ]; then
		echo "deb $source $codename-$1 main" >"$dir/sources.list"
		say "reading the package list of $codename-$1"
		apt-get "${apt_opts[@]}" -qq update >&2 || die "cannot read $codename-$1"
		touch "$dir/.done"
	fi
}

# What looks for faults is not looked at itself: half of an emulated processor's time went there.
debug_unwatched() {
	printf 'KASAN_SANITIZE_%s.o=n\n' debugobjects kmemleak lockdep smp_processor_id spinlock spinlock_debug \
		stacktrace unwind_frame
}

debug() {
	local ver src key dir b kver log

	ver=$(candidate linux-source-6.1)
	[ -n "$ver" ] || die "apt knows no linux-source-6.1: run apt-get update"
	src="$cache/src/linux-6.1_$ver"
	key=$( (cat "$here/vm/debug.config"; debug_unwatched; gcc -dumpfullversion; echo "$ver") | sha256sum | cut -c1-12)
	dir="$cache/debug/${ver}_$key"
	b="$dir/build"
	if [ ! -f "$dir/.done" ]; then
		mkdir -p "$dir"
		if [ ! -f "$src/.done" ]; then
			local deb
			deb=$(fetch linux-source-6.1 "$ver" all)
			say "unpacking linux-source-6.1 $ver"
			rm -rf "$src"
			mkdir -p "$src"
			dpkg --fsys-tarfile "$deb" | tar -xO ./usr/src/linux-source-6.1.tar.xz |
				tar -xJ --strip-components=1 -C "$src"
			touch "$src/.done"
		fi
		log="$dir/build.log"
		say "building the debug kernel $ver (about ten minutes on two processors; log: $log)"
		rm -rf "$b"
		mkdir -p "$b"
		{
			make -C "$src" O="$b" tinyconfig
			(cd "$b" && "$src/scripts/kconfig/merge_config.sh" -m -O "$b" .config "$here/vm/debug.config")
			make -C "$src" O="$b" olddefconfig
		} >"$log" 2>&1 || { tail -20 "$log" >&2; die "no configuration"; }
		missing_options "$b/.config"
		# The build writes nothing into a kernel that others read: .done comes last.
		nice -n 5 make -C "$src" O="$b" -j"$(nproc)" $(debug_unwatched) bzImage modules >>"$log" 2>&1 ||
			{ tail -30 "$log" >&2; die "the debug kernel did not build"; }
		make -C "$src" O="$b" INSTALL_MOD_PATH="$dir" modules_install >>"$log" 2>&1
		touch "$dir/.done"
	fi
	kver=$(cat "$b/include/config/kernel.release")
	emit "$kver" "$b/arch/x86/boot/bzImage" "$dir" "$b"
}

# Kconfig drops what it cannot satisfy without a word.
missing_options() { # .config
	local line

	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF -- "$line" "$1" || say "not taken: $line" ;;
		'# CONFIG_'*' is not set')
			line=${line#\# }
			! grep -q "^${line%% *}=" "$1" || say "not taken: # $line" ;;
		esac
	done <"$here/vm/debug.config"
}

main() {
	mkdir -p "$cache/dl"
	# Two runs at once must not build the same kernel twice.
	exec 9>"$cache/.lock.${1:-none}"
	flock 9
	case ${1:-} in
	stock) stock ;;
	debug) debug ;;
	stock-6.12) use_suite backports; stock ;;
	*) sed -n 's/^# \{0,1\}//; 3,13p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
	esac
}

main "$@"
