# shellcheck shell=dash
# The same numbers with other payloads, across a crash of the primary: the old ones are never committed;
# without a new term they are.
# limit: 180

. /afar/guest/rule.sh
CRASHES=a
load_crash
OPTIONS="set_interval_ms 3600000 set_bytes 0"

put() { # CHAR BLOCK: eight writes
	head -c 32768 /dev/zero | tr '\0' "$1" |
		dd of=/dev/mapper/a0 bs=4096 seek="$2" oflag=direct iflag=fullblock 2>/dev/null
}

# Set 1 is committed; then eight numbers of set 2 arrive, and the power of the primary is lost.
crash_in_set_2() {
	put A 0
	catch_up
	put O 100
	wait_for 20 '[ "$(fact gb commands_total)" -ge 17 ]' "17 commands" "fact gb commands_total"
	power a powerloss >/dev/null
	cut_link
	take_down a
	power a restore
	heal_link
	was=$(sum /dev/mapper/o0b)
}

# The numbers of the old term are given out again, if they are.
goes_on_without_the_old() {
	expect_ok node_up a
	expect_ok msg ga promote
	put N 0
	msg ga close || true
	put N 100
	msg ga close || true
	wait_for 20 '[ "$(fact ga state)" = ok ]' "the peer follows" "status ga; status gb"
	catch_up
	# nothing of the old numbers under the new ones
	expect_same /dev/mapper/o0a /dev/mapper/o0b "the origins of both nodes"
}

pair_up
crash_in_set_2
goes_on_without_the_old
say "a new term: kept"

take_down a
take_down b
blank
node_up a
node_up b
expect_ok msg ga promote assume-equal
wait_live
crash_in_set_2
rule_off 4
fails goes_on_without_the_old || fail "rule 4 left out" "the old commands are committed" "they are not"
