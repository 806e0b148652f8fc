"""Connect: one motion goes over into another, which is moved to go on where the first ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...errors import ClipError
from ...jobs import OnProgress, Progress
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.resample import resample_clip
from ..clouds import meeting_points
from ..edited import Edited
from ..placing import Placing, frames, joined
from ..seam import Filler, MadeSeam, Seam
from .cut import Crossing, Pair, find_crossing
from .settings import ConnectSettings

_FEWEST_FRAMES: Final = 4
_TOO_HIGH_M: Final = 1.0
_HIGH_M: Final = 0.35
_TOO_FAST_M_S: Final = 9.0
"""Faster than anybody runs."""
_FAR_APART_M: Final = 0.25
_HASTY_M_S: Final = 2.0


def connect(
    first: MotionClip,
    second: MotionClip,
    settings: ConnectSettings,
    filler: Filler,
    on_progress: Progress | OnProgress | None = None,
) -> Edited:
    """Let one motion go over into another.

    Args:
        first, second: of the common skeleton; the second is brought to the first one's rate.
        settings: where the first is left and the second entered, and how long it takes.
        filler: makes the motion in between.
        on_progress: told how much is done; answers False to cancel.

    Returns:
        The first up to its exit, the transition, the second from its entry on.

    Raises:
        ClipError: a motion is too short, or no person gets from the one to the other.
        SettingsError: a fixed exit or entry is not in its motion.
        Cancelled: the user cancelled.
    """
    progress = Progress.of(on_progress)
    _check(first, second)
    pair = Pair.of(first, resample_clip(second, first.frame_rate_hz))
    crossing = find_crossing(pair, settings)
    progress(0.2)
    joint = _Joint(pair, crossing, _placing(pair, crossing) if settings.move else Placing.nowhere())
    joint.check()
    made = joint.seam().filled(filler, settings.lock_feet, progress.part(0.2, 1.0))
    progress(1.0)
    return joint.told(made, second.frame_rate_hz / first.frame_rate_hz)


def _check(first: MotionClip, second: MotionClip) -> None:
    for which, clip in (("first", first), ("second", second)):
        if clip.frame_count < _FEWEST_FRAMES:
            raise ClipError(
                f"the {which} motion has {clip.frame_count} frames; connecting needs at least "
                f"{_FEWEST_FRAMES}. Choose a longer one"
            )


def _placing(pair: Pair, crossing: Crossing) -> Placing:
    """Brings the second onto the first where they meet, and on by what lies between."""
    roots = pair.first.root_positions, pair.second.root_positions
    turned = Placing(-crossing.turn_rad, np.zeros(3))
    onward = 0.5 * (_step(roots[0], crossing.meet) + turned.points(_step(roots[1], crossing.met)))
    there, here = meeting_points(pair.posed[0], crossing.meet, pair.posed[1], crossing.met)
    return Placing.onto(-crossing.turn_rad, here, there + max(crossing.empty, 0) * onward)


def _step(root: Floats, frame: int) -> Floats:
    """(3,) way of the root in a frame, over the ground."""
    low, high = max(frame - 2, 0), min(frame + 2, len(root) - 1)
    way = (root[high].astype(np.float64) - root[low]) / max(high - low, 1)
    return np.asarray(way * [1, 0, 1])


@dataclass(frozen=True, eq=False)
class _Joint:
    """Two motions that shall go over into each other.

    Args:
        pair: the motions.
        crossing: where and how long.
        placing: of the second.
    """

    pair: Pair
    crossing: Crossing
    placing: Placing

    @property
    def length_s(self) -> float:
        """Of the transition."""
        return (self.crossing.gap + 1) / self.pair.first.frame_rate_hz

    @property
    def way(self) -> Floats:
        """(3,) of the hips from the last frame of the one to the first of the other, metres."""
        start = self.pair.first.root_positions[self.crossing.leave]
        stop = self.pair.second.root_positions[self.crossing.enter]
        return np.asarray(self.placing.points(stop) - start)

    def check(self) -> None:
        """Refuse what no person does.

        Raises:
            ClipError: says how far apart the two are.
        """
        way, gap = self.way, self.crossing.gap
        if abs(way[1]) > _TOO_HIGH_M:
            raise ClipError(
                f"the two are {abs(way[1]):.1f} m apart in height: the hips are at "
                f"{self.pair.first.root_positions[self.crossing.leave, 1]:.1f} m where the first "
                f"is left, and at {self.pair.second.root_positions[self.crossing.enter, 1]:.1f} m "
                "where the second is entered. Bring them to one floor, or choose other moments"
            )
        level = float(np.hypot(way[0], way[2]))
        if level > _TOO_FAST_M_S * self.length_s:
            raise ClipError(
                f"the hips would go {level:.1f} m in {gap + 1} frames, "
                f"{level / self.length_s:.0f} m/s. Give the transition more time, or let the "
                "second be moved"
            )

    def seam(self) -> Seam:
        """From the one to the other."""
        at, contacts = self.crossing, [posed.contacts for posed in self.pair.posed]
        second = self.placing.clip(self.pair.second)
        return Seam(
            frames(self.pair.first, np.arange(at.leave + 1)),
            frames(second, np.arange(at.enter, self._second_count)),
            at.gap,
            self._through(second),
            at.distance_m,
            self._contacts_between(),
            contacts[0][: at.leave + 1],
            contacts[1][at.enter :],
        )

    def _through(self, second: MotionClip) -> tuple[MotionClip, MotionClip] | None:
        """How the first goes on through the gap, and how the second comes, if both do."""
        at = self.crossing
        out, into = at.leave + at.gap, at.enter - at.gap
        if at.empty or out >= self.pair.first.frame_count or into < 0:
            return None
        onward = frames(self.pair.first, np.arange(at.leave + 1, out + 1))
        return onward, frames(second, np.arange(into, at.enter))

    @property
    def _second_count(self) -> int:
        return self.pair.second.frame_count

    def _contacts_between(self) -> Bools:
        """(gap, 4) what carries: as the first goes on, then as the second comes."""
        at = self.crossing
        left = np.arange(1, at.gap + 1)
        from_first = np.minimum(at.leave + left, at.meet)
        from_second = np.maximum(at.enter - left[::-1], at.met)
        early = left <= (at.gap + 1) / 2
        first, second = (posed.contacts for posed in self.pair.posed)
        return np.where(early[:, None], first[from_first], second[from_second])

    def told(self, made: MadeSeam, second_per_frame: float) -> Edited:
        """The whole, with what the user should know of it.

        Args:
            made: the transition.
            second_per_frame: frames that the second motion had for one of these.
        """
        at, count = self.crossing, self.pair.first.frame_count
        seam = self.seam()
        left = np.arange(1, at.gap + 1)
        before = np.minimum(at.leave + left, count - 1)
        after = np.maximum(at.enter - left[::-1], 0) * second_per_frame + count
        rest = np.arange(at.enter, self._second_count) * second_per_frame + count
        source = np.concatenate((np.arange(at.leave + 1), before, rest))
        other = np.concatenate((np.arange(at.leave + 1), after, rest))
        share = np.zeros(len(source), np.float32)
        share[at.leave + 1 : at.leave + 1 + at.gap] = smoothstep(left / (at.gap + 1))
        return Edited(
            joined(seam.before, made.clip, seam.after),
            source.astype(np.float32),
            other.astype(np.float32),
            share,
            markers={at.leave: "transition begins", at.leave + at.gap + 1: "transition ends"},
            means=f"transition of {self.length_s:.2f} s by {made.means}",
            notes=tuple(self._notes()),
            measures=self._measures(),
        )

    def _measures(self) -> dict[str, float]:
        rate, at = self.pair.first.frame_rate_hz, self.crossing
        return {
            "exit_s": at.leave / rate,
            "entry_s": at.enter / rate,
            "length_s": self.length_s,
            "cut_cm": 100 * at.distance_m,
            "turned_deg": float(np.degrees(self.placing.heading_rad)),
        }

    def _notes(self) -> list[str]:
        notes, height = [], abs(float(self.way[1]))
        if height > _HIGH_M:
            notes.append(
                f"the hips are {height:.1f} m apart in height; how one gets from the one to the "
                f"other in {self.length_s:.1f} s is invented"
            )
        if self.crossing.distance_m > _FAR_APART_M:
            notes.append(
                f"the poses are {100 * self.crossing.distance_m:.0f} cm apart where the two meet; "
                "the transition is a change of posture rather than a movement anybody made"
            )
        if self.crossing.distance_m > _HASTY_M_S * self.length_s:
            notes.append(
                f"{self.length_s:.2f} s are short for this; it will look hasty. A length of 0 "
                "chooses it"
            )
        return notes
