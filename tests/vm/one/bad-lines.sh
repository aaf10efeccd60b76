# shellcheck shell=dash
# Every wrong word of a table line is refused when it is loaded: the log names it, nothing changes.

. /afar/guest/afar.sh
MB=16
two_namespaces
load_afar
make_disks a
A=$A_IP:7000 B=$B_IP:7000 J=/dev/mapper/ja
before=$(sum $J)
bad() { # REGEX REST OF THE LINE...
	_re=$1
	shift
	refused "$_re" in_a dmsetup create g --table "0 8 afar-group $*"
	[ -z "$(dmsetup ls | grep '^g\s' || true)" ] || fail "$*" "no device" "$(dmsetup ls)"
}
bad 'needs <journal dev> <local ip:port> <peer ip:port>'
bad 'needs <journal dev>' $J $A
bad 'journal: no such device' /dev/none $A $B
many=$A
for i in $(seq 16); do many=$many,$A; done
for w in 10.77.0.1 10.77.0.1: 10.77.0.1:x 10.77.0.1:0 10.77.0.1:65536 10.77.0.256:7000 :7000 host:7000 "$A," ",$A" \
	[::1:7000 "$many" 0.0.0.0:7000 [::]:7000 224.0.0.1:7000 255.255.255.255:7000 [ff02::1]:7000 [::ffff:10.77.0.1]:7000 \
	fd77::1:7000 [10.77.0.1]:7000 10.77.0.1:07000 10.77.0.1:0x1b58 10.77.0.1:+7000 [fe80::1]:7000 \
	[10.77.0.1:x]:7000 [10.77.0.1:]:7000; do
	bad 'local address must be <ip>:<port>, of one host, .* port 1\.\.65535; with commas 1\.\.16 of them' $J "$w" $B
	bad 'peer address must be <ip>:<port>, of one host, .* port 1\.\.65535; with commas 1\.\.16 of them' $J $A "$w"
done
bad 'local and peer address of a lane must both be' $J $A [::1]:7000
bad 'local and peer address of a lane must both be' $J $A $B,[::1]:7000
for w in x 33 99 -1; do
	bad 'number of option words must be 0\.\.32' $J $A $B $w
done
bad 'number of option words must be 0\.\.32, and so many must follow' $J $A $B 2 lanes
bad 'words behind the options' $J $A $B 0 lanes 1
bad 'lanes has no value; it must be 1\.\.16' $J $A $B 1 lanes
bad 'lanes has no value' $J $A $B 3 key none lanes
bad 'key has no value' $J $A $B 1 key
bad 'group has no value' $J $A $B 1 group
U=01234567-89ab-cdef-0123-456789abcdef
for u in x "${U%f}" "${U}0" "${U%f}F" "${U%f}g" "0$U" 0123456789abcdef0123456789abcdef0123 "${U%-*}_456789abcdef" \
	00000000-0000-0000-0000-000000000000; do
	bad 'group must be a uuid, as group_uuid shows it' $J $A $B 4 key none group "$u"
done
bad 'group is given twice' $J $A $B 6 key none group $U group $U
bad "option 'lane': unknown option" $J $A $B 2 lane 1
bad 'unknown option; known are key group block_size chunk_size ring_memory lanes' $J $A $B 2 lane 1
bad 'lanes is given twice' $J $A $B 4 lanes 1 lanes 1
for o in "block_size 256" "block_size 8192" "chunk_size 32768" "chunk_size 8388608" "lanes 0" "lanes 17" "lanes one" "lanes -1" \
	"set_bytes -1" "set_bytes 1099511627777" "set_writes 1000000001" "set_interval_ms 0" "set_interval_ms 3600001" "close_on_flush 2" \
	"memory_limit 4194303" "stage_memory 4194303" "timeout_ms 499" "timeout_ms 600001" "timeout_ms 99999999999999999999999"; do
	bad "${o% *} must be [0-9]+\.\.[0-9]+" $J $A $B 2 $o
done
# the key: said in words, known to who loads the table, long enough
bad 'option key is missing: say .key <description>. or .key none.' $J $A $B
bad 'option key is missing' $J $A $B 2 lanes 1
for k in afar :g afar: None; do
	bad 'key must be the description of a logon key, as prefix:name, or none' $J $A $B 2 key $k
done
bad '127 characters at most' $J $A $B 2 key "a:$(printf %0126d 0)"
bad 'key is given twice' $J $A $B 4 key none key none
bad 'key: no such logon key in the keyrings' $J $A $B 2 key afar:nobody
make_key afar:short 0123456789abcde
bad 'key: must have 16\.\.1024 bytes' $J $A $B 2 key afar:short
make_key afar:long "$(printf %01025d 0)"
bad 'key: must have 16\.\.1024 bytes' $J $A $B 2 key afar:long
keyctl add user afar:user "a key that user space can read" @u >/dev/null
bad 'key: no such logon key' $J $A $B 2 key afar:user
bad 'block_size must be a power of two' $J $A $B 2 block_size 1000
bad 'chunk_size must be a power of two' $J $A $B 2 chunk_size 100000
for o in 1 4096 16777215 16777217 16779264; do
	bad 'ring_memory must be 0, or a multiple of 4096 in 16777216' $J $A $B 2 ring_memory $o
done

# devices
mkdisk small 8 >/dev/null
bad 'journal: is smaller than 16 MiB' /dev/mapper/small $A $B
mkdisk ro 16 >/dev/null
dmsetup suspend ro
dmsetup load --readonly ro --table "$(dmsetup table ro)"
dmsetup resume ro
bad 'journal: is read-only' /dev/mapper/ro $A $B
mkdisk mounted 16 >/dev/null
mkfs.ext4 -q /dev/mapper/mounted || fail "mkfs.ext4"
mkdir -p /tmp/test/mounted
mount /dev/mapper/mounted /tmp/test/mounted || fail "mount"
bad 'journal: is in use' /dev/mapper/mounted $A $B
expect_eq "the journal, which nobody touched" "$before" "$(sum $J)"

# volumes
expect_ok node_group a
mkdisk two 32 >/dev/null
vol() { # REGEX LENGTH REST...
	_re=$1 _len=$2
	shift 2
	refused "$_re" in_a dmsetup create v --table "0 $_len afar $*"
}
O=$(origin a 0) L=$((MB * 2048))
vol 'needs <group dev> <volume number> <origin dev>' $L /dev/mapper/ga 0
vol 'group device: no such device' $L /dev/none 0 $O
vol 'group device: is not an afar-group' $L $J 0 $O
vol 'group device: is not an afar-group' $L /dev/ram0 0 $O
vol 'volume number must be 0..255' $L /dev/mapper/ga 256 $O
vol 'volume number must be 0..255' $L /dev/mapper/ga -1 $O
vol 'volume number must be 0..255' $L /dev/mapper/ga x $O
vol 'origin: no such device' $L /dev/mapper/ga 0 /dev/none
vol 'origin: is smaller than the volume' $((L + 8)) /dev/mapper/ga 0 $O
vol 'length is not a multiple of the group.s block_size' $((L - 1)) /dev/mapper/ga 0 $O
vol 'origin: is read-only' $L /dev/mapper/ga 0 /dev/mapper/ro
vol 'origin: is in use' $L /dev/mapper/ga 0 /dev/mapper/mounted
umount /tmp/test/mounted
vol 'in use by another group or volume' $L /dev/mapper/ga 0 $J
expect_ok volume_create a0 /dev/mapper/ga 0 $O
vol 'in use by another group or volume' $L /dev/mapper/ga 1 $O
vol 'volume 0 is attached already' $L /dev/mapper/ga 0 /dev/mapper/two
bad 'in use by another group or volume' $J $A $B
bad 'in use by another group or volume' $O $A $B
expect_eq "volumes" 1/1 "$(attached ga)"
expect_ok dmsetup remove a0
# another size than the volume table has
vol 'volume 0 has 32768 sectors' 16384 /dev/mapper/ga 0 $O
expect_ok volume_create a0 /dev/mapper/ga 0 $O
expect_ok node_down a
# durable options
refused "block_size" node_group a block_size 512
refused "chunk_size" node_group a chunk_size 65536
expect_ok node_group a block_size 4096
