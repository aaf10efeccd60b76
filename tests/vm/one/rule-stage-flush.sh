# shellcheck shell=dash
# Without the flush of the journal before a command is DURABLE, a loss of power at the secondary is seen.
# limit: 180
. /afar/guest/rule.sh
rule_seen 0 secondary_losses
