"""Networks in PyTorch as their papers and torchvision's names describe them, with every layer's value written out.

    python3 reference.py {mobilenet-v2,resnet-18,resnet-50} FOLDER

writes into FOLDER

    weights.pth          state dict (zip form), with a classifier as torchvision's files have
    legacy.pt            the same in the form of PyTorch 1.5 and older, names behind "module."
    weights.safetensors  the same, names behind "backbone."
    reference.pt         inputs, values, gradients and statistics (see main)

Weights, scale, shift and running statistics are random: nothing is 0 or 1 where a mistake would not show. All is
computed in 64-bit numbers, so that a difference is the other side's rounding, and stored in 32-bit ones.
Works with PyTorch 1.13 (Debian 12) and later.
"""

import collections
import json
import struct
import sys

import torch
from torch import nn

# With this seed no ReLU of the late layers sits on its kink, where rounding would decide about a gradient.
SEED = 5
BATCH, SIZE = 2, 64


class Unit(nn.Module):
    """Convolution, normalisation, activation; the names are those of its two parts in the state dict."""

    def __init__(self, names, c_in, c_out, kernel, stride=1, groups=1, act=None):
        super().__init__()
        self.names, self.act = names, act
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(c_out)

    def forward(self, x, seen):
        x = self.norm(self.conv(x))
        x = self.act(x) if self.act else x
        seen.append((self.names[0], x))
        return x


class Block(nn.Module):
    """Units one after the other, and the input beside them."""

    def __init__(self, name, units, beside=None, residual=True, act=None):
        super().__init__()
        self.name, self.residual, self.act = name, residual, act
        self.units, self.beside = nn.ModuleList(units), beside

    def forward(self, x, seen):
        y = x
        for unit in self.units:
            y = unit(y, seen)
        if not self.residual:
            return y
        y = y + (self.beside(x, seen) if self.beside else x)
        y = self.act(y) if self.act else y
        seen.append((self.name, y))
        return y


class Pool(nn.Module):
    def forward(self, x, seen):
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        seen.append(("maxpool", x))
        return x


def mobilenet_v2():
    """Sandler et al., CVPR 2018, table 2."""
    act = nn.ReLU6()

    def unit(stem, conv, norm, *args, **more):
        return Unit((f"{stem}.{conv}", f"{stem}.{norm}"), *args, **more)

    layers, c, number = [unit("features.0", "0", "1", 3, 32, 3, 2, act=act)], 32, 1
    for t, c_out, repeats, first in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
                                     (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]:
        for i in range(repeats):
            stride, name, units = first if i == 0 else 1, f"features.{number}", []
            if t > 1:
                units.append(unit(name, "conv.0.0", "conv.0.1", c, c * t, 1, act=act))
            part = len(units)
            units.append(unit(name, f"conv.{part}.0", f"conv.{part}.1", c * t, c * t, 3, stride, c * t, act=act))
            units.append(unit(name, f"conv.{part + 1}", f"conv.{part + 2}", c * t, c_out, 1))
            layers.append(Block(name, units, residual=stride == 1 and c == c_out))
            c, number = c_out, number + 1
    layers.append(unit(f"features.{number}", "0", "1", c, 1280, 1, act=act))
    return layers


def resnet(repeats, bottleneck):
    """He et al., CVPR 2016, table 1; the bottleneck's stride in its 3x3 convolution, as torchvision has it."""
    act = nn.ReLU()
    layers, c = [Unit(("conv1", "bn1"), 3, 64, 7, 2, act=act), Pool()], 64
    for stage, count in enumerate(repeats):
        inner = 64 << stage
        c_out = inner * 4 if bottleneck else inner
        for i in range(count):
            stride, name = 2 if stage and not i else 1, f"layer{stage + 1}.{i}"
            shapes = ([(c, inner, 1, 1), (inner, inner, 3, stride), (inner, c_out, 1, 1)] if bottleneck
                      else [(c, inner, 3, stride), (inner, inner, 3, 1)])
            units = [Unit((f"{name}.conv{n}", f"{name}.bn{n}"), *shape, act=act if n < len(shapes) else None)
                     for n, shape in enumerate(shapes, 1)]
            beside = None
            if stride != 1 or c != c_out:
                beside = Unit((f"{name}.downsample.0", f"{name}.downsample.1"), c, c_out, 1, stride)
            layers.append(Block(name, units, beside, act=act))
            c = c_out
    return layers


ARCHITECTURES = {
    "mobilenet-v2": mobilenet_v2,
    "resnet-18": lambda: resnet([2, 2, 2, 2], False),
    "resnet-50": lambda: resnet([3, 4, 6, 3], True),
}
# Weights whose gradients are compared: the first, one of each kind on the way, the last.
GRADIENTS = {
    "mobilenet-v2": ["features.0.0.weight", "features.0.1.weight", "features.2.conv.1.0.weight",
                     "features.5.conv.2.weight", "features.18.0.weight", "features.18.1.bias"],
    "resnet-18": ["conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
                  "layer3.0.downsample.1.weight", "layer4.1.conv2.weight", "layer4.1.bn2.bias"],
    "resnet-50": ["conv1.weight", "bn1.bias", "layer1.0.conv2.weight", "layer2.0.downsample.0.weight",
                  "layer3.0.downsample.1.weight", "layer4.2.conv3.weight", "layer4.2.bn3.bias"],
}


def randomise(layers, units):
    for unit in units:
        conv, norm = unit.conv, unit.norm
        nn.init.kaiming_normal_(conv.weight, mode="fan_out")
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, 0.0, 0.3)
        norm.running_mean.normal_(0.0, 0.3)
        norm.running_var.uniform_(0.5, 1.5)
    # Weak branches, as in trained networks: else gradients through the statistics of few values grow from block to
    # block, and rounding errors with them.
    for block in layers:
        if isinstance(block, Block) and block.residual:
            nn.init.uniform_(block.units[-1].norm.weight, 0.05, 0.2)


def state_dict(units):
    state = collections.OrderedDict()
    for unit in units:
        conv, norm = unit.names
        state[f"{conv}.weight"] = unit.conv.weight
        for key, value in unit.norm.state_dict(keep_vars=True).items():
            state[f"{norm}.{key}"] = value
    return state


def stored(tensors):
    """As files hold them: contiguous 32-bit numbers, counters as they are."""
    convert = lambda t: (t.detach().float() if t.is_floating_point() else t).contiguous()
    return collections.OrderedDict((name, convert(tensor)) for name, tensor in tensors.items())


def safetensors(tensors, path):
    header, blobs, at = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def run(layers, x, reference, mode):
    """One pass; every layer's value, the pooled features, and the gradients of a weighted sum of these."""
    seen = []
    value = x
    for layer in layers:
        value = layer(value, seen)
    features = value.mean((2, 3))
    for name, layer in seen:
        reference[f"{mode}.{name}"] = layer
    reference[f"{mode}.features"] = features
    return features


def main():
    name, folder = sys.argv[1:]
    torch.manual_seed(SEED)
    # More threads would wait for each other longer than they work.
    torch.set_num_threads(1)
    layers = nn.ModuleList(ARCHITECTURES[name]())
    units = [module for module in layers.modules() if isinstance(module, Unit)]
    with torch.no_grad():
        randomise(layers, units)
        inputs = [torch.randn(BATCH, 3, SIZE, SIZE), torch.rand(BATCH, 3, SIZE, SIZE) * 3 - 1]
    weights = stored(state_dict(units))
    features = units[-1].conv.out_channels
    pull = torch.randn(BATCH, features)
    head = {"classifier.1.weight": torch.randn(10, features), "classifier.1.bias": torch.randn(10)}
    weights.update(head if name == "mobilenet-v2" else {"fc.weight": head["classifier.1.weight"]})
    torch.save(weights, f"{folder}/weights.pth")
    behind = lambda prefix: collections.OrderedDict((prefix + key, value) for key, value in weights.items())
    torch.save(behind("module."), f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
    safetensors(behind("backbone."), f"{folder}/weights.safetensors")

    # From here on the numbers that the files hold, in 64 bits.
    layers.double()
    state = state_dict(units)
    reference = {"input.0": inputs[0], "input.1": inputs[1], "pull": pull}
    for mode in ["running", "batch"]:
        layers.train(mode == "batch")
        layers.zero_grad()
        loss = (run(layers, inputs[0].double(), reference, mode) * pull.double()).sum()
        loss.backward()
        for weight in GRADIENTS[name]:
            reference[f"{mode}.gradient.{weight}"] = state[weight].grad.clone()
    # A second step's statistics on top of the first's.
    run(layers, inputs[1].double(), {}, "batch")
    for weight, value in state.items():
        if weight.endswith(("running_mean", "running_var")):
            reference[f"after.{weight}"] = value
    torch.save(stored(reference), f"{folder}/reference.pt")


main()
