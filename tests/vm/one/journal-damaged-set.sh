# shellcheck shell=dash
# A payload that is damaged in the log makes its set partial: the sets before it are committed, nothing more is
# taken, and promote force serves the cut before it.
# limit: 180

. /afar/guest/afar.sh
. /afar/guest/staged.sh
MB=8 JOURNAL_MB=32 OPTIONS="$BY_HAND timeout_ms 1000"
pair_up
work /dev/mapper/a0 --size=1m
catch_up

stage_four_sets
# a payload of the third
dd if=/dev/urandom of=/dev/mapper/jb bs=512 count=1 seek=$(((start + at + 1) * 8 + 3)) oflag=direct conv=notrunc 2>/dev/null
keep_disks

# found when the hold is released: what is before it is committed, and the peer is told
heal_link
expect_ok node_up b
wait_live 20
expect_ok msg gb release
wait_fact gb state journal-damaged 15
wait_fact gb committed_set "$last" 5
work /dev/mapper/a0 --size=64k
wait_fact ga link failed 20
expect_same /tmp/test/cut "$(origin b 0)" "the image is the last set before it"
cut_link
expect_ok msg gb promote force
expect_eq "state" resync-needed "$(fact gb state)"
expect_same /tmp/test/cut "$(origin b 0)" "promoted"
work /dev/mapper/b0 --size=64k
expect_ok node_down b

# found by promote itself
disks_back
expect_ok node_up b
log_mark
expect_ok msg gb promote force
expect_log "set $((${last#*:} + 1)) is damaged in the log"
expect_eq "role" primary "$(fact gb role)"
expect_same /tmp/test/cut "$(origin b 0)" "promoted at once"
expect_ok node_down b

# Not held, it may have gone down in the middle of a commit of all of them.
disks_back
expect_ok node_up b
expect_ok msg gb release
expect_ok node_down b
expect_ok node_up b
wait_fact gb state journal-damaged 15
wait_fact gb committed_set "$last" 5
refused "promote: this node has no cut" msg gb promote force
expect_ok msg gb promote force no-cut
expect_eq "role" primary "$(fact gb role)"
