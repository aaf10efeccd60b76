#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs the Debian packages that building and testing need and that are missing here.
#
# usage: tests/setup.sh [--check]
#
# Silent and quick when nothing is missing.  --check only names what is missing (status 1).
set -euo pipefail

packages=(
	# the module, the tools, the checks
	build-essential gcc-multilib git python3 linux-headers-amd64 sparse shellcheck libdevmapper-dev
	libxxhash-dev dkms
	# a kernel from linux-source-6.1
	bc bison flex libelf-dev libssl-dev lz4 xz-utils rsync kmod cpio dwarves
	# the virtual machines, and what their initramfs holds
	qemu-system-x86 busybox-static dmsetup fio sqlite3 e2fsprogs xfsprogs keyutils iproute2
	iputils-ping drbd-utils lvm2
)

missing() {
	local have p

	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
		sed -n 's/^installed //p' || true)
	for p in "${packages[@]}"; do
		grep -qxF -- "$p" <<<"$have" || printf '%s\n' "$p"
	done
}

mapfile -t need < <(missing)
[ "${#need[@]}" -gt 0 ] || exit 0

echo "setup: missing: ${need[*]}" >&2
[ "${1:-}" != --check ] || exit 1

sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { "${sudo[@]}" apt-get -q update &&
       "${sudo[@]}" apt-get -q install -y --no-install-recommends "${need[@]}"; } >"$log" 2>&1; then
	tail -30 "$log" >&2
	echo "setup: could not install: ${need[*]}" >&2
	exit 1
fi
echo "setup: installed ${#need[@]} packages" >&2
