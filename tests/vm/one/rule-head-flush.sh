# shellcheck shell=dash
# Without a durable head before space of the ring is used again, a loss of power at the secondary is seen.
# limit: 180
. /afar/guest/rule.sh
# What fills the small ring fast.
OPTIONS="set_interval_ms 60 memory_limit 16777216"
LOAD="--rate 400 --sizes 16-64"
rule_seen 3 secondary_losses
