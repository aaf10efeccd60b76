# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that record one run of a pair, and then look at what the secondary's disks held at each flush of it
# (crash.sh; tests/modules/README.md; afar-powercut). What the node claimed is in its tracepoints: a claim is
# made when a frame is on stable media, when a set is, and when a commit record is.

# shellcheck source=tests/vm/guest/crash.sh
. /afar/guest/crash.sh

# shellcheck disable=SC2034  # for make_disks
RECORD=b	# the first one of CRASHES
TRACING=/sys/kernel/tracing
POINTS=/tmp/test/points		# number, ns, device, flush|fua, set that is replicated, set that is committed
STAGED=/tmp/test/staged		# when (us), position, set, first, last of each frame

claims_on() { # 0|1
	for _event in stage complete commit; do
		echo "$1" >"$TRACING/events/afar/afar_$_event/enable"
	done
}

# How many points there have been, into $point: the flushes and FUA writes of the domain.
point_now() {
	# shellcheck disable=SC2046  # words
	set -- $(dm status "j$RECORD")
	point=$((${10} + ${11}))
}

# From a pair that is new to one with nothing to do, and no node up. RULE: a bit of rule.sh that is left out.
record_run() { # MILLISECONDS [afar-load OPTION...]
	_ms=$1
	shift
	grep -q " $TRACING " /proc/mounts || mount -t tracefs tracefs $TRACING || fail "no tracefs"
	echo mono >$TRACING/trace_clock
	echo 16384 >$TRACING/buffer_size_kb
	fresh_pair
	[ -z "${RULE:-}" ] || echo $((1 << RULE)) >/sys/module/dm_afar/parameters/rules_off
	claims_on 1
	load_begin "$@"
	usleep $((_ms * 1000))
	load_end
	expect_caught_up
	claims_on 0
	look b
	_dev=$(stat -L -c '%t %T' /dev/mapper/gb)
	_dev=$((0x${_dev% *})):$((0x${_dev#* }))
	expect_ok power b record-end
	expect_ok take_down a
	expect_ok take_down b
	gather_claims $_dev "$replicated" "$committed"
}

gather_claims() { # MAJOR:MINOR of the secondary's group, and the sets that it had replicated and committed at the end
	_lost=$(cat $TRACING/per_cpu/cpu*/stats | awk '/^(commit )?overrun:|^dropped events:/ { n += $NF } END { print n + 0 }')
	expect_eq "events that the trace has lost" 0 "$_lost"
	sed -nE "s/^.* ([0-9]+)\.([0-9]{6}): afar_([a-z]+): $1 /\1\2 \3 /p" $TRACING/trace | sort -n >/tmp/test/claims
	awk '$2 == "stage" {
		split($8, seq, "[.][.]")
		print $1, $4, $6, seq[1], seq[2]
	}' /tmp/test/claims >$STAGED
	[ -s $STAGED ] || fail "frames that were staged" "some" "none: $(head -20 $TRACING/trace)"
	expect_eq "the last claims" "$2 $3" \
		"$(awk '$2 == "complete" { r = $4 } $2 == "commit" { c = $4 } END { print r, c }' /tmp/test/claims)"
	afar-powercut points /dev/mapper/record |
		awk -v claims=/tmp/test/claims '
		function read_one() { more = (getline line <claims) > 0; split(line, w, " ") }
		BEGIN { r = c = 0; read_one() }
		{
			for (; more && w[1] < int($2 / 1000); read_one())
				if (w[2] == "complete") r = w[4]
				else if (w[2] == "commit") c = w[4]
			print $0, r, c
		}' >$POINTS
	say "$(wc -l <$POINTS) points, $(wc -l <$STAGED) frames, claims up to $(awk 'END { print "set " $5 ", " $6 }' $POINTS)"
}

# The disks as they were at a point.
power_cut() { # POINT SEED
	set -- "$@" $CRASHES
	_point=$1 _seed=$2
	shift 2
	for _n; do
		set -- "$@" "/dev/mapper/mj$_n" "/dev/mapper/mo0$_n" "/dev/mapper/mo1$_n"
		shift
	done
	dm message jb powerloss , message jb restore >/dev/null
	expect_ok afar-powercut image /dev/mapper/record "$_point" "$_seed" "$@"
}

# Each frame that was called durable by then is in the log, at its place, or was freed.
expect_frames() { # POINT NS
	afar-journal dump /dev/mapper/jb >/tmp/test/dump 2>&1 ||
		fail "point $1: the journal" "torn, at most" "$(tail -2 /tmp/test/dump)"
	_head=$(afar-journal info /dev/mapper/jb | sed -n 's/^head  *position //p')
	_seen=$(awk -v head="$_head" -v us="$(($2 / 1000))" '
		FILENAME == "/tmp/test/dump" {
			if ($1 ~ /^[0-9]+:$/) at = $2 == "frame" ? $1 + 0 : -1
			else if ($2 == "set") { last[at] = $5; if (!(at in first)) first[at] = $3 " " $5 }
			next
		}
		$1 < us && $2 >= head && (first[$2] != $3 " " $4 || last[$2] != $5) {
			print "at " $2 " set " $3 " seq " $4 ".." $5 ": " first[$2] ".." last[$2]
			exit 1
		}' /tmp/test/dump $STAGED) || fail "point $1: a frame that was durable" "in the log" "$_seen"
}

# The secondary as it comes up from a point; at those behind the first frame it must have a cut.
expect_claimed() { # POINT NS REPLICATED COMMITTED SEED
	power_cut "$1" "$5"
	[ "$3" = 0 ] || expect_frames "$1" "$2"
	_out=$(group_up b 2>&1) || fail "point $1: the secondary comes up" "a journal that is torn, at most" "$_out"
	look b
	[ "$replicated" -ge "$3" ] || fail "point $1, seed $5: replicated sets" ">= $3" "$replicated"
	[ "$committed" -ge "$4" ] || fail "point $1, seed $5: committed sets" ">= $4" "$committed"
	expect_ok volumes_up b
	[ "$3" = 0 ] || expect_cut_when_done b
}

secondary_point() {
	expect_claimed "$@"
	expect_ok take_down b
}

# Both nodes lost their power. The primary goes on with its image, and the peer gets equal to it.
site_point() {
	[ "$3" != 0 ] || return 0
	expect_claimed "$@"
	expect_ok node_up a
	expect_ok dm message ga promote
	find_facts a
	wait_for 20 "read_fact a state; read_fact a link; [ \"\$state \$link\" = 'ok live' ]" \
		"point $1: the pair is as before" "dm status ga gb"
	expect_caught_up "point $1, seed $5: after the return"
	expect_ok take_down a
	expect_ok take_down b
}

# Both nodes as they come up from a point; at every other one with a part of what was not flushed.
site_up() { # POINT
	power_cut "$1" $(($1 % 2 * $1))
	for _n in a b; do
		expect_ok node_up $_n
		find_facts $_n
	done
}

# At every STEP-th point with what was flushed alone and, at every third of these, with a part of the rest.
expect_points() { # secondary_point|site_point [STEP]
	points=0
	while read -r _k _ns _device _kind _r _c <&3; do
		[ $((_k % ${2:-1})) = 0 ] || continue
		[ "$_r" = 0 ] || points=$((points + 1))
		"$1" "$_k" "$_ns" "$_r" "$_c" 0
		[ $((points % 3)) != 0 ] || "$1" "$_k" "$_ns" "$_r" "$_c" "$_k"
	done 3<$POINTS
}

# A step that is left out is seen at one of the points.
rule_recorded() { # BIT secondary_point|site_point REGEX-OF-WHAT-FAILS [afar-load OPTION...]
	RULE=$1 _judge=$2 _seen_as=$3
	shift 3
	record_run 700 "$@"
	echo 0 >/sys/module/dm_afar/parameters/rules_off
	fails expect_points "$_judge" && grep -qE "$_seen_as" /tmp/test/rule.out || fail "rule $RULE left out" "a violation" "none at $(wc -l <$POINTS) points"
}
