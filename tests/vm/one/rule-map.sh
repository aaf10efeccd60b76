# shellcheck shell=dash
# Each condition of R2 left out is noticed by the scenario that is made for it.
# limit: 240
. /afar/guest/rule.sh
. /afar/guest/map.sh
load_crash
map_pair
take_down a
take_down b

left_out() { # BIT SCENARIO
	say "$2"
	RULE=$1
	fails "$2" || fail "rule $1 left out" "a chunk that differs and has no bit" "none"
	echo 0 >/sys/module/dm_afar/parameters/rules_off
	power a restore || true
	heal_link
	dm -k remove a0 a1 ga b0 b1 gb 2>/dev/null || true
}
left_out 9 map_first
left_out 10 clear_flush
left_out 11 clear_committed
left_out 12 clear_wait
