#!/usr/bin/env bash
# All short sequences of calls and answers, against the model: four minutes of one core.
set -euo pipefail
cd "$(dirname "$0")/.."

model() {
    # The last line has the counts; a violation fails, and is above it.
    local out
    out=$(cargo run --quiet --release -p anydgram-model -- "$@") || {
        printf '%s\n' "$out"
        exit 1
    }
    tail -n 1 <<<"$out"
}

for capacity in 1 2; do
    model --capacity "$capacity" --alphabet small --length 6
    model --capacity "$capacity" --alphabet full --length 5
    model --capacity "$capacity" --alphabet wide --length 3
    model --capacity "$capacity" --alphabet full --length 4 --full-queue drop-oldest
    model --capacity "$capacity" --alphabet full --length 4 --full-queue drop-newest
    model --capacity "$capacity" --alphabet full --length 4 --look-up-always
done
# 24 moves, and every state that one socket can be brought into.
model --sockets 2 --length 5
model --merged --length 99
