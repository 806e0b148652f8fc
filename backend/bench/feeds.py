"""Plausible random inputs for any model, from nothing but its contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.inference.contract_types import ModelContract, TensorSpec

BATCH_NAMES: Final = ("batch", "windows")
"""What contracts call the number of things that are worked on together."""
FRAMES: Final = 30
"""Of a sequence: half a second to a second at the models' rates."""
_RATE_HZ: Final = 16_000
_SPREAD: Final = 0.5
"""Standard deviation of what is metres, radians or normalised: poses and speeds of a person."""
_LOUDNESS: Final = 0.1
"""Of a waveform: that of speech at the usual level."""
_UNITS: Final = ("_m", "_rad", "_s")
_TURN: Final = 2.0 * np.pi

Feeds = dict[str, NDArray[Any]]


def batch_axis(contract: ModelContract) -> str:
    """The name of the size that may be chosen for many at once; empty where all are fixed.

    A model that has none for a batch, but frames that do not depend on each other, takes those.
    """
    free = [size for spec in contract.inputs for size in spec.shape if isinstance(size, str)]
    return next((name for name in (*BATCH_NAMES, "frames") if name in free), "")


def make_feeds(contract: ModelContract, size: int, seed: int = 0) -> Feeds:
    """Random inputs of a batch.

    Args:
        contract: of the model.
        size: of its batch axis.
        seed: the same numbers for the same seed.
    """
    sizes = {batch_axis(contract): size}
    rng = np.random.default_rng(seed)
    return {spec.name: _draw(spec, sizes, rng) for spec in contract.inputs}


def feed_bytes(contract: ModelContract, size: int) -> int:
    """What the inputs of a batch take, so that nobody makes them for nothing."""
    sizes = {batch_axis(contract): size}
    return sum(
        np.dtype(spec.dtype).itemsize * int(np.prod(_shape(spec, sizes), dtype=np.int64))
        for spec in contract.inputs
    )


def _shape(spec: TensorSpec, sizes: Mapping[str, int]) -> tuple[int, ...]:
    # A hidden frame of the manifold stands for two of the motion.
    free = {"samples": _RATE_HZ, "frames": FRAMES, "hidden_frames": FRAMES // 2, **sizes}
    return tuple(free.get(size, 1) if isinstance(size, str) else size for size in spec.shape)


def _draw(spec: TensorSpec, sizes: Mapping[str, int], rng: np.random.Generator) -> NDArray[Any]:
    shape = _shape(spec, sizes)
    if "float" not in spec.dtype:
        return np.zeros(shape, spec.dtype)
    if spec.name == "times":  # within the waveform, rising
        return np.sort(rng.uniform(0.0, 1.0, shape)).astype(spec.dtype)
    if spec.name == "waveform":
        return rng.normal(0.0, _LOUDNESS, shape).astype(spec.dtype)
    if spec.unit.startswith("RGB"):
        least = -1.0 if "-1" in spec.unit else 0.0
        return rng.uniform(least, 1.0, shape).astype(spec.dtype)
    if spec.unit == "rad":
        return rng.uniform(0.0, _TURN, shape).astype(spec.dtype)
    if spec.layout:
        return _draw_parts(spec, shape, rng)
    if spec.name in ("signal", "heard", "levels") or spec.unit.startswith("0 … 1"):
        return rng.uniform(0.0, 1.0, shape).astype(spec.dtype)
    return rng.normal(0.0, _SPREAD, shape).astype(spec.dtype)


def _draw_parts(spec: TensorSpec, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    """What is laid out in named parts: those with a unit lie around 0, all others are amounts."""
    made = rng.uniform(0.0, 1.0, shape)
    for name, (start, stop) in spec.layout.items():
        if name.endswith(_UNITS):
            made[..., start:stop] = rng.normal(0.0, _SPREAD, made[..., start:stop].shape)
    return made.astype(spec.dtype)
