#!/usr/bin/env python3
"""faiss IndexFlatIP on the sizes of `cargo bench -p dnc-benches --bench search`: one thread, ten nearest.

    pip install faiss-cpu numpy && OMP_NUM_THREADS=1 benches/peers/search_faiss.py

Prints the median time of a query in milliseconds. Unit rows around 2,000 centres, as in the bench; other random numbers.
"""
import statistics
import time

import faiss
import numpy as np

faiss.omp_set_num_threads(1)
rng = np.random.default_rng(1)
for count in (100_000, 1_000_000):
    centres = rng.uniform(-1, 1, (2_000, 128)).astype(np.float32)
    rows = centres[np.arange(count) % 2_000] + rng.uniform(-0.5, 0.5, (count, 128)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(128)
    index.add(rows)
    times = []
    for i in range(100):
        probe = rows[i * 997 % count][None]
        start = time.perf_counter()
        index.search(probe, 10)
        times.append(time.perf_counter() - start)
    print(f"{count} x 128: {statistics.median(times[20:]) * 1e3:.3f} ms (faiss {faiss.__version__})")
