//! What `--help` prints.

pub(super) const HELP: &str = "\
dgramcat: sends and receives datagrams

Usage:
  dgramcat [OPTIONS] listen PORT             prints the datagrams that come in; port 0 takes a free one
  dgramcat [OPTIONS] send HOST PORT [DATA…]  sends each DATA as one datagram; without DATA, one empty datagram
  dgramcat [OPTIONS] send HOST PORT -        sends standard input, one datagram a line, as the lines come
  dgramcat [OPTIONS] --type unix listen PATH
  dgramcat [OPTIONS] --type unix send PATH [DATA…|-]

Options can stand anywhere; after -- nothing is an option.

  --backend std|smoltcp        where the sockets are: those of the operating system (default), or those of a userspace
                               stack on a TAP interface
  --type udp4|udp6|unix        IPv4 (default), IPv6, or Unix datagrams, see below
  --json                       prints one JSON object a line
  -v, --verbose                tells what is known of each datagram: the address it was sent to, the interface, hop
                               limit, ECN and DSCP, when it came (seconds since 1970; of a userspace stack since its
                               start), and how many bytes are missing
  -h, --help                   prints this
  -V, --version                prints the version

--backend smoltcp (Linux), which is a host of its own, a neighbour of this one:
  --tap NAME                   the TAP interface, which is made if there is none (that takes root, and it is down until
                               it is set up)
  --address ADDR/PREFIX        an address of the stack; can be given several times
  --gateway ADDR               where the rest of the world is; once for IPv4 and once for IPv6
  --dns ADDR                   who is asked for host names; can be given several times
  --dhcp                       gets an IPv4 address, the gateway and the name servers by DHCP
  --mac ADDR                   the Ethernet address (default: one that follows from the name and the first address)

listen:
  --bind ADDR                  listens on this address only
  --echo                       sends every datagram back to its sender
  --join GROUP[@IFACE]         joins a multicast group, on this interface; can be given several times
  --source ADDR                joins the groups for datagrams from this source only
  --reuse-addr                 shares the port with other sockets that do so too
  --reuse-port                 has the system spread datagrams over all sockets that do so too
  --ipv6-only                  keeps IPv4 out of a udp6 socket
  --count N                    ends after N datagrams
  --timeout SECONDS            ends after this time; with --count, that is a failure

send:
  --bind ADDR:PORT             sends from this address and port ([ADDR]:PORT for IPv6)
  --connect                    connects the socket: only HOST can reply, and refusals are noticed
  --ttl N                      hop limit, 1 to 255
  --multicast-ttl N            hop limit to groups, 0 to 255 (default 1; 0 stays on this host)
  --multicast-interface IFACE  the interface that datagrams to groups leave by
  --no-loopback                does not deliver datagrams to groups on this host
  --broadcast                  permits broadcast addresses
  --hop-limit N                hop limit of each datagram, 1 to 255, to hosts and to groups
  --traffic-class N, --tos N   traffic class of each datagram, 0 to 255: DSCP and ECN
  --ecn N                      its ECN bits alone, 0 to 3
  --source ADDR                the address that each datagram comes from, one of this host's
  --interface IFACE            the interface that each datagram leaves by, whatever the routes say
  --count N                    sends each datagram N times
  --reply SECONDS              waits for replies and prints them: as many as datagrams were sent, for this time at
                               most; for all of it when sent to a group or with --broadcast. None is a failure.

--type unix: PATH is that of a socket, or an abstract name with @ before it (Linux). A socket that nobody answers on is
replaced. Options: --json, --count; listen: --echo, --timeout, and
  --mode OCTAL                 gives the file these permissions: who may write to it may send
send: --connect waits while the receiver is full, --reply, and
  --bind PATH                  sends from this path (with --reply, an abstract name of the system's choice otherwise)

IFACE is the name, the index or an address of an interface. SECONDS can have decimals. Ctrl-C ends the program.

Text output escapes control characters and prints data that is not UTF-8 in hexadecimal. A line of standard input is
sent without its line break (\\n or \\r\\n); at most 64 lines are read ahead.

JSON output, one object a line:
  {\"event\":\"listening\",\"address\":\"0.0.0.0\",\"family\":\"IPv4\",\"port\":41234}
  {\"event\":\"message\",\"address\":\"127.0.0.1\",\"family\":\"IPv4\",\"port\":50000,\"size\":5,\"data\":\"hello\"}
                               (\"hex\" in place of \"data\" when it is not UTF-8; with --verbose \"local\",
                               \"interface\", \"interfaceIndex\", \"hopLimit\", \"trafficClass\", \"ecn\", \"timestamp\", as
                               far as they are known, and \"missing\")
  {\"event\":\"sent\",\"bytes\":5}
  {\"event\":\"error\",\"code\":\"EADDRINUSE\",\"message\":\"bind EADDRINUSE 0.0.0.0:41234\"}
  {\"event\":\"close\"}

A TAP interface for an ordinary user, and both ends of it:
  sudo ip tuntap add dev tap0 mode tap user $USER
  sudo ip address add 192.0.2.1/24 dev tap0
  sudo ip link set tap0 up
  dgramcat --backend smoltcp --tap tap0 --address 192.0.2.2/24 listen 9000 --echo
  dgramcat send 192.0.2.2 9000 hello --reply 2         (in another terminal)

Exit code: 0; 1 when a socket failed (the message is on standard error), or when --count or --reply got less than it
was to wait for; 2 for wrong usage.
";
