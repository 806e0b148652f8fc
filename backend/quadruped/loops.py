"""The animators' loops and clips of the free animals, on the common skeleton, in the model's world.

Their feet slide: what is worth having is how trunk, neck, tail and the legs' angles move.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.bvh.read import read_bvh
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.maths.rotations import (
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.legs import clip_of_pose, folding_styles, solve_legs, styles_of
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, JOINTS, LEGS, PARENTS, PAWS

from .species import SPECIES, SourceSkeleton, Species, common_places, species_body

TRUNK_JOINTS: Final = 11
"""Joints of trunk, neck, head and tail, which come first in the common skeleton."""

_TOWARD: Final = {
    "hips": "spine", "spine": "spine_1", "spine_1": "chest", "chest": "neck", "neck": "neck_1",
    "neck_1": "head", "head": "nose", "tail": "tail_1", "tail_1": "tail_2",
}  # fmt: skip
"""Where the bone of a trunk joint points."""


@dataclass(frozen=True, eq=False)
class Loop:
    """One clip of the data.

    Args:
        name: as in its index, e.g. "horse_walk".
        species: whose it is.
        body: of the species, at the model's size.
        clip: 60 Hz of the model's world, no contacts.
        styles_rad: (T, 4) the legs' style angles beyond the folding rule, see ``legs``.
        feet_wxyz: (T, 4, 4) world rotations of the feet, as the source turns them.
        cycle_frames: frames of the clip that make one turn; 0 of what is no loop.
        label: what it shows: walk, gallop, run, sneak, stand, jump, sit, lie, attack …
        speed_m_s: at which it was moved over the ground, in the model's world.
    """

    name: str
    species: Species
    body: QuadrupedBody
    clip: MotionClip
    styles_rad: Floats
    feet_wxyz: Floats
    cycle_frames: float
    label: str
    speed_m_s: float


def read_loops(data: Path, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, Loop]:
    """Every clip of the data, by name; of two folders' same names the later is "…2_…".

    Args:
        data: the folder data/quadruped.
        wanted: which names are read.
    """
    loops: dict[str, Loop] = {}
    for species in SPECIES:
        prefix = species.name.rstrip("2")
        for row in _rows(data / species.folder):
            name = row["clip"].replace(prefix, species.name, 1)
            if row["clip"].startswith(f"{prefix}_") and wanted(name):
                loops[name] = _read_loop(species, real_body(species.name, data), data, name, row)
    return loops


@lru_cache(maxsize=64)
def real_body(name: str, data: Path) -> QuadrupedBody:
    """The body of a species at its own size, by name, read once."""
    return species_body(next(each for each in SPECIES if each.name == name), data)


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "clips.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _read_loop(
    species: Species, real: QuadrupedBody, data: Path, name: str, row: dict[str, str]
) -> Loop:
    source = read_bvh(data / species.folder / f"{row['clip']}.bvh")
    places, turns = forward_kinematics(
        source.skeleton, source.root_positions, source.rotations_wxyz
    )
    size, pace = real.length_factor, real.time_factor
    body = real.at_model_size()
    names = source.skeleton.names
    common = _common_track(places * np.float32(size), names, species)
    hips, trunk = _trunk(body, common, turns, names, species.source)
    ends = trunk[:, [HIPS, CHEST]]
    joints = trunk_positions(body, hips, trunk)[:, [HIPS, CHEST]]
    feet = np.stack([turns[:, _foot_of(species.source, n, source.skeleton)] for n in range(4)], 1)
    paws = common[:, list(PAWS)]
    _hang_tops(body, common, joints, ends)
    styles = styles_of(body, common, ends)
    legs = solve_legs(body, joints, ends, paws, styles, feet)
    styles = styles - folding_styles(body, joints, ends, paws)
    # A model second has 60 frames; told in it, the source has more of them or fewer.
    rate = source.frame_rate_hz / pace
    clip = resample_clip(clip_of_pose(body, hips, trunk, legs, rate), MODEL_FRAME_RATE_HZ)
    at = np.arange(clip.frame_count) * rate / MODEL_FRAME_RATE_HZ
    return Loop(
        name, species, body, clip, sampled(styles, at),
        normalise(sampled(make_continuous(feet), at)),
        float(row.get("cycle_frames") or 0) * pace, row["label"],
        float(row.get("restored_speed_m_s") or 0) * size / pace,
    )  # fmt: skip


def sampled(values: Floats, at_frames: Floats) -> Floats:
    """Values (T, …) between frames, at (N,) frames: (N, …)."""
    at = np.clip(at_frames, 0, len(values) - 1)
    low = np.minimum(at.astype(np.int64), max(len(values) - 2, 0))
    part = (at - low).reshape(-1, *[1] * (values.ndim - 1)).astype(np.float32)
    high = np.minimum(low + 1, len(values) - 1)
    return np.asarray(values[low] * (1 - part) + values[high] * part)


def _common_track(places_m: Floats, names: tuple[str, ...], species: Species) -> Floats:
    """(T, 27, 3) the common joints in the source's own motion."""
    by_name = {name: places_m[:, n] for n, name in enumerate(names)}
    first = common_places({n: p[0] for n, p in by_name.items()}, species.source, species.family)
    track = np.empty((len(places_m), len(JOINTS), 3), np.float32)
    for number, joint in enumerate(JOINTS):
        known = source_joint(species.source, joint, names)
        track[:, number] = first[joint] if known is None else by_name[known]
    return track


def source_joint(source: SourceSkeleton, joint: str, names: tuple[str, ...]) -> str | None:
    """What a source calls a common joint; None where it has none."""
    side, _, rest = joint.partition("_")
    sided = side in ("left", "right")
    letter = side[:1] if sided else ""
    known = source.joints.get(rest if sided else joint, ())
    there = [name.format(S=letter.upper(), s=letter) for name in known]
    return next((name for name in there if name in names), None)


def _hang_tops(body: QuadrupedBody, common: Floats, joints: Floats, ends: Floats) -> None:
    """Put the legs' tops where the body has them, whatever the source hangs them on."""
    for leg in LEGS:
        end, top = int(leg.fore), leg.joints[0]
        offset = np.broadcast_to(body.skeleton.offsets[top], joints[:, end].shape)
        common[:, top] = joints[:, end] + quaternion_rotate(ends[:, end], offset)


def _foot_of(source: SourceSkeleton, number: int, skeleton: Skeleton) -> int:
    """The source's joint whose turn is the foot's: a paw at the end of all bones has none."""
    name = source_joint(source, JOINTS[PAWS[number]], skeleton.names)
    paw = skeleton.index(str(name))
    return paw if paw in skeleton.parents else int(skeleton.parents[paw])


def _trunk(
    body: QuadrupedBody,
    common: Floats,
    turns: Floats,
    names: tuple[str, ...],
    source: SourceSkeleton,
) -> tuple[Floats, Floats]:
    """Hips (T, 3) and world rotations (T, 11, 4) whose bones point where the source's point."""
    rest = body.rest_m
    trunk = np.zeros((len(common), TRUNK_JOINTS, 4), np.float32)
    for number, joint in enumerate(JOINTS[:TRUNK_JOINTS]):
        known = source_joint(source, joint, names)
        turn = trunk[:, PARENTS[number]] if known is None else turns[:, names.index(known)]
        if joint in _TOWARD and known is not None:
            end = JOINTS.index(_TOWARD[joint])
            now = quaternion_rotate(turn, (rest[end] - rest[number]).astype(np.float32))
            bend = rotation_between(now, common[:, end] - common[:, number])
            has_end = source_joint(source, _TOWARD[joint], names) is not None
            turn = quaternion_multiply(bend, turn) if has_end else turn
        trunk[:, number] = turn
    return common[:, HIPS], trunk


def trunk_positions(body: QuadrupedBody, hips_m: Floats, trunk_wxyz: Floats) -> Floats:
    """(T, 11, 3) joints of trunk, neck and tail of hips (T, 3) and world rotations (T, 11, 4)."""
    positions = np.empty((*trunk_wxyz.shape[:-1], 3), np.float32)
    positions[..., 0, :] = hips_m
    for number in range(1, TRUNK_JOINTS):
        above = int(PARENTS[number])
        offset = body.skeleton.offsets[number]
        positions[..., number, :] = positions[..., above, :] + quaternion_rotate(
            trunk_wxyz[..., above, :], np.broadcast_to(offset, hips_m.shape)
        )
    return positions
