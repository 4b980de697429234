"""Learning rates by PyTorch's own schedulers, stepped once a batch: prints lr_schedules.json.

/usr/bin/python3 train/golden/lr_schedules.py > train/golden/lr_schedules.json
"""
import json
import warnings

import torch
from torch.optim import lr_scheduler as lr

warnings.simplefilter("ignore")
BASE, BATCHES, EPOCHS = 0.02, 5, 12


def rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=BASE)
    scheduler, found = make(optimizer), []
    for _ in range(EPOCHS * BATCHES):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def warmed(steps, after):
    """`steps` batches of linear warm-up to the full rate, then `after`."""

    def make(optimizer):
        first = lr.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
        return lr.SequentialLR(optimizer, [first, after(optimizer, steps)], milestones=[steps])

    return make


def cosine(until, floor):
    return lambda o, done=0: lr.CosineAnnealingLR(o, T_max=until * BATCHES - done, eta_min=floor * BASE)


def step(milestones, gamma):
    return lambda o, done=0: lr.MultiStepLR(o, [m * BATCHES - done for m in milestones], gamma)


def case(make, **settings):
    return {"settings": {"lr": BASE, **settings}, "rates": rates(make)}


print(json.dumps({
    "made_by": f"train/golden/lr_schedules.py, torch {torch.__version__}",
    "epochs": EPOCHS,
    "batches": BATCHES,
    "cases": [
        case(lambda o: lr.LambdaLR(o, lambda _: 1.0)),
        case(cosine(EPOCHS, 0.0), lr_schedule="cosine"),
        case(cosine(EPOCHS, 0.1), lr_schedule="cosine", lr_floor=0.1),
        case(warmed(10, cosine(EPOCHS, 0.05)), lr_schedule="cosine", lr_floor=0.05, warmup=2.0),
        case(step([3, 7], 0.1), lr_schedule="step", lr_milestones=[3, 7], lr_gamma=0.1),
        case(warmed(3, step([4, 5, 11], 0.5)), lr_schedule="step", lr_milestones=[4, 5, 11], lr_gamma=0.5, warmup=0.6),
    ],
}))
