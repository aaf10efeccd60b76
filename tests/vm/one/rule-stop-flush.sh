# shellcheck shell=dash
# Without the flush of a primary's origins before its clean mark, a loss of power after the stop leaves them without
# what the peer has, and nobody notices.
# limit: 180
. /afar/guest/rule.sh
RULE=18
. /afar/one/stop-flush.sh
