# shellcheck shell=dash
# Verify under full load reports nothing where nothing is wrong; without the note of what got a number since it
# was read, it does.
# limit: 240

. /afar/guest/rule.sh
. /afar/guest/verify.sh
CRASHES=
VOLUMES=2 MB=8 OPTIONS="timeout_ms 2000 memory_limit 8388608"

clean() { # TIMES
	for i in $(seq "$1"); do
		verify 120
		say "verify $i: $(fact ga verify_busy) of $(fact ga verify_total) bytes busy"
		expect_eq "blocks that differ" 0 "$(fact ga verify_found)"
	done
}

pair_up 16 64
for v in $(volumes); do
	work_begin "/dev/mapper/a$v" --norandommap
done
clean 2
rule_off 15
fails clean 2 || fail "rule 15 left out" "a false alarm" "none"
work_end
