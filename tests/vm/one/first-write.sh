# shellcheck shell=dash
# A write on one node becomes a committed set on the other, on two volumes at once.

two_namespaces
load_afar
for node in a b; do
	mkdisk j$node 32
	mkdisk o0$node 64
	mkdisk o1$node 64
done
group_create a ga /dev/mapper/ja $A_IP:7000 $B_IP:7000
group_create b gb /dev/mapper/jb $B_IP:7000 $A_IP:7000
volume_create a0 /dev/mapper/ga 0 /dev/mapper/o0a
volume_create a1 /dev/mapper/ga 1 /dev/mapper/o1a
volume_create b0 /dev/mapper/gb 0 /dev/mapper/o0b
volume_create b1 /dev/mapper/gb 1 /dev/mapper/o1b
status ga; status gb
expect_ok msg ga promote assume-equal
wait_for 10 '[ "$(fact ga link)" = live ]' 'the link is live' 'status ga; status gb'
fio --name=w --filename=/dev/mapper/a0 --direct=1 --rw=randwrite --bs=4k --iodepth=16 --ioengine=libaio --size=64m --io_size=12m --output=/dev/null || fail fio
fio --name=w --filename=/dev/mapper/a1 --direct=1 --rw=write --bs=128k --iodepth=8 --ioengine=libaio --size=24m --output=/dev/null || fail fio
set=$(msg ga close)
echo "closed $set"
wait_for 20 '[ "$(fact gb committed_set)" = "$set" ]' "set $set committed" 'status ga; status gb; dmesg | tail -20'
status ga; status gb
expect_same /dev/mapper/o0a /dev/mapper/o0b
expect_same /dev/mapper/o1a /dev/mapper/o1b
