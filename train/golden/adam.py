"""A few steps of PyTorch's Adam over groups with rates of their own: prints adam.json.

/usr/bin/python3 train/golden/adam.py > train/golden/adam.json

Three groups, as backbone, head and objective. The second gets no gradient in some steps: PyTorch then skips it, its
step count stays, and no weight decay is applied. Gradients are drawn, then clipped by their global norm where a case
says so. f32, as training is.
"""
import json

import torch

ROWS, COLUMNS, STEPS = 2, 3, 8
torch.manual_seed(7)


def numbers(tensor):
    return [float(v) for v in tensor.flatten()]


def case(clip_norm, weight_decay):
    weights = [torch.randn(ROWS, COLUMNS) for _ in range(3)]
    # A weight decay that changes nothing would test nothing: large weights, small gradients.
    params = [torch.nn.Parameter(w.clone() * 3) for w in weights]
    start = [numbers(p) for p in params]
    rates = [1e-3, 1e-2, 3e-2]
    optimizer = torch.optim.Adam(
        [{"params": [p], "lr": r} for p, r in zip(params, rates)], betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay
    )
    steps = []
    for step in range(STEPS):
        # From 1e-9 to about 1: without decay, an epsilon of 1e-5 would show.
        scale = 10.0 ** -(9 - step - (step > 5))
        grads = [None if i == 1 and step in (0, 3, 4) else torch.randn(ROWS, COLUMNS) * scale for i in range(3)]
        grads[2][0, 0] = 0.0
        for p, g in zip(params, grads):
            p.grad = None if g is None else g.clone()
        norm = float(torch.nn.utils.clip_grad_norm_(params, clip_norm or float("inf")))
        optimizer.step()
        steps.append({
            "gradients": [None if g is None else numbers(g) for g in grads],
            "norm": norm,
            "weights": [numbers(p) for p in params],
        })
    return {"start": start, "rates": rates, "clip_norm": clip_norm, "weight_decay": weight_decay, "steps": steps}


print(json.dumps({
    "made_by": f"train/golden/adam.py, torch {torch.__version__}",
    "rows": ROWS,
    "columns": COLUMNS,
    "cases": [case(0.0, 0.01), case(0.05, 0.01), case(0.0, 0.0)],
}))
