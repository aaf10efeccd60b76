# shellcheck shell=dash
# A planned switch in which a node loses its power with each of its flushes in turn: what the old primary says last, and
# what the new one hears last, is durable before it is believed.
# limit: 300

ROUNDS=0
. /afar/one/switch-killed.sh
for AT in 1 2 3 4; do
	killed demote a
	killed demote b
	killed promote b
done
say "outcomes:$OUTCOMES"
# before it has stepped down the old one goes on, then the new one, which has heard of it or not
for want in a-primary b-granted; do
	case $OUTCOMES in
	*$want*) ;;
	*) fail "ways in which it went on" "$want is among them" "$OUTCOMES" ;;
	esac
done
