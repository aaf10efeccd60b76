# shellcheck shell=dash
# Writes parked for a peer that has lost its journal do not wait for ever: the stream gives up, and the peer, which
# is fresh, gets everything.

. /afar/guest/afar.sh
MB=32 OPTIONS="memory_limit 4194304 timeout_ms 1000"
pair_up
work_begin /dev/mapper/a0 --bs=16k
catch_up
cut_link
wait_for 20 '[ "$(fact ga parked)" -gt 0 ]' 'writes are parked' 'status ga'
node_down b
dd if=/dev/zero of=/dev/mapper/jb bs=1M count=2 oflag=direct status=none
heal_link
node_up b
wait_for 30 '[ "$(fact ga term | cut -d" " -f1)" = 2 ]' 'the primary gives up' 'status ga; status gb'
wait_for 10 '[ "$(fact ga parked)" = 0 ]' 'nothing is parked' 'status ga'
before=$(written /dev/mapper/a0)
wait_for 10 '[ "$(written /dev/mapper/a0)" -gt '"$before"' ]' 'the application goes on' 'status ga'
work_end
wait_for 60 '[ "$(fact ga state)" = ok ]' 'the initial sync ends' 'status ga; status gb'
expect_caught_up
