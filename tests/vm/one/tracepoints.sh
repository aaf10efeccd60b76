# shellcheck shell=dash
# Each tracepoint fires for one write, in the order of its way through both nodes, with its numbers.

. /afar/guest/afar.sh
MB=16 OPTIONS="$BY_HAND"
pair_up
T=/sys/kernel/tracing
grep -q " $T " /proc/mounts || mount -t tracefs tracefs $T || fail "no tracefs"
events=$(ls $T/events/afar | grep ^afar_ | sort | tr '\n' ' ')
expect_eq "tracepoints" "afar_ack afar_commit afar_complete afar_differs afar_receive afar_ship afar_stage afar_tag " "$events"
put() { dd if=/dev/urandom of=/dev/mapper/a0 bs=8k count="$1" oflag=direct 2>/dev/null; }

# off: nothing
put 2
set=$(msg ga close)
catch_up
expect_eq "lines of the trace" 0 "$(grep -vc '^#' $T/trace || true)"

echo 1 >$T/events/afar/enable
put 1
catch_up
echo 0 >$T/events/afar/enable
grep -v '^#' $T/trace | sed 's/^.*: \(afar_[a-z]*\): /\1 /' >trace
cat trace
dev=$(dmsetup info -c --noheadings -o major,minor --separator : ga)
peer=$(dmsetup info -c --noheadings -o major,minor --separator : gb)
# after what came before: the write is number 4 of set 2, its sync command 5
line() { # REGEX: its number, in the trace; and it must be there
	grep -nE -m1 "$1" trace | cut -d: -f1 | grep . || fail "trace" "$1" "$(cat trace)"
}
tag=$(line "^afar_tag $dev set 2 seq 4 op 1 volume 0 sector 0 bytes 8192$")
sync=$(line "^afar_tag $dev set 2 seq 5 op 3 volume 0 sector 0 bytes 0$")
ship=$(line "^afar_ship $dev at [01] set 2 seq 4\.\.[45] commands [12] bytes 8192$")
receive=$(line "^afar_receive $peer at [01] set 2 seq 4\.\.[45] commands [12] bytes 8192$")
stage=$(line "^afar_stage $peer at [0-9]+ set 2 seq 4\.\.[45] commands [12] bytes 8192$")
complete=$(line "^afar_complete $peer set 2 seq 5$")
commit=$(line "^afar_commit $peer set 2 seq 5$")
ack=$(line "^afar_ack $dev set 2 seq 5 committed [12] credit [0-9]+ ranges [0-9]+$")
last=0
for n in "$tag" "$ship" "$receive" "$stage" "$complete" "$commit"; do
	[ "$n" -gt $last ] || fail "order" "each behind the one before" "$(cat trace)"
	last=$n
done
[ "$sync" -lt "$complete" ] && [ "$ack" -gt "$complete" ] || fail "order" "sync, complete, ack" "$(cat trace)"
put 1
catch_up
expect_eq "lines after it was switched off" "$(wc -l <trace)" "$(grep -vc '^#' $T/trace)"

# both nodes know when the replicated set was closed
then=$(fact ga replicated_time_ns)
expect_eq "time of the replicated cut" "$(fact gb replicated_time_ns)" "$then"
now=$(date +%s)
ago=$((now - then / 1000000000))
[ $ago -ge 0 ] && [ $ago -le $((60 * SLOW)) ] || fail "time of the replicated cut" "just now" "$ago s ago"
