#!/usr/bin/env python3
"""Table of the runs of divide.sh: mean ± std over seeds, and the epochs until margin-k1's final validation mAP."""
import csv
import statistics
import sys

runs = {}
for row in csv.DictReader(open(sys.argv[1])):
    runs.setdefault((row["configuration"], int(row["epochs"])), []).append(row)


def spread(values):
    std = statistics.stdev(values) if len(values) > 1 else float("nan")
    return f"{100 * statistics.mean(values):.1f} ± {100 * std:.1f} %"


def curve(row):
    return [float(v) for v in row["validation_map"].split()]


print("| configuration | epochs | seeds | R@1 | mAP | validation mAP | epochs to K = 1's final validation mAP |")
print("|---|---|---|---|---|---|---|")
for (name, epochs), rows in runs.items():
    # Seeds hold out other identities: an epoch count is taken within a seed, against K = 1 of the same seed.
    goals = {r["seed"]: curve(r)[-1] for r in runs.get(("margin-k1", epochs), [])}
    reached = []
    for row in rows:
        goal = goals.get(row["seed"])
        at = next((i + 1 for i, v in enumerate(curve(row)) if goal is not None and v >= goal), None)
        reached.append("never" if at is None else str(at))
    print(
        f"| {name} | {epochs} | {len(rows)} | {spread([float(r['recall_at_1']) for r in rows])} "
        f"| {spread([float(r['map']) for r in rows])} | {spread([curve(r)[-1] for r in rows])} | {', '.join(reached)} |"
    )
