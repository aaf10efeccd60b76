# shellcheck shell=dash
# The same as kills-spooling.sh, 50 times each, and both 20 times.
# long
# limit: 4000

. /afar/guest/kills.sh
kills spooling 50 50 20
