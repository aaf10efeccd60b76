# shellcheck shell=dash
# Figures 8 and 10: a primary that sends a command of a set for which there is no room is refused, with the
# reason; nothing of it is kept. It tries again later, and gets through.
# allow-log: for which there is no room

. /afar/guest/afar.sh
. /afar/guest/figures.sh
# the smallest journal has room for three sets of the largest size
MB=16 JOURNAL_MB=16 OPTIONS="timeout_ms 5000"
secondary_alone
before_figure_3
peer "$(line_of A0 0 134)" "$(line_of D1 1 141)" "$(line_of E1 2 143)" "durable 134" "durable 141" "durable 143"
peer
expect_hello "three sets are open" 1:133 134 141 143
echo "$_said" | grep -q ' credit 4 ' || fail "credit" "credit 4" "$_said"

reject() { # WHAT SET NUMBER
	log_mark
	peer "$(line_of "$@")" "refused credit"
	expect_log 'no room'
	expect_eq "state" ok "$(fact gb state)"
	peer
	expect_hello "after $1 was rejected" 1:133 134 141 143
}
reject B2 3 146
reject sync 3 148
expect_image "nothing is written" --

# an open set goes on; once it is written another can begin
peer "$(receipts | while read -r what set number _; do
	[ "$set" != 0 ] || [ "$number" = 134 ] || line_of "$what" "$set" "$number"
done)" "committed 2" "credit 5"
expect_image "set 0" A0 B0 C0 D0 E0 F0
peer "$(line_of B2 3 146)" "durable 146" "$(line_of sync 3 148)" "durable 148"
peer
expect_hello "set 3 has got through" 2:140 141 143 146 148
peer "$(receipts | while read -r what set number _; do
	[ "$set" = 0 ] || line_of "$what" "$set" "$number"
done)" "committed 5"
expect_image "all of it" A1 B2 C0 D1 E1 F1
