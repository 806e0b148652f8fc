"""The grid of the demo character's face: where its rows and columns lie, at rest: pure NumPy.

Columns go from the middle of the front around the left side to the back, rows from the collar up.
Told from the head joint, in metres before ``HEAD_SCALE``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.conventions import Bools, Floats, Ints
from .form import LID_RADIUS_M, cast, eye_centre, face_form, front
from .shapes import Shape

# Columns, from the middle of the front to the middle of the back.
MOUTH_COLUMN: Final = 12
EYE_COLUMNS: Final = (7, 24)
COLUMNS: Final = 45
_CHEEK_X_M: Final = 0.0505

# Rows, from the collar up.
THROAT_ROW, CHIN_ROW = 6, 11
LOW_BORDER_ROW, MOUTH_ROW, TOP_BORDER_ROW = 17, 22, 27
LOW_LID_ROW, EYE_ROW, CREASE_ROW = 41, 46, 52
ROWS: Final = 69

# Row; height in front, at the cheek (some 40° around), at the ear and behind.
_LINES: Final = (
    (0, -0.125, -0.125, -0.125, -0.125),
    (THROAT_ROW, -0.037, -0.035, -0.031, -0.045),
    (CHIN_ROW, -0.030, -0.018, 0.008, -0.005),
    (LOW_BORDER_ROW, 0.007, 0.007, 0.022, 0.020),
    (MOUTH_ROW, 0.0165, 0.0175, 0.033, 0.035),
    (TOP_BORDER_ROW, 0.0255, 0.028, 0.042, 0.050),
    (31, 0.0390, 0.042, 0.052, 0.065),
    (LOW_LID_ROW, 0.0600, 0.062, 0.066, 0.085),
    (EYE_ROW, 0.0800, 0.081, 0.080, 0.105),
    (CREASE_ROW, 0.0960, 0.099, 0.098, 0.125),
    (56, 0.1130, 0.114, 0.113, 0.140),
    (62, 0.1500, 0.146, 0.145, 0.165),
    (ROWS - 1, 0.1860, 0.184, 0.182, 0.190),
)
_LINE_TURNS: Final = np.radians((0.0, 40.0, 90.0, 180.0))

MOUTH_HALF_WIDTH_M: Final = 0.0258
MOUTH_HEIGHT_M: Final = 0.0165
_LIP_SIDES: Final = 0.0013
_TOP_LIP_M, _LOW_LIP_M = 0.0066, 0.0078

# Degrees of turn about the line through an eye's corners, 0 ahead and 90 up.
_CREASE_DEG, _BAG_DEG = 54.0, -52.0
_TOP_LID_DEG, _LOW_LID_DEG, SHUT_DEG = 27.0, -25.0, -13.0
_CORNER_DEG: Final = 30.0  # how far an eye's corners lie from its axis of turn

# What the shapes need to know about a vertex; see FaceMesh.
LABELS: Final = np.dtype(
    [
        ("lip", np.float32),
        ("above", np.bool_),
        ("mouth_depth", np.float32),
        ("lid", np.int64),
        ("lid_root", np.float32),
        ("along_lid", np.float32),
        ("lid_ahead", np.float32),
        ("socket_depth", np.float32),
        ("throat", np.float32),
    ]
)


def lay_grid(form: Shape) -> Floats:
    """Places (rows, columns, 3) of the left half's vertices, evened out on the form."""
    grid, fixed = _first_places(form)
    return _relax(grid, fixed, form)


def mouth_line(x: Floats) -> Floats:
    """Height of the line between the closed lips."""
    share = x / MOUTH_HALF_WIDTH_M
    return np.asarray(MOUTH_HEIGHT_M + 0.0024 * share**2 - 0.0005 * np.exp(-((x / 0.005) ** 2)))


def lip_height(x: Floats, top: bool) -> Floats:
    """From the line between the lips to the border of the red."""
    lens = np.maximum(1 - (x / MOUTH_HALF_WIDTH_M) ** 2, 0.0)
    if not top:
        return np.asarray(_LIP_SIDES + _LOW_LIP_M * lens**0.8)
    dip, peak = np.exp(-((x / 0.0035) ** 2)), np.exp(-(((np.abs(x) - 0.006) / 0.004) ** 2))
    bow = 1 - 0.16 * dip + 0.05 * peak
    return np.asarray(_LIP_SIDES + _TOP_LIP_M * lens**0.8 * bow)


def lid_angles(along: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn (N,) of the upper lid's edge, the lower one's, and of both when shut, in radians.

    Args:
        along: (N,) −1 at the inner corner of the eye, +1 at the outer one.
    """
    lens = np.sqrt(np.maximum(1 - along**2, 0.0))
    corner = -3.0 + 5.0 * along
    top = corner + (_TOP_LID_DEG + 3.0) * lens**0.9 * (1 - 0.10 * along)
    low = corner + (_LOW_LID_DEG + 3.0) * lens**1.1 * (1 + 0.12 * along)
    shut = corner + (SHUT_DEG + 3.0) * lens**1.2
    return np.radians(top), np.radians(low), np.radians(shut)


def _lid_roots(along: Floats) -> tuple[Floats, Floats]:
    """Turn (N,) of the crease over the upper lid and of the lower lid's foot, in radians."""
    lens = np.sqrt(np.maximum(1 - along**2, 0.0))
    share = 0.45 + 0.55 * lens
    corner = -3.0 + 5.0 * along
    return (
        np.radians(corner + (_CREASE_DEG - corner) * share),
        np.radians(corner + (_BAG_DEG - corner) * share),
    )


def on_lid(along: Floats, turn_rad: Floats, radius_m: float = LID_RADIUS_M) -> Floats:
    """Places (N, 3) on the left lids."""
    corner = np.radians(_CORNER_DEG)
    circle = 0.5 * np.pi - along * (0.5 * np.pi - corner)
    x, out = np.cos(circle), np.sin(circle)
    ball = np.stack((x, out * np.sin(turn_rad), out * np.cos(turn_rad)), axis=-1)
    return np.asarray(eye_centre(1.0) + radius_m * ball, np.float32)


def _first_places(form: Shape) -> tuple[Floats, Bools]:
    """First places (rows, columns, 3) on the form, and which of them must stay."""
    turns = _column_turns()
    table = np.array(_LINES)
    at_turn = np.stack([np.interp(turns, _LINE_TURNS, line) for line in table[:, 1:]])
    rows = np.arange(ROWS)
    heights = np.stack(
        [np.interp(rows, table[:, 0], at_turn[:, c]) for c in range(COLUMNS)], axis=1
    )
    axis = np.interp(heights, (-0.125, -0.03, 0.03), (-0.022, -0.008, 0.0))
    starts = np.stack((np.zeros_like(heights), heights, axis), axis=-1)
    ways = np.stack((np.sin(turns), np.zeros_like(turns), np.cos(turns)), axis=-1)
    every = np.broadcast_to(ways, starts.shape)
    hit = cast(form, starts.reshape(-1, 3), every.reshape(-1, 3), 0.13)
    grid = hit.reshape(ROWS, COLUMNS, 3).astype(np.float32)
    _span(grid, THROAT_ROW, CHIN_ROW)
    grid[:, [0, -1], 0] = 0.0
    fixed = np.zeros(grid.shape[:2], np.bool_)
    fixed[[0, -1]] = True
    _place_lips(grid, fixed, form)
    _place_lids(grid, fixed, form)
    return grid, fixed


def _column_turns() -> Floats:
    first = np.arange(EYE_COLUMNS[1] + 1) * _CHEEK_X_M / EYE_COLUMNS[1]
    ahead = np.arcsin(first / 0.086)
    rest = COLUMNS - 1 - EYE_COLUMNS[1]
    share = np.arange(1, rest + 1) / rest
    return np.concatenate((ahead, ahead[-1] + (np.pi - ahead[-1]) * (0.7 * share + 0.3 * share**2)))


def _span(grid: Floats, low: int, high: int) -> None:
    """Straight lines between two rows, where rays from the axis would run along the skin."""
    share = np.linspace(0, 1, high - low + 1, dtype=np.float32)[:, None, None]
    grid[low : high + 1] = grid[low] * (1 - share) + grid[high] * share


def _place_lips(grid: Floats, fixed: Bools, form: Shape) -> None:
    columns = np.arange(MOUTH_COLUMN + 1)
    share = columns / MOUTH_COLUMN
    x = MOUTH_HALF_WIDTH_M * (0.55 * share + 0.45 * np.sin(0.5 * np.pi * share))
    line = mouth_line(x)
    lens = np.sqrt(np.maximum(1 - (x / MOUTH_HALF_WIDTH_M) ** 2, 0.0))
    for row in range(LOW_BORDER_ROW, TOP_BORDER_ROW + 1):
        top = row >= MOUTH_ROW
        step = abs(row - MOUTH_ROW) / 5.0
        reach = lip_height(x, top)
        y = line + (1 if top else -1) * reach * step**1.15
        places = front(form, x, y)
        places[:, 2] += _lip_bulge(step, top) * lens
        places[:, 2] -= 0.0012 * (1 - lens) * (1 - step)
        grid[row, columns] = places
        fixed[row, columns] = True


def _lip_bulge(step: float, top: bool) -> float:
    """How far the red stands out, from the edge (0) to its border (1)."""
    table = (
        (0.0006, 0.0026, 0.0034, 0.0032, 0.0022, 0.0007)
        if top
        else (0.0004, 0.0030, 0.0042, 0.0042, 0.0028, 0.0004)
    )
    return float(np.interp(step, np.linspace(0, 1, 6), table))


def lid_edge(along: Floats) -> Floats:
    """Places (N, 3) on the edge of the left upper lid, −1 at its inner corner to 1."""
    first, last = EYE_COLUMNS
    edge = lid_places(face_form(), EYE_ROW, top=True)
    columns = _along(np.arange(first, last + 1))
    return np.stack([np.interp(along, columns, axis) for axis in edge.T], axis=-1)


def _place_lids(grid: Floats, fixed: Bools, form: Shape) -> None:
    first, last = EYE_COLUMNS
    columns = np.arange(first, last + 1)
    for row in range(LOW_LID_ROW, CREASE_ROW + 1):
        grid[row, columns] = lid_places(form, row, top=row > EYE_ROW)
        spare = abs(row - EYE_ROW) // 2
        fixed[row, first + spare : last + 1 - spare] = True


def lid_places(form: Shape, row: int, *, top: bool) -> Floats:
    """One row of a lid: on the eye's ball, unless brow, cheek or nose stand out over it."""
    first, last = EYE_COLUMNS
    columns = np.arange(first, last + 1)
    places = _lid_row(row, columns, top=top)
    ahead = np.maximum(front(form, places[:, 0], places[:, 1])[:, 2] - places[:, 2], 0.0)
    share = (abs(row - EYE_ROW) / (CREASE_ROW - EYE_ROW if top else EYE_ROW - LOW_LID_ROW)) ** 2
    places[:, 2] += share * ahead + (1 - share) * corners_ahead(form)[columns]
    return places


def corners_ahead(form: Shape) -> Floats:
    """How far (columns,) the lids' edges lie before the eye's ball, to reach the skin at its ends.

    Both lids' alike, so that they meet when the eye shuts.
    """
    ends = _lid_row(EYE_ROW, np.array(EYE_COLUMNS), top=False)
    buried = np.maximum(front(form, ends[:, 0], ends[:, 1])[:, 2] - ends[:, 2], 0.0)
    along = np.clip(_along(np.arange(COLUMNS)), -1, 1)
    return np.asarray(along**8 * np.where(along < 0, buried[0], buried[1]))


def _along(columns: Ints) -> Floats:
    first, last = EYE_COLUMNS
    return np.asarray(2.0 * (columns - first) / (last - first) - 1.0)


def _lid_row(row: int, columns: Ints, *, top: bool) -> Floats:
    along = _along(columns)
    (upper, lower, _), (crease, foot) = lid_angles(along), _lid_roots(along)
    if top:
        turn = upper + (crease - upper) * (row - EYE_ROW) / (CREASE_ROW - EYE_ROW)
    else:
        turn = lower + (foot - lower) * (EYE_ROW - row) / (EYE_ROW - LOW_LID_ROW)
    return on_lid(along, turn)


def grid_labels(form: Shape) -> NDArray[np.void]:
    """Labels (rows, columns) of the left half's vertices, the slits' lower copies among them."""
    row, column = np.indices((ROWS, COLUMNS))
    labels = np.zeros(row.shape, LABELS)
    labels["lip"] = np.clip(np.abs(row - MOUTH_ROW) / (MOUTH_ROW - LOW_BORDER_ROW), 0, 1)
    labels["above"] = row > MOUTH_ROW
    near = (column >= EYE_COLUMNS[0]) & (column <= EYE_COLUMNS[1])
    labels["lid"] = np.where(near & (row > EYE_ROW) & (row <= CREASE_ROW), 1, 0)
    labels["lid"] += np.where(near & (row <= EYE_ROW) & (row >= LOW_LID_ROW), 2, 0)
    labels["lid_root"] = np.interp(row, (LOW_LID_ROW, EYE_ROW, CREASE_ROW), (1.0, 0.0, 1.0))
    labels["along_lid"] = np.clip(_along(column), -1, 1)
    labels["lid_ahead"] = (1 - labels["lid_root"] ** 2) * corners_ahead(form)
    labels["throat"] = np.clip((row - THROAT_ROW + 1) / (CHIN_ROW - THROAT_ROW + 1), 0, 1)
    return labels


def _relax(grid: Floats, fixed: Bools, form: Shape, rounds: int = 24) -> Floats:
    """Even the grid out between what must stay, and keep it on the form."""
    free = ~fixed
    # Points would slide into the hollow under the chin: there only the first places are drawn.
    throat = np.zeros_like(free)
    throat[THROAT_ROW - 2 : CHIN_ROW] = True
    grid[throat] = _drawn(grid[throat], form, 4)
    drawn = free & ~throat
    for turn in range(rounds):
        grid = np.where(free[..., None], 0.4 * grid + 0.6 * _mean(grid), grid)
        if turn % 6 == 5:
            grid[drawn] = _drawn(grid[drawn], form)
            grid[:, [0, -1], 0] = 0.0
    # What the form folds too sharply for the grid is smoothed once more, without the form.
    near_eye = np.linalg.norm(grid - eye_centre(1.0), axis=-1) < 0.036
    throat[THROAT_ROW - 3 : CHIN_ROW + 2] = True
    soft = (near_eye | throat) & free
    for _ in range(5):
        grid = np.where(soft[..., None], 0.5 * grid + 0.5 * _mean(grid), grid)
    return np.asarray(grid, np.float32)


def _mean(grid: Floats) -> Floats:
    """Mean of each vertex's four neighbours, across the seams in front and behind too."""
    padded = np.concatenate((grid[:, 1:2] * _FLIP, grid, grid[:, -2:-1] * _FLIP), axis=1)
    mean = grid.copy()
    mean[1:-1] = 0.25 * (grid[:-2] + grid[2:] + padded[1:-1, :-2] + padded[1:-1, 2:])
    return mean


_FLIP: Final = np.array([-1, 1, 1], np.float32)


def _drawn(points: Floats, form: Shape, steps: int = 2) -> Floats:
    """Newton steps to the form, each no longer than 4 mm."""
    tiny = np.float32(0.0004)
    ways = np.eye(3, dtype=np.float32) * tiny
    for _ in range(steps):
        value = form(points)
        slope = np.stack([(form(points + way) - value) / tiny for way in ways], axis=-1)
        move = slope * (value / np.maximum(np.sum(slope * slope, axis=-1), 0.1))[:, None]
        length = np.linalg.norm(move, axis=-1, keepdims=True)
        points = points - move * np.minimum(1.0, 0.004 / np.maximum(length, 1e-9))
    return np.asarray(points, np.float32)
