"""Small real networks that hear by an encoder, and what they are given, for tests."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.inference.contract import ModelContract, TensorSpec, save_contract
from blender_addon.core.jobs import Progress
from blender_addon.core.sound.hearing import PHONE_CLASSES, Hearing, PhoneEvidence
from blender_addon.core.sound.voice_activity import detect_voice
from tests.speech.contract_samples import CHANNELS, STYLES, make_speech_contract

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

WIDTH = 4
ENCODER = "e" * 64
LEARNED = (*CHANNELS, "browInnerUp", "eyeBlinkLeft", "eyeLookUpLeft")
COLUMNS = len(LEARNED) + 3
REACH = (20, 5)
"""Frames before and after that have a say."""


def make_learned_contract(
    kind: str, sha256: str = "0" * 64, /, **settings: object
) -> ModelContract:
    """The contract of a small network; settings of None are left out."""
    frames = ("batch", "frames")
    heard = (TensorSpec("features", (*frames, WIDTH)), TensorSpec("style", (*frames, 2)))
    given: dict[str, object] = {
        "kind": kind, "encoder_sha256": ENCODER, "channels": list(LEARNED), "styles": STYLES,
        "learned_upper_face": ["browInnerUp", "eyeBlinkLeft", "eyeLookUpLeft"],
    }  # fmt: skip
    if kind == "regression":
        inputs = heard
        outputs = (
            TensorSpec("curves", (*frames, len(LEARNED))),
            TensorSpec("head", (*frames, 3)),
        )
        given |= {"warm_up_frames": REACH[0], "look_ahead_frames": REACH[1], "chunk_frames": 60}
    else:
        noisy, one = TensorSpec("noisy", (*frames, COLUMNS)), ("batch",)
        inputs = (noisy, TensorSpec("signal", one), *heard, TensorSpec("heard", one))
        outputs = (TensorSpec("clean", (*frames, COLUMNS)),)
        given |= {
            "offset": [0.1] * COLUMNS, "scale": [0.5] * COLUMNS, "noise_scale": [1.0] * COLUMNS,
            "signals": [0.0, 0.05, 0.3, 0.8, 0.99], "segment_frames": 60, "overlap_frames": 20,
        }  # fmt: skip
    given |= settings
    return replace(
        make_speech_contract(sha256),
        inputs=inputs,
        outputs=outputs,
        settings={key: value for key, value in given.items() if value is not None},
    )


def _kernel(rows: int, columns: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(rows, columns, sum(REACH) + 1)) / np.sqrt(columns * 26)
    return weights.astype(np.float32)


def _model(nodes, inputs, outputs, constants):
    def tensors(shapes):
        return [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
            for name, shape in shapes.items()
        ]

    graph = helper.make_graph(
        nodes,
        "speech",
        tensors(inputs),
        tensors(outputs),
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _heard_nodes():
    """``told`` (batch, frames, K): a convolution of the features, and the first style number."""
    node = helper.make_node
    return [
        node("Transpose", ["features"], ["columns"], perm=[0, 2, 1]),
        node("Conv", ["columns", "kernel"], ["made"], pads=[*REACH]),
        node("Transpose", ["made"], ["rows"], perm=[0, 2, 1]),
        node("Slice", ["style", "nought", "one", "last"], ["strong"]),
        node("Add", ["rows", "strong"], ["told"]),
    ]


_CONSTANTS = {
    "kernel": _kernel(COLUMNS, WIDTH, 1),
    "nought": np.array([0]), "one": np.array([1]), "last": np.array([2]),
}  # fmt: skip
_HEARD = {"features": ("batch", "frames", WIDTH), "style": ("batch", "frames", 2)}


def make_regression_model():
    """Curves and head are a convolution of the features, and the first style number."""
    sizes = np.array([len(LEARNED), 3])
    split = helper.make_node("Split", ["told", "sizes"], ["curves", "head"], axis=2)
    outputs = {"curves": ("batch", "frames", len(LEARNED)), "head": ("batch", "frames", 3)}
    return _model([*_heard_nodes(), split], _HEARD, outputs, {**_CONSTANTS, "sizes": sizes})


def make_diffusion_model():
    """Clean = what is heard, and the noisy motion smoothed over 11 frames, times its signal."""
    node = helper.make_node
    smooth = np.zeros((COLUMNS, 1, 11), np.float32)
    smooth[:] = np.hanning(13)[1:-1] / np.hanning(13).sum()
    nodes = [
        *_heard_nodes(),
        node("Reshape", ["heard", "cube"], ["hears"]),
        node("Mul", ["told", "hears"], ["led"]),
        node("Transpose", ["noisy"], ["noise"], perm=[0, 2, 1]),
        node("Conv", ["noise", "smooth"], ["even"], pads=[5, 5], group=COLUMNS),
        node("Transpose", ["even"], ["drawn"], perm=[0, 2, 1]),
        node("Reshape", ["signal", "cube"], ["signals"]),
        node("Sub", ["whole", "signals"], ["left"]),
        node("Mul", ["drawn", "left"], ["free"]),
        node("Mul", ["noisy", "signals"], ["kept"]),
        node("Add", ["free", "kept"], ["moved"]),
        node("Add", ["led", "moved"], ["clean"]),
    ]
    inputs = {"noisy": ("batch", "frames", COLUMNS), "signal": ("batch",), **_HEARD}
    constants = {
        **_CONSTANTS,
        "smooth": smooth,
        "cube": np.array([-1, 1, 1]),
        "whole": np.array(1.0, np.float32),
    }
    outputs = {"clean": ("batch", "frames", COLUMNS)}
    return _model(nodes, {**inputs, "heard": ("batch",)}, outputs, constants)


def write_learned_model(folder: Path, kind: str, **settings: object) -> Path:
    """A small network and its contract as files."""
    make = {"regression": make_regression_model, "diffusion": make_diffusion_model}[kind]
    data = make().SerializeToString()
    path = folder / "speech_face.onnx"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    contract = make_learned_contract(kind, hashlib.sha256(data).hexdigest(), **settings)
    save_contract(path.with_suffix(".json"), contract)
    return path


class MadeFeatures:
    """Vectors of waves that are the same wherever reading begins, of any length."""

    size = WIDTH

    def __init__(self, size=WIDTH):
        self.size = size
        self.most = 0

    def read(self, first, count):
        self.most = max(self.most, count)
        frames = np.arange(first, first + count)[:, None]
        pace = 0.05 + 0.13 * np.arange(self.size)
        return np.sin(pace * frames + 0.3).astype(np.float32)


def phone_chances(seconds: float, *spans: tuple[str, float, float]) -> PhoneEvidence:
    """Silence, but for kinds heard from one second to another."""
    times = np.arange(round(50 * seconds) + 1) / 50.0
    chances = np.zeros((len(times), len(PHONE_CLASSES)), np.float32)
    chances[:, PHONE_CLASSES.index("silence")] = 1.0
    for kind, start, stop in spans:
        inside = (times >= start - 1e-9) & (times < stop - 1e-9)
        chances[inside] = 0.0
        chances[inside, PHONE_CLASSES.index(kind)] = 1.0
    return PhoneEvidence(chances)


class Ears:
    """Hears the made features in any sound, and the phones it is told."""

    def __init__(self, phones: PhoneEvidence | None = None, features=None):
        self.phones, self.features = phones, features or MadeFeatures()

    def __call__(self, sound, progress: Progress) -> Hearing:
        progress(0.5)
        phones = self.phones or phone_chances(sound.duration_s, ("mid_vowel", 0.0, 1e6))
        return Hearing(detect_voice(sound), 1.0, self.features, phones)
