"""Models that want all memory, and a process of its own that runs them under a small limit.

Each is y = x + gain and a number that is zero, worked out from an array of any size.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MANY = 10**11
LIMIT_MB = 512
_LONG, _FLOAT, _YES = TensorProto.INT64, TensorProto.FLOAT, TensorProto.BOOL
node, value = helper.make_node, helper.make_tensor_value_info

Model = onnx.ModelProto


def model_of(nodes: list[onnx.NodeProto], **numbers: object) -> Model:
    """A model of the toy's inputs and output; the nodes make ``big``, of any shape."""
    last = [
        node("ReduceMax", ["big"], ["most"], keepdims=0),
        node("Sub", ["most", "most"], ["nought"]),
        node("ReduceSum", ["x"], ["sum"], keepdims=0),
        node("Add", ["gain", "sum"], ["there"]),
        node("Add", ["there", "nought"], ["y"]),
    ]
    stored = [numpy_helper.from_array(np.array(each), name) for name, each in numbers.items()]
    inputs = [value("x", _FLOAT, ["batch", 3]), value("gain", _FLOAT, ["batch", 2])]
    graph = helper.make_graph(
        [*nodes, *last], "greedy", inputs, [value("y", _FLOAT, ["batch", 2])], stored
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def filled(count: int = MANY) -> Model:
    """Known when the model is loaded: onnxruntime would work it out there."""
    return model_of([node("ConstantOfShape", ["count"], ["big"])], count=[count])


def expanded(count: int = MANY) -> Model:
    """Known when it runs."""
    nodes = [
        node("Shape", ["gain"], ["shape"]),
        node("Mul", ["shape", "count"], ["wide"]),
        node("ReduceSum", ["gain"], ["one"], keepdims=0),
        node("Expand", ["one", "wide"], ["big"]),
    ]
    return model_of(nodes, count=[1, count])


def windowed(count: int = MANY) -> Model:
    return model_of([node("HannWindow", ["count"], ["big"])], count=count)


def doubled() -> Model:
    """A loop over an array that it puts behind itself."""
    grow = node("Concat", ["part", "part"], ["next_part"], axis=0)
    nodes = [_loop(grow, "part", "next_part", value, _FLOAT, ["n"], ["m"])]
    return model_of(nodes, times=60, part_0=np.ones(4, np.float32), yes=True)


def collected() -> Model:
    """A loop that gives out an array each time, all of which are kept."""
    body = helper.make_graph(
        [node("Identity", ["go"], ["goes"]), node("ConstantOfShape", ["count"], ["part"])],
        "body",
        [value("number", _LONG, []), value("go", _YES, [])],
        [value("goes", _YES, []), value("part", _FLOAT, ["n"])],
    )
    nodes = [node("Loop", ["times", "yes"], ["big"], body=body)]
    return model_of(nodes, times=10**6, count=[10**6], yes=True)


def strung() -> Model:
    """A loop over a sequence that grows."""
    grow = [
        node("ConstantOfShape", ["count"], ["piece"]),
        node("SequenceInsert", ["part", "piece"], ["next_part"]),
    ]
    loop = _loop(grow, "part", "next_part", helper.make_tensor_sequence_value_info, _FLOAT, None)
    loop.output[0] = "row"
    nodes = [
        node("SequenceEmpty", [], ["part_0"]),
        loop,
        node("ConcatFromSequence", ["row"], ["big"], axis=0),
    ]
    return model_of(nodes, times=10**6, count=[10**6], yes=True)


def _loop(
    grow: onnx.NodeProto | list[onnx.NodeProto], taken: str, given: str,
    kind: Callable[..., onnx.ValueInfoProto], *details: object,
) -> onnx.NodeProto:  # fmt: skip
    before, after = (details[:2], (details[0], details[-1]))
    body = helper.make_graph(
        [node("Identity", ["go"], ["goes"]), *(grow if isinstance(grow, list) else [grow])],
        "body",
        [value("number", _LONG, []), value("go", _YES, []), kind(taken, *before)],
        [value("goes", _YES, []), kind(given, *after)],
    )
    return node("Loop", ["times", "yes", "part_0"], ["big"], body=body)


AT_ONCE = {"filled": filled, "expanded": expanded, "windowed": windowed}
BIT_BY_BIT = {"doubled": doubled, "collected": collected, "strung": strung}


def write(folder: Path, model: Model) -> Path:
    """The model with a contract that is right."""
    from blender_addon.core.inference.contract import save_contract
    from tests.shared.inference.conftest import make_toy_contract

    data = model.SerializeToString()
    path = folder / "toy.onnx"
    path.write_bytes(data)
    contract = make_toy_contract(hashlib.sha256(data).hexdigest())
    save_contract(path.with_suffix(".json"), replace(contract, opset=18))
    return path


def main() -> None:
    """Run each under a limit; what was said, the peak, and what is held in the end, as JSON."""
    from backend.bench.memory import peak_megabytes
    from blender_addon.core.errors import ModelError
    from blender_addon.core.inference import runtime_memory
    from blender_addon.core.inference.session import ModelSession

    def held() -> int:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4 // 1024

    runtime_memory.MAX_MEMORY_BYTES = LIMIT_MB * 2**20
    folder = Path(sys.argv[1])
    feeds = {"x": np.ones((4, 3), np.float32), "gain": np.ones((4, 2), np.float32)}
    small = ModelSession(write(folder, filled(1000)), ["CPUExecutionProvider"], 1)
    small.run(feeds)
    before, said = held(), {}
    for name, make in {**AT_ONCE, **BIT_BY_BIT}.items():
        try:
            ModelSession(write(folder, make()), ["CPUExecutionProvider"], 1).run(feeds)
        except ModelError as error:
            said[name] = str(error)
    works = float(small.run(feeds)["y"].sum())
    peak = round(peak_megabytes())
    told = {"said": said, "before": before, "peak": peak, "held": held(), "y": works}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
