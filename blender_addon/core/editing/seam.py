"""The seam of two motions: what is before and after it stays, what lies between is made.

The filler makes the motion. Where both motions go on through the seam there is another way, from
the one over into the other while both go on; it is taken where the two are much alike, for then
nothing is nearer to how the person moved, and else where it is the smoother one. Feet that carry on
one side go on carrying as long as they do in the motions that the seam replaces; a foot that stands
on both sides, but in two places, takes a step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from ..conventions import Bools
from ..jobs import OnProgress, Progress
from ..maths.rotations import quaternion_nlerp
from ..maths.smoothing import smoothstep
from ..motion.clip import MotionClip
from ..motion.common_skeleton import FOOT_JOINTS
from ..motion.kinematics import forward_kinematics
from .clip_rates import frames_of
from .edited import Edited
from .fill.settings import FillSettings
from .holding import hold_feet
from .placing import frames, joined

CONTEXT_S: Final = 1.0
"""So much of what is before and after a seam is shown to the filler."""
_QUICKEST_S: Final = 0.2
_POSES_M_S: Final = 0.6
"""How fast joints change over from one pose to another, on average."""
_SLOWS_M_S2: Final = 2.2
"""How quickly a body changes its speed, unhurried."""
_LONGEST_S: Final = 1.6
_ALIKE_M: Final = 0.06
_JUDGED_HZ: Final = 30.0
_SLIP_FRAMES: Final = 10.0


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


FILLED: Final = "the in-betweening network"
BLENDED: Final = "both motions going on, one over into the other"


@dataclass(frozen=True, eq=False)
class MadeSeam:
    """The motion in a seam.

    Args:
        clip: its frames.
        means: how it was made, in the user's words.
    """

    clip: MotionClip
    means: str


@dataclass(frozen=True, eq=False)
class Seam:
    """Two motions and what is between them.

    Args:
        before, after: as they stay; of one skeleton and rate.
        gap: frames between the last of the one and the first of the other.
        through: (gap) frames of how the first goes on and of how the second comes; None where one
            of them does not last so long.
        distance_m: of the two motions where they meet.
        contacts: (gap, 4) what carries in between: left heel, left toe, right heel, right toe.
        contacts_before, contacts_after: the same where nothing is changed.
    """

    before: MotionClip
    after: MotionClip
    gap: int
    through: tuple[MotionClip, MotionClip] | None
    distance_m: float
    contacts: Bools
    contacts_before: Bools
    contacts_after: Bools

    def filled(self, filler: Filler, lock_feet: bool, progress: Progress) -> MadeSeam:
        """The frames of the gap, and how they were made."""
        context = frames_of(CONTEXT_S, self.before.frame_rate_hz, least=2)
        before, after = _last(self.before, context), _first(self.after, context)
        around = (self.contacts_before[-before.frame_count :], self.contacts)
        contacts = np.concatenate((*around, self.contacts_after[: after.frame_count]))
        made = np.zeros(len(contacts), np.bool_)
        made[before.frame_count : before.frame_count + self.gap] = True
        start = joined(before, _held(before, self.gap), after)
        ways = {FILLED: filler.fill(start, ~made, FillSettings(), on_progress=progress).clip}
        if self.through is not None:
            ways[BLENDED] = joined(before, _eased_over(*self.through), after)
        if lock_feet:
            ways = {name: hold_feet(clip, made, contacts) for name, clip in ways.items()}
        rough = {name: _roughness(clip, made, contacts) for name, clip in ways.items()}
        best = min(rough, key=lambda name: rough[name])
        if BLENDED in ways and self.distance_m < _ALIKE_M:
            best = BLENDED
        return MadeSeam(frames(ways[best], np.flatnonzero(made)), best)


def proposed_seconds(distance_m: float, speeds_m_s: tuple[float, float] = (0.0, 0.0)) -> float:
    """How long a seam takes a person.

    Args:
        distance_m: of the two poses.
        speeds_m_s: of the hips on its two sides.
    """
    slowing = abs(speeds_m_s[1] - speeds_m_s[0]) / _SLOWS_M_S2
    changing = distance_m / _POSES_M_S
    return float(min(_QUICKEST_S + max(slowing, changing), _LONGEST_S))


def _eased_over(out: MotionClip, into: MotionClip) -> MotionClip:
    """From one motion into another while both go on, without a kink at either end."""
    share = smoothstep(np.arange(1, out.frame_count + 1) / (out.frame_count + 1))[:, None]
    root = out.root_positions + share * (into.root_positions - out.root_positions)
    turns = quaternion_nlerp(out.rotations_wxyz, into.rotations_wxyz, share)
    return replace(out, root_positions=root, rotations_wxyz=turns, contacts=None)


def _roughness(clip: MotionClip, made: Bools, contacts: Bools) -> float:
    """How much a seam jerks and slips, cm: its worst second difference, and a foot's way.

    Both as they were at 30 frames a second, so that no rate is judged otherwise than another.
    """
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    rate = clip.frame_rate_hz / _JUDGED_HZ
    bends = np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1) * rate**2
    inside = made[2:] | made[:-2]
    kink = float(np.sqrt(np.square(bends[inside]).mean(axis=1)).max())
    feet = joints[:, clip.skeleton.indices(FOOT_JOINTS)][..., [0, 2]]
    steps = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * rate
    carries = contacts[1:] & contacts[:-1] & (made[1:] | made[:-1])[:, None]
    slowest = np.where(carries, steps, np.inf).min(axis=1)
    slip = float(slowest[np.isfinite(slowest)].mean()) if carries.any() else 0.0
    return 100 * (kink + _SLIP_FRAMES * slip)


def _last(clip: MotionClip, count: int) -> MotionClip:
    return frames(clip, np.arange(max(clip.frame_count - count, 0), clip.frame_count))


def _first(clip: MotionClip, count: int) -> MotionClip:
    return frames(clip, np.arange(min(count, clip.frame_count)))


def _held(clip: MotionClip, count: int) -> MotionClip:
    """The last pose for so many frames: a gap's values do not count, but must be numbers."""
    return frames(clip, np.full(count, clip.frame_count - 1))
