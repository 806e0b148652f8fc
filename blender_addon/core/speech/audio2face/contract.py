"""What a folder's model promises, and its card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ...face.arkit import ARKIT_52, UPPER_FACE
from ...inference.arrays import ARRAYS_SHA256
from ...inference.contract import DataSource, ModelContract, TensorSpec, TrainingRecord
from ...inference.session import LICENCE_NOTICE
from ..layout import TASK
from ..networks.audio2face import KIND, RATE_HZ
from .equations import close_holds_jaw
from .folder import Audio2FaceFolder

LICENCE: Final = "NVIDIA Open Model License"
LICENCE_URL: Final = (
    "https://www.nvidia.com/en-us/agreements/enterprise-software/nvidia-open-model-license/"
)
NOTICE: Final = f"Licensed by NVIDIA Corporation under the {LICENCE}"
USUAL_STYLE: Final = "neutral"
_LEVEL_DB: Final = -22.0
_TONGUE: Final = "tongueOut"
_LEFT_TO_GAZE: Final = "eyeLook"
_LEFT_TO_BLINKS: Final = "eyeBlink"

Shape = tuple[int | str, ...]


def usual_name(folder: Audio2FaceFolder) -> str:
    """Name of the model that a folder becomes."""
    actor = re.sub(r"[^a-z0-9]+", "_", folder.actor.lower()).strip("_")[:40]
    return f"audio2face_{actor or 'model'}"


def channels_of(folder: Audio2FaceFolder) -> tuple[str, ...]:
    """ARKit's channels that the model moves, in ARKit's order."""
    found = {name for name in folder.skin_shapes.names if not name.startswith(_LEFT_TO_GAZE)}
    found -= {_TONGUE}
    if folder.tongue_shapes is not None:
        found |= {_TONGUE}
    return tuple(name for name in ARKIT_52 if name in found)


def make_contract(
    name: str, folder: Audio2FaceFolder, batch: int | str, flat: bool, hashes: Mapping[str, Any]
) -> ModelContract:
    """The contract of a folder's model.

    Args:
        name: of its files.
        folder: that was read.
        batch: windows in one run, as the graph says.
        flat: the result has no middle axis of 1.
        hashes: ``opset`` and ``sha256`` of the network, and ``arrays_sha256``.
    """
    layout, at = {}, 0
    for part, size in folder.sizes.items():
        if size:
            layout[part] = (at, at + size)
        at += size
    result: Shape = (batch, at) if flat else (batch, 1, at)
    numbers = len(folder.implicit_emotion) + len(folder.emotions)
    return ModelContract(
        name=name,
        task=TASK,
        inputs=(
            TensorSpec("input", (batch, 1, folder.window_samples), unit="full scale"),
            TensorSpec("emotion", (batch, 1, numbers), unit="0 … 1"),
        ),
        outputs=(TensorSpec("result", result, unit="principal components", layout=layout),),
        skeleton=None,
        frame_rate_hz=RATE_HZ,
        training=TrainingRecord("unknown, by NVIDIA", "unknown, by NVIDIA"),
        data=(
            DataSource(
                f"Audio2Face-3D v2.3, recordings of the actor '{folder.actor}' by NVIDIA",
                LICENCE,
                f"{NOTICE}, {LICENCE_URL}",
            ),
        ),
        weights_licence=LICENCE,
        opset=hashes["opset"],
        sha256=hashes["sha256"],
        settings=_settings(folder) | {ARRAYS_SHA256: hashes[ARRAYS_SHA256]},
    )


def styles_of(folder: Audio2FaceFolder) -> dict[str, list[float]]:
    """Every emotion as the numbers that the network is given; the usual one first."""
    implicit = [float(np.float32(number)) for number in folder.implicit_emotion]
    usual = list(folder.usual_emotion)
    styles = {USUAL_STYLE: implicit + usual}
    for place, emotion in enumerate(folder.emotions):
        explicit = usual.copy()
        explicit[place] = 1.0
        styles.setdefault(emotion, implicit + explicit)
    return styles


def _settings(folder: Audio2FaceFolder) -> dict[str, Any]:
    channels = channels_of(folder)
    settings: dict[str, Any] = {
        "kind": KIND,
        LICENCE_NOTICE: NOTICE,
        "channels": list(channels),
        "styles": styles_of(folder),
        "has_emotions": bool(folder.emotions),
        "level_db": _LEVEL_DB,
        "window_samples": folder.window_samples,
        "window_offset": folder.window_offset,
        "input_strength": folder.config.number("input_strength", 0.0, 100.0),
        "skin_poses": list(folder.skin_shapes.names),
        "close_holds_jaw": close_holds_jaw(folder.skin_shapes),
        "source_sha256": dict(folder.sha256),
    }
    if folder.tongue_shapes is not None:
        settings["tongue_poses"] = list(folder.tongue_shapes.names)
    upper = [
        name for name in channels if name in UPPER_FACE and not name.startswith(_LEFT_TO_BLINKS)
    ]
    if upper:
        settings["learned_upper_face"] = upper
    return settings


def make_card(contract: ModelContract, folder: Audio2FaceFolder) -> str:
    """What people should know of the model."""
    settings = contract.settings
    files = "\n".join(f"- `{name}`: {digest}" for name, digest in sorted(folder.sha256.items()))
    jaw = (
        "The head's shape mouthClose opens the jaw as well; its share is given to jawOpen, so that "
        "both mean what they mean in ARKit.\n\n" if settings["close_holds_jaw"] else ""
    )  # fmt: skip
    tongue = (
        "tongueOut follows the tongue's own shapes."
        if "tongue_poses" in settings
        else "The folder has no shapes for the tongue, so it does not move."
    )
    return f"""# {contract.name}

NVIDIA Audio2Face-3D, regression model of the actor '{folder.actor}', added from a folder that was
downloaded by the user. It is not part of this extension.

## Licence

{NOTICE}.
{LICENCE_URL}

Read it before you use or pass on these files: the notice above must go with every copy.

## What it does

A window of {folder.window_samples} samples at 16 kHz around each frame, 30 frames a second,
becomes {folder.sizes["skin"]} principal components of the skin; weights of
{len(settings["channels"])} of ARKit's shapes follow from them by least squares between 0 and 1 on
the same head's blendshapes, with the strengths of the folder. {tongue}

{jaw}Its emotions are the styles: {", ".join(folder.emotions) or "none"}.
They can be keyed and mixed.

## What it does not

It says nothing of the head, of blinks and of where the eyes look. What it is good and bad at, its
makers tell (arXiv 2508.16401); nothing was measured here.

## Files it was made from (SHA-256)

{files}
"""
