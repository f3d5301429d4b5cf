#!/usr/bin/env bash
# Builds the libraries for thumbv7m-none-eabi, without features and with all that firmware can have, and the program for a
# real board.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/target.sh

build() { # PACKAGE FEATURES
    CARGO_TARGET_DIR=target/thumbv7m cargo build --quiet --release "${target_arguments[@]}" -p "$1" \
        --no-default-features --features "$2"
    echo "$1, features '$2': built for thumbv7m-none-eabi with $target_compiler"
}

prepare_target thumbv7m-none-eabi
build anydgram-core ''
build anydgram-core defmt
build anydgram-smoltcp ''
build anydgram-smoltcp dns,dhcp,defmt
build anydgram-embassy ''
build anydgram-embassy fragments,ipv6,multicast,names,dns,dhcp,edge-nal,embedded-nal-async,defmt

prepare_target thumbv7em-none-eabihf
(cd examples/nucleo && cargo fmt --check && cargo build --quiet --release --locked "${target_arguments[@]}" --target-dir ../../target/nucleo)
echo "examples/nucleo: built for thumbv7em-none-eabihf with $target_compiler"
