#!/bin/sh
# Builds the images, boots them in QEMU and runs the firmware's own tests against them: decisions, transcript, counts.
# build.sh says what it needs. DNC_REWRITE=1 writes the kept transcript anew.
set -eu
boards=$(cd "$(dirname "$0")" && pwd)
images=$("$boards/build.sh")
eval "$images"
exec cargo test --release --manifest-path "$boards/../Cargo.toml" --test qemu -- --nocapture --test-threads=1
