"""The demo character's skin from the collar to under the hair, laid out for moving: pure NumPy.

One grid of quads goes around head and neck. It is slit between the lips and between the lids; a
mouth and two sockets hang behind the slits, so everything stays one closed surface. The left half
is built and mirrored. Told from the head joint, in metres before ``HEAD_SCALE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.conventions import Bools, Floats, Ints
from .demo_character_form import LID_RADIUS_M, cast, eye_centre, face_form, front
from .demo_character_shapes import Shape, Surface

# Columns, from the middle of the front to the middle of the back.
MOUTH_COLUMN: Final = 12
EYE_COLUMNS: Final = (7, 24)
_COLUMNS: Final = 44
_CHEEK_X_M: Final = 0.0505

# Rows, from the collar up.
THROAT_ROW, CHIN_ROW = 6, 11
LOW_BORDER_ROW, MOUTH_ROW, TOP_BORDER_ROW = 17, 22, 27
LOW_LID_ROW, EYE_ROW, CREASE_ROW = 37, 42, 48
_ROWS: Final = 65

# Row; height in front, at the cheek (some 40° around), at the ear and behind.
_LINES: Final = (
    (0, -0.125, -0.125, -0.125, -0.125),
    (THROAT_ROW, -0.046, -0.043, -0.036, -0.045),
    (CHIN_ROW, -0.027, -0.016, 0.008, -0.005),
    (LOW_BORDER_ROW, 0.007, 0.007, 0.022, 0.020),
    (MOUTH_ROW, 0.0165, 0.0175, 0.033, 0.035),
    (TOP_BORDER_ROW, 0.0255, 0.028, 0.042, 0.050),
    (31, 0.0390, 0.042, 0.052, 0.065),
    (LOW_LID_ROW, 0.0600, 0.062, 0.066, 0.085),
    (EYE_ROW, 0.0800, 0.081, 0.080, 0.105),
    (CREASE_ROW, 0.0960, 0.099, 0.098, 0.125),
    (52, 0.1130, 0.114, 0.113, 0.140),
    (58, 0.1500, 0.146, 0.145, 0.165),
    (_ROWS - 1, 0.1860, 0.184, 0.182, 0.190),
)
_LINE_TURNS: Final = np.radians((0.0, 40.0, 90.0, 180.0))

MOUTH_HALF_WIDTH_M: Final = 0.0258
MOUTH_HEIGHT_M: Final = 0.0165
_LIP_SIDES: Final = 0.0013
_TOP_LIP_M, _LOW_LIP_M = 0.0066, 0.0078

# Degrees of turn about the line through an eye's corners, 0 ahead and 90 up.
CREASE_DEG: Final = 54.0
BAG_DEG: Final = -58.0
_TOP_LID_DEG, _LOW_LID_DEG, SHUT_DEG = 27.0, -25.0, -13.0
_CORNER_DEG: Final = 27.0  # how far an eye's corners lie from its axis of turn


@dataclass(frozen=True, eq=False)
class FaceMesh:
    """The skin and what the shapes need to know about its vertices.

    Args:
        surface: its quads.
        paint: numbers of the quads that are not skin, by material.
        places: (N, 3) where a vertex is thought to lie: for the inside of mouth and sockets, the
            edge of the lip or lid that it hangs on.
        lip: (N,) 0 at the edge of a lip, 1 at its border and beyond.
        above: (N,) whether a vertex belongs above the mouth's slit.
        mouth_depth: (N,) 0 outside and at the lips' edges, 1 deep in the mouth.
        lid: (N,) 1 on an upper lid and 2 on a lower one, else 0.
        socket_depth: (N,) 0 outside and at the lids' edges, 1 deep in the socket.
        throat: (N,) 0 on the neck, 1 from the chin up.
    """

    surface: Surface
    paint: dict[str, Ints]
    places: Floats
    lip: Floats
    above: Bools
    mouth_depth: Floats
    lid: Ints
    socket_depth: Floats
    throat: Floats


def mouth_line(x: Floats) -> Floats:
    """Height of the line between the closed lips."""
    share = x / MOUTH_HALF_WIDTH_M
    return np.asarray(MOUTH_HEIGHT_M + 0.0016 * share**2 - 0.0005 * np.exp(-((x / 0.005) ** 2)))


def lip_height(x: Floats, top: bool) -> Floats:
    """From the line between the lips to the border of the red."""
    lens = np.maximum(1 - (x / MOUTH_HALF_WIDTH_M) ** 2, 0.0)
    if not top:
        return np.asarray(_LIP_SIDES + _LOW_LIP_M * lens**0.8)
    bow = 1 - 0.16 * np.exp(-((x / 0.0035) ** 2)) + 0.05 * np.exp(-(((x - 0.006) / 0.004) ** 2))
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


def on_lid(along: Floats, turn_rad: Floats, radius_m: float = LID_RADIUS_M) -> Floats:
    """Places (N, 3) on the left lids."""
    corner = np.radians(_CORNER_DEG)
    circle = 0.5 * np.pi - along * (0.5 * np.pi - corner)
    x, out = np.cos(circle), np.sin(circle)
    ball = np.stack((x, out * np.sin(turn_rad), out * np.cos(turn_rad)), axis=-1)
    return np.asarray(eye_centre(1.0) + radius_m * ball, np.float32)


def build_face() -> FaceMesh:
    """The whole skin."""
    half = _Half()
    half.lay_grid()
    mouth = half.hang_mouth()
    half.hang_socket()
    half.close(mouth)
    return half.mirrored()


class _Half:
    """The left half while it grows."""

    def __init__(self) -> None:
        self.form: Shape = face_form()
        self.points = np.zeros((0, 3), np.float32)
        self.labels = np.zeros((0, 7), np.float32)
        self.owner = np.zeros(0, np.int64)
        self.quads: list[Ints] = []
        self.paint: dict[str, list[int]] = {"Lips": [], "Mouth": []}

    def lay_grid(self) -> None:
        """The grid itself, with two copies of the vertices along the slits."""
        grid, fixed = _grid_points(self.form)
        grid = _relax(grid, fixed, self.form)
        count = _ROWS * _COLUMNS_AND_LAST
        self.below = np.arange(count).reshape(_ROWS, _COLUMNS_AND_LAST)
        self.over = self.below.copy()
        row, _ = np.indices(self.below.shape)
        self._add(grid.reshape(-1, 3), _grid_labels().reshape(-1, 7))
        first, last = EYE_COLUMNS
        for line, columns in (
            (MOUTH_ROW, np.arange(MOUTH_COLUMN)),
            (EYE_ROW, np.arange(first + 1, last)),
        ):
            self.over[line, columns] = len(self.points) + np.arange(len(columns))
            lower = self.below[line, columns]
            labels = self.labels[lower].copy()
            labels[:, 1] = 1.0
            if line == EYE_ROW:
                labels[:, 3] = 1.0
                self._add(_lid_row(EYE_ROW, columns, top=True), labels)
            else:
                self._add(self.points[lower], labels)
        self._add_quads(row)

    def _add_quads(self, row: Ints) -> None:
        low, high = self.over[:-1], self.below[1:]
        quads = np.stack((low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]), axis=-1)
        self.quads.append(quads.reshape(-1, 4))
        line, column = np.indices(quads.shape[:2])
        red = (line >= LOW_BORDER_ROW) & (line < TOP_BORDER_ROW) & (column < MOUTH_COLUMN)
        self.paint["Lips"] += np.flatnonzero(red.ravel()).tolist()

    def _add(self, points: Floats, labels: Floats, owner: Ints | None = None) -> Ints:
        numbers = len(self.points) + np.arange(len(points))
        self.points = np.concatenate((self.points, points.astype(np.float32)))
        self.labels = np.concatenate((self.labels, labels.astype(np.float32)))
        self.owner = np.concatenate((self.owner, numbers if owner is None else owner))
        return numbers

    def hang_mouth(self) -> Ints:
        """Behind the lips: their backs, then a pocket around teeth and tongue."""
        ring = np.concatenate(
            (
                self.over[MOUTH_ROW, :MOUTH_COLUMN],
                self.below[MOUTH_ROW, MOUTH_COLUMN::-1],
            )
        )
        upward = np.concatenate((np.ones(MOUTH_COLUMN), [0.0], -np.ones(MOUTH_COLUMN)))
        edge = self.points[ring]
        share = edge[:, 0] / MOUTH_HALF_WIDTH_M
        lens = np.sqrt(np.maximum(1 - share**2, 0.0))
        before = ring
        for back, tall, wide, depth in _POCKET:
            points = edge.copy()
            points[:, 0] = share * wide
            points[:, 1] += upward * tall * lens
            bow = back * (1.0 - 0.35 * share**2)
            points[:, 2] = edge[:, 2] - np.where(depth > 0, bow, back)
            labels = self.labels[ring].copy()
            labels[:, 2] = depth
            after = self._add(points, labels, ring)
            material = "Lips" if depth == 0 else "Mouth"
            self._bridge(before, after, material)
            before = after
        return before

    def hang_socket(self) -> None:
        """Behind the lids: their thickness, and a pocket around the eyeball."""
        first, last = EYE_COLUMNS
        top = self.over[EYE_ROW, first : last + 1]
        low = self.below[EYE_ROW, last - 1 : first : -1]
        ring = np.concatenate((top, low))
        before = np.append(ring, ring[0])
        centre = eye_centre(1.0)
        for radius, depth in ((0.945, 0.0), (0.93, 0.4), (0.80, 1.0)):
            points = centre + radius * (self.points[ring] - centre)
            if depth == 1.0:
                points[:, 2] -= 0.012
            labels = self.labels[ring].copy()
            labels[:, 4] = depth
            numbers = self._add(points, labels, ring)
            after = np.append(numbers, numbers[0])
            self._bridge(before, after, "Skin")
            before = after
        count = last - first + 1
        lows = np.concatenate(([before[0]], before[: count - 1 : -1][1:], [before[count - 1]]))
        tops = before[:count]
        self._zip(tops, lows)

    def _zip(self, tops: Ints, lows: Ints) -> None:
        """Close a pocket whose upper and lower edges share their ends, with a seam between."""
        middle = 0.5 * (self.points[tops] + self.points[lows])
        seam = self._add(middle, self.labels[tops].copy(), self.owner[tops])
        self.quads.append(np.stack((tops[:-1], seam[:-1], seam[1:], tops[1:]), axis=-1))
        self.quads.append(np.stack((seam[:-1], lows[:-1], lows[1:], seam[1:]), axis=-1))

    def _bridge(self, before: Ints, after: Ints, material: str) -> None:
        start = sum(len(q) for q in self.quads)
        quads = np.stack((before[:-1], after[:-1], after[1:], before[1:]), axis=-1)
        self.quads.append(quads)
        if material != "Skin":
            self.paint[material] += range(start, start + len(quads))

    def close(self, mouth: Ints) -> None:
        """The back of the mouth; collar and crown are closed when both halves are there."""
        start = sum(len(q) for q in self.quads)
        self._zip(mouth[: MOUTH_COLUMN + 1], mouth[: MOUTH_COLUMN - 1 : -1])
        self.paint["Mouth"] += range(start, start + 2 * MOUTH_COLUMN)

    def mirrored(self) -> FaceMesh:
        """Both halves as one."""
        count = len(self.points)
        middle = np.abs(self.points[:, 0]) < 1e-6
        self.points[middle, 0] = 0.0
        twin = np.arange(count)
        twin[~middle] = count + np.arange(int(np.sum(~middle)))
        flip = np.array([-1, 1, 1], np.float32)
        vertices = np.concatenate((self.points, self.points[~middle] * flip))
        quads = np.concatenate(self.quads)
        rings = [self._cap(row, twin) for row in (0, _ROWS - 1)]
        every = np.concatenate((quads, twin[quads][:, ::-1], rings[0][:, ::-1], rings[1]))
        owner = np.concatenate((self.owner, twin[self.owner[~middle]]))
        labels = np.concatenate((self.labels, self.labels[~middle]))
        paint = {
            name: np.concatenate((found, np.array(found) + len(quads)))
            for name, found in self.paint.items()
        }
        return FaceMesh(
            surface=Surface(vertices, every),
            paint=paint,
            places=vertices[owner],
            lip=labels[:, 0],
            above=labels[:, 1] > 0.5,
            mouth_depth=labels[:, 2],
            lid=labels[:, 3].astype(np.int64),
            socket_depth=labels[:, 4],
            throat=labels[:, 5],
        )

    def _cap(self, row: int, twin: Ints) -> Ints:
        """Quads straight across a ring of vertices."""
        line = self.below[row]
        ring = np.concatenate((line, twin[line[-2:0:-1]]))
        steps = np.arange(len(ring) // 2 - 1)
        return np.stack((ring[-steps], ring[-steps - 1], ring[steps + 2], ring[steps + 1]), axis=-1)


_COLUMNS_AND_LAST: Final = _COLUMNS + 1
# How far behind the lips' edge, half height, half width, share of the mouth's depth.
_POCKET: Final = (
    (0.0030, 0.0006, 0.0255, 0.0),
    (0.0052, 0.0040, 0.0262, 0.25),
    (0.0060, 0.0130, 0.0280, 0.6),
    (0.0160, 0.0170, 0.0300, 0.9),
    (0.0340, 0.0160, 0.0280, 1.0),
    (0.0480, 0.0110, 0.0200, 1.0),
)


def _grid_points(form: Shape) -> tuple[Floats, Bools]:
    """First places (rows, columns, 3) on the form, and which of them must stay."""
    turns = _column_turns()
    table = np.array(_LINES)
    at_turn = np.stack([np.interp(turns, _LINE_TURNS, line) for line in table[:, 1:]])
    rows = np.arange(_ROWS)
    heights = np.stack(
        [np.interp(rows, table[:, 0], at_turn[:, c]) for c in range(_COLUMNS_AND_LAST)], axis=1
    )
    axis = np.interp(heights, (-0.125, -0.03, 0.03), (-0.022, -0.008, 0.0))
    starts = np.stack((np.zeros_like(heights), heights, axis), axis=-1)
    ways = np.stack((np.sin(turns), np.zeros_like(turns), np.cos(turns)), axis=-1)
    every = np.broadcast_to(ways, starts.shape)
    hit = cast(form, starts.reshape(-1, 3), every.reshape(-1, 3), 0.13)
    grid = hit.reshape(_ROWS, _COLUMNS_AND_LAST, 3).astype(np.float32)
    _span(grid, THROAT_ROW, CHIN_ROW)
    grid[:, [0, -1], 0] = 0.0
    fixed = np.zeros(grid.shape[:2], np.bool_)
    fixed[[0, -1]] = True
    _place_lips(grid, fixed, form)
    _place_lids(grid, fixed)
    return grid, fixed


def _column_turns() -> Floats:
    first = np.arange(EYE_COLUMNS[1] + 1) * _CHEEK_X_M / EYE_COLUMNS[1]
    ahead = np.arcsin(first / 0.086)
    rest = _COLUMNS - EYE_COLUMNS[1]
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


def _place_lids(grid: Floats, fixed: Bools) -> None:
    first, last = EYE_COLUMNS
    columns = np.arange(first, last + 1)
    for row in range(LOW_LID_ROW, CREASE_ROW + 1):
        grid[row, columns] = _lid_row(row, columns, top=row > EYE_ROW)
        fixed[row, columns] = True


def _lid_row(row: int, columns: Ints, *, top: bool) -> Floats:
    first, last = EYE_COLUMNS
    along = 2.0 * (columns - first) / (last - first) - 1.0
    upper, lower, _ = lid_angles(along)
    if top:
        share = (row - EYE_ROW) / (CREASE_ROW - EYE_ROW)
        turn = upper + (np.radians(CREASE_DEG) - upper) * share
    else:
        share = (EYE_ROW - row) / (EYE_ROW - LOW_LID_ROW)
        turn = lower + (np.radians(BAG_DEG) - lower) * share
    return on_lid(along, turn)


def _grid_labels() -> Floats:
    row, column = np.indices((_ROWS, _COLUMNS_AND_LAST))
    labels = np.zeros((*row.shape, 7), np.float32)
    labels[..., 0] = np.clip(np.abs(row - MOUTH_ROW) / 5.0, 0, 1)
    labels[..., 1] = row > MOUTH_ROW
    near = (column >= EYE_COLUMNS[0]) & (column <= EYE_COLUMNS[1])
    labels[..., 3] = np.where(near & (row > EYE_ROW) & (row <= CREASE_ROW + 1), 1, 0)
    labels[..., 3] += np.where(near & (row <= EYE_ROW) & (row >= LOW_LID_ROW - 1), 2, 0)
    labels[..., 5] = np.clip((row - THROAT_ROW + 1.0) / (CHIN_ROW - THROAT_ROW + 1.0), 0, 1)
    return labels


def _relax(grid: Floats, fixed: Bools, form: Shape, rounds: int = 24) -> Floats:
    """Even the grid out between what must stay, and keep it on the form."""
    free = ~fixed
    free[:, [0, -1]] = False
    seam = ~fixed
    seam[:, 1:-1] = False
    for turn in range(rounds):
        padded = np.concatenate((grid[:, 1:2] * _FLIP, grid, grid[:, -2:-1] * _FLIP), axis=1)
        mean = np.zeros_like(grid)
        mean[1:-1] = 0.25 * (grid[:-2] + grid[2:] + padded[1:-1, :-2] + padded[1:-1, 2:])
        moving = free | seam
        grid = np.where(moving[..., None], 0.4 * grid + 0.6 * mean, grid).astype(np.float32)
        if turn % 6 == 5:
            grid[moving] = _drawn(grid[moving], form)
            grid[:, [0, -1], 0] = 0.0
    return grid


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


def along_lid(at: Floats) -> Floats:
    """Where along the left lids (N,) points (N, 3) told from the eye's middle lie, −1 to 1."""
    corner = np.radians(_CORNER_DEG)
    away = np.linalg.norm(at, axis=-1)
    circle = np.arccos(np.clip(at[:, 0] / np.maximum(away, 1e-9), -1, 1))
    return np.asarray((0.5 * np.pi - circle) / (0.5 * np.pi - corner))
