# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that play the transmission of figure 3 of the data set patents into node b. A set that is
# called n there is set n + 2 here: sets count from 1, and the numbers before 134 are a set of their own.
# Blocks A to F are the first six of volume 0; the payload of A0 is the word A0, over and over.

# The table of receipts: what, data set, number, and the image once that completes its set.
receipts() {
	cat <<-END
		A0 0 134
		C0 0 136
		F0 0 139
		B0 0 135
		D0 0 137
		E0 0 138
		sync 0 140 A0 B0 C0 D0 E0 F0
		sync 1 142
		D1 1 141 A0 B0 C0 D1 E0 F0
		A1 2 144
		B2 3 146
		sync 2 145
		E1 2 143 A1 B0 C0 D1 E1 F0
		F1 3 147
		sync 3 148 A1 B2 C0 D1 E1 F1
	END
}

# A line of afar-peer's script for it.
line_of() { # WHAT SET NUMBER
	_n=$(($2 + 2))
	case $2 in
	0) set -- "$1" $_n 134 "$3" 13 ;;
	1) set -- "$1" $_n 141 "$3" 3 ;;
	2) set -- "$1" $_n 143 "$3" 5 ;;
	3) set -- "$1" $_n 146 "$3" 5 ;;
	esac
	case $1 in
	sync) echo "sync $2 $3 $4 $5" ;;
	A*) echo "write $2 $3 $4 0 0 4096 $1" ;;
	B*) echo "write $2 $3 $4 0 8 4096 $1" ;;
	C*) echo "write $2 $3 $4 0 16 4096 $1" ;;
	D*) echo "write $2 $3 $4 0 24 4096 $1" ;;
	E*) echo "write $2 $3 $4 0 32 4096 $1" ;;
	F*) echo "write $2 $3 $4 0 40 4096 $1" ;;
	esac
}

# The primary connects, does what it is told, and goes away.
peer() { # LINE...
	_sectors=$((MB * 2048))
	[ "$VOLUMES" = 1 ] || _sectors=$_sectors,$_sectors
	_said=$(printf '%s\n' "$@" | AFAR_KEY=$SECRET in_a afar-peer script $B_IP 7000 $_sectors - $((20 * SLOW)) 2>&1) ||
		fail "peer: $*" "all done" "$_said; $(dmesg | tail -3)"
}

# What the node said in its HELLO, before any of that: its cut, and numbers that it has beyond it.
expect_hello() { # WHAT REPLICATED [NUMBER...]
	_what=$1 _replicated=$2
	shift 2
	_want="replicated $_replicated arrivals${*:+ $*}"
	_hello=$(echo "$_said" | sed -n '1s/ committed .* arrivals/ arrivals/p')
	[ "$_hello" = "$_want" ] || fail "$_what" "$_want" "$_said"
}

# Node b alone, in its namespace.
secondary_alone() {
	two_namespaces
	load_afar
	make_disks b
	expect_ok node_up b
}

before_figure_3() {
	peer "void 1 1 1 132" "sync 1 1 133 133" "committed 1"
}

# Runs of equal pairs of bytes, all of the six blocks.
image() {
	dd if="$(origin b 0)" bs=4096 count=6 iflag=direct 2>/dev/null | tr '\0' - | fold -b -w 2 | uniq | tr '\n' ' ' |
		sed 's/ $//'
}
expect_image() { # WHAT BLOCK...
	_what=$1
	shift
	expect_eq "$_what: image" "$*" "$(image)"
}

# The last number of a set, as the figure counts sets; -1: before figure 3.
last_of() {
	case $1 in -1) echo 133 ;; 0) echo 140 ;; 1) echo 142 ;; 2) echo 145 ;; 3) echo 148 ;; esac
}

# Of the numbers, those that are beyond the cut, in order.
beyond() { # CUT NUMBER...
	_cut=$1
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sort -n | awk -v cut="$_cut" '$1 > cut' | tr '\n' ' ' | sed 's/ $//'
}
