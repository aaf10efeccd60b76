# shellcheck shell=dash
# Four lanes of unequal delay, with loss, reordering and duplication, cut at random: a secondary that is stopped at
# random instants is at exactly one set boundary each time, and in the end it has all.
# limit: 240

. /afar/guest/lanes.sh
cut_over_lanes 4
