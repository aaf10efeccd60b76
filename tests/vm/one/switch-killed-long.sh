# shellcheck shell=dash
# The same as switch-killed.sh, 20 times.
# long
# limit: 3000

ROUNDS=20
. /afar/one/switch-killed.sh
