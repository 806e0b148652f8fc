"""Trunk, neck and head while the feet are still: idles, eating, and how one sits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotation_vectors import quaternion_to_vector
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.skeleton import CHEST, HIPS

from .loops import TRUNK_JOINTS, Loop, read_loops
from .styles import line_rotations

_SOURCES: Final[Mapping[tuple[Family, str], tuple[tuple[str, float, float], ...]]] = {
    (Family.HOOFED, "idle"): tuple(
        (f"{name}_{clip}", 0.0, 1.0)
        for name in ("horse", "bull", "stag", "alpaca")
        for clip in ("idle", "idle_2", "idle_head_low")
    ),
    (Family.CANINE, "idle"): (
        *((f"{n}_{c}", 0.0, 1.0) for n in ("wolf", "fox") for c in ("idle", "idle_2")),
        ("fox2_idle", 0.0, 1.0),
    ),
    (Family.HOOFED, "eat"): (
        *((f"{name}_eating", 0.25, 0.7) for name in ("horse", "bull", "stag", "alpaca")),
        ("horse2_eating", 0.0, 1.0),
    ),
    (Family.CANINE, "eat"): (("wolf_eating", 0.35, 0.65), ("fox_eating", 0.35, 0.65)),
    (Family.HOOFED, "sit"): (("fox2_sit", 0.0, 1.0),),
    (Family.CANINE, "sit"): (("fox2_sit", 0.0, 1.0),),
}
"""Clips, and the part of each in which it is done, from when to when."""


@dataclass(frozen=True, eq=False)
class Still:
    """T frames of a trunk over still feet.

    Args:
        trunk_rad: (T, 11, 3) rotation vectors against the joint above, of the hips against the line
            from hips to chest.
        rise_h: (T,) of the trunk's middle, hip heights.
        pitch_rad: (T,) of the line against standing, up positive.
    """

    trunk_rad: Floats
    rise_h: Floats
    pitch_rad: Floats

    def played(self, frames: int, start: float) -> Still:
        """To and fro for so many frames, from a part of it on."""
        count = len(self.rise_h)
        at = (int(start * count) + np.arange(frames)) % max(2 * count - 2, 1)
        at = np.where(at < count, at, 2 * count - 2 - at)
        return Still(self.trunk_rad[at], self.rise_h[at], self.pitch_rad[at])


Stills = Mapping[tuple[Family, str], tuple[Still, ...]]


def read_stills(data: Path) -> dict[tuple[Family, str], tuple[Still, ...]]:
    """What the seen animals do standing, by family and kind (idle, eat, sit).

    Args:
        data: the folder data/quadruped.
    """
    wanted = {name for clips in _SOURCES.values() for name, _, _ in clips}
    loops = read_loops(data, wanted.__contains__)
    return {
        key: tuple(_still(loops[name], begin, end) for name, begin, end in clips if name in loops)
        for key, clips in _SOURCES.items()
    }


def _still(loop: Loop, begin: float, end: float) -> Still:
    positions, rotations = forward_kinematics(
        loop.clip.skeleton, loop.clip.root_positions, loop.clip.rotations_wxyz
    )
    rest = loop.body.rest_m
    line = line_rotations(rest, positions)
    local = loop.clip.rotations_wxyz[:, :TRUNK_JOINTS].copy()
    local[:, 0] = quaternion_multiply(quaternion_conjugate(line), rotations[:, 0])
    local = np.where(local[..., :1] < 0, -local, local)
    count = len(local)
    part = slice(int(begin * count), max(int(end * count), int(begin * count) + 2))
    ends = positions[:, [HIPS, CHEST]]
    rise = ends[..., 1].mean(axis=1) - rest[[HIPS, CHEST], 1].mean()
    along = ends[:, 1] - ends[:, 0]
    pitch = np.arctan2(along[:, 1], np.hypot(along[:, 0], along[:, 2]))
    stood = np.arctan2(rest[CHEST, 1] - rest[HIPS, 1], rest[CHEST, 2] - rest[HIPS, 2])
    return Still(
        quaternion_to_vector(local)[part].astype(np.float64),
        rise[part] / loop.body.hip_height_m,
        (pitch - stood)[part],
    )
