# shellcheck shell=dash
# With superblocks that are not flushed, some flush of a recorded switch finds nodes that have forgotten what demote
# and promote had said.
# limit: 400
. /afar/guest/rule.sh
RULE=17
. /afar/one/switch-recorded.sh
