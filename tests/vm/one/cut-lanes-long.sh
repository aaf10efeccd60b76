# shellcheck shell=dash
# The same as cut-lanes.sh, with 50 stops of the secondary.
# long
# limit: 1500

. /afar/guest/lanes.sh
cut_over_lanes 50
