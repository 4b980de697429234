#!/usr/bin/env bash
# mAP on unseen identities of real pictures against raw ImageNet features: three seeds, mean ± std.
#
#   benches/real-pictures.sh DATA OUT [dnc-train flags...]
#
# DATA is a data set of dnc-train (../shared/data/*.tar.zst unpacked), OUT a folder for the runs. Stopped, it
# goes on where it was: finished runs are only scored again.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,8p' "$0"; exit 2; }
data=$1 out=$2
shift 2
root=$(cd "$(dirname "$0")/.." && pwd)
train=${DNC_TRAIN:-$root/target/release/dnc-train}
weights=$("$train" weights fetch mobilenet-v2 --to "$out/weights")
settings=(--weights "$weights" --size 64 --learners 4 --epochs 20 --lr 1e-4 --head-lr 1e-3 --evaluate-every 0 "$@")

score() { sed -E "s/.*\"recall\":\{\"1\":([0-9.]+).*\"map\":([0-9.]+).*/$1 \1 \2/"; }

"$train" evaluate --baseline features --data "$data" "${settings[@]}" --json | score raw | tee "$out/scores.txt"
for seed in 1 2 3; do
  "$train" run --data "$data" --out "$out/seed-$seed" "${settings[@]}" --seed "$seed" >>"$out/seed-$seed.log" 2>&1
  "$train" evaluate --run "$out/seed-$seed" --json | score "seed-$seed" | tee -a "$out/scores.txt"
done
awk '/^raw/ { r = $2; m = $3; next }
  { n++; a += $2; aa += $2 * $2; b += $3; bb += $3 * $3 }
  END {
    sa = sqrt((aa - a * a / n) / (n - 1)); sb = sqrt((bb - b * b / n) / (n - 1))
    printf "raw ImageNet features: R@1 %.1f %%, mAP %.1f %%\n", 100 * r, 100 * m
    printf "trained, %d seeds: R@1 %.1f ± %.1f %%, mAP %.1f ± %.1f %%\n", n, 100 * a / n, 100 * sa, 100 * b / n, 100 * sb
    exit !(b / n - sb > m)
  }' "$out/scores.txt"
