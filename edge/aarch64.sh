#!/bin/sh
# Builds dnc-edge for 64-bit ARM Linux (Jetson, Raspberry Pi OS 64-bit) on x86-64, with Debian packages alone:
#
#   edge/aarch64.sh            prints the path of the stripped binary and its size
#
# Needs rustc-web, cargo-web, libstd-rust-web-dev, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross; rustup's compiler has no
# standard library for ARM where it cannot download one. The binary's newest symbols are glibc 2.34's.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}/aarch64
for tool in /usr/bin/rustc /usr/bin/cargo /usr/bin/aarch64-linux-gnu-gcc; do
    [ -x "$tool" ] && continue
    echo "$tool is missing: apt-get install rustc-web cargo-web libstd-rust-web-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2
    exit 1
done

# The standard library of the same version for ARM, taken apart into a folder: nothing is installed, and the machine's own
# lists of packages stay as they are.
version=$(dpkg-query -W -f '${Version}' rustc-web)
sysroot=$target/sysroot-$version
if [ ! -e "$sysroot/complete" ]; then
    rm -rf "$sysroot"
    mkdir -p "$sysroot/apt/lists/partial" "$sysroot/apt/archives/partial" "$sysroot/arm64" "$sysroot/lib/rustlib"
    apt() {
        apt-get -q -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o "Dir::State::lists=$sysroot/apt/lists" \
            -o "Dir::Cache=$sysroot/apt" -o APT::Sandbox::User=root "$@"
    }
    apt update >&2
    (cd "$sysroot/apt" && apt download "libstd-rust-web-dev:arm64=$version" >&2)
    dpkg -x "$sysroot"/apt/libstd-rust-web-dev_*_arm64.deb "$sysroot/arm64"
    rm -rf "$sysroot/apt"
    ln -s "$sysroot/arm64/usr/lib/rustlib/aarch64-unknown-linux-gnu" "$sysroot/lib/rustlib/"
    ln -s /usr/lib/rustlib/x86_64-unknown-linux-gnu "$sysroot/lib/rustlib/"
    touch "$sysroot/complete"
fi

export CARGO_TARGET_DIR=$target RUSTC=/usr/bin/rustc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="--sysroot=$sysroot -Cstrip=symbols"
/usr/bin/cargo build --release --locked -p dnc-edge --bin dnc-edge --target aarch64-unknown-linux-gnu >&2
binary=$target/aarch64-unknown-linux-gnu/release/dnc-edge
echo "$binary"
ls -l "$binary" | awk '{ printf "%.1f MB, stripped\n", $5 / 1e6 }' >&2
