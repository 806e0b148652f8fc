"""Knees, elbows, ankles and what follows them on the mesh as Blender evaluates it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.timeline import playhead_kept, show_frame

Array = NDArray[np.float64]

LIMBS: Final = {"Leg": ("UpLeg", "Foot"), "ForeArm": ("Arm", "Hand"), "Foot": ("Leg", "Toe")}
_BAND: Final = 0.012
_REACH: Final = {"Leg": 0.11, "ForeArm": 0.08, "Foot": 0.09}
"""Metres at a person's size: how thick a ring of skin about a limb is, and how wide at most."""
_ALONG: Final = (0.0, 0.5)
"""Where rings lie: at the joint, and halfway to the next."""
_FEWEST: Final = 8


@dataclass(frozen=True, eq=False)
class _Ring:
    """Vertices about a limb, and the place of its middle between two joints."""

    ends: tuple[str, str]
    share: float
    vertices: Array

    def section(self, skin: Array, joints: Mapping[str, Array]) -> tuple[float, float]:
        """Area of the ring up to a factor, and how far its middle is off the bones, metres."""
        ring, (start, end) = skin[self.vertices], (joints[joint] for joint in self.ends)
        spread = np.linalg.eigvalsh(np.cov(ring.T))
        off = ring.mean(axis=0) - start - self.share * (end - start)
        return float(np.sqrt(spread[1] * spread[2])), float(np.linalg.norm(off))


@dataclass(frozen=True)
class SkinAtJoints:
    """The rings of skin about joints, over some frames, against the rest pose.

    Args:
        least_section, most_section: smallest and largest area of a ring, as a share of its area
            at rest.
        off_cm: most that a ring's middle moves to or from its place on the bones, at the size of
            a person.
    """

    least_section: float
    most_section: float
    off_cm: float


def measure_skin(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    joint_map: Mapping[str, str],
    frames: Sequence[int],
    size: float,
) -> SkinAtJoints | None:
    """Look at the skin about the joints on some frames; None where no mesh shows any.

    Args:
        context: whose scene shows the walk.
        armature: the character.
        joint_map: common joint by bone.
        frames: to look at.
        size: of the character against a person.
    """
    bones = {joint: bone for bone, joint in joint_map.items()}
    with _at_rest(context, armature):
        skin, joints = _skin(context, armature), _heads(context, armature, bones)
    rings = _rings(skin, joints, size)
    if not rings:
        return None
    rest = [ring.section(skin, joints) for ring in rings]
    shares, moved = [], []
    with playhead_kept(context.scene):
        for frame in frames:
            show_frame(context.scene, frame)
            skin, joints = _skin(context, armature), _heads(context, armature, bones)
            for ring, (area, off) in zip(rings, rest, strict=True):
                now, off_now = ring.section(skin, joints)
                shares.append(now / area)
                moved.append(abs(off_now - off))
    return SkinAtJoints(min(shares), max(shares), 100.0 * max(moved) / size)


@contextmanager
def _at_rest(context: bpy.types.Context, armature: bpy.types.Object) -> Iterator[None]:
    armature.data.pose_position = "REST"
    context.view_layer.update()
    yield
    armature.data.pose_position = "POSE"
    context.view_layer.update()


def _skin(context: bpy.types.Context, armature: bpy.types.Object) -> Array:
    """(V, 3) vertices of all meshes on the armature, in the world."""
    depsgraph = context.evaluated_depsgraph_get()
    parts = [np.zeros((0, 3))]
    for obj in [o for o in armature.children if o.type == "MESH" and o.find_armature() == armature]:
        evaluated = obj.evaluated_get(depsgraph)
        mesh = evaluated.to_mesh()
        places = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", places)
        world = np.array(evaluated.matrix_world, np.float64)
        parts.append(places.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        evaluated.to_mesh_clear()
    return np.concatenate(parts)


def _heads(
    context: bpy.types.Context, armature: bpy.types.Object, bones: Mapping[str, str]
) -> dict[str, Array]:
    evaluated = armature.evaluated_get(context.evaluated_depsgraph_get())
    world = evaluated.matrix_world
    return {
        joint: np.array(world @ evaluated.pose.bones[bone].head, np.float64)
        for joint, bone in bones.items()
    }


def _rings(skin: Array, joints: Mapping[str, Array], size: float) -> list[_Ring]:
    """The rings of skin about the limbs, chosen at rest."""
    found = []
    for side, (part, ends), share in product(("Left", "Right"), LIMBS.items(), _ALONG):
        joint, upper, lower = (side + word for word in (part, *ends))
        if not {joint, upper, lower} <= set(joints) or not len(skin):
            continue
        before, after = _way(joints, upper, joint), _way(joints, joint, lower)
        axis = after if share else before if part == "Foot" else _unit(before + after)
        off = skin - joints[joint] - share * (joints[lower] - joints[joint])
        along = off @ axis
        aside = np.linalg.norm(off - along[:, None] * axis, axis=1)
        ring = np.flatnonzero((abs(along) < _BAND * size) & (aside < _REACH[part] * size))
        if len(ring) >= _FEWEST:
            found.append(_Ring((joint, lower), share, ring))
    return found


def _way(joints: Mapping[str, Array], start: str, end: str) -> Array:
    return _unit(joints[end] - joints[start])


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))
