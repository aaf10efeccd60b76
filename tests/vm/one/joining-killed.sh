# shellcheck shell=dash
# A volume that differs is added, or one grows, while the others are written to, and a node, or both, lose their power
# at a random moment: the peer has a cut of the others, and no earlier one than before; what was said is said again,
# and in the end both nodes have the same.
# limit: 300

. /afar/guest/kills.sh

SHORT=12288 LONG=24576	# sectors of volume 2

vol2() { # NODE SECTORS
	dm create "${1}2" "0 $2 afar /dev/mapper/g$1 2 /dev/mapper/o2$1"
}

# Instead of crash.sh's: with volume 2.
take_down() { # NODE
	[ ! -e "/dev/mapper/${1}2" ] || dm remove "${1}2" || return
	dm remove "${1}0" "${1}1" "g$1"
}

disks2() {
	[ -e /dev/mapper/o2a ] || for _n in a b; do
		mkdisk mo2$_n $((LONG / 2048)) >/dev/null
		dm create o2$_n "$(disk_line mo2$_n $_n $((LONG / 2048)))"
	done
	for _n in a b; do
		dd if=/dev/urandom of=/dev/mapper/o2$_n bs=1M oflag=direct status=none 2>/dev/null || true
		dd if=/dev/zero of=/dev/mapper/o2$_n bs=1M count=$((SHORT / 2048)) oflag=direct conv=fsync status=none
	done
}

begin_add() {
	expect_ok vol2 a $LONG
	expect_ok vol2 b $LONG
	say_it() { msg ga add 2; }
}

begin_grow() {
	expect_ok vol2 a $SHORT
	expect_ok vol2 b $LONG
	expect_ok msg ga add 2 assume-equal
	say_it() { volume_length a 2 $LONG; }
}

# What the table of a has decides which line fits; then all that was said is said again.
again() { # add|grow
	if [ ! -e /dev/mapper/a2 ]; then
		vol2 a $LONG 2>/dev/null || expect_ok vol2 a $SHORT
		expect_ok msg ga promote
	fi
	case $1 in
	add) expect_ok msg ga add 2 ;;
	grow) # it may not have been in the group durably
		[ "$(status a2 | awk '{print $6}')" = member ] || expect_ok msg ga add 2
		expect_ok volume_length a 2 $LONG ;;
	esac
}

killed() { # add|grow NODE...
	_what=$1
	shift
	OPTIONS="$FAST set_interval_ms 60 resync_rate 4194304"
	kills_pair
	disks2
	"begin_$_what"
	kills_load --rate 150
	usleep 300000
	say_it >/tmp/test/message 2>&1 &
	_message=$!
	usleep $(($(random 3000) * 1000))
	look b
	_before=$term:$committed
	kill_nodes "$@"
	wait $_message || true
	case "$*" in
	a) ;;
	*) # b comes up with what it had shown
		expect_ok node_up b $DEAD_PORT
		expect_ok vol2 b $LONG
		find_facts b ;;
	esac
	expect_not_back "$_before"
	expect_kept "$term" "$committed"
	_after="$term:$committed, $state"
	case "$*" in *b*)
		expect_ok take_down b
		expect_ok node_up b
		expect_ok vol2 b $LONG ;;
	esac
	case "$*" in *a*) expect_ok node_up a ;; esac
	again "$_what"
	netem
	heal_link
	knob ga resync_rate 0
	case "$*" in *a*) ;; *) kills_load_end ;; esac
	wait_for 60 '[ "$(fact ga state)" = ok ] && [ "$(fact gb state)" = ok ] && [ "$(fact ga link)" = live ]' \
		'all is well again' 'dm status ga gb; dmesg | tail -20'
	dd if=/dev/urandom of=/dev/mapper/a2 bs=64k count=2 seek=$(($(random 190))) oflag=direct conv=notrunc status=none
	catch_up 40
	for _v in 0 1 2; do
		expect_same /dev/mapper/o${_v}a /dev/mapper/o${_v}b "volume $_v"
	done
	say "$_what, $*: $_before, then $_after"
	expect_ok take_down a
	expect_ok take_down b
}

for _round in $(seq "${ROUNDS:-1}"); do
	for _nodes in a b 'a b'; do
		for _do in add grow; do
			# shellcheck disable=SC2086  # words
			killed $_do $_nodes
		done
	done
done
