"""Takes for tests: a walk drawn by hand, and real recordings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.walk.synthesis import bend
from backend.walk.takes import Take, clip_to_take
from backend.walk.windows import take_to_sequence
from blender_addon.core.conventions import Floats
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.walk.samples import moved, standing_clip, walking_clip


def walking_take(cycles: int = 6, speed_m_s: float = 1.0, turn_rad: float = 0.0) -> Take:
    """The walk drawn by hand as a take, heading where asked."""
    clip = moved(walking_clip(cycles, speed_m_s), turn_rad=turn_rad)
    return clip_to_take(
        clip, clip.contacts, name="drawn", label="walk", style=0, terrain=FlatTerrain()
    )


def standing_take(frames: int = 120) -> Take:
    """Standing as a take."""
    clip = standing_clip(frames)
    return clip_to_take(
        clip, clip.contacts, name="still", label="stand", style=0, terrain=FlatTerrain()
    )


def world_joints(take: Take, terrain: Terrain | None = None) -> Floats:
    """(T, J, 3) joints in the world."""
    return forward_kinematics(COMMON_SKELETON, *take.assemble(terrain))[0]


def largest_step(positions: Floats) -> float:
    """Furthest any joint moves within one frame, metres."""
    return float(np.linalg.norm(np.diff(positions, axis=0), axis=-1).max())


def write_prepared(folder: Path) -> Path:
    """A prepared folder as ``prepare`` writes it: walks of two styles, a turn, a jog, standing."""
    for split in ("train", "val"):
        (folder / split).mkdir(parents=True, exist_ok=True)
        for number, (kind, take) in enumerate(_prepared_takes()):
            sequence = take_to_sequence(take, FlatTerrain())
            if sequence is None:
                raise ValueError(f"sample {number} is too short")
            np.savez(
                folder / split / f"{kind}_{number:03d}_0000o.npz",
                trajectory=sequence.trajectory,
                outputs=sequence.outputs,
                phase=sequence.phase_rad,
                style=np.int64(number % 2 if split == "train" else -1),
                weight=np.float64(1.0 + number),
            )
    (folder / "styles.json").write_text(json.dumps(["one", "two"]), "utf-8")
    return folder


def _prepared_takes() -> list[tuple[str, Take]]:
    walk = walking_take(5)
    turn = bend(walk, np.full(walk.frame_count, 0.5)).with_feet_locked()
    jog = replace(walk, root_xz=2.8 * walk.root_xz)
    slow = walking_take(5, 0.7)
    kinds = ("captured", "bent", "blended", "captured", "captured")
    return list(zip(kinds, (walk, turn, jog, slow, standing_take(240)), strict=True))
