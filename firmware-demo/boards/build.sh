#!/bin/sh
# Builds the images of all boards, prints what they take of flash and RAM, and finds QEMU. Standard output is for
# `eval`: the variables by which firmware-demo/tests/qemu and tests/tests/gate find both; all else goes to standard error.
#
#   images=$(firmware-demo/boards/build.sh) && eval "$images" && cargo test --release --workspace
#
# Needs Debian's rustc-web, cargo-web, rust-web-src and libstd-rust-web-dev (the sources of core, to build it for the
# Cortex-M), and a rust-lld (rustup's) or ld.lld. Installs nothing. Where the machine has no qemu-system-arm and
# DNC_QEMU names none, its packages are fetched and unpacked beside the images: installed, they would replace others.
# Everything is kept in $CARGO_TARGET_DIR/firmware, by default target/firmware.
set -eu
boards=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${CARGO_TARGET_DIR:-$boards/../../target}/firmware"
target=$(cd "${CARGO_TARGET_DIR:-$boards/../../target}/firmware" && pwd)
triple=thumbv7em-none-eabihf

say() { echo "$@" >&2; }

for tool in /usr/bin/rustc /usr/bin/cargo; do
    [ -x "$tool" ] && continue
    say "$tool is missing: apt-get install rustc-web cargo-web rust-web-src libstd-rust-web-dev"
    exit 1
done
host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
lld=$(rustc --print sysroot 2>/dev/null || true)/lib/rustlib/$host/bin/rust-lld
[ -x "$lld" ] || lld=$(command -v ld.lld || true)
if [ -z "$lld" ]; then
    say "no linker for the Cortex-M: install a Rust toolchain with rustup, or apt-get install lld"
    exit 1
fi

# In the board's folder, so that its own lock file and no configuration of the workspace count. Flags of the caller would
# take the place of ours.
debian() {
    (
        cd "$boards/$1"
        program=$2 verb=$3
        shift 3
        unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET RUSTUP_TOOLCHAIN
        RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo CARGO_TARGET_DIR=$target \
            CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=$lld \
            CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS="-Clink-arg=-Tlink.x -Clink-arg=--nmagic" \
            "$program" "$verb" --release --locked -Zbuild-std=core --target $triple "$@"
    ) >&2
}

for board in mps2-an386 stm32f411; do
    debian $board /usr/bin/cargo build
    # rust-web-clippy, whose driver fits that compiler; rustup's does not.
    if [ -x /usr/bin/cargo-clippy ]; then
        debian $board /usr/bin/cargo-clippy clippy -- -D warnings
    else
        say "not linted: no /usr/bin/cargo-clippy (apt-get install rust-web-clippy)"
    fi
done
built=$target/$triple/release
for image in gate-mps2-an386 check-mps2-an386 gate-stm32f411; do
    if command -v size >/dev/null; then
        size "$built/$image" | awk -v image=$image \
            'NR == 2 { printf "%s: flash %d bytes, static RAM %d bytes\n", image, $1 + $2, $2 + $3 }' >&2
    else
        say "$image: no size (binutils) to say what it takes"
    fi
done

fetch_qemu() {
    packages=$(apt-get install -s --no-install-recommends qemu-system-arm | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    # shellcheck disable=SC2086 # a list of names
    apt-get download -o APT::Sandbox::User=root $packages
}

qemu=${DNC_QEMU:-$(command -v qemu-system-arm || true)}
if [ -z "$qemu" ]; then
    qemu=$target/qemu/usr/bin/qemu-system-arm
    if [ ! -x "$qemu" ]; then
        say "fetching QEMU into $target/qemu"
        # Under its name only when it is whole.
        rm -rf "$target/qemu" "$target/qemu.part"
        mkdir -p "$target/qemu.part/debs"
        (
            cd "$target/qemu.part/debs"
            fetch_qemu || { apt-get update -qq && fetch_qemu; }
            for deb in *.deb; do dpkg -x "$deb" ..; done
            rm -rf ../debs
        ) >&2
        mv "$target/qemu.part" "$target/qemu"
    fi
fi
# Only QEMU may see these libraries: cargo has its own.
root=${qemu%/usr/bin/qemu-system-arm}
libraries=
for folder in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu; do
    [ "$root" != "" ] && [ -d "$folder" ] && libraries=$libraries:$folder
done
printf "export DNC_GATE_IMAGE='%s'\n" "$built/gate-mps2-an386"
printf "export DNC_CHECK_IMAGE='%s'\n" "$built/check-mps2-an386"
printf "export DNC_QEMU='%s'\n" "$qemu"
printf "export DNC_QEMU_LIBRARY_PATH='%s'\n" "${libraries#:}"
