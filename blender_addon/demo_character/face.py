"""The demo character's skin from the collar to under the hair, laid out for moving: pure NumPy.

One grid of quads goes around head and neck. It is slit between the lips and between the lids; a
mouth and two sockets hang behind the slits, so everything stays one closed surface. The left half
is built and mirrored. Told from the head joint, in metres before ``HEAD_SCALE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.conventions import Bools, Floats, Ints
from .face_grid import (
    COLUMNS,
    EYE_COLUMNS,
    EYE_ROW,
    LABELS,
    LOW_BORDER_ROW,
    MOUTH_COLUMN,
    MOUTH_HALF_WIDTH_M,
    MOUTH_ROW,
    ROWS,
    TOP_BORDER_ROW,
    grid_labels,
    lay_grid,
    lid_places,
)
from .form import eye_centre, face_form
from .shapes import Shape, Surface, cap_ring

Labels = NDArray[np.void]

# How far behind the lips' edge, half height, half width, share of the mouth's depth.
_POCKET: Final = (
    (0.0030, 0.0006, 0.0255, 0.0),
    (0.0052, 0.0040, 0.0262, 0.25),
    (0.0060, 0.0130, 0.0280, 0.6),
    (0.0160, 0.0170, 0.0300, 0.9),
    (0.0340, 0.0160, 0.0280, 1.0),
    (0.0480, 0.0110, 0.0200, 1.0),
)


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
        lid_root: (N,) 0 at a lid's edge, 1 where it is rooted and beyond.
        along_lid: (N,) −1 at the inner corner of an eye, 1 at the outer one.
        lid_ahead: (N,) how far before the ball on which the lids turn, metres.
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
    lid_root: Floats
    along_lid: Floats
    lid_ahead: Floats
    socket_depth: Floats
    throat: Floats


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
        self.labels = np.zeros(0, LABELS)
        self.owner = np.zeros(0, np.int64)
        self.quads: list[Ints] = []
        self.paint: dict[str, list[int]] = {"Lips": [], "Mouth": []}

    def lay_grid(self) -> None:
        """The grid itself, with two copies of the vertices along the slits."""
        self.below = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
        self.over = self.below.copy()
        self._add(lay_grid(self.form).reshape(-1, 3), grid_labels(self.form).ravel())
        lips = self.below[MOUTH_ROW, :MOUTH_COLUMN]
        labels = self.labels[lips].copy()
        labels["above"] = True
        self.over[MOUTH_ROW, :MOUTH_COLUMN] = self._add(self.points[lips], labels)
        lids = slice(EYE_COLUMNS[0] + 1, EYE_COLUMNS[1])
        labels = self.labels[self.below[EYE_ROW, lids]].copy()
        labels["lid"] = 1
        edge = lid_places(self.form, EYE_ROW, top=True)[1:-1]
        self.over[EYE_ROW, lids] = self._add(edge, labels)
        self._add_quads()

    def _add_quads(self) -> None:
        low, high = self.over[:-1], self.below[1:]
        quads = np.stack((low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]), axis=-1)
        self.quads.append(quads.reshape(-1, 4))
        line, column = np.indices(quads.shape[:2])
        red = (line >= LOW_BORDER_ROW) & (line < TOP_BORDER_ROW) & (column < MOUTH_COLUMN)
        self.paint["Lips"] += np.flatnonzero(red.ravel()).tolist()

    def _add(self, points: Floats, labels: Labels, owner: Ints | None = None) -> Ints:
        numbers = len(self.points) + np.arange(len(points))
        self.points = np.concatenate((self.points, points.astype(np.float32)))
        self.labels = np.concatenate((self.labels, labels))
        self.owner = np.concatenate((self.owner, numbers if owner is None else owner))
        return numbers

    def hang_mouth(self) -> Ints:
        """Behind the lips: their backs, then a pocket around teeth and tongue."""
        top, low = self.over[MOUTH_ROW, :MOUTH_COLUMN], self.below[MOUTH_ROW, MOUTH_COLUMN::-1]
        ring = np.concatenate((top, low))
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
            labels["mouth_depth"] = depth
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
        for radius, depth, back_m in ((0.945, 0.0, 0.0), (0.93, 0.4, 0.0), (0.80, 1.0, 0.012)):
            labels = self.labels[ring].copy()
            on_ball = self.points[ring] - labels["lid_ahead"][:, None] * (0.0, 0.0, 1.0)
            labels["lid_ahead"] *= (
                0.4  # well behind the lids' edges at the corners, where they meet
            )
            points = centre + radius * (on_ball - centre)
            points[:, 2] += labels["lid_ahead"] - back_m
            labels["socket_depth"] = depth
            numbers = self._add(points, labels, ring)
            after = np.append(numbers, numbers[0])
            self._bridge(before, after, "Skin")
            before = after
        count = last - first + 1
        lows = np.append(before[: count - 1 : -1], before[count - 1])
        self._zip(before[:count], lows)

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
        collar = cap_ring(self._ring(0, twin))[:, ::-1]
        crown = cap_ring(self._ring(ROWS - 1, twin))
        every = np.concatenate((quads, twin[quads][:, ::-1], collar, crown))
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
            **{name: labels[name] for name in LABELS.names or ()},
        )

    def _ring(self, row: int, twin: Ints) -> Ints:
        line = self.below[row]
        return np.concatenate((line, twin[line[-2:0:-1]]))
