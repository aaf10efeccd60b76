# shellcheck shell=dash
# Without the flush of the commit record before COMMITTED, some flush of a recorded run finds the secondary's
# disks without what was claimed.
# limit: 300
. /afar/guest/rule.sh
. /afar/guest/record.sh
OPTIONS="set_interval_ms 60 memory_limit 4194304"
rule_recorded 2 secondary_point 'committed sets'
