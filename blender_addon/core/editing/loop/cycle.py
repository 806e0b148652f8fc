"""A cycle cut out of a motion: what stays, what its seam is, and how it is closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import UP, Floats
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import FOOT_JOINTS
from ..clip_rates import frames_of
from ..clouds import Posed, meeting_points
from ..placing import Placing, bent, frames, standing_points
from ..seam import Seam, proposed_seconds
from .cut import Cut
from .settings import LoopSettings

_SMALL_TURN_RAD: Final = np.radians(25.0)
"""A turn per cycle that is taken for drift; one that is larger is meant."""
_SMALL_RISE_M: Final = 0.08
"""The same of its height."""
_BEYOND: Final = 0.75
"""Half a cycle, and as much on either side as a seam may look at."""
_SEAM_SHARE: Final = 0.4
"""No more of a cycle than this is its seam."""


@dataclass(frozen=True, eq=False)
class Cycle:
    """A cycle that is not closed yet.

    Args:
        clip: the motion, straightened where it shall be.
        cut: where the cycle begins and ends.
        half: frames on each side of the cut that are made anew.
        onward: from one cycle to the next.
    """

    clip: MotionClip
    cut: Cut
    half: int
    onward: Placing

    @classmethod
    def of(cls, clip: MotionClip, cut: Cut, settings: LoopSettings) -> Cycle:
        """The cycle at a cut, with a seam as long as it is set or as the poses differ."""
        turn = cut.turn_rad
        if settings.straighten and abs(turn) <= _SMALL_TURN_RAD:
            clip, turn = _straight(clip, cut), 0.0
        clip = _level(clip, cut)
        seconds = settings.seam_s or proposed_seconds(cut.distance_m)
        most = max(int(_SEAM_SHARE * cut.frame_count / 2), 2)
        half = min(frames_of(seconds / 2, clip.frame_rate_hz, least=2), most)
        posed = Posed.of(clip)
        here, there = meeting_points(posed, cut.first, posed, cut.last)
        return cls(clip, cut, half, Placing.onto(turn, here, there))

    @property
    def turn_rad(self) -> float:
        """Of one cycle against the next."""
        return self.onward.heading_rad

    @property
    def seam_frames(self) -> int:
        """So many are made anew."""
        return 2 * self.half - 1

    def seam(self) -> Seam:
        """From the end of the cycle to its beginning, one cycle further on."""
        cut, half = self.cut, self.half
        contacts = Posed.of(self.clip).contacts
        leave, enter = cut.last - half, cut.first + half
        between = (contacts[leave + 1 : cut.last + 1], contacts[cut.first + 1 : enter])
        around = np.arange(1 - half, half)
        there = cut.first >= half - 1 and cut.last + half <= self.clip.frame_count
        out, into = (frames(self.clip, at + around * there) for at in (cut.last, cut.first))
        return Seam(
            frames(self.clip, np.arange(leave + 1)),
            self.onward.clip(frames(self.clip, np.arange(enter, cut.last - half + 1))),
            self.seam_frames,
            (out, self.onward.clip(into)) if there else None,
            cut.distance_m,
            np.concatenate(between),
            contacts[: leave + 1],
            contacts[enter : cut.last - half + 1],
        )

    def closed(self, made: MotionClip) -> MotionClip:
        """The cycle with its seam, of which one half is its end and one its beginning."""
        half, cut = self.half, self.cut
        kept = frames(self.clip, np.arange(cut.first, cut.last + 1))
        begin = self.onward.back.clip(frames(made, np.arange(half - 1, 2 * half - 1)))
        root, turns = kept.root_positions.copy(), kept.rotations_wxyz.copy()
        root[:half], turns[:half] = begin.root_positions, begin.rotations_wxyz
        root[-half:], turns[-half:] = made.root_positions[:half], made.rotations_wxyz[:half]
        return replace(kept, root_positions=root, rotations_wxyz=turns, contacts=None)

    def beneath(self) -> tuple[Floats, Floats, Floats]:
        """What lies beneath each frame: its own, the same moment of the next cycle, its share."""
        count = self.cut.frame_count
        at = np.arange(count + 1)
        source = (self.cut.first + at).astype(np.float32)
        to_end = (at - count) / self.half  # −1 … 0 in the half before the cut
        from_begin = at / self.half
        share = 0.5 * smoothstep(1 + to_end) + 0.5 * smoothstep(1 - from_begin)
        other = np.where(at * 2 > count, source - count, source + count)
        return source, np.clip(other, 0, self.clip.frame_count - 1), share.astype(np.float32)


def _level(clip: MotionClip, cut: Cut) -> MotionClip:
    """A motion whose cycle ends as high as it begins: recordings rise or sink a little."""
    rise = float(clip.root_positions[cut.last, 1] - clip.root_positions[cut.first, 1])
    if abs(rise) > _SMALL_RISE_M:
        return clip
    share = (np.arange(clip.frame_count) - cut.first) / cut.frame_count - 0.5
    share = np.clip(share, -_BEYOND, _BEYOND)
    return replace(clip, root_positions=clip.root_positions - rise * share[:, None] * UP)


def _straight(clip: MotionClip, cut: Cut) -> MotionClip:
    """A motion whose cycle ends looking as it begins; it turns about the feet that carry."""
    share = (np.arange(clip.frame_count) - cut.first) / cut.frame_count
    posed = Posed.of(clip)
    feet = clip.skeleton.indices(FOOT_JOINTS)
    pivots = standing_points(posed.joints, feet, posed.contacts)
    return bent(clip, -cut.turn_rad * share, pivots)
