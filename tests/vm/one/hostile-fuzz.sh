# shellcheck shell=dash
# Peers that have the key and send commands, messages and acknowledgments at random: nothing crashes, each costs
# a lane and a line of the log, and of what a peer cannot complete nothing reaches an origin.
# limit: 300

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000 lanes 1"
two_namespaces
load_afar
make_disks a
make_disks b
expect_ok node_up b
expect_ok play proper
image=$(sum "$(origin b 0)") cut=$(fact gb committed_set)
for seed in $(seq 40); do
	for p in fuzz fuzz_messages; do
		log_mark
		_out=$(AFAR_SEED=$seed play $p 2>&1) || case $p$_out in
		fuzz_messages*) ;;	# it may have been refused already
		*) fail "$p $seed" "the lane is closed" "$_out" ;;
		esac
		echo "$p $seed: $_out; $(log_since | sed -n 's/.*afar: gb: //p' | tr '\n' ';')"
		[ "$(log_since | grep -c 'afar: gb')" -le 2 ] || fail "$p $seed: lines in the log" "2 at most" "$(log_since)"
	done
done
expect_eq "state" ok "$(fact gb state)"
expect_eq "cut" "$cut" "$(fact gb committed_set)"
expect_eq "image" "$image" "$(sum "$(origin b 0)")"
# what it has is in order enough for a restart, too
expect_ok node_down b
expect_ok node_up b
expect_eq "image after a restart" "$image" "$(sum "$(origin b 0)")"
expect_ok node_down b

# A peer that lies about what it has gets a primary that cannot serve it any more, and nothing else.
primary() {
	dd if=/dev/zero of=/dev/mapper/ja bs=1M count=1 oflag=direct 2>/dev/null
	expect_ok node_up a
	expect_ok msg ga promote assume-equal
}
primary
for seed in $(seq 12); do
	p=fuzz
	[ $((seed % 5)) != 0 ] || p=fuzz_storm
	work /dev/mapper/a0 --size=128k --rw=write --bs=4k
	_out=$(AFAR_SEED=$seed AFAR_KEY=$SECRET in_b afar-peer secondary $B_IP 7000 $((MB * 2048)) $p $((10 * SLOW)) 2>&1) || case $_out in
	# a new term, which it does not follow, may have begun in the middle of its handshake
	*resync-needed* | *'is due'*)
		expect_ok node_down a
		primary
		;;
	*) fail "acknowledgments $seed" "the lane is closed" "$_out" ;;
	esac
	echo "acknowledgments $seed: $_out; $(status ga)"
done
expect_ok node_down a
