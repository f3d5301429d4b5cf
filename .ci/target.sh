# Sourced, in the repository's root: prepare_target TARGET makes cargo able to build for a microcontroller.
#
# Where rustup cannot install the target, Debian's compiler with its library sources does the same: its packages are
# unpacked into a folder of their own (they would conflict with rustup's files if they were installed). It has no clippy.
# Afterwards, `target_compiler` names what builds, and `target_arguments` are to be given to `cargo build`.

prepare_target() { # TARGET
    target_arguments=(--target "$1")
    if [ -z "${ANYDGRAM_NO_RUSTUP_TARGET:-}" ] && timeout 300 rustup target add "$1" >/dev/null 2>&1; then
        target_compiler=rustup
        return
    fi
    local folder=${ANYDGRAM_DEBIAN_RUST:-$PWD/target/debian-rust} linker=CARGO_TARGET_${1^^}_LINKER
    [ -x "$folder/usr/bin/rustc" ] || unpack_debian_rust "$1" "$folder"
    # Debian's own linker is a link to nowhere.
    declare -gx "${linker//-/_}=$(find "$(rustc --print sysroot)/lib/rustlib" -name rust-lld | head -n 1)"
    export LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu RUSTC_BOOTSTRAP=1 RUSTC=$folder/usr/bin/rustc
    target_arguments+=(-Z build-std=core,alloc)
    target_compiler="Debian's compiler"
}

unpack_debian_rust() { # TARGET FOLDER
    echo "rustup cannot install $1: unpacking Debian's compiler into $2"
    mkdir -p "$2/packages"
    (
        cd "$2/packages"
        version=$(apt-cache search --names-only '^libstd-rust-web-[0-9.]+$' | sed -n 's/^libstd-rust-web-\([0-9.]*\) .*/\1/p' | sort -V | tail -n 1)
        [ -n "$version" ] || { echo "Debian has no rustc-web package here (apt-get update?)" >&2; exit 1; }
        llvm=$(apt-cache show "libstd-rust-web-$version" | grep -o 'libllvm[0-9]*' | sort -V | tail -n 1)
        apt-get download -qq rustc-web rust-web-src "libstd-rust-web-$version" libstd-rust-web-dev rust-web-llvm "$llvm"
    )
    local package
    for package in "$2"/packages/*.deb; do
        dpkg -x "$package" "$2"
    done
}
