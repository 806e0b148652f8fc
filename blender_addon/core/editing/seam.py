"""The seam of two motions: what is before and after it stays, what lies between is made.

The filler makes the motion. Feet that carry on one side go on carrying as long as they do in the
recordings that the seam replaces; a foot that stands on both sides, but in two places, takes a
step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from ..conventions import Bools, Floats
from ..jobs import OnProgress, Progress
from ..motion.clip import MotionClip
from .clip_rates import frames_of
from .edited import Edited
from .fill.settings import FillSettings
from .holding import hold_feet
from .placing import joined

CONTEXT_S: Final = 1.0
"""So much of what is before and after a seam is shown to the filler."""
_QUICKEST_S: Final = 0.2
_POSES_M_S: Final = 0.6
"""How fast joints change over from one pose to another, on average."""
_SLOWS_M_S2: Final = 2.2
"""How quickly a body changes its speed, unhurried."""
_LONGEST_S: Final = 1.6


class Filler(Protocol):
    """What makes the motion in a gap: ``FillPipeline`` in earnest, a cubic to compare with."""

    def fill(
        self,
        clip: MotionClip,
        known: Bools,
        settings: FillSettings,
        *,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """The clip with motion where it is not ``known`` (T,); the rest as it was."""
        ...


@dataclass(frozen=True, eq=False)
class Seam:
    """Two motions and what is between them.

    Args:
        before, after: as they stay; of one skeleton and rate.
        gap: frames between the last of the one and the first of the other.
        contacts: (gap, 4) what carries in between: left heel, left toe, right heel, right toe.
        contacts_before, contacts_after: the same where nothing is changed.
    """

    before: MotionClip
    after: MotionClip
    gap: int
    contacts: Bools
    contacts_before: Bools
    contacts_after: Bools

    def filled(self, filler: Filler, lock_feet: bool, progress: Progress) -> MotionClip:
        """The frames of the gap, (gap, …)."""
        context = frames_of(CONTEXT_S, self.before.frame_rate_hz, least=2)
        before, after = _last(self.before, context), _first(self.after, context)
        open_clip = joined(before, _held(before, self.gap), after)
        known = np.ones(open_clip.frame_count, np.bool_)
        gap = slice(before.frame_count, before.frame_count + self.gap)
        known[gap] = False
        clip = filler.fill(open_clip, known, FillSettings(), on_progress=progress).clip
        if lock_feet:
            around = (self.contacts_before[-before.frame_count :], self.contacts)
            contacts = np.concatenate((*around, self.contacts_after[: after.frame_count]))
            clip = hold_feet(clip, ~known, contacts)
        return replace(
            clip,
            root_positions=clip.root_positions[gap],
            rotations_wxyz=clip.rotations_wxyz[gap],
            contacts=None,
        )


def proposed_seconds(distance_m: float, speeds_m_s: tuple[float, float] = (0.0, 0.0)) -> float:
    """How long a seam takes a person.

    Args:
        distance_m: of the two poses.
        speeds_m_s: of the hips on its two sides.
    """
    slowing = abs(speeds_m_s[1] - speeds_m_s[0]) / _SLOWS_M_S2
    changing = distance_m / _POSES_M_S
    return float(min(_QUICKEST_S + max(slowing, changing), _LONGEST_S))


def _last(clip: MotionClip, count: int) -> MotionClip:
    return replace(
        clip,
        root_positions=clip.root_positions[-count:],
        rotations_wxyz=clip.rotations_wxyz[-count:],
        contacts=None,
    )


def _first(clip: MotionClip, count: int) -> MotionClip:
    return replace(
        clip,
        root_positions=clip.root_positions[:count],
        rotations_wxyz=clip.rotations_wxyz[:count],
        contacts=None,
    )


def _held(clip: MotionClip, count: int) -> MotionClip:
    """The last pose for so many frames: a gap's values do not count, but must be numbers."""
    repeat: Floats = np.full(count, clip.frame_count - 1)
    return replace(
        clip,
        root_positions=clip.root_positions[repeat],
        rotations_wxyz=clip.rotations_wxyz[repeat],
        contacts=None,
    )
