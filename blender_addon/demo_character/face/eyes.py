"""Eyeballs with iris, pupil and a wet highlight: pure NumPy."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..part import Part
from ..person import Person

_SEGMENTS: Final = 36
_BULGE: Final = 0.040  # of the cornea over the ball, in radii of the ball
# Rings by angle from the middle, in radii of the iris, then degrees; the material inside each.
_IRIS_RINGS: Final = (
    (0.19, "Pupil"), (0.36, "Pupil"), (0.50, "Inner"), (0.66, "Middle"), (0.82, "Middle"),
    (0.93, "Outer"), (1.04, "Limbus"), (1.22, "EyeWhite"),
)  # fmt: skip
_WHITE_RINGS_DEG: Final = (
    (31.0, "EyeWhite"), (38.0, "White"), (45.0, "White"), (52.0, "White"), (60.0, "Side"),
    (70.0, "EyePink"), (84.0, "EyePink"), (104.0, "EyePink"), (135.0, "EyePink"),
    (165.0, "EyePink"),
)  # fmt: skip
# A human iris measures 11.7 mm across; here it is a share of the ball, which is somewhat large.
_IRIS_OF_BALL: Final = 0.385
# Highlights: degrees to the left and up, and radius, in radii of the ball.
_GLINTS: Final = ((8.5, 7.5, 0.056), (-7.0, -9.0, 0.024))
_GLINT_SEGMENTS: Final = 10
_GLINT_HEIGHT: Final = 0.006
# A highlight follows the cornea, whose own middle lies about half way out to the iris.
_GLINT_TURNS: Final = 0.45


def eye_parts(person: Person, body: Body) -> list[Part]:
    """Both eyes, turned by the eyes' bones.

    Returns:
        One part of the mesh "Eyes" for each side; the whites, paint for everything else.
    """
    del person  # colours are the palette's; size and place are the body's
    return [_eye(body, side) for side in ("l", "r")]


def _eye(body: Body, side: str) -> Part:
    shape, quads, names, turning = _unit_eye()
    centre = body.joints[f"{side}-eye"]
    vertices = np.asarray(centre + body.eye_radius_m * shape, np.float32)
    bones = body.human.bones
    skin = np.zeros((len(vertices), len(bones)), np.float32)
    skin[:, bones.index(f"eye.{side.upper()}")] = turning
    skin[:, bones.index("head")] = 1.0 - turning
    paint = {name: np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}
    del paint["EyeWhite"]
    return Part("Eyes", "EyeWhite", vertices, quads, skin, paint=paint)


@cache
def _unit_eye() -> tuple[Floats, Ints, np.ndarray, Floats]:
    """An eye of radius 1 looking along +Z.

    Returns:
        (N, 3) vertices; (M, 4) quads; (M,) names of materials; (N,) share of the eye's bone.
    """
    ball, ball_quads, names = _ball()
    turning = [np.ones(len(ball))]
    vertices, quads = [ball], [ball_quads]
    for left_deg, up_deg, radius in _GLINTS:
        spot, spot_quads = _glint(np.radians((left_deg, up_deg)), radius)
        quads.append(spot_quads + sum(map(len, vertices)))
        vertices.append(spot)
        names = np.concatenate((names, np.full(len(spot_quads), "Glint")))
        turning.append(np.full(len(spot), _GLINT_TURNS))
    points = np.concatenate(vertices).astype(np.float32)
    return points, np.concatenate(quads), names, np.concatenate(turning).astype(np.float32)


def _ball() -> tuple[Floats, Ints, np.ndarray]:
    iris = float(np.arcsin(_IRIS_OF_BALL))
    angles = [iris * share for share, _ in _IRIS_RINGS]
    angles += [np.radians(degrees) for degrees, _ in _WHITE_RINGS_DEG]
    rings = np.array(angles)
    turn = 2 * np.pi * np.arange(_SEGMENTS) / _SEGMENTS
    directions = np.stack(
        (
            np.sin(rings)[:, None] * np.cos(turn),
            np.sin(rings)[:, None] * np.sin(turn),
            np.broadcast_to(np.cos(rings)[:, None], (len(rings), _SEGMENTS)),
        ),
        axis=-1,
    ).reshape(-1, 3)
    poles = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    directions = np.concatenate((directions, poles))
    vertices = directions * _height(directions)[:, None]
    numbers = np.arange(len(rings) * _SEGMENTS).reshape(len(rings), _SEGMENTS)
    inner, outer = numbers[:-1], numbers[1:]
    corners = (inner, outer, np.roll(outer, -1, 1), np.roll(inner, -1, 1))
    walls = np.stack(corners, axis=-1).reshape(-1, 4)
    front = _fan(len(directions) - 2, numbers[0])
    back = _fan(len(directions) - 1, numbers[-1])[:, ::-1]
    kinds = [kind for _, kind in (*_IRIS_RINGS, *_WHITE_RINGS_DEG)]
    names = _names(kinds[1:], turn + np.pi / _SEGMENTS).ravel()
    ends = (np.full(len(front), "Pupil"), np.full(len(back), "EyePink"))
    return vertices, np.concatenate((walls, front, back)), np.concatenate((names, *ends))


def _height(directions: Floats) -> Floats:
    """(N,) distance of the surface from the middle: a ball with a cornea."""
    angle = np.arccos(np.clip(directions[:, 2], -1.0, 1.0))
    share = np.clip(angle / (1.3 * np.arcsin(_IRIS_OF_BALL)), 0.0, 1.0)
    return 1.0 + _BULGE * (1.0 - share**2) ** 2


def _fan(pole: int, ring: Ints) -> Ints:
    """Quads around a pole, each made of two segments, seen from outside at the front."""
    even = np.arange(0, len(ring), 2)
    after = ring[(even + 2) % len(ring)]
    return np.stack((np.full_like(even, pole), ring[even], ring[even + 1], after), axis=-1)


def _names(kinds: list[str], turn: Floats) -> np.ndarray:
    """(K, S) material of each quad: fibres in the iris, shade from the lid, pink at the sides."""
    names = np.empty((len(kinds), len(turn)), "<U12")
    fibres = np.random.default_rng(4).random((len(kinds), len(turn)))
    up = np.sin(turn)
    aside = np.abs(np.cos(turn))
    for row, kind in enumerate(kinds):
        names[row] = kind
        if kind == "Inner":
            names[row] = np.where(fibres[row] < 0.30 + 0.5 * (up > 0.5), "Iris", "IrisLight")
        elif kind == "Middle":
            share = fibres[row] - 0.22 * up
            names[row] = np.select([share < 0.20, share > 0.72], ["IrisDark", "IrisLight"], "Iris")
        elif kind == "Outer":
            names[row] = np.where(fibres[row] - 0.25 * up < 0.55, "IrisDark", "Iris")
        elif kind == "White":
            names[row] = np.where(aside > 0.55, "EyePale", "EyeWhite")
        elif kind == "Side":
            names[row] = np.where(aside > 0.55, "EyePink", "EyePale")
    return names


def _glint(angles: Floats, radius: float) -> tuple[Floats, Ints]:
    """A round patch just above the cornea."""
    left, up = angles
    ahead = np.array([np.sin(left) * np.cos(up), np.sin(up), np.cos(left) * np.cos(up)])
    side = np.cross([0.0, 1.0, 0.0], ahead)
    side /= np.linalg.norm(side)
    turn = 2 * np.pi * np.arange(_GLINT_SEGMENTS) / _GLINT_SEGMENTS
    rim = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(ahead, side)
    directions = np.concatenate((ahead + radius * rim, ahead[None]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    vertices = directions * (_height(directions) + _GLINT_HEIGHT)[:, None]
    return vertices, _fan(_GLINT_SEGMENTS, np.arange(_GLINT_SEGMENTS))
