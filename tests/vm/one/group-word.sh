# shellcheck shell=dash
# A journal of another group than the table line names is refused and not written to; a node that is of no group yet
# begins none, and follows into no other.

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=20
W=fedcba98-7654-3210-fedc-ba9876543210
pair_up
U=$(fact ga group_uuid)
expect_eq "group of the secondary" "$U" "$(fact gb group_uuid)"
OPTIONS="group $U"
for n in a b; do
	expect_ok node_down $n
	expect_ok node_up $n
done
expect_ok msg ga promote
wait_live
dmsetup table ga | grep -q " group $U" || fail "table" "group $U" "$(dmsetup table ga)"
work /dev/mapper/a0 --size=1m
expect_caught_up

# two journals have changed places, and the secondary's has something to commit
msg gb hold >/dev/null
work /dev/mapper/a0 --size=64k
set=$(msg ga close)
wait_fact gb replicated_set "$set" 20
expect_ok node_down b
journal=$(sum /dev/mapper/jb) image=$(sum "$(origin b 0)")
refused "journal refused: it is of group $U, the table line says $W" node_group b group $W
dmsetup remove gb 2>/dev/null || true
expect_eq "the journal" "$journal" "$(sum /dev/mapper/jb)"
expect_eq "the origin" "$image" "$(sum "$(origin b 0)")"
# without the word, and with the right one
expect_ok node_up b $OVERFLOW
expect_ok node_down b
expect_ok node_up b
wait_live
expect_ok msg gb release
expect_caught_up

# a new node, of another group by its line
expect_ok node_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=1 oflag=direct conv=notrunc status=none
expect_ok node_up b group $W
wait_for 15 '[ "$(fact gb link)" = group ]' 'b says that it is another group' 'status ga; status gb'
refused 'promote: the journal is of no group yet' msg gb promote
refused 'promote: the journal is of no group yet' msg gb promote force assume-equal
expect_eq "role of b" secondary "$(fact gb role)"
expect_eq "group of b" 00000000-0000-0000-0000-000000000000 "$(fact gb group_uuid)"
expect_ok node_down b
expect_ok node_up b
wait_for 30 '[ "$(fact gb group_uuid)" = $U ] && [ "$(fact ga state)" = ok ]' 'b follows into its own' 'status ga; status gb'
expect_caught_up
