# shellcheck shell=dash
# Figure 11: the secondary loses its power after each receipt of figure 3. What it has acknowledged is there
# afterwards; complete sets are written, lowest first, parts of others are kept and only the rest is sent.
# limit: 180

. /afar/guest/crash.sh
. /afar/guest/figures.sh
VOLUMES=2 MB=8 OPTIONS="timeout_ms 5000" SECRET=

lose_power() {
	power b powerloss >/dev/null
	dm -k remove b0 b1 gb 2>/dev/null || true
	power b restore
	expect_ok group_up b
}

# Without its volumes it commits nothing: all that is complete is still to be written.
play() { # NUMBER: after that receipt it gets its volumes
	complete=-1 got='' shown='--' written=-1
	while read -r what set number after; do
		peer "$(line_of "$what" "$set" "$number")" "durable $number" ${after:+"replicated $((set + 2))"}
		got="$got $number"
		if [ -n "$after" ]; then
			complete=$set shown=$after
		fi
		lose_power
		expect_eq "after $what $number: replicated" "1:$((complete + 2))" "$(fact gb replicated_set)"
		expect_eq "after $what $number: committed" "1:$((written + 2))" "$(fact gb committed_set)"
		if [ "$number" = "$1" ] || [ "$number" = 148 ]; then
			expect_ok volumes_up b
			wait_fact gb committed_set "1:$((complete + 2))" 10
			expect_image "after $what $number" "$shown"
			written=$complete
			[ "$number" = 148 ] || lose_power
		fi
		peer
		# shellcheck disable=SC2046,SC2086  # words
		expect_hello "after $what $number" $((complete + 2)):$(last_of $complete) $(beyond "$(last_of $complete)" $got)
		say "$number $what: sets up to $complete, written up to $written"
	done </tmp/test/receipts
}

two_namespaces
load_afar
load_crash
make_disks a
make_disks b
receipts >/tmp/test/receipts
# sets 0 and 1 complete, 2 and 3 in parts; set 1 in part; never before all are complete
for number in 146 142 148; do
	expect_ok node_up b
	before_figure_3
	lose_power
	play $number
	expect_ok take_down b
	blank
done
