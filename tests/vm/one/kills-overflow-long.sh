# shellcheck shell=dash
# The same as kills-overflow.sh, 50 times each, and both 20 times.
# long
# limit: 4000

. /afar/guest/kills.sh
kills overflow 50 50 20
