#!/usr/bin/env bash
# Rendered garments in In-Shop layout, from training to identification: the quick start's line on another subject.
#
#   benches/evidence/garments.sh OUT [SEED...]
#
# The network and schedule are the quick start's; nothing was tuned for garments. In-Shop's protocol: queries against
# the gallery, as the list names them. Half of the unseen garments are enrolled with their gallery pictures; their
# queries must be accepted as themselves, those of the others rejected.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8p' "$0"; exit 2; }
out=$1
shift
[ $# -gt 0 ] || set -- 1 2 3
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$root/target/release
settings=(--backbone small --size 48 --dim 128 --learners 4 --batch 40 --lr 0.004 --head-lr 0.004
  --validation-share 0.15 --crop-min 0.6 --flip false --evaluate-every 4 --epochs 28)
mkdir -p "$out"

score() { python3 -c 'import json,sys; s=json.load(sys.stdin)["scores"]; print(s["queries"], s["recall"]["1"], s["map"])'; }

for seed in "$@"; do
  data=$out/garments-$seed run=$out/run-$seed bundle=$out/bundle-$seed
  [ -d "$data" ] || "$bin/dnc-train" render --what garments --out "$data" --train-identities 360 --test-identities 60 \
    --train-cameras 6 --test-cameras 4 --views 10 --size 96 --seed "$seed" 2>>"$out/log-$seed.txt"
  "$bin/dnc-train" run --data "$data" --out "$run" "${settings[@]}" --seed "$seed" 2>>"$out/log-$seed.txt"
  for baseline in untrained histogram; do
    echo "seed $seed $baseline $("$bin/dnc-train" evaluate --run "$run" --baseline $baseline --json | score)"
  done
  echo "seed $seed trained $("$bin/dnc-train" evaluate --run "$run" --json | score)"
  [ -d "$bundle" ] || "$bin/dnc-export" --run "$run" --out "$bundle" >>"$out/log-$seed.txt"
  python3 - "$data" "$out/enrol-$seed.csv" "$out/probe-$seed.csv" <<'PY'
import os, sys
data, enrol, probe = sys.argv[1:]
rows = [line.split() for line in open(data + "/Eval/list_eval_partition.txt").read().splitlines()[2:]]
tested = sorted({item for _, item, part in rows if part != "train"})
enrolled = set(tested[::2])
folder = next(f for f in ("Img", ".") if os.path.exists(os.path.join(data, f, rows[0][0])))
write = lambda name, chosen: open(name, "w").write(
    "path,identity,split\n" + "".join(f"{os.path.abspath(os.path.join(data, folder, p))},{i},test\n" for p, i, _ in chosen))
write(enrol, [r for r in rows if r[2] == "gallery" and r[1] in enrolled])
write(probe, [r for r in rows if r[2] == "query"])
PY
  rm -f "$out/site-$seed.gallery"
  "$bin/dnc-edge" enroll --bundle "$bundle" --gallery "$out/site-$seed.gallery" --csv "$out/enrol-$seed.csv" >>"$out/log-$seed.txt"
  "$bin/dnc-edge" identify --bundle "$bundle" --gallery "$out/site-$seed.gallery" --csv "$out/probe-$seed.csv" --json 2>&1 >"$out/answers-$seed.jsonl" |
    sed "s/^/seed $seed /"
done
