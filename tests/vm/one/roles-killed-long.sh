# shellcheck shell=dash
# The same as roles-killed.sh, 20 times.
# long
# limit: 3000

ROUNDS=20
. /afar/one/roles-killed.sh
