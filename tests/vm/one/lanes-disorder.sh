# shellcheck shell=dash
# Four lanes, of which two are slow, lossy, reorder and duplicate: sets overtake each other and all of it
# arrives; and while the quick lanes have room, sets do not wait for the slow ones.

. /afar/guest/afar.sh
FAR=$((SLOW > 1 ? 1400 : 700))	# ms; a handshake must be over in 4 s, to and fro
VOLUMES=2 MB=16 PATHS=2 OPTIONS="lanes 4 timeout_ms $((4000 * SLOW)) set_writes 40"
nodes_up
path_netem eth1 delay ${FAR}ms
expect_ok msg ga promote assume-equal
wait_live
wait_lanes 4/4 40
# one set at a time: each is replicated long before the slow wire could bring it
for i in 1 2 3 4 5 6 7; do
	work /dev/mapper/a0 --size=64k --offset=$((i * 64))k --rw=write
	_from=$(now_ms)
	_set=$(msg ga close)
	expect_ok msg ga wait "$(set_of "$_set")" 10000
	echo $(($(now_ms) - _from))
done >$AFAR_STATE/took
_took=$(sort -n $AFAR_STATE/took | sed -n 4p)
echo "until a set was replicated, ms:" $(cat $AFAR_STATE/took)
[ "$_took" -lt $FAR ] || fail "half of the sets are replicated over the quick lanes" "within less than $FAR ms" "$_took ms"

path_netem eth1 delay 40ms 30ms loss 3% duplicate 5% reorder 25% 50%
work_begin /dev/mapper/a0 --rate_iops=400
work_begin /dev/mapper/a1 --bsrange=4k-128k --blockalign=4k --rate_iops=40
sleep 6
path_netem eth1 rate 1mbit delay 20ms
sleep 4
work_end
expect_eq "state" ok "$(fact ga state)"
expect_caught_up
