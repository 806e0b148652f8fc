"""Fréchet gesture distance: how far a set of motions is from another, seen by an autoencoder.

A window of 34 poses at 15 Hz, each the directions of bones seen from the character, goes through
the encoder of a small convolutional autoencoder; Gaussians are fitted to the 32 numbers that come
out, and the Fréchet distance of two of them, squared as in the source, is the measure. The
autoencoder is ours, trained on the clips that we may share (``fgd_training``), so its numbers stand
beside each other and beside nobody else's.

Source: Yoon et al. 2020, Speech Gesture Generation from the Trimodal Context of Text, Audio, and
Speaker Identity, §4.2: 34 frames at 15 Hz, bone directions, an autoencoder with convolutions in
time, FGD = |μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from backend.motion_quality.frechet import fit_gaussian, frechet_distance
from blender_addon.core.errors import ClipError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.resample import resample_clip

from .poses import Reals, seen_positions

Part = Literal["body", "upper"]
PARTS: Final[tuple[Part, ...]] = ("body", "upper")
RATE_HZ: Final = 15.0
WINDOW: Final = 34
LATENT: Final = 32
STRIDES: Final = (1, 2, 2)
SLOPE: Final = 0.2
WEIGHTS: Final = Path(__file__).with_name("fgd.npz")
_UPPER_FIRST, _UPPER_LAST = "Spine", "RightHand"

Singles = NDArray[np.float32]


def bones_of(part: Part) -> list[int]:
    """Joints of the common skeleton whose bone, from their parent, is looked at."""
    if part == "body":
        return list(range(1, COMMON_SKELETON.joint_count))
    first, last = COMMON_SKELETON.indices((_UPPER_FIRST, _UPPER_LAST))
    return list(range(first, last + 1))


def bone_directions(clip: MotionClip, part: Part) -> Singles:
    """(T, 3·bones) unit directions of the bones seen from the character, at 15 Hz."""
    joints = seen_positions(resample_clip(clip, RATE_HZ))
    bones = bones_of(part)
    along = joints[:, bones] - joints[:, COMMON_SKELETON.parents[bones]]
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    return along.reshape(len(along), -1).astype(np.float32)


def windows_of(clip: MotionClip, part: Part, step: int = 3) -> Singles:
    """(N, 34, 3·bones) windows of a clip, one every ``step`` frames; none of a shorter clip."""
    directions = bone_directions(clip, part)
    starts = np.arange(0, max(len(directions) - WINDOW + 1, 0), step)
    return directions[starts[:, None] + np.arange(WINDOW)]


def encode(windows: Singles, part: Part) -> Reals:
    """(N, 34, F) to (N, 32): the encoder of the shipped autoencoder, in NumPy."""
    weights = _weights()
    values = (windows - weights[f"{part}.mean"]) / weights[f"{part}.scale"]
    for layer, stride in enumerate(STRIDES):
        kernel, bias = weights[f"{part}.conv{layer}.weight"], weights[f"{part}.conv{layer}.bias"]
        values = _convolve(values, kernel, bias, stride)
        values = np.where(values > 0, values, SLOPE * values)
    flat = values.reshape(len(values), -1)
    return np.asarray(flat @ weights[f"{part}.out.weight"].T + weights[f"{part}.out.bias"], float)


def _convolve(values: Singles, kernel: Singles, bias: Singles, stride: int) -> Singles:
    """(N, T, C) with a kernel (O, C, K) to (N, T', O), without padding."""
    width = kernel.shape[-1]
    seen = np.lib.stride_tricks.sliding_window_view(values, width, axis=1)[:, ::stride]
    flat = seen.reshape(*seen.shape[:2], -1)
    return np.asarray(flat @ kernel.reshape(len(kernel), -1).T + bias, np.float32)


@cache
def _weights() -> Mapping[str, Any]:
    with np.load(WEIGHTS, allow_pickle=False) as kept:
        return {name: kept[name].astype(np.float32) for name in kept.files}


def latents_of(clips: Iterable[MotionClip], part: Part) -> Reals:
    """(N, 32) of all windows of several clips on the common skeleton.

    Raises:
        ClipError: none is as long as a window.
    """
    windows = [windows_of(clip, part) for clip in clips]
    joined = np.concatenate(windows) if windows else np.zeros((0, WINDOW, 1), np.float32)
    if len(joined) < 2:
        raise ClipError(
            f"expected motions of more than {WINDOW / RATE_HZ:.1f} s to measure; found none"
        )
    return encode(joined, part)


def fgd(generated: Reals, reference: Reals) -> float:
    """Squared Fréchet distance of two sets of latents (N, 32) and (M, 32).

    Few windows make it larger: compare only sets of about one size.
    """
    return frechet_distance(fit_gaussian(generated), fit_gaussian(reference)).total ** 2
