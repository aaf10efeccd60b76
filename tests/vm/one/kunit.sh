# shellcheck shell=dash
# flavours: debug
# The unit tests of core/ pass in the kernel, on two CPUs, under KASAN and UBSAN.

VARIANT=kunit load_afar
dmesg | sed -n 's/^\[[^]]*\] //; /^ *\(ok\|not ok\|# \)/p' | tail -400
passed=$(dmesg | grep -cE '^\[[^]]*\]     ok ')
failed=$(dmesg | grep -cE '^\[[^]]*\] +not ok ')
echo "$passed cases passed, $failed failed"
[ "$failed" = 0 ] || fail "unit tests" "0 failed" "$(dmesg | grep -E 'not ok|EXPECTATION|Expected' | head -20)"
[ "$passed" -gt 20 ] || fail "unit tests that ran" "more than 20" "$passed"
