"""The demo character's head: a separate part, so that a speaking one can take its place.

Face, hair and details are told from the head joint, in metres before ``HEAD_SCALE``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..core.conventions import Floats
from .demo_character_bones import HEAD_SCALE, Bone, list_bones, rest_joints
from .demo_character_face import lid_offsets, skin_offsets
from .demo_character_shapes import (
    Point,
    Shape,
    Surface,
    carve,
    cone,
    cut,
    ellipsoid,
    extract_surface,
    join,
    limb,
    mirror_surface,
    sphere,
)
from .demo_character_weights import Weights, head_weights

EYE_RADIUS_M = 0.0185
_LID_RADIUS_M = EYE_RADIUS_M * 1.08
_AHEAD = (0.0, 0.0, 1.0)

# Share of the neck's axis, half width, half depth, shift to the front.
_NECK = (
    (0.00, 0.062, 0.054, 0.0),
    (0.30, 0.053, 0.053, 0.0),
    (0.70, 0.049, 0.052, 0.0),
    (1.00, 0.050, 0.056, 0.0),
)
# Height over the head joint, half width, half depth, shift to the front.
_LOWER_FACE = (
    (-0.034, 0.018, 0.016, 0.066),
    (-0.020, 0.036, 0.033, 0.053),
    (0.005, 0.050, 0.049, 0.040),
    (0.035, 0.060, 0.060, 0.030),
    (0.070, 0.066, 0.066, 0.024),
    (0.120, 0.068, 0.064, 0.026),
)

Piece = tuple[str, Surface, Weights, str, Mapping[str, Floats]]


def head_parts() -> list[Piece]:
    """(material, surface, weights, mesh, shapes) of every piece of the head, at rest."""
    skin = _surface(_face(), (-0.1, -0.17, -0.12), (0.1, 0.215, 0.13), 0.0064)
    parts: list[Piece] = [("Skin", skin, head_weights(skin.vertices), "Head", _shapes(skin))]
    hair = _surface(_hair(), (-0.11, 0.0, -0.14), (0.11, 0.24, 0.13), 0.0090)
    lips = _surface(_lips(), (-0.04, -0.005, 0.06), (0.04, 0.04, 0.12), 0.0026)
    parts += [_on_head("Hair", hair), _on_head("Lips", lips)]
    for material, surface in _left_details():
        parts += [_on_head(material, piece) for piece in (surface, mirror_surface(surface))]
    return parts + _eyes()


def _on_head(material: str, surface: Surface) -> Piece:
    weights = {"Head": np.ones(len(surface.vertices))}
    return material, surface, weights, "Head", _shapes(surface)


def _shapes(surface: Surface) -> dict[str, Floats]:
    head = np.array(rest_joints()["Head"], np.float32)
    offsets = skin_offsets((surface.vertices - head) / np.float32(HEAD_SCALE))
    return {name: np.float32(HEAD_SCALE) * offset for name, offset in offsets.items()}


def _surface(shape: Shape, low: Point, high: Point, cell_m: float) -> Surface:
    """Surface of a shape told from the head joint, put in its place and scaled."""
    local = extract_surface(shape, low, high, cell_m)
    head = np.array(rest_joints()["Head"], np.float32)
    return Surface(head + np.float32(HEAD_SCALE) * local.vertices, local.quads)


def _face() -> Shape:
    neck = limb((0, -0.125, -0.022), (0, 0.03, -0.004), _AHEAD, _NECK)
    skull = ellipsoid((0, 0.110, 0.0), (0.077, 0.088, 0.095))
    low, high = _LOWER_FACE[0][0], _LOWER_FACE[-1][0]
    stations = [((y - low) / (high - low), *rest) for y, *rest in _LOWER_FACE]
    lower = limb((0, low, 0), (0, high, 0), _AHEAD, stations, 2.2)
    shape = join([join([skull, lower], 0.035), neck], 0.022)
    for sign in (1.0, -1.0):
        cheek = ellipsoid((sign * 0.036, 0.050, 0.066), (0.020, 0.016, 0.018))
        socket = ellipsoid((sign * 0.034, 0.083, 0.100), (0.024, 0.0180, 0.014))
        shape = carve(join([shape, cheek], 0.025), socket, 0.014)
    nose = cone((0, 0.082, 0.087), (0, 0.050, 0.101), 0.0080, 0.0115)
    nostrils = ellipsoid((0, 0.0455, 0.096), (0.0165, 0.0080, 0.0105))
    return join([shape, join([nose, nostrils], 0.008)], 0.014)


def _hair() -> Shape:
    cap = ellipsoid((0, 0.117, -0.006), (0.0850, 0.093, 0.1015))
    nape = ellipsoid((0, 0.066, -0.050), (0.060, 0.056, 0.043))
    shape = cut(join([cap, nape], 0.03), (0, 0.132, 0.042), (0, -0.60, 0.80), 0.018)
    shape = cut(shape, (0, 0.044, -0.05), (0, -1, 0.45), 0.02)
    fringe = ellipsoid((0.010, 0.164, 0.044), (0.058, 0.030, 0.050))
    quiff = ellipsoid((-0.026, 0.176, 0.052), (0.034, 0.022, 0.036))
    return join([shape, join([fringe, quiff], 0.02)], 0.022)


def _lips() -> Shape:
    """Two spindles from corner to corner, bowed along the face."""
    corner = _on_face(0.0320, 0.0185, -0.0040)
    bow = _on_face(0.0, 0.0150, 0.0)[2] - corner[2]
    lips = []
    for height, thick, out in ((0.0192, 0.0036, -0.0010), (0.0138, 0.0046, -0.0008)):
        stations = [
            (0.5 + 0.5 * x, thick * (1 - 0.7 * x * x), 0.0042, (bow + out) * (1 - abs(x) ** 2.4))
            for x in np.linspace(-1, 1, 9)
        ]
        left, right = (corner[0], height, corner[2]), (-corner[0], height, corner[2])
        lips.append(limb(right, left, _AHEAD, stations))
    straight = join(lips, 0.0015)

    def smile(points: Floats) -> Floats:
        """The corners, 3 cm from the middle, raised by 5 mm."""
        raised = 0.005 * (points[..., 0] / 0.03) ** 2
        return straight(points - raised[..., None] * np.array([0, 1, 0], np.float32))

    return smile


def _on_face(x: float, y: float, out_m: float) -> Floats:
    """The place of the face's front at (x, y), ``out_m`` before the skin, found by halving."""
    low, high, face = 0.03, 0.14, _face()
    for _ in range(20):
        middle = 0.5 * (low + high)
        inside = face(np.array([x, y, middle], np.float32)) < 0
        low, high = (middle, high) if inside else (low, middle)
    return np.array([x, y, low + out_m], np.float32)


def _left_details() -> list[tuple[str, Surface]]:
    ear = carve(
        ellipsoid((0.078, 0.070, -0.010), (0.011, 0.029, 0.019)),
        ellipsoid((0.090, 0.072, -0.004), (0.009, 0.018, 0.011)),
        0.006,
    )
    inner, arch, outer = (
        _on_face(x, y, 0.0002) for x, y in ((0.017, 0.1130), (0.037, 0.1160), (0.056, 0.1090))
    )
    brow = join([cone(inner, arch, 0.0036, 0.0042), cone(arch, outer, 0.0042, 0.0024)], 0.004)
    return [
        ("Skin", _surface(ear, (0.055, 0.03, -0.05), (0.1, 0.11, 0.03), 0.0048)),
        ("Hair", _surface(brow, (0.005, 0.095, 0.04), (0.07, 0.125, 0.12), 0.0024)),
    ]


def _eyes() -> list[Piece]:
    parts: list[Piece] = []
    for bone in list_bones():
        if bone.name.endswith("Eye"):
            parts += _eyeball(bone)
            parts += _lids(np.array(bone.head), bone.name.removesuffix("Eye"))
    return parts


def _eyeball(bone: Bone) -> list[Piece]:
    """A ball whose rings around the pole that looks ahead are pupil, iris and white."""
    ball = sphere(bone.head, EYE_RADIUS_M, 20, 24)
    front = ball.vertices[ball.quads].mean(axis=1)[:, 2] - bone.head[2]
    angle = np.degrees(np.arccos(np.clip(front / EYE_RADIUS_M, -1, 1)))
    parts: list[Piece] = []
    for material, low, high in (("Pupil", -1, 15), ("Iris", 15, 33), ("EyeWhite", 33, 181)):
        quads = ball.quads[(angle > low) & (angle <= high)]
        used, numbers = np.unique(quads, return_inverse=True)
        piece = Surface(ball.vertices[used], numbers.reshape(-1, 4))
        parts.append((material, piece, {bone.name: np.ones(len(used))}, "Eyes", {}))
    return parts


def _lids(centre: Floats, side: str) -> list[Piece]:
    """Upper and lower lid: shells that turn about the line through the eye's corners."""
    parts: list[Piece] = []
    for material, start, end, rows in (("Hair", 29, 34, 2), ("Skin", 34, 130, 12)):
        lid = _lid(centre, start, end, rows)
        shapes = lid_offsets(lid.vertices, centre, side, upper=True)
        parts.append((material, lid, {"Head": np.ones(len(lid.vertices))}, "Head", shapes))
    lid = _lid(centre, -130, -33, 12)
    shapes = lid_offsets(lid.vertices, centre, side, upper=False)
    return [*parts, ("Skin", lid, {"Head": np.ones(len(lid.vertices))}, "Head", shapes)]


def _lid(centre: Floats, start_deg: float, end_deg: float, rows: int) -> Surface:
    """Part of a ball between two angles of turn about X, 0 looking ahead and 90 up."""
    turn = np.radians(np.linspace(start_deg, end_deg, rows))
    along = np.linspace(0.06, np.pi - 0.06, 15)
    circle, angle = np.meshgrid(along, turn)
    points = np.stack(
        (np.cos(circle), np.sin(circle) * np.sin(angle), np.sin(circle) * np.cos(angle)), axis=-1
    )
    vertices = centre + _LID_RADIUS_M * points.reshape(-1, 3)
    here = (np.arange(rows - 1)[:, None] * len(along) + np.arange(len(along) - 1)).ravel()
    quads = np.stack((here, here + len(along), here + len(along) + 1, here + 1), axis=-1)
    return Surface(vertices.astype(np.float32), quads)
