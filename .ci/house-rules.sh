#!/usr/bin/env bash
# Rules that no other tool checks: file lengths, the core's dependencies, licences, unsafe code where it belongs.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
fail() {
    printf 'FAILED: %s\n' "$1"
    failed=1
}

while read -r lines file; do
    [ "$lines" -le 400 ] || fail "$file has $lines lines, 400 are the limit"
done < <(git ls-files '*.rs' '*.mjs' | grep -v -E '(^|/)tests?/|tests\.rs$|golden' | xargs wc -l | grep -v ' total$')

core=$(cargo tree --quiet -p anydgram-core -e normal --depth 1 --prefix none | tail -n +2 | cut -d' ' -f1 | sort | tr '\n' ' ')
[ "$core" = 'cfg-if heapless ' ] || fail "anydgram-core depends on: $core"

unsafe=$(git grep -l -E '\bunsafe (fn|impl|trait|extern|\{)|\bunsafe\{' -- '*.rs' | grep -v -E '^backend-(std|smoltcp)/src/sys|^examples/firmware/board/src/sys\.rs$|^tests/(panic-free|size|speed)/|/tests/allocations\.rs$' || true)
[ -z "$unsafe" ] || fail "unsafe code outside of src/sys: $unsafe"

leftovers=$(git grep -n -E 'todo!\(|unimplemented!\(|dbg!\(|#\[ignore\]' -- '*.rs' || true)
[ -z "$leftovers" ] || fail "left-overs: $leftovers"

cargo metadata --quiet --format-version 1 --locked | node -e '
    const allowed = new Set(["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "Unicode-3.0"]);
    const permits = (text) => text.replace(/[()]/g, " ").replaceAll("/", " OR ").split(/ OR /)
        .some((choice) => choice.split(/ AND /).every((part) => allowed.has(part.trim())));
    const split = (text) => text.includes(") AND") ? text.split(" AND ").every(permits) : permits(text);
    const bad = JSON.parse(require("fs").readFileSync(0, "utf8")).packages
        .filter(({ license }) => !license || !split(license));
    for (const { name, license } of bad) console.log(`FAILED: ${name} has the licence ${license}`);
    process.exit(bad.length ? 1 : 0);
' || failed=1

[ "$failed" -eq 0 ] && echo 'all kept'
exit "$failed"
