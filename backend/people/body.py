"""From the published body to the one that ships: groups, joints, bones and mirrored vertices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from blender_addon.core.errors import InputError
from blender_addon.demo_character.bones import BONES

from .source import Array, Numbers, Source

GROUPS: Final = {
    "body": ("body",),
    "tongue": ("helper-tongue",),
    "l-eye": ("helper-l-eye",),
    "r-eye": ("helper-r-eye",),
    "l-lashes-upper": ("helper-l-eyelashes-2",),
    "l-lashes-lower": ("helper-l-eyelashes-1",),
    "r-lashes-upper": ("helper-r-eyelashes-2",),
    "r-lashes-lower": ("helper-r-eyelashes-1",),
    "lower-teeth": ("helper-lower-teeth",),
    "upper-teeth": ("helper-upper-teeth",),
    "tights": ("helper-tights",),
    "skirt": ("helper-skirt",),
    "hair": ("helper-hair",),
}
"""Our groups of faces, and those of the base mesh that they are made of."""

_TONGUES: Final = {
    "tongue": ("tongue00", "tongue01", "tongue05"),
    "tongue1": ("tongue02", "tongue06"),
    "tongue2": ("tongue03", "tongue04", "tongue07"),
}
# Bones of the default rig that each of ours stands for, by the beginning of their names.
_PARTS: Final = {
    "hips": ("root", "pelvis", "spine05"),
    "spine": ("spine04", "spine03"),
    "spine1": ("spine02",),
    "chest": ("spine01", "breast"),
    "neck": ("neck01",),
    "neck1": ("neck02", "neck03"),
    "jaw": ("jaw", "special04", "oris01", "oris02", "oris06.", "oris07"),
    **_TONGUES,
    "shoulder": ("clavicle", "shoulder01"),
    "upper_arm": ("upperarm",),
    "forearm": ("lowerarm",),
    "hand": ("wrist", "metacarpal"),
    "thigh": ("upperleg",),
    "shin": ("lowerleg",),
    "foot": ("foot",),
    "toe": ("toe",),
    "eye": ("eye",),
    **{
        f"{finger}{bone}": (f"finger{number}-{bone}",)
        for number, finger in enumerate(("thumb", "index", "middle", "ring", "pinky"), start=1)
        for bone in (1, 2, 3)
    },
}
_REST: Final = "head"  # skull and face: what is left


@dataclass(frozen=True, eq=False)
class Body:
    """What ships, before it is made small.

    Args:
        vertices: (V, 3) of the base.
        quads: of each group, numbered within ``vertices``.
        targets, shapes: (V, 3) offsets by name.
        joints: (J, 3) and their names.
        joint_targets: (J, 3) offsets by target.
        mirror: (V + J,) the vertex or joint on the other side.
        skin: (V, B) share of each of BONES.
    """

    vertices: Array
    quads: Mapping[str, Numbers]
    targets: Mapping[str, Array]
    shapes: Mapping[str, Array]
    joint_names: tuple[str, ...]
    joints: Array
    joint_targets: Mapping[str, Array]
    mirror: Numbers
    skin: Array


def make_body(source: Source) -> Body:
    """Choose, renumber and name.

    Raises:
        InputError: the mesh lacks a group, or is not the same on both sides.
    """
    quads = {name: _faces(source, parts) for name, parts in GROUPS.items()}
    kept = np.unique(np.concatenate([faces.ravel() for faces in quads.values()]))
    number = np.full(len(source.vertices), -1)
    number[kept] = np.arange(len(kept))
    cubes = _cubes(source)
    return Body(
        vertices=source.vertices[kept],
        quads={name: number[faces] for name, faces in quads.items()},
        targets={name: offsets[kept] for name, offsets in source.macro.items()},
        shapes={name: offsets[kept] for name, offsets in source.shapes.items()},
        joint_names=tuple(cubes),
        joints=_means(source.vertices, cubes),
        joint_targets={name: _means(offsets, cubes) for name, offsets in source.macro.items()},
        mirror=_mirror(source.vertices[kept], _means(source.vertices, cubes), tuple(cubes)),
        skin=_eyes_alone(_skin(source)[kept], {n: number[f] for n, f in quads.items()}),
    )


def _faces(source: Source, parts: tuple[str, ...]) -> Numbers:
    missing = [part for part in parts if part not in source.quads]
    if missing:
        raise InputError(f"the base mesh lacks the group {', '.join(missing)}")
    return np.concatenate([source.quads[part] for part in parts])


def _cubes(source: Source) -> dict[str, Numbers]:
    """Vertices whose mean is a joint, by its name."""
    cubes = {
        name.removeprefix("joint-"): np.unique(faces)
        for name, faces in source.quads.items()
        if name.startswith("joint-")
    }
    # Between the bones of the neck there is no cube: two vertices of its front and back.
    return {**cubes, "neck-middle": np.array([659, 18889])}


def _means(points: Array, cubes: Mapping[str, Numbers]) -> Array:
    return np.array([points[corners].mean(axis=0) for corners in cubes.values()])


def _mirror(vertices: Array, joints: Array, names: tuple[str, ...]) -> Numbers:
    flip = np.array([-1.0, 1.0, 1.0])
    away, twin = cKDTree(vertices).query(vertices * flip)
    if away.max() > 1e-3 or np.any(twin[twin] != np.arange(len(vertices))):
        raise InputError("the base mesh is not the same on both sides; expected hm08")
    other = {name: names.index(_other_side(name)) for name in names}
    return np.concatenate((twin, len(vertices) + np.array([other[name] for name in names])))


def _other_side(joint: str) -> str:
    sides = {"l": "r", "r": "l"}
    side, dash, rest = joint.partition("-")
    return f"{sides[side]}-{rest}" if dash and side in sides else joint


def _skin(source: Source) -> Array:
    names = [bone.name for bone in BONES]
    skin = np.zeros((len(source.vertices), len(names)))
    for theirs, (vertices, shares) in source.weights.items():
        np.add.at(skin[:, names.index(_ours(theirs))], vertices, shares)
    return skin


def _ours(theirs: str) -> str:
    stem, dot, side = theirs.rpartition(".")
    stem, side = (stem, side) if dot else (theirs, "")
    for ours, parts in _PARTS.items():
        if f"{stem}.".startswith(parts):
            sided = any(bone.name == f"{ours}.L" for bone in BONES)
            return f"{ours}.{side}" if sided else ours
    return _REST


def _eyes_alone(skin: Array, quads: Mapping[str, Numbers]) -> Array:
    """Eyeballs go with their bones, tongue with its own, and nothing else does."""
    names = [bone.name for bone in BONES]
    head, tongue = names.index(_REST), [names.index(name) for name in _TONGUES]
    eyes = [names.index("eye.L"), names.index("eye.R")]
    skin = skin.copy()
    skin[:, head] += skin[:, eyes].sum(axis=1)
    skin[:, eyes] = 0.0
    for column, group in zip(eyes, ("l-eye", "r-eye"), strict=True):
        ball = np.unique(quads[group])
        skin[ball] = 0.0
        skin[ball, column] = 1.0
    licked = np.unique(quads["tongue"])
    inner = np.zeros((len(licked), len(names)))
    inner[:, tongue] = skin[licked][:, tongue]
    inner[inner.sum(axis=1) == 0.0, tongue[0]] = 1.0
    skin[licked] = inner
    return skin / skin.sum(axis=1, keepdims=True)
