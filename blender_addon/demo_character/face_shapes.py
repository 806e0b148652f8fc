"""The 52 ARKit shapes of the demo character's face, each a few lines of data: pure NumPy.

A shape is made of: a turn of the jaw, a ring of moves around the lips, soft pushes on brows, cheeks
and nose, and a share by which each lid closes. The left side is told and mirrored. Where a shape
has a left and a right, the two add up to the same move of the whole face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.conventions import Bools, Floats
from ..core.face.arkit import ARKIT_52
from .face import FaceMesh
from .face_grid import MOUTH_HALF_WIDTH_M, lid_angles, lip_height, mouth_line
from .face_table import FACE_SHAPES, FaceShape, Ring
from .form import eye_centre

JAW_JOINT: Final = np.array([0.0, 0.045, -0.002], np.float32)
_CORNER_WITH_JAW: Final = 0.36
_MEETING: Final = 0.30  # where between upper and lower lip mouthClose shuts an open mouth
_JAW_REACH_M: Final = 0.024
_CLOSE_REACH_M: Final = 0.017
_SIDE_BLEND_M: Final = 0.010
# How the moves between the lips' middle and corner are spread: sideways and ahead; up and down.
_SIDE_AT: Final = np.radians(50.0)
_POWERS: Final = (2.0, 1.4, 2.0)


def face_offsets(face: FaceMesh) -> dict[str, Floats]:
    """Offsets (N, 3) of every shape at the vertices of the skin, metres."""
    mouth = _locate(face)
    return {name: _offset(name, face, mouth) for name in ARKIT_52}


def skin_offsets(points: Floats) -> dict[str, Floats]:
    """Offsets (N, 3) of the soft pushes alone, at points (N, 3) over the upper face, metres."""
    found = {}
    for name in ARKIT_52:
        moved = _pushed(name, points)
        if np.abs(moved).max() > 1e-6:
            found[name] = moved
    return found


def jaw_move(shape: FaceShape, points: Floats) -> Floats:
    """How far the jaw itself carries points (N, 3) along, metres."""
    turn = np.radians(shape.jaw_deg)
    at = points - JAW_JOINT
    y = np.cos(turn) * at[:, 1] - np.sin(turn) * at[:, 2]
    z = np.cos(turn) * at[:, 2] + np.sin(turn) * at[:, 1]
    turned = np.stack((at[:, 0], y, z), axis=-1) - at
    return np.asarray(turned + np.array(shape.jaw_mm, np.float32) / 1000, np.float32)


@dataclass(frozen=True, eq=False)
class _Mouth:
    """Where vertices lie around the mouth.

    Args:
        turn: (N,) from the corner (0) around the slit to the middle (π/2), by elliptic rings.
        top: (N,) whether above the slit.
        out_m: (N,) distance beyond the border of the lips.
        edge_m: (N,) distance from the slit.
        skin: (N,) 0 on the nose, 1 where the lips' moves may reach.
        deep: (N,) 0 at the lips, 1 deep inside.
        jaw: (N,) share of the jaw's move.
    """

    turn: Floats
    top: Bools
    out_m: Floats
    edge_m: Floats
    skin: Floats
    deep: Floats
    jaw: Floats


def _locate(face: FaceMesh) -> _Mouth:
    """Elliptic coordinates: on their rings a slit opens like a mouth and stays one surface."""
    x, y, z = face.places.T
    away = np.abs(x) + 0.9 * np.maximum(0.078 - z, 0.0)
    rise = y - mouth_line(np.minimum(np.abs(x), 1.4 * MOUTH_HALF_WIDTH_M))
    on_edge = (face.lip == 0) & (np.abs(x) < MOUTH_HALF_WIDTH_M)
    top = np.where(on_edge, face.above, rise > 0)
    rise = np.where(on_edge, 0.0, np.abs(rise))
    ring = np.arccosh(np.clip(away / MOUTH_HALF_WIDTH_M, 0, 60) + 1j * rise / MOUTH_HALF_WIDTH_M)
    edge = np.hypot(np.maximum(away - MOUTH_HALF_WIDTH_M, 0.0), rise)
    red = np.where(top, lip_height(x, top=True), lip_height(x, top=False))
    nose = _step((0.0405 - y) / 0.010 + 0.5) + _step((np.abs(x) - 0.020) / 0.012 + 0.5)
    mouth = _Mouth(
        turn=np.asarray(np.abs(ring.imag)),
        top=np.asarray(top),
        out_m=np.maximum(edge - red, 0.0),
        edge_m=edge,
        skin=np.clip(np.where(top, nose, 1.0), 0, 1),
        deep=face.mouth_depth,
        jaw=np.zeros(len(x)),
    )
    return _Mouth(**{**vars(mouth), "jaw": _jaw_weights(face, mouth)})


def _edge_jaw(mouth: _Mouth) -> tuple[Floats, Floats]:
    """Share of the jaw's move at the upper and at the lower lip's edge, beside each vertex."""
    share = np.cos(mouth.turn)
    return _CORNER_WITH_JAW * share**4, 1 - (1 - _CORNER_WITH_JAW) * share**3


def _jaw_weights(face: FaceMesh, mouth: _Mouth) -> Floats:
    upper, lower = _edge_jaw(mouth)
    at_lips = np.where(mouth.top, upper, lower)
    rise = np.sin(mouth.turn) * np.where(mouth.top, 1.0, -1.0)
    inside = 0.5 - 0.5 * rise
    at_lips = at_lips + (inside - at_lips) * mouth.deep
    _, y, z = face.places.T
    line = 0.0165 + 0.33 * np.clip(0.085 - z, 0.0, 0.1)
    below = _step((line - y + 0.012) / 0.034)
    on_face = below * face.throat * _step((z + 0.015) / 0.035)
    near = np.exp(-((mouth.edge_m / _JAW_REACH_M) ** 2))
    return np.asarray(near * at_lips + (1 - near) * on_face)


def _offset(name: str, face: FaceMesh, mouth: _Mouth) -> Floats:
    shape, side = find_shape(name)
    total = _pushed(name, face.surface.vertices)
    if name == "mouthClose":
        total = total + _closing(face, mouth)
    elif shape.jaw_deg or shape.jaw_mm != (0, 0, 0):
        total = total + mouth.jaw[:, None] * jaw_move(shape, face.surface.vertices)
    if shape.lips is not None:
        total = total + _lip_moves(shape, shape.lips, side, face, mouth)
    for eye in ("Left", "Right"):
        if any(shape.lids) and side in ("", eye):
            total = total + _lid_moves(shape.lids, face, eye)
    return np.asarray(total, np.float32)


def find_shape(name: str) -> tuple[FaceShape, str]:
    """A shape's data by its ARKit name, and its side: Left, Right or nothing."""
    if name in FACE_SHAPES:
        return FACE_SHAPES[name], ""
    side = "Left" if name.endswith("Left") else "Right"
    return FACE_SHAPES[name.removesuffix(side)], side


def _closing(face: FaceMesh, mouth: _Mouth) -> Floats:
    """What takes the lips of an open jaw back together: upper and lower meet exactly."""
    upper, lower = _edge_jaw(mouth)
    meeting = upper + _MEETING * (lower - upper)
    present = np.where(mouth.top, upper, lower)
    near = np.exp(-((mouth.out_m / _CLOSE_REACH_M) ** 2)) * (1 - mouth.deep) * mouth.skin
    back = (meeting - present) * near
    return np.asarray(back[:, None] * jaw_move(FACE_SHAPES["jawOpen"], face.places))


def _lip_moves(shape: FaceShape, ring: Ring, side: str, face: FaceMesh, mouth: _Mouth) -> Floats:
    at_edge = _around(ring, mouth)
    at_rim = _around(shape.rims or ring, mouth)
    moves = at_edge + (at_rim - at_edge) * face.lip[:, None]
    x = face.places[:, 0]
    moves[:, 0] *= np.tanh(x / 0.003)
    reach = np.exp(-((mouth.out_m / shape.reach_m) ** 2)) * (1 - mouth.deep) * mouth.skin
    if side:
        sign = 1.0 if side == "Left" else -1.0
        reach = reach * _step(0.5 + 0.5 * sign * x / _SIDE_BLEND_M)
    moves[:, 0] += shape.shift_mm
    return np.asarray(moves * (reach / 1000)[:, None])


def _around(ring: Ring, mouth: _Mouth) -> Floats:
    """Moves between corner, side and middle of the lips, millimetres: a parabola through three."""
    table = np.array(ring, np.float64)
    found = np.zeros((len(mouth.turn), 3))
    for axis, power in enumerate(_POWERS):
        place = 1 - np.sin(mouth.turn) ** power
        side = 1 - np.sin(_SIDE_AT) ** power
        corner = place * (place - side) / (1 - side)
        middle = (place - side) * (place - 1) / side
        between = place * (place - 1) / (side * (side - 1))
        upper = middle * table[2, axis] + between * table[1, axis]
        lower = middle * table[4, axis] + between * table[3, axis]
        found[:, axis] = corner * table[0, axis] + np.where(mouth.top, upper, lower)
    return found


def _pushed(name: str, points: Floats) -> Floats:
    shape, side = find_shape(name)
    total = np.zeros_like(points)
    for place, reach, way in shape.pushes:
        for eye, sign in (("Left", 1.0), ("Right", -1.0)):
            if side in ("", eye):
                mirror = np.array([sign, 1.0, 1.0], np.float32)
                away = np.sum((points - np.array(place) * mirror) ** 2, axis=1) / reach**2
                total += np.exp(-away)[:, None] * (np.array(way) / 1000 * mirror)
    return np.asarray(total, np.float32)


def _lid_moves(lids: tuple[float, float, float], face: FaceMesh, side: str) -> Floats:
    sign = 1.0 if side == "Left" else -1.0
    here = (face.lid > 0) & (sign * face.places[:, 0] > 0)
    follow = np.where(here, (1 - face.lid_root) * (1 - face.socket_depth), 0.0)
    turn = np.where(
        face.lid == 1, _edge_turn(lids, face.along_lid, 1), _edge_turn(lids, face.along_lid, 2)
    )
    on_ball = face.surface.vertices - face.lid_ahead[:, None] * np.array([0, 0, 1], np.float32)
    return _turned_about_eye(on_ball, turn * follow, side)


def _edge_turn(lids: tuple[float, float, float], along: Floats, lid: int) -> Floats:
    """How far an edge turns, radians: shares of its way to where the lids meet."""
    along = np.clip(along, -1, 1)
    upper, lower, shut = lid_angles(along)
    if lid == 1:
        return np.asarray(lids[0] * (shut - upper) + np.radians(lids[2]) * along * (1 - along**2))
    return np.asarray(lids[1] * (shut - lower))


def _turned_about_eye(points: Floats, turn_rad: Floats, side: str) -> Floats:
    at = points - eye_centre(1.0 if side == "Left" else -1.0)
    y = np.cos(turn_rad) * at[:, 1] + np.sin(turn_rad) * at[:, 2]
    z = np.cos(turn_rad) * at[:, 2] - np.sin(turn_rad) * at[:, 1]
    return np.stack((at[:, 0], y, z), axis=-1) - at


def lid_offsets(points: Floats, along: Floats, side: str) -> dict[str, Floats]:
    """Offsets (N, 3) of what stands on the upper lid's edge at ``along`` (N,), −1 inside to 1."""
    found = {}
    for name in ARKIT_52:
        shape, own = find_shape(name)
        moved = _pushed(name, points)
        if any(shape.lids) and own in ("", side):
            moved = moved + _turned_about_eye(points, _edge_turn(shape.lids, along, 1), side)
        if np.abs(moved).max() > 1e-6:
            found[name] = np.asarray(moved, np.float32)
    return found


def _step(share: Floats) -> Floats:
    t = np.clip(share, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))
