#!/usr/bin/env python3
"""How long PyTorch takes for the training step of `dnc-train bench`: same network, batch, loss, miner and optimiser.

    benches/peers/step_torch.py --backbone resnet-50 --size 224 --batch 80 --device cuda --precision bf16

Prints one JSON object: medians in seconds, pictures per second. tf32 is f32 whose products may use TF32 tensor cores,
PyTorch's default for convolutions; bf16 is its own mixed precision (autocast). Channels last on a GPU, where it is the
faster layout. The miner works on tensors, on the device: faster than the plain loops of train_torch.py. ResNets need
torchvision.
"""
import argparse
import contextlib
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from train_torch import ALPHA, BETA, CUTOFF, Net


class Resnet(nn.Module):
    """torchvision's ResNet with one linear embedding layer cut into learners."""

    def __init__(self, name, dim, learners):
        super().__init__()
        import torchvision

        self.backbone = getattr(torchvision.models, name.replace("-", ""))(weights=None)
        features = self.backbone.fc.in_features
        self.backbone.fc = nn.Identity()
        self.embedding = nn.Linear(features, dim)
        width = -(-dim // learners)
        self.slices = [slice(k * width, min(dim, (k + 1) * width)) for k in range(learners)]

    def pooled(self, x):
        return self.backbone(x)


def margin_loss(unit, labels, per_identity):
    """train_torch.py's loss and miner without leaving the device; every identity has `per_identity` pictures."""
    with torch.no_grad():
        distances = torch.cdist(unit, unit)
        same = labels[:, None] == labels[None, :]
        key = torch.where(distances < CUTOFF, 10 - distances, distances).masked_fill(same, float("inf"))
        chosen = key.topk(per_identity - 1, largest=False).indices.sort(1).values
        same.fill_diagonal_(False)
        anchors, positives = same.nonzero(as_tuple=True)
    distance = lambda x, y: ((x - y).pow(2).sum(1) + 1e-8).sqrt()
    pos = F.relu(distance(unit[anchors], unit[positives]) - BETA + ALPHA)
    neg = F.relu(BETA - distance(unit[anchors], unit[chosen.flatten()]) + ALPHA)
    active = (pos > 0).sum() + (neg > 0).sum()
    return (pos + neg).sum() / active.clamp(min=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="mobilenet-v2", choices=["mobilenet-v2", "resnet-18", "resnet-50"])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=80)
    parser.add_argument("--per-identity", type=int, default=4)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="f32", choices=["f32", "tf32", "bf16"])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=3)
    args = parser.parse_args()

    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = args.precision != "f32"
    torch.backends.cudnn.allow_tf32 = args.precision != "f32"
    net = Net(128, 4) if args.backbone == "mobilenet-v2" else Resnet(args.backbone, 128, 4)
    net = net.to(args.device)
    x = torch.rand(args.batch, 3, args.size, args.size, device=args.device)
    if args.device == "cuda":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    labels = torch.arange(args.batch, device=args.device) // args.per_identity
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=1e-4)
    net.train()
    mixed = torch.autocast(args.device, torch.bfloat16) if args.precision == "bf16" else contextlib.nullcontext()
    wait = torch.cuda.synchronize if args.device == "cuda" else lambda: None

    def step():
        optimiser.zero_grad(set_to_none=True)
        with mixed:
            features = net.pooled(x)
        unit = F.normalize(net.embedding(features.float())[:, net.slices[0]])
        loss = margin_loss(unit, labels, args.per_identity)
        loss.backward()
        optimiser.step()
        return loss.item()

    times = []
    for i in range(args.warm_up + args.steps):
        wait()
        start = time.perf_counter()
        loss = step()
        wait()
        if i >= args.warm_up:
            times.append(time.perf_counter() - start)
    seconds = statistics.median(times)
    print(json.dumps({
        "backbone": args.backbone, "precision": args.precision, "device": args.device,
        "step_s": seconds, "pictures_per_s": args.batch / seconds, "loss": loss, "torch": torch.__version__,
    }))


main()
