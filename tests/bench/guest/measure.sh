# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs cases on one system and prints a line for each figure:
#
#	figure SYSTEM CASE METRIC VALUE
#
# All cases of fio are on the first SIZE_MB of a disk. METRIC: iops, mib_s, mean_us, p50_us, p99_us of what the
# application sees, from its call on, without what an fsync behind it takes; e2e_iops, e2e_mib_s until all of it is on
# the peer's disk, catch_up_s how long that took beyond the run; cpu_us per write, both sides; run_s; overflow 1 where
# dm-afar's memory and journal were used up, so that the rest went as a resync; and what a system says of itself, see
# NAME_notes.
#
# sqlite is a table on ext4 that rows are put into, each in a transaction of its own: iops are rows a second.
# overflow4k is rand4k_d32 while the peer cannot be reached, and memory and journal are used up.

CASES=(
	"rand4k_d32     --rw=randwrite --bs=4k --iodepth=32"
	"rand4k_d1      --rw=randwrite --bs=4k --iodepth=1"
	"rand4k_fsync   --rw=randwrite --bs=4k --iodepth=1 --fsync=1"
	"seq128k_d8     --rw=write --bs=128k --iodepth=8"
	"mixed8k_d16    --rw=randrw --rwmixread=70 --bs=8k --iodepth=16"
	"overflow4k     --rw=randwrite --bs=4k --iodepth=32"
	"sqlite"
)

now_us() { echo "${EPOCHREALTIME/./}"; }

own_ticks() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8; exit }' /proc/stat; }

busy_ticks() {
	local peer=0

	if [ -n "${ROLE:-}" ]; then
		peer=$(peer_says ticks)
		[ -n "$peer" ] || { echo "the other machine does not answer" >&2; return 1; }
	fi
	echo $(($(own_ticks) + peer))
}

# Of fio's terse line, version 3: field numbers of the write half, and of the percentiles. Latency is all of it, as a
# disk in memory does its work within the call.
terse() { # FILE -> kb kb_s iops mean p50 p99 runtime_ms
	awk -F';' '$1 == 3 {
		for (i = 59; i <= 78; i++) {
			split($i, p, "%=")
			if (p[1] + 0 == 50) p50 = p[2]
			if (p[1] + 0 == 99) p99 = p[2]
		}
		print $47, $48, $49, $81, p50, p99, $50
	}' "$1"
}

figure() { echo "figure $SYSTEM $CASE $1 $2"; }

# ---- the loads: each leaves writes, KiB, KiB/s, writes/s, mean, p50, p99 (or -) and milliseconds in /tmp/load -----

load_fio() { # SECONDS FIO-WORDS...
	local seconds=$1 kb rate iops mean p50 p99 ms bs
	shift

	fio --name=bench --filename="$DEV" --direct=1 --ioengine=libaio --size="${SIZE_MB}m" --norandommap --randrepeat=0 \
		--time_based --runtime="$seconds" --output-format=terse --terse-version=3 --clat_percentiles=0 \
		--lat_percentiles=1 --output=/tmp/terse "$@" >/dev/null 2>&1 || { cat /tmp/terse >&2; return 1; }
	read -r kb rate iops mean p50 p99 ms < <(terse /tmp/terse)
	bs=$(grep -oE 'bs=[0-9]+' <<<"$*" | cut -d= -f2)
	echo "$((kb / bs)) $kb $rate $iops $mean $p50 $p99 $ms" >/tmp/load
}

sqlite_begin() {
	mkdir -p /mnt
	mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$DEV" "${SIZE_MB}m"
	mount -t ext4 "$DEV" /mnt
	sqlite3 /mnt/db 'create table t(i integer primary key, x text)'
	"${SYSTEM}_settle"
}

load_sqlite() { # SECONDS
	local start ms rows

	start=$(now_us)
	# both ends are killed, which the shell would say
	({
		echo 'pragma synchronous=full;'
		yes "insert into t(x) values ('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef');"
	} | timeout -s KILL "$1" sqlite3 /mnt/db) >/dev/null 2>&1 || true
	ms=$((($(now_us) - start) / 1000))
	sync
	rows=$(sqlite3 /mnt/db 'select count(*) from t')
	echo "$rows $((rows / 16)) $((rows * 1000 / 16 / ms)) $((rows * 1000 / ms)) $((ms * 1000 / (rows + 1))) - - $ms" >/tmp/load
}

sqlite_end() { umount /mnt; }

# ---- one case -----------------------------------------------------------------------------------------------------

run_case() { # SECONDS CASE FIO-WORDS...
	local seconds=$1 load=fio begins=$STARTUP cut='' start took ticks=0 end n kb rate iops mean p50 p99 ms
	CASE=$2
	shift 2

	case $CASE in
	*sqlite) load=sqlite begins=0; sqlite_begin ;;
	*overflow4k)	# it is no state of DRBD's
		case $SYSTEM in drbd*) return ;; esac
		cut=1
		"${SYSTEM}_overflow" ;;
	esac
	sync
	[ -z "${PROFILE:-}" ] || profile_begin
	[ -n "$cut" ] || ticks=$(busy_ticks)
	start=$(now_us)
	load_$load "$seconds" "$@"
	[ -z "${PROFILE:-}" ] || profile_end
	[ -z "$cut" ] || "${SYSTEM}_overflow_end"
	"${SYSTEM}_settle"
	end=$(now_us)
	[ -n "$cut" ] || ticks=$(($(busy_ticks) - ticks))
	read -r n kb rate iops mean p50 p99 ms </tmp/load
	total=$((end - start))
	[ "$n" -gt 0 ] || { echo "no writes in $CASE" >&2; cat /tmp/terse >&2; return 1; }
	figure iops "$iops"
	figure mib_s "$(awk "BEGIN { printf \"%.1f\", $rate / 1024 }")"
	figure mean_us "$mean"
	[ "$p50" = - ] || figure p50_us "$p50"
	[ "$p99" = - ] || figure p99_us "$p99"
	figure run_s "$seconds"
	# what comes after an overflow is mostly what came before it
	if [ -z "$cut" ]; then
		# fio's own start and end are no time of the system's
		took=$(awk "BEGIN { run = $ms / 1e3; all = $total / 1e6 - $begins; print (all > run) ? all : run }")
		figure e2e_iops "$(awk "BEGIN { printf \"%.0f\", $n / $took }")"
		figure e2e_mib_s "$(awk "BEGIN { printf \"%.1f\", $kb / 1024 / $took }")"
		figure catch_up_s "$(awk "BEGIN { printf \"%.2f\", $took - $ms / 1e3 }")"
		figure cpu_us "$(awk "BEGIN { printf \"%.1f\", $ticks * 1e4 / $n }")"
	fi
	! declare -F "${SYSTEM}_notes" >/dev/null || "${SYSTEM}_notes"
	[ -z "${PROFILE:-}" ] || profile_show "$n"
	[ $load != sqlite ] || sqlite_end
}

# Who has used the processors, in ticks since boot.
threads() { # FILE
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\([0-9]*\) (\(.*\)) . /\1 \2\t/' |
		awk -F'\t' '{ split($2, f, " "); split($1, n, " "); print $1, f[11] + f[12] }' | sort >"$1"
}

# What each thread has used per write, in microseconds.
tasks() { # BEFORE AFTER WRITES
	awk -v n="$3" 'NR == FNR { was[$1] = $NF; next }
		{ used = $NF - was[$1]; if (used > 3) { name = $2; sub(/\/.*/, "", name); sum[name] += used } }
		END { for (name in sum) printf "task %s %.1f us\n", name, sum[name] * 1e4 / n }' "$1" "$2" | sort -k3nr
}

profile_begin() {
	threads /tmp/before
	LD_LIBRARY_PATH=/afar/perf/lib /afar/perf/perf record -a -e cpu-clock -F 499 -o /tmp/perf.data \
		sleep 1000 >/dev/null 2>&1 &
	PERF=$!
}

profile_end() {
	threads /tmp/after
	kill -INT $PERF
	wait $PERF || true
}

# Of the run, without the catching up.
profile_show() { # WRITES
	tasks /tmp/before /tmp/after "$1"
	LD_LIBRARY_PATH=/afar/perf/lib /afar/perf/perf report -i /tmp/perf.data --stdio --no-children -g none \
		--sort comm,symbol 2>/dev/null |
		awk '/^ +[0-9]/ && !/native_safe_halt/ && n++ < 100 { print "profile", $1, $2, $4 }'
}

# What fio needs to begin and to end, without any work.
startup() {
	local start

	start=$(now_us)
	fio --name=none --filename="$DEV" --direct=1 --ioengine=libaio --rw=randwrite --bs=4k --size=4k \
		--number_ios=1 --output-format=terse --terse-version=3 --output=/dev/null >/dev/null 2>&1
	STARTUP=$(awk "BEGIN { print ($(now_us) - $start) / 1e6 }")
}

# What there is at most: a stream of TCP, and what a page costs that is copied and summed.
limits() { # SECONDS
	local ko took

	SYSTEM=limit CASE=${CASE_PREFIX}tcp_stream
	if [ -z "${ROLE:-}" ]; then
		tcp_sink &
		sleep 1
	fi
	fio --name=tcp --ioengine=net --protocol=tcp --hostname="${B_ADDR:-127.0.0.1}" --port=7990 --rw=write --bs=256k \
		--size=100g --time_based --runtime="$1" --output-format=terse --terse-version=3 --output=/tmp/terse >/dev/null 2>&1 || true
	took=$(terse /tmp/terse | awk '{ printf "%.1f", $2 / 1024 }')
	[ "${took%.*}" -gt 0 ] || { echo "no stream of TCP" >&2; return 1; }
	figure mib_s "$took"
	[ -z "${ROLE:-}" ] || return 0
	ko=/afar/bin/$(uname -r)/dm-afar-limits.ko
	modprobe -q libcrc32c || true
	modprobe -q xxhash || true
	insmod "$ko"
	CASE=page
	dmesg | sed -n 's/.*afar-limits: //p' | tail -1 | tr ',' '\n' | while read -r what ns _; do
		figure "${what}_us" "$(awk "BEGIN { printf \"%.2f\", $ns / 1e3 }")"
	done
	rmmod dm_afar_limits
}

# The other end of tcp_stream.
tcp_sink() {
	fio --name=sink --ioengine=net --protocol=tcp --listen --port=7990 --rw=read --bs=256k --size=100g \
		--output=/dev/null >/dev/null 2>&1 || true
}

run_system() { # SYSTEM SECONDS [CASE...]
	local c name
	SYSTEM=$1
	local seconds=$2
	shift 2

	"${SYSTEM}_up"
	startup
	for c in "${CASES[@]}"; do
		name=${c%% *}
		[[ " $* " == *" $name "* ]] || continue
		# shellcheck disable=SC2086  # words are wanted
		run_case "$seconds" "$CASE_PREFIX$name" ${c#"$name"}
	done
	"${SYSTEM}_down"
}
