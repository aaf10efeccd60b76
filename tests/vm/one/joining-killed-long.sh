# shellcheck shell=dash
# The same as joining-killed.sh, 20 times.
# long
# limit: 3000

ROUNDS=20
. /afar/one/joining-killed.sh
