#!/bin/sh
# Checks by linking that anydgram-core cannot panic, see src/lib.rs.
#
#   check.sh                               this machine's target
#   check.sh --target thumbv7m-none-eabi   that target as well; it must be installed
#
# Exit status: 0 all is well, 1 the core can panic or a function is not checked, 2 something else failed.
set -eu
cd "$(dirname "$0")"

symbol=anydgram_core_can_panic
log=$(mktemp)
trap 'rm -f "$log"' EXIT
result=0

# link TARGET OPT_LEVEL [CARGO_ARGUMENT…]: TARGET is `host` or a triple.
# The host's C library is there for `memcpy`; bare targets bring their own.
link() {
    target=$1
    export CARGO_PROFILE_RELEASE_OPT_LEVEL="$2"
    shift 2
    if [ "$target" = host ]; then
        cargo rustc --quiet --release --crate-type cdylib "$@" -- \
            -Clink-arg=-Wl,--gc-sections -Clink-arg=-Wl,-z,defs -Clink-arg=-lc >"$log" 2>&1
    else
        # A bare target has no shared libraries, so the linker is run by hand.
        cargo rustc --quiet --release --target "$target" --crate-type staticlib "$@" >"$log" 2>&1 &&
            "$(linker)" -flavor gnu --gc-sections --entry drive --error-limit=0 -o /dev/null \
                "$(output)/$target/release/libanydgram_panic_free.a" >"$log" 2>&1
    fi
}

linker() {
    find "$(rustc --print sysroot)/lib/rustlib" -name rust-lld | head -n 1
}

output() {
    printf '%s\n' "${CARGO_TARGET_DIR:-target}"
}

# check TARGET OPT_LEVEL
check() {
    if link "$1" "$2"; then
        echo "ok: cannot panic ($1, opt-level $2, overflow checks on)"
    elif grep -q "$symbol" "$log"; then
        echo "FAILED: can panic ($1, opt-level $2)"
        result=1
        [ "$1" != host ] || culprits
    else
        cat "$log"
        echo "FAILED: does not build ($1, opt-level $2)"
        exit 2
    fi
}

# control TARGET: the check must see a panic that is there.
control() {
    if link "$1" 3 --features negative-control; then
        echo "FAILED: the negative control links ($1); this check proves nothing"
        exit 2
    elif grep -q "$symbol" "$log"; then
        echo "ok: the negative control does not link ($1)"
    else
        cat "$log"
        echo "FAILED: the negative control does not build ($1)"
        exit 2
    fi
}

# Links once more without insisting on the symbol, and prints where the code calls the panics: the lines
# of our own source that were inlined there, innermost first.
culprits() {
    library="$(output)/release/libanydgram_panic_free.so"
    if ! command -v objdump >/dev/null || ! command -v addr2line >/dev/null; then
        echo "  (install binutils to see where)"
        return
    fi
    cargo rustc --quiet --release --crate-type cdylib "$@" -- -Clink-arg=-Wl,--gc-sections \
        -Clink-arg=-Wl,--unresolved-symbols=ignore-all >"$log" 2>&1 || return 0
    objdump -d -C --no-show-raw-insn "$library" | awk '
        /[ \t](call|jmp) .*<(core|alloc)::.*(panic|unwrap_failed|expect_failed|fail|overflow)/ {
            sub(/:.*/, "", $1); print $1
        }' | sort -u | while read -r address; do
        echo "  a panic is called from:"
        addr2line -C -f -i -e "$library" "0x$address" | paste - - |
            grep -v '/rustc/' | sed 's/^/    /'
    done
}

# Prints the public functions that nobody calls here and that `excluded.txt` does not excuse. What feature
# `alloc` adds can run out of memory, which is a panic, and is not here.
uncalled() {
    sed 's://.*::; s/::<[^>]*>//g' src/*.rs >"$log"
    find ../../core/src -name '*.rs' ! -name tests.rs ! -name growable.rs ! -path '*/dynamic*' -exec awk -f public-functions.awk {} + | sort -u |
        while read -r name; do
            grep -q "^$name " excluded.txt && continue
            grep -qE "(^|[^A-Za-z0-9_:])$name\(" "$log" || echo "  $name"
        done
}

while [ $# -gt 0 ]; do
    case $1 in
    --target)
        [ $# -gt 1 ] || { echo "--target needs a triple" >&2; exit 2; }
        targets="${targets:-} $2"
        shift 2
        ;;
    *)
        echo "unknown argument: $1" >&2
        exit 2
        ;;
    esac
done

for target in host ${targets:-}; do
    check "$target" 3
    check "$target" s
    control "$target"
done

missing=$(uncalled)
if [ -n "$missing" ]; then
    echo "FAILED: public functions of the core that src/ does not call by their full names:"
    echo "$missing"
    result=1
else
    echo "ok: every public function of the core is called"
fi
exit "$result"
