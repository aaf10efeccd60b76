# shellcheck shell=dash
# Hundreds of losses of power at the secondary, each flush in turn, also while it recovers.
# long
# limit: 1500

. /afar/guest/crash.sh

load_crash
OPTIONS="set_interval_ms 60 memory_limit 4194304"
pair_up
quiet_losses 60000 20
for sizes in 1-4 1-64; do
	load_begin --sizes $sizes
	secondary_losses $((500000 * SLOW)) 300
	say "$loss losses"
	load_end
	catch_up 60
	expect_equal
	look b
	expect_cut b "$term:$committed" --all
done
