"""Which recordings stand calmly for seconds, arms down, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ

from ..idles import Idle
from ..loops import Body
from ..sources import Source, read_stances, read_take
from .captured_idle import CapturedIdle, stand_on_the_spot
from .idle import Standing

_BREATHING_S = 8.0
"""So long breathes a stance of which half a second was captured."""
STANDING_SPANS_S: dict[str, tuple[tuple[float, float], ...]] = {
    "cmu/expmap_train_basketball_signal_1": ((15.0, 16.2), (23.9, 25.1)),
    "cmu/expmap_train_basketball_signal_2": ((25.0, 26.1),),
    "upc_run/upc_run_00": ((0.1, 3.2),),
    "upc_run/upc_run_10": ((0.1, 4.8),),
}
"""Recordings of a ``mocap`` folder, and seconds in which nobody steps or gestures."""


def read_standing(data: Path) -> list[Body]:
    """Spans of standing of the recordings above that are in a folder; none if none is there."""
    spans = []
    for name, seconds in STANDING_SPANS_S.items():
        path = data / f"{name}.bvh"
        if not path.is_file():
            continue
        take = read_take(Source(path, "stand", "train"), 0)
        for begin, end in seconds:
            frames = (int(begin * MODEL_FRAME_RATE_HZ), int(end * MODEL_FRAME_RATE_HZ))
            spans.append(stand_on_the_spot(take.cut(*frames)))
    return spans


def read_idles(data: Path) -> list[Standing]:
    """Ways of standing: spans and stances, each of which leads one, and the others follow.

    Raises:
        InputError: nobody in the folder stands calmly.
    """
    times_s = np.arange(_BREATHING_S * MODEL_FRAME_RATE_HZ) / MODEL_FRAME_RATE_HZ
    stances = [Idle(stance, n) for n, stance in enumerate(read_stances(data))]
    spans = read_standing(data) + [stance.body(times_s) for stance in stances]
    return [CapturedIdle(spans[n:] + spans[:n], n) for n in range(len(spans))]
