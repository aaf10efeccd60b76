# shellcheck shell=dash
# A primary closes the lane of a peer that breaks a rule of the protocol, keeps what it has, and delivers it
# to a proper peer afterwards; the log has one line of it.
# limit: 240

. /afar/guest/afar.sh
MB=16 OPTIONS="timeout_ms 1000 lanes 1"
two_namespaces
load_afar
make_disks a
make_disks b
expect_ok node_up a
expect_ok msg ga promote assume-equal
work /dev/mapper/a0 --size=2m --rw=write --bs=16k
for p in $(afar-peer secondary | grep -v fuzz); do
	log_mark
	_out=$(AFAR_KEY=$SECRET in_b afar-peer secondary $B_IP 7000 $((MB * 2048)) "$p" $((10 * SLOW)) 2>&1) ||
		fail "$p" "the lane is closed" "$_out"
	echo "$p: $_out; $(log_since | sed -n 's/.*afar: ga: //p' | tr '\n' ';')"
	lines=$(log_since | grep -c 'afar: ga' || true)
	# a state of the link is told when it begins
	case $_out in
	*garbage) expect_eq "$p: lines in the log" 1 "$lines" ;;
	*) [ "$lines" -le 1 ] || fail "$p: lines in the log" "one at most" "$lines: $(log_since)" ;;
	esac
	expect_eq "$p: state" ok "$(fact ga state)"
	expect_eq "$p: replicated" 1:0 "$(fact ga replicated_set)"
	work /dev/mapper/a0 --size=64k --rw=write --bs=16k --offset=4m
done
expect_ok node_up b
wait_live 30
expect_caught_up
