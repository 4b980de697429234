#!/usr/bin/env bash
# Builds the fuzz targets with coverage (a stable compiler will do) and runs each for some seconds.
#
#   fuzz/run.sh [SECONDS [TARGET…]]        20 seconds, every target
#
# Inputs that reached something new are kept in target/fuzz/TARGET/corpus and the next run goes on from them. An input that
# breaks a promise, takes 5 seconds or 1 GiB is kept in target/fuzz/TARGET/found: exit code 1. DNC_FUZZ_HOME names another
# folder than target/fuzz. docs/fuzzing.md tells more.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A longest=([bundle]=4096 [import]=4096 [manifest]=8192 [model]=8192 [picture]=4096 [wire]=1024)
seconds=${1:-20}
targets=("${@:2}")
[ "${#targets[@]}" -gt 0 ] || targets=(bundle import manifest model picture wire)
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "seconds are $seconds; give a whole number from 1 on" >&2; exit 2; }
for target in "${targets[@]}"; do
  [ -n "${longest[$target]:-}" ] || { echo "no target $target; there are ${!longest[*]}" >&2; exit 2; }
done

out=${CARGO_TARGET_DIR:-target}
# The whole workspace and examples, so that the dependencies have the features that they have beside the tests.
RUSTC_WORKSPACE_WRAPPER=$PWD/fuzz/instrument.sh cargo build --release --workspace "${targets[@]/#/--example=fuzz-}"
# Files of the bundle target: in memory where that is to be had.
[ -w /dev/shm ] && export TMPDIR=/dev/shm

homes=${DNC_FUZZ_HOME:-$out/fuzz}
failed=0
row='%-10s %12s %9s %9s %9s %8s %8s\n'
# shellcheck disable=SC2059
printf "$row" target executions 'each s' edges features inputs seconds
for target in "${targets[@]}"; do
  home=$homes/$target
  mkdir -p "$home/corpus" "$home/seeds" "$home/found"
  program=$out/release/examples/fuzz-$target
  started=$SECONDS status=0
  # One seed of the random numbers: with an empty corpus a run on the same machine begins the same way.
  DNC_FUZZ_SEEDS=$home/seeds "$program" "$home/corpus" "$home/seeds" -seed=1 -max_total_time="$seconds" \
    -max_len="${longest[$target]}" -rss_limit_mb=1024 -timeout=5 -print_final_stats=1 -artifact_prefix="$home/found/" \
    >"$home/log" 2>&1 || status=$?
  if ! grep -q 'inline 8-bit counters' "$home/log"; then
    echo "$program has no coverage: was it built by something else meanwhile?" >&2
    exit 1
  fi
  read -r edges features inputs < <(awk '/cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") c = $(i + 1)
    if ($i == "ft:") f = $(i + 1); if ($i == "corp:") n = $(i + 1) } } END { print c + 0, f + 0, n + 0 }' "$home/log")
  executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$home/log")
  took=$((SECONDS - started))
  # shellcheck disable=SC2059
  printf "$row" "$target" "${executions:-?}" "$((${executions:-0} / (took > 0 ? took : 1)))" "$edges" "$features" \
    "${inputs%%/*}" "$took"
  if [ "$status" -ne 0 ]; then
    failed=1
    grep -v '^#\|^\s*NEW_FUNC' "$home/log" | tail -n 25 >&2
    input=$(awk '/Test unit written to/ { print $NF }' "$home/log" | tail -n 1)
    echo "fuzz-$target broke on ${input:-an input that was not kept, see $home/log}; again: $program $input" >&2
    # A CI's log is all that is left of its machine.
    [ -z "$input" ] || { echo "the input, base64:"; base64 "$input"; } >&2
  fi
done
exit "$failed"
