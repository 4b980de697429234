"""Checks every ONNX file of a folder in full, and prints its embeddings of pictures.f32 as JSON."""
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

folder = pathlib.Path(sys.argv[1])
values = numpy.fromfile(folder / "pictures.f32", numpy.float32)
embeddings = {}
for path in sorted(folder.glob("*.onnx")):
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as problem:
        sys.exit(f"{path.name}: {problem}")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    pictures = values.reshape(-1, *shape[1:])
    embeddings[path.name] = session.run(["embedding"], {"picture": pictures})[0].ravel().tolist()
json.dump(embeddings, sys.stdout)
