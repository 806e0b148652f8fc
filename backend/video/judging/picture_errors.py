"""How far points in the picture are from where they should be, and who was overlooked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.video.points import torso_length
from blender_addon.core.video.tracked import Seen

from .truth import Reals

PCK_SHARE: Final = 0.2
"""Of the torso: nearer than this a point counts as right (PCK@0.2)."""


@dataclass(frozen=True)
class PictureErrors:
    """Of all joints of all frames in which a system says something.

    Args:
        median_pct: median distance in % of the torso.
        median_px: in pixels.
        pck: share of points nearer than a fifth of the torso; of the points that are known, where
            a frame with nobody found counts as all wrong.
    """

    median_pct: float
    median_px: float
    pck: float


def picture_errors(
    found_px: Reals, true_px: Reals, counted: Bools, torsos_px: Reals | None = None
) -> PictureErrors:
    """Distances from true points.

    Args:
        found_px: (T, 14, 2); NaN where a system says nothing.
        true_px: (T, 14, 2); NaN where the truth is not known.
        counted: (T,) the frames to judge.
        torsos_px: (T,) what to measure in; by the true points if None.
    """
    distances = np.linalg.norm(found_px - true_px, axis=-1)[counted]
    torso = (torso_px(true_px) if torsos_px is None else torsos_px)[counted, None]
    known = np.isfinite(true_px[counted]).all(axis=-1)
    share = distances / torso
    told = share[known & np.isfinite(share)]
    right = (share < PCK_SHARE) & known
    return PictureErrors(
        100.0 * float(np.median(told)) if told.size else float("nan"),
        float(np.nanmedian(distances[known])) if told.size else float("nan"),
        float(right.sum() / max(int(known.sum()), 1)),
    )


def torso_px(points_px: Reals) -> Reals:
    """(T,) from the middle of the shoulders to that of the hips, pixels.

    Where one of them is not known, the median of the other frames.
    """
    sizes = torso_length(points_px)
    known = sizes[np.isfinite(sizes)]
    return np.where(np.isfinite(sizes), sizes, np.median(known) if known.size else np.nan)


@dataclass(frozen=True)
class EmptyFrames:
    """How well frames in which nobody is are told from others.

    Args:
        recall: share of the empty frames that are said to be empty.
        precision: share of those said to be empty that are.
        lost: share of the frames with a person that are said to be empty.
    """

    recall: float | None
    precision: float | None
    lost: float | None


def empty_frames(seen: np.ndarray[tuple[int], np.dtype[np.uint8]], truth: Reals) -> EmptyFrames:
    """Frames said to be empty against those that are.

    Args:
        seen: (T,) values of ``Seen``.
        truth: (T,) 1 where nobody is, 0 where somebody is, NaN where it is not sure, as while a
            person comes in.
    """
    said, sure = seen == Seen.EMPTY, np.isfinite(truth)
    empty = sure & (truth == 1.0)
    person = sure & (truth == 0.0)
    return EmptyFrames(
        _share(said & empty, empty),
        _share(said & empty, said & sure),
        _share(said & person, person),
    )


def _share(part: Bools, whole: Bools) -> float | None:
    return float(part.sum() / whole.sum()) if whole.any() else None
