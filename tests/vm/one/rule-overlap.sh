# shellcheck shell=dash
# Two writes to the same blocks never run at once; where they may, the two nodes differ in the end.
# limit: 300

. /afar/guest/rule.sh
CRASHES=
load_crash
OPTIONS="set_interval_ms 100"
pair_up

nodes_agree() { # ROUNDS
	for round in $(seq "$1"); do
		work /dev/mapper/a0 --bsrange=64k-256k --blockalign=4k --size=256k --io_size=1m --numjobs=8 --thread \
			--iodepth=8 --randrepeat=0
		say "round $round"
		expect_caught_up "round $round"
	done
}

nodes_agree 2
rule_off 8
fails nodes_agree 60 || fail "rule 8 left out" "origins that differ" "they do not"
