# shellcheck shell=dash
# Without the flush of the commit record before COMMITTED, a loss of power at the secondary is seen.
# limit: 180
. /afar/guest/rule.sh
rule_seen 2 quiet_losses
