"""ONNX's reference evaluator as an independent oracle."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def onnx_run(operator: str, inputs: list, outputs: int, domain: str = "", version: int = 22, **attributes):
    """ONNX's reference evaluator on one node; inputs: arrays."""
    kinds = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64}
    inputs = [np.asarray(value) for value in inputs]
    names = [f"i{k}" for k in range(len(inputs))]
    node = helper.make_node(operator, names, [f"o{k}" for k in range(outputs)], domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info(n, kinds[str(v.dtype)], v.shape) for n, v in zip(names, inputs, strict=True)],
        [helper.make_tensor_value_info(f"o{k}", TensorProto.FLOAT, None) for k in range(outputs)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, version)])
    return ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))


def training_step(operator: str, inputs: list, outputs: int, **attributes) -> list[np.ndarray]:
    """One step of an optimizer of ONNX, in float64 but for the attributes, which are float32."""
    rate, step, *rest = inputs
    arrays = [np.array(rate), np.array(step, np.int64), *rest]
    return onnx_run(operator, arrays, outputs, "ai.onnx.preview.training", 1, **attributes)
