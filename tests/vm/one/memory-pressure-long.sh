# shellcheck shell=dash
# The same as memory-pressure.sh, for ten minutes.
# long
# limit: 1200
# memory: 1280

. /afar/guest/pressure.sh
pressure 600
