"""Eyeballs between their lids, and lids that close over them: pure NumPy.

Heads differ, and so do the openings of their eyes. The ball is put where the opening is; the lids
lie on it, open as far as eyes at rest do, and close without a gap when they blink.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..human import Human, Shape
from .loops import (
    INNER_CORNER,
    LID_EDGE,
    LID_RIM,
    LID_SKIN,
    LOWER_SPOKES,
    OUTER_CORNER,
    UPPER_SPOKES,
    lid_loops,
)

# An adult's ball by the width of the opening; smaller ones have a smaller ball, but not as much.
_BALL_M, _WIDTH_M, _POWER = 0.0146, 0.0255, 0.6
# Height of the opening by its width: means of people and of the base heads, and how much of what
# is special about somebody stays.
_OPEN, _OPEN_BASE, _OPEN_KEPT = 0.365, 0.318, 0.6
_OPEN_RANGE: Final = (0.325, 0.41)
_BY_UPPER: Final = 0.72  # what the upper lid does of the opening's change
_ABOVE: Final = 0.41  # of the opening's height, above the middle of the ball: lids cover an iris
_MIDDLE: Final = ((27, 0, 1), (14, 15, 16))  # spokes of the upper and lower lid over the pupil
# How far loops are from the ball at least and at most, in millimetres for a ball of 15.
_LEAST: Final = np.array((-9.0, -9.0, 0.25, 0.75, 1.1, 1.2, 1.25, 1.25, 1.2, 1.2, 1.2, 1.2))
_MOST: Final = np.array((9.0, -0.6, 0.45, 1.15, 1.75, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0))
_CORNER_ROOM: Final = 1.1  # the corners' flesh stands off the ball
_SHUT_LEAST: Final = np.array((-9.0, -9.0, 0.3, 0.8, 1.5, 1.75, 1.8, 1.75, 1.6, 1.4, 1.2, 1.2))
_HALF_LEAST: Final = 0.12
# Which share of a lid's shift its loops take, from the socket up to the crease.
_FADE: Final = np.array((1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.88, 0.74, 0.52, 0.28, 0.08))
_LAP_MM: Final = np.array((0.0, 0.0, 0.0, 0.05, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35, 0.35))


@dataclass(frozen=True)
class Eyes:
    """Where the eyeballs are.

    Args:
        left: (3,) middle of the left one; the right one's is on the other side.
        radius_m: of the balls, without their corneas.
    """

    left: Floats
    radius_m: float


def fit_eyes(human: Human, vertices: Floats) -> tuple[Floats, Eyes]:
    """Open the lids of a head as eyes at rest are, put the balls behind them and lids onto them.

    Args:
        vertices: (V, 3) of the whole human.

    Returns:
        (V, 3) with the lids moved, and the eyes.
    """
    loops = lid_loops(human)[0]
    lids = vertices[loops].astype(np.float64)
    skin = lids[LID_SKIN]
    width = float(np.linalg.norm((skin[OUTER_CORNER] - skin[INNER_CORNER])[[0, 2]]))
    radius = _BALL_M * (width / _WIDTH_M) ** _POWER
    lids = _opened(lids, width)
    top, bottom = (lids[LID_SKIN, spokes, 1].mean() for spokes in map(list, _MIDDLE))
    helper = vertices[human.vertices_of("l-eye")].mean(axis=0)
    centre = np.array([helper[0], top - _ABOVE * (top - bottom), helper[2]])
    centre[2] = _depth(lids[LID_EDGE], centre, radius + 0.3e-3)
    lids = _on_ball(lids, centre, radius)
    moved = vertices.copy()
    _put(human, moved, lids)
    return moved, Eyes(centre, radius)


def _put(human: Human, vertices: Floats, lids: Floats) -> None:
    left, right = lid_loops(human)
    vertices[left] = lids
    vertices[right] = lids * [-1.0, 1.0, 1.0]


def _opened(lids: Floats, width: float) -> Floats:
    """Lids (K, S, 3) as far apart as suits the width of the opening, metres."""
    skin = lids[LID_SKIN]
    top, bottom = (skin[list(spokes), 1].mean() for spokes in _MIDDLE)
    desired = _OPEN + _OPEN_KEPT * ((top - bottom) / width - _OPEN_BASE)
    change = float(np.clip(desired, *_OPEN_RANGE)) * width - (top - bottom)
    # Corners stay; in between lids move as far as they stand off the line from corner to corner.
    inner, outer = skin[INNER_CORNER], skin[OUTER_CORNER]
    share = (skin[:, 0] - inner[0]) / (outer[0] - inner[0])
    off = skin[:, 1] - (inner[1] + share * (outer[1] - inner[1]))
    shift = np.zeros(len(off))
    for spokes, middle, part in (
        (UPPER_SPOKES, _MIDDLE[0], _BY_UPPER * change),
        (LOWER_SPOKES, _MIDDLE[1], (_BY_UPPER - 1.0) * change),
    ):
        rows = list(spokes)
        shift[rows] = part * np.clip(off[rows] / off[list(middle)].mean(), 0.0, 1.1)
    moved = lids.copy()
    moved[..., 1] += _FADE[:, None] * shift
    return moved


def _depth(edge: Floats, centre: Floats, radius: float) -> float:
    """Z of a ball that the lids' edges (S, 3) lie on: mean over where the ball is."""
    beside = np.sum((edge[:, :2] - centre[:2]) ** 2, axis=1)
    reach = radius**2 - beside
    on_it = reach > (0.45 * radius) ** 2
    return float((edge[on_it, 2] - np.sqrt(reach[on_it])).mean())


def _on_ball(lids: Floats, centre: Floats, radius: float) -> Floats:
    """Lids (K, S, 3) moved out of the ball or onto it; what is farther follows and fades."""
    unit = radius / 15.0
    away = lids - centre
    far = np.linalg.norm(away, axis=-1)
    room = np.zeros(lids.shape[1])
    for corner in (INNER_CORNER, OUTER_CORNER):
        steps = np.abs((np.arange(len(room)) - corner + 14) % 28 - 14)
        room = np.maximum(room, np.clip(1.0 - steps / 3.5, 0.0, 1.0))
    most = _MOST[:, None] + _CORNER_ROOM * room * (np.arange(len(_MOST)) >= LID_EDGE)[:, None]
    fitted = np.clip(far, radius + unit * _LEAST[:, None], radius + unit * most)
    follow = (fitted - far)[LID_SKIN] * _FADE[:, None]
    beyond = np.arange(len(lids))[:, None] > LID_SKIN
    fitted = np.where(beyond, np.maximum(far + follow, radius + unit * _LEAST[:, None]), fitted)
    return np.asarray(centre + away * (fitted / far)[..., None])


def fit_lid_shapes(
    human: Human, vertices: Floats, eyes: Eyes, shapes: Mapping[str, Shape]
) -> dict[str, Shape]:
    """Shapes whose lids stay off the ball, and blinks that close.

    Args:
        vertices: (V, 3) with fitted lids.
        shapes: even ones, of the person's size.
    """
    loops = lid_loops(human)
    lids = vertices[loops[0]].astype(np.float64)
    fitted = dict(shapes)
    for name, shape in shapes.items():
        places = np.searchsorted(shape.vertices, loops[0]).clip(max=len(shape.vertices) - 1)
        there = shape.vertices[places] == loops[0]
        if not there[LID_SKIN].any():
            continue
        offsets = np.where(there[..., None], shape.offsets_m[places], 0.0).astype(np.float64)
        if name == "eyeBlinkLeft":
            offsets = _closing(lids, offsets, eyes.radius_m / 15.0)
            least = _SHUT_LEAST
        else:
            least = _LEAST
        offsets = _off_ball(lids, offsets, eyes, least)
        other = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
        fitted[name] = _with(fitted[name], loops[0][there], offsets[there])
        mirrored = offsets[there] * [-1.0, 1.0, 1.0]
        fitted[other] = _with(fitted[other], loops[1][there], mirrored)
    return fitted


def _closing(lids: Floats, offsets: Floats, unit: float) -> Floats:
    """A blink's offsets (K, S, 3) with the upper lid's loops on those of the lower lid."""
    shut = lids + offsets
    lower = [OUTER_CORNER, *LOWER_SPOKES, INNER_CORNER]
    upper = list(UPPER_SPOKES)
    closed = offsets.copy()
    shift = np.zeros((LID_SKIN + 1, len(upper)))
    for loop in range(LID_EDGE, LID_SKIN + 1):
        rim = shut[loop, lower]
        order = np.argsort(rim[:, 0])
        at = shut[loop, upper, 0]
        height = np.interp(at, rim[order, 0], rim[order, 1])
        ends = np.minimum(at - rim[order[0], 0], rim[order[-1], 0] - at)
        lap = unit * 1e-3 * _LAP_MM[loop] * np.clip(ends / (2e-3 * unit), 0.0, 1.0)
        shift[loop] = height - lap - shut[loop, upper, 1]
    for loop in range(len(lids)):
        own = shift[loop] if LID_EDGE <= loop <= LID_SKIN else shift[LID_SKIN]
        own = shift[LID_EDGE] if loop < LID_EDGE else own
        closed[loop, upper, 1] += _FADE[loop] * own
    return closed


def _off_ball(lids: Floats, offsets: Floats, eyes: Eyes, least: Floats) -> Floats:
    """Offsets (K, S, 3) whose ends and middles are not in the ball."""
    unit = eyes.radius_m / 15.0
    moving = np.linalg.norm(offsets, axis=-1) > 1e-5
    ends = lids + offsets - eyes.left
    far = np.linalg.norm(ends, axis=-1)
    floor = eyes.radius_m + unit * least[:, None]
    rest = np.linalg.norm(lids - eyes.left, axis=-1)
    floor = np.minimum(floor, np.maximum(rest, eyes.radius_m))  # where rest is nearer, so is this
    floor = np.where(least[:, None] > _LEAST[:, None], eyes.radius_m + unit * least[:, None], floor)
    out = np.maximum(far, floor)
    half = np.linalg.norm(lids + 0.5 * offsets - eyes.left, axis=-1)
    lack = eyes.radius_m + unit * _HALF_LEAST - half
    lack[:LID_RIM] = 0.0
    out = np.where(moving, out + 2.0 * np.maximum(lack - 0.5 * (out - far), 0.0), far)
    moved = ends * (out / far)[..., None]
    return np.asarray(offsets + moved - ends)


def _with(shape: Shape, vertices: np.ndarray, offsets: Floats) -> Shape:
    changed = shape.offsets_m.copy()
    changed[np.searchsorted(shape.vertices, vertices)] = offsets
    return Shape(shape.vertices, changed)
