# shellcheck shell=dash
# The same as kills-normal.sh, 50 times each, and both 20 times.
# long
# limit: 4000

. /afar/guest/kills.sh
kills normal 50 50 20
