# shellcheck shell=dash
# Primary, secondary and both lose their power at random moments of the state: overflow.
# limit: 240

. /afar/guest/kills.sh
kills overflow 2 2 1
