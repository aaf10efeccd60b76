# shellcheck shell=dash
# The same as kills-resync.sh, 50 times each, and both 20 times.
# long
# limit: 4000

. /afar/guest/kills.sh
kills resync 50 50 20
