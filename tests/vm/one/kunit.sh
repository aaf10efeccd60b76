# shellcheck shell=dash
# flavours: debug
# limit: 400
# The unit tests of core/ pass in the kernel, on two CPUs, under KASAN and UBSAN.

VARIANT=kunit load_afar
dmesg | sed -n 's/^\[[^]]*\] //; s/^\( *\(not \)\{0,1\}ok .*\)/\1/p'
passed=$(dmesg | grep -cE '^\[[^]]*\]     ok ' || true)
failed=$(dmesg | grep -cE '^\[[^]]*\] +not ok ' || true)
echo "$passed cases passed, $failed failed"
[ "$failed" = 0 ] || fail "unit tests" "0 failed" "$(dmesg | grep -E 'not ok|EXPECTATION|Expected' | head -20)"
# all suites of core/tests/suites.c: one that is missing is missed
[ "$passed" -ge 195 ] || fail "unit tests that ran" "195 at least" "$passed"
