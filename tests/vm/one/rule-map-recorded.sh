# shellcheck shell=dash
# Without durable bits before the origin is written, some flush of a recorded run at which both nodes lose their power
# leaves them different for good.
# limit: 300
. /afar/guest/rule.sh
. /afar/guest/record.sh
CRASHES="a b" DOMAIN=site RECORD=a
OPTIONS="set_interval_ms 60 memory_limit 4194304 chunk_size 131072 clear_interval_ms 10"
rule_recorded 9 site_point 'after the return|the pair is as before' --chunk 131072
