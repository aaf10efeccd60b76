# shellcheck shell=dash
# A-B-A-B: one node after the other is lost, with and without something that the other one does not have, and the
# other one takes over; each comes back, and after each time both hold the same.
# limit: 300

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=2 MB=32 JOURNAL_MB=64 OPTIONS="timeout_ms 1000 chunk_size 65536"

failover() { # FROM TO: FROM is lost
	cut_link
	wait_for 20 "[ \"\$(fact g$2 link)\" != live ]" 'the link is down' 'status ga; status gb'
	[ "${TAIL:-}" = none ] || work "/dev/mapper/${1}1" --rw=write --bs=64k --size=512k --offset=$((_i + 4))m
	expect_ok node_down "$1"
	expect_ok msg "g$2" promote force
	work "/dev/mapper/${2}0" --rw=write --bs=64k --size=1m --offset=$((_i * 2))m
	expect_ok node_up "$1"
	heal_link
	if [ "${TAIL:-}" = none ]; then
		wait_for 30 "[ \"\$(fact g$1 role)\" = secondary ]" "g$1 follows by itself" 'status ga; status gb; dmesg | tail'
	else
		split "$1"
		log_mark
		discard "$1"
	fi
	follows "$2" "$1" "after failover $_i, from $1 to $2"
	say "failover $_i, from $1 to $2: term $(fact "g$2" term | cut -d' ' -f1)"
}

pair_up
work /dev/mapper/a0 --size=4m
expect_caught_up
for _i in 1 3 5; do
	failover a b
	_i=$((_i + 1))
	failover b a
done
# both at once, after a close that both have
catch_up
TAIL=none failover a b
