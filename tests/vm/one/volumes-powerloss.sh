# shellcheck shell=dash
# The secondary loses its power at each write to its journal while a volume is added, and while it is
# forgotten: its volume table comes back as that of its cut, and both nodes go on; with the ring on disk and
# in memory.
# limit: 300

. /afar/guest/crash.sh

load_crash
MB=8
for n in a b; do
	mkdisk mo2$n $MB >/dev/null
	dm create o2$n "$(disk_line mo2$n $n $MB)"
done
vol2() { dm create "${1}2" "0 $((MB * 2048)) afar /dev/mapper/g$1 2 /dev/mapper/o2$1"; }
put() { afar-load --log $LOG --writes 6 --sizes 1-4 /dev/mapper/a0 /dev/mapper/a1 >/dev/null; }
# The volume table of the secondary, as in `afar-journal info`, is that of its cut: nothing else fits.
missing() { read -r _missing <"$FACTS_b/missing"; echo "$_missing"; }

# One change, and a loss of power at the N-th write or flush from then on.
round() { # add|forget write|flush N
	find_facts a
	if [ "$1" = add ]; then
		expect_ok vol2 a
		expect_ok vol2 b
	else
		expect_ok dm remove a2
	fi
	_events=$(dm events jb , message jb arm "$2" "$3" $(($3 % 3))) || fail "arm" "success" "$_events"
	case $1 in
	add) expect_ok msg ga add 2 assume-equal
		dd if=/dev/urandom of=/dev/mapper/a2 bs=16k count=4 oflag=direct 2>/dev/null ;;
	forget) expect_ok msg ga forget 2 ;;
	esac
	put
	_set=$(dm message ga close)
	wait_for 10 "[ \"\$(dm events jb)\" != $_events ] || { read_fact a committed_set; [ \$committed_set = $_set ]; }" \
		"a loss of power, or the end" "dm status jb ga gb"
	dm message jb arm off 2>/dev/null || true	# it is lost
	[ "$(dm events jb)" != "$_events" ] || { dm message jb powerloss >/dev/null; late=$((late + 1)); }
	dm remove b2
	expect_ok take_down b
	power b restore
	expect_ok node_up b
	find_facts b
	# what it was before, or what it is to be: b2 is wanted where the table has it, or is about to
	case $1:$(missing) in
	add:* | forget:2) expect_ok vol2 b ;;
	esac
	expect_session
	case $1:$(missing) in
	*:2) [ -e /dev/mapper/b2 ] || expect_ok vol2 b ;;
	esac
	wait_for 20 "read_fact b committed_set; [ \$committed_set = $_set ]" "set $_set committed" "dm status ga gb"
	[ "$(missing)" = - ] || fail "missing after $*" - "$(missing)"
	expect_eq "volumes after $*" "$(attached ga)" "$(attached gb)"
	expect_equal "after $*"
	if [ "$1" = add ]; then
		expect_same /dev/mapper/o2a /dev/mapper/o2b "the new volume after $*"
	else
		[ ! -e /dev/mapper/b2 ] || expect_ok dm remove b2
	fi
}

all() { # WHAT
	late=0
	for n in 1 2 3 4 5 6 7; do
		round add write $n
		round forget write $n
		say "$1: write $n; $late of $((2 * n)) came late"
	done
	for n in 1 2 3 4; do
		round add flush $n
		round forget flush $n
	done
	[ $late -lt 16 ] || fail "losses of power in time" "some" "none"
}

OPTIONS="set_interval_ms 3600000 set_bytes 0"
pair_up
all "ring on disk"
for n in b a; do expect_ok take_down $n; done
blank
for n in a b; do dd if=/dev/zero of=/dev/mapper/o2$n bs=1M count=$MB oflag=direct 2>/dev/null; done
OPTIONS="$OPTIONS ring_memory 16777216"
for n in a b; do expect_ok node_up $n; done
expect_ok msg ga promote assume-equal
wait_live
all "ring in memory"
