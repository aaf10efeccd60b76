# shellcheck shell=dash
# The smallest journal takes sets at the size limit whose commands come in any order, some of them twice: credit
# keeps room for each of them (R8). Samples of what the search through all orders does in core/tests.
# limit: 240

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=16 OPTIONS="timeout_ms 5000"
two_namespaces
load_afar
make_disks b
expect_ok node_up b

sample() { # SETS BLOCKS SEED
	_out=$(echo "sample $* /tmp/test/image" |
		AFAR_KEY=$SECRET in_a afar-peer script $B_IP 7000 $((MB * 2048)) - $((20 * SLOW)) 2>&1) ||
		fail "sample $*" "all sets committed" "$_out; $(status gb)"
	dd if="$(origin b 0)" bs=1M iflag=direct 2>/dev/null | cmp - /tmp/test/image ||
		fail "sample $*" "the last write of each block" "another image"
	say "$*: $(echo "$_out" | tail -2 | head -1), ring $(fact gb ring_used)/$(fact gb ring_blocks)"
}
# any set, the last one first, the first one first, each in turn
for seed in 0 1 2 3; do
	sample 8 0 $seed
done
expect_ok node_down b
expect_ok node_up b
sample 8 0 5
sample 200 30 4
sample 200 3 8
expect_eq "state" ok "$(fact gb state)"
