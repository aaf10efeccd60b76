# shellcheck shell=dash
# Primary, secondary and both lose their power at random moments of the state: normal.
# limit: 240

. /afar/guest/kills.sh
kills normal 2 2 1
