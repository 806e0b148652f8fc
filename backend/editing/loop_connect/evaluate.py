"""The rows ``loop`` and ``connect`` of ``backend evaluate editing``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.editing.evaluation import Evaluation, Unmeasured
from backend.mocap.recordings import Recording
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.seam import Filler
from blender_addon.core.errors import InputError
from blender_addon.core.inference.session import ModelSession

from .loops import LoopResult, loop_recording
from .pairs import ConnectResult, choose_pairs, connect_recordings
from .seams import Nearest, SeamMeasures

_FEWEST_FRAMES: Final = 24
_MOST_RECORDINGS: Final = 60

_log = logging.getLogger(__name__)


def measure_loop(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Rows of seams of loops by label, ``all`` first."""
    filler, nearest = _tools(evaluation)
    results = []
    for recording in _usable(evaluation.val):
        try:
            results.append(loop_recording(recording, filler, nearest))
        except InputError as error:
            _log.warning("%s is not looped: %s", recording.name, error)
    if not results:
        raise Unmeasured("no clip can be looped")
    labels = sorted({each.recording.label for each in results})
    return [
        _loop_row(label, [each for each in results if label in ("all", each.recording.label)])
        for label in ["all", *labels]
    ]


def measure_connect(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Rows of seams of connections by kind, ``all`` first."""
    filler, nearest = _tools(evaluation)
    pairs = choose_pairs(_usable(evaluation.val), evaluation.rng())
    tried = [connect_recordings(first, second, filler, nearest) for first, second in pairs]
    results = [each for each in tried if each is not None]
    if not results:
        raise Unmeasured("no two clips can be connected")
    kinds = list(dict.fromkeys(each.kind for each in results))
    return [
        _connect_row(kind, [each for each in results if kind in ("all", each.kind)])
        for kind in ["all", *kinds]
    ]


def _usable(recordings: Sequence[Recording]) -> list[Recording]:
    long = [each for each in recordings if each.clip.frame_count >= _FEWEST_FRAMES]
    return long[:_MOST_RECORDINGS]


def _tools(evaluation: Evaluation) -> tuple[Filler, Nearest]:
    filler = FillPipeline(_session(evaluation.models / "motion_filler.onnx"))
    return filler, _nearest((*evaluation.train, *evaluation.val))


@lru_cache(maxsize=1)
def _nearest(recordings: tuple[Recording, ...]) -> Nearest:
    return Nearest(recordings)


@lru_cache(maxsize=1)
def _session(path: Path) -> ModelSession:
    return ModelSession(path)


def _loop_row(label: str, results: Sequence[LoopResult]) -> dict[str, Any]:
    row = _seams(label, results)
    row["seam_best_slerp"] = _mean([each.best_slerp for each in results])
    row["cut_cm"] = _mean([each.cut_cm for each in results])
    row["jump_pose_cm"] = max(each.jump[0] for each in results)
    row["jump_velocity_cm"] = _mean([each.jump[1] for each in results])
    return row


def _connect_row(kind: str, results: Sequence[ConnectResult]) -> dict[str, Any]:
    row = _seams(kind, results)
    row["length_s"] = _mean([each.length_s for each in results])
    return row


def _seams(label: str, results: Sequence[LoopResult] | Sequence[ConnectResult]) -> dict[str, Any]:
    ours: list[SeamMeasures] = [each.ours for each in results]
    return {
        "label": label,
        "count": len(results),
        "seam": _mean([each.seam for each in ours]),
        "seam_crossfade": _mean([each.fade.seam for each in results]),
        "seam_crossfade_naive": _mean([each.naive.seam for each in results]),
        "seam_cubic": _mean([each.cubic.seam for each in results]),
        "kink_cm": _mean([each.kink_cm for each in ours]),
        "slip_cm": _mean([each.slip_cm for each in ours]),
        "strange_cm": _mean([each.strange_cm for each in ours]),
        "dead_cm": _mean([each.dead_cm for each in ours]),
    }


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)
