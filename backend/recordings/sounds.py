"""The sound of a recording, and whether it can be the one that belongs to the frames."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from blender_addon.core.errors import InputError
from blender_addon.core.sound.waveform import Sound, WavSound

_APART_S: Final = 1.0
_APART_SHARE: Final = 0.1


def open_sound(path: Path) -> WavSound:
    """A sound file that belongs to frames.

    Raises:
        InputError: it is missing.
    """
    if not path.is_file():
        raise InputError(
            f"{path} is missing, the sound to frames of that name. Put it there, or leave the "
            "frames out"
        )
    return WavSound(path)


def check_length(name: str, frame_count: int, rate_hz: float, sound: Sound) -> None:
    """Refuse frames that cannot belong to a sound.

    Raises:
        InputError: says how long both are.
    """
    frames_s, apart = frame_count / rate_hz, _APART_S + _APART_SHARE * sound.duration_s
    if abs(frames_s - sound.duration_s) > apart:
        raise InputError(
            f"{name}: {frame_count} frames at {rate_hz:g} Hz last {frames_s:.1f} s, its sound "
            f"{sound.duration_s:.1f} s. The file is cut short, or belongs to another sound; "
            "fetch it again"
        )
