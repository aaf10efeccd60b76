# shellcheck shell=dash
# Without the flush of the origins before the commit record, a loss of power at the secondary is seen.
# limit: 180
. /afar/guest/rule.sh
rule_seen 1 secondary_losses
