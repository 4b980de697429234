#!/usr/bin/env bash
# Training steps on a GPU beside PyTorch's, on the same card in one run: pictures per second of MobileNetV2 and
# ResNet-50, batch 80, 224 px, f32, TF32 and bf16.
#
#   benches/evidence/cuda.sh OUT        writes OUT/steps.jsonl, one row a measurement
#
# Needs dnc-train built with `--features dnc-train/cuda` (DNC_TRAIN names another place than target/release) and a
# python3 with PyTorch for CUDA and torchvision.
set -uo pipefail
cd "$(dirname "$0")/../.."
out=${1:?where to write}
train=${DNC_TRAIN:-target/release/dnc-train}
mkdir -p "$out"
rows=$out/steps.jsonl

note() { printf '{"who":"%s","network":"%s","precision":"%s","times":%s}\n' "$1" "$2" "$3" "$4" | tee -a "$rows"; }

for network in ${NETWORKS:-mobilenet-v2 resnet-50}; do
  for precision in ${PRECISIONS:-f32 tf32 bf16}; do
    times=$(timeout "${LIMIT:-120}" "$train" bench --backbone "$network" --size 224 --batch 80 --backend cuda \
      --precision "$precision" --json) && note dnc-train "$network" "$precision" "$times"
    times=$(python3 benches/peers/step_torch.py --backbone "$network" --size 224 --batch 80 --device cuda \
      --precision "$precision") && note pytorch "$network" "$precision" "$times"
  done
done
