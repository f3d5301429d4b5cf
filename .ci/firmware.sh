#!/usr/bin/env bash
# Firmware: what can be tested on a computer, the programs for the board and their sizes, and the programs in QEMU.
#
# Flash is code, constants and the initial values of variables; RAM is all variables, the buffers among them, without the
# stack. Where rustup cannot install the target, Debian's compiler builds the programs, which thumbv7m.sh unpacks.
set -euo pipefail
cd "$(dirname "$0")/.."
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

# Runs cargo for the board, with the arguments that come before those of its own.
for_the_board() { # COMMAND, then its arguments
    (
        cd examples/firmware
        arguments=(--quiet --release --locked --target "$target" --target-dir "$built")
        if [ -n "${debian:-}" ]; then
            CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER=$(find "$(rustc --print sysroot)/lib/rustlib" -name rust-lld | head -n 1)
            export CARGO_TARGET_THUMBV7M_NONE_EABI_LINKER
            export LD_LIBRARY_PATH=$debian/usr/lib/x86_64-linux-gnu RUSTC_BOOTSTRAP=1 RUSTC=$debian/usr/bin/rustc
            arguments+=(-Z build-std=core)
        fi
        cargo "$1" "${arguments[@]}" "${@:2}"
    )
}

if [ -n "${ANYDGRAM_NO_RUSTUP_TARGET:-}" ] || ! timeout 300 rustup target add "$target" >/dev/null 2>&1; then
    debian=${ANYDGRAM_DEBIAN_RUST:-$PWD/target/debian-rust}
    [ -x "$debian/usr/bin/rustc" ] || (unset CARGO_TARGET_DIR && .ci/thumbv7m.sh)
fi

(
    cd examples/firmware
    cargo fmt --all --check
    cargo clippy --quiet --locked -p anydgram-firmware-board --all-targets --target "$host" --target-dir "$built" -- -D warnings
    cargo test --quiet --locked -p anydgram-firmware-board --target "$host" --target-dir "$built"
    RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked -p anydgram-firmware-board --no-deps --document-private-items --target "$host" --target-dir "$built"
)
# Debian's packages have no clippy.
[ -n "${debian:-}" ] || for_the_board clippy --workspace --bins --lib -- -D warnings
for_the_board build --bins

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
ANYDGRAM_FIRMWARE=$programs timeout --kill-after=10 600 cargo test --locked --target-dir "$built"
