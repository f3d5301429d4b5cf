#!/usr/bin/env bash
# Flash and static RAM of an echo server on a microcontroller: on anydgram, on smoltcp alone, and on embassy-net alone.
#
# Flash is code, constants and the initial values of variables; RAM is all variables, the buffers among them, without the
# stack. A figure above its budget is a failure. A budget is what was measured when it was set, and a tenth: enough for
# another compiler, not for another feature. Whoever raises one says in the commit what it bought.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/target.sh
target=thumbv7m-none-eabi
prepare_target "$target"
cd tests/size
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
cargo=(cargo build --quiet --release "${target_arguments[@]}")

# The sizes of the sections that a program has in flash and in RAM.
sizes() { # PROGRAM
    local name type size flash=0 ram=0
    while read -r name type size; do
        case $name in
        .text | .rodata) flash=$((flash + 16#$size)) ;;
        .data) flash=$((flash + 16#$size)) ram=$((ram + 16#$size)) ;;
        .bss) ram=$((ram + 16#$size)) ;;
        esac
    done < <(LC_ALL=C readelf --section-headers --wide "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '{ print $1, $2, $5 }')
    echo "$flash $ram"
}

failed=0
row() { # WHAT PROGRAM FEATURES [FLASH RAM]
    local flash ram verdict=
    "${cargo[@]}" --bin "$2" --features "$3"
    read -r flash ram < <(sizes "$CARGO_TARGET_DIR/$target/release/$2")
    if [ $# -gt 3 ]; then
        verdict="≤ $4, ≤ $5"
        if [ "$flash" -gt "$4" ] || [ "$ram" -gt "$5" ]; then
            verdict="$verdict EXCEEDED"
            failed=1
        fi
    fi
    printf '%-44s %7d %7d  %s\n' "$1" "$flash" "$ram" "$verdict"
}

dual=ipv6,multicast,host
printf '%-44s %7s %7s  %s\n' "bytes, $target" flash RAM budget
row 'smoltcp, IPv4' bare bare
row 'smoltcp, IPv4, groups' bare bare,multicast
row 'smoltcp, IPv4, IPv6, groups' bare "bare,$dual"
row '  and DNS' bare "bare,$dual,dns"
row '  and DHCP' bare "bare,$dual,dhcp"
row '  and DNS, DHCP' bare "bare,$dual,dns,dhcp"
row 'anydgram, IPv4, IPv6, groups' anydgram anydgram 107000 10300
row '  and DNS' anydgram anydgram,dns
row '  and DHCP' anydgram anydgram,dhcp
row '  and DNS, DHCP' anydgram anydgram,dns,dhcp 121500 12300
row 'embassy-net, IPv4, IPv6, groups' embassy-bare embassy-bare
row '  and anydgram, with a handler' embassy-handler embassy 113000 12400
row '  and anydgram, with a task' embassy-task embassy 119500 16500
echo '    of its RAM:'
LC_ALL=C readelf --symbols --wide --demangle "$CARGO_TARGET_DIR/$target/release/embassy-task" |
    awk '$4 == "OBJECT" && $2 >= "20000000" { sub(/.*::/, "", $8); printf "    %-48s %7d\n", $8, $3 }' | sort -k2nr
echo 'without sockets like Node'"'"'s, only the way to the wire (src/strategy.rs):'
row '  a port socket and a lane' wire "ports,$dual"
row '  raw sockets' wire "raw,$dual"
row '  straight into frames, as anydgram does' wire "direct,$dual"
exit "$failed"
