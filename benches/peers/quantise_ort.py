#!/usr/bin/env python3
"""An f32 ONNX file quantised by ONNX Runtime's own Python quantiser: QDQ, u8 activations, s8 weights, min-max.

    quantise_ort.py BUNDLE LIST OUT

BUNDLE is a folder of dnc-export; LIST a file with the path of a calibration picture in each line (training pictures);
OUT gets ort-per-tensor.onnx and ort-per-channel.onnx. Needs the packages onnx, onnxruntime, pillow, numpy. Then:

    dnc-export evaluate --bundle BUNDLE --data DATA --onnx OUT/ort-per-tensor.onnx --onnx OUT/ort-per-channel.onnx
"""
import json
import pathlib
import sys

import numpy
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image


def preprocess(path, rule):
    """As the manifest says: one resampling of the centre square that the crop sees."""
    picture = Image.open(path).convert("RGB")
    side = min(picture.size) * rule["size"] / rule["resize_shorter"]
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    size = (rule["size"], rule["size"])
    square = picture.resize(size, Image.BILINEAR, box=(left, top, left + side, top + side))
    values = (numpy.asarray(square, numpy.float32) / 255 - rule["mean"]) / rule["std"]
    return values.transpose(2, 0, 1)[None].astype(numpy.float32)


class Reader(CalibrationDataReader):
    def __init__(self, paths, rule):
        self.inputs = ({"picture": preprocess(path, rule)} for path in paths)

    def get_next(self):
        return next(self.inputs, None)


def main():
    bundle, listed, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((bundle / "manifest.json").read_text())
    f32 = next(v["file"] for v in manifest["variants"] if v["precision"] == "f32")
    paths = listed.read_text().split("\n")
    paths = [path for path in paths if path]
    prepared = out / "prepared.onnx"
    quant_pre_process(str(bundle / f32), str(prepared), skip_symbolic_shape=True)
    for name, per_channel in [("ort-per-tensor", False), ("ort-per-channel", True)]:
        quantize_static(
            str(prepared),
            str(out / f"{name}.onnx"),
            Reader(paths, manifest["input"]["preprocess"]),
            quant_format=QuantFormat.QDQ,
            per_channel=per_channel,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        print(out / f"{name}.onnx")


if __name__ == "__main__":
    main()
