#!/bin/sh
# Builds the image, boots it in QEMU, and compares every decision with the host's (firmware-demo/tests/qemu.rs).
# Needs Debian's rustc-web cargo-web rust-web-src libstd-rust-web-dev (the sources of core, to build it for the
# Cortex-M) and rustup's rust-lld. QEMU is fetched into ./qemu where the machine has none: installed, the package
# would replace others.
set -eu
cd "$(dirname "$0")"
here=$PWD
target=${GATE_TARGET_DIR:-$here/target}
for tool in /usr/bin/rustc /usr/bin/cargo; do
    [ -x "$tool" ] && continue
    echo "$tool is missing: apt-get install rustc-web cargo-web rust-web-src libstd-rust-web-dev" >&2
    exit 1
done
lld=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR=$target \
    CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=$lld \
    CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS="-Clink-arg=-Tlink.x -Clink-arg=--nmagic" \
    /usr/bin/cargo build --release --locked -Zbuild-std=core --target thumbv7em-none-eabihf
image=$target/thumbv7em-none-eabihf/release/gate-mps2-an386
size "$image" 2>/dev/null || true

qemu=${DNC_QEMU:-$(command -v qemu-system-arm || true)}
if [ -z "$qemu" ]; then
    qemu=$here/qemu/usr/bin/qemu-system-arm
    if [ ! -x "$qemu" ]; then
        mkdir -p qemu/debs
        packages=$(apt-get install -s --no-install-recommends qemu-system-arm | sed -n 's/^Inst \([^ ]*\).*/\1/p')
        # shellcheck disable=SC2086 # a list of names
        (cd qemu/debs && apt-get download $packages && for deb in *.deb; do dpkg -x "$deb" ..; done)
    fi
fi
# Only QEMU may see these libraries: cargo has its own.
root=${qemu%/usr/bin/qemu-system-arm}
libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
DNC_QEMU=$qemu DNC_QEMU_LIBRARY_PATH=$libraries DNC_IMAGE=$image \
    exec cargo test --release --manifest-path ../../Cargo.toml --test qemu -- --ignored --nocapture
