#!/usr/bin/env bash
# Firmware: what can be tested on a computer, the programs for the board and their sizes, and the programs in QEMU.
#
# Flash is code, constants and the initial values of variables; RAM is all variables, the buffers among them, without the
# stack.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/target.sh
export CI=true
target=thumbv7m-none-eabi
host=$(rustc --print host-tuple)
built=${CARGO_TARGET_DIR:-$PWD/target}/firmware
programs=$built/$target/release

if ! command -v qemu-system-arm >/dev/null 2>&1; then
    echo 'installing QEMU'
    sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -qq -y --no-install-recommends qemu-system-arm
fi

(
    cd examples/firmware
    cargo fmt --all --check
    arguments=(--quiet --locked -p anydgram-firmware-board -p anydgram-firmware-sntp --target "$host" --target-dir "$built")
    cargo clippy "${arguments[@]}" --all-targets -- -D warnings
    cargo test "${arguments[@]}"
    RUSTDOCFLAGS='-D warnings' cargo doc "${arguments[@]}" --no-deps --document-private-items
)
# In a shell of its own: Debian's compiler is not for the tests.
(
    prepare_target "$target"
    cd examples/firmware
    arguments=(--quiet --release --locked --target-dir "$built" "${target_arguments[@]}")
    if [ "$target_compiler" = rustup ]; then
        cargo clippy "${arguments[@]}" --workspace --bins --lib -- -D warnings
        cargo clippy "${arguments[@]}" --bin sntp --features dns -- -D warnings
    fi
    # With names, embassy-net has its client for them in every program: those that need it are built apart.
    cargo build "${arguments[@]}" --bins
    cargo build "${arguments[@]}" --bin sntp --features dns
    echo "the programs: built with $target_compiler"
)

# The sizes of the sections that a program has in flash and in RAM.
sizes() { # PROGRAM
    local name size flash=0 ram=0
    while read -r name size; do
        case $name in
        .vector_table | .text | .rodata) flash=$((flash + 16#$size)) ;;
        .data) flash=$((flash + 16#$size)) ram=$((ram + 16#$size)) ;;
        .bss | .uninit) ram=$((ram + 16#$size)) ;;
        esac
    done < <(LC_ALL=C readelf --section-headers --wide "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '{ print $1, $5 }')
    echo "$flash $ram"
}

printf '%-44s %7s %7s\n' "bytes, $target" flash RAM
for source in examples/firmware/src/bin/*.rs; do
    program=$(basename "$source" .rs)
    read -r flash ram < <(sizes "$programs/$program")
    printf '%-44s %7d %7d\n' "$program" "$flash" "$ram"
done

cd tests/firmware
cargo fmt --check
cargo clippy --quiet --locked --all-targets --target-dir "$built" -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --document-private-items --target-dir "$built"
export ANYDGRAM_FIRMWARE=$programs
timeout --kill-after=10 600 cargo test --locked --target-dir "$built"
echo 'instructions for each datagram that is echoed:'
timeout --kill-after=10 600 cargo test --quiet --locked --target-dir "$built" --test instructions -- --nocapture |
    grep 'instructions$'
