"""Runs an ONNX model on columns given as JSON, with onnxruntime, and prints its predictions."""
import json
import sys

import numpy as np
import onnx
import onnxruntime

asked = json.load(sys.stdin)
answers = []
for path, columns in asked:
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    arrays = {
        name: np.array([np.nan if v is None else v for v in values], dtype=float)
        if not any(isinstance(v, str) for v in values)
        else np.array(values, dtype=object)
        for name, values in columns.items()
    }
    if [i.name for i in inputs] == ["features"]:
        arrays = {"features": np.column_stack(list(arrays.values()))}
    answers.append(session.run(["preds"], arrays)[0].ravel().tolist())
print(json.dumps(answers))
