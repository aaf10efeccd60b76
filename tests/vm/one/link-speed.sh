# shellcheck shell=dash
# A source at 0.95 to 1.05 of what the link takes, with memory about full: one state, and a quiet log.
# limit: 180

. /afar/guest/edge.sh
edge 40
