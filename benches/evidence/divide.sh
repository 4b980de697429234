#!/usr/bin/env bash
# Does dividing help? K = 1, 2, 4, 8, hierarchical, and another loss, three seeds each, on real pictures.
#
#   benches/evidence/divide.sh DATA OUT [CONFIGURATION...]
#
# DATA is a data set of dnc-train (../shared/data/emoji-dev.tar.zst unpacked), OUT a folder for runs and rows.csv.
# Stopped, it goes on where it was: a run with a row is not done again, one without goes on from its checkpoint.
# Validation scores of every epoch come from held-out training identities; the test part is scored once, at the end.
# Then: benches/evidence/summary.py OUT/rows.csv
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,9p' "$0"; exit 2; }
data=$1 out=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
train=${DNC_TRAIN:-$root/target/release/dnc-train}
read -ra seeds <<<"${SEEDS:-1 2 3}"
mkdir -p "$out"
weights=$("$train" weights fetch mobilenet-v2 --to "$out/weights")
common=(--weights "$weights" --size 64 --dim 128 --epochs "${EPOCHS:-20}" --evaluate-every 1)

flags() {
  case $1 in
    margin-k*) echo "--learners ${1#margin-k}" ;;
    margin-hierarchical-k*) echo "--division hierarchical --masks learnable --learners ${1#margin-hierarchical-k}" ;;
    # The follow-up whole, as it is published but for its length: no conquering, a frozen backbone after each division.
    tpami-k*)
      echo "--division hierarchical --masks learnable --freeze-after-division 1 --miner distance-weighted" \
        "--per-identity 2 --conquer-at ${EPOCHS:-20} --learners ${1#tpami-k}"
      ;;
    # What was tried when dividing did not help: validation scores beside the test part's in benches/RESULTS.md.
    # Learning rates below.
    margin-lr3e-5-k*) echo "--learners ${1#margin-lr3e-5-k}" ;;
    margin-lr3e-4-k*) echo "--learners ${1#margin-lr3e-4-k}" ;;
    margin-two-each-k*) echo "--per-identity 2 --learners ${1#margin-two-each-k}" ;;
    margin-early-conquer-k*) echo "--conquer-at $((${EPOCHS:-20} / 2)) --learners ${1#margin-early-conquer-k}" ;;
    margin-rare-division-k*) echo "--divide-every 5 --learners ${1#margin-rare-division-k}" ;;
    triplet-k*) echo "--loss triplet --learners ${1#triplet-k}" ;;
    *) echo "unknown configuration $1" >&2; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- margin-k1 margin-k4 margin-k2 margin-k8 margin-hierarchical-k4 triplet-k1 triplet-k4
rows=$out/rows.csv
[ -f "$rows" ] || echo "date,configuration,seed,epochs,recall_at_1,map,validation_map" >"$rows"
for seed in "${seeds[@]}"; do
  for name in "$@"; do
    grep -q "^[^,]*,$name,$seed,${EPOCHS:-20}," "$rows" && continue
    run=$out/$name-e${EPOCHS:-20}-s$seed
    read -ra own <<<"$(flags "$name")"
    case $name in
      margin-lr3e-5-*) own+=(--lr 3e-5 --head-lr 3e-4) ;;
      margin-lr3e-4-*) own+=(--lr 3e-4 --head-lr 3e-3) ;;
      *) own+=(--lr 1e-4 --head-lr 1e-3) ;;
    esac
    "$train" run --data "$data" --out "$run" "${common[@]}" "${own[@]}" --seed "$seed" >>"$run.log" 2>&1
    "$train" evaluate --run "$run" --json >"$run.json"
    python3 - "$run" "$name" "$seed" >>"$rows" <<'PY'
import datetime, json, sys
run, name, seed = sys.argv[1:]
scores = json.load(open(run + ".json"))["scores"]
epochs = json.load(open(run + "/history.json"))["epochs"]
curve = " ".join(f"{e['validation']['map']:.4f}" for e in epochs)
today = datetime.date.today().isoformat()
print(f"{today},{name},{seed},{len(epochs)},{scores['recall']['1']:.4f},{scores['map']:.4f},{curve}")
PY
    tail -1 "$rows" | cut -d, -f2-6
  done
done
