#!/bin/sh
# Runs COMMAND in a private network namespace with fixed addresses.
#
#     namespace.sh COMMAND [ARGUMENT…]
#
# The one place that knows the network of the scenarios; the Node oracle and the Rust runner both call it. It never
# touches the machine's own interfaces: everything below happens inside the namespace, and vanishes with it.
#
#     lo     127.0.0.1/8, ::1
#     any0   192.0.2.10/24 and 192.0.2.11/24        $host0, $host1 (primary and secondary address of one interface)
#            2001:db8::10/64 and 2001:db8::11/64    $host0-6, $host1-6
#            fe80::10/64 and fe80::11/64            $link-local0, $link-local1
#            route for 224.0.0.0/4, ff00::/8 and 255.255.255.255
#     any1   198.51.100.10/24, 2001:db8:1::10/64, fe80::20/64    $second0, $second0-6, $second-link-local0
#
# There is no default route. Inside, ANYDGRAM_NAMESPACE=1 is set, and a nested call just runs its command.
# Exit code 69 means that the machine cannot make such a namespace; standard error says what is missing.
set -eu

fail() {
    echo "namespace.sh: $1" >&2
    exit 69
}

# An interface that is always up: one end of a veth pair whose far end stays silent, or a dummy device.
make_link() {
    if ip link add "$1" type veth peer name "$1-far" 2>/dev/null; then
        # The far end must not answer, and must not see IPv6 multicast: one copy of each datagram is enough.
        echo 1 >"/proc/sys/net/ipv6/conf/$1-far/disable_ipv6" 2>/dev/null || true
        ip link set "$1-far" up
    elif ip link add "$1" type dummy 2>/dev/null; then
        ip link set "$1" multicast on arp on
    else
        fail "the kernel offers neither veth nor dummy interfaces"
    fi
    # Only the addresses given here: none made from the random hardware address.
    ip link set "$1" addrgenmode none 2>/dev/null || true
    ip link set "$1" up
}

add6() {
    ip -6 addr add "$2" dev "$1" nodad 2>/dev/null || fail "the kernel has no IPv6"
}

# IPv6 addresses can be used once the kernel has noticed the carrier and has a route to each, which takes it a moment.
wait_for_addresses() {
    tries=0
    while [ -n "$(ip -6 addr show tentative)" ] || ! ip link show "$1" | grep -q LOWER_UP ||
        [ "$(ip -6 addr show dev "$1" | grep -c inet6)" != "$(ip -6 route show table local type local dev "$1" | wc -l)" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || fail "interface $1 does not come up"
        sleep 0.02
    done
}

set_up() {
    ip link set lo up
    make_link any0
    make_link any1
    ip addr add 192.0.2.10/24 brd + dev any0
    ip addr add 192.0.2.11/24 brd + dev any0
    ip addr add 198.51.100.10/24 brd + dev any1
    add6 any0 2001:db8::10/64
    add6 any0 2001:db8::11/64
    add6 any0 fe80::10/64
    add6 any0 fe80::11/64
    add6 any1 2001:db8:1::10/64
    add6 any1 fe80::20/64
    # Looking for an address that nobody has ($unused) ends after 0.6 s instead of 3 s: so long datagrams to it fill the
    # send buffer.
    ip ntable change name arp_cache dev any0 retrans 200
    ip route add 224.0.0.0/4 dev any0
    ip route add 255.255.255.255/32 dev any0
    ip -6 route add ff00::/8 dev any0 table local metric 1 2>/dev/null || true
    wait_for_addresses any0
    wait_for_addresses any1
}

[ $# -gt 0 ] || { echo "usage: namespace.sh COMMAND [ARGUMENT…]" >&2; exit 64; }

if [ "$1" = --inside ]; then
    # $2 is the namespace we came from: never set anything up in that one.
    [ "$(readlink /proc/self/ns/net)" != "$2" ] || fail "still in the namespace of the machine"
    shift 2
    set_up
    export ANYDGRAM_NAMESPACE=1
    exec "$@"
fi

[ "${ANYDGRAM_NAMESPACE:-}" != 1 ] || exec "$@"
command -v unshare >/dev/null || fail "unshare (util-linux) is not installed"
command -v ip >/dev/null || fail "ip (iproute2) is not installed"
flags=-n
[ "$(id -u)" = 0 ] || flags=-rn
# shellcheck disable=SC2086
unshare $flags true 2>/dev/null || fail "unshare $flags is not permitted here"
exec unshare $flags "$0" --inside "$(readlink /proc/self/ns/net)" "$@"
