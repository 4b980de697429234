#!/usr/bin/env python3
"""Our exact search beside faiss' IndexFlatIP, in turns, one thread each: the ten nearest of real embeddings with jitter.

    cargo build --release -p dnc-benches --example search_rows
    pip install faiss-cpu numpy
    OMP_NUM_THREADS=1 benches/peers/search_faiss.py GALLERY [QUERIES]

GALLERY is a dnc-edge gallery, whose embeddings are repeated with jitter to 100,000 and 1,000,000 rows (1 GB of memory in
each of the two programs). For each query faiss is asked, then ours in f32 and in int8 with f32 after it, so that a neighbour on
the machine harms all alike. Prints a table: medians, the ratio of each query's times (median, quartiles), recall@10 against
faiss' answer. NATIVE names another folder of built programs than target/release.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import faiss
import numpy as np

gallery, queries = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
root = pathlib.Path(__file__).resolve().parents[2]
program = pathlib.Path(os.environ.get("NATIVE", root / "target/release")) / "examples/search_rows"
faiss.omp_set_num_threads(1)


def spread(ratios):
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


print(f"faiss {faiss.__version__} ({faiss.get_compile_options().strip()}), {queries} queries, quartiles in brackets")
print("| rows | faiss f32 | ours f32 | ratio | recall@10 | ours int8 then f32 | ratio | recall@10 |\n|---|---|---|---|---|---|---|---|")
for count in (100_000, 1_000_000):
    with tempfile.NamedTemporaryFile() as file:
        ours = subprocess.Popen(
            [program, gallery, str(count), file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        facts = json.loads(ours.stdout.readline())
        index = faiss.IndexFlatIP(facts["dim"])
        index.add(np.fromfile(file.name, dtype="<f4").reshape(count, facts["dim"]))
    times, recalls = [], []
    # The first ten warm up.
    for query in range(queries + 10):
        print(query * 997 % count, file=ours.stdin)
        answer = json.loads(ours.stdout.readline())
        probe = np.array(answer["probe"], np.float32)[None]
        started = time.perf_counter()
        _, found = index.search(probe, 10)
        seconds = time.perf_counter() - started
        if query >= 10:
            times.append((seconds, answer["f32_seconds"], answer["int8_seconds"]))
            recalls.append([len(set(found[0]) & set(answer[way])) / 10 for way in ("f32", "int8")])
    ours.stdin.close()
    ours.wait()
    times, recalls = np.array(times), np.array(recalls).mean(0)
    ms = np.median(times, 0) * 1e3
    print(
        f"| {count:,} | {ms[0]:.2f} ms | {ms[1]:.2f} ms | {spread(times[:, 1] / times[:, 0])} | {recalls[0]:.4f} "
        f"| {ms[2]:.2f} ms | {spread(times[:, 2] / times[:, 0])} | {recalls[1]:.4f} |",
        flush=True,
    )
