# shellcheck shell=dash
# Primary, secondary and both lose their power at random moments of the state: spooling.
# limit: 240

. /afar/guest/kills.sh
kills spooling 2 2 1
