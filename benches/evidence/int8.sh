#!/usr/bin/env bash
# What int8 costs: three seeds trained, exported, and scored on the test part beside ONNX Runtime's own quantiser.
#
#   benches/evidence/int8.sh DATA OUT
#
# DATA is a data set of dnc-train with a split.csv (../shared/data/emoji-dev.tar.zst unpacked), OUT a folder. Stopped, it
# goes on where it was. PYTHON names a Python with onnx, onnxruntime, pillow and numpy.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,7p' "$0"; exit 2; }
data=$1 out=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${DNC_BIN:-$root/target/release}
mkdir -p "$out"
"$bin/dnc-edge" runtime fetch >/dev/null
weights=$("$bin/dnc-train" weights fetch mobilenet-v2 --to "$out/weights")
# 512 pictures of training identities, as the exporter takes.
"${PYTHON:-python3}" - "$data" >"$out/calibration.txt" <<'PY'
import csv, pathlib, random, sys
data = pathlib.Path(sys.argv[1])
rows = [r for r in csv.DictReader(open(data / "split.csv")) if r["split"] == "train"]
random.Random(1).shuffle(rows)
for row in rows[:512]:
    print(data / row["path"])
PY
for seed in 1 2 3; do
  run=$out/run-$seed bundle=$out/bundle-$seed
  [ -f "$run.done" ] || {
    "$bin/dnc-train" run --data "$data" --out "$run" --weights "$weights" --size 96 --dim 128 --learners 4 --epochs 20 \
      --lr 1e-4 --head-lr 1e-3 --seed "$seed" >"$run.log" 2>&1
    touch "$run.done"
  }
  # 160 validation queries: one of them is 0.6 points, so that the cosine limit does the gate's work here.
  [ -d "$bundle" ] || "$bin/dnc-export" --run "$run" --data "$data" --out "$bundle" --allow-small --max-drop 2 \
    --variants f16,int8-ort,int8-tract,int8-tensorrt
  [ -f "$out/ort-$seed/ort-per-channel.onnx" ] ||
    "${PYTHON:-python3}" "$root/benches/peers/quantise_ort.py" "$bundle" "$out/calibration.txt" "$out/ort-$seed"
  "$bin/dnc-export" evaluate --bundle "$bundle" --data "$data" --json --onnx "$out/ort-$seed/ort-per-tensor.onnx" \
    --onnx "$out/ort-$seed/ort-per-channel.onnx" >"$out/scores-$seed.json"
done
"${PYTHON:-python3}" - "$out" <<'PY'
import json, pathlib, statistics, sys
out = pathlib.Path(sys.argv[1])
seeds = [json.loads(p.read_text()) for p in sorted(out.glob("scores-*.json"))]
def spread(values, form):
    return f"{statistics.mean(values):{form}} ± {statistics.stdev(values):{form.lstrip('+')}}"
print("| file | size of f32 | R@1 % | drop, points | drop by seed, 95 % interval | mean cosine |\n|---|---|---|---|---|---|")
for rows in zip(*seeds):
    scores = [r["scores"] for r in rows]
    size = statistics.mean(r["bytes"] / s[0]["bytes"] for r, s in zip(rows, seeds))
    each = ", ".join(f"{s['drop']:+.2f} ({s['interval'][0]:+.2f} to {s['interval'][1]:+.2f})" for s in scores)
    print(f"| {pathlib.Path(rows[0]['file']).name} | {size:.2f} | {spread([100 * s['recall_at_1'] for s in scores], '.2f')} "
          f"| {spread([s['drop'] for s in scores], '+.2f')} | {each} | {statistics.mean(s['mean_cosine'] for s in scores):.4f} |")
PY
