#!/usr/bin/env bash
# Flash and static RAM of an echo server on a microcontroller: on anydgram, on smoltcp alone, and on embassy-net alone.
#
# Flash is code, constants and the initial values of variables; RAM is all variables, the buffers among them, without the
# stack. A program that is more than 2 % above tests/size/budgets.txt is a failure, with the compiler that is named there;
# with another one, the figures are printed only. `--bless` writes that file; the commit says what the growth bought.
set -euo pipefail
bless=${1:-}
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

compiler="$("${RUSTC:-rustc}" --version), from $target_compiler"
budgets=budgets.txt
declare -A budget=()
if [ "$(head -n 1 "$budgets" 2>/dev/null)" = "$compiler" ]; then
    while read -r flash ram name; do budget[$name]="$flash $ram"; done < <(tail -n +2 "$budgets")
else
    echo "not compared: $budgets is not of $compiler"
fi
measured=()
failed=0
row() { # WHAT PROGRAM FEATURES [PLAIN]
    local flash ram most_flash most_ram verdict=
    "${cargo[@]}" --bin "$2" --features "$3"
    read -r flash ram < <(sizes "$CARGO_TARGET_DIR/$target/release/$2")
    measured+=("$flash $ram ${1#  }")
    if [ -n "${budget[${1#  }]:-}" ]; then
        read -r most_flash most_ram <<<"${budget[${1#  }]}"
        if [ $((flash * 100)) -gt $((most_flash * 102)) ] || [ $((ram * 100)) -gt $((most_ram * 102)) ]; then
            verdict="GROWN from $most_flash, $most_ram"
            failed=1
        fi
    fi
    if [ -n "${4:-}" ]; then
        printf '%-70s %7d %7d  + %d, + %d %s\n' "$1" "$flash" "$ram" $((flash - plain_flash)) $((ram - plain_ram)) "$verdict"
    else
        plain_flash=$flash plain_ram=$ram
        printf '%-70s %7d %7d  %s\n' "$1" "$flash" "$ram" "$verdict"
    fi
}

# embassy-net alone, and with anydgram in front.
embassy() { # WHAT FEATURES_OF_BOTH FEATURES_OF_ANYDGRAM
    row "embassy-net, $1" embassy-bare "embassy-bare$2"
    row "  and anydgram, with a handler, $1" embassy-handler "embassy$2$3" added
    row "  and anydgram, with a task, $1" embassy-task "embassy$2$3" added
}

dual=ipv6,multicast,host
printf '%-70s %7s %7s\n' "bytes, $target" flash RAM
row 'smoltcp, IPv4' bare bare
row 'smoltcp, IPv4, groups' bare bare,multicast
row 'smoltcp, IPv4, IPv6, groups and DNS' bare "bare,$dual,dns"
row 'smoltcp, IPv4, IPv6, groups and DHCP' bare "bare,$dual,dhcp"
row 'smoltcp, IPv4, IPv6, groups and DNS, DHCP' bare "bare,$dual,dns,dhcp"
row 'smoltcp, IPv4, IPv6, groups' bare "bare,$dual"
row '  and anydgram' anydgram anydgram added
row '  and anydgram and DNS' anydgram anydgram,dns
row '  and anydgram and DHCP' anydgram anydgram,dhcp
row '  and anydgram and DNS, DHCP' anydgram anydgram,dns,dhcp
embassy 'IPv4' '' ''
embassy 'IPv4, groups, fragments, names' ,embassy-multicast ,embassy-fragments,embassy-names
embassy 'all, with the fewest places' ,embassy-ipv6,embassy-multicast,tiny ,embassy-fragments,embassy-names
embassy 'IPv4, IPv6, groups, fragments, names' ,embassy-ipv6,embassy-multicast ,embassy-fragments,embassy-names
echo '    of the RAM of the last one:'
LC_ALL=C readelf --symbols --wide --demangle "$CARGO_TARGET_DIR/$target/release/embassy-task" |
    awk '$4 == "OBJECT" && $2 >= "20000000" { sub(/.*::/, "", $8); printf "    %-48s %7d\n", $8, $3 }' | sort -k2nr
echo 'without sockets like Node'"'"'s, only the way to the wire (src/strategy.rs):'
row 'a port socket and a lane' wire "ports,$dual"
row 'raw sockets' wire "raw,$dual"
row 'straight into frames, as anydgram does' wire "direct,$dual"
if [ "$bless" = --bless ]; then
    printf '%s\n' "$compiler" "${measured[@]}" >"$budgets"
    exit
fi
exit "$failed"
