"""BlazePose's networks: where they come from, and what they promise once they are ONNX.

Source: Bazarevsky et al. 2020, *BlazePose: on-device real-time body pose tracking*; Grishchenko et
al. 2022, *BlazePose GHUM Holistic*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.export.commit import current_commit
from blender_addon.core.inference.contract import (
    DataSource,
    ModelContract,
    TensorSpec,
    TrainingRecord,
)

PACKAGE: Final = "@mediapipe/pose"
PACKAGE_VERSION: Final = "0.5.1675469404"
LICENCE: Final = "Apache-2.0"
SOURCE: Final = DataSource(
    "BlazePose: person detector and body landmarks of MediaPipe",
    LICENCE,
    "Copyright The MediaPipe Authors (Google), github.com/google-ai-edge/mediapipe; from the "
    f"package {PACKAGE} {PACKAGE_VERSION}; changed by us: converted from TensorFlow Lite to ONNX, "
    "the mask of the person left out",
)
_FRAME_RATE_HZ: Final = 30.0
"""Of films; the networks themselves see single pictures."""
_LANDMARKS: Final = 39


@dataclass(frozen=True)
class PoseNetwork:
    """One of them.

    Args:
        key: on the command line.
        model: name of the ONNX file, less its ending.
        task: as in the contract.
        file: in the package.
        sha256: of that file.
        output_names: of its outputs in order; None leaves one out.
        picture: its input.
        outputs: those that are kept.
        settings: of the contract.
    """

    key: str
    model: str
    task: str
    file: str
    sha256: str
    output_names: tuple[str | None, ...]
    picture: TensorSpec
    outputs: tuple[TensorSpec, ...]
    settings: Mapping[str, Any]

    def draft(self, tflite_sha256: str) -> ModelContract:
        """What it promises, without opset and hash.

        Args:
            tflite_sha256: of the file that is converted.
        """
        return ModelContract(
            name=self.model,
            task=self.task,
            inputs=(self.picture,),
            outputs=self.outputs,
            skeleton=None,
            frame_rate_hz=_FRAME_RATE_HZ,
            training=TrainingRecord(current_commit(), f"backend export video --model {self.key}"),
            data=(SOURCE,),
            weights_licence=f"{LICENCE}, Copyright The MediaPipe Authors (Google)",
            settings={**self.settings, "tflite_sha256": tflite_sha256},
        )


def _landmarks(key: str, model: str, task: str, file: str, sha256: str) -> PoseNetwork:
    """Both sizes promise the same."""
    return PoseNetwork(
        key, model, task, file, sha256,
        output_names=("landmarks", "presence", None, "heatmap", "world"),
        picture=TensorSpec("image", ("batch", 256, 256, 3), unit="RGB, 0 to 1"),
        outputs=(
            TensorSpec(
                "landmarks", ("batch", _LANDMARKS * 5),
                unit="39 × (x, y, z in pixels of the image, visibility and presence as logits)",
            ),
            TensorSpec("presence", ("batch", 1), unit="chance that a person is there"),
            TensorSpec("heatmap", ("batch", 64, 64, _LANDMARKS), unit="logits of each landmark"),
            TensorSpec(
                "world", ("batch", _LANDMARKS * 3),
                unit="39 × (x right, y down, z away) in m, from the middle of the hips",
            ),
        ),
        settings={"landmarks": _LANDMARKS},
    )  # fmt: skip


DETECTOR: Final = PoseNetwork(
    "detector", "person_detector", "person_detector", "pose_solution_packed_assets.data",
    "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
    output_names=("boxes", "scores"),
    picture=TensorSpec("image", ("batch", 224, 224, 3), unit="RGB, -1 to 1"),
    outputs=(
        TensorSpec(
            "boxes", ("batch", 2254, 12), unit="pixels of the image, from the anchor's centre",
            layout={
                "centre": (0, 2), "size": (2, 4), "hips": (4, 6), "body_rim": (6, 8),
                "shoulders": (8, 10), "upper_body_rim": (10, 12),
            },
        ),
        TensorSpec("scores", ("batch", 2254, 1), unit="logits"),
    ),
    settings={"anchor_strides": [8, 16, 32], "anchors_per_cell": [2, 2, 6]},
)  # fmt: skip
LANDMARKS_FULL: Final = _landmarks(
    "landmarks_full", "body_landmarks_full", "body_landmarks", "pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)  # fmt: skip
LANDMARKS_LITE: Final = _landmarks(
    "landmarks_lite", "body_landmarks_lite", "body_landmarks_lite", "pose_landmark_lite.tflite",
    "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
)  # fmt: skip
NETWORKS: Final = (DETECTOR, LANDMARKS_FULL, LANDMARKS_LITE)
