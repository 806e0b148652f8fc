"""Lays new motion over what a face holds already: an expression, half-closed lids, an open mouth.

Most of a face is added to: who smiles goes on smiling while talking. Two things cannot be. Lids
that are half shut have only the rest of the way to go. And what parts or closes the lips is taken
over, for lips must meet at /p b m/ whatever was held: what was held is let go smoothly at the first
frame and comes back smoothly at the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from ..conventions import Floats
from .maps import FaceMapping, Target

_SIDES: Final = ("Left", "Right")
_PAIRS: Final = ("mouthLowerDown", "mouthUpperUp")
TAKEN_OVER: Final = frozenset(
    ("jawOpen", "mouthClose", "mouthFunnel", *(stem + side for stem in _PAIRS for side in _SIDES))
)
"""What parts or closes the lips."""
CLOSED: Final = frozenset("eyeBlink" + side for side in _SIDES)

LET_GO_S: Final = 0.6
"""How long it takes to let go of what was held, and to come back; at most a quarter of all."""


class Over(Enum):
    """How motion goes together with what is held."""

    ADDED = "ADDED"
    CLOSED = "CLOSED"
    TAKEN_OVER = "TAKEN_OVER"


@dataclass(frozen=True)
class Meeting:
    """How motion of one shape or bone meets what is held there.

    Args:
        over: in which way.
        full: what the motion comes to at its fullest; its sign says which way it opens or shuts.
    """

    over: Over = Over.ADDED
    full: float = 1.0


def meeting_of(channels: Mapping[str, float]) -> Meeting:
    """How motion made of ARKit channels, each with a gain, meets what is held.

    Args:
        channels: gain by channel, of one shape or bone.
    """
    led = sum(gain for name, gain in channels.items() if name in TAKEN_OVER)
    if any(name in TAKEN_OVER for name in channels):
        return Meeting(Over.TAKEN_OVER, led or 1.0)
    if channels and all(name in CLOSED for name in channels):
        return Meeting(Over.CLOSED, sum(channels.values()))
    return Meeting()


def meetings_of_shapes(
    mapping: FaceMapping, taken_over: Iterable[str] = TAKEN_OVER
) -> dict[str, Meeting]:
    """How each shape of a face meets what is held; visemes part and close the lips.

    Args:
        mapping: which shapes make which channels.
        taken_over: channels of which nothing is added to what is held.
    """
    gains: dict[str, dict[str, float]] = {}
    for channel, targets in mapping.targets.items():
        _add(gains, channel, targets)
    led = set(taken_over) - TAKEN_OVER
    found = {
        shape: Meeting(Over.TAKEN_OVER) if led & set(channels) else meeting_of(channels)
        for shape, channels in gains.items()
    }
    return found | {v.shape: Meeting(Over.TAKEN_OVER, v.gain or 1.0) for v in mapping.visemes}


def _add(gains: dict[str, dict[str, float]], channel: str, targets: Iterable[Target]) -> None:
    for shape, gain in targets:
        of_shape = gains.setdefault(shape, {})
        of_shape[channel] = of_shape.get(channel, 0.0) + gain


def laid_over(
    meeting: Meeting,
    held: Floats,
    motion: Floats,
    frame_rate_hz: float,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> Floats:
    """What a shape or a bone's angle shall be.

    Args:
        meeting: how the two go together.
        held: (T,) what is there without the motion.
        motion: (T,) what it would be from rest.
        frame_rate_hz: frames per second.
        limits: lowest and highest value; what is held beyond them stays so.

    Returns:
        (T,).
    """
    held, motion = np.asarray(held, np.float64), np.asarray(motion, np.float64)
    sign = -1.0 if meeting.full < 0 else 1.0
    if meeting.over is Over.CLOSED and meeting.full:
        full = min(abs(meeting.full), limits[1] if sign > 0 else -limits[0])
        share = np.clip(motion / meeting.full, 0.0, 1.0)
        value = held + sign * share * np.maximum(full - sign * held, 0.0)
    elif meeting.over is Over.TAKEN_OVER:
        # What holds the lips apart is let go; what shuts them farther than at rest is kept.
        apart = sign * np.maximum(sign * held, 0.0)
        value = held - let_go(len(held), frame_rate_hz) * apart + motion
    else:
        value = held + motion
    lowest, highest = np.minimum(held, limits[0]), np.maximum(held, limits[1])
    return np.asarray(np.clip(value, lowest, highest))


def let_go(frame_count: int, frame_rate_hz: float) -> Floats:
    """(T,) from 0 at the first frame to 1, and back to 0 at the last, without a jolt."""
    place = np.arange(frame_count)
    away_s = np.minimum(place, frame_count - 1 - place) / frame_rate_hz
    lasts_s = min(LET_GO_S, 0.25 * (frame_count - 1) / frame_rate_hz)
    share = np.clip(away_s / max(lasts_s, 1e-9), 0.0, 1.0)
    return np.asarray(share**2 * (3.0 - 2.0 * share))
