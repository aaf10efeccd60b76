# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs cases on one system and prints a line for each figure:
#
#	figure SYSTEM CASE METRIC VALUE
#
# All cases are on the first SIZE_MB of a disk. METRIC: iops, mib_s, mean_us, p50_us, p99_us of what the
# application sees; e2e_iops, e2e_mib_s until all of it is on the peer's disk, catch_up_s how long that took beyond the
# run; cpu_us per write, both sides, where one machine has both; overflow 1 where dm-afar's memory and journal were
# used up, so that the rest went as a resync.

CASES=(
	"rand4k_d32     --rw=randwrite --bs=4k --iodepth=32"
	"rand4k_d1      --rw=randwrite --bs=4k --iodepth=1"
	"rand4k_fsync   --rw=randwrite --bs=4k --iodepth=1 --fsync=1"
	"seq128k_d8     --rw=write --bs=128k --iodepth=8"
	"mixed8k_d16    --rw=randrw --rwmixread=70 --bs=8k --iodepth=16"
)

now_us() { echo "${EPOCHREALTIME/./}"; }

busy_ticks() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8; exit }' /proc/stat; }

# Of fio's terse line, version 3: field numbers of the write half, and the percentile that is asked for.
terse() { # FILE -> ios kb_s iops mean p50 p99 runtime_ms
	awk -F';' '$1 == 3 {
		for (i = 59; i <= 78; i++) {
			split($i, p, "%=")
			if (p[1] + 0 == 50) p50 = p[2]
			if (p[1] + 0 == 99) p99 = p[2]
		}
		print $47, $48, $49, $57, p50, p99, $50
	}' "$1"
}

figure() { echo "figure $SYSTEM $CASE $1 $2"; }

run_case() { # SECONDS CASE FIO-WORDS...
	local seconds=$1 start took ticks end kb rate iops mean p50 p99 ms n total bs
	CASE=$2
	shift 2

	sync
	[ -z "${PROFILE:-}" ] || profile_begin
	start=$(now_us) ticks=$(busy_ticks)
	fio --name=bench --filename="$DEV" --direct=1 --ioengine=libaio --size="${SIZE_MB}m" --norandommap --randrepeat=0 \
		--time_based --runtime="$seconds" --output-format=terse --terse-version=3 \
		--output=/tmp/terse "$@" >/dev/null 2>&1 || { cat /tmp/terse >&2; return 1; }
	[ -z "${PROFILE:-}" ] || profile_end
	"${SYSTEM}_settle"
	end=$(now_us) ticks=$(($(busy_ticks) - ticks))
	read -r kb rate iops mean p50 p99 ms < <(terse /tmp/terse)
	bs=$(grep -oE 'bs=[0-9]+' <<<"$*" | cut -d= -f2)
	n=$((kb / bs)) total=$((end - start))
	[ "$n" -gt 0 ] || { echo "no writes in $CASE" >&2; cat /tmp/terse >&2; return 1; }
	figure iops "$iops"
	figure mib_s "$(awk "BEGIN { printf \"%.1f\", $rate / 1024 }")"
	figure mean_us "$mean"
	figure p50_us "$p50"
	figure p99_us "$p99"
	# fio's own start and end are no time of the system's
	took=$(awk "BEGIN { run = $ms / 1e3; all = $total / 1e6 - $STARTUP; print (all > run) ? all : run }")
	figure e2e_iops "$(awk "BEGIN { printf \"%.0f\", $n / $took }")"
	figure e2e_mib_s "$(awk "BEGIN { printf \"%.1f\", $kb / 1024 / $took }")"
	figure catch_up_s "$(awk "BEGIN { printf \"%.2f\", $took - $ms / 1e3 }")"
	! declare -F "${SYSTEM}_notes" >/dev/null || "${SYSTEM}_notes"
	[ -z "${PROFILE:-}" ] || profile_show $n
	figure cpu_us "$(awk "BEGIN { printf \"%.1f\", $ticks * 1e4 / $n }")"
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

run_system() { # SYSTEM SECONDS [CASE...]
	local c name
	SYSTEM=$1
	local seconds=$2
	shift 2

	"${SYSTEM}_up"
	startup
	for c in "${CASES[@]}"; do
		name=${c%% *}
		[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
		# shellcheck disable=SC2086  # words are wanted
		run_case "$seconds" "$CASE_PREFIX$name" ${c#"$name"}
	done
	"${SYSTEM}_down"
}
