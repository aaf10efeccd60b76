# shellcheck shell=bash
# A secondary that is killed at any instant goes on from its journal: its cut never goes back, and is a cut.
# limit: 200
. "$VM_HERE/pair.sh"

pair_disks 64 16
pair_up timeout_ms 2000
load_begin a --rate 60 --writers 3 --area 512 --zero 2 --discard 2 --flush 2 --close-every 400 \
	--close-cmd "'dmsetup message g 0 close'"

number() { local set=${1#*:}; expect_eq "term of $1" 1 "${1%:*}"; echo "$set"; }
cut_of_b() { number "$(on b fact g committed_set)"; }
beyond() { [ "$(cut_of_b)" -gt "$1" ]; }

last=0
for round in 1 2; do
	wait_for 20 'beyond $last' "sets beyond $last are committed" both_status
	sleep "0.$((RANDOM % 900 + 100))"
	last=$(cut_of_b)
	vm_kill b
	if [ $round = 2 ]; then
		# Without a link it stands at one cut; that is compared with the log of what was written.
		set=$(look_at b)
		echo "round $round: $last before the kill, $set after it"
		[ "$(number "$set")" -ge "$last" ] || fail "cut after kill $round" ">= $last" "$set"
		expect_cut "round $round" --committed "$set" --min-writes 1
		last=$(number "$set")
	fi
	node_boot b
	node_up b timeout_ms 2000
	now=$(cut_of_b)
	[ "$now" -ge "$last" ] || fail "committed set after kill $round" ">= $last" "$now"
	last=$now
	wait_live b
done
wait_for 20 'beyond $last' "sets beyond $last are committed" both_status
load_end a
set=$(closed a)
wait_committed b "$set" 60
both_status
pair_stop
expect_equal_origins
expect_cut "at the end" --committed "$set" --all
