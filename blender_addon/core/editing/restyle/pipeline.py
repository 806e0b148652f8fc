"""Restyle: the same steps in the manner of another motion, by the best means that both allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ClipError
from ...jobs import OnProgress, Progress, Runner
from ...motion.clip import MotionClip
from ..edited import Edited, unmoved
from ..gait_cycle import Gait, find_gait
from ..manifold.features import RATE_HZ, places_of
from ..manifold.runtime import Manifold
from ..sixty import AtSixty, at_sixty, sample_clip
from .manners import Walking, by_gram, by_posture, by_spectrum, warp_of
from .neutral import NeutralGaits
from .settings import RestyleSettings
from .spectrum import Spectrum
from .steps import keep_steps

SPECTRUM: Final = "phase-aligned spectrum"
GRAM: Final = "Gram matrices of the 2016 manifold"
POSTURE: Final = "posture and amplitude only"
_GRAM_FRAMES: Final = (60, 18_000)
"""A second to five minutes: less says little, and more takes too long and too much memory."""
_OTHER_SPEED: Final = 1.6
_LEAST_FRAMES: Final = 2


class RestylePipeline:
    """Gives motions another's manner.

    Args:
        encoder: session of the 2016 manifold, with the neutral gaits beside it.
        decoder, gradient: the rest of the manifold.

    Raises:
        ContractError: a model is made for something else.
        ModelError: the neutral gaits are damaged.
    """

    def __init__(self, encoder: Runner, decoder: Runner, gradient: Runner) -> None:
        self._manifold = Manifold(encoder, decoder, gradient)
        self._neutral = NeutralGaits.of(encoder)

    def restyle(
        self,
        clip: MotionClip,
        reference: MotionClip,
        settings: RestyleSettings | None = None,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """A motion in the manner of another.

        Args:
            clip: of the common skeleton; its steps and its way are kept.
            reference: whose manner is taken over; any rate, one pose is enough for a posture.
            settings: how much of it.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            ClipError: a clip is of another skeleton or rate, or the motion is a single frame.
            Cancelled: ``on_progress`` said so.
        """
        settings, progress = settings or RestyleSettings(), Progress.of(on_progress)
        if clip.frame_count < _LEAST_FRAMES:
            raise ClipError(
                "expected a motion to restyle; found a single frame; choose a longer range"
            )
        progress(0.0)
        worked = at_sixty(clip)
        source, manner = _read(worked.clip), _read(at_sixty(reference).clip)
        if settings.changes_nothing:
            return Edited(clip, unmoved(clip), means=self._means(source, manner))
        means = self._means(source, manner)
        if means == SPECTRUM:
            return self._by_cycle(worked, source, manner, settings, progress)
        if means == GRAM:
            made = by_gram(source, manner, self._manifold, settings, progress)
        else:
            made = by_posture(source, manner, settings)
        notes = _why(source, manner, means, settings)
        return _finish(worked, source, made, settings, means, notes)

    def _means(self, source: Walking, reference: Walking) -> str:
        """The first of three means that both motions allow."""
        if source.gait and reference.gait and self._neutral:
            return SPECTRUM
        counts = source.clip.frame_count, reference.clip.frame_count
        fits = _GRAM_FRAMES[0] <= min(counts) and max(counts) <= _GRAM_FRAMES[1]
        return GRAM if fits else POSTURE

    def _by_cycle(
        self,
        worked: AtSixty,
        source: Walking,
        reference: Walking,
        settings: RestyleSettings,
        progress: Progress,
    ) -> Edited:
        gait, other, neutrals = source.gait, reference.gait, self._neutral
        if gait is None or other is None or neutrals is None:
            raise TypeError("both motions need a cycle here")
        manner = Spectrum.of(reference.curves(), other)
        neutral = neutrals.at(other.speed_m_s)
        notes = _speed_notes(gait, other)
        at = None
        if settings.timing:
            at = warp_of(gait, manner, neutral, settings.timing)
            worked, source, gait = _warped(worked, source, gait, at)
        progress(0.3)
        made = by_spectrum(source, gait, manner, neutral, settings)
        progress(0.5)
        edited = _finish(worked, source, made, settings, SPECTRUM, notes)
        return edited if at is None else replace(edited, source=_beneath(worked, at))


def _read(clip: MotionClip) -> Walking:
    places = places_of(clip)
    return Walking(clip, places, find_gait(places))


def _why(
    source: Walking, reference: Walking, means: str, settings: RestyleSettings
) -> tuple[str, ...]:
    """Why no better means was at hand, and what it leaves undone."""
    reasons = [
        f"the {name} has no regular steps"
        for name, each in (("motion", source), ("reference", reference))
        if each.gait is None
    ]
    counts = source.clip.frame_count, reference.clip.frame_count
    if min(counts) < _GRAM_FRAMES[0]:
        reasons.append("one of the two is shorter than a second, too little for Gram matrices")
    elif max(counts) > _GRAM_FRAMES[1]:
        reasons.append("one of the two is longer than five minutes, too much for Gram matrices")
    notes = [f"by {means}: {', '.join(reasons)}"] if reasons else []
    if settings.timing:
        notes.append("its timing stays: only motions with regular steps share one")
    return tuple(notes)


def _speed_notes(gait: Gait, other: Gait) -> tuple[str, ...]:
    fast, slow = max(gait.speed_m_s, other.speed_m_s), min(gait.speed_m_s, other.speed_m_s)
    if fast < _OTHER_SPEED * slow:
        return ()
    speeds = f"{gait.speed_m_s:.1f} m/s, the reference at {other.speed_m_s:.1f}"
    return (f"the motion goes at {speeds}; a manner carries over best at like speed",)


def _warped(
    worked: AtSixty, source: Walking, gait: Gait, at: Floats
) -> tuple[AtSixty, Walking, Gait]:
    """Everything at other times: frames (N,) of the motion at 60 Hz."""
    places = source.places
    clip = sample_clip(replace(source.clip, contacts=places.contacts), at)
    original = worked.original
    rate = original.frame_rate_hz
    count = int((len(at) - 1) * rate / RATE_HZ + 1e-6) + 1
    beneath = np.interp(np.arange(count) * (RATE_HZ / rate), np.arange(len(at)), at)
    slower = sample_clip(original, beneath * (rate / RATE_HZ))
    moved = replace(
        gait,
        phase=np.interp(at, np.arange(len(gait.phase)), gait.phase),
        activity=np.interp(at, np.arange(len(gait.activity)), gait.activity),
    )
    return AtSixty(slower, clip, worked.floor_m), Walking(clip, places_of(clip), moved), moved


def _beneath(worked: AtSixty, at: Floats) -> Floats:
    """For each frame of the result the frame of the original beneath it."""
    rate = worked.original.frame_rate_hz
    sixtieths = np.arange(worked.original.frame_count) * (RATE_HZ / rate)
    beneath = np.interp(sixtieths, np.arange(len(at)), at) * (rate / RATE_HZ)
    return np.asarray(beneath, np.float32)


def _finish(
    worked: AtSixty,
    source: Walking,
    made: MotionClip,
    settings: RestyleSettings,
    means: str,
    notes: tuple[str, ...],
) -> Edited:
    if settings.lock_feet:
        made = keep_steps(source.clip, made, source.places.contacts)
    clip = worked.carry_back(made)
    return Edited(clip, unmoved(clip), means=means, notes=notes)
