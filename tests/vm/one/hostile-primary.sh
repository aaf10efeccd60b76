# shellcheck shell=dash
# A secondary closes the lane of a peer that breaks a rule of the protocol, whichever: with one line in the log,
# with its origin untouched, and a proper peer can connect afterwards.
# limit: 300

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000"
two_namespaces
load_afar
make_disks b
expect_ok node_up b

# to a fresh node, too
for p in garbage oversized no_proof wrong_key no_term role volume_size volume_none; do
	_out=$(play $p 2>&1) || fail "fresh: $p" "the lane is closed" "$_out"
done
expect_eq "state" fresh "$(fact gb state)"
expect_ok play proper

n=0
for p in $(afar-peer primary); do
	case $p in proper | fuzz* | holes*) continue ;; esac
	cut=$(fact gb committed_set) image=$(sum "$(origin b 0)" 1)
	log_mark
	_out=$(play "$p" 2>&1) || fail "$p" "the lane is closed" "$_out"
	lines=$(log_since | grep -c 'afar: gb' || true)
	echo "$p: $_out; $(log_since | sed -n 's/.*afar: gb: //p' | tr '\n' ';')"
	# a state of the link is told when it begins, and who is told to come back later has done nothing
	case $_out in
	*garbage | *key | *'without a word') [ "$lines" -ge 1 ] ;;
	esac || fail "$p: lines in the log" "1 at least" "none"
	[ "$lines" -le 1 ] || fail "$p: lines in the log" "one at most" "$lines: $(log_since)"
	expect_eq "$p: cut" "$cut" "$(fact gb committed_set)"
	expect_eq "$p: image" "$image" "$(sum "$(origin b 0)" 1)"
	expect_eq "$p: state" ok "$(fact gb state)"
	# not more than ten lines of the log in five seconds are let through
	usleep 500000
	n=$((n + 1))
	[ $((n % 10)) != 0 ] || expect_ok play proper
done
expect_ok play proper
expect_ok node_down b
expect_ok node_up b
expect_ok play proper
