# shellcheck shell=dash
# With close_on_flush a set that was opened by the write that closed the one before, as that was at its
# largest size, is closed by time like any other, though nothing more is written.

. /afar/guest/afar.sh
INTERVAL=300
MB=16 JOURNAL_MB=16 OPTIONS="set_bytes 0 set_interval_ms $INTERVAL close_on_flush 1"
pair_up
put() { # BS COUNT [OPERAND]
	dd if=/dev/urandom of=/dev/mapper/a0 bs="$1" count="$2" oflag=direct status=none ${3:+"$3"}
}
closed() { set_of "$(fact ga local_set)"; }

for round in 1 2; do
	forced=$(fact ga forced_closes_total) before=$(closed)
	put 1M 1
	# its time is over long before it is full
	usleep $((INTERVAL * 4000))
	expect_eq "sets, without a flush" "$before" "$(closed)"
	until [ "$(fact ga forced_closes_total)" -gt "$forced" ]; do
		put 256k 1
	done
	put 1M 2 conv=fsync
	set=$((before + 2))
	wait_for 2 '[ "$(closed)" = $set ]' "set $set closes by time" 'status ga'
	wait_fact ga replicated_set "1:$set" 2
	wait_for 2 '[ "$(fact ga lag_ms)" = 0 ]' 'nothing is behind' 'status ga'
	expect_eq "forced closes" $((forced + 1)) "$(fact ga forced_closes_total)"
done
expect_caught_up
