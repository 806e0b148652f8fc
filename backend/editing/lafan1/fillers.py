"""What fills the benchmark's gaps: standing still, interpolation, the cubic, and our filler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.maths.rotations import (
    make_continuous,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, global_to_local

from .windows import PAST, Windows

Filler = Callable[[Windows, int], tuple[Floats, Floats]]
"""Windows and a gap to root positions (B, gap, 3) and local rotations (B, gap, J, 4) in it."""
FillClip = Callable[[MotionClip, Bools], MotionClip]
"""A clip of the common skeleton, and which of its frames (T,) are known, to the filled clip."""


def stand_still(windows: Windows, gap: int) -> tuple[Floats, Floats]:
    """The last known frame all through the gap: the benchmark's zero velocity."""
    root, rotations = windows.first(PAST)
    return np.repeat(root[:, -1:], gap, axis=1), np.repeat(rotations[:, -1:], gap, axis=1)


def interpolate(windows: Windows, gap: int) -> tuple[Floats, Floats]:
    """A line and SLERP from the last known frame to the target: the benchmark's interpolation."""
    return _by(fill_slerp, windows, gap)


def fill_by_cubic(windows: Windows, gap: int) -> tuple[Floats, Floats]:
    """Hermite's cubic with the velocities before the gap, and none known after it."""
    return _by(fill_cubic, windows, gap)


FORMULAS: Final[dict[str, Filler]] = {
    "zero_velocity": stand_still,
    "interpolation": interpolate,
    "cubic": fill_by_cubic,
}


def _by(
    fill: Callable[[Floats, Floats, Bools], tuple[Floats, Floats]], windows: Windows, gap: int
) -> tuple[Floats, Floats]:
    root, rotations = windows.first(PAST + gap + 1)
    known = np.zeros((*root.shape[:2], 1 + rotations.shape[2]), bool)
    known[:, known_frames(gap)] = True
    root, rotations = fill(root, rotations, known)
    # Of q and −q the one next to the last known frame's, as in the true motion.
    smooth = np.moveaxis(make_continuous(np.moveaxis(rotations, 1, 0)), 0, 1)
    missing = slice(PAST, PAST + gap)
    return root[:, missing], smooth[:, missing]


def known_frames(gap: int) -> Bools:
    """(PAST + gap + 1,) which frames are known."""
    known = np.ones(PAST + gap + 1, bool)
    known[PAST:-1] = False
    return known


class CommonFiller:
    """A filler of the common skeleton's clips, asked on the benchmark's own skeleton.

    What it makes is carried there joint by joint: how a joint is turned against its like is taken
    from the two known frames beside the gap, and blended in between. So both ends are exact, and
    nothing of the true motion in the gap is looked at.

    Args:
        fill: fills a clip.
        commons: the takes on the common skeleton, frame by frame.
    """

    def __init__(self, fill: FillClip, commons: Sequence[MotionClip]) -> None:
        self._fill, self._commons = fill, commons

    def __call__(self, windows: Windows, gap: int) -> tuple[Floats, Floats]:
        """Fill every window by itself."""
        both = [self._one(windows, number, gap) for number in range(len(windows.starts))]
        return np.stack([root for root, _ in both]), np.stack([turns for _, turns in both])

    def _one(self, windows: Windows, number: int, gap: int) -> tuple[Floats, Floats]:
        common = self._window(windows, number, PAST + gap + 1)
        filled = self._fill(common, known_frames(gap))
        root, rotations = (each[number] for each in windows.first(PAST + gap + 1))
        places, turns = forward_kinematics(windows.skeleton, root, rotations)
        own_places, own_turns = forward_kinematics(
            filled.skeleton, filled.root_positions, filled.rotations_wxyz
        )
        like = filled.skeleton.indices(windows.skeleton.names)
        ends = [PAST - 1, PAST + gap]
        share = np.arange(1, gap + 1, dtype=np.float32) / (gap + 1)
        apart = quaternion_multiply(quaternion_conjugate(own_turns[ends][:, like]), turns[ends])
        apart = quaternion_nlerp(apart[:1], apart[1:], share[:, None])
        missing = slice(PAST, PAST + gap)
        turned = quaternion_multiply(own_turns[missing][:, like], apart)
        # How far the roots are apart, seen from the hips.
        offset = _seen(own_turns[ends, 0], places[ends, 0] - own_places[ends, 0])
        offset = offset[:1] + share[:, None] * (offset[1:] - offset[:1])
        moved = own_places[missing, 0] + quaternion_rotate(own_turns[missing, 0], offset)
        return moved, self._signed(windows, number, turned)

    def _window(self, windows: Windows, number: int, frames: int) -> MotionClip:
        """The take's part on the common skeleton, shifted and turned as the window was."""
        take, start = windows.starts[number]
        clip = self._commons[take]
        part = slice(start, start + frames)
        turn = windows.turns_wxyz[number]
        rotations = clip.rotations_wxyz[part].copy()
        rotations[:, 0] = quaternion_multiply(turn[None], rotations[:, 0])
        root = quaternion_rotate(turn[None], clip.root_positions[part] + windows.shifts[number])
        return MotionClip(clip.skeleton, clip.frame_rate_hz, root, rotations)

    @staticmethod
    def _signed(windows: Windows, number: int, turned: Floats) -> Floats:
        """Local rotations that go on from the last known frame without a leap of sign."""
        local = global_to_local(windows.skeleton, turned)
        before = windows.rotations_wxyz[number, PAST - 1 : PAST]
        return np.asarray(make_continuous(np.concatenate((before, local)))[1:])


def _seen(turns: Floats, offsets: Floats) -> Floats:
    return quaternion_rotate(quaternion_conjugate(turns), offsets)
