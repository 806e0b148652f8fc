"""``evaluate editing --lafan1``: the benchmark's protocol, its baselines, and our filler.

Transitions of 5, 15, 30 and 45 frames, 10 frames before and one after, windows of 65 frames of
subject 5 every 40; positions normalised by subjects 1 to 4.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress

from backend.mocap.corpora.clip_file import ClipFile, read_clip_file
from backend.mocap.corpora.lafan1 import LICENCE, opened_lafan1
from backend.mocap.corpora.rest_pose import standing
from backend.mocap.recordings import to_common
from blender_addon.core.errors import InputError, NeuralMotionError
from blender_addon.core.motion.clip import MotionClip

from .fillers import FORMULAS, CommonFiller, FillClip, Filler
from .measures import PositionScale, l2p, l2q, npss
from .windows import GAPS, PAST, TEST_FRAMES, TEST_STEP, Windows, cut_windows, places, scale_of

TEST_SUBJECT: Final = "subject5"
TRAIN_SUBJECTS: Final = ("subject1", "subject2", "subject3", "subject4")
OURS: Final = "ours"
PUBLISHED: Final[Mapping[str, Mapping[int, tuple[float, float, float]]]] = {
    "zero_velocity": {
        5: (1.523, 0.56, 0.0053),
        15: (3.694, 1.10, 0.0522),
        30: (6.600, 1.51, 0.2318),
        45: (9.329, 1.81, 0.4918),
    },
    "interpolation": {
        5: (0.373, 0.22, 0.0023),
        15: (1.249, 0.62, 0.0391),
        30: (2.316, 0.98, 0.2013),
        45: (3.447, 1.25, 0.4493),
    },
    "two_stage_transformer_2022": {
        5: (0.10, 0.10, 0.0011),
        15: (0.39, 0.28, 0.0188),
        30: (0.89, 0.54, 0.1124),
    },
}
"""L2P, L2Q and NPSS by gap: the authors' baselines, and the best there is (Qin et al. 2022)."""
PUBLISHED_WINDOWS: Final = 2232
_WITHIN: Final = 0.03
"""Of a published figure: some have two digits."""

_log = logging.getLogger(__name__)


def measure_lafan1(place: Path, fill: FillClip | None) -> dict[str, Any]:
    """The benchmark on a copy of the data.

    Args:
        place: folder or zip of LAFAN1.
        fill: our filler; None for the formulas alone.

    Returns:
        ``rows`` by gap and what filled it, ``windows``, the published figures, and whether the
        authors' baselines came out as published.

    Raises:
        InputError: there is no LAFAN1, or it lacks subject 5 or all others.
    """
    with opened_lafan1(place) as files:
        scale = scale_of(_read(files, TRAIN_SUBJECTS))
        takes = _read(files, (TEST_SUBJECT,))
    windows = cut_windows(takes, TEST_FRAMES, TEST_STEP)
    fillers: dict[str, Filler] = dict(FORMULAS)
    if fill is not None:
        fillers[OURS] = CommonFiller(fill, [_common(take) for take in takes])
    rows = judge(windows, fillers, scale)
    return {
        "licence": f"LAFAN1, {LICENCE}; only judged by, nothing learned from it",
        "windows": len(windows.starts),
        "rows": rows,
        "published": [
            {"gap": gap, "by": by, "l2p": p, "l2q": q, "npss": n}
            for by, gaps in PUBLISHED.items()
            for gap, (p, q, n) in gaps.items()
        ],
        "baselines_as_published": as_published(rows, len(windows.starts)),
    }


def judge(
    windows: Windows, fillers: Mapping[str, Filler], scale: PositionScale
) -> list[dict[str, Any]]:
    """A row for each gap and filler."""
    rows = []
    with Progress(transient=True) as progress:
        bar = progress.add_task("Filling", total=len(GAPS) * len(fillers))
        for gap in GAPS:
            missing = slice(PAST, PAST + gap)
            root, rotations = windows.first(PAST + gap)
            true = places(windows.skeleton, root[:, missing], rotations[:, missing])
            for by, filler in fillers.items():
                progress.update(bar, description=f"{gap} frames by {by}")
                found = places(windows.skeleton, *filler(windows, gap))
                flat = [each[1].reshape(*each[1].shape[:2], -1) for each in (found, true)]
                rows.append(
                    {
                        "gap": gap,
                        "by": by,
                        "l2p": round(l2p(found[0], true[0], scale), 4),
                        "l2q": round(l2q(found[1], true[1]), 4),
                        "npss": round(npss(*flat), 5),
                    }
                )
                progress.advance(bar)
    return rows


def as_published(rows: Sequence[Mapping[str, Any]], windows: int) -> bool | None:
    """Whether the authors' baselines came out as they published; None of other data than theirs."""
    if windows != PUBLISHED_WINDOWS:
        _log.warning(
            "%d windows; the benchmark has %d: this is not all of LAFAN1, and its figures cannot "
            "be compared with published ones",
            *(windows, PUBLISHED_WINDOWS),
        )
        return None
    return all(
        np.allclose(
            [row[key] for key in ("l2p", "l2q", "npss")], PUBLISHED[row["by"]][row["gap"]], _WITHIN
        )
        for row in rows
        if row["by"] in ("zero_velocity", "interpolation")
    )


def _read(files: Sequence[ClipFile], subjects: Sequence[str]) -> list[MotionClip]:
    """Takes of subjects as they are in the files, bones along X.

    Raises:
        InputError: there are none that can be read.
    """
    chosen = [each for each in files if each.split in subjects]
    found = []
    with Progress(transient=True) as progress:
        for file in progress.track(chosen, description=f"Reading {', '.join(subjects)}"):
            try:
                found.append(read_clip_file(file, stand=False))
            except NeuralMotionError as error:
                _log.warning("%s is left out: %s", file.path, error)
    if not found:
        raise InputError(
            f"LAFAN1 has no take of {', '.join(subjects)} there; expected files such as "
            f"walk1_{subjects[0]}.bvh. Unpack all of lafan1.zip"
        )
    return found


def _common(take: MotionClip) -> MotionClip:
    return to_common(standing(take), take.frame_rate_hz)
