"""What the eyeLook shape keys of a face do: turn the eyeballs, how far, or only the lids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.face.maps import FaceMapping
from ...core.wording import listed
from ..vertices import coordinates, shape_offsets
from .eyes_found import BLINKS, LOOKS, Eyes
from .shape_keys import STILL
from .shown import what_drivers_hide, what_hides_shapes

Array = NDArray[np.float64]

USUAL_TURN_RAD: Final = np.deg2rad(30.0)
"""How far a shape turns an eye where its mesh does not tell."""
_LEAST_TURN_RAD: Final = np.deg2rad(5.0)
_MOST_TURN_RAD: Final = np.deg2rad(80.0)
_RIGID: Final = 0.2  # largest residual, as a share of the movement; that of lids is 0.3
_MOVED_SHARE: Final = 0.3  # of the farthest movement: closer to still is not taken along
_MOST_VERTICES: Final = 4000
_FEWEST: Final = 16
_ROUND: Final = 0.3  # of an eyeball's width its depth, where lids and lashes are thin


@dataclass(frozen=True, eq=False)
class ShapeTurn:
    """What a shape at weight 1 does to an eyeball.

    Args:
        angle_rad: by how much it turns.
        centre: (3,) about which, in the mesh's space; None where the mesh does not tell.
    """

    angle_rad: float = float(USUAL_TURN_RAD)
    centre: Array | None = None


def measure_turn(meshes: Sequence[bpy.types.Object], face: FaceMapping, channel: str) -> ShapeTurn:
    """Fit a rotation to what a channel's shapes move: the most rigid mesh, or ball within one.

    Eyeballs are meshes of their own, or hang together with nothing else in a mesh whose lids move
    as well.
    """
    best, least = ShapeTurn(), _RIGID
    for mesh in meshes:
        moved = moved_vertices(mesh, face, channel)
        for places, movement in [] if moved is None else [moved, *_balls(mesh, face, channel)]:
            turn, residual = _fit_turn(places, movement)
            if residual < least and _LEAST_TURN_RAD < turn.angle_rad < _MOST_TURN_RAD:
                best, least = turn, residual
    return best


def moved_vertices(
    mesh: bpy.types.Object, face: FaceMapping, channel: str
) -> tuple[Array, Array] | None:
    """Places (V, 3) and movements (V, 3) of the vertices that a channel moves most."""
    found = _movement(mesh, face, channel)
    if found is None:
        return None
    kept, movement = found
    kept = kept[:: max(1, len(kept) // _MOST_VERTICES)]
    return coordinates(mesh.data.shape_keys.reference_key.data)[kept], movement[kept]


def _movement(
    mesh: bpy.types.Object, face: FaceMapping, channel: str
) -> tuple[NDArray[np.int64], Array] | None:
    """Numbers of the vertices that a channel moves most, and movements (V, 3) of all."""
    blocks = mesh.data.shape_keys.key_blocks
    movement = None
    for shape, gain in face.targets.get(channel, ()):
        if shape in blocks:
            block = blocks[shape]
            part = gain * shape_offsets(block)
            movement = part if movement is None else movement + part
    if movement is None:
        return None
    sizes = np.linalg.norm(movement, axis=1)
    if sizes.max(initial=0.0) < 1e-6:
        return None
    return np.flatnonzero(sizes > _MOVED_SHARE * sizes.max()), movement


def _balls(
    mesh: bpy.types.Object, face: FaceMapping, channel: str
) -> Iterator[tuple[Array, Array]]:
    """Places and movements of what is as deep as it is wide and hangs together with nothing."""
    found = _movement(mesh, face, channel)
    if found is None:
        return
    kept, movement = found
    places = coordinates(mesh.data.shape_keys.reference_key.data)
    labels = _islands(mesh, kept)
    names, counts = np.unique(labels, return_counts=True)
    for name in names[counts >= _FEWEST].tolist():
        own = kept[labels == name]
        spread = np.linalg.svd(places[own] - places[own].mean(axis=0), compute_uv=False)
        if len(own) <= _MOST_VERTICES and spread[2] > _ROUND * spread[0]:
            yield places[own], movement[own]


def _islands(mesh: bpy.types.Object, kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """(K,) the same number for vertices that edges between them join.

    Each takes the least number of its neighbours, and then that one's own, until nothing changes.
    """
    edges = np.empty(2 * len(mesh.data.edges), np.int32)
    mesh.data.edges.foreach_get("vertices", edges)
    own = np.full(len(mesh.data.vertices), -1, np.int64)
    own[kept] = np.arange(len(kept))
    first, second = own[edges.reshape(-1, 2)].T
    inside = (first >= 0) & (second >= 0)
    first, second = first[inside], second[inside]
    labels = np.arange(len(kept))
    while True:
        least = np.minimum(labels[first], labels[second])
        joined = labels.copy()
        np.minimum.at(joined, first, least)
        np.minimum.at(joined, second, least)
        joined = joined[joined]
        if (joined == labels).all():
            return labels
        labels = joined


def shape_warnings(
    character: bpy.types.Object, meshes: Sequence[bpy.types.Object], eyes: Eyes
) -> list[str]:
    """What keeps the shapes that a gaze moves from being seen."""
    chief = {s for c in used_channels(eyes) for s, _ in eyes.face.targets.get(c, ())}
    warnings = []
    for mesh in meshes:
        warnings += what_drivers_hide(mesh, chief)
        if short := _short_sliders(mesh, eyes):
            warnings.append(
                f"the slider of {listed(short)} of '{mesh.name}' ends before the lids are shut. "
                "Widen its range in Properties ▸ Data ▸ Shape Keys"
            )
    return [*warnings, *what_hides_shapes(character, meshes, chief, chief)]


def used_channels(eyes: Eyes) -> tuple[str, ...]:
    """ARKit channels without which a gaze is not what it should be."""
    return (*BLINKS, *LOOKS) if eyes.kind == "SHAPES" else BLINKS


def _short_sliders(mesh: bpy.types.Object, eyes: Eyes) -> list[str]:
    blinks = {s: gain for c in BLINKS for s, gain in eyes.face.targets.get(c, ())}
    blocks = mesh.data.shape_keys.key_blocks
    return [b.name for b in blocks if b.name in blinks and b.slider_max < blinks[b.name] - STILL]


def lids_only(armature: bpy.types.Object | None, eyes: Eyes) -> bool:
    """Whether the eyeLook shapes leave alone what the eye bones or objects turn."""
    for name in eyes.meshes:
        mesh = bpy.data.objects[name]
        if name in eyes.pair:
            return False
        groups = {g.index for g in mesh.vertex_groups if g.name in eyes.pair}
        if not groups and mesh.parent_bone not in eyes.pair:
            continue
        weights = np.array(
            [
                mesh.parent_bone in eyes.pair
                or any(g.group in groups and g.weight > 0.5 for g in vertex.groups)
                for vertex in mesh.data.vertices
            ]
        )
        if any(_moves_any(mesh, eyes.face, channel, weights) for channel in LOOKS):
            return False
    return True


def _moves_any(
    mesh: bpy.types.Object, face: FaceMapping, channel: str, chosen: NDArray[np.bool_]
) -> bool:
    blocks = mesh.data.shape_keys.key_blocks
    for shape, _ in face.targets.get(channel, ()):
        if shape in blocks:
            block = blocks[shape]
            movement = np.linalg.norm(shape_offsets(block), axis=1)
            if movement[chosen].max(initial=0.0) > 0.2 * movement.max(initial=0.0) > 0:
                return True
    return False


def _fit_turn(places: Array, movement: Array) -> tuple[ShapeTurn, float]:
    """Rigid motion from places to places + movement, and how much of it is left unexplained.

    Source: Kabsch 1976, by singular values.
    """
    if len(places) < 4:
        return ShapeTurn(), np.inf
    ends = places + movement
    start, stop = places.mean(axis=0), ends.mean(axis=0)
    left, _, right = np.linalg.svd((places - start).T @ (ends - stop))
    sign = np.sign(np.linalg.det(left @ right)) or 1.0
    turn = (left * [1.0, 1.0, sign]) @ right  # acts on rows
    residual = np.linalg.norm((places - start) @ turn - (ends - stop), axis=1).mean()
    size = np.linalg.norm(movement, axis=1).mean()
    angle = float(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1.0, 1.0)))
    # The centre c keeps its place: (c − start) · turn + stop = c; along the axis it is free.
    centre = start + np.linalg.lstsq(np.eye(3) - turn.T, stop - start, rcond=1e-6)[0]
    return ShapeTurn(angle, centre), float(residual / size)


def look_weights(yaw_rad: Array, pitch_rad: Array, across: Array, along: Array) -> Array:
    """Weights of shapes that together turn an eye to a direction.

    Shapes move every vertex straight; so a pupil at weight w lies on a chord, not on the circle.

    Args:
        yaw_rad, pitch_rad: (K,) desired.
        across, along: (K,) how far the shape for that side and that height turns at weight 1.

    Returns:
        (K, 2) for the side and the height, not below 0.
    """
    aside = np.abs(np.tan(yaw_rad))
    height = np.abs(np.tan(pitch_rad)) / np.cos(yaw_rad)
    depth = 1.0 / (1.0 + aside * np.tan(across / 2) + height * np.tan(along / 2))
    return np.stack((aside * depth / np.sin(across), height * depth / np.sin(along)), axis=-1)
