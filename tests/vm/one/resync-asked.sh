# shellcheck shell=dash
# The operator asks for a resync, again and again, while writes wait for chunks, for each other and for memory:
# each begins a term, the application goes on, and nothing is left behind.

. /afar/guest/afar.sh
MB=24 JOURNAL_MB=32 OPTIONS="timeout_ms 2000 chunk_size 65536 clear_interval_ms 100 memory_limit 4194304"
pair_up
# with nothing written in the term, and a live session
expect_ok msg ga resync
wait_for 20 '[ "$(fact ga state)" = ok ] && [ "$(fact gb term | cut -d" " -f1)" = 2 ]' 'the peer follows' 'status ga; status gb'
work_begin /dev/mapper/a0 --size=24m --bs=4k --iodepth=64
work_begin /dev/mapper/a0 --size=1m --bs=16k --iodepth=16
for term in 3 4 5; do
	usleep 500000
	expect_ok msg ga resync in-place
	wait_for 40 '[ "$(fact ga state)" != resync-needed ] && [ "$(fact ga term | cut -d" " -f1)" -ge '$term' ]' \
		"term $term" 'status ga; status gb'
	before=$(written /dev/mapper/a0)
	wait_for 20 "[ \$(written /dev/mapper/a0) -gt $((before + 1024)) ]" 'the application goes on' 'status ga'
	wait_for 60 'case $(fact ga state) in ok | spooling | spool-full) ;; *) false ;; esac' 'the resync ends' 'status ga; status gb'
done
work_end
catch_up 60
expect_equal "after all of it"
wait_fact ga memory_used 0 10
