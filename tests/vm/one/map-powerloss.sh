# shellcheck shell=dash
# The primary loses its power under load, at any write or flush: every chunk in which the two nodes then
# differ has its bit, and most of those that do not differ have none.
# limit: 300

. /afar/guest/map.sh
load_crash
loss=0 all=0 set=0
_end=$(($(now_ms) + 60000 * SLOW))
while [ "$(now_ms)" -lt $_end ] && [ $loss -lt 12 ]; do
	loss=$((loss + 1))
	CLEAR=$((10 + $(random 3) * 60))
	map_pair set_interval_ms $((20 + $(random 100)))
	load_begin --keep-going
	usleep $((($(random 1500) + 300) * 1000))
	case $((loss % 3)) in
	0) at="flush $((1 + $(random 20))) $((loss % 2 * loss))" ;;
	*) at="write $((1 + $(random 60))) $((loss % 2 * loss))" ;;
	esac
	_events=$(dm events ja)
	# shellcheck disable=SC2086  # words
	power a arm $at
	wait_lost a "$_events"
	load_kill 2>/dev/null
	lose_primary "loss $loss: $at"
	dirty=$(awk '/may differ/ { n += $3 } END { print n + 0 }' /tmp/test/map)
	all=$((all + differ)) set=$((set + dirty))
	say "$(now_ms) ms, loss $loss: $at; $differ chunks differ, $dirty are set"
done
[ $loss -ge 3 ] || fail "losses" "3 at least" "$loss"
[ $all -gt 0 ] || fail "chunks that differed, in all" "> 0" "$all"
