# shellcheck shell=dash
# A primary that lost its power comes back to a peer that has been promoted. If nothing was on its way it follows by
# itself. Else it waits until somebody gives up what it has; then what either node wrote since is read, and nothing
# else, whichever loses its power in the middle. Where its chunk map does not tell all is compared.
# limit: 400

. /afar/guest/return.sh

save() { for d in jb o0b o1b; do dd if=/dev/mapper/$d of=/tmp/test/$d bs=1M iflag=direct status=none; done; }
restore() { for d in jb o0b o1b; do dd if=/tmp/test/$d of=/dev/mapper/$d bs=1M oflag=direct conv=fsync status=none; done; }

fresh_pair
put a 0 0 40
put a 1 0 40
in_sync a b

# nothing was on its way
lost a b
put b 0 100 4
log_mark
expect_ok node_up a
heal_link
expect_chunks 4
expect_eq "role of the old primary" secondary "$(fact ga role)"
expect_log 'ga: the peer is primary, and has all that this node ever wrote'
put b 1 100 1
in_sync b a

# something was
cut_link
put b 0 10 4
lost b a
put a 1 20 6
put a 0 12 4
expect_eq "chunks of the old primary" 4 "$(expect_ok node_up b && fact gb chunks_dirty)"
expect_ok take_down b
give_up b
expect_chunks 12 "4, 6, and 4 of which 2 are among them"
expect_log 'ga: the peer has given up a history: 12 chunks may differ, 2 of them on account of that'
in_sync a b
expect_eq "chunks of who follows" 0 "$(fact gb chunks_dirty)"

# and either is lost while it is sent
cut_link
put a 0 30 20
lost a b
put b 1 60 20
knob gb resync_rate 65536
give_up a
expect_chunks 40
for n in a b; do
	wait_for 30 '[ "$(fact gb resync_done)" -gt 2 ]' 'the resync goes on' 'dm status ga gb'
	log_mark
	kill_nodes $n
	expect_ok node_up $n
	if [ $n = b ]; then
		expect_ok msg gb promote
		knob gb resync_rate 65536
	fi
	heal_link
	wait_for 30 '[ "$(fact gb link)" = live ]' 'the peer is there again' 'dm status ga gb; dmesg | tail -20'
	# of its own b has cleared what a has committed; of a's it is told again
	[ $n = a ] || expect_chunks '[2-4][0-9]' "after $n was lost"
	expect_eq "state of who is resynced" no-cut "$(fact ga state)"
done
knob gb resync_rate 0
in_sync b a

# roles as at first
expect_ok msg gb demote
expect_ok msg ga promote
in_sync a b

# the peer was put back to before what bits were cleared for: nobody knows what it lacks
expect_ok take_down b
save
expect_ok node_up b
put a 0 70 3
in_sync a b
cut_link
put a 0 80 1
kill_nodes a
expect_ok take_down b
restore
expect_ok node_up b
expect_ok dm message gb promote force
put b 1 80 1
give_up a
expect_chunks 256
expect_log 'gb: the peer is not where bits of the chunk map were cleared for: all chunks count as different'
in_sync b a

# with a volume that was forgotten go its bits: that nothing is set says nothing then
cut_link
put b 1 60 2
expect_ok dm remove b1
expect_ok msg gb forget 1
expect_eq "chunks that may differ" 0 "$(fact gb chunks_dirty)"
power b powerloss 0 >/dev/null
expect_ok dm remove b0 gb
power b restore
expect_ok dm message ga promote force
put a 1 80 2
give_up b
in_sync a b
