# shellcheck shell=dash
# Everything an operator may do to a pair, in random order, while its volumes are written to: nothing hangs,
# no write fails, both nodes are equal in the end.  SEED repeats a run.
# limit: 180

. /afar/guest/afar.sh
VOLUMES=2 MB=16 OPTIONS="timeout_ms 1000 set_bytes 524288 memory_limit 8388608"
SECONDS_LONG=${SECONDS_LONG:-$((20 * SLOW))}
seed=${SEED:-$(($(now_ms) ^ $(od -An -N2 -tu2 /dev/urandom)))}
echo "SEED=$seed"
pair_up

random() { # BELOW: a number; `seed` is the state
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	_random=$((seed / 65536 % $1))
}
pick() { # WORD...
	random $#
	shift $_random
	picked=$1
}
do_it() { # COMMAND...: it must not hang
	expect_ok timeout $((30 * SLOW)) "$@"
}
pause() { random 400000; usleep $_random; }

suspend_volume() {
	pick a0 a1 b0 b1; d=$picked
	pick "" --noflush
	# shellcheck disable=SC2086  # no word at all
	do_it dmsetup suspend $picked $d
	pause
	do_it dmsetup resume $d
}
suspend_group() {
	pick ga gb; d=$picked
	pick "" --noflush
	# shellcheck disable=SC2086
	do_it dmsetup suspend $picked $d
	pause
	do_it dmsetup resume $d
}
reload() {
	pick ga gb a0 a1 b0 b1
	ns=a
	case $picked in gb | b*) ns=b ;; esac
	expect_ok dmsetup reload "$picked" --table "$(dmsetup table "$picked")"
	do_it nsenter --net=/run/netns/$ns dmsetup resume "$picked"
}
cut() {
	pick "" down
	# shellcheck disable=SC2086
	cut_link $picked
	pause; pause; pause; pause
	heal_link
}
reset_lanes() { kill_connections a "dport = :7000"; }
secondary_again() {
	expect_ok node_down b
	pause
	expect_ok node_up b
}
turn() {
	pick "set_writes 10" "set_writes 0" "set_bytes 65536" "set_bytes 4194304" "set_interval_ms 20" "set_interval_ms 500" \
		"memory_limit 4194304" "memory_limit 16777216"
	# shellcheck disable=SC2086  # two words
	knob ga $picked
	pick 4194304 67108864
	knob gb stage_memory "$picked"
}
ask() {
	set=$(msg ga close)
	msg ga wait "$set" 300 2>/dev/null || true
	status ga >/dev/null
	cat "$(facts gb)"/* >/dev/null
}
shape_it() {
	pick "" "delay 5ms 3ms" "rate 50mbit delay 2ms" "loss 1%"
	# shellcheck disable=SC2086
	netem $picked
}

work_begin /dev/mapper/a0 --rate_iops=500 --bsrange=4k-64k --blockalign=4k
work_begin /dev/mapper/a1 --rw=write --bs=32k --rate_iops=60 --fsync=10
end=$(($(now_ms) + SECONDS_LONG * 1000))
while [ "$(now_ms)" -lt $end ]; do
	pick suspend_volume suspend_group suspend_group reload reload cut reset_lanes secondary_again turn ask shape_it
	echo "$(now_ms) $picked"
	"$picked"
done
netem
heal_link
wait_live 40
knob ga memory_limit 67108864
work_end
wait_fact ga state ok 20
expect_eq "void commands" 0 "$(fact ga inexact)"
expect_caught_up
