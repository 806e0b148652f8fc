"""A listener's nods: read from the partner's voice, laid on the head with the speaker's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...blender.sound.scene_sound import SceneSound
from ...core.face.clip import FaceClip
from ...core.jobs import Cancellation
from ...core.sound.hear import voice_of
from ...core.sound.waveform import CancellableSound
from ...core.speech.listening import RATE_HZ, pitch_of_nods, plan_nods

Array = NDArray[np.float64]

_FADE_S: Final = 0.2
"""How long a face takes to come to rest beyond its own sound."""


@dataclass(frozen=True, eq=False)
class Listening:
    """Where somebody listens; holds no Blender data.

    Args:
        partner: whom.
        own: the listener's own voice; None if it only listens.
        frames: (K,) whole frame numbers, every frame of the performance.
        frame_rate_hz: the scene's.
        seed: of the nods.
    """

    partner: SceneSound
    own: SceneSound | None
    frames: Array
    frame_rate_hz: float
    seed: int

    def nods(self, cancellation: Cancellation) -> Nods:
        """The nods of this listener.

        Raises:
            Cancelled: the job was cancelled.
        """
        seconds = (len(self.frames) - 1) / self.frame_rate_hz
        count = max(1, int(np.ceil(seconds * RATE_HZ)))
        frames = self.frames[0] + (np.arange(count) + 0.5) / RATE_HZ * self.frame_rate_hz
        partner = _speaks(self.partner, frames, cancellation)
        own = np.zeros(count, bool)
        if self.own is not None:
            own = _speaks(self.own, frames, cancellation)
        planned = plan_nods(partner, own, np.random.default_rng(self.seed))
        times_s = (self.frames - self.frames[0]) / self.frame_rate_hz
        offsets = np.zeros((len(self.frames), 2))
        offsets[:, 1] = pitch_of_nods(planned, times_s)
        return Nods(self.frames, offsets, self.frame_rate_hz, len(planned))


@dataclass(frozen=True, eq=False)
class Nods:
    """A listener's nods.

    Args:
        frames: (K,) whole frame numbers.
        offsets_rad: (K, 2) yaw and pitch of the head, to be added to its motion.
        frame_rate_hz: of the scene.
        count: how many there are.
    """

    frames: Array
    offsets_rad: Array
    frame_rate_hz: float
    count: int

    def around(
        self, clip: FaceClip, offsets_rad: Array, frames: Array
    ) -> tuple[FaceClip, Array, Array]:
        """A face and its head on these frames, at rest beyond its own, and the nods added.

        Args:
            clip: J frames of a speech.
            offsets_rad: (J, 2) of its head.
            frames: (J,) their numbers, among those of the nods.
        """
        spread = self._spread(frames)
        whole = replace(clip, weights=spread(clip.weights))
        return whole, spread(offsets_rad) + self.offsets_rad, self.frames

    def _spread(self, frames: Array) -> Callable[[NDArray[np.floating]], Array]:
        first, count = int(frames[0] - self.frames[0]), len(frames)
        at = np.arange(count) + 1.0
        fade = np.ones(count)
        if first:
            fade = np.minimum(fade, at / (_FADE_S * self.frame_rate_hz))
        if first + count < len(self.frames):
            fade = np.minimum(fade, at[::-1] / (_FADE_S * self.frame_rate_hz))

        def spread(values: NDArray[np.floating]) -> Array:
            whole = np.zeros((len(self.frames), values.shape[1]))
            whole[first : first + count] = values * fade[:, None]
            return whole

        return spread


def _speaks(sound: SceneSound, frames: Array, cancellation: Cancellation) -> NDArray[np.bool_]:
    within = (frames >= sound.start_frame) & (frames < sound.end_frame)
    voice = voice_of(CancellableSound(sound.sound, cancellation))
    return np.asarray(voice.speaking_at(sound.seconds_at(frames)) & within)
