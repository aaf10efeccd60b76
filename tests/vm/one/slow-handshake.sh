# shellcheck shell=dash
# A handshake in which a list of arrivals takes many times timeout_ms is not silent: it comes to its end.

. /afar/guest/afar.sh
MB=16 JOURNAL_MB=64 OPTIONS="timeout_ms 1000"
two_namespaces
load_afar
make_disks b
expect_ok node_up b
expect_ok play holes 30
shape 96kbit 20
_from=$(now_ms)
expect_ok play holes_again 60
_took=$(($(now_ms) - _from))
echo "took $_took ms"
[ $_took -gt 3000 ] || fail "the list of arrivals" "takes more than 3 s" "$_took ms"
# that it was live is what the other side has said; it has gone since
