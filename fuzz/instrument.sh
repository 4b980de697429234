#!/bin/sh
# Stands before rustc for the crates of this workspace (RUSTC_WORKSPACE_WRAPPER): adds the coverage that libFuzzer is led
# by. Dependencies are compiled without it, and so only once for this and for every other build.
#
# A change here is not seen by cargo: remove target/release/.fingerprint/dnc-* after one.
for argument in "$@"; do
  case $argument in
    # Not cargo's questions to the compiler: those name no crate of ours.
    dnc_* | fuzz_*)
      # One unit of code generation: functions with coverage are not inlined from one unit into another.
      exec "$@" -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares
      ;;
  esac
done
exec "$@"
