# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# Memory pressure: the machine swaps to one volume of a group while a database writes to a file system on another,
# over a link that takes a fraction of it. Writing back needs memory, and there is none: who waits for the network
# or for memory in the way of a write does not come back.

# shellcheck source=tests/vm/guest/afar.sh
. /afar/guest/afar.sh

# A disk in memory takes it when it is written for the first time, and that must not be when there is none left.
mkdisk() { # NAME MB
	mkdisk_brd "$1" "$2"
	dd if=/dev/zero of="/dev/mapper/$1" bs=1M count="$2" oflag=direct status=none || fail "mkdisk $1"
}

available() { awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo; }
swapped() { echo $(($(written /dev/mapper/a0) / 2048)); } # MiB; nothing else writes there

database() { # SECONDS
	_until=$(($(now_ms) + $1 * 1000))
	sqlite3 /mnt/db 'pragma journal_mode=wal; create table t(i integer primary key, x blob)' >/dev/null
	while [ "$(now_ms)" -lt $_until ]; do
		sqlite3 /mnt/db 'pragma busy_timeout=10000; pragma synchronous=full; begin; insert into t(x) values (randomblob(3000));
			insert into t(x) select randomblob(800) from t order by random() limit 20;
			update t set x = randomblob(2000) where i % 17 = abs(random()) % 17; delete from t where i % 5 = 0; commit' \
			>/dev/null || return
		rounds=$((rounds + 1))
	done
}

pressure() { # SECONDS
	[ -e /proc/swaps ] || skip "a kernel without swap"
	VOLUMES=2 MB=160 OVERFLOW='' OPTIONS="timeout_ms 2000 memory_limit 8388608 chunk_size 262144"
	pair_up
	netem rate 40mbit delay 10ms
	mkswap /dev/mapper/a0 >/dev/null
	swapon /dev/mapper/a0
	mkfs.ext4 -q /dev/mapper/a1
	mkdir -p /mnt
	mount /dev/mapper/a1 /mnt
	size=$(($(available) + 80))
	say "hog of $size MiB"
	hog $size "$1" >/tmp/test/hog 2>&1 &
	hog=$!
	rounds=0
	database "$1" || fail "sqlite3" "success" "status $?"
	wait $hog || fail "memory that was swapped" "as it was left" "$(cat /tmp/test/hog)"
	say "$(cat /tmp/test/hog), $(swapped) MiB swapped out, $rounds transactions, state $(fact ga state)"
	[ "$(swapped)" -gt 40 ] || fail "swapped out" "more than 40 MiB" "$(swapped) MiB"
	[ $rounds -ge $(($1 / 6 / SLOW)) ] || fail "transactions" "$(($1 / 6 / SLOW)) at least" "$rounds"
	expect_eq "the database" ok "$(sqlite3 /mnt/db 'pragma integrity_check')"
	umount /mnt
	swapoff /dev/mapper/a0
	netem
	# by now it may differ in more than its journal has room for
	expect_ok msg ga resync in-place
	wait_for 120 '[ "$(fact ga state)" = ok ]' 'the peer catches up' 'status ga; status gb'
	catch_up 60
	expect_equal
	expect_ok node_down b
	e2fsck -fn /dev/mapper/o1b >/tmp/test/fsck 2>&1 || fail "the copy's file system" "clean" "$(cat /tmp/test/fsck)"
}
