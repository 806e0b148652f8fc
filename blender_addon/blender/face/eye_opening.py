"""How far an eye turns before its iris leaves the opening between the lids, measured on the meshes.

The iris is turned in steps. At each, short rays straight ahead from points spread over it say how
much of it no skin lies over. An eye may turn as far as enough stays in sight of what is seen at
rest: of a ball, the pupil; of a flat iris, which has no ball behind it that would show that it
looks aside, nearly all of it. Lids that follow the eye are measured as they follow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from ...core.face.eye_angles import EYE_LIMITS_DEG, angles_to_rotations
from ...core.face.maps import FaceMapping
from ...core.maths.rotations import quaternion_rotate
from ..vertices import coordinates, shape_offsets
from .shape_keys import belongs_to_character

Array = NDArray[np.float64]

_STEP_DEG: Final = 2.5
_PUPIL_STAYS: Final = 0.6
_IRIS_STAYS: Final = 0.75
"""Shares of what is seen of pupil and iris at rest that must stay in sight."""
_CORNER: Final = 0.95  # of this in the corners of what the limits allow
_SHRINK: Final = 0.92
_LEAST_SEEN: Final = 0.3
"""Share that must be seen at rest: eyes that are shut tell nothing."""
_COVERS: Final = 0.6
"""Share of the iris from which on what lies over it is a cornea, a glass or hair, not a lid."""
_FOLLOWS: Final = 0.8  # of the opening, with lids that cover what the iris leaves
_REACH: Final = 0.3  # of the distance between the eyes: how far before the iris skin may lie
_AROUND: Final = 1.0  # of the same: how far from an eye its opening reaches
_OPENING: Final = 0.2  # of the same: half of what an opening usually is
_PUPIL: Final = 0.08  # of the same: a pupil's radius where nothing tells it
_FLAT: Final = 0.3  # depth by width of an iris that is no ball
_PUPIL_RAD: Final = float(np.deg2rad(12.5))
_MOST_POINTS: Final = 160
_IRIS: Final = re.compile(r"(?i)iris|pupil|hitomi|瞳|虹")
_SEEN_THROUGH: Final = re.compile(
    r"(?i)cornea|tear|occlusion|highlight|glint|lash|brow|glass|lens|hair|まつ|眉|髪|ハイライト"
)
_WAYS: Final = {"side": ((1, 0), (-1, 0)), "up": ((0, 1),), "down": ((0, -1),)}


@dataclass(frozen=True, eq=False)
class FaceParts:
    """The meshes around two eyes, at rest, in the owner's space.

    Args:
        places: (V, 3) of all vertices, without shapes.
        triangles: (T, 3) vertices of each.
        groups: (T,) number of mesh and material, the same for what belongs together.
        through: (T,) whether one sees through it by its name.
        iris: (T,) whether it is iris or pupil by its name.
        eye: (2, V) which vertices turn with the left and the right eye.
        lids: displacement (V, 3) by eyeLook channel, of vertices that turn with no eye.
    """

    places: Array
    triangles: NDArray[np.int64]
    groups: NDArray[np.int64]
    through: NDArray[np.bool_]
    iris: NDArray[np.bool_]
    eye: NDArray[np.bool_]
    lids: Mapping[str, Array]


def measure_opening(
    parts: FaceParts, centres: Array, axes: Array
) -> tuple[float, float, float] | None:
    """How far the eyes turn to the side, up and down, in degrees, the nearer of both eyes.

    Args:
        parts: what is around.
        centres: (2, 3) of the eyes, left first, in the parts' space.
        axes: (3, 3) rows: left, up, forward of the face.

    Returns:
        None where the meshes do not tell.
    """
    apart = float(np.linalg.norm(centres[0] - centres[1]))
    found = [_measure_eye(parts, side, centres, axes, apart) for side in range(2)]
    told = [each for each in found if each is not None]
    if not told or apart < 1e-6:
        return None
    side, up, down = np.min(told, axis=0).tolist()
    return side, up, down


def _measure_eye(
    parts: FaceParts, side: int, centres: Array, axes: Array, apart: float
) -> Array | None:
    for points, stays, flat in _points(parts, side, centres[side], axes, apart):
        sight = _Sight(points, centres[side], axes, _REACH * apart)
        chosen = _lids_and_more(parts, sight, _AROUND * apart)
        skin = _tree(parts, chosen, parts.places)
        at_rest = sight.seen(skin)
        if skin is not None and at_rest >= _LEAST_SEEN:
            return _limits(parts, side, sight, chosen, skin, stays * at_rest, apart, flat)
    return None


def _limits(
    parts: FaceParts,
    side: int,
    sight: _Sight,
    chosen: NDArray[np.bool_],
    skin: BVHTree,
    least: float,
    apart: float,
    flat: bool,
) -> Array:
    """(3,) degrees to the side, up and down."""
    limits = []
    opening = sight.beside(_OPENING * apart)
    for (name, ways), most in zip(_WAYS.items(), EYE_LIMITS_DEG, strict=True):
        lids = parts.lids.get(f"eyeLook{name.title()}{('Left', 'Right')[side]}")
        around = skin if lids is None else _tree(parts, chosen, parts.places + lids)
        follows = lids is not None and opening.seen(around) < _FOLLOWS * opening.seen(skin)
        reached = (_reach(sight, around, way, most, least) for way in ways)
        limits.append(most if follows else min(reached))
    return _with_corners(sight, skin, np.array(limits), least) if flat else np.array(limits)


def _with_corners(sight: _Sight, skin: BVHTree, limits: Array, least: float) -> Array:
    """Limits that hold for looks aside and up or down at once as well: all of them shrunk."""
    while limits.max() > _STEP_DEG:
        side, up, down = np.deg2rad(limits)
        corners = [(s * side, height) for s in (1, -1) for height in (up, -down)]
        if min(sight.seen(skin, *corner) for corner in corners) >= _CORNER * least:
            break
        limits = _SHRINK * limits
    return limits


def _reach(
    sight: _Sight, skin: BVHTree | None, way: tuple[int, int], most: float, least: float
) -> float:
    """Degrees up to which enough stays in sight on this way, interpolated between steps."""
    before = sight.seen(skin)
    for angle in np.arange(_STEP_DEG, most + _STEP_DEG, _STEP_DEG).tolist():
        turned = np.deg2rad(min(angle, most))
        seen = sight.seen(skin, way[0] * turned, way[1] * turned)
        if seen < least:
            part = (before - least) / max(before - seen, 1e-9)
            return max(0.0, angle - _STEP_DEG + max(part, 0.0) * _STEP_DEG)
        before = seen
    return most


class _Sight:
    """What is seen of an iris from the front.

    Args:
        points: (P, 3) of the iris.
        centre: (3,) about which it turns.
        axes: of the face.
        reach: how far before it skin is looked for.
    """

    def __init__(self, points: Array, centre: Array, axes: Array, reach: float) -> None:
        self.centre, self.middle = centre, points.mean(axis=0)
        self._local, self._axes, self._reach = (points - centre) @ axes.T, axes, reach

    def beside(self, reach: float) -> _Sight:
        """The same of a square around the iris, from somewhat behind: cheeks curve away."""
        steps = np.linspace(-reach, reach, 21)
        across, up = (each.ravel() for each in np.meshgrid(steps, steps))
        deep = np.full(len(across), np.median(self._local[:, 2]) - reach)
        points = np.stack((across, up, deep), axis=-1) @ self._axes + self.centre
        return _Sight(points, self.centre, self._axes, self._reach + reach)

    def seen(self, skin: BVHTree | None, yaw_rad: float = 0.0, pitch_rad: float = 0.0) -> float:
        """Share of the iris that no skin lies over."""
        if skin is None:
            return 1.0
        return float(np.mean([hit < 0 for hit in self.hits(skin, yaw_rad, pitch_rad)]))

    def hits(self, skin: BVHTree, yaw_rad: float = 0.0, pitch_rad: float = 0.0) -> list[int]:
        """Number of the triangle over each point, or -1."""
        turn = angles_to_rotations(np.array([[yaw_rad, pitch_rad]]))
        turned = quaternion_rotate(np.repeat(turn, len(self._local), axis=0), self._local)
        starts, ahead = turned @ self._axes + self.centre, self._axes[2].tolist()
        found = (skin.ray_cast(start, ahead, self._reach)[2] for start in starts.tolist())
        return [-1 if number is None else number for number in found]


def _points(
    parts: FaceParts, side: int, centre: Array, axes: Array, apart: float
) -> list[tuple[Array, float, bool]]:
    """Points (P, 3) that stand for the iris, likeliest first, what share must stay in sight, and
    whether it is flat."""
    own = parts.eye[side][parts.triangles].all(axis=1)
    if not own.any():
        return []
    corners = parts.places[parts.triangles]
    local = (corners[own].reshape(-1, 3) - centre) @ axes.T
    width, depth = np.ptp(local[:, :2], axis=0).max(), np.ptp(local[:, 2])
    if depth > _FLAT * width:
        return [(_cap(float(local[:, 2].max()), centre, axes), _PUPIL_STAYS, False)]
    clear = own & ~parts.through if (own & ~parts.through).any() else own
    iris = own & parts.iris if (own & parts.iris).any() else clear
    # A shallow cap of iris and white without telling names: what lies straight ahead is the pupil.
    spread = _spread(corners[clear], 20 * _MOST_POINTS)
    aside = np.linalg.norm((spread - centre) @ axes[:2].T, axis=1)
    pupil = spread[aside < _PUPIL * apart][:_MOST_POINTS]
    found = [(_spread(corners[iris], _MOST_POINTS), _IRIS_STAYS, True)]
    return [*found, (pupil, _PUPIL_STAYS, True)] if len(pupil) else found


def _cap(radius: float, centre: Array, axes: Array) -> Array:
    """(P, 3) where a ball has its pupil, evenly spread: a spiral (Vogel 1979)."""
    number = np.arange(_MOST_POINTS) + 0.5
    tilt = _PUPIL_RAD * np.sqrt(number / _MOST_POINTS)
    turn = np.pi * (3.0 - np.sqrt(5.0)) * number
    local = np.stack((np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt)))
    return np.asarray(centre + radius * local.T @ axes)


def _spread(corners: Array, count: int) -> Array:
    """(count, 3) evenly over triangles (T, 3, 3): the same share of each one's area."""
    across, up = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = np.cumsum(np.linalg.norm(np.cross(across, up), axis=1))
    number = np.arange(count) + 0.5
    chosen = np.minimum(np.searchsorted(areas, number / count * areas[-1]), len(areas) - 1)
    # Places within the triangles: a sequence that fills the unit square evenly (Roberts 2018).
    u, v = (number * 0.7548776662) % 1.0, (number * 0.5698402910) % 1.0
    u, v = np.where(u + v > 1.0, (1.0 - u, 1.0 - v), (u, v))
    return np.asarray(corners[chosen, 0] + u[:, None] * across[chosen] + v[:, None] * up[chosen])


def _lids_and_more(parts: FaceParts, sight: _Sight, around: float) -> NDArray[np.bool_]:
    """(T,) which triangles may cover the iris: near, of no eye, and nothing one sees through."""
    near = np.linalg.norm(parts.places - sight.middle, axis=1) < around
    turns = parts.eye.any(axis=0)
    chosen = near[parts.triangles].any(axis=1) & ~turns[parts.triangles].any(axis=1)
    chosen &= ~parts.through
    for _ in range(4):
        numbers = np.flatnonzero(chosen)
        tree = _tree(parts, chosen, parts.places)
        hits = np.array(sight.hits(tree) if tree is not None else [-1])
        over = parts.groups[numbers[hits[hits >= 0]]]
        groups, count = np.unique(over, return_counts=True)
        covers = groups[count > _COVERS * len(hits)]
        if not len(covers) or len(np.unique(parts.groups[numbers])) == 1:
            break
        chosen &= ~np.isin(parts.groups, covers)
    return chosen


def _tree(parts: FaceParts, chosen: NDArray[np.bool_], places: Array) -> BVHTree | None:
    triangles = parts.triangles[chosen]
    if not len(triangles):
        return None
    used, numbers = np.unique(triangles, return_inverse=True)
    return BVHTree.FromPolygons(
        places[used].tolist(), numbers.reshape(-1, 3).tolist(), all_triangles=True
    )


# From the scene ---------------------------------------------------------------------------------


def read_parts(
    meshes: Mapping[str, Array],
    turning: tuple[frozenset[str], frozenset[str]],
    face: FaceMapping,
    near: tuple[Array, float],
) -> FaceParts | None:
    """The meshes around the eyes.

    Args:
        meshes: (4, 4) from each mesh's space to the owner's at rest, by name.
        turning: names of bones and objects that turn with the left and the right eye.
        face: shapes by ARKit channel.
        near: middle between the eyes and how far around it matters, in the owner's space.

    Returns:
        None where there is no mesh.
    """
    read = [
        _read_mesh(bpy.data.objects[name], matrix, turning, face, near)
        for name, matrix in meshes.items()
    ]
    read = [each for each in read if each is not None]
    if not read:
        return None
    starts = np.cumsum([0, *(len(each.places) for each in read)])
    groups = np.cumsum([0, *(int(each.groups.max(initial=0)) + 1 for each in read)])
    channels = {channel for each in read for channel in each.lids}
    return FaceParts(
        np.concatenate([each.places for each in read]),
        np.concatenate([e.triangles + at for e, at in zip(read, starts[:-1], strict=True)]),
        np.concatenate([e.groups + at for e, at in zip(read, groups[:-1], strict=True)]),
        np.concatenate([each.through for each in read]),
        np.concatenate([each.iris for each in read]),
        np.concatenate([each.eye for each in read], axis=1),
        {
            channel: np.concatenate(
                [each.lids.get(channel, np.zeros_like(each.places)) for each in read]
            )
            for channel in channels
        },
    )


def meshes_of(owner: bpy.types.Object) -> list[bpy.types.Object]:
    """All meshes of a character that can be seen, with shape keys or without."""
    return [
        each
        for each in bpy.data.objects
        if each.type == "MESH"
        and not (each.hide_viewport and each.hide_render)
        and belongs_to_character(each, owner)
    ]


def _read_mesh(
    obj: bpy.types.Object,
    matrix: Array,
    turning: tuple[frozenset[str], frozenset[str]],
    face: FaceMapping,
    near: tuple[Array, float],
) -> FaceParts | None:
    mesh = obj.data
    keys = mesh.shape_keys
    rest = coordinates(keys.reference_key.data if keys is not None else mesh.vertices)
    places = rest @ matrix[:3, :3].T + matrix[:3, 3]
    close = np.linalg.norm(places - near[0], axis=1) < near[1]
    if not close.any():
        return None
    mesh.calc_loop_triangles()
    corners = np.empty(3 * len(mesh.loop_triangles), np.int32)
    slots = np.empty(len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    mesh.loop_triangles.foreach_get("material_index", slots)
    triangles = corners.reshape(-1, 3).astype(np.int64)
    kept = close[triangles].any(axis=1)
    names = [slot.name if slot is not None else "" for slot in mesh.materials] or [obj.name]
    own = np.array([_of_mesh(name, obj.name) for name in names], bool)
    slots = np.minimum(slots[kept], len(names) - 1).astype(np.int64)
    eye = np.array([_turning(obj, close, each) for each in turning])
    lids = {} if keys is None else _lid_shapes(keys, face, matrix, ~eye.any(axis=0))
    return FaceParts(places, triangles[kept], slots, own[slots, 0], own[slots, 1], eye, lids)


def _of_mesh(material: str, obj: str) -> tuple[bool, bool]:
    """Whether one sees through it, and whether it is iris, by the names of material and object."""
    text = f"{obj} {material}"
    iris = _IRIS.search(material) is not None
    return _SEEN_THROUGH.search(text) is not None and not iris, iris


def _turning(
    obj: bpy.types.Object, close: NDArray[np.bool_], names: frozenset[str]
) -> NDArray[np.bool_]:
    """(V,) which vertices near the face turn with an eye."""
    above = obj
    while above is not None:
        if (above.name in names and above.type != "ARMATURE") or above.parent_bone in names:
            return np.ones(len(close), bool)
        above = above.parent
    groups = {group.index for group in obj.vertex_groups if group.name in names}
    turning = np.zeros(len(close), bool)
    for number in np.flatnonzero(close).tolist() if groups else ():
        vertex = obj.data.vertices[number]
        turning[number] = any(g.group in groups and g.weight > 0.5 for g in vertex.groups)
    return turning


def _lid_shapes(
    keys: bpy.types.Key, face: FaceMapping, matrix: Array, lids: NDArray[np.bool_]
) -> dict[str, Array]:
    """How looking up and down moves what does not turn with the eyes, by channel."""
    moved: dict[str, Array] = {}
    for side in ("Left", "Right"):
        for way in ("Up", "Down"):
            channel = f"eyeLook{way}{side}"
            blocks: Sequence[tuple[bpy.types.ShapeKey, float]] = [
                (keys.key_blocks[shape], gain)
                for shape, gain in face.targets.get(channel, ())
                if shape in keys.key_blocks
            ]
            if blocks:
                sums = sum(g * shape_offsets(b) for b, g in blocks)
                moved[channel] = (sums * lids[:, None]) @ matrix[:3, :3].T
    return moved
