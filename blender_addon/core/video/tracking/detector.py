"""Finds everybody in one picture: BlazePose's person detector.

The network answers for 2254 fixed places (anchors) with a score, a box around the head and four
points: the middle of the hips, the rim of the body's circle, the middle of the shoulders and the
rim of the upper body's circle. Answers that mean the same head are averaged by their scores.

Source: Bazarevsky et al. 2020, "BlazePose: On-device Real-time Body Pose tracking"; weighted
non-maximum suppression as in Bazarevsky et al. 2019, "BlazeFace".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...film.facts import Picture
from ...jobs import Runner
from .crop import Crop, look

SIZE: Final = 224
_GRIDS: Final = ((28, 2), (14, 2), (7, 6))
"""Cells along a side, and anchors in each cell."""
SURE: Final = 0.5
"""A score from which on somebody is there."""
_SAME_HEAD: Final = 0.3
"""Boxes that share so much of their union mean the same head."""
_WIDE: Final = 0.2
"""A picture is so much longer than it is wide, at least, if it is looked at in parts too."""
_MOST_LOGIT: Final = 100.0


@dataclass(frozen=True, eq=False)
class Detection:
    """Somebody in a picture, roughly.

    Args:
        score: 0 … 1.
        box_px: (4,) left, top, right, bottom of the head.
        points_px: (4, 2) hips, rim of the circle, shoulders, rim of the upper body's circle.
    """

    score: float
    box_px: Floats
    points_px: Floats

    @property
    def crop(self) -> Crop:
        """Where to look for the landmarks."""
        return Crop.around(self.points_px[0], self.points_px[1])


def anchors() -> NDArray[np.float32]:
    """(2254, 2) the places the detector answers for, as shares of the picture's side."""
    places = []
    for cells, count in _GRIDS:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        places.append(np.repeat(np.stack((x, y), axis=-1).reshape(-1, 2), count, axis=0))
    return np.concatenate(places)


def merge(scores: Floats, boxes: Floats, points: Floats) -> list[tuple[float, Floats, Floats]]:
    """Average answers that mean the same head, the surest head first.

    Args:
        scores: (N,) 0 … 1.
        boxes: (N, 4) left, top, right, bottom.
        points: (N, P, 2) what belongs to each.

    Returns:
        The best score, the mean box and the mean points of each.
    """
    merged = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        same = left[_overlap(boxes[left[0]], boxes[left]) > _SAME_HEAD]
        # An empty box overlaps nothing, not even itself.
        same = same if len(same) and same[0] == left[0] else left[:1]
        weights = scores[same] / scores[same].sum()
        box, place = weights @ boxes[same], np.tensordot(weights, points[same], 1)
        merged.append((float(scores[left[0]]), box, place))
        left = np.setdiff1d(left, same, assume_unique=True)
        left = left[np.argsort(-scores[left], kind="stable")]
    return merged


def _overlap(box: Floats, others: Floats) -> Floats:
    """(N,) intersection over union."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    both = np.prod(np.clip(high - low, 0.0, None), axis=1)
    areas = np.prod(np.clip(others[:, 2:] - others[:, :2], 0.0, None), axis=1)
    own = np.prod(np.clip(box[2:] - box[:2], 0.0, None))
    return np.asarray(both / np.maximum(own + areas - both, 1e-12))


class PersonDetector:
    """Finds everybody in a picture.

    Args:
        model: inputs and outputs of the task ``person_detector``.
    """

    def __init__(self, model: Runner) -> None:
        self._model = model
        self._anchors = anchors()

    def find(
        self, picture: Picture, least: float = SURE, square: Crop | None = None
    ) -> list[Detection]:
        """Everybody in a picture, the surest first.

        Args:
            picture: (H, W, 3) uint8.
            least: score from which on somebody counts.
            square: where to look; None for the whole picture.
        """
        square = square or Crop.whole(picture)
        seen = look(picture, square, SIZE)
        answer = self._model.run({"image": (seen * 2.0 - 1.0)[None]})
        logits = np.clip(answer["scores"][0, :, 0], -_MOST_LOGIT, _MOST_LOGIT)
        scores = 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))
        sure = scores >= least
        if not sure.any():
            return []
        boxes, points = _decode(answer["boxes"][0, sure], self._anchors[sure])
        heads = merge(scores[sure], boxes, points)
        return [
            Detection(score, square.to_picture(box.reshape(2, 2)).ravel(), square.to_picture(place))
            for score, box, place in heads
        ]

    def find_small(self, picture: Picture) -> list[Detection]:
        """Everybody, also who is too small on the whole: three squares along the longer side.

        Args:
            picture: (H, W, 3) uint8.
        """
        found = self.find(picture)
        height, width = picture.shape[:2]
        side, spare = float(min(height, width)), abs(width - height)
        if spare < _WIDE * side:
            return found
        for share in (0.0, 0.5, 1.0):
            offset = share * spare + 0.5 * side
            middle = (offset, 0.5 * side) if width > height else (0.5 * side, offset)
            found += self.find(picture, square=Crop(middle, side))
        return found


def _decode(raw: NDArray[Any], places: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Boxes (N, 4) and points (N, 4, 2), as shares of the side, of what the network answers."""
    shares = raw.astype(np.float64) / SIZE
    middle, half = shares[:, :2] + places, 0.5 * shares[:, 2:4]
    points = shares[:, 4:].reshape(-1, 4, 2) + places[:, None]
    return np.concatenate((middle - half, middle + half), axis=1), points
