# shellcheck shell=dash
# The machine swaps to a volume while a database writes to another one, over a slow link: nothing hangs, what was
# swapped out comes back as it was, and the peer has all of it in the end.
# limit: 300
# memory: 1280

. /afar/guest/pressure.sh
pressure 45
