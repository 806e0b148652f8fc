"""Make a motion a cycle: it ends as it begins, one cycle further on, and repeats without a pop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ClipError
from ...jobs import OnProgress, Progress
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.common_skeleton import FOOT_JOINTS
from ..clip_rates import frames_of
from ..clouds import Posed
from ..edited import Edited
from ..placing import Placing, bent, frames, standing_points
from ..seam import Filler, Seam, proposed_seconds
from .cut import Cut, find_cut
from .settings import LoopSettings

_FEWEST_FRAMES: Final = 8
_SHORTEST_S: Final = 0.25
_SMALL_TURN_RAD: Final = np.radians(25.0)
"""A turn per cycle that is taken for drift; one that is larger is meant."""
_FAR_APART_M: Final = 0.12
_SEAM_SHARE: Final = 0.4
"""No more of a cycle than this is its seam."""


def make_loop(
    clip: MotionClip,
    settings: LoopSettings,
    filler: Filler,
    on_progress: Progress | OnProgress | None = None,
) -> Edited:
    """Make a motion a cycle.

    Args:
        clip: of the common skeleton, at any rate.
        settings: which part, how long, whether it travels.
        filler: makes the motion in the seam.
        on_progress: told how much is done; answers False to cancel.

    Returns:
        The cycle. Its last frame is its first pose one cycle further on.

    Raises:
        ClipError: the motion is too short.
        SettingsError: no cycle of the length asked for is in it.
        Cancelled: the user cancelled.
    """
    progress = Progress.of(on_progress)
    _check(clip)
    cut = find_cut(clip, settings, progress.part(0.0, 0.5))
    cycle = _Cycle.of(clip, cut, settings)
    seam = cycle.seam()
    made = seam.filled(filler, settings.lock_feet, progress.part(0.5, 1.0))
    looped = cycle.closed(made)
    result = _in_place(looped, cycle.turn_rad) if settings.in_place else looped
    progress(1.0)
    return _told(result, cycle, settings)


def _check(clip: MotionClip) -> None:
    if clip.frame_count < _FEWEST_FRAMES or clip.duration_s < _SHORTEST_S:
        raise ClipError(
            f"the motion has {clip.frame_count} frames, {clip.duration_s:.2f} s; a cycle needs at "
            f"least {_FEWEST_FRAMES} frames and {_SHORTEST_S} s. Choose a longer range"
        )


@dataclass(frozen=True, eq=False)
class _Cycle:
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
    def of(cls, clip: MotionClip, cut: Cut, settings: LoopSettings) -> _Cycle:
        """The cycle at a cut, with a seam as long as it is set or as the poses differ."""
        turn = cut.turn_rad
        if settings.straighten and abs(turn) <= _SMALL_TURN_RAD:
            clip, turn = _straight(clip, cut), 0.0
        seconds = settings.seam_s or proposed_seconds(cut.distance_m)
        most = max(int(_SEAM_SHARE * cut.frame_count / 2), 2)
        half = min(frames_of(seconds / 2, clip.frame_rate_hz, least=2), most)
        here, there = clip.root_positions[[cut.first, cut.last]]
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
        return Seam(
            frames(self.clip, np.arange(leave + 1)),
            self.onward.clip(frames(self.clip, np.arange(enter, cut.last - half + 1))),
            self.seam_frames,
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


def _straight(clip: MotionClip, cut: Cut) -> MotionClip:
    """A motion whose cycle ends looking as it begins; it turns about the feet that carry."""
    share = (np.arange(clip.frame_count) - cut.first) / cut.frame_count
    posed = Posed.of(clip)
    feet = clip.skeleton.indices(FOOT_JOINTS)
    pivots = standing_points(posed.joints, feet, posed.contacts)
    return bent(clip, -cut.turn_rad * share, pivots)


def _in_place(clip: MotionClip, turn_rad: float) -> MotionClip:
    """A cycle without the way that it goes; its sway stays."""
    share = np.arange(clip.frame_count) / (clip.frame_count - 1)
    straight = bent(clip, -turn_rad * share) if turn_rad else clip
    root = straight.root_positions.astype(np.float64)
    way = (root[-1] - root[0]) * [1, 0, 1]
    still = replace(straight, root_positions=root - share[:, None] * way)
    return bent(still, turn_rad * share) if turn_rad else still


def _told(clip: MotionClip, cycle: _Cycle, settings: LoopSettings) -> Edited:
    """The cycle with what the user should know of it."""
    source, other, share = cycle.beneath()
    rate, cut = clip.frame_rate_hz, cycle.cut
    way = float(np.linalg.norm((clip.root_positions[-1] - clip.root_positions[0])[[0, 2]]))
    measures = {
        "cycle_s": cut.frame_count / rate,
        "cut_cm": 100 * cut.distance_m,
        "seam_s": cycle.seam_frames / rate,
        "turn_deg": float(np.degrees(cycle.turn_rad)),
        "way_m": way,
    }
    return Edited(
        clip,
        source,
        other,
        share,
        markers={0: "cycle", clip.frame_count - 1: "cycle again"},
        means=f"cycle of {measures['cycle_s']:.2f} s, seam of {measures['seam_s']:.2f} s",
        notes=tuple(_notes(cycle, settings)),
        measures=measures,
    )


def _notes(cycle: _Cycle, settings: LoopSettings) -> list[str]:
    notes, cut = [], cycle.cut
    if cut.distance_m > _FAR_APART_M:
        what = "the best cut found" if settings.find_cut else "the range begins and ends"
        notes.append(
            f"{what} with poses {100 * cut.distance_m:.0f} cm apart: the motion hardly repeats, "
            f"and its seam of {cycle.seam_frames / cycle.clip.frame_rate_hz:.2f} s is invented"
        )
    if settings.straighten and cycle.turn_rad:
        degrees = np.degrees(cycle.turn_rad)
        notes.append(f"each cycle turns by {degrees:.0f}°, which is taken as meant and kept")
    return notes
