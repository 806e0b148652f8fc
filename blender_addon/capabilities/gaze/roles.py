"""Who talks when: from sounds of the scene, or set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...blender.sound.scene_sound import SceneSound
from ...core.conventions import MODEL_FRAME_RATE_HZ
from ...core.gaze.events import ROLES
from ...core.gaze.roles import roles_over_time, turns_over_time
from ...core.gaze.turns import turns_of_roles
from ...core.jobs import Cancellation
from ...core.notes import Note
from ...core.sound.hear import voice_of
from ...core.sound.voice_activity import VoiceActivity
from ...core.sound.waveform import CancellableSound

Array = NDArray[np.float64]

AUTO: Final = "AUTO"
ROLE_NAMES: Final = (AUTO, *(role.upper() for role in ROLES))


@dataclass(frozen=True, eq=False)
class Voices:
    """The sounds of a conversation; holds no Blender data.

    Args:
        own, partner: None where there is none.
    """

    own: SceneSound | None
    partner: SceneSound | None


@dataclass(frozen=True, eq=False)
class Heard:
    """A conversation over T steps at 60 Hz.

    Args:
        roles: (T,) numbers into ROLES.
        turns: (T,) 1 the own turn, −1 the partner's, 0 nobody's.
        warnings: what the user should know about the sounds.
    """

    roles: NDArray[np.int64]
    turns: NDArray[np.int64]
    warnings: tuple[str, ...] = ()


def hear_roles(
    desired: NDArray[np.int64],
    voices: Voices,
    first_frame: float,
    rate_hz: float,
    cancellation: Cancellation | None = None,
) -> Heard:
    """Roles and turns at 60 Hz.

    Args:
        desired: (T,) numbers into ``ROLE_NAMES`` at 60 Hz.
        voices: what AUTO listens to.
        first_frame: of the range.
        rate_hz: of the scene.
        cancellation: of the job that asks.

    Raises:
        Cancelled: the job was cancelled.
    """
    roles = desired - 1
    automatic = desired == 0
    if not automatic.any():
        return Heard(roles, turns_of_roles(roles))
    seconds = len(desired) / MODEL_FRAME_RATE_HZ
    warnings: list[str] = []
    own, partner = (
        _activity(sound, first_frame, seconds, rate_hz, warnings, cancellation or Cancellation())
        for sound in (voices.own, voices.partner)
    )
    times = np.arange(len(desired)) / MODEL_FRAME_RATE_HZ
    roles = np.where(automatic, roles_over_time(own, partner, times), roles)
    turns = np.where(automatic, turns_over_time(own, partner, times), turns_of_roles(roles))
    return Heard(roles, turns, tuple(warnings))


def _activity(
    sound: SceneSound | None,
    first_frame: float,
    seconds: float,
    rate_hz: float,
    warnings: list[str],
    cancellation: Cancellation,
) -> VoiceActivity | None:
    """When a voice is heard, counted from the first frame of the range."""
    if sound is None:
        return None
    heard = voice_of(CancellableSound(sound.sound, cancellation))
    warnings += sound.warnings
    count = max(1, int(np.ceil(seconds * heard.rate_hz)))
    frames = first_frame + (np.arange(count) + 0.5) / heard.rate_hz * rate_hz
    within = (frames >= sound.start_frame) & (frames < sound.end_frame)
    speaking = heard.speaking_at(sound.seconds_at(frames)) & within
    warnings += _explain(sound, heard, speaking, frames)
    entries = np.floor(sound.seconds_at(frames) * heard.rate_hz).astype(np.int64)
    entries = np.clip(entries, 0, len(heard.speaking) - 1)
    return VoiceActivity(
        heard.rate_hz,
        speaking,
        np.where(within, heard.level_db[entries], heard.level_db.min()),
        np.where(within, heard.energy[entries], 0.0),
    )


def _explain(
    sound: SceneSound, heard: VoiceActivity, speaking: NDArray[np.bool_], frames: Array
) -> list[str]:
    name, first, last = sound.name, frames[0], frames[-1]
    margin = 0.02 * (last - first) + 1
    if not heard.speaking.any():
        return [f"no voice is heard in '{name}', so it is taken as silence"]
    if not speaking.any():
        return [f"no voice of '{name}' is heard between frames {first:.0f} and {last:.0f}"]
    if sound.end_frame < last - margin:
        end = f"'{name}' ends on frame {sound.end_frame - 1:.0f}, before the range ({last:.0f})"
        return [Note(f"{end}; the rest counts as silence")]
    if sound.end_frame > last + margin:
        return [Note(f"'{name}' goes on after the last frame, {last:.0f}")]
    return []
