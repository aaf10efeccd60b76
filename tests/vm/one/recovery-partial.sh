# shellcheck shell=dash
# Figure 11: a secondary that lost its power commits what is complete, lowest set first, keeps what it has of
# sets that are not, and is sent the rest, and no more: counted.
# limit: 240

. /afar/guest/crash.sh

load_crash
JOURNAL_MB=32 OPTIONS="$BY_HAND timeout_ms 2000"
pair_up
find_facts a
put() { # VOLUME COUNT BLOCK
	dd if=/dev/urandom of="/dev/mapper/a$1" bs=4k count="$2" seek="$3" oflag=direct 2>/dev/null
}
put 0 4 0
catch_up

# Numbers that the ring holds behind the committed cut, and not of complete sets only.
in_ring() {
	afar-journal check /dev/mapper/jb >/tmp/test/check || fail "afar-journal check" "good" "$(cat /tmp/test/check)"
	awk '/^committed:/ { committed = $3 + 0 }
	     /^set / { if ($2 + 0 > committed) n += $6 }
	     END { print n + 0 }' /tmp/test/check
}

for round in 1 2 3 4; do
	# nothing is committed, while three complete sets and part of a fourth arrive
	expect_ok dmsetup suspend b1
	read_fact a committed_seq
	committed=$committed_seq
	for set in 1 2 3; do
		put 0 8 $((set * 16))
		put 1 8 $((set * 16))
		last=$(msg ga close)
	done
	expect_ok msg ga wait "$last"
	case $round in
	1) expect_ok dmsetup resume b1 ;; # it is in the middle of commits
	2) put 0 20 200 ;;
	*)
		# the power goes while the fourth set arrives
		_events=$(dm events jb , message jb arm flush $((1 + $(random 4))) $((round == 3 ? 0 : 9)))
		put 0 240 200
		;;
	esac
	[ "$round" -gt 2 ] && wait_lost b "$_events" || dm message jb powerloss $round >/dev/null
	expect_ok dmsetup resume b1
	expect_ok take_down b
	power b restore
	dd if=/dev/mapper/jb of=/dev/null bs=1M count=1 iflag=direct 2>/dev/null

	# what was complete is committed first, as nothing arrives
	expect_claims_kept $DEAD_PORT
	find_facts b
	wait_for 15 'read_fact b committed_set; read_fact b replicated_set; [ $committed_set = $replicated_set ]' 'commits' 'dm status gb'
	[ "${committed_set#*:}" -ge "${last#*:}" ] || fail "committed" "$last" "$committed_set"
	expect_ok take_down b
	here=$(in_ring)
	committed=$(sed -n 's/^committed: set [0-9]*, number //p' /tmp/test/check)

	read_fact a shipped_total
	before=$shipped_total
	expect_ok node_up b
	expect_session
	catch_up
	find_facts b
	read_fact a shipped_total
	read_fact a local_seq
	read_fact b duplicates_total
	read_fact b commands_total
	lacked=$((${local_seq#*:} - committed - here))
	say "$round: $((${local_seq#*:} - committed)) numbers behind the cut, $here of them kept, $((shipped_total - before)) sent"
	expect_eq "commands sent again, and their sync command" "$lacked" $((shipped_total - before))
	expect_eq "commands staged" "$lacked" "$commands_total"
	expect_eq "commands that came twice" 0 "$duplicates_total"
	[ "$round" = 1 ] || [ "$here" -gt 0 ] || say "nothing of the open set was on stable media"
	expect_equal
done
