#!/usr/bin/env bash
# Builds the core and the smoltcp backend for thumbv7m-none-eabi, without features and with all that firmware can have.
#
# Where rustup cannot install the target, Debian's compiler with its library sources does the same: its packages are
# unpacked into a folder of their own (they would conflict with rustup's files if they were installed).
set -euo pipefail
cd "$(dirname "$0")/.."
target=thumbv7m-none-eabi

build() { # WHAT, then the command
    local what=$1
    shift
    for features in '' defmt; do
        CARGO_TARGET_DIR=target/thumbv7m "$@" -p anydgram-core --release --target "$target" --features "$features"
        echo "$target, features '$features': built with $what"
    done
    for features in '' dns,dhcp,defmt; do
        CARGO_TARGET_DIR=target/thumbv7m "$@" -p anydgram-smoltcp --no-default-features --release --target "$target" \
            --features "$features"
        echo "$target, the smoltcp backend, features '$features': built with $what"
    done
}

if [ -z "${ANYDGRAM_NO_RUSTUP_TARGET:-}" ] && timeout 300 rustup target add "$target" >/dev/null 2>&1; then
    build rustup cargo build --quiet
    exit
fi

folder=${ANYDGRAM_DEBIAN_RUST:-$PWD/target/debian-rust}
if [ ! -x "$folder/usr/bin/rustc" ]; then
    echo "rustup cannot install $target: unpacking Debian's compiler into $folder"
    mkdir -p "$folder/packages"
    (
        cd "$folder/packages"
        version=$(apt-cache search --names-only '^libstd-rust-web-[0-9.]+$' | sed -n 's/^libstd-rust-web-\([0-9.]*\) .*/\1/p' | sort -V | tail -n 1)
        [ -n "$version" ] || { echo "Debian has no rustc-web package here (apt-get update?)" >&2; exit 1; }
        llvm=$(apt-cache show "libstd-rust-web-$version" | grep -o 'libllvm[0-9]*' | sort -V | tail -n 1)
        apt-get download -qq rustc-web rust-web-src "libstd-rust-web-$version" libstd-rust-web-dev rust-web-llvm "$llvm"
    )
    for package in "$folder"/packages/*.deb; do
        dpkg -x "$package" "$folder"
    done
fi
export LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu
export RUSTC_BOOTSTRAP=1 RUSTC=$folder/usr/bin/rustc
build "Debian's compiler" cargo build --quiet -Z build-std=core,alloc
