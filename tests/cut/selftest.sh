#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# selftest.sh BIN-DIR [ROUNDS]: simulated loads, then real ones on files. One line a case, and a
# last line "N passed, N failed".
set -u

bin=$1
rounds=${2:-40}
load=$bin/afar-load
check=$bin/afar-cutcheck
passed=0
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

ok()
{
	echo "ok   $1"
	passed=$((passed + 1))
}

# result NAME STATUS WANTED-STATUS [PATTERN]: of a check whose output is in $tmp/out
result()
{
	if [ "$2" != "$3" ]; then
		echo "FAIL $1: status $2, not $3"
	elif [ -n "${4:-}" ] && ! grep -q -e "$4" "$tmp/out"; then
		echo "FAIL $1: no '$4'"
	else
		ok "$1"
		return
	fi
	cat "$tmp/out"
	failed=$((failed + 1))
}

# try NAME WANTED-STATUS PATTERN COMMAND...
try()
{
	name=$1 want=$2 pattern=$3
	shift 3
	"$@" >"$tmp/out" 2>&1
	result "$name" $? "$want" "$pattern"
}

fresh()
{
	rm -f "$tmp/log" "$tmp"/v?
	truncate -s 16M "$tmp/v0"
	truncate -s 8M "$tmp/v1"
}

# The answer counts up, as that of a group does.
cat >"$tmp/close" <<EOC
#!/bin/sh
n=\$(cat $tmp/set)
echo \$((n + 1)) >$tmp/set
echo "g0: closed 1-\$n:\$n"
EOC
chmod +x "$tmp/close"

mkdir "$tmp/sim"
"$bin/afar-cut-selftest" "$tmp/sim" "$check" "$rounds" >"$tmp/sim/out" 2>&1
status=$?
sed '$d' "$tmp/sim/out"
last=$(tail -n 1 "$tmp/sim/out")
case $last in
*' passed, '*' failed')
	passed=$((passed + ${last%% *}))
	n=${last#*, }
	failed=$((failed + ${n%% *}))
	;;
*)
	echo "FAIL simulation: status $status: $last"
	failed=$((failed + 1))
	;;
esac

two="$tmp/v0 $tmp/v1"
common="--log $tmp/log --buffered"

fresh
try load-writes 0 'writes 3000 ' "$load" $common --writes 3000 --writers 6 --seed 1 $two
try load-writes-check 0 '^ok: 3000 writes' "$check" --log "$tmp/log" --all $two
cp "$tmp/v0" "$tmp/old"
dd if=/dev/zero of="$tmp/v0" bs=4096 count=64 conv=notrunc 2>/dev/null
try load-lost-area 1 '^violated:' "$check" --log "$tmp/log" --all $two
mv "$tmp/old" "$tmp/v0"
try load-json 0 '"result":"ok"' "$check" --log "$tmp/log" --all --json $two
try load-json-violated 1 '"result":"violated".*"wrong-place":' \
	"$check" --log "$tmp/log" --json "$tmp/v0" "$tmp/v0"
try load-skip-volume 0 '^ok:' "$check" --log "$tmp/log" "$tmp/v0" -

try load-second-run 0 'writes ' "$load" $common --writes 1000 --sizes 1-4 $two
try load-second-run-check 0 '^ok: 4000 writes' "$check" --log "$tmp/log" --all $two

fresh
try load-zeroes 0 'zeroes [1-9]' "$load" $common --writes 3000 --zero 10 --discard 10 --fua 5 \
	--flush 5 $two
try load-zeroes-check 0 '^ok: 3000' "$check" --log "$tmp/log" --all $two

# A direct load of one writer: a file gives no order to overlapping direct writes.
fresh
truncate -s 4M "$tmp/v0"
if "$load" --log "$tmp/log" --writes 1 "$tmp/v0" >/dev/null 2>&1; then
	fresh
	try load-direct 0 '' "$load" --log "$tmp/log" --writes 500 --writers 1 --zero 10 $two
	try load-direct-check 0 '^ok: 500' "$check" --log "$tmp/log" --all $two
fi

fresh
echo 1 >"$tmp/set"
try load-close 0 ' close-failures 0 ' "$load" $common --seconds 2 --rate 2000 --close-every 50 \
	--close-cmd "$tmp/close" --close-last $two
last=$(($(cat "$tmp/set") - 1))
try load-close-committed 0 '^ok:' "$check" --log "$tmp/log" --committed "1-$last:$last" $two
try load-close-earlier 1 'beyond-set' "$check" --log "$tmp/log" --committed 3 $two
try load-close-other-term 0 '^ok:' "$check" --log "$tmp/log" --committed x:3 $two
try load-close-at-least 0 '^ok:' "$check" --log "$tmp/log" --at-least 3 $two
truncate -s 0 "$tmp/v0" && truncate -s 16M "$tmp/v0"
truncate -s 0 "$tmp/v1" && truncate -s 8M "$tmp/v1"
try load-close-empty-image 1 'before-set' "$check" --log "$tmp/log" --at-least 3 $two
try load-close-nothing-claimed 0 '^ok: 0 writes' "$check" --log "$tmp/log" $two
try load-min-writes 1 'before-set' "$check" --log "$tmp/log" --min-writes 1 $two

fresh
try load-close-no-number 0 ' close-failures [1-9]' "$load" $common --writes 100 --close-last \
	--close-cmd 'echo set 12x' $two
try load-close-fails 0 ' close-failures [1-9]' "$load" $common --writes 100 --close-last \
	--close-cmd 'echo 12; false' $two
try load-close-words 0 ' set 12$' "$load" $common --writes 100 --close-last \
	--close-cmd 'echo closed set 12' $two

fresh
"$load" $common --seconds 60 --writers 6 $two >"$tmp/out" 2>&1 &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
result load-sigterm $? 0 'writes '
try load-sigterm-check 0 '^ok:.* 0 completed ones are behind' "$check" --log "$tmp/log" --all $two

fresh
"$load" $common --seconds 60 --writers 6 $two >"$tmp/out" 2>&1 &
pid=$!
sleep 1
kill -KILL $pid
wait $pid 2>/dev/null
# Buffered writes can be cut off in their middle.
try load-sigkill-check 0 '^ok:' "$check" --log "$tmp/log" --all --primary-crashed $two
printf half >>"$tmp/log"
try load-after-sigkill 0 'writes 500 ' "$load" $common --writes 500 $two
try load-after-sigkill-check 0 '^ok:' "$check" --log "$tmp/log" --all --primary-crashed $two

fresh
mkfifo "$tmp/pipe"
cat "$tmp/pipe" >"$tmp/log" &
try load-pipe 0 'writes 500 ' "$load" --log "$tmp/pipe" --buffered --writes 500 $two
wait $!
try load-pipe-check 0 '^ok: 500' "$check" --log "$tmp/log" --all $two
"$load" --log - --buffered --writes 10 $two 2>/dev/null >"$tmp/log2"
cat "$tmp/log" "$tmp/log2" >"$tmp/log3"
try load-stdout-check 0 '^ok: 510' "$check" --log "$tmp/log3" --all $two

# Writes behind the file size limit fail, those over it in part.
fresh
(
	trap '' XFSZ
	ulimit -f 8192
	exec "$load" $common --writes 500 --hot 10 --keep-going $two
) >"$tmp/out" 2>&1
result load-failing $? 1 ' failed [1-9]'
try load-failing-check 0 '^ok:' "$check" --log "$tmp/log" --all $two

fresh
"$load" $common --writes 50 $two >/dev/null
try usage-no-log 2 '^usage' "$check" $two
try usage-images 2 'volumes' "$check" --log "$tmp/log" "$tmp/v0"
try usage-set 2 'TERM:N' "$check" --log "$tmp/log" --committed x $two
try usage-missing 2 'No such' "$check" --log "$tmp/log" "$tmp/v0" "$tmp/none"
truncate -s 1M "$tmp/v1"
try usage-short 2 'smaller' "$check" --log "$tmp/log" $two
try usage-not-a-log 2 'bad magic' "$check" --log "$check" $two
try usage-load 2 '^usage' "$load" $two
try usage-load-sizes 2 'sizes' "$load" --log "$tmp/log" --sizes 0-3 $two
try usage-load-chunk 2 'chunk' "$load" --log "$tmp/log" --sizes 300 $two

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
