"""A small folder in the layout of Audio2Face-3D v2.3, whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.face.arkit import ARKIT_52

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

EMOTIONS = (
    "amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain",
    "sadness",
)  # fmt: skip
IMPLICIT, VERTICES, TONGUE_VERTICES, WINDOW = 16, 110, 20, 8320
TONGUE_POSES = ("TongueUp", "TongueStretch", "TongueIn")
JOY = IMPLICIT + EMOTIONS.index("joy")


class MadeFolder:
    """Jaw = 2 · loudness in the middle of the window; joy smiles; anger puts the tongue out.

    Args:
        seed: of the head's shapes.
        holds_jaw: whether mouthClose opens the jaw as well, as NVIDIA's does.
    """

    def __init__(self, seed: int = 0, *, holds_jaw: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.names = tuple(reversed(ARKIT_52))
        deltas = rng.normal(size=(52, VERTICES, 3)).astype(np.float32)
        jaw, close = self.names.index("jawOpen"), self.names.index("mouthClose")
        if holds_jaw:
            deltas[close] += deltas[jaw]
        self.deltas = deltas
        self.mix = np.eye(52, dtype=np.float32) + 0.05 * rng.normal(size=(52, 52)).astype("f4")
        self.basis = np.linalg.solve(self.mix, deltas.reshape(52, -1)).reshape(deltas.shape)
        self.neutral = rng.normal(size=(VERTICES, 3)).astype(np.float32) * 20 + (0, 150, 0)
        self.neutral = self.neutral.astype(np.float32)
        self.tongue = rng.normal(size=(3, TONGUE_VERTICES, 3)).astype(np.float32)
        self.tongue_neutral = rng.normal(size=(TONGUE_VERTICES, 3)).astype(np.float32) * 5
        self.strengths = {
            "strengthL2regularization": 0.0, "strengthTemporalSmoothing": 0.0,
            "strengthL1regularization": 0.0, "strengthSymmetry": 0.0,
        }  # fmt: skip
        self.cancelling: tuple[tuple[str, str], ...] = ()

    def components(self, **weights: float) -> np.ndarray:
        """The skin's 52 principal components for weights of its shapes."""
        wanted = np.array([weights.get(name, 0.0) for name in self.names], np.float32)
        return wanted @ self.mix

    def result(self, skin: np.ndarray, tongue: tuple[float, ...] = (0.0, 0.0, 0.0)) -> np.ndarray:
        """All numbers of the network; jaw and eyes are of no account."""
        return np.concatenate([skin, tongue, np.full(15, 7.0), np.full(4, 9.0)]).astype(np.float32)

    def write(self, folder: Path) -> Path:
        """All files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "network.onnx").write_bytes(self.network().SerializeToString())
        write_json(folder / "network_info.json", self.info())
        write_json(folder / "model_config.json", {"config": config()})
        np.savez(folder / "model_data.npz", **self.model_data())
        np.savez(
            folder / "implicit_emo_db.npz",
            emo_db=np.linspace(0, 1, 5 * IMPLICIT, dtype=np.float32).reshape(5, IMPLICIT),
            emo_spec_names=np.array(["shot_a", "shot_b"], "S"),
            emo_spec_start=np.int32([0, 2]),
            emo_spec_size=np.int32([2, 3]),
        )
        write_shapes(folder, "skin", self.names, self.deltas, self.neutral, self.solver())
        groups = {"bsSolveCancelPoses": [-1] * 3, "bsSolveSymmetryPoses": [-1] * 3}
        write_shapes(
            folder, "tongue", TONGUE_POSES, self.tongue, self.tongue_neutral,
            self.strengths | groups,
        )  # fmt: skip
        (folder / "config.json").write_bytes(b"")
        write_json(folder / "model.json", {
            "networkInfoPath": "network_info.json", "networkPath": "network.trt",
            "modelConfigPath": "model_config.json", "modelDataPath": "model_data.npz",
            "emotionDatabasePath": "implicit_emo_db.npz",
            "blendshapePaths": {
                part: {"config": f"bs_{part}_config.json", "data": f"bs_{part}.npz"}
                for part in ("skin", "tongue")
            },
        })  # fmt: skip
        return folder

    def info(self) -> dict:
        """What network_info.json says."""
        return {
            "id": {"type": "regression", "actor": "Mark", "version": "2.3", "output": "geometry"},
            "params": {
                "implicit_emotion_len": IMPLICIT, "explicit_emotions": list(EMOTIONS),
                "default_emotion": [0.0] * len(EMOTIONS),
                "num_shapes_skin": 52, "num_shapes_tongue": 3, "num_verts_skin": VERTICES,
                "num_verts_tongue": TONGUE_VERTICES, "result_jaw_size": 15, "result_eyes_size": 4,
            },
            "audio_params": {"buffer_len": WINDOW, "buffer_ofs": WINDOW // 2, "samplerate": 16000},
        }  # fmt: skip

    def model_data(self) -> dict[str, np.ndarray]:
        """What model_data.npz holds."""
        nothing = np.zeros_like(self.neutral)
        return {
            "shapes_matrix_skin": self.basis.astype(np.float32),
            "shapes_mean_skin": self.neutral,
            "lip_open_pose_delta": nothing,
            "eye_close_pose_delta": nothing,
            "shapes_matrix_tongue": self.tongue,
            "shapes_mean_tongue": self.tongue_neutral,
            "neutral_jaw": np.zeros((5, 3), np.float32),
            "saccade_rot_matrix": np.zeros((100, 2), np.float32),
        }

    def solver(self) -> dict:
        """Strengths of the skin, and its pairs."""
        sides = [self._pair_of(name) for name in self.names]
        cancelled = [-1] * 52
        for group, pair in enumerate(self.cancelling):
            for name in pair:
                cancelled[self.names.index(name)] = group
        return self.strengths | {
            "bsSolveCancelPoses": cancelled, "bsSolveSymmetryPoses": sides,
        }  # fmt: skip

    def _pair_of(self, name: str) -> int:
        stem = name.removesuffix("Left").removesuffix("Right")
        lefts = [each for each in self.names if each.endswith("Left")]
        return -1 if stem == name else lefts.index(stem + "Left")

    def network(self, window: int = WINDOW, dtype: int = TensorProto.FLOAT) -> onnx.ModelProto:
        """Two reductions and two products."""
        loud = self.result(self.components(jawOpen=2.0))
        loud[55:] = 0.0
        by_emotion = np.zeros((IMPLICIT + len(EMOTIONS), len(loud)), np.float32)
        by_emotion[JOY] = self.result(self.components(mouthSmileLeft=0.8, mouthSmileRight=0.8))
        by_emotion[IMPLICIT + EMOTIONS.index("anger")] = self.result(
            self.components(), (0.3, 0.6, 0.1)
        )
        middle = window // 2
        constants = {
            "begin": np.array([middle - 160]), "end": np.array([middle + 160]),
            "axis": np.array([2]), "loud": loud[None, None], "by_emotion": by_emotion,
        }  # fmt: skip
        node = helper.make_node
        nodes = [
            node("Slice", ["input", "begin", "end", "axis"], ["near"]),
            node("Abs", ["near"], ["size"]),
            node("ReduceMean", ["size", "axis"], ["loudness"], keepdims=1),
            node("Mul", ["loudness", "loud"], ["spoken"]),
            node("MatMul", ["emotion", "by_emotion"], ["felt"]),
            node("Add", ["spoken", "felt"], ["result"]),
        ]
        tensor = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes, "audio2face",
            [tensor("input", dtype, ["b", 1, window]), tensor("emotion", dtype, ["b", 1, 26])],
            [tensor("result", dtype, ["b", 1, len(loud)])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )  # fmt: skip
        opset = [helper.make_opsetid("", 18)]
        return helper.make_model(graph, opset_imports=opset, ir_version=9)


def config(**changed: object) -> dict:
    """What model_config.json says: nothing is made stronger or shifted."""
    return {
        "input_strength": 1.0, "upper_face_smoothing": 0.0, "lower_face_smoothing": 0.0,
        "upper_face_strength": 1.0, "lower_face_strength": 1.0, "face_mask_level": 0.6,
        "face_mask_softness": 0.0085, "skin_strength": 1.0, "blink_strength": 1.0,
        "eyelid_open_offset": 0.0, "lip_open_offset": 0.0, "tongue_strength": 1.0,
        "tongue_height_offset": 0.0, "tongue_depth_offset": 0.0,
        "source_shot": "shot_b", "source_frame": 1, **changed,
    }  # fmt: skip


def write_shapes(
    folder: Path, part: str, names: tuple[str, ...], deltas: np.ndarray, neutral: np.ndarray,
    solver: dict,
) -> None:  # fmt: skip
    """Blendshapes of a part of the head, and how they are solved for."""
    count = len(names)
    arrays = dict(zip(names, deltas, strict=True))
    if part == "skin":
        arrays["frontalMask"] = np.arange(len(neutral), dtype=np.int32)[5:]
    np.savez(
        folder / f"bs_{part}.npz",
        poseNames=np.array(["neutral", *names], "S"),
        neutral=neutral,
        rig_version=np.array("1"),
        **arrays,
    )
    parameters = {
        "numPoses": count, "bsSolveActivePoses": [1] * count, "templateBBSize": 50.0,
        "bsWeightMultipliers": [1.0] * count, "bsWeightOffsets": [0.0] * count, **solver,
    }  # fmt: skip
    write_json(folder / f"bs_{part}_config.json", {"blendshape_params": parameters})


def write_json(path: Path, document: object) -> None:
    """A JSON file."""
    path.write_text(json.dumps(document), "utf-8")


def change_json(path: Path, *keys: str, to: object) -> None:
    """Change one value inside a JSON file; None takes it out."""
    document = json.loads(path.read_text("utf-8"))
    place = document
    for key in keys[:-1]:
        place = place[key]
    if to is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to
    write_json(path, document)


def change_arrays(path: Path, **changed: np.ndarray | None) -> None:
    """Change arrays of an .npz; None takes one out."""
    with np.load(path) as stored:
        arrays = dict(stored)
    arrays |= changed
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
