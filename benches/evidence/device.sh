#!/usr/bin/env bash
# JPEG to identity beside Python, in turns on one machine: 640 x 480 px, one box, 10,000 enrolled, int8 at 224 px, one thread.
#
#   benches/evidence/device.sh DATA OUT
#
# DATA is a data set of dnc-train with a split.csv (../shared/data/emoji-dev.tar.zst unpacked), OUT a folder. PYTHON names a
# Python with faiss-cpu, numpy, onnxruntime and pillow. The model is MobileNetV2 with ImageNet weights, an epoch trained.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,7p' "$0"; exit 2; }
data=$1 out=$2 python=${PYTHON:-python3}
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${DNC_BIN:-$root/target/release}
variant=model.int8-ort.onnx
mkdir -p "$out"
"$bin/dnc-edge" runtime fetch >/dev/null
[ -d "$out/bundle" ] || {
  weights=$("$bin/dnc-train" weights fetch mobilenet-v2 --to "$out/weights")
  "$bin/dnc-train" render --out "$out/vehicles" --train-identities 60 --test-identities 4 --views 6 --size 256 >/dev/null
  "$bin/dnc-train" run --data "$out/vehicles" --out "$out/run" --weights "$weights" --size 224 --dim 128 --learners 4 \
    --epochs 1 --seed 1 >"$out/run.log" 2>&1
  "$bin/dnc-export" --run "$out/run" --out "$out/bundle" --variants int8-ort --allow-small --max-drop 100 --calibration 64
}
[ -f "$out/site/probes.csv" ] || "$python" "$root/benches/peers/picture_to_identity.py" make "$data" "$out/site"
[ -f "$out/site.gallery" ] || "$bin/dnc-edge" enroll --bundle "$out/bundle" --gallery "$out/site.gallery" --runtime ort \
  --variant "$variant" --folder "$out/site/gallery"
for round in 1 2 3; do
  "$python" "$root/benches/peers/picture_to_identity.py" time "$out/bundle" "$out/site" "$variant" "$out/python-$round.json"
  "$bin/dnc-edge" bench --bundle "$out/bundle" --runtime ort --variant "$variant" --gallery "$out/site.gallery" \
    --pictures "$out/site/probes" --box 200,120,240,240 --runs 600 --json "$out/ours-$round.json"
done
"$bin/dnc-edge" identify --bundle "$out/bundle" --gallery "$out/site.gallery" --runtime ort --variant "$variant" --json \
  --csv "$out/site/probes.csv" >"$out/answers.jsonl"
"$python" - "$out" <<'PY'
import json, pathlib, sys
out = pathlib.Path(sys.argv[1])
python = [json.loads((out / f"python-{n}.json").read_text()) for n in (1, 2, 3)]
ours = [dict(json.loads((out / f"ours-{n}.json").read_text())["measured"][0]["stages"]) for n in (1, 2, 3)]
print("| step | Python, p50 ms | ours, p50 ms | ratio |\n|---|---|---|---|")
def row(name, of_python, of_ours):
    a, b = [of_python(p["p50"]) for p in python], [of_ours(o) for o in ours]
    ratios = [y / x for x, y in zip(a, b)]
    span = lambda v, d: f"{min(v):.{d}f} to {max(v):.{d}f}"
    print(f"| {name} | {span(a, 3)} | {span(b, 3)} | {span(ratios, 2)} |")
for step in ("decode", "preprocess", "embed", "search", "decide", "total"):
    row(step, lambda p: p[step], lambda o: o[step]["p50"])
row("all but embed", lambda p: p["total"] - p["embed"], lambda o: o["total"]["p50"] - o["embed"]["p50"])
found = python[0]["found"]
answers = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
same = sum(found[pathlib.Path(a["picture"]).stem][0] == a["top"][0]["identity"] for a in answers)
right = sum(a["truth"] == a["top"][0]["identity"] for a in answers)
print(f"\nsame nearest identity: {same} of {len(answers)}; right: {right}")
PY
