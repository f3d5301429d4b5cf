#!/usr/bin/env bash
# All short sequences of calls and answers, against the model: two at a time, two to three minutes of both cores.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --release -p anydgram-model
program=${CARGO_TARGET_DIR:-target}/release/anydgram-model

model() {
    # The last line has the counts; a violation fails, and is above it.
    local out
    out=$(timeout --kill-after=10 600 "$program" "$@" 2>/dev/null) || {
        printf '%s\n' "$out"
        exit 1
    }
    tail -n 1 <<<"$out"
}

of_capacity() {
    model --capacity "$1" --alphabet small --length 6
    model --capacity "$1" --alphabet room --length 5
    model --capacity "$1" --alphabet room --length 99 --merged
    model --capacity "$1" --alphabet room --length 99 --merged --full-queue drop-oldest
    model --capacity "$1" --alphabet room --length 99 --merged --full-queue drop-newest
    model --capacity "$1" --alphabet wide --length 3
    model --capacity "$1" --alphabet full --length 4 --full-queue drop-oldest
    model --capacity "$1" --alphabet full --length 4 --full-queue drop-newest
    model --capacity "$1" --alphabet full --length 4 --look-up-always
}

jobs=()
of_capacity 1 & jobs+=($!)
of_capacity 2 & jobs+=($!)
for job in "${jobs[@]}"; do wait "$job"; done

# 24 moves; every state that the small alphabet can bring a socket into; and what more symbols reach.
jobs=()
model --alphabet full --length 5 & jobs+=($!)
{ model --sockets 2 --length 5 && model --merged --length 99 && model --merged --alphabet full --length 8; } & jobs+=($!)
for job in "${jobs[@]}"; do wait "$job"; done
