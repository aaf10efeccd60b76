# shellcheck shell=dash
# Primary, secondary and both lose their power at random moments of the state: resync.
# limit: 240

. /afar/guest/kills.sh
kills resync 2 2 1
