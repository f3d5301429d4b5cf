#!/usr/bin/env bash
# Firmware: what can be tested on a computer, the programs for the board, the programs in QEMU, and what they cost.
#
#   .ci/firmware.sh             all of it
#   .ci/firmware.sh --budgets   only builds the programs, and compares what they cost with tests/firmware/budgets.txt
#   .ci/firmware.sh --bless     the same, but writes that file
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/target.sh
export CI=true
target=thumbv7m-none-eabi
host=$(rustc --print host-tuple)
built=${CARGO_TARGET_DIR:-$PWD/target}/firmware
case "${1:-}" in
'') checks=true budgets=() ;;
--budgets) checks=false budgets=() ;;
--bless) checks=false budgets=(--bless) ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac
for program in qemu-system-arm llvm-nm llvm-symbolizer; do
    command -v "$program" >/dev/null 2>&1 || { .ci/install.sh && break; }
done

check_libraries() {
    cd examples/firmware
    arguments=(--quiet --locked -p anydgram-firmware-board -p anydgram-firmware-sntp --target "$host" --target-dir "$built")
    cargo fmt --all --check
    cargo clippy "${arguments[@]}" --all-targets -- -D warnings
    cargo test "${arguments[@]}"
    RUSTDOCFLAGS='-D warnings' cargo doc "${arguments[@]}" --no-deps --document-private-items
}

build_programs() {
    prepare_target "$target"
    cd examples/firmware
    arguments=(--quiet --release --locked --target-dir "$built" "${target_arguments[@]}")
    if "$checks" && [ "$target_compiler" = rustup ]; then
        cargo clippy "${arguments[@]}" --bins --lib -- -D warnings
        cargo clippy "${arguments[@]}" --bin sntp --features dns -- -D warnings
        cargo clippy "${arguments[@]}" --package anydgram-firmware-agent -- -D warnings
    fi
    # With names, embassy-net has its client for them in every program: those that need it are built apart.
    cargo build "${arguments[@]}" --bins
    cargo build "${arguments[@]}" --bin sntp --features dns
    # The one that has all the memory of the board.
    cargo build "${arguments[@]}" --package anydgram-firmware-agent
    echo "$("${RUSTC:-rustc}" --version), from $target_compiler" | tee "$built/compiler"
}

if "$checks"; then
    (check_libraries)
fi
# In a shell of its own: Debian's compiler is not for the tests.
(build_programs)

cd tests/firmware
export ANYDGRAM_FIRMWARE=$built/$target/release
arguments=(--quiet --locked --target-dir "$built")
if "$checks"; then
    cargo fmt --check -p anydgram-firmware-tests -p anydgram-firmware-conformance
    cargo clippy "${arguments[@]}" --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS='-D warnings' cargo doc "${arguments[@]}" --workspace --no-deps --document-private-items
    timeout --kill-after=10 600 cargo test --locked --target-dir "$built"
    timeout --kill-after=10 600 cargo test --locked --target-dir "$built" -p anydgram-firmware-conformance
fi
ANYDGRAM_COMPILER=$(cat "$built/compiler") timeout --kill-after=10 600 cargo run "${arguments[@]}" --bin budgets -- "${budgets[@]}"
