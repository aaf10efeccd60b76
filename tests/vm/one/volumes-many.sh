# shellcheck shell=dash
# Seventy volumes in a group, two of them added while the others are written to: all of them are at one
# cut whenever the secondary is stopped, and after a restart of both nodes.
# limit: 300

. /afar/guest/afar.sh
VOLUMES=68 MB=1 JOURNAL_MB=160 OPTIONS="close_on_flush 1 set_interval_ms 50"
make_disks() { # NODE
	mkdisk "j$1" $JOURNAL_MB >/dev/null
	mkdisk "all$1" 70 >/dev/null
	for _v in $(seq 0 69); do
		dm create "o$_v$1" "0 2048 linear /dev/mapper/all$1 $((_v * 2048))"
	done
}
vol() { dm create "$1$2" "0 2048 afar /dev/mapper/g$1 $2 /dev/mapper/o$2$1"; }
node_volumes() { # NODE
	for _v in $(volumes); do vol "$1" "$_v" || return; done
}
names() { for _v in $(volumes); do echo "$2$1$_v$3"; done; } # NODE PREFIX SUFFIX
# shellcheck disable=SC2046  # words
node_down() { dm remove $(names "$1" "" "") , remove "g$1"; }
pair_up
expect_eq "volumes" 68/68 "$(attached gb)"
# shellcheck disable=SC2046
nice -n 10 afar-transact write --slots 1 $(names a /dev/mapper/ "") >transact.out 2>&1 &
load=$!
origins() { for _v in $(volumes); do echo "/dev/mapper/o$_v$1"; done; }

whole() { # WHAT
	# shellcheck disable=SC2046
	seen=$(afar-transact check --slots 1 $(origins b)) || fail "$1" "one transaction on all volumes" "$seen"
	echo "$1: transaction $seen"
}
last=0
for n in 1 2 3 4 5 6; do
	usleep 400000
	expect_ok dmsetup suspend gb
	whole "stop $n"
	[ "$seen" -ge $last ] || fail "transaction" "$last or later" "$seen"
	last=$seen
	expect_ok dmsetup resume gb
	case $n in
	2) # a transaction with more volumes than there are is none
		expect_ok vol a 68
		expect_ok vol a 69
		expect_ok msg ga add 68 assume-equal
		expect_ok msg ga add 69 assume-equal ;;
	3) wait_for 20 '[ "$(fact gb missing)" = 68 ]' 'volume 68 is missing' 'status gb'
		expect_ok vol b 69
		expect_ok vol b 68
		wait_for 20 '[ "$(fact gb missing)" = - ]' 'nothing is missing' 'status gb' ;;
	esac
done
[ "$last" -gt 5 ] || fail "transactions at the secondary" "more than 5" "$last"
kill -TERM $load
wait $load || fail "afar-transact" "status 0" "$(cat transact.out)"
catch_up
whole "at the end"
expect_eq "the last transaction" "$(cat transact.out)" "$seen"
VOLUMES=70
expect_eq "volumes" 70/70 "$(attached gb)"
expect_ok node_down a
expect_ok node_down b
expect_ok node_up a
expect_ok node_up b
expect_ok msg ga promote
wait_live
expect_eq "term" 1 "$(fact ga term | cut -d' ' -f1)"
# shellcheck disable=SC2046
afar-transact write --slots 1 --count 2 $(names a /dev/mapper/ "") >/dev/null
catch_up
whole "70 volumes after a restart"
expect_equal
