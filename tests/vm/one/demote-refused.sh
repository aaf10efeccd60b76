# shellcheck shell=dash
# A primary does not step down while its peer lacks something: in overflow, while a resync has no room or goes on, with
# commands that are void. It goes on as it was, and steps down when that is over.
# allow-log: Buffer I/O error|critical .* error|I/O error
# limit: 240

. /afar/guest/afar.sh
. /afar/guest/roles.sh
VOLUMES=1 MB=48 OVERFLOW='' OPTIONS="timeout_ms 2000 memory_limit 4194304 chunk_size 65536 clear_interval_ms 50"

stays() { # STATE REGEX
	wait_fact ga state "$1" 60
	refused "demote: $2" msg ga demote
	expect_eq "role in state $1" primary "$(fact ga role)"
	expect_eq "granted in state $1" 0 "$(fact gb granted)"
	expect_eq "state" "$1" "$(fact ga state)"
}
steps_down() {
	wait_for 30 'msg ga demote 2>/dev/null' 'it steps down' 'status ga; status gb; dmesg | tail -5'
	expect_eq "role" secondary "$(fact ga role)"
}

pair_up 16 32
cut_link
work /dev/mapper/a0 --rw=write --bs=64k --size=48m
stays overflow 'a resync is needed, or under way'
heal_link
stays resync-no-room 'a resync is needed, or under way'
knob ga resync_rate 4194304
expect_ok msg ga resync in-place
stays resync 'a resync is needed, or under way'
# said again it changes nothing
term=$(fact ga term)
expect_ok msg ga resync
expect_ok msg ga resync in-place
expect_eq "state" resync "$(fact ga state)"
expect_eq "term" "$term" "$(fact ga term)"
knob ga resync_rate 0
wait_fact ga state ok 60
expect_caught_up "after the resync"
steps_down
expect_ok msg gb promote
follows b a "after a planned switch"
switch_over b a

good=$(dmsetup table o0a)
len=$(sectors /dev/mapper/o0a)
expect_ok swap_table o0a "0 $len error"
expect_fail --saying "rror" dd if=/dev/urandom of=/dev/mapper/a0 bs=64k count=1 seek=8 oflag=direct
expect_ok swap_table o0a "$good"
stays ok '1 commands are void'
expect_ok msg ga resync
wait_for 40 '[ "$(fact ga inexact)" = 0 ] && [ "$(fact ga state)" = ok ]' 'a resync mends it' 'status ga; dmesg | tail -5'
expect_caught_up "after a void command"
steps_down
