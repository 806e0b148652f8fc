"""Spoken takes as numbers: prosody and poses, thirty a second, and how they are measured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.gesture.lstm.state import encode_clip
from backend.gesture.readers.corpus import RATE_HZ, SpokenTake
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.sound.prosody import Prosody, hear_prosody

FEATURES: Final = ("loudness", "rise", "pitch", "voiced", "speaking", "accent")
_OCTAVE: Final = 12.0
_ACCENT_S: Final = 0.08

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Talker:
    """One take.

    Args:
        name: of the take.
        clip: common skeleton.
        prosody: of the talker's own voice.
        rows: (T, 6) prosody as numbers, ``FEATURES``.
        states: (T, 134) of the clip, as the lecture's network has them.
    """

    name: str
    clip: MotionClip
    prosody: Prosody
    rows: Floats
    states: Floats


def read_talkers(takes: Sequence[SpokenTake]) -> list[Talker]:
    """All of them, read one after the other.

    Raises:
        InputError: a motion is malformed; says which.
    """
    found = []
    for take in takes:
        _log.info("reading %s", take.name)
        clip, prosody = take.read_motion(), hear_prosody(take.sound)
        rows, states = prosody_rows(prosody), encode_clip(clip)
        count = min(len(rows), len(states))
        found.append(Talker(take.name, clip, prosody, rows[:count], states[:count]))
    return found


def prosody_rows(prosody: Prosody) -> Floats:
    """(T, 6) loudness and its rise, pitch in octaves, voiced, speaking, and accents as bumps."""
    times = np.arange(len(prosody.loudness)) / RATE_HZ
    apart = times[:, None] - np.asarray(prosody.accents_s)
    bumps = np.exp(-0.5 * (apart / _ACCENT_S) ** 2) * np.asarray(prosody.accent_strengths)
    loudness = np.asarray(prosody.loudness, np.float64)
    rise = np.gradient(loudness) * RATE_HZ if len(loudness) > 1 else np.zeros_like(loudness)
    columns = (
        loudness, rise, np.asarray(prosody.pitch) / _OCTAVE, prosody.voiced, prosody.speaking,
        bumps.sum(axis=1),
    )  # fmt: skip
    return np.column_stack(columns).astype(np.float32)
