# shellcheck shell=dash
# What a node wrote in a history that it has given up is resynced (R3): without that it stays, and nobody notices.
# limit: 240

. /afar/guest/rule.sh
. /afar/guest/return.sh

round() { # FROM TO
	cut_link
	put "$1" 0 10 4
	lost "$1" "$2"
	put "$2" 1 20 6
	give_up "$1"
	in_sync "$2" "$1"
}

fresh_pair
put a 0 0 40
in_sync a b
round a b
rule_off 16
fails round b a || fail "rule 16 left out" "origins that differ" "they do not"
grep -q '^failed: volume 0' /tmp/test/rule.out || fail "rule 16 left out" "origins that differ" "$(cat /tmp/test/rule.out)"
