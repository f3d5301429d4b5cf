#!/usr/bin/env bash
# Installs what the checks need and the machine lacks: programs from Debian's packages, components of the toolchain.
set -euo pipefail

missing=()
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing+=("$2")
}
need ip iproute2
need unshare util-linux
need setpriv util-linux
need nft nftables
need node nodejs
need cc gcc
need readelf binutils
need valgrind valgrind
need qemu-system-arm qemu-system-arm
need llvm-symbolizer llvm
need chromium chromium

if [ "${#missing[@]}" -gt 0 ]; then
    echo "installing: ${missing[*]}"
    sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

for component in rustfmt clippy; do
    rustup component list --installed 2>/dev/null | grep -q "^$component" || rustup component add "$component"
done

# The program that counts instructions for the core's benches has to be of their version.
runner=$(sed -n '/^name = "gungraun"$/{n;s/^version = "\(.*\)"$/\1/p}' tests/instructions/Cargo.lock)
if ! "${CARGO_HOME:-$HOME/.cargo}/bin/gungraun-runner" --version 2>/dev/null | grep -q " $runner\$"; then
    cargo install --quiet --locked gungraun-runner --version "$runner"
fi

cargo --version
rustc --version
echo "node $(node --version)"
