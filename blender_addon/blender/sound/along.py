"""Where a chosen sound is heard and how it is opened, without reading it: for drawing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import inf
from pathlib import Path

import bpy

from ...core.errors import OUTSIDE
from ...core.sound.waveform import Sound
from ..timeline import frame_rate_of
from .choice import SoundChoice
from .files import open_sound
from .scene_sound import place_of_plain_strip, sound_strips


@dataclass(frozen=True)
class SoundAlong:
    """A sound at its place on the timeline, not opened yet.

    Args:
        key: tells what would be read from everything else, and a file from what it was before.
        open: opens it; any thread may call this.
        start_frame, end_frame: where it is heard; endless where only the sound itself knows.
        start_s: place in the sound that is heard at the start frame.
        frame_rate_hz: the scene's.
    """

    key: Hashable
    open: Callable[[], Sound]
    start_frame: float
    end_frame: float
    start_s: float
    frame_rate_hz: float


def sound_along(
    scene: bpy.types.Scene, choice: SoundChoice, first_frame: float
) -> SoundAlong | None:
    """Where a sound that was chosen is heard.

    Args:
        scene: whose time and sequencer.
        choice: file or strip.
        first_frame: a file begins here.

    Returns:
        None where nothing is chosen, the file is missing, or only Blender itself can mix the strip.
    """
    if choice.source == "FILE" and choice.path:
        path = Path(bpy.path.abspath(choice.path))
        return _along(scene, path, 1.0, False, (first_frame, inf, 0.0))
    if choice.source == "STRIP" and choice.strip:
        strips = (each for each in sound_strips(scene) if each.name == choice.strip)
        place = place_of_plain_strip(next(strips, None), scene)
        return None if place is None else _along(scene, *place)
    return None


def _along(
    scene: bpy.types.Scene,
    path: Path,
    gain: float,
    mono: bool,
    place: tuple[float, float, float],
) -> SoundAlong | None:
    try:
        status = path.stat()
    except (*OUTSIDE, ValueError):
        return None
    key = str(path), status.st_mtime_ns, status.st_size, gain, mono
    return SoundAlong(
        key, lambda: open_sound(path, gain=gain, mono=mono), *place, frame_rate_of(scene)
    )
