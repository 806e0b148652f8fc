"""Styles of speaking: those that recordings share, and those made by scaling their curves.

Neither teacher speaks softly or strongly on purpose. So in training some segments' curves are made
larger or smaller by groups of channels, and a direction in the space of styles is learned for each
group: along it the network opens, rounds or spreads the mouth more, closures staying closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from .pairs import SpeechPair

_GROUPS: Final = {
    "opening": ("jawOpen", "mouthClose", "mouthLowerDown", "mouthUpperUp"),
    "rounding": ("mouthFunnel", "mouthPucker"),
    "spreading": ("mouthStretch", "mouthSmile", "mouthDimple"),
}
"""Channels, with both their sides, that a style axis scales together."""
STYLE_AXES: Final = tuple(_GROUPS)
OCTAVES: Final = 0.7
"""An amount of 1 makes movements 2 to the power of this larger, −1 smaller."""
NAMED_STYLES: Final = {
    "soft": (-1.0, -0.3, -0.3),
    "strong": (1.0, 0.5, 0.5),
    "rounded": (0.0, 1.0, -1.0),
    "spread": (0.0, -1.0, 1.0),
}
"""Amounts along each axis that the styles for the user are made of."""


def scale_curves(
    curves: Floats, amounts: Floats, channels: Sequence[str] = SPEECH_CHANNELS
) -> Floats:
    """Curves (T, C) larger or smaller by amounts (M,) along each axis, at most 1."""
    factors = 2.0 ** (OCTAVES * (np.asarray(amounts) @ _members(tuple(channels))))
    return np.minimum(curves * factors, 1.0).astype(np.float32)


@cache
def _members(channels: tuple[str, ...]) -> Floats:
    """(M, C) which channels each axis scales."""
    return np.array(
        [[name.startswith(stems) for name in channels] for stems in _GROUPS.values()], float
    )


def session_name(recording: str) -> str:
    """The day a recording belongs to: its name without the take's number."""
    return recording.rpartition("_")[0]


def session_of(pair: SpeechPair, others: Sequence[SpeechPair]) -> list[int]:
    """Numbers of the recordings of the same session, else of the same teacher, else of all.

    Recordings of one session were animated alike, and which session a recording belongs to is
    known beforehand.
    """
    same_teacher = [n for n, other in enumerate(others) if other.teacher == pair.teacher]
    same_session = [
        n for n in same_teacher if session_name(others[n].name) == session_name(pair.name)
    ]
    return same_session or same_teacher or list(range(len(others)))
