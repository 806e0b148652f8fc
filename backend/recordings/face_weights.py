"""Files of ARKit weights over time: ``names`` of shapes, ``frames`` with ``weights`` and ``time``.

As the app Live Link Face stores them and BEAT distributes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.face.arkit import ARKIT_52

RATE_HZ: Final = 60.0
_MOST_BYTES: Final = 1_000_000_000


def read_document(path: Path) -> dict[str, Any]:
    """The file's lists ``names`` and ``frames``.

    Raises:
        InputError: it is damaged or something else.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than any recording; leave it out")
        document = json.loads(path.read_text("utf-8"))
        frames, names = document["frames"], document["names"]
        if not isinstance(frames, list) or not isinstance(names, list) or len(frames) < 2:
            raise ValueError("expected lists 'names' and 'frames', two frames or more")
    except (OSError, *MALFORMED) as error:
        raise InputError(
            f"{path} is no recording of weights ({shortened(error)}); it may be cut short. Fetch "
            "it again"
        ) from error
    return dict(document)


def read_names(path: Path) -> tuple[str, ...]:
    """Names of the weights.

    Raises:
        InputError: one is none of ARKit's, or comes twice.
    """
    names = tuple(map(str, read_document(path)["names"]))
    unknown = sorted(set(names) - set(ARKIT_52))
    if unknown or len(set(names)) != len(names):
        raise InputError(
            f"{path} names the weights {', '.join(unknown) or 'twice'}; expected names of ARKit, "
            "each once"
        )
    return names


def read_weights(path: Path, channels: tuple[str, ...]) -> Floats:
    """(T, C) weights of one file.

    Raises:
        InputError: it is damaged, or names other weights than the first one.
    """
    document = read_document(path)
    if tuple(document["names"]) != channels:
        raise InputError(f"{path} names other weights than the first recording; leave it out")
    try:
        weights = np.array([frame["weights"] for frame in document["frames"]], np.float32)
    except MALFORMED as error:
        raise InputError(f"{path}: {shortened(error)}. Fetch it again") from error
    if weights.shape[1:] != (len(channels),):
        raise InputError(f"{path} has {weights.shape} weights; expected (…, {len(channels)})")
    return weights


def rate_of(frames: Sequence[Any], path: Path) -> float:
    """By the times of first and last frame; without them it is the data set's 60 Hz.

    Raises:
        InputError: a time is no number.
    """
    try:
        lasts = float(frames[-1].get("time", 0.0)) - float(frames[0].get("time", 0.0))
    except MALFORMED as error:
        raise InputError(f"{path}: {shortened(error)}. Fetch it again") from error
    return round((len(frames) - 1) / lasts, 2) if lasts > 0 else RATE_HZ
