#!/usr/bin/env python3
"""The Python way from a JPEG to an identity: Pillow, numpy, onnxruntime, faiss, one thread. Peer of `dnc-edge bench`.

    picture_to_identity.py make DATA SITE      a gallery of 10,000 pictures and 200 probes, from the pictures below DATA
    picture_to_identity.py time BUNDLE SITE VARIANT OUT.json

SITE gets gallery/ (one picture an identity, with its name), probes/ (JPEGs of 640 x 480 px, the identity in the box BOX),
crops/ (the same boxes alone, without loss) and probes.csv. `time` enrols gallery/, then times each probe and writes p50 of
each step in ms and the nearest identity of each probe. Needs the packages faiss-cpu, numpy, onnxruntime and pillow.
"""
import io
import json
import pathlib
import sys
import time

import numpy
from PIL import Image, ImageEnhance

BOX = (200, 120, 240, 240)  # left, top, width, height
ENROLLED = 10_000
PROBES = 200


def jittered(picture, random):
    """Another view: a little cut away, brighter or darker, more or less coloured."""
    w, h = picture.size
    cut = [random.uniform(0, 0.12) for _ in range(4)]
    picture = picture.crop((cut[0] * w, cut[1] * h, w - cut[2] * w, h - cut[3] * h)).resize((BOX[2], BOX[3]), Image.BILINEAR)
    picture = ImageEnhance.Brightness(picture).enhance(random.uniform(0.8, 1.2))
    return ImageEnhance.Color(picture).enhance(random.uniform(0.7, 1.3))


def make(data, site):
    random = numpy.random.default_rng(1)
    sources = sorted(p for p in data.rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"))
    for name in ("gallery", "probes", "crops"):
        (site / name).mkdir(parents=True, exist_ok=True)
    drawn = [sources[i % len(sources)] for i in random.permutation(max(ENROLLED, len(sources)))[:ENROLLED]]
    probed = set(random.choice(ENROLLED, PROBES, replace=False).tolist())
    rows = ["path,identity"]
    for i, source in enumerate(drawn):
        with Image.open(source) as opened:
            rgba = opened.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        picture = Image.alpha_composite(white, rgba).convert("RGB")
        view = jittered(picture, random)
        folder = site / "gallery" / f"id{i:05}"
        folder.mkdir(exist_ok=True)
        view.save(folder / "view.jpg", quality=92)
        if i in probed:
            noise = random.integers(60, 200, (480, 640, 3), dtype=numpy.uint8)
            frame = Image.fromarray(noise).resize((64, 48), Image.BILINEAR).resize((640, 480), Image.BICUBIC)
            frame.paste(ImageEnhance.Brightness(view).enhance(random.uniform(0.9, 1.1)), BOX[:2])
            frame.save(site / "probes" / f"id{i:05}.jpg", quality=90)
            with Image.open(site / "probes" / f"id{i:05}.jpg") as opened:
                left, top, width, height = BOX
                crop = opened.convert("RGB").crop((left, top, left + width, top + height))
            crop.save(site / "crops" / f"id{i:05}.png")
            rows.append(f"crops/id{i:05}.png,id{i:05}")
    (site / "probes.csv").write_text("\n".join(rows) + "\n")


def preprocess(picture, rule):
    """As the manifest says: one resampling of the centre square that the crop sees."""
    side = min(picture.size) * rule["size"] / rule["resize_shorter"]
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    square = picture.resize((rule["size"],) * 2, Image.BILINEAR, box=(left, top, left + side, top + side))
    values = numpy.asarray(square, numpy.float32) / numpy.float32(255)
    values = (values - numpy.asarray(rule["mean"], numpy.float32)) / numpy.asarray(rule["std"], numpy.float32)
    return numpy.ascontiguousarray(values.transpose(2, 0, 1)[None])


def measure(bundle, site, variant, out):
    import faiss
    import onnxruntime

    faiss.omp_set_num_threads(1)
    manifest = json.loads((bundle / "manifest.json").read_text())
    rule = manifest["input"]["preprocess"]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(bundle / variant), options, providers=["CPUExecutionProvider"])
    threshold = next(v for v in manifest["variants"] if v["file"] == variant).get("decision") or {}
    threshold = threshold.get("rule", {}).get("threshold", 0.5)
    learners = manifest["output"]["learners"]

    def embed(values):
        return session.run(None, {manifest["input"]["name"]: values})[0]

    # Embedded once: enrolling is not what is timed.
    names = [folder.name for folder in sorted((site / "gallery").iterdir())]
    kept = site / f"{manifest['space_id'][:12]}-{variant}.npy"
    if not kept.exists():
        pictures = (Image.open(site / "gallery" / name / "view.jpg") for name in names)
        numpy.save(kept, numpy.stack([embed(preprocess(p.convert("RGB"), rule))[0] for p in pictures]))
    rows = numpy.load(kept)
    index = faiss.IndexFlatIP(len(rows[0]))
    index.add(rows)
    left, top, width, height = BOX
    files = sorted((site / "probes").iterdir())
    jpegs = [file.read_bytes() for file in files]
    found, times = {}, []
    for at in range(20 + 3 * len(files)):
        i = at % len(files)
        t = [time.perf_counter()]
        picture = Image.open(io.BytesIO(jpegs[i])).convert("RGB")
        t.append(time.perf_counter())
        values = preprocess(picture.crop((left, top, left + width, top + height)), rule)
        t.append(time.perf_counter())
        embedding = embed(values)
        t.append(time.perf_counter())
        scores, ranked = index.search(embedding, 2)
        t.append(time.perf_counter())
        known = scores[0, 0] / learners >= threshold
        t.append(time.perf_counter())
        found[files[i].stem] = [names[ranked[0, 0]], bool(known)]
        if at >= 20:
            times.append([b - a for a, b in zip(t, t[1:])] + [t[-1] - t[0]])
    steps = ["decode", "preprocess", "embed", "search", "decide", "total"]
    p50 = {name: 1e3 * float(numpy.median([row[k] for row in times])) for k, name in enumerate(steps)}
    versions = {"onnxruntime": onnxruntime.__version__, "faiss": faiss.__version__, "pillow": Image.__version__}
    out.write_text(json.dumps({"p50": p50, "found": found, "versions": versions}, indent=1) + "\n")
    print(" ".join(f"{name} {ms:.3f}" for name, ms in p50.items()), "ms")


def main():
    if sys.argv[1:2] == ["make"] and len(sys.argv) == 4:
        make(*map(pathlib.Path, sys.argv[2:]))
    elif sys.argv[1:2] == ["time"] and len(sys.argv) == 6:
        bundle, site, variant, out = sys.argv[2:]
        measure(pathlib.Path(bundle), pathlib.Path(site), variant, pathlib.Path(out))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
