#!/usr/bin/env bash
# The test command: installs what the tests need by package name, checks form, runs every test.
#
#   ./test.sh            everything
#   ./test.sh --quick    without the CUDA build, the quick start, and fuzzing
#
# One profile and one feature set for all that can share them: the dependencies are built once. Under CI=true
# a test that must skip for want of a tool fails instead.
set -euo pipefail
cd "$(dirname "$0")"

quick=false
[ "${1:-}" = "--quick" ] && quick=true

# Runs the tests and adds up what the test programs count each for itself.
run_tests() {
  local log status=0
  log=$(mktemp)
  cargo test --release --workspace --no-fail-fast -- --quiet "$@" 2>&1 | tee "$log" || status=$?
  awk '/^test result:/ { p += $4; f += $6; i += $8 } END { printf "\n%d passed, %d failed, %d skipped\n", p, f, i }' "$log"
  rm -f "$log"
  return "$status"
}

step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

step "tools"
# Without the right to install, the tests say what they skip and why.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=()
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  command -v c++ >/dev/null || missing+=(g++) # libFuzzer, and the approximate index
  command -v mount >/dev/null || missing+=(mount)
  command -v prlimit >/dev/null || missing+=(util-linux)
  # The networks are compared with PyTorch's and torchvision's.
  dpkg -s python3-torchvision >/dev/null 2>&1 || missing+=(python3-torch python3-torchvision)
  # A Vulkan driver in software: the GPU kernels run on it.
  dpkg -s mesa-vulkan-drivers >/dev/null 2>&1 || missing+=(mesa-vulkan-drivers libvulkan1)
  # What the device's tests talk to: a browser, an MQTT broker, a video player.
  command -v chromium >/dev/null || missing+=(chromium)
  [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
  command -v ffmpeg >/dev/null || missing+=(ffmpeg)
  # A compiler with its sources for the microcontroller, and one for 64-bit ARM with an emulator.
  for package in rustc-web cargo-web rust-web-src rust-web-clippy libstd-rust-web-dev binutils; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  command -v aarch64-linux-gnu-gcc >/dev/null || missing+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
  command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
  if [ "${#missing[@]}" -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
fi
rustup component add rustfmt clippy >/dev/null 2>&1 || true

step "form"
cargo fmt --all --check

step "build"
cargo build --release --workspace --all-targets

step "lint"
cargo clippy --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --quiet

step "core without std"
cargo check --release -p dnc-core --no-default-features
cargo check --release -p dnc-firmware-demo

step "images of the microcontroller, and the device's program for 64-bit ARM"
# Run by the tests in emulators. Without the compilers they say what they skip.
if images=$(firmware-demo/boards/build.sh); then
  eval "$images"
elif [ "${CI:-}" = true ]; then
  exit 1
fi
# Optimised a little: half of the time to build, and speed is not what is looked at.
if arm=$(CARGO_PROFILE_RELEASE_OPT_LEVEL=1 edge/aarch64.sh); then
  export DNC_EDGE_AARCH64=$arm
elif [ "${CI:-}" = true ]; then
  exit 1
fi

step "tests"
if $quick; then
  run_tests --skip the_whole_line_learns_and_recognises
else
  run_tests
  step "fuzz targets, 20 seconds each"
  # From an empty corpus: what a commit's check finds does not hang on what was run here before it. Kept where one breaks.
  corpus=$(mktemp -d)
  DNC_FUZZ_HOME=$corpus fuzz/run.sh 20
  rm -r "$corpus"
  step "GPU kernels on a Vulkan driver in software; the CUDA backend builds without a toolkit"
  # One build for both: what is linked here could train on CUDA, and its tests run on Vulkan.
  gpu=(cargo test --release -p dnc-train --features vulkan,cuda)
  "${gpu[@]}" --lib --test gpu --no-run
  lavapipe=(/usr/share/vulkan/icd.d/lvp_icd.*.json)
  if [ -f "${lavapipe[0]}" ]; then
    # The driver complains where there is no runtime folder.
    export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} VK_DRIVER_FILES=${lavapipe[0]}
    # Of the unit tests few and small ones: each compiles kernels of its own. Then whole trainings.
    "${gpu[@]}" --lib -- --quiet ops:: loss:: optimizer:: clip:: finite::
    "${gpu[@]}" --test gpu -- --quiet
  elif [ "${CI:-}" = true ]; then
    echo "no software Vulkan driver (Debian: mesa-vulkan-drivers)" >&2
    exit 1
  else
    echo "skipped: no software Vulkan driver (Debian: mesa-vulkan-drivers)"
  fi
fi
step "all passed"
