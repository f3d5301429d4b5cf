#!/usr/bin/env bash
# Runs the workspace's test programs as a user without privileges, as `cargo test` would for one: those that ask something
# of the system. To the core, the model, the fuzzers' replay and the simulator's own modules it makes no difference.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
    echo 'the tests have just run as an ordinary user'
    exit
fi
if ! setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$PWD/Cargo.toml"; then
    # A user who cannot read the tree cannot run its tests: lend a copy.
    copy=$(mktemp -d /tmp/anydgram-XXXXXX)
    trap 'rm -rf "$copy"' EXIT
    git ls-files -z | xargs -0 cp --parents -t "$copy"
    chmod -R a+rX "$copy"
    cd "$copy"
    export CARGO_TARGET_DIR=$copy/target
fi

scratch=$(mktemp -d /tmp/anydgram-home-XXXXXX)
chown 65534:65534 "$scratch"
# Building needs the registry of this user; the other one only runs.
programs=$(cargo test --workspace --no-run --message-format=json 2>/dev/null |
    node -e '
        const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean).map(JSON.parse);
        for (const { reason, executable, profile, manifest_path } of lines) {
            const isPure = /\/(core|tests\/model|tests\/fuzz)\/Cargo.toml$/.test(manifest_path)
                || /\/anydgram_sim-[0-9a-f]+$/.test(executable);
            if (reason === "compiler-artifact" && executable && profile.test && !isPure) {
                console.log(executable + " " + manifest_path.replace(/\/Cargo.toml$/, ""));
            }
        }')
count=0
while read -r program folder; do
    chmod a+rx "$program"
    echo "-- $(basename "$program") as nobody"
    (
        cd "$folder"
        HOME=$scratch TMPDIR=$scratch setpriv --reuid=65534 --regid=65534 --clear-groups \
            timeout --kill-after=10 600 "$program" --quiet
    )
    count=$((count + 1))
done <<<"$programs"
rm -rf "$scratch"
[ "$count" -gt 0 ] || { echo 'no test program was found' >&2; exit 1; }
echo "$count test programs passed as an ordinary user"
