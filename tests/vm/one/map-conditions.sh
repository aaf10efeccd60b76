# shellcheck shell=dash
# The bit of a chunk is there when the primary loses its power, whichever step of R2 that cuts off.
# limit: 240
. /afar/guest/map.sh
load_crash
for scenario in map_first clear_flush clear_committed clear_wait; do
	say "$scenario"
	$scenario
done
