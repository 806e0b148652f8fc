"""Writes ``litert.npz`` anew: what LiteRT makes of the published networks.

    python -m tests.video.tflite.make_reference FOLDER

in an environment with ai-edge-litert (2.3.0 was used); FOLDER is what `prepare video` filled.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.video.tflite.pictures import KEPT, REFERENCE, pictures

FILES = {
    "person_detector": ("pose_solution_packed_assets.data", ("boxes", "scores")),
    "body_landmarks_full": (
        "pose_landmark_full.tflite", ("landmarks", "presence", "", "heatmap", "world")
    ),
    "body_landmarks_lite": (
        "pose_landmark_lite.tflite", ("landmarks", "presence", "", "heatmap", "world")
    ),
}  # fmt: skip


def main(folder: Path) -> None:
    """Run each network on each picture."""
    walking = np.load(REFERENCE)["pictures"]
    kept = {"pictures": walking}
    for model, (file, names) in FILES.items():
        # Its plain kernels: XNNPACK's faster ones alone are .05 mm away from both.
        interpreter = Interpreter(
            model_content=(folder / file).read_bytes(),
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()
        (image,) = interpreter.get_input_details()
        outputs = sorted(interpreter.get_output_details(), key=lambda each: each["name"])
        found: dict[str, list[np.ndarray]] = {name: [] for name in names if name}
        for picture in pictures(model, walking):
            interpreter.set_tensor(image["index"], picture[None])
            interpreter.invoke()
            for name, output in zip(names, outputs, strict=True):
                if name:
                    found[name].append(interpreter.get_tensor(output["index"]))
        for name, values in found.items():
            kept[f"{model}.{name}"] = np.concatenate(values)[KEPT.get(name, np.s_[:])]
    np.savez_compressed(REFERENCE, **kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
