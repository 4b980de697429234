#!/usr/bin/env python3
"""faiss' k-means beside ours: the same points, clusters, rounds and threads, one start each.

  cargo run --release -p dnc-benches --example kmeans_points -- /tmp/points.f32 20000 128 100 > /tmp/ours.json
  pip install faiss-cpu numpy
  python3 benches/peers/kmeans_faiss.py /tmp/points.f32 /tmp/ours.json

Prints one JSON object: both objectives (sum of squared distances), both times, and ours by theirs. faiss starts
from random points, ours from k-means++; the time of either start is counted.
"""
import json
import sys
import time

import faiss
import numpy as np

points_file, ours_file = sys.argv[1:3]
with open(ours_file) as f:
    ours = json.load(f)
points = np.fromfile(points_file, dtype="<f4").reshape(ours["rows"], ours["dim"])
faiss.omp_set_num_threads(ours["threads"])
kmeans = faiss.Kmeans(
    ours["dim"],
    ours["clusters"],
    niter=ours["rounds"],
    nredo=1,
    seed=1,
    # All points: by default faiss draws 256 a cluster and clusters those.
    max_points_per_centroid=ours["rows"],
)
started = time.perf_counter()
kmeans.train(points)
distances, _ = kmeans.index.search(points, 1)
seconds = time.perf_counter() - started
objective = float(distances.astype(np.float64).sum())
print(
    json.dumps(
        {
            "faiss": faiss.__version__,
            "ours": ours,
            "theirs": {"objective": objective, "seconds": seconds},
            "objective_ratio": ours["objective"] / objective,
            "time_ratio": ours["seconds"] / seconds,
        },
        indent=1,
    )
)
