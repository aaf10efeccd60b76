# shellcheck shell=dash
# The same as link-speed.sh, for ten minutes.
# long
# limit: 900

. /afar/guest/edge.sh
edge 600
