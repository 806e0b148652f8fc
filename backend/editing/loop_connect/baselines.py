"""What a seam is compared with: a cross-fade of ten frames, and a straight line."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.edited import Edited, unmoved
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.jobs import OnProgress, Progress
from blender_addon.core.maths.rotations import quaternion_nlerp
from blender_addon.core.motion.clip import MotionClip

FADE_FRAMES: Final = 10


def cross_fade(out: MotionClip, into: MotionClip) -> MotionClip:
    """Frames of one motion that go over into as many of another, evenly.

    Args:
        out, into: T frames each that are held to be the same moments.
    """
    share: Floats = np.arange(1, out.frame_count + 1) / (out.frame_count + 1)
    root = out.root_positions + share[:, None] * (into.root_positions - out.root_positions)
    turns = quaternion_nlerp(out.rotations_wxyz, into.rotations_wxyz, share[:, None])
    return replace(out, root_positions=root, rotations_wxyz=turns, contacts=None)


class Interpolation:
    """Fills by a formula, where else a network fills.

    Args:
        cubic: by the cubic with the velocities at both ends; else by SLERP and a line.
    """

    def __init__(self, cubic: bool) -> None:
        self._fill = fill_cubic if cubic else fill_slerp

    def fill(
        self,
        clip: MotionClip,
        known: Bools,
        settings: FillSettings,
        *,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """The clip with motion where it is not ``known`` (T,)."""
        mask = np.repeat(known[None, :, None], 1 + clip.skeleton.joint_count, axis=2)
        root, turns = self._fill(clip.root_positions[None], clip.rotations_wxyz[None], mask)
        filled = replace(clip, root_positions=root[0], rotations_wxyz=turns[0])
        return Edited(filled, unmoved(clip))
