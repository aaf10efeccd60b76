# shellcheck shell=dash
# Figures 3, 5, 6 and 9: the transmission of figure 3 in the order of its receipts, on a connection for each of
# them: identifier bitmaps, acknowledgments, the order in which sets are written, and the image after each.

. /afar/guest/afar.sh
. /afar/guest/figures.sh
MB=16 JOURNAL_MB=16 OPTIONS="timeout_ms 5000"
secondary_alone
before_figure_3

complete=-1 got='' shown='--'
receipts >/tmp/test/receipts
while read -r what set number after; do
	# acknowledged before its set is complete
	peer "$(line_of "$what" "$set" "$number")" "durable $number" ${after:+"committed $((set + 2))"}
	# shellcheck disable=SC2046,SC2086  # words
	expect_hello "before $what $number" $((complete + 2)):$(last_of $complete) $(beyond "$(last_of $complete)" $got)
	got="$got $number"
	if [ -n "$after" ]; then
		complete=$set shown=$after
	fi
	expect_eq "after $what $number: committed" "1:$((complete + 2))" "$(fact gb committed_set)"
	expect_eq "after $what $number: replicated" "1:$((complete + 2))" "$(fact gb replicated_set)"
	expect_image "after $what $number" "$shown"
	say "$number $what: sets up to $complete, $shown"
done </tmp/test/receipts
expect_eq "runs, one for each set" 5 "$(fact gb runs_total)"

# said once more, nothing changes; all of it has been looked at when a number after it is durable
while read -r what set number _; do
	line_of "$what" "$set" "$number"
done </tmp/test/receipts >/tmp/test/lines
peer "$(cat /tmp/test/lines)" "sync 6 149 149 1" "durable 149"
expect_hello "in the end" 5:148
expect_eq "duplicates" 15 "$(fact gb duplicates_total)"
expect_image "in the end" A1 B2 C0 D1 E1 F1
