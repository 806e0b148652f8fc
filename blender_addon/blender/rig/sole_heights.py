"""How high the soles of a character are over the ground, as Blender shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.ground.terrain import FlatTerrain, Terrain
from ...core.maths.rotations import quaternion_conjugate, quaternion_rotate
from ...core.retarget.rest import sole_frame
from ...core.retarget.soles import sole_of
from ..axes import blender_to_core_points
from .evaluation import evaluated_apart
from .skeleton import RigSkeleton
from .soles import FootSkin, foot_bone, off_ankle, read_foot_skins, size_motions

Matrix = NDArray[np.float64]

SIDES: Final = ("Left", "Right")
_LOW: Final = 0.35
"""Of the ankle's height: vertices up to there can touch the ground."""
_MOST_VERTICES: Final = 1500
_AT_ONCE: Final = 64
_WAYS_OUT: Final = (0.02, 0.04, 0.08, 0.12, 0.2, 0.3)
"""Of the foot's length: so far beside a vertex inside a step the open air is looked for."""


@dataclass(frozen=True, eq=False)
class PoseSamples:
    """Bones of an armature on K frames.

    Args:
        motions: (K, 4, 4) from rest to pose in armature space, by bone.
        worlds: (K, 4, 4) the armature object's transforms.
    """

    motions: dict[str, Matrix]
    worlds: Matrix


def lowest_soles(
    context: bpy.types.Context,
    rig: RigSkeleton,
    frames: NDArray[np.floating],
    terrain: Terrain,
    worlds: Matrix | None = None,
) -> Matrix:
    """(K, 2) height of the lowest place of the left and the right sole over the ground, metres.

    Of the meshes that the rig deforms; without any, of heel, ball and the toe bone's tip on the
    level on which the foot stands. In the side of a step, the way out counts if it is shorter than
    the way up.

    Args:
        context: whose scene shows the character.
        rig: as it walks there.
        frames: (K,) to look at.
        terrain: the ground in the world, core axes, metres.
        worlds: (K, 4, 4) transforms of the object where it does not show its travel.
    """
    feet = sole_skins(context, rig)
    bones = {bone for skins in feet.values() for skin in skins for bone in skin.bones}
    samples = sample_pose(context, rig, sorted(bones), frames)
    if worlds is not None:
        samples = PoseSamples(samples.motions, worlds)
    lowest = np.full((len(frames), len(SIDES)), np.inf)
    for column, side in enumerate(SIDES):
        for skin in feet[side]:
            for start in range(0, len(frames), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                heights = _heights(rig, skin, samples, part, terrain)
                lowest[part, column] = np.minimum(lowest[part, column], heights.min(axis=1))
    return lowest


def sole_skins(context: bpy.types.Context, rig: RigSkeleton) -> dict[str, list[FootSkin]]:
    """The vertices of each foot that can touch the ground, by side."""
    armature = bpy.data.objects[(rig.object_name, None)]
    skins = read_foot_skins(context, rig)
    feet = {}
    for side in SIDES:
        own = [_low_part(armature, rig, skin) for skin in skins if skin.side == side]
        feet[side] = own or [_bare_sole(armature, rig, side)]
    return feet


def _low_part(armature: bpy.types.Object, rig: RigSkeleton, skin: FootSkin) -> FootSkin:
    roles = {joint: rig.skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    sole = sole_of(rig.skeleton, roles, skin.side)
    level = quaternion_conjugate(sole_frame(rig.skeleton, roles, skin.side))
    points = off_ankle(armature, rig, foot_bone(rig, skin.side), skin)
    over = quaternion_rotate(level, points)[:, 1] + sole.ankle_height_m
    low = np.flatnonzero(over < _LOW * sole.ankle_height_m)
    low = low if len(low) else np.arange(len(points))
    return skin.some(low[:: 1 + len(low) // _MOST_VERTICES])


def _bare_sole(armature: bpy.types.Object, rig: RigSkeleton, side: str) -> FootSkin:
    """What the bones tell of a foot that no mesh shows."""
    roles = {joint: rig.skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    sole, foot = sole_of(rig.skeleton, roles, side), foot_bone(rig, side)
    toe = next((bone for bone, joint in rig.joint_map.items() if joint == side + "Toe"), foot)
    sizes = size_motions(armature, rig, (foot, toe))
    head = np.array([*armature.data.bones[foot].head_local, 1.0])
    scale = rig.object_scale * rig.unit_m
    sized = (sizes[foot] @ head)[:3] + sole.points @ rig.armature_to_character / scale
    places = np.empty_like(sized)
    for carried, bone in ((sole.toe_shares <= 0.5, foot), (sole.toe_shares > 0.5, toe)):
        back = np.linalg.inv(sizes[bone])
        places[carried] = sized[carried] @ back[:3, :3].T + back[:3, 3]
    bones: tuple[str, ...] = (foot,)
    shares = sole.toe_shares.astype(np.float64)
    if toe != foot:  # the ball itself, wherever the sole is taken to be
        bones = (foot, toe)
        places = np.vstack((places, armature.data.bones[toe].head_local))
        shares = np.append(shares, 0.0)
    weights = np.stack((1.0 - shares, shares), axis=1)[:, : len(bones)]
    return FootSkin(side, places, bones, weights, shares)


def sample_pose(
    context: bpy.types.Context,
    rig: RigSkeleton,
    names: Iterable[str],
    frames: NDArray[np.floating],
) -> PoseSamples:
    """Some bones of an armature on some frames, without stepping the user's scene."""
    armature = bpy.data.objects[(rig.object_name, None)]
    rests = {name: armature.data.bones[name].matrix_local.inverted_safe() for name in names}
    motions: dict[str, list[Matrix]] = {name: [] for name in rests}
    worlds = []
    with evaluated_apart(context, [armature]) as set_frame:
        for frame in frames.tolist():
            evaluated = armature.evaluated_get(set_frame(frame))
            worlds.append(np.array(evaluated.matrix_world, np.float64))
            for name, rest in rests.items():
                moved = evaluated.pose.bones[name].matrix @ rest
                motions[name].append(np.array(moved, np.float64))
    return PoseSamples({name: np.array(each) for name, each in motions.items()}, np.array(worlds))


def _heights(
    rig: RigSkeleton, skin: FootSkin, samples: PoseSamples, part: slice, terrain: Terrain
) -> Matrix:
    """(K, V) heights of vertices over the ground on some of the frames."""
    places = skin.skinned({bone: samples.motions[bone][part] for bone in skin.bones})
    worlds = samples.worlds[part]
    seen = places @ np.swapaxes(worlds[:, :3, :3], 1, 2) + worlds[:, None, :3, 3]
    seen = blender_to_core_points(seen) * rig.unit_m
    over = seen[..., 1] - terrain.heights(seen[..., [0, 2]])
    if not isinstance(terrain, FlatTerrain) and (over < 0.0).any():
        size = float(np.ptp(skin.places, axis=0).max()) * rig.object_scale * rig.unit_m
        inside = over < 0.0
        over[inside] = -_way_out(seen[inside], -over[inside], size, terrain)
    return np.asarray(np.nan_to_num(over, nan=0.0))


def _way_out(places: Matrix, depths: Matrix, size_m: float, terrain: Terrain) -> Matrix:
    """(N,) shortest way out of the ground: straight up, or to the side of a step."""
    for share in _WAYS_OUT:
        for turn in np.arange(8) * 0.25 * np.pi:
            aside = share * size_m * np.array([np.cos(turn), np.sin(turn)])
            there = terrain.heights(places[:, [0, 2]] + aside) - places[:, 1]
            depths = np.minimum(depths, np.maximum(share * size_m, there))
    return depths
