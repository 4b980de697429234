#!/usr/bin/python3
"""Divide and conquer the embedding space in PyTorch, written from the paper's equations: the peer of dnc-train.

    benches/peers/train_torch.py --data split.csv --weights mobilenet-v2.pt --learners 4 --epochs 20 --seed 1

Same network, pictures, crops, batches, loss, miner, optimiser and phases as `dnc-train run` with the flags of
benches/evidence/divide.sh; other random numbers. Prints one line an epoch (seconds, loss) and at the end one JSON
object with recall@1 and mAP on the test part. Debian packages: python3-torch python3-pil python3-scipy.
"""
import argparse
import csv
import json
import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.optimize import linear_sum_assignment
from torch import nn

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
BETA, ALPHA, CUTOFF = 1.2, 0.2, 0.5


def conv_unit(c_in, c_out, kernel, stride, groups=1, activation=True):
    layers = [
        nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(c_out),
    ]
    return layers + ([nn.ReLU6(inplace=True)] if activation else [])


class Block(nn.Module):
    """Inverted residual (Sandler et al., CVPR 2018)."""

    def __init__(self, c_in, c_out, stride, expansion):
        super().__init__()
        hidden = c_in * expansion
        layers = conv_unit(c_in, hidden, 1, 1) if expansion != 1 else []
        layers += conv_unit(hidden, hidden, 3, stride, groups=hidden)
        layers += conv_unit(hidden, c_out, 1, 1, activation=False)
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Net(nn.Module):
    """MobileNetV2, width 1, with one linear embedding layer cut into learners."""

    def __init__(self, dim, learners):
        super().__init__()
        stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        blocks, c = [nn.Sequential(*conv_unit(3, 32, 3, 2))], 32
        for expansion, channels, repeats, stride in stages:
            for i in range(repeats):
                blocks.append(Block(c, channels, stride if i == 0 else 1, expansion))
                c = channels
        blocks.append(nn.Sequential(*conv_unit(c, 1280, 1, 1)))
        self.features = nn.Sequential(*blocks)
        self.embedding = nn.Linear(1280, dim)
        width = -(-dim // learners)
        self.slices = [slice(k * width, min(dim, (k + 1) * width)) for k in range(learners)]
        for s in self.slices:
            nn.init.xavier_uniform_(self.embedding.weight.data[s])
        nn.init.zeros_(self.embedding.bias)

    def load(self, path):
        """Weights of a file with flat or nested names: the same tensors in the same order."""
        given = [v for k, v in torch.load(path, map_location="cpu").items() if k.startswith("features.")]
        own = self.features.state_dict()
        names = [n for n in own if not n.endswith("num_batches_tracked")]
        given = [v for v in given if v.dim() > 0]
        assert len(names) == len(given), (len(names), len(given))
        for name, value in zip(names, given):
            assert own[name].shape == value.shape, name
            own[name].copy_(value)

    def pooled(self, x):
        return self.features(x).mean((2, 3))

    def grouped(self, raw):
        return torch.cat([F.normalize(raw[:, s]) for s in self.slices], 1) / math.sqrt(len(self.slices))


def margin_loss(unit, labels):
    """Every anchor-positive pair with one of the anchor's nearest negatives at the cutoff or beyond."""
    with torch.no_grad():
        d = torch.cdist(unit.double(), unit.double()).cpu().numpy()
    anchors, positives, negatives = [], [], []
    for a in range(len(labels)):
        pos = [i for i in range(len(labels)) if i != a and labels[i] == labels[a]]
        neg = [i for i in range(len(labels)) if labels[i] != labels[a]]
        if not pos or not neg:
            continue
        neg.sort(key=lambda i: (d[a, i] < CUTOFF, -d[a, i] if d[a, i] < CUTOFF else d[a, i]))
        chosen = sorted(neg[: len(pos)])
        for i, p in enumerate(pos):
            anchors.append(a), positives.append(p), negatives.append(chosen[i % len(chosen)])
    if not anchors:
        return None
    distance = lambda x, y: ((x - y).pow(2).sum(1) + 1e-8).sqrt()
    pos = F.relu(distance(unit[anchors], unit[positives]) - BETA + ALPHA)
    neg = F.relu(BETA - distance(unit[anchors], unit[negatives]) + ALPHA)
    active = (pos > 0).sum() + (neg > 0).sum()
    return (pos + neg).sum() / active.clamp(min=1)


def to_input(picture):
    return ((np.asarray(picture, np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)


def plain(picture, size):
    shorter = round(size * 8 / 7)
    scale = shorter / min(picture.size)
    w, h = (round(side * scale) for side in picture.size)
    left, top = (w - size) // 2, (h - size) // 2
    return to_input(picture.resize((w, h), Image.BILINEAR).crop((left, top, left + size, top + size)))


def augmented(picture, size, rng, crop_min=0.2):
    w, h = picture.size
    box = None
    for _ in range(10):
        area = w * h * rng.uniform(crop_min, 1)
        ratio = math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
        cw, ch = math.sqrt(area * ratio), math.sqrt(area / ratio)
        if cw <= w and ch <= h:
            left, top = rng.uniform(0, w - cw), rng.uniform(0, h - ch)
            box = (left, top, left + cw, top + ch)
            break
    picture = picture.resize((size, size), Image.BILINEAR, box=box)
    return to_input(picture.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else picture)


def kmeans(points, k, rng, restarts=4, rounds=50):
    best = None
    for _ in range(restarts):
        centres = [points[rng.randrange(len(points))]]
        nearest = np.full(len(points), np.inf)
        while len(centres) < k:
            nearest = np.minimum(nearest, ((points - centres[-1]) ** 2).sum(1))
            centres.append(points[rng.choices(range(len(points)), nearest)[0]])
        centres = np.stack(centres)
        for _ in range(rounds):
            d = (points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)
            found = d.argmin(1)
            new = np.stack([points[found == i].mean(0) if (found == i).any() else points[d.min(1).argmax()] for i in range(k)])
            if np.allclose(new, centres):
                break
            centres = new
        cost = d.min(1).sum()
        if best is None or cost < best[0]:
            best = (cost, found)
    return best[1]


def divide(features, k, previous, rng):
    found = kmeans(features, k, rng)
    if previous is None:
        return found
    cost = [[((found == i) != (previous == j)).sum() for j in range(k)] for i in range(k)]
    rows, columns = linear_sum_assignment(np.array(cost))
    return np.array(columns)[np.argsort(rows)][found]


def epoch_batches(labels, clusters, rng, pictures=80, per_identity=4):
    """Round robin over clusters, as many rounds as the largest has batches; a lone picture sits out."""
    groups = {}
    for i, (label, cluster) in enumerate(zip(labels, clusters)):
        groups.setdefault(int(cluster), {}).setdefault(label, []).append(i)
    sources = []
    for cluster, identities in sorted(groups.items()):
        identities = [p for p in identities.values() if len(p) > 1]
        if len(identities) > 1:
            sources.append((cluster, identities, []))
    rounds = max(max(1, sum(map(len, ids)) // pictures) for _, ids, _ in sources)
    for _ in range(rounds):
        for cluster, identities, order in sources:
            target, batch, used = min(pictures, sum(map(len, identities))), [], set()
            while len(batch) < target and len(used) < len(identities):
                left = [i for i in order if i not in used]
                if not left:
                    order[:] = rng.sample(range(len(identities)), len(identities))
                    left = order[:]
                i = left[-1]
                order.remove(i)
                used.add(i)
                room = target - len(batch)
                if room == 1 and batch:
                    break
                batch += rng.sample(identities[i], min(per_identity, room, len(identities[i])))
            yield cluster, batch


@torch.no_grad()
def vectors(net, pictures, size, embed):
    net_out = []
    for start in range(0, len(pictures), 64):
        x = torch.from_numpy(np.stack([plain(p, size) for p in pictures[start : start + 64]]))
        pooled = net.pooled(x)
        net_out.append(net.grouped(net.embedding(pooled)) if embed else F.normalize(pooled))
    return torch.cat(net_out).numpy()


def score(rows, labels):
    similarity = rows @ rows.T
    np.fill_diagonal(similarity, -np.inf)
    labels, hits, precision = np.array(labels), [], []
    for i in range(len(labels)):
        order = np.argsort(-similarity[i], kind="stable")[:-1]
        relevant = labels[order] == labels[i]
        if relevant.any():
            ranks = np.flatnonzero(relevant) + 1
            precision.append((np.arange(1, len(ranks) + 1) / ranks).mean())
        hits.append(bool(relevant[0]))
    return float(np.mean(hits)), float(np.mean(precision))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--learners", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--stop-after", type=int, help="epochs really run, for timing")
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--head-lr", type=float, default=1e-3)
    parser.add_argument("--validation-share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)

    listed = list(csv.DictReader(open(args.data)))
    folder = os.path.dirname(args.data)
    read = lambda row: Image.open(os.path.join(folder, row["path"])).convert("RGB")
    train = [r for r in listed if r["split"] == "train"]
    # Held out and not learned from, as dnc-train does; only the share is the same.
    identities = sorted({r["identity"] for r in train})
    held = set(rng.sample(identities, round(len(identities) * args.validation_share)))
    train = [r for r in train if r["identity"] not in held]
    labels = [r["identity"] for r in train]
    pictures = [read(r) for r in train]

    net = Net(args.dim, args.learners)
    net.load(args.weights)
    # Statistics stay as they are: the paper freezes them.
    net.eval()
    groups = [
        {"params": net.features.parameters(), "lr": args.lr},
        {"params": net.embedding.parameters(), "lr": args.head_lr},
    ]
    optimizer = torch.optim.Adam(groups, weight_decay=1e-4)
    conquer_at = args.epochs * 19 // 20
    join_at = conquer_at * 8 // 19
    previous, pool = None, ThreadPoolExecutor(args.threads)
    seconds = []
    for epoch in range(args.stop_after or args.epochs):
        started = time.time()
        whole = args.learners == 1 or epoch >= conquer_at
        if not whole and epoch % 2 == 0:
            previous = divide(vectors(net, pictures, args.size, False), args.learners, previous, rng)
        clusters = [0] * len(labels) if whole else previous
        losses, count = [], 0

        def prepare(batch):
            seeds = [rng.random() for _ in batch]
            return list(pool.map(lambda i: augmented(pictures[i[0]], args.size, random.Random(i[1])), zip(batch, seeds)))

        for cluster, batch in epoch_batches(labels, clusters, rng):
            x = torch.from_numpy(np.stack(prepare(batch)))
            raw = net.embedding(F.dropout(net.pooled(x), 0.01))
            own = not whole and epoch < join_at
            unit = F.normalize(raw[:, net.slices[cluster]]) if own else net.grouped(raw)
            loss = margin_loss(unit, [labels[i] for i in batch])
            if loss is None:
                continue
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            count += len(batch)
        seconds.append(time.time() - started)
        print(f"epoch {epoch + 1:3} loss {np.mean(losses):.4f} {seconds[-1]:.1f} s, {count / seconds[-1]:.0f} pictures/s", flush=True)
    test = [r for r in listed if r["split"] == "test"]
    recall, mean_ap = score(vectors(net, [read(r) for r in test], args.size, True), [r["identity"] for r in test])
    print(json.dumps({"recall_at_1": recall, "map": mean_ap, "median_epoch_seconds": float(np.median(seconds)), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
