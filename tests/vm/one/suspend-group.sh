# shellcheck shell=dash
# A group can be suspended and resumed on either node while its volumes are written to.
# limit: 90

. /afar/guest/afar.sh
VOLUMES=2 OPTIONS="timeout_ms 2000"
pair_up
work_begin /dev/mapper/a0
work_begin /dev/mapper/a1 --bs=64k
for round in 1 2 3; do
	for g in ga gb; do
		expect_ok timeout $((10 * SLOW)) dmsetup suspend $g
		usleep 200000
		expect_ok timeout $((10 * SLOW)) dmsetup resume $g
		expect_eq "$g: volumes" 2/2 "$(attached $g)"
	done
	wait_live
done
# noflush, and nested in a suspended volume
expect_ok timeout $((10 * SLOW)) dmsetup suspend --noflush ga
expect_ok dmsetup resume ga
expect_ok dmsetup suspend a0
expect_ok timeout $((10 * SLOW)) dmsetup suspend ga
expect_ok timeout $((10 * SLOW)) dmsetup resume ga
expect_ok dmsetup resume a0
wait_live
work_end
expect_caught_up
