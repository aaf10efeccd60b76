# shellcheck shell=dash
# Without the flush of the origins before the commit record, some flush of a recorded run finds the secondary's
# disks without what was claimed.
# limit: 300
. /afar/guest/rule.sh
. /afar/guest/record.sh
OPTIONS="set_interval_ms 60 memory_limit 4194304"
rule_recorded 1 secondary_point 'origins of b'
