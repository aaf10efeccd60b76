# shellcheck shell=dash
# A group's table can be taken away while its volumes are written to, with the memory limit reached.
# allow-log: Buffer I/O error

. /afar/guest/afar.sh
OPTIONS="memory_limit 4194304 timeout_ms 1000"
pair_up
work_begin /dev/mapper/a0 2>/dev/null
cut_link
wait_for 20 '[ "$(fact ga parked)" -gt 0 ]' 'writes are parked' 'status ga'
expect_ok timeout $((15 * SLOW)) dmsetup wipe_table ga
read -r fio <$AFAR_STATE/work
wait_for 20 "! kill -0 $fio 2>/dev/null" 'fio ends with EIO'
expect_ok dmsetup remove a0
expect_ok dmsetup remove ga
